//! Members in the order in which they came.

use super::Seated;
use crate::domain::{AccountId, ChannelId, Member, Role};
use crate::error::Result;
use crate::store::conn::AnyConnection;
use crate::store::schema::channel_members;
use diesel::prelude::*;

/// A part of a channel's members.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stretch {
    /// Only those who stand behind this place.
    pub after: i64,
    /// How many at most.
    pub limit: i64,
    /// Without these.
    pub without: Vec<AccountId>,
}

/// The members of a stretch who have at least the role `least`, and `viewer`, each with the place where they stand.
pub fn in_order(
    conn: &mut AnyConnection,
    id: ChannelId,
    stretch: &Stretch,
    least: Option<Role>,
    viewer: AccountId,
) -> Result<Vec<(i64, Member)>> {
    let without: Vec<i64> = stretch.without.iter().map(|account| account.0).collect();
    let shown = channel_members::role
        .ge(least.map_or(i16::MAX, |role| role as i16))
        .or(channel_members::account.eq(viewer.0));
    let rows: Vec<(i64, Seated)> = channel_members::table
        .filter(channel_members::channel.eq(id.0))
        .filter(channel_members::place.gt(stretch.after))
        .filter(channel_members::account.ne_all(without))
        .filter(shown)
        .order(channel_members::place.asc())
        .limit(stretch.limit)
        .select((channel_members::place, Seated::as_select()))
        .load(conn)?;
    let members = rows.into_iter();
    Ok(members.map(|(place, row)| (place, row.into())).collect())
}

/// Who came first, at most so many.
pub fn first(conn: &mut AnyConnection, id: ChannelId, count: i64) -> Result<Vec<AccountId>> {
    let rows: Vec<i64> = channel_members::table
        .filter(channel_members::channel.eq(id.0))
        .order(channel_members::place.asc())
        .limit(count)
        .select(channel_members::account)
        .load(conn)?;
    Ok(rows.into_iter().map(AccountId).collect())
}
