//! Secrets that belong to the data and travel with its backup.

use super::conn::AnyConnection;
use super::schema::secrets::dsl;
use crate::error::Result;
use diesel::prelude::*;

/// The secret of a name; `fresh` from now on, if there is none yet.
pub fn get_or_insert(conn: &mut AnyConnection, name: &str, fresh: &str) -> Result<String> {
    let known: Option<String> = dsl::secrets
        .find(name)
        .select(dsl::value)
        .first(conn)
        .optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    diesel::insert_into(dsl::secrets)
        .values((dsl::name.eq(name), dsl::value.eq(fresh)))
        .execute(conn)?;
    Ok(fresh.to_owned())
}
