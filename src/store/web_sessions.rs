//! Logins of web pages: as many as an account likes, known by the digest of their token only.

use super::conn::AnyConnection;
use super::schema::web_sessions::{self, dsl};
use crate::domain::AccountId;
use crate::domain::time::Millis;
use crate::error::Result;
use diesel::prelude::*;

/// A login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebSession {
    /// Its number.
    pub id: i64,
    /// The SHA-256 of its token in hexadecimal.
    pub digest: String,
    /// Whose.
    pub account: AccountId,
    /// When it began, or when it outlived a change of the password.
    pub created_at: Millis,
    /// When it was last used, to an hour.
    pub seen_at: Millis,
    /// When it was ended, if it was.
    pub ended_at: Option<Millis>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = web_sessions)]
struct Row {
    id: i64,
    digest: String,
    account: i64,
    created_at: i64,
    seen_at: i64,
    ended_at: Option<i64>,
}

impl From<Row> for WebSession {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            digest: row.digest,
            account: AccountId(row.account),
            created_at: row.created_at,
            seen_at: row.seen_at,
            ended_at: row.ended_at,
        }
    }
}

/// Begins a login, and gives its number.
pub fn insert(
    conn: &mut AnyConnection,
    account: AccountId,
    digest: &str,
    now: Millis,
) -> Result<i64> {
    diesel::insert_into(dsl::web_sessions)
        .values((
            dsl::digest.eq(digest),
            dsl::account.eq(account.0),
            dsl::created_at.eq(now),
            dsl::seen_at.eq(now),
        ))
        .execute(conn)?;
    Ok(conn.last_id()?)
}

/// The login with a number, ended or not.
pub fn find(conn: &mut AnyConnection, id: i64) -> Result<Option<WebSession>> {
    let row: Option<Row> = dsl::web_sessions
        .find(id)
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(WebSession::from))
}

/// The login with a digest, ended or not.
pub fn find_by_digest(conn: &mut AnyConnection, digest: &str) -> Result<Option<WebSession>> {
    let row: Option<Row> = dsl::web_sessions
        .filter(dsl::digest.eq(digest))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(WebSession::from))
}

/// Notes that a login was used.
pub fn touch(conn: &mut AnyConnection, id: i64, now: Millis) -> Result<()> {
    diesel::update(dsl::web_sessions.find(id))
        .set(dsl::seen_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Lets a login count as begun at a moment.
pub fn renew(conn: &mut AnyConnection, id: i64, at: Millis) -> Result<()> {
    diesel::update(dsl::web_sessions.find(id))
        .set(dsl::created_at.eq(at))
        .execute(conn)?;
    Ok(())
}

/// Ends logins of an account that were not ended before. Gives those it ended.
pub fn end(
    conn: &mut AnyConnection,
    account: AccountId,
    which: Which,
    now: Millis,
) -> Result<Vec<WebSession>> {
    // No login has the number 0.
    let (first, last, but) = match which {
        Which::One(id) => (id, id, 0),
        Which::UpTo(id) => (0, id, 0),
        Which::AllBut(id) => (0, i64::MAX, id),
        Which::All => (0, i64::MAX, 0),
    };
    let meant = dsl::web_sessions
        .filter(dsl::account.eq(account.0))
        .filter(dsl::ended_at.is_null())
        .filter(dsl::id.between(first, last))
        .filter(dsl::id.ne(but));
    let rows: Vec<Row> = meant.select(Row::as_select()).load(conn)?;
    diesel::update(meant)
        .set(dsl::ended_at.eq(now))
        .execute(conn)?;
    Ok(rows.into_iter().map(WebSession::from).collect())
}

/// Ends the oldest logins of an account, so that no more than `most` are left. Gives those it ended.
pub fn end_oldest(
    conn: &mut AnyConnection,
    account: AccountId,
    most: i64,
    now: Millis,
) -> Result<Vec<WebSession>> {
    let newest_too_many: Option<i64> = dsl::web_sessions
        .filter(dsl::account.eq(account.0))
        .filter(dsl::ended_at.is_null())
        .order(dsl::id.desc())
        .offset(most)
        .limit(1)
        .select(dsl::id)
        .first(conn)
        .optional()?;
    match newest_too_many {
        Some(id) => end(conn, account, Which::UpTo(id), now),
        None => Ok(Vec::new()),
    }
}

/// Which logins of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// That one.
    One(i64),
    /// That one and those before it.
    UpTo(i64),
    /// All but that one.
    AllBut(i64),
    /// All of them.
    All,
}

/// Forgets logins that were last used before a moment.
pub fn prune(conn: &mut AnyConnection, before: Millis) -> Result<()> {
    diesel::delete(dsl::web_sessions.filter(dsl::seen_at.lt(before))).execute(conn)?;
    Ok(())
}
