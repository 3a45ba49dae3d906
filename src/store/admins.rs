//! The administrators of the dashboard. They are no accounts: they cannot chat.

use super::conn::AnyConnection;
use super::schema::admins::{self, dsl};
use crate::domain::time::Millis;
use crate::error::Result;
use diesel::prelude::*;

/// An administrator. Without `Debug`, so that no hash gets into a log.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = admins)]
pub struct Admin {
    /// The login name.
    pub name: String,
    /// The hash of the password.
    pub password: String,
    /// Logins before this moment are void.
    pub valid_from: Millis,
}

/// The administrator of that name.
pub fn find(conn: &mut AnyConnection, name: &str) -> Result<Option<Admin>> {
    Ok(dsl::admins
        .find(name)
        .select(Admin::as_select())
        .first(conn)
        .optional()?)
}

/// Whether there is none yet.
pub fn is_empty(conn: &mut AnyConnection) -> Result<bool> {
    let count: i64 = dsl::admins.count().get_result(conn)?;
    Ok(count == 0)
}

/// Sets the password, which makes earlier logins void; an administrator not known yet is added.
pub fn put(conn: &mut AnyConnection, name: &str, hash: &str, now: Millis) -> Result<()> {
    let changed = diesel::update(dsl::admins.find(name))
        .set((dsl::password.eq(hash), dsl::valid_from.eq(now)))
        .execute(conn)?;
    if changed == 0 {
        diesel::insert_into(dsl::admins)
            .values((
                dsl::name.eq(name),
                dsl::password.eq(hash),
                dsl::valid_from.eq(now),
                dsl::created_at.eq(now),
            ))
            .execute(conn)?;
    }
    Ok(())
}
