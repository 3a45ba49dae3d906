//! What some dialects know of accounts besides what all do. An account without a row has none of it.

use super::conn::{AnyConnection, on_each_backend};
use super::schema::account_extras::{self, dsl};
use crate::domain::AccountId;
use crate::error::Result;
use diesel::prelude::*;
use std::collections::HashMap;

/// What is known of one account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extras {
    /// The account that made this one, if one did.
    pub parent: Option<AccountId>,
    /// A paying member, who may make accounts.
    pub paying: bool,
    /// It may log in and read, nothing else.
    pub read_only: bool,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = account_extras, treat_none_as_default_value = false)]
struct Row {
    account: i64,
    parent: Option<i64>,
    paying: bool,
    read_only: bool,
}

impl From<Row> for Extras {
    fn from(row: Row) -> Self {
        Self {
            parent: row.parent.map(AccountId),
            paying: row.paying,
            read_only: row.read_only,
        }
    }
}

/// What is known of an account.
pub fn of(conn: &mut AnyConnection, account: AccountId) -> Result<Extras> {
    let row: Option<Row> = dsl::account_extras
        .find(account.0)
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Extras::from).unwrap_or_default())
}

/// What is known of accounts; those of whom nothing is are missing.
pub fn of_all(
    conn: &mut AnyConnection,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Extras>> {
    let ids: Vec<i64> = accounts.iter().map(|account| account.0).collect();
    let rows: Vec<Row> = dsl::account_extras
        .filter(dsl::account.eq_any(ids))
        .select(Row::as_select())
        .load(conn)?;
    let known = rows
        .into_iter()
        .map(|row| (AccountId(row.account), row.into()));
    Ok(known.collect())
}

/// Notes what is known of an account, in place of what was.
pub fn put(conn: &mut AnyConnection, account: AccountId, extras: Extras) -> Result<()> {
    let row = Row {
        account: account.0,
        parent: extras.parent.map(|parent| parent.0),
        paying: extras.paying,
        read_only: extras.read_only,
    };
    on_each_backend!(conn, c => diesel::replace_into(dsl::account_extras).values(row).execute(c))?;
    Ok(())
}
