//! Tells committed messages and what follows from them to live sessions, in commit order: one thread, so that every session
//! hears ids ascending however many conversations it is in.

use super::directory::Directory;
use super::envelope::Envelope;
use super::outbox::{Outbox, Queued};
use crate::domain::AccountId;
use crate::error::{Error, Result};
use crate::store::Share;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// How many messages may wait to be told before the writer waits.
const QUEUE: usize = 8192;

/// A session that hears more often than this is woken only so often. A quiet one hears everything at once.
const PAUSE: Duration = Duration::from_millis(15);

struct Told {
    audience: Arc<[AccountId]>,
    /// Apart, since the queue has the room for all it may hold from the start.
    envelope: Arc<Envelope>,
    /// Given back once it is told.
    _share: Option<Share>,
}

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

    /// Tells the audience, after all that was told before. Waits when the queue is full, which never takes long: the thread
    /// waits for nobody.
    pub fn publish(&self, audience: Arc<[AccountId]>, envelope: Envelope) {
        self.send(audience, envelope, None);
    }

    /// The same for a message, with its share of the memory for messages on their way.
    pub fn publish_message(&self, audience: Arc<[AccountId]>, envelope: Envelope, share: Share) {
        self.send(audience, envelope, Some(share));
    }

    fn send(&self, audience: Arc<[AccountId]>, envelope: Envelope, share: Option<Share>) {
        // The thread lives as long as any publisher does.
        let _ = self.queue.send(Told {
            audience,
            envelope: Arc::new(envelope),
            _share: share,
        });
    }

    /// How often an event was offered to a recipient.
    pub fn deliveries(&self) -> u64 {
        self.deliveries.load(Ordering::Relaxed)
    }
}

/// The publishing thread's own state.
struct Desk<'a> {
    directory: &'a Directory,
    began: Instant,
    /// Sessions with something queued that are woken together at `due`.
    waiting: Vec<Arc<Outbox>>,
    due: Option<Instant>,
}

fn run(directory: &Directory, told: &Receiver<Told>, deliveries: &AtomicU64) {
    let mut desk = Desk {
        directory,
        began: Instant::now(),
        waiting: Vec::new(),
        due: None,
    };
    loop {
        let next = match desk.due {
            Some(due) => told.recv_timeout(due.saturating_duration_since(Instant::now())),
            None => told.recv().map_err(RecvTimeoutError::from),
        };
        match next {
            Ok(told) => {
                desk.tell(&told.audience, &told.envelope);
                deliveries.fetch_add(told.audience.len() as u64, Ordering::Relaxed);
            }
            Err(RecvTimeoutError::Timeout) => desk.wake_waiting(),
            Err(RecvTimeoutError::Disconnected) => return desk.wake_waiting(),
        }
    }
}

impl Desk<'_> {
    /// Queues the envelope for everybody. Who was quiet is woken at once; who was woken a moment ago is woken a little later,
    /// for everything that came meanwhile, since a write to a socket costs more than all else about a delivery.
    fn tell(&mut self, audience: &[AccountId], envelope: &Arc<Envelope>) {
        let now = Instant::now();
        if self.due.is_some_and(|due| due <= now) {
            self.wake_waiting();
        }
        let tick = now.duration_since(self.began).as_millis() as u64;
        let pause = PAUSE.as_millis() as u64;
        let (waiting, due) = (&mut self.waiting, &mut self.due);
        self.directory.each_session(audience, |outbox| {
            let rhythm = &outbox.rhythm;
            match outbox.queue(envelope) {
                Queued::Nothing => {}
                Queued::Calm if tick < rhythm.woken.load(Ordering::Relaxed) + pause => {
                    if !rhythm.waiting.swap(true, Ordering::Relaxed) {
                        waiting.push(outbox.clone());
                        due.get_or_insert(now + PAUSE);
                    }
                }
                Queued::Calm | Queued::Filling => {
                    rhythm.woken.store(tick, Ordering::Relaxed);
                    outbox.wake();
                }
            }
        });
    }

    fn wake_waiting(&mut self) {
        let tick = self.began.elapsed().as_millis() as u64;
        for outbox in self.waiting.drain(..) {
            outbox.rhythm.waiting.store(false, Ordering::Relaxed);
            outbox.rhythm.woken.store(tick, Ordering::Relaxed);
            outbox.wake();
        }
        self.due = None;
    }
}
