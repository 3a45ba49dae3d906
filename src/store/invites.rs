//! Codes that invite to register.

use super::conn::AnyConnection;
use super::schema::invite_codes::{self, dsl};
use crate::domain::time::Millis;
use crate::error::Result;
use diesel::prelude::*;

/// A code.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = invite_codes)]
pub struct Invite {
    /// The code itself.
    pub code: String,
    /// How often it was used.
    pub uses: i64,
    /// It cannot be used for now.
    pub locked: bool,
    /// An administrator's words about it.
    pub note: String,
    /// When it was made.
    pub created_at: Millis,
}

/// Every code, newest first.
pub fn list(conn: &mut AnyConnection) -> Result<Vec<Invite>> {
    let newest_first = (dsl::created_at.desc(), dsl::code.asc());
    Ok(dsl::invite_codes
        .order(newest_first)
        .select(Invite::as_select())
        .load(conn)?)
}

/// One code.
pub fn find(conn: &mut AnyConnection, code: &str) -> Result<Option<Invite>> {
    Ok(dsl::invite_codes
        .find(code)
        .select(Invite::as_select())
        .first(conn)
        .optional()?)
}

/// Adds a code. Fails with a unique key taken when it exists, see [`super::is_taken`].
pub fn insert(conn: &mut AnyConnection, code: &str, note: &str, now: Millis) -> Result<()> {
    diesel::insert_into(dsl::invite_codes)
        .values((
            dsl::code.eq(code),
            dsl::note.eq(note),
            dsl::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Locks or unlocks a code.
pub fn set_locked(conn: &mut AnyConnection, code: &str, locked: bool) -> Result<()> {
    diesel::update(dsl::invite_codes.find(code))
        .set(dsl::locked.eq(locked))
        .execute(conn)?;
    Ok(())
}

/// Changes the note.
pub fn set_note(conn: &mut AnyConnection, code: &str, note: &str) -> Result<()> {
    diesel::update(dsl::invite_codes.find(code))
        .set(dsl::note.eq(note))
        .execute(conn)?;
    Ok(())
}

/// Removes a code. Accounts that came by it keep it.
pub fn delete(conn: &mut AnyConnection, code: &str) -> Result<()> {
    diesel::delete(dsl::invite_codes.find(code)).execute(conn)?;
    Ok(())
}

/// Counts a use.
pub fn count_use(conn: &mut AnyConnection, code: &str) -> Result<()> {
    diesel::update(dsl::invite_codes.find(code))
        .set(dsl::uses.eq(dsl::uses + 1_i64))
        .execute(conn)?;
    Ok(())
}
