//! An account's mailbox: its live sessions, and the home of what is said to it directly, since it alone knows whom the account
//! has blocked.

use super::Shared;
use super::directory::Live;
use super::envelope::{Envelope, SessionId};
use super::life::{Crash, Key, Stop};
use super::outbox::{Farewell, Outbox};
use super::post::Posting;
use crate::domain::conversation::Exchange;
use crate::domain::{AccountId, Event, time};
use crate::error::{Error, ErrorKind, Result};
use crate::hub::gate::Permit;
use crate::store::relations::{self, Relation};
use actix::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// A new session of the account. Answers with the account's sessions.
#[derive(Message)]
#[rtype(result = "Arc<Live>")]
pub struct Attach {
    pub(super) outbox: Arc<Outbox>,
    pub(super) permit: Permit,
}

/// A session is gone.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Detach(pub SessionId);

/// Something fleeting said by `from`: pushed to who is there, unless the account has blocked them.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Signal {
    pub(super) from: AccountId,
    pub(super) event: Event,
    pub(super) permit: Permit,
}

/// The account's own lists changed in the store.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Refresh;

/// Who may write to the account, as far as loaded.
enum Known {
    Nothing,
    NoSuchAccount,
    Lists(HashMap<AccountId, Relation>),
}

/// Waits until the lists are loaded.
enum Parked {
    Posting(Posting),
    Signal(Signal),
}

/// The actor.
pub struct Mailbox {
    account: AccountId,
    generation: u64,
    live: Arc<Live>,
    shared: Shared,
    known: Known,
    parked: Vec<Parked>,
}

impl Mailbox {
    pub(super) fn new(
        account: AccountId,
        generation: u64,
        live: Arc<Live>,
        shared: Shared,
    ) -> Self {
        Self {
            account,
            generation,
            live,
            shared,
            known: Known::Nothing,
            parked: Vec::new(),
        }
    }

    /// Handles what is parked, loading the lists first if need be. Nothing else is handled meanwhile, so order is kept.
    fn work(&mut self, ctx: &mut Context<Self>) {
        if matches!(self.known, Known::Nothing) {
            let account = self.account;
            let store = self.shared.store.clone();
            let load = async move { store.read(move |conn| relations::of(conn, account)).await };
            ctx.wait(
                load.into_actor(self)
                    .map(|loaded, actor, _| actor.loaded(loaded)),
            );
            return;
        }
        self.drain();
    }

    fn drain(&mut self) {
        for parked in std::mem::take(&mut self.parked) {
            match parked {
                Parked::Posting(posting) => self.post(posting),
                Parked::Signal(signal) => self.signal(signal),
            }
        }
    }

    fn loaded(&mut self, loaded: Result<Option<HashMap<AccountId, Relation>>>) {
        match loaded {
            Ok(Some(lists)) => self.known = Known::Lists(lists),
            Ok(None) => self.known = Known::NoSuchAccount,
            Err(error) => {
                log::error!(
                    "the lists of account {} could not be read: {error}",
                    self.account
                );
                self.parked.drain(..).for_each(|parked| {
                    if let Parked::Posting(posting) = parked {
                        posting.refuse(Error::new(ErrorKind::Internal));
                    }
                });
                return;
            }
        }
        self.drain();
        if matches!(self.known, Known::NoSuchAccount) {
            // The account may be made later.
            self.known = Known::Nothing;
        }
    }

    fn check(&self, from: AccountId, require_contact: bool) -> Result<(), ErrorKind> {
        let Known::Lists(lists) = &self.known else {
            return Err(ErrorKind::AccountUnknown);
        };
        let relation = lists.get(&from);
        if relation.is_some_and(|r| r.blocked) {
            return Err(ErrorKind::BlockedByPeer);
        }
        if require_contact && !relation.is_some_and(|r| r.listed) {
            return Err(ErrorKind::NotContact);
        }
        Ok(())
    }

    fn post(&self, posting: Posting) {
        let sender = posting.post.sender;
        if let Err(kind) = self.check(sender, posting.post.require_contact) {
            return posting.refuse(kind.into());
        }
        let Exchange::Direct(low, high) = posting.post.to else {
            return posting.refuse(ErrorKind::ChannelUnknown.into());
        };
        posting.forward(
            &self.shared.store,
            &self.shared.publisher,
            Arc::new([low, high]),
        );
    }

    fn signal(&self, signal: Signal) {
        if self.check(signal.from, false).is_ok() {
            self.live
                .push(&Arc::new(Envelope::new(signal.event, time::now())));
        }
        drop(signal.permit);
    }

    fn tell_presence(&self, online: bool) {
        if !self.shared.directory.has_watchers() {
            return;
        }
        let (shared, account) = (self.shared.clone(), self.account);
        let live = self.live.clone();
        actix::spawn(async move {
            match shared
                .store
                .read(move |conn| relations::listed_by(conn, account))
                .await
            {
                // It has changed again, and that is told on its own.
                Ok(_) if live.is_empty() == online => {}
                Ok(friends) => {
                    let event = Event::Presence { account, online };
                    shared
                        .directory
                        .push(&friends, &Arc::new(Envelope::new(event, time::now())));
                }
                Err(error) => {
                    log::warn!("the presence of account {account} could not be told: {error}")
                }
            }
        });
    }
}

impl Actor for Mailbox {
    type Context = Context<Self>;

    fn stopped(&mut self, _: &mut Context<Self>) {
        self.shared
            .ended(Key::Mailbox(self.account), self.generation);
    }
}

impl Handler<Attach> for Mailbox {
    type Result = MessageResult<Attach>;

    fn handle(&mut self, attach: Attach, _: &mut Context<Self>) -> Self::Result {
        let Attach { outbox, permit } = attach;
        let was_offline = self.live.is_empty();
        let most = self.shared.limits.sessions_per_account;
        if let Some(oldest) = self.live.add(outbox, most) {
            oldest.close(Farewell::Refused);
        }
        if was_offline {
            self.tell_presence(true);
        }
        drop(permit);
        MessageResult(self.live.clone())
    }
}

impl Handler<Detach> for Mailbox {
    type Result = ();

    fn handle(&mut self, Detach(session): Detach, _: &mut Context<Self>) {
        let was_online = !self.live.is_empty();
        self.live.remove(session);
        if was_online && self.live.is_empty() {
            self.tell_presence(false);
        }
    }
}

impl Handler<Posting> for Mailbox {
    type Result = ();

    fn handle(&mut self, posting: Posting, ctx: &mut Context<Self>) {
        self.parked.push(Parked::Posting(posting));
        self.work(ctx);
    }
}

impl Handler<Signal> for Mailbox {
    type Result = ();

    fn handle(&mut self, signal: Signal, ctx: &mut Context<Self>) {
        self.parked.push(Parked::Signal(signal));
        self.work(ctx);
    }
}

impl Handler<Refresh> for Mailbox {
    type Result = ();

    fn handle(&mut self, _: Refresh, _: &mut Context<Self>) {
        self.known = Known::Nothing;
    }
}

impl Handler<Stop> for Mailbox {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Context<Self>) {
        ctx.stop();
    }
}

impl Handler<Crash> for Mailbox {
    type Result = ();

    fn handle(&mut self, _: Crash, _: &mut Context<Self>) {
        panic!("injected");
    }
}
