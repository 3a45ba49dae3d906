//! The actors and what they share. Everything live goes through here: posts to their homes, events to sockets.
//!
//! The way of a message: service → home actor (a direct message's is the recipient's [`mailbox`], a group's its [`channel`]) →
//! writer thread → *committed* → acknowledgement → [`publisher`] → outboxes → sockets. No actor waits for a socket, and no
//! recipient costs an encoding.

pub mod channel;
pub mod directory;
pub mod envelope;
pub mod gate;
pub mod life;
pub mod mailbox;
pub mod outbox;
pub mod post;
pub mod publisher;
pub mod registry;
pub mod session;
pub mod topics;
pub mod transport;
pub mod wire;

use crate::config;
use crate::domain::channel::{Change, Command};
use crate::domain::conversation::Exchange;
use crate::domain::{AccountId, ChannelId, Device, Event, MessageId, time};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Committed, Store};
use actix::{Addr, Arbiter, ArbiterHandle};
use arc_swap::ArcSwapOption;
use channel::{Channel, Govern, Tell};
pub use directory::Seen;
use directory::{Census, Directory, Entry, Live, MailboxEntry};
use envelope::{Envelope, SessionId};
use gate::{Permit, Refused};
use life::{Crash, Key, Stop, Terminated};
use mailbox::{Attach, Detach, Refresh, Signal};
use outbox::{Farewell, Outbox};
use post::{Post, Posting};
use publisher::Publisher;
use registry::{OpenChannel, OpenMailbox, Registry};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, oneshot};
use topics::Topics;

/// The limits the actors keep.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of each session's outbox.
    pub outbox: outbox::Limits,
    /// Requests waiting at one home.
    pub home_queue: usize,
    /// Live sessions of one account; the oldest makes room.
    pub sessions_per_account: usize,
    /// Idle actors are put away after this.
    pub passivate_after: Duration,
    /// A peer that says nothing for so long is gone.
    pub idle_after: Duration,
    /// How often the transport asks whether the peer is there.
    pub ping_every: Duration,
}

impl From<&config::Session> for Limits {
    fn from(config: &config::Session) -> Self {
        Self {
            outbox: outbox::Limits {
                frames: config.outbox_frames,
                bytes: config.outbox_kib * 1024,
            },
            home_queue: config.home_queue,
            sessions_per_account: config.per_account,
            passivate_after: Duration::from_secs(config.passivate_seconds),
            idle_after: Duration::from_secs(config.idle_seconds),
            ping_every: Duration::from_secs(config.ping_seconds),
        }
    }
}

/// What every actor holds.
#[derive(Clone)]
pub(crate) struct Shared {
    store: Store,
    directory: Arc<Directory>,
    topics: Arc<Topics>,
    publisher: Publisher,
    limits: Limits,
    /// The thread the hub was started on.
    main: ArbiterHandle,
    registry: Arc<ArcSwapOption<Addr<Registry>>>,
    stopping: Arc<AtomicBool>,
    /// Whether accounts see of others that they come and go.
    shows_presence: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl Shared {
    /// The thread that a new actor lives on: this one, since whoever opens a home is about to speak with it, and to wake another
    /// thread costs more than the home has to do. Where there are no actors, the one the hub was started on.
    fn thread(&self) -> ArbiterHandle {
        Arbiter::try_current().unwrap_or_else(|| self.main.clone())
    }

    /// The registry; started anew when a fault has ended it. The directory survives it.
    fn registry(&self) -> Addr<Registry> {
        let known = self.registry.load();
        if let Some(addr) = known.as_deref().filter(|addr| addr.connected()) {
            return addr.clone();
        }
        let shared = self.clone();
        let addr = actix::Actor::start_in_arbiter(&self.main, move |_| Registry::new(shared));
        // Another thread may have been faster: then its registry counts, and ours ends with its last address.
        self.registry
            .compare_and_swap(&known, Some(Arc::new(addr.clone())));
        self.registry.load().as_deref().cloned().unwrap_or(addr)
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Tells the registry that an actor has ended. When there is no registry nobody needs to know: whoever next asks for the
    /// actor finds that it is gone.
    fn ended(&self, key: Key, generation: u64) {
        if let Some(registry) = self.registry.load().as_deref() {
            registry.do_send(Terminated { key, generation });
        }
    }
}

/// The handle on everything live. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    shared: Shared,
    stop: Arc<Notify>,
}

impl Hub {
    /// Starts the publisher. Mailboxes and channels live on the threads of those who first ask for them; needs a running actix
    /// system. `shows_presence` says whether accounts see of others that they come and go.
    pub fn start(
        store: Store,
        config: &config::Session,
        shows_presence: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Result<Self> {
        let directory = Arc::new(Directory::default());
        let shared = Shared {
            store,
            publisher: Publisher::start(directory.clone())?,
            directory,
            topics: Arc::default(),
            limits: config.into(),
            main: Arbiter::current(),
            registry: Arc::default(),
            stopping: Arc::default(),
            shows_presence: Arc::new(shows_presence),
        };
        Ok(Self {
            shared,
            stop: Arc::default(),
        })
    }

    /// Says something. The answer comes after the commit.
    ///
    /// [`ErrorKind::Busy`] when a queue on the way is full or the home failed: nothing was stored.
    pub async fn post(&self, post: Post) -> Result<Committed> {
        let answer = self.hand_over(post).await?;
        answer.await.map_err(|_| Error::new(ErrorKind::Busy))?
    }

    /// Says something, as far as its home: what is handed over one after the other stands in the log in this order. The answer
    /// comes after the commit, or never, when the home failed or could not pass it on: nothing was stored then.
    ///
    /// [`ErrorKind::Busy`] when the home's queue is full.
    pub async fn hand_over(&self, post: Post) -> Result<oneshot::Receiver<Result<Committed>>> {
        self.check_running()?;
        let (reply, answer) = oneshot::channel();
        match post.to {
            Exchange::Channel(id) => {
                let (addr, permit) = self.enter_channel(id).await?;
                addr.do_send(Posting {
                    post,
                    reply,
                    permit,
                });
            }
            Exchange::Direct(..) => {
                let recipient = post.to.peer_of(post.sender).ok_or(ErrorKind::NotMember)?;
                let (entry, permit) = self.enter_mailbox(recipient).await?;
                entry.home.addr.do_send(Posting {
                    post,
                    reply,
                    permit,
                });
            }
        }
        Ok(answer)
    }

    /// Changes a channel: decided by its actor, stored, applied, told.
    pub async fn govern(&self, channel: ChannelId, command: Command) -> Result<Change> {
        self.check_running()?;
        let (addr, permit) = self.enter_channel(channel).await?;
        addr.send(Govern { command, permit })
            .await
            .map_err(|_| Error::new(ErrorKind::Busy))?
    }

    /// Tells the members of a channel what happened, and under which number it is kept for who is away, if it is.
    pub async fn tell_channel(
        &self,
        channel: ChannelId,
        event: Event,
        stored: Option<i64>,
    ) -> Result<()> {
        let (addr, permit) = self.enter_channel(channel).await?;
        let tell = Tell {
            event,
            stored,
            permit,
        };
        addr.send(tell)
            .await
            .map_err(|_| Error::new(ErrorKind::Busy))?
    }

    /// Tells live sessions what happened, and under which number it is kept for who is away, if it is.
    pub fn tell(&self, accounts: &[AccountId], event: Event, stored: Option<i64>) {
        let envelope = Envelope::new(event, time::now()).stored_as(stored);
        self.shared.publisher.publish(accounts.into(), envelope);
    }

    /// Something fleeting from one account to another: dropped when that one is away, has blocked the sender, or is busy.
    pub fn signal(&self, from: AccountId, to: AccountId, event: Event) {
        if let Some(entry) = self
            .shared
            .directory
            .mailbox(to)
            .filter(|entry| !entry.live.is_empty())
            && let Ok(permit) = entry.home.gate.enter()
        {
            entry.home.addr.do_send(Signal {
                from,
                event,
                permit,
            });
        }
    }

    /// Tells everybody who listens to a topic, but one session.
    pub fn broadcast(&self, signal: wire::Signal, except: Option<SessionId>) {
        self.shared.topics.tell(signal, except);
    }

    /// Who listens to what.
    pub fn topics(&self) -> &Topics {
        &self.shared.topics
    }

    /// Makes the account's mailbox read its lists again. Call it after the change is committed.
    pub fn refresh(&self, account: AccountId) {
        if let Some(entry) = self.shared.directory.mailbox(account) {
            entry.home.addr.do_send(Refresh);
        }
    }

    /// Ends every session of an account.
    pub fn evict(&self, account: AccountId) {
        if let Some(entry) = self.shared.directory.mailbox(account) {
            entry.live.close_all(Farewell::Refused);
        }
    }

    /// Ends those sessions of an account that come from a certain device.
    pub fn expel(&self, account: AccountId, leave: impl Fn(&Device) -> bool, farewell: Farewell) {
        if let Some(entry) = self.shared.directory.mailbox(account) {
            entry.live.each(|outbox| {
                if outbox.device().is_some_and(&leave) {
                    outbox.close(farewell);
                }
            });
        }
    }

    /// Whether and with what the account is online.
    pub fn presence(&self, account: AccountId) -> Seen {
        let entry = self.shared.directory.mailbox(account);
        entry.map(|entry| entry.live.seen()).unwrap_or_default()
    }

    /// Whether the account has a live session.
    pub fn is_online(&self, account: AccountId) -> bool {
        self.shared.directory.is_online(account)
    }

    /// The last message that an account which is or was lately online is known to have received.
    pub fn delivered(&self, account: AccountId) -> MessageId {
        self.shared
            .directory
            .mailbox(account)
            .map_or(MessageId(0), |entry| entry.live.delivered())
    }

    /// How many actors are open.
    pub fn census(&self) -> Census {
        self.shared.directory.census()
    }

    /// How often a message or event was offered to a recipient.
    pub fn deliveries(&self) -> u64 {
        self.shared.publisher.deliveries()
    }

    /// The limits the actors keep.
    pub fn limits(&self) -> Limits {
        self.shared.limits
    }

    /// Registers a session with its account's mailbox. Answers with the account's sessions.
    pub(crate) async fn attach(&self, outbox: Arc<Outbox>) -> Result<Arc<Live>> {
        self.check_running()?;
        let account = outbox.account().ok_or(ErrorKind::NotLoggedIn)?;
        let (entry, permit) = self.enter_mailbox(account).await?;
        ask(entry.home.addr.send(Attach { outbox, permit })).await
    }

    /// Takes a session out again. A later session of the account is not touched.
    pub(crate) fn detach(&self, account: AccountId, session: SessionId) {
        if let Some(entry) = self.shared.directory.mailbox(account) {
            entry.home.addr.do_send(Detach(session));
        }
    }

    /// Refuses new work, ends every session and waits until what was accepted is done, at most until `deadline`. Peers that take
    /// no bytes are cut off then.
    pub async fn drain(&self, deadline: Instant) {
        self.shared.stopping.store(true, Ordering::Release);
        self.stop.notify_waiters();
        let directory = &self.shared.directory;
        let drained = || self.census().sessions == 0 && directory.is_idle();
        loop {
            directory.close_all(Farewell::Shutdown);
            self.shared.topics.close_visitors(Farewell::Shutdown);
            if drained() {
                return;
            }
            if Instant::now() >= deadline {
                self.shared.topics.cut_visitors();
                return directory.cut_all();
            }
            actix::clock::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends the actors. Call it last.
    pub fn stop(&self) {
        if let Some(registry) = self.shared.registry.load().as_deref() {
            registry.do_send(Stop);
        }
    }

    /// Makes an account's mailbox panic, for tests.
    #[doc(hidden)]
    pub async fn crash_mailbox(&self, account: AccountId) -> Result<()> {
        let (entry, _permit) = self.enter_mailbox(account).await?;
        let _ = entry.home.addr.send(Crash).await;
        Ok(())
    }

    /// Makes a channel's actor panic, for tests.
    #[doc(hidden)]
    pub async fn crash_channel(&self, channel: ChannelId) -> Result<()> {
        let (addr, _permit) = self.enter_channel(channel).await?;
        let _ = addr.send(Crash).await;
        Ok(())
    }

    /// Makes the registry panic, for tests.
    #[doc(hidden)]
    pub async fn crash_registry(&self) {
        let _ = self.shared.registry().send(Crash).await;
    }

    /// Comes back once the hub is told to [drain](Hub::drain).
    pub(crate) fn stopping(&self) -> impl Future<Output = ()> + use<> {
        let (shared, stop) = (self.shared.clone(), self.stop.clone());
        async move {
            let told = stop.notified();
            // It is heard from here on.
            if !shared.is_stopping() {
                told.await;
            }
        }
    }

    fn check_running(&self) -> Result<()> {
        if self.shared.is_stopping() {
            Err(ErrorKind::Stopping.into())
        } else {
            Ok(())
        }
    }

    async fn enter_mailbox(&self, account: AccountId) -> Result<(MailboxEntry, Permit)> {
        loop {
            let known = self
                .shared
                .directory
                .mailbox(account)
                .filter(|entry| entry.home.addr.connected());
            let entry = match known {
                Some(entry) => entry,
                None => {
                    ask(self
                        .shared
                        .registry()
                        .send(OpenMailbox(account, self.shared.thread())))
                    .await?
                }
            };
            match entry.home.gate.enter() {
                Ok(permit) => return Ok((entry, permit)),
                Err(Refused::Full) => return Err(ErrorKind::Busy.into()),
                // Put away this moment: the registry has taken it out of the directory or is about to.
                Err(Refused::Closed) => tokio::task::yield_now().await,
            }
        }
    }

    async fn enter_channel(&self, id: ChannelId) -> Result<(Addr<Channel>, Permit)> {
        loop {
            let known = self
                .shared
                .directory
                .channel(id)
                .filter(|entry| entry.addr.connected());
            let Entry { addr, gate, .. } = match known {
                Some(entry) => entry,
                None => {
                    ask(self
                        .shared
                        .registry()
                        .send(OpenChannel(id, self.shared.thread())))
                    .await?
                }
            };
            match gate.enter() {
                Ok(permit) => return Ok((addr, permit)),
                Err(Refused::Full) => return Err(ErrorKind::Busy.into()),
                Err(Refused::Closed) => tokio::task::yield_now().await,
            }
        }
    }
}

/// An actor that fails while asked is asked no more: the client tries again.
async fn ask<T>(
    request: impl Future<Output = std::result::Result<T, actix::MailboxError>>,
) -> Result<T> {
    request.await.map_err(|_| Error::new(ErrorKind::Busy))
}
