//! The writer thread: the one connection that writes. It takes what is queued, commits up to a batch of messages in one
//! transaction, and answers each. It alone gives out message ids and places in a conversation, so both ascend without gaps
//! in commit order.

mod checkpoint;
mod message_log;

use super::conn::{AnyConnection, Target};
use super::mailboxes;
use crate::config::Database;
use crate::domain::message::Draft;
use crate::domain::{AccountId, ConversationId, Message, MessageId};
use crate::error::{Error, ErrorKind, Result};
use checkpoint::Checkpoints;
use message_log::Log;
use std::collections::HashMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// A batch ends when its messages weigh this much, in bytes: a server takes no statement longer than its `max_allowed_packet`,
/// which is 16 MiB unless changed.
const BATCH_WEIGHT: usize = 4 << 20;
/// While messages come together, batches begin this far apart at least: what is gathered meanwhile shares one commit, which costs
/// more than the messages in it. Whoever writes alone never waits, and after a full batch the next follows at once.
const GATHER: Duration = Duration::from_millis(2);
/// Notes of delivery are written at most this often.
const NOTE_EVERY: Duration = Duration::from_secs(1);

/// A message to be committed.
pub struct Append {
    /// Where.
    pub conversation: ConversationId,
    /// By whom.
    pub sender: AccountId,
    /// What.
    pub draft: Arc<Draft>,
    /// The client's own id: the same again from the same sender in the same conversation is the same message.
    pub client_id: Option<String>,
    /// Called on the writer thread, in commit order; must not block.
    pub done: Box<dyn FnOnce(Result<Committed>) + Send>,
}

/// A message that is in the log.
#[derive(Debug, Clone)]
pub struct Committed {
    /// The message.
    pub message: Arc<Message>,
    /// False when the client id was known and this is the message it named then.
    pub fresh: bool,
}

/// Work in a transaction of its own.
pub(super) type Unit = Box<dyn FnOnce(Result<&mut AnyConnection>) -> bool + Send>;

pub(super) enum Job {
    Append(Append),
    /// Runs in a transaction that has begun, or is told why none could. Whether the database did its part.
    Unit(Unit),
    Advance(AccountId, MessageId),
    Stop(oneshot::Sender<()>),
}

/// What the writer has done so far, for metrics and readiness.
#[derive(Default)]
pub struct Writer {
    /// Messages committed.
    pub messages: AtomicU64,
    /// Transactions of messages.
    pub batches: AtomicU64,
    /// Microseconds spent in them.
    pub micros: AtomicU64,
    /// The last write failed for a fault of the database.
    pub failing: AtomicBool,
}

impl Writer {
    pub(super) fn start(
        target: Target,
        config: &Database,
        queue: mpsc::Receiver<Job>,
    ) -> Result<Arc<Self>> {
        let stats = Arc::new(Self::default());
        let cache_kib = config.cache_mib * 1024;
        let mut desk = Desk {
            log: Log::open(target.connect(cache_kib).map_err(Error::internal)?)?,
            tried: 0..0,
            checkpoints: Checkpoints::start(&target)?,
            target,
            cache_kib,
            limit: config.batch,
            stats: stats.clone(),
            notes: HashMap::new(),
            noted: Instant::now(),
            due: Instant::now(),
        };
        std::thread::Builder::new()
            .name("parlance-writer".to_owned())
            .spawn(move || desk.run(queue))
            .map_err(Error::internal)?;
        Ok(stats)
    }
}

/// The thread's own state: takes jobs, keeps the connection alive.
struct Desk {
    log: Log,
    /// The ids of the batch that was last tried. Kept beside the log, because they outlive its connection.
    tried: Range<i64>,
    checkpoints: Option<Checkpoints>,
    target: Target,
    cache_kib: usize,
    limit: usize,
    stats: Arc<Writer>,
    notes: HashMap<AccountId, MessageId>,
    noted: Instant,
    /// When the next batch may begin.
    due: Instant,
}

impl Desk {
    fn run(&mut self, mut queue: mpsc::Receiver<Job>) {
        let mut batch = Vec::with_capacity(self.limit);
        let mut weight = 0;
        while let Some(job) = queue.blocking_recv() {
            let mut next = Some(job);
            while let Some(job) = next.take() {
                match job {
                    Job::Append(append) => {
                        if batch.is_empty() {
                            std::thread::sleep(self.due.saturating_duration_since(Instant::now()));
                        }
                        weight += append.draft.weight();
                        batch.push(append);
                        if batch.len() < self.limit && weight < BATCH_WEIGHT {
                            next = queue.try_recv().ok();
                        }
                    }
                    Job::Advance(account, delivered) => {
                        let note = self.notes.entry(account).or_insert(delivered);
                        *note = delivered.max(*note);
                        next = queue.try_recv().ok();
                    }
                    Job::Unit(unit) => {
                        self.commit(&mut batch);
                        let ok = match self.begin() {
                            Ok(()) => self.guard(|log| unit(Ok(&mut log.conn))).unwrap_or(true),
                            Err(error) => unit(Err(error)),
                        };
                        self.stats.failing.store(!ok, Ordering::Relaxed);
                    }
                    Job::Stop(done) => {
                        self.commit(&mut batch);
                        self.write_notes();
                        // Whoever asks from now on is told that the writer has stopped.
                        queue.close();
                        let _ = done.send(());
                        return;
                    }
                }
            }
            self.commit(&mut batch);
            weight = 0;
            self.mind_wal();
            if self.noted.elapsed() >= NOTE_EVERY {
                self.write_notes();
            }
        }
    }

    /// Commits the batch and answers it; after a failure each message alone, so that one bad row harms no other.
    fn commit(&mut self, batch: &mut Vec<Append>) {
        if batch.is_empty() {
            return;
        }
        let began = Instant::now();
        if (2..self.limit).contains(&batch.len()) {
            self.due = began + GATHER;
        }
        let outcome = self.try_commit(batch);
        self.count(batch.len(), began);
        match outcome {
            Ok(committed) => self.answer(batch, committed),
            Err(error) => {
                log::error!(
                    "{} messages could not be written at once: {error}",
                    batch.len()
                );
                self.recover(batch);
            }
        }
    }

    fn try_commit(&mut self, batch: &[Append]) -> Result<Vec<Committed>> {
        // Where no transaction begins, the ids of an earlier batch must not be taken for those of this one.
        self.tried = 0..0;
        self.begin()?;
        self.tried = self.log.take_ids(batch.len());
        let first_id = self.tried.start;
        self.guard(|log| log.commit(batch, first_id))
            .unwrap_or_else(|| Err(ErrorKind::Internal.into()))
    }

    /// After a failed batch: finds out whether it was committed after all, and if not, tries each message alone.
    fn recover(&mut self, batch: &mut Vec<Append>) {
        if !self.revive() {
            return self.refuse(batch);
        }
        match self.log.find_batch(batch, &self.tried) {
            Ok(Some(committed)) => return self.answer(batch, committed),
            Ok(None) => {}
            Err(_) => return self.refuse(batch),
        }
        let mut rest = std::mem::take(batch).into_iter();
        while let Some(append) = rest.next() {
            let mut single = vec![append];
            let error = match self.try_commit(&single) {
                Ok(committed) => {
                    self.answer(&mut single, committed);
                    continue;
                }
                Err(error) => error,
            };
            log::error!("a message could not be written: {error}");
            if !self.revive() {
                // Without a database there is no use in trying the others one by one.
                single.extend(rest);
                return self.refuse(&mut single);
            }
            match self.log.find_batch(&single, &self.tried) {
                Ok(Some(committed)) => self.answer(&mut single, committed),
                _ => self.refuse(&mut single),
            }
        }
    }

    fn answer(&mut self, batch: &mut Vec<Append>, committed: Vec<Committed>) {
        self.stats.failing.store(false, Ordering::Relaxed);
        for (append, committed) in batch.drain(..).zip(committed) {
            (append.done)(Ok(committed));
        }
    }

    fn refuse(&mut self, batch: &mut Vec<Append>) {
        self.stats.failing.store(true, Ordering::Relaxed);
        for append in batch.drain(..) {
            (append.done)(Err(Error::new(ErrorKind::Internal)));
        }
    }

    /// Begins a transaction; on a connection that was lost meanwhile, after connecting anew.
    fn begin(&mut self) -> Result<()> {
        match self.log.conn.begin() {
            Err(error) if self.revive() => {
                log::warn!("the database was connected anew: {error}");
                self.log.conn.begin()
            }
            outcome => outcome,
        }
    }

    fn count(&self, messages: usize, began: Instant) {
        self.stats
            .messages
            .fetch_add(messages as u64, Ordering::Relaxed);
        self.stats.batches.fetch_add(1, Ordering::Relaxed);
        self.stats
            .micros
            .fetch_add(began.elapsed().as_micros() as u64, Ordering::Relaxed);
    }

    fn write_notes(&mut self) {
        self.noted = Instant::now();
        if self.notes.is_empty() {
            return;
        }
        let notes = std::mem::take(&mut self.notes);
        let written = self.begin().and_then(|()| {
            let write = |log: &mut Log| log.conn.finish(|conn| mailboxes::advance(conn, &notes));
            self.guard(write)
                .unwrap_or_else(|| Err(ErrorKind::Internal.into()))
        });
        if let Err(error) = written {
            log::warn!(
                "notes of delivery could not be written, messages may be pushed again: {error}"
            );
        }
    }

    fn mind_wal(&mut self) {
        let Some(checkpoints) = &mut self.checkpoints else {
            return;
        };
        if checkpoints.committed()
            && let Some(Ok(false) | Err(_)) = self.guard(|log| log.conn.restart_wal())
            && let Some(checkpoints) = &mut self.checkpoints
        {
            checkpoints.postponed();
        }
    }

    /// Runs work that may panic: the thread survives, the connection is opened anew, and the work's callers see their
    /// answers dropped.
    fn guard<T>(&mut self, work: impl FnOnce(&mut Log) -> T) -> Option<T> {
        let outcome = catch_unwind(AssertUnwindSafe(|| work(&mut self.log)));
        if outcome.is_err() || self.log.is_broken() {
            self.revive();
        }
        outcome.ok()
    }

    /// Opens the connection anew and forgets what was remembered of the tables, since a commit may have gone either way.
    /// Whether that worked.
    fn revive(&mut self) -> bool {
        let opened = self
            .target
            .connect(self.cache_kib)
            .map_err(Error::internal)
            .and_then(|mut conn| {
                if let Some(thread) = self.log.lost() {
                    conn.end(thread);
                }
                Log::open(conn)
            });
        match opened {
            Ok(log) => {
                self.log = log;
                true
            }
            Err(error) => {
                log::error!("the database cannot be reached: {error}");
                self.stats.failing.store(true, Ordering::Relaxed);
                false
            }
        }
    }
}
