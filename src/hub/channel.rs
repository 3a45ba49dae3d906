//! A channel: the home of what is said in it and the one place where its members change. A change is decided by the roster,
//! stored, applied, and told, in that order, and nothing else happens in between; so everybody sees one order of messages and
//! members.

use super::Shared;
use super::envelope::Envelope;
use super::gate::Permit;
use super::life::{Crash, Key, Stop};
use super::post::Posting;
use crate::domain::channel::{Change, Command, Roster};
use crate::domain::{AccountId, ChannelId, Event, time};
use crate::error::{Error, ErrorKind, Result};
use crate::store::channels;
use actix::prelude::*;
use std::sync::Arc;

/// Somebody wants to change the channel.
#[derive(Message)]
#[rtype(result = "Result<Change>")]
pub struct Govern {
    pub(super) command: Command,
    pub(super) permit: Permit,
}

/// The members as far as loaded.
enum Seats {
    Unloaded,
    Gone,
    Open(Roster),
}

/// The actor.
pub struct Channel {
    id: ChannelId,
    generation: u64,
    shared: Shared,
    seats: Seats,
    /// Everybody in the roster, shared with the messages under way; `None` when it must be made anew.
    audience: Option<Arc<[AccountId]>>,
    parked: Vec<Posting>,
}

impl Channel {
    pub(super) fn new(id: ChannelId, generation: u64, shared: Shared) -> Self {
        Self {
            id,
            generation,
            shared,
            seats: Seats::Unloaded,
            audience: None,
            parked: Vec::new(),
        }
    }

    fn load(&self) -> impl Future<Output = Result<Option<Roster>>> + use<> {
        let (store, id) = (self.shared.store.clone(), self.id);
        async move { store.read(move |conn| channels::roster(conn, id)).await }
    }

    /// Takes in what was loaded; whether that worked.
    fn loaded(&mut self, loaded: Result<Option<Roster>>) -> Result<(), ErrorKind> {
        self.seats = match loaded {
            Ok(Some(roster)) => Seats::Open(roster),
            Ok(None) => Seats::Gone,
            Err(error) => {
                log::error!(
                    "the members of channel {} could not be read: {error}",
                    self.id
                );
                return Err(ErrorKind::Internal);
            }
        };
        Ok(())
    }

    /// What is still to be loaded.
    fn ready(&self) -> impl Future<Output = Option<Result<Option<Roster>>>> + use<> {
        let load = matches!(self.seats, Seats::Unloaded).then(|| self.load());
        async move {
            match load {
                Some(load) => Some(load.await),
                None => None,
            }
        }
    }

    /// The roster, with what was loaded taken in.
    fn opened(&mut self, loaded: Option<Result<Option<Roster>>>) -> Result<&Roster, ErrorKind> {
        if let Some(loaded) = loaded {
            self.loaded(loaded)?;
        }
        if matches!(self.seats, Seats::Gone) {
            self.forget();
        }
        match &self.seats {
            Seats::Open(roster) => Ok(roster),
            _ => Err(ErrorKind::ChannelUnknown),
        }
    }

    fn work(&mut self, ctx: &mut Context<Self>) {
        if !matches!(self.seats, Seats::Unloaded) {
            return self.drain();
        }
        ctx.wait(self.load().into_actor(self).map(|loaded, actor, _| {
            match actor.loaded(loaded) {
                Ok(()) => actor.drain(),
                Err(kind) => actor
                    .parked
                    .drain(..)
                    .for_each(|posting| posting.refuse(Error::new(kind))),
            }
        }));
    }

    /// Forgets what was loaded. An unknown channel may be made later, so that is never remembered either.
    fn forget(&mut self) {
        self.seats = Seats::Unloaded;
        self.audience = None;
    }

    fn drain(&mut self) {
        for posting in std::mem::take(&mut self.parked) {
            match self.check(posting.post.sender) {
                Ok(()) => {
                    let audience = self.audience();
                    posting.forward(&self.shared.store, &self.shared.publisher, audience);
                }
                Err(kind) => posting.refuse(kind.into()),
            }
        }
        if matches!(self.seats, Seats::Gone) {
            self.forget();
        }
    }

    fn check(&self, sender: AccountId) -> Result<(), ErrorKind> {
        match &self.seats {
            Seats::Open(roster) => roster.may_post(sender, time::now()),
            _ => Err(ErrorKind::ChannelUnknown),
        }
    }

    fn audience(&mut self) -> Arc<[AccountId]> {
        let seats = &self.seats;
        self.audience
            .get_or_insert_with(|| match seats {
                Seats::Open(roster) => roster.members().collect(),
                _ => Arc::new([]),
            })
            .clone()
    }

    fn apply(&mut self, change: &Change) {
        let before = self.audience();
        if let Seats::Open(roster) = &mut self.seats {
            roster.apply(change);
        }
        self.audience = None;
        if matches!(change, Change::Dissolved { .. }) {
            self.seats = Seats::Gone;
        }
        let after = self.audience();
        for (audience, event) in told(self.id, change, &before, &after) {
            self.shared
                .publisher
                .publish(audience, Envelope::new(event, time::now()));
        }
    }
}

/// Who is told what of a change. `before` and `after` are the members then.
fn told(
    channel: ChannelId,
    change: &Change,
    before: &Arc<[AccountId]>,
    after: &Arc<[AccountId]>,
) -> Vec<(Arc<[AccountId]>, Event)> {
    let one = |account: AccountId| -> Arc<[AccountId]> { Arc::new([account]) };
    match change.clone() {
        Change::Nothing | Change::LimitSet { .. } => vec![],
        Change::Invited { by, accounts } => vec![(
            after.clone(),
            Event::Invited {
                channel,
                by,
                members: accounts,
            },
        )],
        Change::Answered {
            account,
            accepted,
            reason,
            ..
        } => {
            vec![(
                one(account),
                Event::JoinAnswered {
                    channel,
                    to: account,
                    accepted,
                    reason,
                },
            )]
        }
        Change::Left { member } => vec![(after.clone(), Event::Left { channel, member })],
        Change::Kicked { by, member } => vec![(
            one(member),
            Event::Kicked {
                channel,
                by,
                member,
            },
        )],
        Change::RoleSet { by, member, role } => {
            vec![(
                after.clone(),
                Event::RoleChanged {
                    channel,
                    by,
                    member,
                    role,
                },
            )]
        }
        Change::Muted { by, member, until } => vec![(
            after.clone(),
            Event::Muted {
                channel,
                by,
                member,
                until,
            },
        )],
        Change::Transferred { from, to, .. } => vec![(
            before.clone(),
            Event::Transferred {
                channel,
                by: from,
                to,
            },
        )],
        Change::Updated { by, patch } => {
            vec![(after.clone(), Event::ChannelUpdated { channel, by, patch })]
        }
        Change::Dissolved { by } => vec![(before.clone(), Event::Dissolved { channel, by })],
    }
}

impl Actor for Channel {
    type Context = Context<Self>;

    fn stopped(&mut self, _: &mut Context<Self>) {
        self.shared.ended(Key::Channel(self.id), self.generation);
    }
}

impl Handler<Posting> for Channel {
    type Result = ();

    fn handle(&mut self, posting: Posting, ctx: &mut Context<Self>) {
        self.parked.push(posting);
        self.work(ctx);
    }
}

impl Handler<Govern> for Channel {
    type Result = AtomicResponse<Self, Result<Change>>;

    fn handle(
        &mut self,
        Govern { command, permit }: Govern,
        _: &mut Context<Self>,
    ) -> Self::Result {
        let decided = self
            .ready()
            .into_actor(self)
            .map(move |loaded, actor, _| Ok::<_, Error>(actor.opened(loaded)?.decide(command)?));
        let stored = decided.then(|decision, actor, _| {
            let (store, id) = (actor.shared.store.clone(), actor.id);
            async move {
                let change = decision?;
                let stored = change.clone();
                store
                    .write(move |conn| channels::persist(conn, id, &stored, time::now()))
                    .await?;
                Ok::<_, Error>(change)
            }
            .into_actor(actor)
        });
        AtomicResponse::new(Box::pin(stored.map(move |outcome, actor, _| {
            match &outcome {
                Ok(change) => actor.apply(change),
                // It may have been stored all the same: the tables know.
                Err(error) if error.is_fault() => actor.forget(),
                Err(_) => {}
            }
            drop(permit);
            outcome
        })))
    }
}

/// Something happened that all members are told.
#[derive(Message)]
#[rtype(result = "Result<()>")]
pub struct Tell {
    pub(super) event: Event,
    pub(super) permit: Permit,
}

impl Handler<Tell> for Channel {
    type Result = AtomicResponse<Self, Result<()>>;

    fn handle(&mut self, Tell { event, permit }: Tell, _: &mut Context<Self>) -> Self::Result {
        let ready = self.ready().into_actor(self).map(move |loaded, actor, _| {
            actor.opened(loaded)?;
            let audience = actor.audience();
            let envelope = Envelope::new(event, time::now());
            actor.shared.publisher.publish(audience, envelope);
            drop(permit);
            Ok(())
        });
        AtomicResponse::new(Box::pin(ready))
    }
}

impl Handler<Stop> for Channel {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Context<Self>) {
        ctx.stop();
    }
}

impl Handler<Crash> for Channel {
    type Result = ();

    fn handle(&mut self, _: Crash, _: &mut Context<Self>) {
        panic!("injected");
    }
}
