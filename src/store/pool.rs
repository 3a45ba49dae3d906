//! The handle on the store: bounded reads, and the way to the writer.

use super::conn::{AnyConnection, Target};
use super::room::{Room, Share};
use super::writer::{Append, Job, Writer};
use crate::config::Database;
use crate::domain::{AccountId, MessageId};
use crate::error::{Error, ErrorKind, Result};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;

/// Opens connections for the pool and checks them before they are lent again.
struct Manager(Target);

impl r2d2::ManageConnection for Manager {
    type Connection = AnyConnection;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<AnyConnection, Self::Error> {
        self.0
            .connect(2048)
            .map_err(diesel::r2d2::Error::ConnectionError)
    }

    fn is_valid(&self, conn: &mut AnyConnection) -> Result<(), Self::Error> {
        conn.answers().map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, conn: &mut AnyConnection) -> bool {
        use diesel::connection::TransactionManager;
        type Transactions = <AnyConnection as diesel::Connection>::TransactionManager;
        std::thread::panicking() || Transactions::is_broken_transaction_manager(conn)
    }
}

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    reads: r2d2::Pool<Manager>,
    permits: Arc<Semaphore>,
    room: Room,
    jobs: mpsc::Sender<Job>,
    writer: Arc<Writer>,
}

impl Store {
    /// Opens the database, brings its tables up to date and starts the writer thread.
    ///
    /// Fails when the database cannot be reached or was written by a newer version of this program.
    pub fn open(config: &Database, url: &str) -> Result<Self> {
        let target = Target::parse(url)?;
        let mut first = target.connect(2048).map_err(Error::internal)?;
        super::migrate::run(&mut first)?;
        if !first.is_durable()? {
            log::warn!(
                "the database server has innodb_flush_log_at_trx_commit other than 1: a crash of its machine may lose \
                 messages that were acknowledged"
            );
        }
        drop(first);
        let size = config.pool_size.max(1);
        let reads = r2d2::Pool::builder()
            .max_size(size as u32)
            .min_idle(Some(1))
            .test_on_check_out(
                matches!(url.split_once(':'), Some((scheme, _)) if scheme != "sqlite"),
            )
            .connection_timeout(std::time::Duration::from_secs(5))
            .build(Manager(target.clone()))
            .map_err(Error::internal)?;
        let (jobs, queue) = mpsc::channel(config.queue.max(1));
        let writer = Writer::start(target, config, queue)?;
        Ok(Self {
            reads,
            permits: Arc::new(Semaphore::new(size)),
            room: Room::new(config.queue_mib),
            jobs,
            writer,
        })
    }

    /// Runs a read off the async workers. Waits while as many reads as the pool has connections are under way.
    pub async fn read<T, F>(&self, work: F) -> Result<T>
    where
        F: FnOnce(&mut AnyConnection) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let reads = self.reads.clone();
        let run = |permit: OwnedSemaphorePermit| {
            tokio::task::spawn_blocking(move || {
                let _permit = permit;
                work(&mut *reads.get().map_err(Error::internal)?)
            })
        };
        let permits = self.permits.clone();
        if let Ok(permit) = permits.clone().try_acquire_owned() {
            return run(permit).await.map_err(Error::internal)?;
        }
        // A permit is given to whoever is first in the queue, also to one that is not polled, such as a connection's actor
        // whose peer takes nothing. So a task waits in its place; and leaves the queue when it is abandoned.
        let mut queue = JoinSet::new();
        queue.spawn(async move {
            let permit = permits.acquire_owned().await;
            let permit = permit.map_err(|_| ErrorKind::Stopping)?;
            run(permit).await.map_err(Error::internal)?
        });
        let read = queue.join_next().await;
        read.ok_or(ErrorKind::Internal)?.map_err(Error::internal)?
    }

    /// Runs a unit of writes in a transaction of its own, after everything queued before it. An error undoes it whole.
    ///
    /// [`ErrorKind::Busy`] when the queue is full: nothing was done.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        F: FnOnce(&mut AnyConnection) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.enqueue(Job::Unit(Box::new(move |conn| {
            let outcome = conn.and_then(|conn| conn.finish(work));
            let ok = !matches!(&outcome, Err(error) if error.is_fault());
            // The caller may have gone; what is committed stays committed.
            let _ = reply.send(outcome);
            ok
        })))?;
        answer.await.map_err(Error::internal)?
    }

    /// Makes room for a message of so many bytes, from before it is queued until it was told.
    ///
    /// [`ErrorKind::Busy`] when those that are on their way weigh as much as they may.
    pub fn room(&self, bytes: usize) -> Result<Share> {
        self.room.take(bytes)
    }

    /// Queues a message; its `done` is called once it is committed or refused, in commit order.
    ///
    /// [`ErrorKind::Busy`] when the queue is full: `done` is dropped and nothing is stored.
    pub fn append(&self, append: Append) -> Result<()> {
        self.enqueue(Job::Append(append))
    }

    /// Notes that everything up to `delivered` reached the account. Written with the next batch; dropped when the queue is
    /// full, since a later note says more.
    pub fn advance(&self, account: AccountId, delivered: MessageId) {
        let _ = self.jobs.try_send(Job::Advance(account, delivered));
    }

    /// Waits until all queued before is written, then stops the writer. Later writes fail.
    pub async fn close(&self) {
        let (reply, done) = oneshot::channel();
        if self.jobs.send(Job::Stop(reply)).await.is_ok() {
            let _ = done.await;
        }
        self.permits.close();
    }

    /// Whether the writer has ended, in order or by a fault.
    pub fn is_closed(&self) -> bool {
        self.jobs.is_closed()
    }

    /// How many writes wait, and how many may.
    pub fn queue_depth(&self) -> (usize, usize) {
        (
            self.jobs.max_capacity() - self.jobs.capacity(),
            self.jobs.max_capacity(),
        )
    }

    /// What the writer has done so far.
    pub fn writer(&self) -> &Writer {
        &self.writer
    }

    fn enqueue(&self, job: Job) -> Result<()> {
        self.jobs.try_send(job).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => Error::new(ErrorKind::Busy),
            mpsc::error::TrySendError::Closed(_) => Error::new(ErrorKind::Stopping),
        })
    }
}
