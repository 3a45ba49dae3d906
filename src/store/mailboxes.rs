//! How far each account's devices have been told.

use super::conn::AnyConnection;
use super::schema::mailboxes::dsl;
use crate::domain::{AccountId, MessageId};
use crate::error::Result;
use diesel::prelude::*;
use std::collections::HashMap;

/// The last message known to have reached the account.
pub fn delivered(conn: &mut AnyConnection, account: AccountId) -> Result<MessageId> {
    let id: Option<i64> = dsl::mailboxes
        .find(account.0)
        .select(dsl::delivered)
        .first(conn)
        .optional()?;
    Ok(MessageId(id.unwrap_or(0)))
}

/// Notes what reached whom.
pub(super) fn advance(
    conn: &mut AnyConnection,
    notes: &HashMap<AccountId, MessageId>,
) -> Result<()> {
    use diesel::upsert::excluded;
    let rows: Vec<_> = notes
        .iter()
        .map(|(a, m)| (dsl::account.eq(a.0), dsl::delivered.eq(m.0)))
        .collect();
    match conn {
        AnyConnection::Sqlite(c) => {
            for row in rows {
                diesel::insert_into(dsl::mailboxes)
                    .values(row)
                    .on_conflict(dsl::account)
                    .do_update()
                    .set(dsl::delivered.eq(excluded(dsl::delivered)))
                    .execute(c)?;
            }
        }
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(c) => {
            let new = diesel::dsl::sql::<diesel::sql_types::BigInt>("VALUES(delivered)");
            diesel::insert_into(dsl::mailboxes)
                .values(rows)
                .on_conflict(diesel::dsl::DuplicatedKeys)
                .do_update()
                .set(dsl::delivered.eq(new))
                .execute(c)?;
        }
    }
    Ok(())
}
