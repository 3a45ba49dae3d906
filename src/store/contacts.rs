//! Contacts: what each account holds of others.

mod sync;

pub use sync::{ContactsSince, SyncedContact, since};

use super::conn::AnyConnection;
use super::schema::contacts::{self, dsl};
use crate::domain::time::{self, Millis};
use crate::domain::{AccountId, Contact};
use crate::error::Result;
use diesel::prelude::*;
use std::collections::{HashMap, HashSet};

/// How many ids go into one statement.
const AT_ONCE: usize = 10_000;

#[derive(Queryable, Selectable)]
#[diesel(table_name = contacts)]
struct Row {
    id: i64,
    account: i64,
    peer: i64,
    remark: String,
    label: String,
    listed: bool,
    blocked: bool,
}

impl From<Row> for Contact {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            account: AccountId(row.account),
            peer: AccountId(row.peer),
            remark: row.remark,
            label: row.label,
            listed: row.listed,
            blocked: row.blocked,
        }
    }
}

/// What an account holds of another.
pub fn find(
    conn: &mut AnyConnection,
    account: AccountId,
    peer: AccountId,
) -> Result<Option<Contact>> {
    let row: Option<Row> = dsl::contacts
        .filter(dsl::account.eq(account.0))
        .filter(dsl::peer.eq(peer.0))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Contact::from))
}

/// What an account holds of others, by the other.
pub fn held(
    conn: &mut AnyConnection,
    account: AccountId,
    peers: &[AccountId],
) -> Result<HashMap<AccountId, Contact>> {
    let mut held = HashMap::new();
    for peers in peers.chunks(AT_ONCE) {
        let peers: Vec<i64> = peers.iter().map(|peer| peer.0).collect();
        let rows: Vec<Row> = dsl::contacts
            .filter(dsl::account.eq(account.0))
            .filter(dsl::peer.eq_any(peers))
            .select(Row::as_select())
            .load(conn)?;
        held.extend(
            rows.into_iter()
                .map(|row| (AccountId(row.peer), row.into())),
        );
    }
    Ok(held)
}

/// What others hold of an account, by the other.
pub fn holding(
    conn: &mut AnyConnection,
    account: AccountId,
    peers: &[AccountId],
) -> Result<HashMap<AccountId, Contact>> {
    let mut holding = HashMap::new();
    for peers in peers.chunks(AT_ONCE) {
        let peers: Vec<i64> = peers.iter().map(|peer| peer.0).collect();
        let rows: Vec<Row> = dsl::contacts
            .filter(dsl::account.eq_any(peers))
            .filter(dsl::peer.eq(account.0))
            .select(Row::as_select())
            .load(conn)?;
        let rows = rows.into_iter();
        holding.extend(rows.map(|row| (AccountId(row.account), row.into())));
    }
    Ok(holding)
}

/// The contact list without those who are blocked, in the order in which they came.
pub fn listed(conn: &mut AnyConnection, account: AccountId) -> Result<Vec<Contact>> {
    let rows: Vec<Row> = dsl::contacts
        .filter(dsl::account.eq(account.0))
        .filter(dsl::listed.eq(true))
        .filter(dsl::blocked.eq(false))
        .order((dsl::listed_at.asc(), dsl::id.asc()))
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Contact::from).collect())
}

/// The block list, in the order in which they came.
pub fn blocked(conn: &mut AnyConnection, account: AccountId) -> Result<Vec<Contact>> {
    let rows: Vec<Row> = dsl::contacts
        .filter(dsl::account.eq(account.0))
        .filter(dsl::blocked.eq(true))
        .order(dsl::id.asc())
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Contact::from).collect())
}

/// Those of `peers` who are on the contact list and not blocked.
pub fn listed_among(
    conn: &mut AnyConnection,
    account: AccountId,
    peers: &[AccountId],
) -> Result<HashSet<AccountId>> {
    if peers.is_empty() {
        return Ok(HashSet::new());
    }
    let peers: Vec<i64> = peers.iter().map(|peer| peer.0).collect();
    let rows: Vec<i64> = dsl::contacts
        .filter(dsl::account.eq(account.0))
        .filter(dsl::peer.eq_any(peers))
        .filter(dsl::listed.eq(true))
        .filter(dsl::blocked.eq(false))
        .select(dsl::peer)
        .load(conn)?;
    Ok(rows.into_iter().map(AccountId).collect())
}

/// Those of `peers` who have the account on their contact list and have not blocked it.
pub fn listing_among(
    conn: &mut AnyConnection,
    account: AccountId,
    peers: &[AccountId],
) -> Result<HashSet<AccountId>> {
    if peers.is_empty() {
        return Ok(HashSet::new());
    }
    let peers: Vec<i64> = peers.iter().map(|peer| peer.0).collect();
    let rows: Vec<i64> = dsl::contacts
        .filter(dsl::account.eq_any(peers))
        .filter(dsl::peer.eq(account.0))
        .filter(dsl::listed.eq(true))
        .filter(dsl::blocked.eq(false))
        .select(dsl::account)
        .load(conn)?;
    Ok(rows.into_iter().map(AccountId).collect())
}

/// Puts two accounts on each other's contact list, unless they are on it.
pub fn list_both(conn: &mut AnyConnection, a: AccountId, b: AccountId, now: Millis) -> Result<()> {
    for (account, peer) in [(a, b), (b, a)] {
        let id = row_of(conn, account, peer, now)?;
        let missing = dsl::contacts.find(id).filter(dsl::listed.eq(false));
        diesel::update(missing)
            .set((dsl::listed.eq(true), dsl::listed_at.eq(now)))
            .execute(conn)?;
    }
    sync::renew(conn, a, b, now)
}

/// Puts somebody on the block list, unless they are on it.
pub fn block(
    conn: &mut AnyConnection,
    account: AccountId,
    peer: AccountId,
    now: Millis,
) -> Result<()> {
    let id = row_of(conn, account, peer, now)?;
    diesel::update(dsl::contacts.find(id))
        .set(dsl::blocked.eq(true))
        .execute(conn)?;
    sync::renew(conn, account, peer, now)
}

/// Takes somebody off the block list; whether they are a contact is as it was.
pub fn unblock(conn: &mut AnyConnection, contact: &Contact) -> Result<()> {
    if !contact.listed {
        return forget(conn, contact);
    }
    diesel::update(dsl::contacts.find(contact.id))
        .set(dsl::blocked.eq(false))
        .execute(conn)?;
    sync::renew(conn, contact.account, contact.peer, time::now())
}

fn row_of(
    conn: &mut AnyConnection,
    account: AccountId,
    peer: AccountId,
    now: Millis,
) -> Result<i64> {
    if let Some(contact) = find(conn, account, peer)? {
        return Ok(contact.id);
    }
    diesel::insert_into(dsl::contacts)
        .values((
            dsl::account.eq(account.0),
            dsl::peer.eq(peer.0),
            dsl::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(conn.last_id()?)
}

/// Takes somebody off the contact list; a block remains.
pub fn unlist(conn: &mut AnyConnection, contact: &Contact) -> Result<()> {
    if !contact.blocked {
        return forget(conn, contact);
    }
    diesel::update(dsl::contacts.find(contact.id))
        .set(dsl::listed.eq(false))
        .execute(conn)?;
    sync::renew(conn, contact.account, contact.peer, time::now())
}

/// Forgets everything an account holds of another. The bare row stays, so that clients learn of it by its version.
pub fn forget(conn: &mut AnyConnection, contact: &Contact) -> Result<()> {
    diesel::update(dsl::contacts.find(contact.id))
        .set((
            dsl::listed.eq(false),
            dsl::blocked.eq(false),
            dsl::remark.eq(""),
            dsl::label.eq(""),
        ))
        .execute(conn)?;
    sync::renew(conn, contact.account, contact.peer, time::now())
}

/// Changes the name the owner gave.
pub fn set_remark(conn: &mut AnyConnection, contact: &Contact, remark: &str) -> Result<()> {
    diesel::update(dsl::contacts.find(contact.id))
        .set(dsl::remark.eq(remark))
        .execute(conn)?;
    sync::renew(conn, contact.account, contact.peer, time::now())
}

/// Changes the client's own text.
pub fn set_label(conn: &mut AnyConnection, contact: &Contact, label: &str) -> Result<()> {
    diesel::update(dsl::contacts.find(contact.id))
        .set(dsl::label.eq(label))
        .execute(conn)?;
    Ok(())
}
