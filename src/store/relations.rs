//! What an account's mailbox must know of others: who may write to it.

use super::accounts::has_login;
use super::conn::AnyConnection;
use super::schema::{accounts, contacts};
use crate::domain::AccountId;
use crate::error::Result;
use diesel::prelude::*;
use std::collections::HashMap;

/// What an account holds of another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Relation {
    /// On the contact list.
    pub listed: bool,
    /// On the block list.
    pub blocked: bool,
    /// Has the account on the own contact list, and not on the block list.
    pub lists_back: bool,
}

/// Everybody who is on the account's lists or has it on the own contact list, or `None` when there is no such account. An account
/// that nobody can log in to has no lists: it is everybody's contact and blocks nobody, so nobody asks for them.
pub fn of(
    conn: &mut AnyConnection,
    account: AccountId,
) -> Result<Option<HashMap<AccountId, Relation>>> {
    let known: Option<bool> = accounts::table
        .find(account.0)
        .select(has_login())
        .first(conn)
        .optional()?;
    match known {
        None => return Ok(None),
        Some(false) => return Ok(Some(HashMap::new())),
        Some(true) => {}
    }
    let rows: Vec<(i64, bool, bool)> = contacts::table
        .filter(contacts::account.eq(account.0))
        .filter(contacts::listed.eq(true).or(contacts::blocked.eq(true)))
        .select((contacts::peer, contacts::listed, contacts::blocked))
        .load(conn)?;
    let own = rows.into_iter().map(|(peer, listed, blocked)| {
        let relation = Relation {
            listed,
            blocked,
            lists_back: false,
        };
        (AccountId(peer), relation)
    });
    let mut relations: HashMap<_, _> = own.collect();
    for peer in listed_by(conn, account)? {
        relations.entry(peer).or_default().lists_back = true;
    }
    Ok(Some(relations))
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
