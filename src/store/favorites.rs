//! What accounts keep to look at again.

use super::conn::{AnyConnection, on_each_backend};
use super::schema::favorites::{self, dsl};
use crate::domain::AccountId;
use crate::domain::time::Millis;
use crate::error::Result;
use diesel::prelude::*;

/// Something to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFavorite {
    /// What sort of thing, in the client's numbers.
    pub kind: i16,
    /// The client's own key of it, at most 191 characters.
    pub unique_key: String,
    /// Who made it.
    pub author: AccountId,
    /// What they are called, at most 191 characters.
    pub author_name: String,
    /// The thing itself, JSON; at most 60,000 bytes.
    pub body: String,
}

/// Something kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Favorite {
    /// Its id.
    pub id: i64,
    /// What it is.
    pub what: NewFavorite,
    /// Since when it is kept.
    pub created_at: Millis,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = favorites)]
struct Row {
    id: i64,
    kind: i16,
    unique_key: String,
    author: i64,
    author_name: String,
    body: String,
    created_at: i64,
}

impl From<Row> for Favorite {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            what: NewFavorite {
                kind: row.kind,
                unique_key: row.unique_key,
                author: AccountId(row.author),
                author_name: row.author_name,
                body: row.body,
            },
            created_at: row.created_at,
        }
    }
}

/// A page of what an account keeps, newest first.
pub fn page(
    conn: &mut AnyConnection,
    account: AccountId,
    offset: i64,
    limit: i64,
) -> Result<Vec<Favorite>> {
    let rows: Vec<Row> = dsl::favorites
        .filter(dsl::account.eq(account.0))
        .order(dsl::id.desc())
        .offset(offset)
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Favorite::from).collect())
}

/// Keeps something, unless the account keeps something under that key.
pub fn put(
    conn: &mut AnyConnection,
    account: AccountId,
    new: &NewFavorite,
    now: Millis,
) -> Result<()> {
    let row = (
        dsl::account.eq(account.0),
        dsl::kind.eq(new.kind),
        dsl::unique_key.eq(&new.unique_key),
        dsl::author.eq(new.author.0),
        dsl::author_name.eq(&new.author_name),
        dsl::body.eq(&new.body),
        dsl::created_at.eq(now),
    );
    on_each_backend!(conn, c => diesel::insert_or_ignore_into(dsl::favorites).values(row).execute(c))?;
    Ok(())
}

/// Lets go of one of the account's things. Whether it kept it.
pub fn remove(conn: &mut AnyConnection, account: AccountId, id: i64) -> Result<bool> {
    let kept = dsl::favorites
        .filter(dsl::id.eq(id))
        .filter(dsl::account.eq(account.0));
    Ok(diesel::delete(kept).execute(conn)? > 0)
}
