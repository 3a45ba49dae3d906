//! The links of the "discover" page.

use super::conn::AnyConnection;
use super::schema::discovers::{self, dsl};
use crate::domain::time::Millis;
use crate::error::Result;
use diesel::prelude::*;

/// A link.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = discovers)]
pub struct Discover {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Address or key of its picture.
    pub logo: String,
    /// Where it leads.
    pub url: String,
    /// What the client asks for before it opens the link; empty for nothing.
    pub password: String,
    /// Its place; lower ones come first.
    pub position: i32,
    /// When it was made.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
}

/// What an administrator says of a link.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = discovers)]
pub struct NewDiscover {
    /// Its name.
    pub name: String,
    /// Address or key of its picture.
    pub logo: String,
    /// Where it leads.
    pub url: String,
    /// What the client asks for before it opens the link; empty for nothing.
    pub password: String,
    /// Its place; lower ones come first.
    pub position: i32,
}

/// Every link, in order.
pub fn list(conn: &mut AnyConnection) -> Result<Vec<Discover>> {
    Ok(dsl::discovers
        .order((dsl::position.asc(), dsl::id.asc()))
        .select(Discover::as_select())
        .load(conn)?)
}

/// One link.
pub fn find(conn: &mut AnyConnection, id: i64) -> Result<Option<Discover>> {
    Ok(dsl::discovers
        .find(id)
        .select(Discover::as_select())
        .first(conn)
        .optional()?)
}

/// Adds a link and returns its id.
pub fn insert(conn: &mut AnyConnection, new: &NewDiscover, now: Millis) -> Result<i64> {
    diesel::insert_into(dsl::discovers)
        .values((
            dsl::name.eq(&new.name),
            dsl::logo.eq(&new.logo),
            dsl::url.eq(&new.url),
            dsl::password.eq(&new.password),
            dsl::position.eq(new.position),
            dsl::created_at.eq(now),
            dsl::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(conn.last_id()?)
}

/// Changes a link that exists.
pub fn update(conn: &mut AnyConnection, id: i64, new: &NewDiscover, now: Millis) -> Result<()> {
    diesel::update(dsl::discovers.find(id))
        .set((new, dsl::updated_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// Removes a link.
pub fn delete(conn: &mut AnyConnection, id: i64) -> Result<()> {
    diesel::delete(dsl::discovers.find(id)).execute(conn)?;
    Ok(())
}
