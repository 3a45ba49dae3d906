//! What changed about an account's contacts, for clients that keep them. Whoever is forgotten leaves a trace.

use crate::domain::time::{self, Millis};
use crate::domain::{AccountId, Contact};
use crate::error::Result;
use crate::store::conn::{AnyConnection, on_each_backend};
use crate::store::schema::{contacts, former_contacts};
use crate::store::versions;
use diesel::dsl::max;
use diesel::prelude::*;
use std::collections::HashMap;

/// From where on changes are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactsSince {
    /// After the change of that number.
    Version(i64),
    /// After the row of that id, changed in that second. Everything that changes later does so in a later second.
    Key {
        /// The Unix second.
        second: i64,
        /// The id.
        id: i64,
    },
}

/// What changed of one contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncedContact {
    /// The id of the contact's row, also when that is gone.
    pub id: i64,
    /// Who it is.
    pub peer: AccountId,
    /// The name the owner gave.
    pub remark: String,
    /// On the owner's block list.
    pub blocked: bool,
    /// Not on the owner's contact list any more.
    pub deleted: bool,
    /// They have the owner on their contact list.
    pub lists_me: bool,
    /// They have the owner on their block list.
    pub blocks_me: bool,
    /// When they came on the list.
    pub created_at: Millis,
    /// When this changed.
    pub updated_at: Millis,
    /// The number of the change.
    pub version: i64,
}

/// Changes of an account's contacts in the order of the keys that were asked with, at most `limit`.
pub fn since(
    conn: &mut AnyConnection,
    account: AccountId,
    after: ContactsSince,
    limit: i64,
) -> Result<Vec<SyncedContact>> {
    let mut found = present(conn, account, after, limit)?;
    found.extend(former(conn, account, after, limit)?);
    match after {
        ContactsSince::Version(_) => found.sort_unstable_by_key(|contact| contact.version),
        ContactsSince::Key { .. } => {
            found.sort_unstable_by_key(|contact| (contact.updated_at / 1000, contact.id));
        }
    }
    found.truncate(limit.max(0) as usize);
    let peers: Vec<i64> = found.iter().map(|contact| contact.peer.0).collect();
    let theirs: Vec<(i64, bool, bool)> = contacts::table
        .filter(contacts::account.eq_any(peers))
        .filter(contacts::peer.eq(account.0))
        .select((contacts::account, contacts::listed, contacts::blocked))
        .load(conn)?;
    let theirs: HashMap<i64, (bool, bool)> = theirs
        .into_iter()
        .map(|(peer, listed, blocked)| (peer, (listed, blocked)))
        .collect();
    for contact in &mut found {
        if let Some((listed, blocked)) = theirs.get(&contact.peer.0) {
            (contact.lists_me, contact.blocks_me) = (*listed, *blocked);
        }
    }
    Ok(found)
}

fn present(
    conn: &mut AnyConnection,
    account: AccountId,
    after: ContactsSince,
    limit: i64,
) -> Result<Vec<SyncedContact>> {
    type Row = (i64, i64, String, bool, bool, i64, i64, i64);
    let own = contacts::table
        .filter(contacts::account.eq(account.0))
        .limit(limit)
        .into_boxed();
    let own = match after {
        ContactsSince::Version(version) => own
            .filter(contacts::version.gt(version))
            .order(contacts::version.asc()),
        ContactsSince::Key { second, id } => {
            let (from, to) = bounds(second);
            let later = contacts::updated_at.ge(to);
            let beside = contacts::updated_at.ge(from).and(contacts::id.gt(id));
            own.filter(later.or(beside))
                .order((contacts::updated_at.asc(), contacts::id.asc()))
        }
    };
    let rows: Vec<Row> = own
        .select((
            contacts::id,
            contacts::peer,
            contacts::remark,
            contacts::blocked,
            contacts::listed,
            contacts::listed_at,
            contacts::updated_at,
            contacts::version,
        ))
        .load(conn)?;
    let found = rows.into_iter().map(
        |(id, peer, remark, blocked, listed, created_at, updated_at, version)| SyncedContact {
            id,
            peer: AccountId(peer),
            remark,
            blocked,
            deleted: !listed,
            lists_me: false,
            blocks_me: false,
            created_at,
            updated_at,
            version,
        },
    );
    Ok(found.collect())
}

fn former(
    conn: &mut AnyConnection,
    account: AccountId,
    after: ContactsSince,
    limit: i64,
) -> Result<Vec<SyncedContact>> {
    use former_contacts::dsl;
    let own = dsl::former_contacts
        .filter(dsl::account.eq(account.0))
        .limit(limit)
        .into_boxed();
    let own = match after {
        ContactsSince::Version(version) => own
            .filter(dsl::version.gt(version))
            .order(dsl::version.asc()),
        ContactsSince::Key { second, id } => {
            let (from, to) = bounds(second);
            let later = dsl::updated_at.ge(to);
            let beside = dsl::updated_at.ge(from).and(dsl::contact_id.gt(id));
            own.filter(later.or(beside))
                .order((dsl::updated_at.asc(), dsl::contact_id.asc()))
        }
    };
    let rows: Vec<(i64, i64, i64, i64, i64)> = own
        .select((
            dsl::contact_id,
            dsl::peer,
            dsl::listed_at,
            dsl::updated_at,
            dsl::version,
        ))
        .load(conn)?;
    let found = rows.into_iter().map(
        |(id, peer, created_at, updated_at, version)| SyncedContact {
            id,
            peer: AccountId(peer),
            remark: String::new(),
            blocked: false,
            deleted: true,
            lists_me: false,
            blocks_me: false,
            created_at,
            updated_at,
            version,
        },
    );
    Ok(found.collect())
}

/// When a second begins and ends.
fn bounds(second: i64) -> (Millis, Millis) {
    let from = second.saturating_mul(1000);
    (from, from.saturating_add(1000))
}

/// Notes that something changed about two accounts' being contacts, so that clients of both ask for it.
pub fn touch(conn: &mut AnyConnection, a: AccountId, b: AccountId) -> Result<()> {
    renew(conn, a, b, time::now())
}

/// Gives what two accounts hold of each other new numbers: what one holds of the other is shown to that one, too.
pub(super) fn renew(
    conn: &mut AnyConnection,
    a: AccountId,
    b: AccountId,
    now: Millis,
) -> Result<()> {
    for (account, peer) in [(a, b), (b, a)] {
        let version = versions::next(conn)?;
        let at = next_second(conn, account, now)?;
        let row = contacts::table
            .filter(contacts::account.eq(account.0))
            .filter(contacts::peer.eq(peer.0));
        diesel::update(row)
            .set((contacts::version.eq(version), contacts::updated_at.eq(at)))
            .execute(conn)?;
        diesel::update(former_contacts::table.find((account.0, peer.0)))
            .set((
                former_contacts::version.eq(version),
                former_contacts::updated_at.eq(at),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Now, or the second after the last change of the account's contacts: clients ask for what changed after a whole second.
fn next_second(conn: &mut AnyConnection, account: AccountId, now: Millis) -> Result<Millis> {
    let last: Option<i64> = contacts::table
        .filter(contacts::account.eq(account.0))
        .select(max(contacts::updated_at))
        .first(conn)?;
    let gone: Option<i64> = former_contacts::table
        .filter(former_contacts::account.eq(account.0))
        .select(max(former_contacts::updated_at))
        .first(conn)?;
    Ok(match last.max(gone) {
        Some(last) => now.max((last.div_euclid(1000) + 1) * 1000),
        None => now,
    })
}

/// Leaves a trace of a contact that is about to be forgotten.
pub(super) fn bury(conn: &mut AnyConnection, contact: &Contact) -> Result<()> {
    let listed_at: i64 = contacts::table
        .find(contact.id)
        .select(contacts::listed_at)
        .first(conn)?;
    let row = (
        former_contacts::account.eq(contact.account.0),
        former_contacts::peer.eq(contact.peer.0),
        former_contacts::contact_id.eq(contact.id),
        former_contacts::listed_at.eq(listed_at),
        former_contacts::updated_at.eq(0_i64),
        former_contacts::version.eq(0_i64),
    );
    on_each_backend!(conn, c => diesel::replace_into(former_contacts::table).values(row).execute(c))?;
    Ok(())
}

/// Takes the trace away, because there is a contact again.
pub(super) fn unbury(conn: &mut AnyConnection, account: AccountId, peer: AccountId) -> Result<()> {
    diesel::delete(former_contacts::table.find((account.0, peer.0))).execute(conn)?;
    Ok(())
}
