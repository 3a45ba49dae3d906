//! Groups in which accounts sort their contacts.

use super::conn::{AnyConnection, on_each_backend};
use super::schema::{contact_group_members as members, contact_groups as groups};
use crate::domain::AccountId;
use crate::error::Result;
use diesel::prelude::*;

/// A group without its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupName {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
}

impl From<(i64, String)> for GroupName {
    fn from((id, name): (i64, String)) -> Self {
        Self { id, name }
    }
}

/// One of the account's groups.
pub fn find(conn: &mut AnyConnection, account: AccountId, id: i64) -> Result<Option<GroupName>> {
    let row: Option<(i64, String)> = groups::table
        .filter(groups::id.eq(id))
        .filter(groups::account.eq(account.0))
        .select((groups::id, groups::name))
        .first(conn)
        .optional()?;
    Ok(row.map(GroupName::from))
}

/// The account's group of that name.
pub fn named(
    conn: &mut AnyConnection,
    account: AccountId,
    name: &str,
) -> Result<Option<GroupName>> {
    let row: Option<(i64, String)> = groups::table
        .filter(groups::account.eq(account.0))
        .filter(groups::name.eq(name))
        .select((groups::id, groups::name))
        .first(conn)
        .optional()?;
    Ok(row.map(GroupName::from))
}

/// The account's groups, in the order in which they were made.
pub fn of_account(conn: &mut AnyConnection, account: AccountId) -> Result<Vec<GroupName>> {
    let rows: Vec<(i64, String)> = groups::table
        .filter(groups::account.eq(account.0))
        .order(groups::id.asc())
        .select((groups::id, groups::name))
        .load(conn)?;
    Ok(rows.into_iter().map(GroupName::from).collect())
}

/// Who is in which of the account's groups, by group.
pub fn memberships(conn: &mut AnyConnection, account: AccountId) -> Result<Vec<(i64, AccountId)>> {
    let rows: Vec<(i64, i64)> = members::table
        .inner_join(groups::table.on(groups::id.eq(members::group_id)))
        .filter(groups::account.eq(account.0))
        .order((members::group_id.asc(), members::peer.asc()))
        .select((members::group_id, members::peer))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(group, peer)| (group, AccountId(peer)))
        .collect())
}

/// Adds a group and returns its id. The account must have none of that name.
pub fn insert(conn: &mut AnyConnection, account: AccountId, name: &str) -> Result<i64> {
    diesel::insert_into(groups::table)
        .values((groups::account.eq(account.0), groups::name.eq(name)))
        .execute(conn)?;
    Ok(conn.last_id()?)
}

/// Changes a group's name. The account must have no other of that name.
pub fn rename(conn: &mut AnyConnection, id: i64, name: &str) -> Result<()> {
    diesel::update(groups::table.find(id))
        .set(groups::name.eq(name))
        .execute(conn)?;
    Ok(())
}

/// Removes a group; its members remain contacts.
pub fn delete(conn: &mut AnyConnection, id: i64) -> Result<()> {
    diesel::delete(members::table.filter(members::group_id.eq(id))).execute(conn)?;
    diesel::delete(groups::table.find(id)).execute(conn)?;
    Ok(())
}

/// Puts accounts into a group; those who are in it stay.
pub fn add<'a>(
    conn: &mut AnyConnection,
    id: i64,
    peers: impl IntoIterator<Item = &'a AccountId>,
) -> Result<()> {
    let rows: Vec<_> = peers
        .into_iter()
        .map(|peer| (members::group_id.eq(id), members::peer.eq(peer.0)))
        .collect();
    if !rows.is_empty() {
        on_each_backend!(conn, c => diesel::insert_or_ignore_into(members::table).values(rows).execute(c))?;
    }
    Ok(())
}

/// Takes accounts out of a group.
pub fn remove(conn: &mut AnyConnection, id: i64, peers: &[AccountId]) -> Result<()> {
    let peers: Vec<i64> = peers.iter().map(|peer| peer.0).collect();
    diesel::delete(
        members::table
            .filter(members::group_id.eq(id))
            .filter(members::peer.eq_any(peers)),
    )
    .execute(conn)?;
    Ok(())
}

/// Takes somebody out of all of the account's groups.
pub fn forget(conn: &mut AnyConnection, account: AccountId, peer: AccountId) -> Result<()> {
    let own = groups::table
        .filter(groups::account.eq(account.0))
        .select(groups::id);
    diesel::delete(
        members::table
            .filter(members::group_id.eq_any(own))
            .filter(members::peer.eq(peer.0)),
    )
    .execute(conn)?;
    Ok(())
}
