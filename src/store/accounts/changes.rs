//! What changes an account.

use super::{LOCKED, NORMAL};
use crate::domain::place::Point;
use crate::domain::time::Millis;
use crate::domain::{Account, AccountId};
use crate::error::{Error, ErrorKind, Result};
use crate::store::conn::AnyConnection;
use crate::store::places;
use crate::store::schema::accounts;
use diesel::prelude::*;

/// What a new account is like. Its owner is known by the name until they choose another one.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The login name.
    pub name: String,
    /// E-mail address, lower case.
    pub email: Option<String>,
    /// Phone number.
    pub mobile: Option<String>,
    /// The hash of the password.
    pub password: Option<String>,
    /// Address or key of the picture.
    pub avatar: String,
    /// The invite code that was given, whether it was needed or not.
    pub invite_code: String,
}

#[derive(Insertable)]
#[diesel(table_name = accounts, treat_none_as_default_value = false)]
struct NewRow<'a> {
    name: &'a str,
    email: Option<&'a str>,
    mobile: Option<&'a str>,
    password: Option<&'a str>,
    nickname: &'a str,
    avatar: &'a str,
    invite_code: &'a str,
    created_at: i64,
    updated_at: i64,
}

/// What an account changes of what it shows; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, AsChangeset)]
#[diesel(table_name = accounts)]
pub struct ProfilePatch {
    /// The name shown to others.
    pub nickname: Option<String>,
    /// Address or key of the picture.
    pub avatar: Option<String>,
    /// Gender.
    pub gender: Option<String>,
    /// A personal text.
    pub intro: Option<String>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Country.
    pub country: Option<String>,
    /// Province.
    pub province: Option<String>,
    /// City.
    pub city: Option<String>,
    /// District.
    pub district: Option<String>,
}

impl ProfilePatch {
    /// Whether nothing but the picture changes.
    pub fn is_only_avatar(&self) -> bool {
        let only = Self {
            avatar: self.avatar.clone(),
            ..Self::default()
        };
        self.avatar.is_some() && *self == only
    }
}

/// Adds an account. The name, address and number must not be taken.
pub fn insert(conn: &mut AnyConnection, new: &NewAccount, now: Millis) -> Result<AccountId> {
    let row = NewRow {
        name: &new.name,
        email: new.email.as_deref(),
        mobile: new.mobile.as_deref(),
        password: new.password.as_deref(),
        nickname: &new.name,
        avatar: &new.avatar,
        invite_code: &new.invite_code,
        created_at: now,
        updated_at: now,
    };
    diesel::insert_into(accounts::table)
        .values(row)
        .execute(conn)?;
    let id = conn.last_id()?;
    if !AccountId::holds(id) {
        return Err(Error::internal(format!(
            "{id} is not in the range of account ids"
        )));
    }
    Ok(AccountId(id))
}

/// The account by which the node itself speaks, if it was made. [`ErrorKind::Invalid`] when the account of that name is
/// somebody's, who registered before the name was kept for the node.
pub fn find_system(conn: &mut AnyConnection, name: &str) -> Result<Option<AccountId>> {
    let known: Option<(i64, bool)> = accounts::table
        .filter(accounts::name.eq(name))
        .select((accounts::id, has_login()))
        .first(conn)
        .optional()?;
    match known {
        Some((_, true)) => Err(Error::invalid(format!(
            "the account name `{name}` is the node's own, but somebody has it: rename that account in the database"
        ))),
        known => Ok(known.map(|(id, _)| AccountId(id))),
    }
}

/// Whether anybody can log in to an account.
#[diesel::dsl::auto_type(no_type_alias)]
pub(in crate::store) fn has_login() -> _ {
    let proved = accounts::email
        .is_not_null()
        .or(accounts::mobile.is_not_null());
    accounts::password.is_not_null().or(proved)
}

/// The account by which the node itself speaks: nobody can log in to it. Made the first time. Fails as [`find_system`] does.
pub fn ensure_system(
    conn: &mut AnyConnection,
    name: &str,
    nickname: &str,
    short_no: &str,
    now: Millis,
) -> Result<AccountId> {
    if let Some(known) = find_system(conn, name)? {
        return Ok(known);
    }
    let new = NewAccount {
        name: name.to_owned(),
        email: None,
        mobile: None,
        password: None,
        avatar: String::new(),
        invite_code: String::new(),
    };
    let id = insert(conn, &new, now)?;
    diesel::update(accounts::table.find(id.0))
        .set((
            accounts::nickname.eq(nickname),
            accounts::short_no.eq(Some(short_no)),
        ))
        .execute(conn)?;
    Ok(id)
}

/// Gives an account its short number, once and for all.
///
/// In this order: [`ErrorKind::HandleFixed`], [`ErrorKind::HandleTaken`].
pub fn set_short_no(
    conn: &mut AnyConnection,
    id: AccountId,
    short_no: &str,
    now: Millis,
) -> Result<()> {
    let before: Option<String> = accounts::table
        .find(id.0)
        .select(accounts::short_no)
        .first(conn)?;
    if before.is_some() {
        return Err(ErrorKind::HandleFixed.into());
    }
    if super::by_short_no(conn, short_no)?.is_some() {
        return Err(ErrorKind::HandleTaken.into());
    }
    diesel::update(accounts::table.find(id.0))
        .set((
            accounts::short_no.eq(Some(short_no)),
            accounts::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes a login. Whether the account may still be used as it was when `seen`: not locked since, and under the same password.
pub fn record_login(
    conn: &mut AnyConnection,
    seen: &Account,
    address: &str,
    now: Millis,
) -> Result<bool> {
    let same = accounts::table
        .filter(accounts::id.eq(seen.id.0))
        .filter(accounts::status.eq(NORMAL))
        .filter(accounts::valid_from.eq(seen.valid_from));
    let changed = diesel::update(same)
        .set((
            accounts::login_count.eq(accounts::login_count + 1_i64),
            accounts::last_login_at.eq(now),
            accounts::last_login_address.eq(address),
        ))
        .execute(conn)?;
    Ok(changed > 0)
}

/// Changes the password to the one with this hash and voids all tokens. Whether there is such an account.
pub fn set_password(
    conn: &mut AnyConnection,
    id: AccountId,
    hash: &str,
    now: Millis,
) -> Result<bool> {
    let Some(valid_from) = next_valid_from(conn, id, now)? else {
        return Ok(false);
    };
    diesel::update(accounts::table.find(id.0))
        .set((
            accounts::password.eq(Some(hash)),
            accounts::valid_from.eq(valid_from),
            accounts::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(true)
}

/// Locks an account and voids all its tokens, or unlocks it. Whether there is such an account.
pub fn set_locked(
    conn: &mut AnyConnection,
    id: AccountId,
    locked: bool,
    now: Millis,
) -> Result<bool> {
    let Some(valid_from) = next_valid_from(conn, id, now)? else {
        return Ok(false);
    };
    let account = accounts::table.find(id.0);
    if locked {
        diesel::update(account)
            .set((
                accounts::status.eq(LOCKED),
                accounts::valid_from.eq(valid_from),
                accounts::updated_at.eq(now),
            ))
            .execute(conn)?;
    } else {
        diesel::update(account)
            .set((accounts::status.eq(NORMAL), accounts::updated_at.eq(now)))
            .execute(conn)?;
    }
    Ok(true)
}

/// The second from which tokens are good when all there are now shall be void: those of this second too, and those issued ahead
/// of the clock after an earlier change in it.
fn next_valid_from(conn: &mut AnyConnection, id: AccountId, now: Millis) -> Result<Option<i64>> {
    let before: Option<i64> = accounts::table
        .find(id.0)
        .select(accounts::valid_from)
        .first(conn)
        .optional()?;
    Ok(before.map(|before| (before + 1).max(now.div_euclid(1000) + 1)))
}

/// Takes an account into the platform's staff or out of it. Whether there is such an account.
pub fn set_manager(
    conn: &mut AnyConnection,
    id: AccountId,
    manager: bool,
    now: Millis,
) -> Result<bool> {
    let changed = diesel::update(accounts::table.find(id.0))
        .set((accounts::manager.eq(manager), accounts::updated_at.eq(now)))
        .execute(conn)?;
    Ok(changed > 0)
}

/// Changes what an account shows. Once both its coordinates are known and not 0 it can be found by its place.
pub fn update_profile(
    conn: &mut AnyConnection,
    id: AccountId,
    patch: &ProfilePatch,
    now: Millis,
) -> Result<()> {
    diesel::update(accounts::table.find(id.0))
        .set((patch, accounts::updated_at.eq(now)))
        .execute(conn)?;
    if patch.longitude.is_none() && patch.latitude.is_none() {
        return Ok(());
    }
    // Only one of the two may have been given; the other is as it was.
    let (longitude, latitude): (f64, f64) = accounts::table
        .find(id.0)
        .select((accounts::longitude, accounts::latitude))
        .first(conn)?;
    match Point::new(longitude, latitude) {
        Some(point) if longitude != 0.0 && latitude != 0.0 => {
            places::put(conn, places::ACCOUNT, id.0, point)
        }
        _ => Ok(()),
    }
}
