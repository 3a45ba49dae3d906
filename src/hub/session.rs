//! One live connection of one account, apart from what carries its bytes: what it is told, what it has confirmed, and when it
//! is gone. Every transport drives one of these from its own actor.
//!
//! A new session first reads from the store what the account has not received, page by page as the peer takes it, while its
//! outbox collects what comes meanwhile; then it goes live. A message counts as received once the peer has answered a ping
//! sent after it. Where the protocol has its clients fetch what they missed, a session is live at once and counts nothing.
//!
//! What the peer says is handed over one after the other, as many as the protocol allows at a time, and answered as each is
//! committed.

use super::Hub;
use super::directory::{Counted, Live};
use super::envelope::{Envelope, Frame, SessionId};
use super::outbox::{Farewell, Outbox, Outgoing};
use super::transport::link::Cutter;
use super::wire::{Commands, Intent, Member, Outcome, Utterance, Wire};
use crate::domain::time::{self, Millis};
use crate::domain::{AccountId, ChannelId, Device, Event, Message, MessageId};
use crate::error::{ErrorKind, Result};
use crate::store::{AnyConnection, Share, mailboxes, messages, pending};
use futures_util::future::LocalBoxFuture;
use futures_util::stream::{Stream, StreamExt, poll_fn};
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// How many missed messages are read at a time.
const PAGE: i64 = 100;
/// How long after one question whether messages arrived the next may follow.
const PROBE_EVERY: Duration = Duration::from_secs(2);

/// What a transport has to write.
#[derive(Debug, Clone, PartialEq)]
pub enum Out {
    /// A message of the protocol.
    Frame(Frame),
    /// A question whether the peer is there and has what was written so far; the answer carries the same number.
    Probe(MessageId),
    /// Nothing to write: the session is to be put on the list of the account it was found to be of. Nothing follows.
    Attach,
    /// Nothing to write: the wire wants to know whether its account is a member of a channel.
    Ask {
        /// What it knows the question by.
        ticket: u64,
        /// The channel.
        channel: ChannelId,
    },
    /// The end: nothing follows.
    Close,
}

/// A page of what the account missed.
pub struct Page {
    /// The last message that had reached the account when its first page was read.
    since: Option<MessageId>,
    messages: Vec<Message>,
    /// Whether another page follows.
    more: bool,
    events: Vec<Event>,
}

impl Page {
    /// What comes after `written`; if that is unknown, after what has reached the account.
    fn read(conn: &mut AnyConnection, account: AccountId, written: MessageId) -> Result<Self> {
        let since = match written {
            MessageId(0) => Some(mailboxes::delivered(conn, account)?),
            _ => None,
        };
        let after = since.unwrap_or(written);
        let (messages, more) = messages::backlog(conn, account, after, PAGE)?;
        let events = if more {
            Vec::new()
        } else {
            pending::events(conn, account)?
        };
        Ok(Self {
            since,
            messages,
            more,
            events,
        })
    }
}

fn frames(frames: Vec<Frame>) -> Vec<Out> {
    frames.into_iter().map(Out::Frame).collect()
}

/// One live connection.
pub struct Session {
    hub: Hub,
    outbox: Arc<Outbox>,
    live: Option<Arc<Live>>,
    wire: Box<dyn Wire>,
    commands: Rc<dyn Commands>,
    /// What the peer says, on its way to [`Session::outcomes`]; `None` where the protocol says nothing.
    says: Option<mpsc::Sender<(Box<Utterance>, Share)>>,
    heard: Instant,
    /// What waited for an answer when the session went live; the outbox may hold the same once more.
    shown: Vec<Event>,
    written: MessageId,
    confirmed: MessageId,
    probed: Instant,
    probing: Option<MessageId>,
    /// [`Session::follow_up`] is due later.
    waiting: bool,
    /// The topics it listens to.
    topics: HashSet<Arc<str>>,
    /// What waits until the session is on its account's list.
    after: Vec<Intent>,
    _counted: Counted,
}

impl Session {
    /// A session of an account that has proved its login, or of a visitor who may yet do so.
    pub fn new(
        hub: Hub,
        account: Option<AccountId>,
        device: Option<Device>,
        wire: Box<dyn Wire>,
        commands: Box<dyn Commands>,
        cutter: Arc<Cutter>,
    ) -> Self {
        let directory = &hub.shared.directory;
        let id = SessionId(directory.next_generation());
        let limits = hub.shared.limits.outbox;
        let outbox = Arc::new(Outbox::new(id, account, device, limits, cutter));
        if account.is_none() {
            hub.shared.topics.visit(&outbox);
        }
        let counted = directory.count_session(wire.watches_presence());
        let now = Instant::now();
        Self {
            hub,
            outbox,
            live: None,
            wire,
            commands: commands.into(),
            says: None,
            heard: now,
            shown: Vec::new(),
            written: MessageId(0),
            confirmed: MessageId(0),
            // The first message is asked after at once.
            probed: now.checked_sub(PROBE_EVERY).unwrap_or(now),
            probing: None,
            waiting: false,
            topics: HashSet::new(),
            after: Vec::new(),
            _counted: counted,
        }
    }

    /// The session's queue.
    pub fn outbox(&self) -> &Arc<Outbox> {
        &self.outbox
    }

    /// What live events come as.
    pub fn outgoing(&self) -> Outgoing {
        Outgoing(self.outbox.clone())
    }

    /// What comes of what the peer says: begun in the order in which it was said, so that it stands in the log like that, and
    /// answered in that order, all that is committed at a time. `None` where the protocol says nothing.
    pub fn outcomes(&mut self) -> Option<impl Stream<Item = Vec<Outcome>> + use<>> {
        let most = self.wire.in_flight();
        if most == 0 {
            return None;
        }
        let (says, mut said) = mpsc::channel::<(Box<Utterance>, Share)>(most);
        self.says = Some(says);
        let (commands, origin) = (self.commands.clone(), self.outbox.session);
        let handed_over = poll_fn(move |cx| said.poll_recv(cx)).then(move |(utterance, share)| {
            // Its home takes another.
            drop(share);
            commands.say(*utterance, origin)
        });
        Some(handed_over.buffered(most).ready_chunks(most))
    }

    /// How often [`Session::beat`] is due.
    pub fn beat_every(&self) -> Duration {
        self.wire.beat_every()
    }

    /// What is said first, once the session is attached.
    pub fn hello(&mut self) -> Option<Out> {
        self.wire.hello(time::now()).map(Out::Frame)
    }

    /// What is said last, when the node ends the session.
    pub fn farewell(&mut self, farewell: Farewell) -> Option<Out> {
        self.wire.farewell(farewell).map(Out::Frame)
    }

    /// What the peer is told of what it said.
    pub fn tell(&mut self, outcomes: Vec<Outcome>) -> Vec<Out> {
        let told = outcomes.into_iter().filter_map(|o| self.outcome(o));
        told.collect()
    }

    fn outcome(&mut self, outcome: Outcome) -> Option<Out> {
        self.wire.outcome(outcome, time::now()).map(Out::Frame)
    }

    /// Whether it is known whose it is.
    pub fn is_identified(&self) -> bool {
        self.outbox.account().is_some()
    }

    /// Lets a visitor hear what is said on topics.
    pub fn welcome(&mut self) {
        self.outbox.go_live();
    }

    /// Registers with the account's mailbox.
    pub fn attach(&self) -> impl Future<Output = Result<Arc<Live>>> + use<> {
        let (hub, outbox) = (self.hub.clone(), self.outbox.clone());
        let welcome = self.commands.still_welcome();
        async move {
            let live = hub.attach(outbox).await?;
            welcome.await?;
            Ok(live)
        }
    }

    /// Takes in that a visitor was found to be somebody, and is registered.
    pub fn identified(&mut self, live: Arc<Live>) -> Vec<Out> {
        self.hub.shared.topics.settle(self.outbox.session);
        self.begin_after(live.delivered());
        self.live = Some(live);
        let mut intents = self.wire.identified();
        intents.append(&mut self.after);
        self.act(intents)
    }

    /// Finds out whether the account is a member of a channel.
    pub fn ask(&self, channel: ChannelId) -> LocalBoxFuture<'static, bool> {
        match self.outbox.account() {
            Some(account) => self.commands.belongs(account, channel),
            None => Box::pin(async { false }),
        }
    }

    /// Takes in whether it is.
    pub fn belongs(&mut self, ticket: u64, yes: bool) -> Vec<Out> {
        let intents = self.wire.belongs(ticket, yes);
        self.act(intents)
    }

    /// Learns what is to be known before these can be [rendered](Session::render); `None` when it is known.
    pub fn prepare(&self, envelopes: &[Arc<Envelope>]) -> Option<LocalBoxFuture<'static, ()>> {
        self.commands.prepare(envelopes)
    }

    /// The protocol's own code for the end of the connection.
    pub fn close_code(&self) -> Option<u16> {
        self.wire.close_code()
    }

    /// Takes in that it is registered. Whether there may be something to catch up with.
    pub fn attached(&mut self, live: Arc<Live>) -> bool {
        self.begin_after(live.delivered());
        self.live = Some(live);
        self.wire.replays() || {
            self.outbox.go_live();
            false
        }
    }

    fn begin_after(&mut self, message: MessageId) {
        self.written = message;
        self.confirmed = message;
    }

    /// Reads what comes after the last message written.
    pub fn next_page(&self) -> impl Future<Output = Result<Page>> + use<> {
        let (store, account) = (self.hub.shared.store.clone(), self.outbox.account());
        let written = self.written;
        async move {
            let account = account.ok_or(ErrorKind::NotLoggedIn)?;
            store
                .read(move |conn| Page::read(conn, account, written))
                .await
        }
    }

    /// Renders a page. The session is live afterwards, unless there is another page.
    pub fn take_page(&mut self, page: Page) -> (Vec<Out>, bool) {
        if let Some(since) = page.since {
            self.begin_after(since);
        }
        let mut out = Vec::with_capacity(page.messages.len() + page.events.len());
        for message in page.messages {
            self.written = message.id;
            let at = message.created_at;
            out.extend(
                self.wire
                    .render(&Envelope::new(Event::Posted(Arc::new(message)), at)),
            );
        }
        let live = !page.more && self.outbox.go_live();
        if live {
            let now = time::now();
            let waiting = page
                .events
                .iter()
                .cloned()
                .map(|event| Envelope::new(event, now));
            out.extend(waiting.filter_map(|envelope| self.wire.render(&envelope)));
            self.shown = page.events;
        }
        (frames(out), !live)
    }

    /// Renders what the outbox held, except what came from here. What the store has shown already is not shown again.
    pub fn render(&mut self, envelopes: Vec<Arc<Envelope>>) -> Vec<Out> {
        let shown = std::mem::take(&mut self.shown);
        let mut out = Vec::with_capacity(envelopes.len());
        for envelope in envelopes {
            if shown.contains(&envelope.event) {
                continue;
            }
            if let Event::Posted(message) = &envelope.event {
                if message.id <= self.written {
                    continue;
                }
                self.written = message.id;
            }
            if envelope.origin == Some(self.outbox.session) {
                continue;
            }
            let intents = self.wire.render_all(&envelope);
            out.extend(self.act(intents));
        }
        out
    }

    /// Takes one whole message from the peer.
    pub fn receive(&mut self, message: &Frame) -> Vec<Out> {
        self.heard();
        let intents = self.wire.receive(message, time::now());
        self.act(intents)
    }

    fn act(&mut self, intents: Vec<Intent>) -> Vec<Out> {
        let mut out = Vec::with_capacity(intents.len());
        let mut intents = intents.into_iter();
        while let Some(intent) = intents.next() {
            match intent {
                Intent::Reply(frame) => out.push(Out::Frame(frame)),
                Intent::Say(utterance) => out.extend(self.say(utterance)),
                Intent::Close(last) => {
                    out.extend(last.map(Out::Frame));
                    out.push(Out::Close);
                    break;
                }
                Intent::Identify { account, device } => {
                    self.after.extend(intents);
                    if self.outbox.identify(account, device) {
                        out.push(Out::Attach);
                    } else {
                        let after = std::mem::take(&mut self.after);
                        out.extend(self.act(after));
                    }
                    break;
                }
                Intent::Belongs { ticket, channel } => out.push(Out::Ask { ticket, channel }),
                Intent::Join { topic, member } => out.extend(self.join(topic, member)),
                Intent::Leave { topic } => {
                    if self.topics.remove(&topic) {
                        self.hub.shared.topics.leave(&topic, self.outbox.session);
                    }
                }
                Intent::Signal(signal) => {
                    if self.topics.contains(&signal.topic) {
                        self.hub.broadcast(signal, Some(self.outbox.session));
                    }
                }
                intent @ Intent::Typing { .. } => self.commands.heard(intent),
            }
        }
        out
    }

    fn join(&mut self, topic: Arc<str>, member: Option<Member>) -> Option<Out> {
        let roster = self.hub.shared.topics.join(&topic, &self.outbox, member);
        let told = self.wire.joined(&topic, &roster);
        self.topics.insert(topic);
        told.map(Out::Frame)
    }

    /// Queues what the peer says; too much at a time is refused, whether of this peer or of all.
    fn say(&mut self, utterance: Box<Utterance>) -> Option<Out> {
        let ticket = utterance.ticket;
        let refused = self.queue(utterance).err()?;
        self.outcome(Outcome {
            ticket,
            said: Err(refused),
        })
    }

    fn queue(&self, utterance: Box<Utterance>) -> Result<(), ErrorKind> {
        let share = self.hub.shared.store.room(utterance.draft.weight());
        let said = (utterance, share.map_err(|full| full.kind())?);
        let says = self.says.as_ref().ok_or(ErrorKind::TooFast)?;
        says.try_send(said).map_err(|_| ErrorKind::TooFast)
    }

    /// Notes a sign of life.
    pub fn heard(&mut self) {
        self.heard = Instant::now();
    }

    /// Takes the answer to a probe. Numbers that were not asked are a sign of life and no more.
    pub fn answered(&mut self, probe: MessageId) {
        self.heard();
        if self.probing == Some(probe) {
            self.probing = None;
            self.confirm(probe);
        }
    }

    /// Asks whether what was written has arrived, if it is time. When to do so [again](Session::follow_up_again), if something
    /// is left to ask. Where nothing is pushed a second time nobody needs to know.
    pub fn follow_up(&mut self) -> (Option<Out>, Option<Duration>) {
        if !self.wire.receives() || self.written <= self.confirmed || self.probing.is_some() {
            return (None, None);
        }
        match PROBE_EVERY.checked_sub(self.probed.elapsed()) {
            Some(wait) if !wait.is_zero() => {
                let again = !self.waiting;
                self.waiting = true;
                (None, again.then_some(wait))
            }
            _ => (Some(self.probe()), None),
        }
    }

    /// The same, after the time it gave.
    pub fn follow_up_again(&mut self) -> (Option<Out>, Option<Duration>) {
        self.waiting = false;
        self.follow_up()
    }

    /// What is due at a moment, given by both clocks, or `None` when the peer has said nothing for too long.
    pub fn beat(&mut self, now: Instant, at: Millis) -> Option<Vec<Out>> {
        let limits = &self.hub.shared.limits;
        let silent = now.saturating_duration_since(self.heard);
        if silent > self.wire.idle_after(limits.idle_after) {
            return None;
        }
        let mut out = frames(self.wire.beat(at));
        if now.saturating_duration_since(self.probed) >= limits.ping_every {
            out.push(self.probe());
        }
        Some(out)
    }

    fn probe(&mut self) -> Out {
        self.probed = Instant::now();
        self.probing = Some(self.written);
        Out::Probe(self.written)
    }

    /// Notes what has reached the account. Not every peer's having it [counts](Wire::receives).
    fn confirm(&mut self, message: MessageId) {
        let news = message > self.confirmed && self.wire.receives();
        let Some(live) = self.live.as_ref().filter(|_| news) else {
            return;
        };
        self.confirmed = message;
        live.advance(message);
        if let Some(account) = self.outbox.account() {
            // Another session of the account may be further.
            self.hub.shared.store.advance(account, live.delivered());
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.outbox.close(Farewell::Gone);
        let session = self.outbox.session;
        for topic in self.topics.drain() {
            self.hub.shared.topics.leave(&topic, session);
        }
        self.hub.shared.topics.settle(session);
        if let Some(account) = self.outbox.account() {
            self.hub.detach(account, session);
        }
    }
}
