//! What administrators did.

use super::conn::AnyConnection;
use super::schema::audit::{self, dsl};
use crate::domain::time::Millis;
use crate::error::Result;
use diesel::prelude::*;

/// Something an administrator did. Holds no passwords.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Who, by login name.
    pub admin: String,
    /// From which network address.
    pub address: String,
    /// What, such as `accounts.lock`.
    pub action: String,
    /// To what, at most 191 characters.
    pub target: String,
    /// The value before; empty when there was none.
    pub before: String,
    /// The value after; empty when there is none.
    pub after: String,
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = audit)]
pub struct Record {
    /// Its id, ascending.
    pub id: i64,
    /// Who, by login name.
    pub admin: String,
    /// From which network address.
    pub address: String,
    /// What.
    pub action: String,
    /// To what.
    pub target: String,
    /// The value before.
    pub before_value: String,
    /// The value after.
    pub after_value: String,
    /// When.
    pub created_at: Millis,
}

/// Adds an entry.
pub fn insert(conn: &mut AnyConnection, entry: &Entry, now: Millis) -> Result<()> {
    diesel::insert_into(dsl::audit)
        .values((
            dsl::admin.eq(&entry.admin),
            dsl::address.eq(&entry.address),
            dsl::action.eq(&entry.action),
            dsl::target.eq(&entry.target),
            dsl::before_value.eq(&entry.before),
            dsl::after_value.eq(&entry.after),
            dsl::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// A page of the log, newest first, and how many entries there are.
pub fn list(conn: &mut AnyConnection, offset: i64, limit: i64) -> Result<(Vec<Record>, i64)> {
    let total: i64 = dsl::audit.count().get_result(conn)?;
    let page = dsl::audit
        .order(dsl::id.desc())
        .offset(offset)
        .limit(limit)
        .select(Record::as_select())
        .load(conn)?;
    Ok((page, total))
}
