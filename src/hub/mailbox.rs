//! An account's mailbox: its live sessions, and the home of what is said to it directly, since it alone knows whom the account
//! has blocked.

use super::Shared;
use super::directory::Live;
use super::envelope::{Envelope, SessionId};
use super::life::{Crash, Key, Stop};
use super::outbox::{Farewell, Outbox};
use super::post::Posting;
use crate::domain::conversation::Exchange;
use crate::domain::presence::{Displaced, displaces};
use crate::domain::{AccountId, DeviceKind, Event, time};
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
        if require_contact && !relation.is_some_and(|r| r.listed && r.lists_back) {
            return Err(ErrorKind::NotContact);
        }
        Ok(())
    }

    fn post(&self, posting: Posting) {
        let sender = posting.post.sender;
        if !posting.is_announced()
            && let Err(kind) = self.check(sender, posting.post.require_contact)
        {
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

    /// Ends the sessions that a new one takes the place of.
    fn displace(&self, new: &Outbox) {
        let Some(device) = new.device() else { return };
        self.live.each(|old| {
            let displaced = old.device().and_then(|old| displaces(device, old));
            match displaced {
                Some(Displaced::Told) => old.close(Farewell::Replaced),
                Some(Displaced::Silently) => old.close(Farewell::Gone),
                None => {}
            }
        });
    }

    /// Tells of a session that is on the list no more.
    fn left(&self, gone: &Outbox) {
        let kind = gone.kind().filter(|kind| !self.live.has(*kind));
        self.tell_presence(gone.session, false, kind, self.live.is_empty());
    }

    /// Those who have the account on their contact list, without asking the store where the lists are loaded.
    fn friends(&self) -> impl Future<Output = Result<Vec<AccountId>>> + use<> {
        let known = match &self.known {
            Known::Lists(lists) => {
                let friends = lists.iter().filter(|(_, relation)| relation.lists_back);
                Some(friends.map(|(account, _)| *account).collect())
            }
            Known::Nothing | Known::NoSuchAccount => None,
        };
        let (store, account) = (self.shared.store.clone(), self.account);
        async move {
            match known {
                Some(friends) => Ok(friends),
                None => {
                    store
                        .read(move |conn| relations::listed_by(conn, account))
                        .await
                }
            }
        }
    }

    /// Tells friends that a session came or went: with which `kind` of device, if it is the only one of that kind, and whether
    /// it is `alone`, the only one at all. The account's other sessions hear of browsers and desktops.
    fn tell_presence(
        &self,
        session: SessionId,
        online: bool,
        kind: Option<DeviceKind>,
        alone: bool,
    ) {
        let heard = self.shared.directory.has_watchers() && !self.shared.is_stopping();
        if (kind.is_none() && !alone) || !heard {
            return;
        }
        let (shared, account, live) = (self.shared.clone(), self.account, self.live.clone());
        let event = move |kind, alone| {
            let event = Event::Presence {
                account,
                online,
                kind,
                main: live.seen().kinds.first().copied(),
                alone,
            };
            Arc::new(Envelope::new(event, time::now()).with_origin(Some(session)))
        };
        if let Some(DeviceKind::Web | DeviceKind::Desktop) = kind {
            self.live.push(&event(kind, alone));
        }
        if !(shared.shows_presence)() {
            return;
        }
        let (live, friends) = (self.live.clone(), self.friends());
        actix::spawn(async move {
            let friends = match friends.await {
                Ok(friends) => friends,
                Err(error) => {
                    return log::warn!(
                        "the presence of account {account} could not be told: {error}"
                    );
                }
            };
            // What has changed again meanwhile is told on its own.
            let kind = kind.filter(|kind| live.has(*kind) == online);
            let alone = alone && live.is_empty() != online;
            if kind.is_some() || alone {
                shared.directory.push(&friends, &event(kind, alone));
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
        let (alone, session) = (self.live.is_empty(), outbox.session);
        let kind = outbox.kind().filter(|kind| !self.live.has(*kind));
        self.displace(&outbox);
        let most = self.shared.limits.sessions_per_account;
        if let Some(oldest) = self.live.add(outbox, most) {
            oldest.close(Farewell::Refused);
            self.left(&oldest);
        }
        self.tell_presence(session, true, kind, alone);
        drop(permit);
        MessageResult(self.live.clone())
    }
}

impl Handler<Detach> for Mailbox {
    type Result = ();

    fn handle(&mut self, Detach(session): Detach, _: &mut Context<Self>) {
        if let Some(gone) = self.live.remove(session) {
            self.left(&gone);
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
