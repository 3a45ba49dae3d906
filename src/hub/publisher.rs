//! Tells committed messages and what follows from them to live sessions, in commit order: one thread, so that every session hears ids ascending however
//! many conversations it is in.

use super::directory::Directory;
use super::envelope::Envelope;
use crate::domain::AccountId;
use crate::error::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

/// How many messages may wait to be told before the writer waits.
const QUEUE: usize = 8192;

type Told = (Arc<[AccountId]>, Envelope);

/// The way to the publishing thread. The thread ends when the last one is dropped.
#[derive(Clone)]
pub struct Publisher {
    queue: SyncSender<Told>,
    deliveries: Arc<AtomicU64>,
}

impl Publisher {
    /// Starts the thread.
    pub fn start(directory: Arc<Directory>) -> Result<Self> {
        let (queue, told) = sync_channel(QUEUE);
        let deliveries = Arc::new(AtomicU64::new(0));
        let counted = deliveries.clone();
        std::thread::Builder::new()
            .name("parlance-publish".to_owned())
            .spawn(move || run(&directory, &told, &counted))
            .map_err(Error::internal)?;
        Ok(Self { queue, deliveries })
    }

    /// Tells the audience. Waits when the queue is full.
    pub fn publish(&self, audience: Arc<[AccountId]>, envelope: Envelope) {
        // The thread lives as long as any publisher does.
        let _ = self.queue.send((audience, envelope));
    }

    /// Tells the audience without ever waiting: in turn with the messages if there is room, at once otherwise.
    pub fn publish_now(
        &self,
        directory: &Directory,
        audience: Arc<[AccountId]>,
        envelope: Envelope,
    ) {
        if let Err(TrySendError::Full((audience, envelope))) =
            self.queue.try_send((audience, envelope))
        {
            directory.push(&audience, &Arc::new(envelope));
        }
    }

    /// How often an event was offered to a recipient.
    pub fn deliveries(&self) -> u64 {
        self.deliveries.load(Ordering::Relaxed)
    }
}

fn run(directory: &Directory, told: &Receiver<Told>, deliveries: &AtomicU64) {
    while let Ok((audience, envelope)) = told.recv() {
        deliveries.fetch_add(audience.len() as u64, Ordering::Relaxed);
        directory.push(&audience, &Arc::new(envelope));
    }
}
