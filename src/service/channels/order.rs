//! Members in the order in which they came.

use super::{Channels, known};
use crate::domain::{AccountId, ChannelId, Member, Role};
use crate::error::{ErrorKind, Result};
use crate::service::accounts::AccountView;
use crate::service::views;
use crate::store::channels::{self, Stretch};
use crate::store::{AnyConnection, contacts};

/// How many members are listed at most.
const LISTED: i64 = 1000;

/// A member where it stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The place: whoever comes later stands behind.
    pub place: i64,
    /// The membership.
    pub member: Member,
    /// Whose it is, as far as it may be seen.
    pub account: AccountView,
    /// The viewer's own name for that one; empty for none.
    pub remark: String,
}

impl Channels {
    /// A stretch of the members, in the order in which they came. Ordinary members may not see all of them where that is
    /// switched off.
    ///
    /// [`ErrorKind::ChannelUnknown`], [`ErrorKind::NotMember`].
    pub async fn in_order(
        &self,
        caller: AccountId,
        channel: ChannelId,
        stretch: Stretch,
    ) -> Result<Vec<Standing>> {
        let policy = self.core.settings.policy();
        // Whom ordinary members see besides themselves.
        let shown = match (policy.channel_info_shown, policy.channel_members_shown) {
            (true, true) => Some(Role::General),
            (true, false) => Some(Role::Manager),
            (false, _) => None,
        };
        let load = move |conn: &mut AnyConnection| {
            known(conn, channel)?;
            let own = channels::role(conn, channel, caller)?.ok_or(ErrorKind::NotMember)?;
            let least = match own {
                Role::General => shown,
                Role::Manager | Role::Owner => Some(Role::General),
            };
            let limit = stretch.limit.clamp(1, LISTED);
            let stretch = Stretch { limit, ..stretch };
            let found = channels::in_order(conn, channel, &stretch, least, caller)?;
            let ids: Vec<AccountId> = found.iter().map(|(_, member)| member.account).collect();
            let held = contacts::held(conn, caller, &ids)?;
            Ok((found, views::look(conn, caller, &ids)?, held))
        };
        let (found, seen, mut held) = self.core.store.read(load).await?;
        let mut views = self.core.show(caller, seen);
        let standing = found.into_iter().filter_map(|(place, member)| {
            let account = views.remove(&member.account)?;
            let remark = held.remove(&member.account).map(|held| held.remark);
            Some(Standing {
                place,
                account,
                remark: remark.unwrap_or_default(),
                member,
            })
        });
        Ok(standing.collect())
    }

    /// Who came first of those who are members, at most so many.
    pub async fn first(&self, channel: ChannelId, count: i64) -> Result<Vec<AccountId>> {
        let first = move |conn: &mut AnyConnection| channels::first(conn, channel, count);
        self.core.store.read(first).await
    }

    /// Of some accounts those that are members.
    pub async fn members_among(
        &self,
        channel: ChannelId,
        accounts: Vec<AccountId>,
    ) -> Result<Vec<AccountId>> {
        let among =
            move |conn: &mut AnyConnection| channels::members_among(conn, channel, &accounts);
        self.core.store.read(among).await
    }
}
