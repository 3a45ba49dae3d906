//! The devices from which accounts log in.

use super::conn::AnyConnection;
use super::schema::devices::{self, dsl};
use crate::domain::time::Millis;
use crate::domain::{AccountId, DeviceKind};
use crate::error::{Error, Result};
use diesel::prelude::*;

/// How many are kept for an account; the one longest unused makes room.
const MOST: i64 = 100;

/// A device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDevice {
    /// The row's own id.
    pub id: i64,
    /// The client's id of it.
    pub device: String,
    /// What its owner calls it.
    pub name: String,
    /// What it is.
    pub model: String,
    /// Its kind at the last login.
    pub kind: DeviceKind,
    /// When the account last logged in from it.
    pub last_login_at: Millis,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = devices)]
struct Row {
    id: i64,
    device: String,
    name: String,
    model: String,
    kind: i16,
    last_login_at: i64,
}

impl Row {
    fn into_device(self) -> Result<KnownDevice> {
        let kind = DeviceKind::from_number(self.kind)
            .ok_or_else(|| Error::internal(format!("there is no kind of device {}", self.kind)))?;
        Ok(KnownDevice {
            id: self.id,
            device: self.device,
            name: self.name,
            model: self.model,
            kind,
            last_login_at: self.last_login_at,
        })
    }
}

/// Notes a login from a device: the client's id of it, its name and its model.
pub fn seen(
    conn: &mut AnyConnection,
    account: AccountId,
    (device, name, model): (&str, &str, &str),
    kind: DeviceKind,
    now: Millis,
) -> Result<()> {
    let known = dsl::devices
        .filter(dsl::account.eq(account.0))
        .filter(dsl::device.eq(device));
    let row = (
        dsl::name.eq(name),
        dsl::model.eq(model),
        dsl::kind.eq(kind as i16),
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
    let rows: Vec<Row> = dsl::devices
        .filter(dsl::account.eq(account.0))
        .order((dsl::last_login_at.desc(), dsl::id.desc()))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::into_device).collect()
}

/// One of the account's devices, by the client's id of it.
pub fn find(
    conn: &mut AnyConnection,
    account: AccountId,
    device: &str,
) -> Result<Option<KnownDevice>> {
    let row: Option<Row> = dsl::devices
        .filter(dsl::account.eq(account.0))
        .filter(dsl::device.eq(device))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Row::into_device).transpose()
}

/// Forgets a device; gives what was known of it.
pub fn remove(
    conn: &mut AnyConnection,
    account: AccountId,
    device: &str,
) -> Result<Option<KnownDevice>> {
    let known = find(conn, account, device)?;
    if let Some(known) = &known {
        diesel::delete(dsl::devices.find(known.id)).execute(conn)?;
    }
    Ok(known)
}
