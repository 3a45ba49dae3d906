//! What accounts keep for themselves of what was said.

pub use crate::store::favorites::{Favorite, NewFavorite};

use super::{Caller, Core, fields};
use crate::domain::time;
use crate::error::{Error, Result};
use crate::store::{AnyConnection, favorites};
use std::sync::Arc;

/// Characters of a key and of a name.
const NAME: usize = 191;
/// Bytes of what is kept.
const BODY: usize = 60_000;
/// How many are on a page at most: each may have [`BODY`] bytes.
pub const PAGE: i64 = 100;

/// The use cases.
pub struct Favorites {
    core: Arc<Core>,
}

impl Favorites {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// A part of what the caller keeps, newest first, of at most [`PAGE`].
    pub async fn list(&self, caller: Caller, offset: i64, limit: i64) -> Result<Vec<Favorite>> {
        let limit = limit.clamp(1, PAGE);
        self.core
            .store
            .read(move |conn| favorites::page(conn, caller.id, offset, limit))
            .await
    }

    /// Keeps something, unless something is kept under the same key. [`crate::error::ErrorKind::Invalid`].
    pub async fn add(&self, caller: Caller, new: NewFavorite) -> Result<()> {
        fields::filled("unique_key", &new.unique_key, NAME)?;
        fields::at_most("author_name", &new.author_name, NAME)?;
        if new.body.len() > BODY {
            return Err(Error::invalid("payload has at most 60000 bytes"));
        }
        let put =
            move |conn: &mut AnyConnection| favorites::put(conn, caller.id, &new, time::now());
        self.core.store.write(put).await
    }

    /// Keeps something no longer. Nothing happens when it is not the caller's.
    pub async fn remove(&self, caller: Caller, id: i64) -> Result<()> {
        self.core
            .store
            .write(move |conn| favorites::remove(conn, caller.id, id))
            .await
            .map(drop)
    }
}
