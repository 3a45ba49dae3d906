//! What changed about an account's contacts, for clients that keep them. Whoever is forgotten stays as a bare row.

use crate::domain::AccountId;
use crate::domain::time::Millis;
use crate::error::Result;
use crate::store::conn::AnyConnection;
use crate::store::schema::contacts;
use crate::store::versions;
use diesel::dsl::max;
use diesel::prelude::*;

/// From where on changes are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactsSince {
    /// From the first on, by second and id, without those who are not on the contact list.
    Ever,
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
    /// The id of the contact's row.
    pub id: i64,
    /// Who it is.
    pub peer: AccountId,
    /// Not on the owner's contact list, or not any more.
    pub deleted: bool,
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
    let own = contacts::table
        .filter(contacts::account.eq(account.0))
        .limit(limit)
        .into_boxed();
    let by_second = (contacts::updated_at.asc(), contacts::id.asc());
    let own = match after {
        ContactsSince::Ever => own.filter(contacts::listed.eq(true)).order(by_second),
        ContactsSince::Version(version) => own
            .filter(contacts::version.gt(version))
            .order(contacts::version.asc()),
        ContactsSince::Key { second, id } => {
            let from = second.saturating_mul(1000);
            let later = contacts::updated_at.ge(from.saturating_add(1000));
            own.filter(contacts::updated_at.ge(from))
                .filter(later.or(contacts::id.gt(id)))
                .order(by_second)
        }
    };
    let rows: Vec<(i64, i64, bool, i64, i64, i64)> = own
        .select((
            contacts::id,
            contacts::peer,
            contacts::listed,
            contacts::listed_at,
            contacts::updated_at,
            contacts::version,
        ))
        .load(conn)?;
    let found =
        rows.into_iter().map(
            |(id, peer, listed, created_at, updated_at, version)| SyncedContact {
                id,
                peer: AccountId(peer),
                deleted: !listed,
                created_at,
                updated_at,
                version,
            },
        );
    Ok(found.collect())
}

/// Gives what two accounts hold of each other new numbers: what one holds of the other is shown to that one, too.
pub(super) fn renew(
    conn: &mut AnyConnection,
    a: AccountId,
    b: AccountId,
    now: Millis,
) -> Result<()> {
    for ((account, peer), version) in [(a, b), (b, a)].into_iter().zip(versions::take(conn, 2)?) {
        let at = next_second(conn, account, now)?;
        let row = contacts::table
            .filter(contacts::account.eq(account.0))
            .filter(contacts::peer.eq(peer.0));
        diesel::update(row)
            .set((contacts::version.eq(version), contacts::updated_at.eq(at)))
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
    Ok(last.map_or(now, |last| now.max((last.div_euclid(1000) + 1) * 1000)))
}
