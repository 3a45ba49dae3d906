//! The links of the "discover" page.

pub use crate::store::discovers::{Discover, NewDiscover};

use super::{Core, fields};
use crate::domain::time;
use crate::error::{ErrorKind, Result};
use crate::store::{AnyConnection, discovers};
use std::sync::Arc;

/// The use cases.
pub struct Discovers {
    core: Arc<Core>,
}

impl Discovers {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Every link, in order.
    pub async fn list(&self) -> Result<Vec<Discover>> {
        self.core.store.read(discovers::list).await
    }

    /// Adds a link.
    pub async fn create(&self, new: NewDiscover) -> Result<Discover> {
        check(&new)?;
        self.core
            .store
            .write(move |conn| {
                let id = discovers::insert(conn, &new, time::now())?;
                known(conn, id)
            })
            .await
    }

    /// Changes a link and returns it as it was. [`ErrorKind::NotFound`] when there is none.
    pub async fn update(&self, id: i64, new: NewDiscover) -> Result<Discover> {
        check(&new)?;
        self.core
            .store
            .write(move |conn| {
                let before = known(conn, id)?;
                discovers::update(conn, id, &new, time::now())?;
                Ok(before)
            })
            .await
    }

    /// Removes a link and returns it as it was. [`ErrorKind::NotFound`] when there is none.
    pub async fn delete(&self, id: i64) -> Result<Discover> {
        self.core
            .store
            .write(move |conn| {
                let before = known(conn, id)?;
                discovers::delete(conn, id)?;
                Ok(before)
            })
            .await
    }
}

fn known(conn: &mut AnyConnection, id: i64) -> Result<Discover> {
    Ok(discovers::find(conn, id)?.ok_or(ErrorKind::NotFound)?)
}

fn check(new: &NewDiscover) -> Result<()> {
    fields::filled("name", &new.name, 100)?;
    fields::at_most("logo", &new.logo, 1000)?;
    fields::filled("url", &new.url, 1000)?;
    fields::at_most("password", &new.password, 255)
}
