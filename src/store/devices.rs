//! The devices from which accounts log in.

use super::conn::AnyConnection;
use super::schema::devices::{self, dsl};
use crate::domain::AccountId;
use crate::domain::time::Millis;
use crate::error::Result;
use diesel::prelude::*;

/// How many are kept for an account; the one longest unused makes room.
const MOST: i64 = 100;

/// A device.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = devices)]
pub struct KnownDevice {
    /// The row's own id.
    pub id: i64,
    /// The client's id of it.
    pub device: String,
    /// What its owner calls it.
    pub name: String,
    /// What it is.
    pub model: String,
    /// When the account last logged in from it.
    pub last_login_at: Millis,
}

/// Notes a login from a device.
pub fn seen(
    conn: &mut AnyConnection,
    account: AccountId,
    device: &str,
    name: &str,
    model: &str,
    now: Millis,
) -> Result<()> {
    let known = dsl::devices
        .filter(dsl::account.eq(account.0))
        .filter(dsl::device.eq(device));
    let row = (
        dsl::name.eq(name),
        dsl::model.eq(model),
        dsl::last_login_at.eq(now),
    );
    if diesel::update(known).set(row).execute(conn)? > 0 {
        return Ok(());
    }
    make_room(conn, account)?;
    diesel::insert_into(dsl::devices)
        .values((dsl::account.eq(account.0), dsl::device.eq(device), row))
        .execute(conn)?;
    Ok(())
}

fn make_room(conn: &mut AnyConnection, account: AccountId) -> Result<()> {
    let surplus: Vec<i64> = dsl::devices
        .filter(dsl::account.eq(account.0))
        .order((dsl::last_login_at.desc(), dsl::id.desc()))
        .offset(MOST - 1)
        .limit(MOST)
        .select(dsl::id)
        .load(conn)?;
    diesel::delete(dsl::devices.filter(dsl::id.eq_any(surplus))).execute(conn)?;
    Ok(())
}

/// The account's devices, last used first.
pub fn list(conn: &mut AnyConnection, account: AccountId) -> Result<Vec<KnownDevice>> {
    Ok(dsl::devices
        .filter(dsl::account.eq(account.0))
        .order((dsl::last_login_at.desc(), dsl::id.desc()))
        .select(KnownDevice::as_select())
        .load(conn)?)
}

/// One of the account's devices, by the client's id of it.
pub fn find(
    conn: &mut AnyConnection,
    account: AccountId,
    device: &str,
) -> Result<Option<KnownDevice>> {
    Ok(dsl::devices
        .filter(dsl::account.eq(account.0))
        .filter(dsl::device.eq(device))
        .select(KnownDevice::as_select())
        .first(conn)
        .optional()?)
}

/// Forgets a device. Whether it was known.
pub fn remove(conn: &mut AnyConnection, account: AccountId, device: &str) -> Result<bool> {
    let known = dsl::devices
        .filter(dsl::account.eq(account.0))
        .filter(dsl::device.eq(device));
    Ok(diesel::delete(known).execute(conn)? > 0)
}
