//! What accounts keep ready to be said.

use super::conn::AnyConnection;
use super::schema::canned_replies::{self, dsl};
use crate::domain::AccountId;
use crate::error::Result;
use diesel::prelude::*;

/// What is kept of one text.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = canned_replies)]
pub struct Text {
    /// What it is for, in the dialect's numbers.
    pub kind: i16,
    /// What it is called, at most 255 characters.
    pub title: String,
    /// By what it is found, at most 255 characters.
    pub keyword: String,
    /// What is said, at most 60,000 bytes.
    pub content: String,
    /// Whether it is offered.
    pub shown: bool,
    /// The heavier stands higher.
    pub weight: i32,
    /// Whether it is the one of its kind that is said unless another is chosen.
    pub chosen: bool,
}

/// A text that is kept ready.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = canned_replies)]
pub struct Canned {
    /// Its number.
    pub id: i64,
    /// What it is.
    #[diesel(embed)]
    pub text: Text,
}

/// All that an account keeps ready: by kind, then the heavier first, then the older.
pub fn all(conn: &mut AnyConnection, account: AccountId) -> Result<Vec<Canned>> {
    Ok(dsl::canned_replies
        .filter(dsl::account.eq(account.0))
        .order((dsl::kind.asc(), dsl::weight.desc(), dsl::id.asc()))
        .select(Canned::as_select())
        .load(conn)?)
}

/// One text of an account.
pub fn find(conn: &mut AnyConnection, account: AccountId, id: i64) -> Result<Option<Canned>> {
    Ok(dsl::canned_replies
        .filter(dsl::id.eq(id))
        .filter(dsl::account.eq(account.0))
        .select(Canned::as_select())
        .first(conn)
        .optional()?)
}

/// How many texts an account keeps ready.
pub fn count(conn: &mut AnyConnection, account: AccountId) -> Result<i64> {
    let own = dsl::canned_replies.filter(dsl::account.eq(account.0));
    Ok(own.count().get_result(conn)?)
}

/// How many bytes an account's texts say together, without the one with the number `besides`.
pub fn said_besides(conn: &mut AnyConnection, account: AccountId, besides: i64) -> Result<usize> {
    let texts: Vec<String> = dsl::canned_replies
        .filter(dsl::account.eq(account.0))
        .filter(dsl::id.ne(besides))
        .select(dsl::content)
        .load(conn)?;
    Ok(texts.iter().map(String::len).sum())
}

/// Keeps a text and gives its number.
pub fn insert(conn: &mut AnyConnection, account: AccountId, text: &Text) -> Result<i64> {
    diesel::insert_into(dsl::canned_replies)
        .values((dsl::account.eq(account.0), text))
        .execute(conn)?;
    Ok(conn.last_id()?)
}

/// Keeps a text in the place of another.
pub fn update(conn: &mut AnyConnection, id: i64, text: &Text) -> Result<()> {
    diesel::update(dsl::canned_replies.find(id))
        .set(text)
        .execute(conn)?;
    Ok(())
}

/// Leaves of an account's texts of a kind no other chosen than the one with the number `id`.
pub fn choose(conn: &mut AnyConnection, account: AccountId, kind: i16, id: i64) -> Result<()> {
    let others = dsl::canned_replies
        .filter(dsl::account.eq(account.0))
        .filter(dsl::kind.eq(kind))
        .filter(dsl::id.ne(id));
    diesel::update(others)
        .set(dsl::chosen.eq(false))
        .execute(conn)?;
    Ok(())
}

/// Lets go of one of an account's texts. Whether it was there.
pub fn remove(conn: &mut AnyConnection, account: AccountId, id: i64) -> Result<bool> {
    let own = dsl::canned_replies
        .filter(dsl::id.eq(id))
        .filter(dsl::account.eq(account.0));
    Ok(diesel::delete(own).execute(conn)? > 0)
}
