//! Which uploaded content is read under which name.

use super::conn::AnyConnection;
use super::schema::files::{self, dsl};
use crate::domain::AccountId;
use crate::domain::time::Millis;
use crate::error::Result;
use diesel::prelude::*;
use std::collections::HashMap;

/// A name and the content behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The name under which it is read, at most 191 characters.
    pub name: String,
    /// The SHA-256 of the content in hexadecimal; tells where it is stored.
    pub hash: String,
    /// Bytes.
    pub size: i64,
    /// Its media type.
    pub media_type: String,
    /// Who uploaded it; 0 is another server.
    pub account: AccountId,
    /// When.
    pub created_at: Millis,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = files)]
struct Row {
    name: String,
    hash: String,
    size: i64,
    media_type: String,
    account: i64,
    created_at: i64,
}

/// The file of that name.
pub fn find(conn: &mut AnyConnection, name: &str) -> Result<Option<File>> {
    let row: Option<Row> = dsl::files
        .find(name)
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(|row| File {
        name: row.name,
        hash: row.hash,
        size: row.size,
        media_type: row.media_type,
        account: AccountId(row.account),
        created_at: row.created_at,
    }))
}

/// The hashes of the contents behind some names, by name. Unknown names are missing.
pub fn hashes(conn: &mut AnyConnection, names: &[String]) -> Result<HashMap<String, String>> {
    let rows: Vec<(String, String)> = dsl::files
        .filter(dsl::name.eq_any(names))
        .select((dsl::name, dsl::hash))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// Adds a file under a name that is free.
pub fn insert(conn: &mut AnyConnection, file: &File) -> Result<()> {
    let row = Row {
        name: file.name.clone(),
        hash: file.hash.clone(),
        size: file.size,
        media_type: file.media_type.clone(),
        account: file.account.0,
        created_at: file.created_at,
    };
    diesel::insert_into(dsl::files).values(row).execute(conn)?;
    Ok(())
}
