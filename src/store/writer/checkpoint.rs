//! Writes SQLite's write-ahead log back into the database on a thread of its own, so that no message waits for that.

use crate::error::{Error, Result};
use crate::store::conn::{AnyConnection, Target};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Between two of them.
const EVERY: Duration = Duration::from_millis(250);
/// A log that grew beyond this is to be begun anew, in pages of 4 KiB: while there is always somebody who writes, it is not by
/// itself.
const LONG: i64 = 65_536;
/// After a reader was in the way of beginning anew.
const LATER: Duration = Duration::from_secs(1);
/// The thread reads the log and not the tables.
const CACHE_KIB: usize = 64;

/// The way to the thread, which ends when this is dropped.
pub(super) struct Checkpoints {
    due: Instant,
    wake: SyncSender<()>,
    long: Arc<AtomicBool>,
}

impl Checkpoints {
    /// Starts the thread; `None` where a server takes care of its own log.
    pub(super) fn start(target: &Target) -> Result<Option<Self>> {
        if target.path().is_none() {
            return Ok(None);
        }
        let mut conn = target.connect(CACHE_KIB).map_err(Error::internal)?;
        let (wake, woken) = sync_channel(1);
        let long = Arc::new(AtomicBool::new(false));
        let found = long.clone();
        std::thread::Builder::new()
            .name("parlance-wal".to_owned())
            .spawn(move || {
                while woken.recv().is_ok() {
                    match write_back(&mut conn) {
                        Ok(is_long) => found.store(is_long, Ordering::Relaxed),
                        Err(error) => {
                            log::warn!("the write-ahead log could not be written back: {error}");
                        }
                    }
                }
            })
            .map_err(Error::internal)?;
        Ok(Some(Self {
            due: Instant::now(),
            wake,
            long,
        }))
    }

    /// Notes a commit. Whether the log was just written back, all but its end, and should be begun anew.
    pub(super) fn committed(&mut self) -> bool {
        let now = Instant::now();
        if now >= self.due {
            self.due = now + EVERY;
            // If it is still busy with the last one, it is told already.
            let _ = self.wake.try_send(());
        }
        self.long.swap(false, Ordering::Relaxed)
    }

    /// Notes that the log could not be begun anew.
    pub(super) fn postponed(&mut self) {
        self.due = Instant::now() + LATER;
    }
}

/// Writes the log back. Whether it is long; then all but its very end was, which is left to whoever begins it anew.
fn write_back(conn: &mut AnyConnection) -> Result<bool> {
    let is_long = conn.write_back_wal()? > LONG;
    if is_long {
        conn.write_back_wal()?;
    }
    Ok(is_long)
}
