//! Invitations to channels that wait for somebody who leads them.

use super::conn::{AnyConnection, on_each_backend};
use super::schema::channel_invite_items::dsl as items;
use super::schema::channel_invites::dsl;
use crate::domain::time::Millis;
use crate::domain::{AccountId, ChannelId};
use crate::error::Result;
use diesel::prelude::*;

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelInvite {
    /// Its id.
    pub id: i64,
    /// To which channel.
    pub channel: ChannelId,
    /// Who invites.
    pub inviter: AccountId,
    /// The inviter's words.
    pub remark: String,
    /// Whether it was confirmed.
    pub confirmed: bool,
    /// When it was made.
    pub created_at: Millis,
    /// Who is invited.
    pub accounts: Vec<AccountId>,
}

/// Adds an invitation and gives its id. The remark has at most 191 characters.
pub fn insert(
    conn: &mut AnyConnection,
    channel: ChannelId,
    inviter: AccountId,
    remark: &str,
    accounts: &[AccountId],
    now: Millis,
) -> Result<i64> {
    diesel::insert_into(dsl::channel_invites)
        .values((
            dsl::channel.eq(channel.0),
            dsl::inviter.eq(inviter.0),
            dsl::remark.eq(remark),
            dsl::created_at.eq(now),
        ))
        .execute(conn)?;
    let id = conn.last_id()?;
    let rows: Vec<_> = accounts
        .iter()
        .map(|account| (items::invite.eq(id), items::account.eq(account.0)))
        .collect();
    if !rows.is_empty() {
        on_each_backend!(conn, c => diesel::insert_or_ignore_into(items::channel_invite_items).values(rows).execute(c))?;
    }
    Ok(id)
}

/// One invitation.
pub fn find(conn: &mut AnyConnection, id: i64) -> Result<Option<ChannelInvite>> {
    let row: Option<(i64, i64, String, i64, i64)> = dsl::channel_invites
        .find(id)
        .select((
            dsl::channel,
            dsl::inviter,
            dsl::remark,
            dsl::confirmed_at,
            dsl::created_at,
        ))
        .first(conn)
        .optional()?;
    let Some((channel, inviter, remark, confirmed_at, created_at)) = row else {
        return Ok(None);
    };
    let accounts: Vec<i64> = items::channel_invite_items
        .filter(items::invite.eq(id))
        .order(items::account.asc())
        .select(items::account)
        .load(conn)?;
    Ok(Some(ChannelInvite {
        id,
        channel: ChannelId(channel),
        inviter: AccountId(inviter),
        remark,
        confirmed: confirmed_at > 0,
        created_at,
        accounts: accounts.into_iter().map(AccountId).collect(),
    }))
}

/// Notes that an invitation was confirmed, unless that was noted before.
pub fn confirm(conn: &mut AnyConnection, id: i64, now: Millis) -> Result<()> {
    let waiting = dsl::channel_invites
        .filter(dsl::id.eq(id))
        .filter(dsl::confirmed_at.eq(0));
    diesel::update(waiting)
        .set(dsl::confirmed_at.eq(now))
        .execute(conn)?;
    Ok(())
}
