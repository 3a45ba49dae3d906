//! Bounds the memory of messages between their coming in and their being told.

use crate::error::{Error, ErrorKind, Result};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What messages on their way through the node may weigh together, counted in KiB.
#[derive(Clone)]
pub(super) struct Room {
    free: Arc<Semaphore>,
    whole: u32,
}

/// A message's share of the memory for messages on their way; given back when dropped.
#[derive(Debug)]
pub struct Share {
    _kib: OwnedSemaphorePermit,
}

impl Room {
    pub(super) fn new(mib: usize) -> Self {
        let whole = mib.saturating_mul(1024).min(Semaphore::MAX_PERMITS >> 1);
        let whole = u32::try_from(whole).unwrap_or(u32::MAX);
        Self {
            free: Arc::new(Semaphore::new(whole as usize)),
            whole,
        }
    }

    pub(super) fn take(&self, bytes: usize) -> Result<Share> {
        // What weighs more than the whole room is let in when it is empty.
        let kib = u32::try_from(bytes / 1024 + 1).map_or(self.whole, |kib| kib.min(self.whole));
        let taken = self.free.clone().try_acquire_many_owned(kib);
        taken
            .map(|kib| Share { _kib: kib })
            .map_err(|_| Error::new(ErrorKind::Busy))
    }
}
