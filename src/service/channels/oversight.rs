//! What administrators do with channels.

use super::{Channels, known, number};
use crate::domain::channel::{Command, OwnerAfterTransfer};
use crate::domain::{Account, AccountId, Channel, ChannelId, Member};
use crate::error::{Error, Result};
use crate::store::{AnyConnection, accounts, channels};

/// How many channels administrators see on a page.
const PAGE: i64 = 50;

/// A member as administrators see it.
#[derive(Debug, Clone)]
pub struct MemberRecord {
    /// The membership.
    pub member: Member,
    /// Whose it is.
    pub account: Account,
}

impl Channels {
    /// A page, from 1, of the channels whose name holds the text or whose number it is, and how many there are; for
    /// administrators.
    pub async fn find_all(&self, text: String, page: i64) -> Result<(Vec<Channel>, i64)> {
        let find = move |conn: &mut AnyConnection| {
            let offset = page.saturating_sub(1).max(0).saturating_mul(PAGE);
            let total = channels::search_count(conn, &text, number(&text))?;
            Ok((
                channels::search(conn, &text, number(&text), offset, PAGE)?,
                total,
            ))
        };
        self.core.store.read(find).await
    }

    /// Every member, for administrators.
    pub async fn roster(&self, channel: ChannelId) -> Result<Vec<MemberRecord>> {
        let load = move |conn: &mut AnyConnection| {
            known(conn, channel)?;
            let members = channels::members(conn, channel)?;
            let ids: Vec<AccountId> = members.iter().map(|m| m.account).collect();
            let mut known = accounts::by_ids(conn, &ids)?;
            let records = members.into_iter().filter_map(|member| {
                let account = known.remove(&member.account)?;
                Some(MemberRecord { member, account })
            });
            Ok(records.collect())
        };
        self.core.store.read(load).await
    }

    /// Dissolves any channel.
    pub async fn dissolve_as_admin(&self, channel: ChannelId) -> Result<()> {
        self.govern(channel, Command::Dissolve { by: None }).await
    }

    /// Hands any channel to one of its members; the old owner stays as an ordinary member.
    pub async fn transfer_as_admin(&self, channel: ChannelId, to: AccountId) -> Result<()> {
        self.govern(
            channel,
            Command::Transfer {
                by: None,
                to,
                after: OwnerAfterTransfer::Stays,
            },
        )
        .await
    }

    /// Changes how many members a channel may have and returns the limit before; 0 is no limit. Nobody has to leave.
    pub async fn set_limit(&self, channel: ChannelId, limit: i32) -> Result<i32> {
        if limit < 0 {
            return Err(Error::invalid("a limit is not negative"));
        }
        let before = self
            .core
            .store
            .read(move |conn| known(conn, channel))
            .await?
            .members_limit;
        self.govern(channel, Command::SetLimit { limit }).await?;
        Ok(before)
    }
}
