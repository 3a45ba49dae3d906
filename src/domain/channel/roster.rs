//! The rules by which members change. [`Roster`] is a pure state machine: a [`Command`] is decided into a [`Change`], which is
//! stored first and applied afterwards.

use super::{Change, ChannelFlags, ChannelPatch, Command, OwnerAfterTransfer, Reach, Role};
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
    /// May not speak until somebody lifts it.
    pub barred: bool,
}

impl Seat {
    /// A place from which nothing is taken.
    pub fn new(role: Role) -> Self {
        Self {
            role,
            muted_until: 0,
            barred: false,
        }
    }
}

/// The members of one channel as its actor holds them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Roster {
    seats: HashMap<AccountId, Seat>,
    /// What still holds of those who are gone, should they come back.
    absent: HashMap<AccountId, Seat>,
    limit: i32,
    silenced: bool,
    invites_closed: bool,
}

type Decision = Result<Change, ErrorKind>;

impl Roster {
    /// A roster from stored memberships, and from those of former members who were barred or muted. Of the switches it heeds
    /// those that restrict members.
    pub fn new(
        limit: i32,
        flags: ChannelFlags,
        seats: impl IntoIterator<Item = (AccountId, Seat)>,
        absent: impl IntoIterator<Item = (AccountId, Seat)>,
    ) -> Self {
        Self {
            seats: seats.into_iter().collect(),
            absent: absent.into_iter().collect(),
            limit,
            silenced: flags.silenced,
            invites_closed: flags.invites_closed,
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
        let silenced = self.silenced && seat.role == Role::General;
        if seat.barred {
            Err(ErrorKind::Barred)
        } else if silenced || seat.muted_until > now {
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
            Command::Invite {
                by,
                accounts,
                least,
            } => self.invite(by, accounts, least),
            Command::Answer {
                by,
                account,
                accept,
                reason,
            } => self.answer(by, account, accept, reason),
            Command::Leave { member, allowed } => self.leave(member, allowed),
            Command::Kick { by, members, reach } => self.kick(by, members, reach),
            Command::SetManagers {
                by,
                members,
                manager,
            } => self.set_managers(by, members, manager),
            Command::Mute {
                by,
                member,
                until,
                reach,
            } => self.mute(by, member, until, reach),
            Command::Bar {
                by,
                members,
                barred,
            } => self.bar(by, members, barred),
            Command::SetAlias { by, member, alias } => self.set_alias(by, member, alias),
            Command::Transfer { by, to, after } => self.transfer(by, to, after),
            Command::Update { by, patch, least } => {
                self.require(by, least)?;
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
            Change::Left { member } => self.exit(*member),
            Change::Kicked { members, .. } => members.iter().for_each(|id| self.exit(*id)),
            Change::RolesSet { members, role, .. } => {
                self.change_all(members, |seat| seat.role = *role)
            }
            Change::Barred {
                members, barred, ..
            } => {
                self.change_all(members, |seat| seat.barred = *barred);
                for member in members {
                    if let Some(seat) = self.absent.remove(member) {
                        let barred = *barred;
                        self.remember(*member, Seat { barred, ..seat });
                    }
                }
            }
            Change::Muted { member, until, .. } => {
                self.change(*member, |seat| seat.muted_until = *until)
            }
            Change::Transferred { from, to, after } => {
                self.change(*to, |seat| *seat = Seat::new(Role::Owner));
                match after {
                    OwnerAfterTransfer::Leaves => self.exit(*from),
                    OwnerAfterTransfer::Stays => {
                        self.change(*from, |seat| seat.role = Role::General)
                    }
                }
            }
            Change::Dissolved { .. } => self.seats.clear(),
            Change::LimitSet { limit } => self.limit = *limit,
            Change::Updated { patch, .. } => self.update(patch),
            Change::Nothing
            | Change::Answered {
                accepted: false, ..
            }
            | Change::Renamed { .. } => {}
        }
    }

    /// Whoever comes back is muted and barred as before.
    fn enter(&mut self, account: AccountId) {
        let seat = self.absent.remove(&account);
        self.seats
            .insert(account, seat.unwrap_or(Seat::new(Role::General)));
    }

    fn exit(&mut self, member: AccountId) {
        if let Some(seat) = self.seats.remove(&member) {
            let role = Role::General;
            self.remember(member, Seat { role, ..seat });
        }
    }

    /// Keeps what holds of somebody who is gone, if there is anything to keep.
    fn remember(&mut self, gone: AccountId, seat: Seat) {
        if seat != Seat::new(Role::General) {
            self.absent.insert(gone, seat);
        }
    }

    fn is_barred(&self, account: AccountId) -> bool {
        self.absent.get(&account).is_some_and(|seat| seat.barred)
    }

    fn update(&mut self, patch: &ChannelPatch) {
        self.silenced = patch.silenced.unwrap_or(self.silenced);
        self.invites_closed = patch.invites_closed.unwrap_or(self.invites_closed);
    }

    fn change(&mut self, member: AccountId, with: impl FnOnce(&mut Seat)) {
        if let Some(seat) = self.seats.get_mut(&member) {
            with(seat);
        }
    }

    fn change_all(&mut self, members: &[AccountId], with: impl Fn(&mut Seat)) {
        for member in members {
            self.change(*member, &with);
        }
    }

    /// The role of `by`, which must not be lower than `least`.
    fn require(&self, by: AccountId, least: Role) -> Result<Role, ErrorKind> {
        let role = self.seat(by).map(|seat| seat.role);
        role.filter(|role| *role >= least).ok_or(match least {
            Role::General => ErrorKind::NotMember,
            Role::Manager => ErrorKind::NotManager,
            Role::Owner => ErrorKind::NotOwner,
        })
    }

    fn owner_or_admin(&self, by: Option<AccountId>) -> Result<AccountId, ErrorKind> {
        match by {
            Some(by) => self.require(by, Role::Owner).map(|_| by),
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

    /// A member upon whom somebody of the role `own` may act.
    fn within(&self, member: AccountId, own: Role, reach: Reach) -> Result<Seat, ErrorKind> {
        let seat = self.target(member)?;
        let reached = match reach {
            Reach::General => seat.role == Role::General,
            Reach::NotOwner => seat.role < Role::Owner,
            Reach::BelowOwn => seat.role < own,
        };
        if reached {
            Ok(seat)
        } else {
            Err(ErrorKind::RankTooHigh)
        }
    }

    fn invite(&self, by: AccountId, mut accounts: Vec<AccountId>, least: Role) -> Decision {
        let role = self.require(by, least)?;
        if self.invites_closed && role == Role::General {
            return Err(ErrorKind::InvitesClosed);
        }
        accounts.retain(|id| !self.seats.contains_key(id) && !self.is_barred(*id));
        let accounts = once_each(accounts);
        if accounts.is_empty() {
            return Ok(Change::Nothing);
        }
        if self.is_full_for(accounts.len()) {
            return Err(ErrorKind::ChannelFull);
        }
        Ok(Change::Invited { by, accounts })
    }

    fn answer(&self, by: AccountId, account: AccountId, accept: bool, reason: String) -> Decision {
        self.require(by, Role::Manager)?;
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

    fn kick(&self, by: AccountId, members: Vec<AccountId>, reach: Reach) -> Decision {
        let own = self.require(by, Role::Manager)?;
        let members = once_each(members);
        for member in &members {
            self.within(*member, own, reach)?;
        }
        if members.is_empty() {
            return Ok(Change::Nothing);
        }
        Ok(Change::Kicked { by, members })
    }

    fn set_managers(&self, by: AccountId, members: Vec<AccountId>, manager: bool) -> Decision {
        self.require(by, Role::Owner)?;
        if members.contains(&by) {
            return Err(ErrorKind::SelfTarget);
        }
        let role = if manager {
            Role::Manager
        } else {
            Role::General
        };
        let mut changed = Vec::with_capacity(members.len());
        for member in once_each(members) {
            if self.target(member)?.role != role {
                changed.push(member);
            }
        }
        if changed.is_empty() {
            return Ok(Change::Nothing);
        }
        Ok(Change::RolesSet {
            by,
            members: changed,
            role,
        })
    }

    fn mute(&self, by: AccountId, member: AccountId, until: Millis, reach: Reach) -> Decision {
        let own = self.require(by, Role::Manager)?;
        self.within(member, own, reach)?;
        Ok(Change::Muted { by, member, until })
    }

    fn bar(&self, by: AccountId, members: Vec<AccountId>, barred: bool) -> Decision {
        let own = self.require(by, Role::Manager)?;
        let mut changed = Vec::with_capacity(members.len());
        for member in once_each(members) {
            // Also who is gone can be forgiven, and only then come back.
            let forgiven = !barred && self.is_barred(member);
            if forgiven || self.within(member, own, Reach::BelowOwn)?.barred != barred {
                changed.push(member);
            }
        }
        if changed.is_empty() {
            return Ok(Change::Nothing);
        }
        Ok(Change::Barred {
            by,
            members: changed,
            barred,
        })
    }

    fn set_alias(&self, by: AccountId, member: AccountId, alias: String) -> Decision {
        if by != member {
            self.require(by, Role::Manager)?;
        }
        self.target(member)?;
        Ok(Change::Renamed { by, member, alias })
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

fn once_each(mut accounts: Vec<AccountId>) -> Vec<AccountId> {
    accounts.sort_unstable();
    accounts.dedup();
    accounts
}

#[cfg(test)]
mod tests;
