//! Accounts.

mod changes;
mod search;

pub(super) use changes::has_login;
pub use changes::{
    NewAccount, ProfilePatch, ensure_system, find_system, insert, record_login, set_locked,
    set_manager, set_password, set_short_no, update_profile,
};
pub use search::{AccountRecord, SearchColumn, page, record, search};

use super::conn::AnyConnection;
use super::schema::accounts;
use crate::domain::{Account, AccountId, AccountStatus, Profile};
use crate::error::Result;
use diesel::dsl::exists;
use diesel::prelude::*;
use std::collections::HashMap;

const NORMAL: i16 = 0;
const LOCKED: i16 = 1;

#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts)]
struct Row {
    id: i64,
    name: String,
    email: Option<String>,
    mobile: Option<String>,
    #[diesel(select_expression = accounts::password.is_not_null())]
    #[diesel(select_expression_type = diesel::dsl::IsNotNull<accounts::password>)]
    has_password: bool,
    nickname: String,
    avatar: String,
    gender: String,
    birth: String,
    intro: String,
    longitude: f64,
    latitude: f64,
    country: String,
    province: String,
    city: String,
    district: String,
    status: i16,
    manager: bool,
    valid_from: i64,
    created_at: i64,
    short_no: Option<String>,
}

impl From<Row> for Account {
    fn from(row: Row) -> Self {
        Self {
            id: AccountId(row.id),
            name: row.name,
            email: row.email,
            mobile: row.mobile,
            short_no: row.short_no,
            profile: Profile {
                nickname: row.nickname,
                avatar: row.avatar,
                gender: row.gender,
                birth: row.birth,
                intro: row.intro,
                longitude: row.longitude,
                latitude: row.latitude,
                country: row.country,
                province: row.province,
                city: row.city,
                district: row.district,
            },
            status: if row.status == NORMAL {
                AccountStatus::Normal
            } else {
                AccountStatus::Locked
            },
            manager: row.manager,
            has_password: row.has_password,
            created_at: row.created_at,
            valid_from: row.valid_from,
        }
    }
}

/// One account.
pub fn find(conn: &mut AnyConnection, id: AccountId) -> Result<Option<Account>> {
    let row: Option<Row> = accounts::table
        .find(id.0)
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Account::from))
}

/// Accounts by id; unknown ones are missing.
pub fn by_ids(conn: &mut AnyConnection, ids: &[AccountId]) -> Result<HashMap<AccountId, Account>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<Row> = accounts::table
        .filter(accounts::id.eq_any(ids))
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(Account::from)
        .map(|account| (account.id, account))
        .collect())
}

/// Whether there is such an account.
pub fn is_known(conn: &mut AnyConnection, id: AccountId) -> Result<bool> {
    Ok(diesel::select(exists(accounts::table.find(id.0))).get_result(conn)?)
}

/// The account that logs in under a text, with the hash of its password: by name, e-mail address in whatever case, or phone
/// number.
pub fn by_login(
    conn: &mut AnyConnection,
    login: &str,
) -> Result<Option<(Account, Option<String>)>> {
    let named = accounts::name.eq(login);
    let mailed = accounts::email.eq(login.trim().to_lowercase());
    let called = accounts::mobile.eq(login);
    let found: Option<(Row, Option<String>)> = accounts::table
        .filter(named.or(mailed).or(called))
        .select((Row::as_select(), accounts::password))
        .first(conn)
        .optional()?;
    Ok(found.map(|(row, password)| (row.into(), password)))
}

/// The account with an e-mail address, which is given in lower case.
pub fn by_email(conn: &mut AnyConnection, email: &str) -> Result<Option<Account>> {
    let row: Option<Row> = accounts::table
        .filter(accounts::email.eq(email))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Account::from))
}

/// The account with a phone number.
pub fn by_mobile(conn: &mut AnyConnection, mobile: &str) -> Result<Option<Account>> {
    let row: Option<Row> = accounts::table
        .filter(accounts::mobile.eq(mobile))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Account::from))
}

/// The account with a short number.
pub fn by_short_no(conn: &mut AnyConnection, short_no: &str) -> Result<Option<Account>> {
    let row: Option<Row> = accounts::table
        .filter(accounts::short_no.eq(short_no))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Account::from))
}

/// The platform's staff without those who are locked, oldest accounts first.
pub fn staff(conn: &mut AnyConnection) -> Result<Vec<Account>> {
    let rows: Vec<Row> = accounts::table
        .filter(accounts::manager.eq(true))
        .filter(accounts::status.eq(NORMAL))
        .order(accounts::id.asc())
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Account::from).collect())
}

/// Whether somebody could log in under a text already, so that nobody else may take it as a name, address or number.
pub fn is_login_taken(conn: &mut AnyConnection, login: &str) -> Result<bool> {
    Ok(by_login(conn, login)?.is_some())
}

/// How many accounts there are.
pub fn count(conn: &mut AnyConnection) -> Result<i64> {
    Ok(accounts::table.count().get_result(conn)?)
}
