//! What clients keep with the node about themselves.

use super::conn::{AnyConnection, on_each_backend};
use super::schema::client_settings::{self, dsl};
use crate::domain::AccountId;
use crate::error::Result;
use diesel::prelude::*;

/// What is kept for one account. Empty texts stand for what is not set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = client_settings)]
pub struct Record {
    /// The clients' switches, a JSON object; at most 60,000 bytes.
    pub prefs: String,
    /// The hash of the password before chats.
    pub chat_password: String,
    /// Where pushes go, at most 512 characters.
    pub push_token: String,
    /// Through whose service, at most 32 characters.
    pub push_kind: String,
    /// To which program, at most 191 characters.
    pub push_bundle: String,
    /// The number on the program's picture.
    pub badge: i32,
}

/// What is kept for an account, if anything is.
pub fn find(conn: &mut AnyConnection, account: AccountId) -> Result<Option<Record>> {
    Ok(dsl::client_settings
        .find(account.0)
        .select(Record::as_select())
        .first(conn)
        .optional()?)
}

/// Keeps this for an account from now on.
pub fn put(conn: &mut AnyConnection, account: AccountId, record: &Record) -> Result<()> {
    let row = (
        dsl::account.eq(account.0),
        dsl::prefs.eq(&record.prefs),
        dsl::chat_password.eq(&record.chat_password),
        dsl::push_token.eq(&record.push_token),
        dsl::push_kind.eq(&record.push_kind),
        dsl::push_bundle.eq(&record.push_bundle),
        dsl::badge.eq(record.badge),
    );
    on_each_backend!(conn, c => diesel::replace_into(dsl::client_settings).values(row).execute(c))?;
    Ok(())
}
