//! Proofs of login that can be withdrawn: one per account and kind of device, known by their digest only.

use super::conn::{AnyConnection, on_each_backend};
use super::schema::grants::{self, dsl};
use crate::domain::time::Millis;
use crate::domain::{AccountId, DeviceKind};
use crate::error::{Error, Result};
use diesel::prelude::*;

/// A proof of login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Whose.
    pub account: AccountId,
    /// For what kind of device.
    pub kind: DeviceKind,
    /// The SHA-256 of the proof in hexadecimal.
    pub digest: String,
    /// How many there have been before it.
    pub serial: i64,
    /// When it was issued.
    pub issued_at: Millis,
    /// From when on it is void.
    pub expires_at: Millis,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = grants)]
struct Row {
    account: i64,
    kind: i16,
    digest: String,
    serial: i64,
    issued_at: i64,
    expires_at: i64,
}

impl Row {
    fn into_grant(self) -> Result<Grant> {
        let kind = DeviceKind::from_number(self.kind)
            .ok_or_else(|| Error::internal(format!("there is no kind of device {}", self.kind)))?;
        Ok(Grant {
            account: AccountId(self.account),
            kind,
            digest: self.digest,
            serial: self.serial,
            issued_at: self.issued_at,
            expires_at: self.expires_at,
        })
    }
}

/// The last proof issued for a kind of device, void or not.
pub fn find(
    conn: &mut AnyConnection,
    account: AccountId,
    kind: DeviceKind,
) -> Result<Option<Grant>> {
    let row: Option<Row> = dsl::grants
        .find((account.0, kind as i16))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Row::into_grant).transpose()
}

/// The proof of a digest, void or not.
pub fn find_by_digest(conn: &mut AnyConnection, digest: &str) -> Result<Option<Grant>> {
    let row: Option<Row> = dsl::grants
        .filter(dsl::digest.eq(digest))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Row::into_grant).transpose()
}

/// Puts a proof in the place of the one before.
pub fn put(conn: &mut AnyConnection, grant: &Grant) -> Result<()> {
    let row = Row {
        account: grant.account.0,
        kind: grant.kind as i16,
        digest: grant.digest.clone(),
        serial: grant.serial,
        issued_at: grant.issued_at,
        expires_at: grant.expires_at,
    };
    on_each_backend!(conn, c => diesel::replace_into(dsl::grants).values(row).execute(c))?;
    Ok(())
}

/// Voids the proof for a kind of device. Its number stays, so that it is not given again.
pub fn void(conn: &mut AnyConnection, account: AccountId, kind: DeviceKind) -> Result<()> {
    diesel::update(dsl::grants.find((account.0, kind as i16)))
        .set(dsl::expires_at.eq(0))
        .execute(conn)?;
    Ok(())
}
