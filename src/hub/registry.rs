//! The registry: spawns mailboxes and channels, forgets and restarts them, and puts idle ones away. It alone writes the
//! Directory and never does I/O.

use super::Shared;
use super::channel::Channel;
use super::directory::{Entry, Live, MailboxEntry};
use super::gate::Gate;
use super::life::{Crash, Key, Stop, Terminated};
use super::mailbox::Mailbox;
use super::outbox::Farewell;
use crate::domain::{AccountId, ChannelId, time};
use actix::ArbiterHandle;
use actix::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often idle actors are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(10);
/// A mailbox that ends by a fault more often than this within [`BUDGET_WINDOW`] is not restarted; its sessions are ended.
const BUDGET: u32 = 10;
const BUDGET_WINDOW: Duration = Duration::from_secs(60);

/// The way to an account's mailbox, opened if need be on the given thread.
#[derive(Message)]
#[rtype(result = "MailboxEntry")]
pub struct OpenMailbox(pub(super) AccountId, pub(super) ArbiterHandle);

/// The way to a channel, opened if need be on the given thread.
#[derive(Message)]
#[rtype(result = "Entry<Channel>")]
pub struct OpenChannel(pub(super) ChannelId, pub(super) ArbiterHandle);

/// The actor.
pub struct Registry {
    shared: Shared,
    /// Faults of mailboxes that had sessions, within the window.
    faults: HashMap<AccountId, u32>,
    window: Instant,
}

impl Registry {
    pub(super) fn new(shared: Shared) -> Self {
        Self {
            shared,
            faults: HashMap::new(),
            window: Instant::now(),
        }
    }

    fn spawn_mailbox(
        &self,
        account: AccountId,
        live: Arc<Live>,
        thread: &ArbiterHandle,
    ) -> MailboxEntry {
        let generation = self.shared.directory.next_generation();
        let (shared, sessions) = (self.shared.clone(), live.clone());
        let addr = Mailbox::start_in_arbiter(thread, move |_| {
            Mailbox::new(account, generation, sessions, shared)
        });
        let home = Entry {
            addr,
            generation,
            gate: Gate::new(self.shared.limits.home_queue),
        };
        let entry = MailboxEntry { home, live };
        self.shared
            .directory
            .mailboxes
            .insert(account, entry.clone());
        // A session that ended while the account had no mailbox could tell nobody.
        entry.live.prune();
        entry
    }

    fn spawn_channel(&self, id: ChannelId, thread: &ArbiterHandle) -> Entry<Channel> {
        let generation = self.shared.directory.next_generation();
        let shared = self.shared.clone();
        let addr = Channel::start_in_arbiter(thread, move |_| Channel::new(id, generation, shared));
        let entry = Entry {
            addr,
            generation,
            gate: Gate::new(self.shared.limits.home_queue),
        };
        self.shared.directory.channels.insert(id, entry.clone());
        entry
    }

    /// An account that has sessions needs a mailbox: it is restarted at once, unless it keeps failing. Its entry is replaced and
    /// never missing, so that no message finds the account away.
    fn mailbox_ended(&mut self, account: AccountId, generation: u64) {
        let directory = &self.shared.directory;
        let ended = directory
            .mailbox(account)
            .filter(|entry| entry.home.generation == generation);
        let Some(entry) = ended else { return };
        if entry.live.is_empty() {
            directory
                .mailboxes
                .remove_if(&account, |_, entry| entry.home.generation == generation);
            return;
        }
        // The threads end, and with them the last sessions.
        if self.shared.is_stopping() {
            return;
        }
        if self.window.elapsed() > BUDGET_WINDOW {
            self.faults.clear();
            self.window = Instant::now();
        }
        let faults = self.faults.entry(account).or_insert(0);
        *faults += 1;
        if *faults > BUDGET {
            log::error!(
                "the mailbox of account {account} fails again and again; its sessions are ended"
            );
            entry.live.close_all(Farewell::Refused);
        }
        log::warn!("the mailbox of account {account} failed and is restarted");
        self.spawn_mailbox(account, entry.live, &self.shared.thread());
    }

    /// Takes actors nobody used for a while out of the directory and lets them end.
    fn sweep(&mut self) {
        let directory = &self.shared.directory;
        let before = time::now() - self.shared.limits.passivate_after.as_millis() as i64;
        directory.mailboxes.retain(|_, entry| {
            let gate = &entry.home.gate;
            if !entry.live.is_empty() || gate.used_at() > before || !gate.close_if_idle() {
                return true;
            }
            if !entry.live.is_empty() {
                // A session came between the look and the closing.
                gate.reopen();
                return true;
            }
            entry.home.addr.do_send(Stop);
            false
        });
        directory.channels.retain(|_, entry| {
            let keep = entry.gate.used_at() > before || !entry.gate.close_if_idle();
            if !keep {
                entry.addr.do_send(Stop);
            }
            keep
        });
    }
}

impl Actor for Registry {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.run_interval(SWEEP_EVERY, |registry, _| registry.sweep());
    }
}

impl Handler<OpenMailbox> for Registry {
    type Result = MessageResult<OpenMailbox>;

    fn handle(&mut self, open: OpenMailbox, _: &mut Context<Self>) -> Self::Result {
        let OpenMailbox(account, thread) = open;
        let known = self.shared.directory.mailbox(account);
        MessageResult(match known {
            Some(entry) if entry.home.addr.connected() => entry,
            Some(entry) => self.spawn_mailbox(account, entry.live, &thread),
            None => self.spawn_mailbox(account, Arc::default(), &thread),
        })
    }
}

impl Handler<OpenChannel> for Registry {
    type Result = MessageResult<OpenChannel>;

    fn handle(&mut self, open: OpenChannel, _: &mut Context<Self>) -> Self::Result {
        let OpenChannel(id, thread) = open;
        let known = self
            .shared
            .directory
            .channel(id)
            .filter(|entry| entry.addr.connected());
        MessageResult(known.unwrap_or_else(|| self.spawn_channel(id, &thread)))
    }
}

impl Handler<Terminated> for Registry {
    type Result = ();

    fn handle(&mut self, Terminated { key, generation }: Terminated, _: &mut Context<Self>) {
        match key {
            Key::Mailbox(account) => self.mailbox_ended(account, generation),
            Key::Channel(id) => {
                self.shared
                    .directory
                    .channels
                    .remove_if(&id, |_, entry| entry.generation == generation);
            }
        }
    }
}

impl Handler<Stop> for Registry {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Context<Self>) {
        self.shared.directory.end_homes();
        ctx.stop();
    }
}

impl Handler<Crash> for Registry {
    type Result = ();

    fn handle(&mut self, _: Crash, _: &mut Context<Self>) {
        panic!("injected");
    }
}
