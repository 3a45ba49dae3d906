//! What happened while an account's devices were away, apart from messages.

pub use crate::domain::lasting::Stored;

use super::{Caller, Core};
use crate::domain::time::{self, Millis};
use crate::error::Result;
use crate::store::{AnyConnection, events, reminders};
use std::sync::Arc;

/// How many are given at once.
const LISTED: i64 = 1000;

/// The use cases.
pub struct Sync {
    core: Arc<Core>,
}

impl Sync {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// What happened after the number `after`, and after all that the caller has confirmed; oldest first.
    pub async fn commands(&self, caller: Caller, after: i64, limit: i64) -> Result<Vec<Stored>> {
        let list = move |conn: &mut AnyConnection| {
            let after = after.max(events::acked(conn, caller.id)?);
            events::since(conn, caller.id, after, limit.clamp(1, LISTED))
        };
        self.core.store.read(list).await
    }

    /// Notes that the caller has all up to a number.
    pub async fn ack(&self, caller: Caller, upto: i64) -> Result<()> {
        self.core
            .store
            .write(move |conn| events::ack(conn, caller.id, upto))
            .await
    }

    /// Forgets what is older than `age`.
    pub async fn tidy(&self, age: Millis) -> Result<()> {
        let before = time::now() - age;
        let prune = move |conn: &mut AnyConnection| {
            events::prune(conn, before)?;
            reminders::prune(conn, before)
        };
        self.core.store.write(prune).await.map(drop)
    }
}
