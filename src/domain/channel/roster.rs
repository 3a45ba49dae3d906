//! The rules by which members change. [`Roster`] is a pure state machine: a [`Command`] is decided into a [`Change`], which is
//! stored first and applied afterwards.

use super::{Change, Command, OwnerAfterTransfer, Role};
use crate::domain::ids::AccountId;
use crate::domain::time::Millis;
use crate::error::ErrorKind;
use std::collections::HashMap;

/// A member's place in the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// Rights.
    pub role: Role,
    /// Muted until then.
    pub muted_until: Millis,
}

/// The members of one channel as its actor holds them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Roster {
    seats: HashMap<AccountId, Seat>,
    limit: i32,
}

type Decision = Result<Change, ErrorKind>;

impl Roster {
    /// A roster from stored memberships.
    pub fn new(limit: i32, seats: impl IntoIterator<Item = (AccountId, Seat)>) -> Self {
        Self {
            seats: seats.into_iter().collect(),
            limit,
        }
    }

    /// Everybody in it.
    pub fn members(&self) -> impl Iterator<Item = AccountId> + '_ {
        self.seats.keys().copied()
    }

    /// Those who may admit newcomers.
    pub fn managers(&self) -> impl Iterator<Item = AccountId> + '_ {
        self.seats
            .iter()
            .filter(|(_, seat)| seat.role >= Role::Manager)
            .map(|(id, _)| *id)
    }

    /// A member's place.
    pub fn seat(&self, account: AccountId) -> Option<Seat> {
        self.seats.get(&account).copied()
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.seats.len()
    }

    /// Whether nobody is left.
    pub fn is_empty(&self) -> bool {
        self.seats.is_empty()
    }

    /// Whether `account` may speak at `now`.
    pub fn may_post(&self, account: AccountId, now: Millis) -> Result<(), ErrorKind> {
        let seat = self.seat(account).ok_or(ErrorKind::NotMember)?;
        if seat.muted_until > now {
            Err(ErrorKind::Muted)
        } else {
            Ok(())
        }
    }

    /// Whether `count` more would be too many.
    pub fn is_full_for(&self, count: usize) -> bool {
        self.limit > 0 && self.seats.len() + count > self.limit as usize
    }

    /// What a command comes to, or why it is refused. Changes nothing.
    pub fn decide(&self, command: Command) -> Decision {
        match command {
            Command::Invite { by, accounts } => self.invite(by, accounts),
            Command::Answer {
                by,
                account,
                accept,
                reason,
            } => self.answer(by, account, accept, reason),
            Command::Leave { member, allowed } => self.leave(member, allowed),
            Command::Kick { by, member } => self.kick(by, member),
            Command::SetManager {
                by,
                member,
                manager,
            } => self.set_manager(by, member, manager),
            Command::Mute { by, member, until } => self.mute(by, member, until),
            Command::Transfer { by, to, after } => self.transfer(by, to, after),
            Command::Update { by, patch } => {
                self.require_owner(by)?;
                Ok(Change::Updated { by, patch })
            }
            Command::Dissolve { by } => Ok(Change::Dissolved {
                by: self.owner_or_admin(by)?,
            }),
            Command::SetLimit { limit } => Ok(Change::LimitSet { limit }),
        }
    }

    /// Makes a stored change true.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Invited { accounts, .. } => accounts.iter().for_each(|id| self.enter(*id)),
            Change::Answered {
                account,
                accepted: true,
                ..
            } => self.enter(*account),
            Change::Left { member } | Change::Kicked { member, .. } => {
                self.seats.remove(member);
            }
            Change::RoleSet { member, role, .. } => self.change(*member, |seat| seat.role = *role),
            Change::Muted { member, until, .. } => {
                self.change(*member, |seat| seat.muted_until = *until)
            }
            Change::Transferred { from, to, after } => {
                self.change(*to, |seat| seat.role = Role::Owner);
                match after {
                    OwnerAfterTransfer::Leaves => {
                        self.seats.remove(from);
                    }
                    OwnerAfterTransfer::Stays => {
                        self.change(*from, |seat| seat.role = Role::General)
                    }
                }
            }
            Change::Dissolved { .. } => self.seats.clear(),
            Change::LimitSet { limit } => self.limit = *limit,
            Change::Nothing
            | Change::Answered {
                accepted: false, ..
            }
            | Change::Updated { .. } => {}
        }
    }

    fn enter(&mut self, account: AccountId) {
        self.seats.insert(
            account,
            Seat {
                role: Role::General,
                muted_until: 0,
            },
        );
    }

    fn change(&mut self, member: AccountId, with: impl FnOnce(&mut Seat)) {
        if let Some(seat) = self.seats.get_mut(&member) {
            with(seat);
        }
    }

    fn require_manager(&self, by: AccountId) -> Result<(), ErrorKind> {
        let manages = self.seat(by).is_some_and(|seat| seat.role >= Role::Manager);
        if manages {
            Ok(())
        } else {
            Err(ErrorKind::NotManager)
        }
    }

    fn require_owner(&self, by: AccountId) -> Result<(), ErrorKind> {
        let owns = self.seat(by).is_some_and(|seat| seat.role == Role::Owner);
        if owns {
            Ok(())
        } else {
            Err(ErrorKind::NotOwner)
        }
    }

    fn owner_or_admin(&self, by: Option<AccountId>) -> Result<AccountId, ErrorKind> {
        match by {
            Some(by) => self.require_owner(by).map(|()| by),
            None => Ok(self.owner().unwrap_or(AccountId(0))),
        }
    }

    fn owner(&self) -> Option<AccountId> {
        self.seats
            .iter()
            .find(|(_, seat)| seat.role == Role::Owner)
            .map(|(id, _)| *id)
    }

    fn target(&self, member: AccountId) -> Result<Seat, ErrorKind> {
        self.seat(member).ok_or(ErrorKind::TargetNotMember)
    }

    fn invite(&self, by: AccountId, mut accounts: Vec<AccountId>) -> Decision {
        self.require_manager(by)?;
        accounts.retain(|id| !self.seats.contains_key(id));
        accounts.sort_unstable();
        accounts.dedup();
        if accounts.is_empty() {
            return Ok(Change::Nothing);
        }
        if self.is_full_for(accounts.len()) {
            return Err(ErrorKind::ChannelFull);
        }
        Ok(Change::Invited { by, accounts })
    }

    fn answer(&self, by: AccountId, account: AccountId, accept: bool, reason: String) -> Decision {
        self.require_manager(by)?;
        if accept && self.is_full_for(1) {
            return Err(ErrorKind::ChannelFull);
        }
        if accept && self.seats.contains_key(&account) {
            return Err(ErrorKind::AlreadyMember);
        }
        Ok(Change::Answered {
            by,
            account,
            accepted: accept,
            reason,
        })
    }

    fn leave(&self, member: AccountId, allowed: bool) -> Decision {
        let seat = self.seat(member).ok_or(ErrorKind::NotMember)?;
        match seat.role {
            Role::Owner => Err(ErrorKind::OwnerMustStay),
            Role::General if !allowed => Err(ErrorKind::LeavingClosed),
            _ => Ok(Change::Left { member }),
        }
    }

    fn kick(&self, by: AccountId, member: AccountId) -> Decision {
        self.require_manager(by)?;
        if self.target(member)?.role > Role::General {
            return Err(ErrorKind::RankTooHigh);
        }
        Ok(Change::Kicked { by, member })
    }

    fn set_manager(&self, by: AccountId, member: AccountId, manager: bool) -> Decision {
        self.require_owner(by)?;
        if by == member {
            return Err(ErrorKind::SelfTarget);
        }
        let role = if manager {
            Role::Manager
        } else {
            Role::General
        };
        if self.target(member)?.role == role {
            return Ok(Change::Nothing);
        }
        Ok(Change::RoleSet { by, member, role })
    }

    fn mute(&self, by: AccountId, member: AccountId, until: Millis) -> Decision {
        self.require_manager(by)?;
        if self.target(member)?.role == Role::Owner {
            return Err(ErrorKind::RankTooHigh);
        }
        Ok(Change::Muted { by, member, until })
    }

    fn transfer(
        &self,
        by: Option<AccountId>,
        to: AccountId,
        after: OwnerAfterTransfer,
    ) -> Decision {
        let from = self.owner_or_admin(by)?;
        if from == to {
            return Err(ErrorKind::SelfTarget);
        }
        self.target(to)?;
        Ok(Change::Transferred { from, to, after })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: AccountId = AccountId(1);
    const MANAGER: AccountId = AccountId(2);
    const GENERAL: AccountId = AccountId(3);
    const STRANGER: AccountId = AccountId(4);

    fn roster(limit: i32) -> Roster {
        let seat = |role| Seat {
            role,
            muted_until: 0,
        };
        Roster::new(
            limit,
            [
                (OWNER, seat(Role::Owner)),
                (MANAGER, seat(Role::Manager)),
                (GENERAL, seat(Role::General)),
            ],
        )
    }

    fn decide(command: Command) -> Result<Change, ErrorKind> {
        roster(0).decide(command)
    }

    #[test]
    fn only_managers_remove_and_only_general_members_are_removed() {
        let kick = |by, member| decide(Command::Kick { by, member });
        assert_eq!(kick(GENERAL, GENERAL), Err(ErrorKind::NotManager));
        assert_eq!(kick(STRANGER, GENERAL), Err(ErrorKind::NotManager));
        assert_eq!(kick(OWNER, MANAGER), Err(ErrorKind::RankTooHigh));
        assert_eq!(kick(MANAGER, OWNER), Err(ErrorKind::RankTooHigh));
        assert_eq!(kick(MANAGER, STRANGER), Err(ErrorKind::TargetNotMember));
        assert_eq!(
            kick(MANAGER, GENERAL),
            Ok(Change::Kicked {
                by: MANAGER,
                member: GENERAL
            })
        );
    }

    #[test]
    fn a_muted_member_cannot_post_until_the_mute_ends() {
        let mut roster = roster(0);
        let change = roster
            .decide(Command::Mute {
                by: MANAGER,
                member: GENERAL,
                until: 50,
            })
            .unwrap();
        roster.apply(&change);
        assert_eq!(roster.may_post(GENERAL, 49), Err(ErrorKind::Muted));
        assert_eq!(roster.may_post(GENERAL, 50), Ok(()));
        assert_eq!(roster.may_post(STRANGER, 50), Err(ErrorKind::NotMember));
        assert_eq!(
            decide(Command::Mute {
                by: MANAGER,
                member: OWNER,
                until: 50
            }),
            Err(ErrorKind::RankTooHigh)
        );
    }

    #[test]
    fn an_owner_leaves_only_by_handing_over() {
        let mut roster = roster(0);
        assert_eq!(
            roster.decide(Command::Leave {
                member: OWNER,
                allowed: true
            }),
            Err(ErrorKind::OwnerMustStay)
        );
        let hand = |by, to| Command::Transfer {
            by: Some(by),
            to,
            after: OwnerAfterTransfer::Leaves,
        };
        assert_eq!(
            roster.decide(hand(OWNER, OWNER)),
            Err(ErrorKind::SelfTarget)
        );
        assert_eq!(
            roster.decide(hand(OWNER, STRANGER)),
            Err(ErrorKind::TargetNotMember)
        );
        assert_eq!(
            roster.decide(hand(MANAGER, GENERAL)),
            Err(ErrorKind::NotOwner)
        );
        let change = roster.decide(hand(OWNER, GENERAL)).unwrap();
        roster.apply(&change);
        assert_eq!(roster.seat(OWNER), None);
        assert_eq!(roster.seat(GENERAL).map(|s| s.role), Some(Role::Owner));
    }

    #[test]
    fn an_invitation_skips_members_and_fits_whole_or_not_at_all() {
        let invite = |accounts: &[AccountId]| Command::Invite {
            by: MANAGER,
            accounts: accounts.to_vec(),
        };
        let full = roster(4);
        assert_eq!(full.decide(invite(&[GENERAL, OWNER])), Ok(Change::Nothing));
        assert_eq!(
            full.decide(invite(&[STRANGER, STRANGER, GENERAL])),
            Ok(Change::Invited {
                by: MANAGER,
                accounts: vec![STRANGER]
            })
        );
        assert_eq!(
            full.decide(invite(&[STRANGER, AccountId(5)])),
            Err(ErrorKind::ChannelFull)
        );
    }

    #[test]
    fn ordinary_members_leave_only_while_leaving_is_open() {
        let leave = |member, allowed| decide(Command::Leave { member, allowed });
        assert_eq!(leave(GENERAL, false), Err(ErrorKind::LeavingClosed));
        assert_eq!(leave(MANAGER, false), Ok(Change::Left { member: MANAGER }));
        assert_eq!(leave(GENERAL, true), Ok(Change::Left { member: GENERAL }));
        assert_eq!(leave(STRANGER, true), Err(ErrorKind::NotMember));
    }

    #[test]
    fn an_owner_cannot_demote_themselves() {
        assert_eq!(
            decide(Command::SetManager {
                by: OWNER,
                member: OWNER,
                manager: false
            }),
            Err(ErrorKind::SelfTarget)
        );
    }
}
