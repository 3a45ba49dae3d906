//! How members come and go, and what they may do.

use super::{Channels, SyncedMember};
use crate::domain::channel::{Change, Command, OwnerAfterTransfer, Reach, Role, Succession};
use crate::domain::time::{self, Millis};
use crate::domain::{AccountId, ChannelId};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{AnyConnection, channels};

/// How many accounts one invitation may name.
const INVITED: usize = 1000;
/// How many memberships a request is told of at most.
const SYNCED: i64 = 10_000;

/// What came of somebody's leaving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// They have left.
    Left,
    /// They have left, and this is the owner now.
    HandedOver(AccountId),
    /// Nobody else was there, so the channel is gone.
    Dissolved,
}

impl Channels {
    /// Adds accounts at once, and gives those who came. Unknown ones, members, repetitions, those who have blocked the caller and
    /// those who were barred before they left are skipped.
    ///
    /// [`ErrorKind::NotManager`] or [`ErrorKind::NotMember`] below the role `least`; [`ErrorKind::InvitesClosed`];
    /// [`ErrorKind::ChannelFull`] when not all of them fit, and then nobody is added.
    pub async fn invite(
        &self,
        caller: AccountId,
        channel: ChannelId,
        accounts: Vec<AccountId>,
        least: Role,
    ) -> Result<Vec<AccountId>> {
        if accounts.len() > INVITED {
            return Err(Error::invalid("an invitation names at most 1000 accounts"));
        }
        let mut invited = self
            .core
            .store
            .read(move |conn| channels::invitable(conn, caller, &accounts))
            .await?;
        invited.sort_unstable();
        let command = Command::Invite {
            by: caller,
            accounts: invited,
            least,
        };
        Ok(came(self.core.hub.govern(channel, command).await?))
    }

    /// Takes in an account that was let in by a member. Whether it came: a member stays.
    ///
    /// [`ErrorKind::NotMember`] when that one is none any more, [`ErrorKind::InvitesClosed`], [`ErrorKind::ChannelFull`],
    /// [`ErrorKind::Barred`] when the account was barred before it left.
    pub async fn join_by_code(
        &self,
        account: AccountId,
        host: AccountId,
        channel: ChannelId,
    ) -> Result<bool> {
        let command = Command::Invite {
            by: host,
            accounts: vec![account],
            least: Role::General,
        };
        let change = self.core.hub.govern(channel, command).await?;
        if !came(change).is_empty() {
            return Ok(true);
        }
        let role = move |conn: &mut AnyConnection| channels::role(conn, channel, account);
        match self.core.store.read(role).await? {
            Some(_) => Ok(false),
            None => Err(ErrorKind::Barred.into()),
        }
    }

    /// The owner and the managers.
    pub async fn managers(&self, channel: ChannelId) -> Result<Vec<AccountId>> {
        self.core
            .store
            .read(move |conn| channels::managers(conn, channel))
            .await
    }

    /// Leaves a channel: [`ErrorKind::NotMember`], [`ErrorKind::OwnerMustStay`], [`ErrorKind::LeavingClosed`].
    pub async fn leave(&self, caller: AccountId, channel: ChannelId) -> Result<()> {
        let allowed = self.core.settings.policy().leaving_open;
        self.govern(
            channel,
            Command::Leave {
                member: caller,
                allowed,
            },
        )
        .await
    }

    /// Leaves a channel. An owner is succeeded; the last one's channel is dissolved.
    ///
    /// [`ErrorKind::NotMember`], [`ErrorKind::LeavingClosed`].
    pub async fn leave_or_hand_over(
        &self,
        caller: AccountId,
        channel: ChannelId,
        succession: Succession,
    ) -> Result<Departure> {
        let look = move |conn: &mut AnyConnection| {
            let role = channels::role(conn, channel, caller)?;
            Ok((role, channels::heir(conn, channel, caller, succession)?))
        };
        let (role, heir) = self.core.store.read(look).await?;
        match (role, heir) {
            (Some(Role::Owner), Some(heir)) => {
                let after = OwnerAfterTransfer::Leaves;
                self.transfer(caller, channel, heir, after).await?;
                Ok(Departure::HandedOver(heir))
            }
            (Some(Role::Owner), None) => {
                self.dissolve(caller, channel).await?;
                Ok(Departure::Dissolved)
            }
            _ => {
                self.leave(caller, channel).await?;
                Ok(Departure::Left)
            }
        }
    }

    /// Hands a channel over: [`ErrorKind::NotOwner`], [`ErrorKind::SelfTarget`], [`ErrorKind::TargetNotMember`].
    pub async fn transfer(
        &self,
        caller: AccountId,
        channel: ChannelId,
        to: AccountId,
        after: OwnerAfterTransfer,
    ) -> Result<()> {
        self.govern(
            channel,
            Command::Transfer {
                by: Some(caller),
                to,
                after,
            },
        )
        .await
    }

    /// Removes members whom the caller reaches: [`ErrorKind::NotManager`], [`ErrorKind::TargetNotMember`],
    /// [`ErrorKind::RankTooHigh`]. All of them or nobody. Gives those who were removed.
    pub async fn kick(
        &self,
        caller: AccountId,
        channel: ChannelId,
        members: Vec<AccountId>,
        reach: Reach,
    ) -> Result<Vec<AccountId>> {
        let change = self.core.hub.govern(
            channel,
            Command::Kick {
                by: caller,
                members,
                reach,
            },
        );
        Ok(touched(change.await?))
    }

    /// Appoints or dismisses managers: [`ErrorKind::NotOwner`], [`ErrorKind::SelfTarget`], [`ErrorKind::TargetNotMember`].
    pub async fn set_managers(
        &self,
        caller: AccountId,
        channel: ChannelId,
        members: Vec<AccountId>,
        manager: bool,
    ) -> Result<Vec<AccountId>> {
        let change = self.core.hub.govern(
            channel,
            Command::SetManagers {
                by: caller,
                members,
                manager,
            },
        );
        Ok(touched(change.await?))
    }

    /// Takes the right to speak from members, or gives it back, also to former ones: [`ErrorKind::NotManager`],
    /// [`ErrorKind::TargetNotMember`], [`ErrorKind::RankTooHigh`].
    pub async fn bar(
        &self,
        caller: AccountId,
        channel: ChannelId,
        members: Vec<AccountId>,
        barred: bool,
    ) -> Result<Vec<AccountId>> {
        let change = self.core.hub.govern(
            channel,
            Command::Bar {
                by: caller,
                members,
                barred,
            },
        );
        Ok(touched(change.await?))
    }

    /// Changes the name a member carries in the channel; only who leads it may name others.
    ///
    /// [`ErrorKind::Invalid`], [`ErrorKind::NotManager`], [`ErrorKind::TargetNotMember`].
    pub async fn set_alias(
        &self,
        caller: AccountId,
        channel: ChannelId,
        member: AccountId,
        alias: String,
    ) -> Result<()> {
        super::checks::alias(&alias)?;
        self.govern(
            channel,
            Command::SetAlias {
                by: caller,
                member,
                alias,
            },
        )
        .await
    }

    /// Mutes a member whom the caller reaches for `length` from now, whatever mute there was; a length of 0 lifts it.
    ///
    /// [`ErrorKind::NotManager`], [`ErrorKind::TargetNotMember`], [`ErrorKind::RankTooHigh`].
    pub async fn mute(
        &self,
        caller: AccountId,
        channel: ChannelId,
        member: AccountId,
        length: Millis,
        reach: Reach,
    ) -> Result<()> {
        let until = match length {
            ..0 => return Err(Error::invalid("a mute cannot end before it begins")),
            0 => 0,
            _ => time::now().saturating_add(length),
        };
        self.mute_until(caller, channel, member, until, reach).await
    }

    /// The same until a moment; 0 lifts the mute.
    pub async fn mute_until(
        &self,
        caller: AccountId,
        channel: ChannelId,
        member: AccountId,
        until: Millis,
        reach: Reach,
    ) -> Result<()> {
        self.govern(
            channel,
            Command::Mute {
                by: caller,
                member,
                until,
                reach,
            },
        )
        .await
    }

    /// What changed among the members since a version, oldest change first, with those who are gone. Nothing for an outsider.
    /// [`ErrorKind::ChannelUnknown`].
    pub async fn members_since(
        &self,
        caller: AccountId,
        channel: ChannelId,
        version: i64,
        limit: i64,
    ) -> Result<Vec<SyncedMember>> {
        let list = move |conn: &mut AnyConnection| {
            channels::find_any(conn, channel)?.ok_or(ErrorKind::ChannelUnknown)?;
            if channels::role(conn, channel, caller)?.is_none() {
                return Ok(Vec::new());
            }
            channels::since(conn, channel, version, limit.clamp(1, SYNCED))
        };
        self.core.store.read(list).await
    }
}

/// Those whom a change has brought in.
pub(in crate::service) fn came(change: Change) -> Vec<AccountId> {
    match change {
        Change::Invited { accounts, .. } => accounts,
        _ => Vec::new(),
    }
}

/// Those to whom something was done.
fn touched(change: Change) -> Vec<AccountId> {
    match change {
        Change::Kicked { members, .. }
        | Change::RolesSet { members, .. }
        | Change::Barred { members, .. } => members,
        _ => Vec::new(),
    }
}
