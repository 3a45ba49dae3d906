//! Who is live where. The Registry writes it; everybody reads it, so that no message has to ask an actor for the way.

use super::channel::Channel;
use super::envelope::{Envelope, SessionId};
use super::gate::Gate;
use super::life::Stop;
use super::mailbox::Mailbox;
use super::outbox::{Farewell, Outbox};
use crate::domain::time::{self, Millis};
use crate::domain::{AccountId, ChannelId, DeviceKind, MessageId};
use actix::{Actor, Addr};
use dashmap::DashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// The way to one actor.
pub struct Entry<A: Actor> {
    /// Where it is.
    pub addr: Addr<A>,
    /// Which one it is: a later one under the same key has a higher number.
    pub generation: u64,
    /// Bounds what waits at it.
    pub gate: Arc<Gate>,
}

impl<A: Actor> Clone for Entry<A> {
    fn clone(&self) -> Self {
        Self {
            addr: self.addr.clone(),
            generation: self.generation,
            gate: self.gate.clone(),
        }
    }
}

/// The live sessions of one account. The account's mailbox alone changes the list.
#[derive(Default)]
pub struct Live {
    outboxes: RwLock<Vec<Arc<Outbox>>>,
    delivered: AtomicI64,
    /// When the last session went.
    left_at: AtomicI64,
}

impl Live {
    /// Queues an envelope for every session.
    pub fn push(&self, envelope: &Arc<Envelope>) {
        self.each(|outbox| outbox.push(envelope));
    }

    /// Visits every session.
    pub fn each(&self, mut visit: impl FnMut(&Arc<Outbox>)) {
        self.outboxes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .for_each(&mut visit);
    }

    /// Whether there is no session.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many sessions there are.
    pub fn len(&self) -> usize {
        self.outboxes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// Ends every session.
    pub fn close_all(&self, farewell: Farewell) {
        self.each(|outbox| outbox.close(farewell));
    }

    /// Adds a session; returns the oldest one when there are more than `most` now.
    pub(super) fn add(&self, outbox: Arc<Outbox>, most: usize) -> Option<Arc<Outbox>> {
        let mut outboxes = self
            .outboxes
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        outboxes.push(outbox);
        (outboxes.len() > most).then(|| outboxes.remove(0))
    }

    /// Forgets sessions that have ended.
    pub(super) fn prune(&self) {
        self.outboxes
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|outbox| outbox.farewell().is_none());
    }

    /// Forgets a session, if it is there; other sessions of the account stay.
    pub(super) fn remove(&self, session: SessionId) -> Option<Arc<Outbox>> {
        let mut outboxes = self
            .outboxes
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let at = outboxes.iter().position(|o| o.session == session)?;
        let gone = outboxes.remove(at);
        if outboxes.is_empty() {
            self.left_at.store(time::now(), Ordering::Relaxed);
        }
        Some(gone)
    }

    /// Whether a session comes from this kind of device.
    pub(super) fn has(&self, kind: DeviceKind) -> bool {
        let mut found = false;
        self.each(|outbox| found |= outbox.kind() == Some(kind));
        found
    }

    /// What is seen of the account.
    pub(super) fn seen(&self) -> Seen {
        let (mut online, mut kinds) = (false, Vec::new());
        self.each(|outbox| {
            online = true;
            kinds.extend(outbox.kind());
        });
        kinds.sort_unstable();
        kinds.dedup();
        Seen {
            online,
            kinds,
            left_at: self.left_at.load(Ordering::Relaxed),
        }
    }

    /// The last message known to have reached the account since it came online; zero when none.
    pub fn delivered(&self) -> MessageId {
        MessageId(self.delivered.load(Ordering::Acquire))
    }

    /// Notes that everything up to `message` reached the account.
    pub fn advance(&self, message: MessageId) {
        self.delivered.fetch_max(message.0, Ordering::AcqRel);
    }
}

/// Whether and with what an account is online.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// It has a live session.
    pub online: bool,
    /// The kinds of device its sessions come from, as far as known.
    pub kinds: Vec<DeviceKind>,
    /// When its last session went; 0 when nobody remembers.
    pub left_at: Millis,
}

/// The way to one mailbox, with its sessions.
#[derive(Clone)]
pub struct MailboxEntry {
    /// The actor.
    pub home: Entry<Mailbox>,
    /// The account's sessions; survives the actor.
    pub live: Arc<Live>,
}

/// Every live mailbox and channel.
#[derive(Default)]
pub struct Directory {
    pub(super) mailboxes: DashMap<AccountId, MailboxEntry>,
    pub(super) channels: DashMap<ChannelId, Entry<Channel>>,
    generations: AtomicU64,
    sessions: AtomicUsize,
    watchers: AtomicUsize,
}

impl Directory {
    /// A number no other actor or session has.
    pub fn next_generation(&self) -> u64 {
        self.generations.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The way to an account's mailbox, if it is open.
    pub fn mailbox(&self, account: AccountId) -> Option<MailboxEntry> {
        self.mailboxes.get(&account).map(|entry| entry.clone())
    }

    /// The way to a channel, if it is open.
    pub fn channel(&self, channel: ChannelId) -> Option<Entry<Channel>> {
        self.channels.get(&channel).map(|entry| entry.clone())
    }

    /// Queues an envelope for every session of the accounts; who has none is skipped.
    pub fn push(&self, accounts: &[AccountId], envelope: &Arc<Envelope>) {
        self.each_session(accounts, |outbox| outbox.push(envelope));
    }

    /// Visits every session of the accounts.
    pub fn each_session(&self, accounts: &[AccountId], mut visit: impl FnMut(&Arc<Outbox>)) {
        for account in accounts {
            if let Some(entry) = self.mailboxes.get(account) {
                entry.live.each(&mut visit);
            }
        }
    }

    /// Whether the account has a live session.
    pub fn is_online(&self, account: AccountId) -> bool {
        self.mailboxes
            .get(&account)
            .is_some_and(|entry| !entry.live.is_empty())
    }

    /// Ends every session there is.
    pub fn close_all(&self, farewell: Farewell) {
        self.mailboxes
            .iter()
            .for_each(|entry| entry.live.close_all(farewell));
    }

    /// Cuts every connection that carries a session.
    pub fn cut_all(&self) {
        self.mailboxes
            .iter()
            .for_each(|entry| entry.live.each(|outbox| outbox.cutter().cut()));
    }

    /// Ends every mailbox and channel, after what was asked of it before.
    pub(super) fn end_homes(&self) {
        self.mailboxes
            .iter()
            .for_each(|entry| entry.home.addr.do_send(Stop));
        self.channels
            .iter()
            .for_each(|entry| entry.addr.do_send(Stop));
    }

    /// How many sessions, mailboxes and channels are open.
    pub fn census(&self) -> Census {
        Census {
            sessions: self.sessions.load(Ordering::Relaxed),
            mailboxes: self.mailboxes.len(),
            channels: self.channels.len(),
        }
    }

    /// Whether no request is on its way through a mailbox or channel.
    pub fn is_idle(&self) -> bool {
        self.mailboxes.iter().all(|e| e.home.gate.is_idle())
            && self.channels.iter().all(|e| e.gate.is_idle())
    }

    /// Whether any session wants to know who comes online.
    pub fn has_watchers(&self) -> bool {
        self.watchers.load(Ordering::Relaxed) > 0
    }

    /// Counts a session for as long as the guard lives.
    pub fn count_session(self: &Arc<Self>, watches_presence: bool) -> Counted {
        self.sessions.fetch_add(1, Ordering::Relaxed);
        self.watchers
            .fetch_add(usize::from(watches_presence), Ordering::Relaxed);
        Counted {
            directory: self.clone(),
            watches_presence,
        }
    }
}

/// How many actors are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Census {
    /// Live sockets.
    pub sessions: usize,
    /// Open mailboxes.
    pub mailboxes: usize,
    /// Open channels.
    pub channels: usize,
}

/// Keeps a session counted.
pub struct Counted {
    directory: Arc<Directory>,
    watches_presence: bool,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.directory.sessions.fetch_sub(1, Ordering::Relaxed);
        self.directory
            .watchers
            .fetch_sub(usize::from(self.watches_presence), Ordering::Relaxed);
    }
}
