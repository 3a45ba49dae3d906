//! The values administrators set.

use super::conn::{AnyConnection, on_each_backend};
use super::schema::settings::dsl;
use crate::domain::time::Millis;
use crate::error::Result;
use diesel::prelude::*;
use std::collections::BTreeMap;

/// A setting as it is first installed.
#[derive(Debug, Clone, Copy)]
pub struct First {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: &'static str,
    /// What it does, for people who read the table.
    pub what: &'static str,
}

/// Every setting with its value.
pub fn all(conn: &mut AnyConnection) -> Result<BTreeMap<String, String>> {
    let rows: Vec<(String, String)> = dsl::settings.select((dsl::name, dsl::value)).load(conn)?;
    Ok(rows.into_iter().collect())
}

/// Reads a row, to see whether the database answers.
pub fn ping(conn: &mut AnyConnection) -> Result<()> {
    let _: Option<String> = dsl::settings.select(dsl::name).first(conn).optional()?;
    Ok(())
}

/// Adds the settings that are missing; the others stay as they are.
pub fn insert_missing(conn: &mut AnyConnection, first: &[First], now: Millis) -> Result<()> {
    let rows: Vec<_> = first
        .iter()
        .map(|setting| {
            (
                dsl::name.eq(setting.name),
                dsl::value.eq(setting.value),
                dsl::what.eq(setting.what),
                dsl::updated_at.eq(now),
            )
        })
        .collect();
    on_each_backend!(conn, c => diesel::insert_or_ignore_into(dsl::settings).values(rows).execute(c))?;
    Ok(())
}

/// Sets a value; a setting not known yet is added.
pub fn put(conn: &mut AnyConnection, name: &str, value: &str, now: Millis) -> Result<()> {
    let changed = diesel::update(dsl::settings.find(name))
        .set((dsl::value.eq(value), dsl::updated_at.eq(now)))
        .execute(conn)?;
    if changed == 0 {
        diesel::insert_into(dsl::settings)
            .values((
                dsl::name.eq(name),
                dsl::value.eq(value),
                dsl::what.eq(""),
                dsl::updated_at.eq(now),
            ))
            .execute(conn)?;
    }
    Ok(())
}
