//! What an account's mailbox must know of others: who may write to it.

use super::conn::AnyConnection;
use super::schema::{accounts, contacts};
use crate::domain::AccountId;
use crate::error::Result;
use diesel::prelude::*;
use std::collections::HashMap;

/// What an account holds of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relation {
    /// On the contact list.
    pub listed: bool,
    /// On the block list.
    pub blocked: bool,
}

/// Everybody on the account's lists, or `None` when there is no such account.
pub fn of(
    conn: &mut AnyConnection,
    account: AccountId,
) -> Result<Option<HashMap<AccountId, Relation>>> {
    let known: Option<i64> = accounts::table
        .find(account.0)
        .select(accounts::id)
        .first(conn)
        .optional()?;
    if known.is_none() {
        return Ok(None);
    }
    let rows: Vec<(i64, bool, bool)> = contacts::table
        .filter(contacts::account.eq(account.0))
        .select((contacts::peer, contacts::listed, contacts::blocked))
        .load(conn)?;
    Ok(Some(
        rows.into_iter()
            .map(|(peer, listed, blocked)| (AccountId(peer), Relation { listed, blocked }))
            .collect(),
    ))
}

/// Whether `peer` is on the account's contact list and not blocked.
pub fn lists(conn: &mut AnyConnection, account: AccountId, peer: AccountId) -> Result<bool> {
    let row = contacts::table
        .filter(contacts::account.eq(account.0))
        .filter(contacts::peer.eq(peer.0))
        .filter(contacts::listed.eq(true))
        .filter(contacts::blocked.eq(false));
    Ok(diesel::select(diesel::dsl::exists(row)).get_result(conn)?)
}

/// Those who have the account on their contact list and have not blocked it.
pub fn listed_by(conn: &mut AnyConnection, account: AccountId) -> Result<Vec<AccountId>> {
    let rows: Vec<i64> = contacts::table
        .filter(contacts::peer.eq(account.0))
        .filter(contacts::listed.eq(true))
        .filter(contacts::blocked.eq(false))
        .select(contacts::account)
        .load(conn)?;
    Ok(rows.into_iter().map(AccountId).collect())
}
