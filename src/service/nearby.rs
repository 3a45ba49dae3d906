//! Who is near a place.

use super::accounts::AccountView;
use super::{Core, fields, views};
use crate::domain::place::Point;
use crate::domain::{AccountId, time};
use crate::error::Result;
use crate::store::accounts::{self, ProfilePatch};
use crate::store::{AnyConnection, places};
use std::sync::Arc;

/// How many are found at most.
const FOUND: usize = 100;

/// An account near a place.
#[derive(Debug, Clone)]
pub struct NearAccount {
    /// The account.
    pub account: AccountView,
    /// How far away it was last.
    pub metres: f64,
}

/// The use cases.
pub struct Nearby {
    core: Arc<Core>,
}

impl Nearby {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Notes where the caller is, so that others find them there, and finds others, nearest first, at most 100.
    ///
    /// [`crate::error::ErrorKind::Invalid`] when the place is not on the globe.
    pub async fn accounts(
        &self,
        caller: AccountId,
        longitude: f64,
        latitude: f64,
    ) -> Result<Vec<NearAccount>> {
        let (longitude, latitude) = fields::place(longitude, latitude)?;
        let patch = ProfilePatch {
            longitude: Some(longitude),
            latitude: Some(latitude),
            ..ProfilePatch::default()
        };
        let note = move |conn: &mut AnyConnection| {
            accounts::update_profile(conn, caller, &patch, time::now())
        };
        self.core.store.write(note).await?;
        let km = self.core.settings.policy().near_account_km;
        let point = Point {
            longitude,
            latitude,
        };
        let find = move |conn: &mut AnyConnection| {
            let near = places::near(conn, places::ACCOUNT, point, km, FOUND, Some(caller.0))?;
            let ids: Vec<AccountId> = near.iter().map(|(id, _)| AccountId(*id)).collect();
            let seen = views::look(conn, caller, &ids)?;
            Ok((near, seen))
        };
        let (near, seen) = self.core.store.read(find).await?;
        let mut views = self.core.show(caller, seen);
        let shown = near.into_iter().filter_map(|(id, metres)| {
            let account = views.remove(&AccountId(id))?;
            Some(NearAccount { account, metres })
        });
        Ok(shown.collect())
    }
}
