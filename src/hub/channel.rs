//! A channel: the home of what is said in it and the one place where its members change. A change is decided by the roster,
//! stored, applied, and told, in that order, and nothing else happens in between; so everybody sees one order of messages and
//! members.

use super::Shared;
use super::envelope::Envelope;
use super::gate::Permit;
use super::life::{Crash, Key, Stop};
use super::post::{Audience, Posting};
use crate::domain::channel::{Change, Command, OwnerAfterTransfer, Roster};
use crate::domain::time::{self, Millis};
use crate::domain::{AccountId, ChannelId, Event, Lasting};
use crate::error::{Error, ErrorKind, Result};
use crate::store::channels::{self, Dissolved};
use crate::store::{AnyConnection, events};
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
    Dissolved,
    Open(Roster),
}

/// What the store holds of a channel, if there ever was one.
type Loaded = Option<Result<Roster, Dissolved>>;

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

    fn load(&self) -> impl Future<Output = Result<Loaded>> + use<> {
        let (store, id) = (self.shared.store.clone(), self.id);
        async move { store.read(move |conn| channels::roster(conn, id)).await }
    }

    /// Takes in what was loaded; whether that worked.
    fn loaded(&mut self, loaded: Result<Loaded>) -> Result<(), ErrorKind> {
        self.seats = match loaded {
            Ok(Some(Ok(roster))) => Seats::Open(roster),
            Ok(Some(Err(Dissolved))) => Seats::Dissolved,
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
    fn ready(&self) -> impl Future<Output = Option<Result<Loaded>>> + use<> {
        let load = matches!(self.seats, Seats::Unloaded).then(|| self.load());
        async move {
            match load {
                Some(load) => Some(load.await),
                None => None,
            }
        }
    }

    /// The roster, with what was loaded taken in.
    fn opened(&mut self, loaded: Option<Result<Loaded>>) -> Result<&Roster, ErrorKind> {
        if let Some(loaded) = loaded {
            self.loaded(loaded)?;
        }
        if matches!(self.seats, Seats::Gone) {
            self.forget();
        }
        self.roster()
    }

    fn roster(&self) -> Result<&Roster, ErrorKind> {
        match &self.seats {
            Seats::Open(roster) => Ok(roster),
            Seats::Dissolved => Err(ErrorKind::ChannelDissolved),
            Seats::Unloaded | Seats::Gone => Err(ErrorKind::ChannelUnknown),
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
            match self.check(&posting) {
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

    fn check(&self, posting: &Posting) -> Result<(), ErrorKind> {
        match &posting.post.audience {
            Audience::Members => self.roster()?.may_post(posting.post.sender, time::now()),
            Audience::Announced(None) => self.roster().map(drop),
            // Also those who were members a moment ago.
            Audience::Announced(Some(_)) => Ok(()),
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

    fn apply(&mut self, change: &Change, notices: Vec<Notice>) {
        let before = self.audience();
        if let Seats::Open(roster) = &mut self.seats {
            roster.apply(change);
        }
        self.audience = None;
        if matches!(change, Change::Dissolved { .. }) {
            self.seats = Seats::Dissolved;
        }
        let after = self.audience();
        for Notice { to, event, stored } in notices {
            let audiences = match to {
                To::Each(accounts) => accounts.into_iter().map(|one| Arc::from([one])).collect(),
                To::Before => vec![before.clone()],
                To::After => vec![after.clone()],
            };
            for (audience, stored) in audiences.into_iter().zip(stored) {
                let envelope = Envelope::new(event.clone(), time::now()).stored_as(stored);
                self.shared.publisher.publish(audience, envelope);
            }
        }
    }
}

/// Who is told of a change.
enum To {
    /// These, for each of whom it is kept apart, members or not.
    Each(Vec<AccountId>),
    /// The members before it.
    Before,
    /// The members after it.
    After,
}

/// What is told of a change.
struct Notice {
    to: To,
    event: Event,
    /// The number under which it is kept for who is away: one for each, or one for all members.
    stored: Vec<Option<i64>>,
}

impl Notice {
    /// Keeps what lasts.
    fn keep(&mut self, conn: &mut AnyConnection, channel: ChannelId, now: Millis) -> Result<()> {
        let audiences = match &self.to {
            To::Each(accounts) => accounts.iter().map(|account| account.0).collect(),
            To::Before | To::After => vec![channel.0],
        };
        self.stored = events::keep_all(conn, &audiences, &self.event, now)?;
        Ok(())
    }
}

/// Who is told what of a change, in order.
fn notices(channel: ChannelId, change: &Change, members: &[AccountId]) -> Vec<Notice> {
    let told = told(channel, change, members).into_iter();
    told.map(|(to, event)| Notice {
        to,
        event,
        stored: vec![],
    })
    .collect()
}

/// `members` are those before the change.
fn told(channel: ChannelId, change: &Change, members: &[AccountId]) -> Vec<(To, Event)> {
    let changed = |member| {
        let event = Lasting::MembersChanged { channel, member };
        (To::After, event.into())
    };
    match change.clone() {
        Change::Nothing | Change::LimitSet { .. } => vec![],
        Change::Invited { by, accounts } => {
            let members = accounts;
            vec![(
                To::After,
                Lasting::Invited {
                    channel,
                    by,
                    members,
                    founding: false,
                }
                .into(),
            )]
        }
        Change::Answered {
            account,
            accepted,
            reason,
            ..
        } => {
            let answer = Event::JoinAnswered {
                channel,
                to: account,
                accepted,
                reason,
            };
            let mut told = vec![(To::Each(vec![account]), answer)];
            if accepted {
                told.push(changed(Some(account)));
            }
            told
        }
        Change::Left { member } => vec![
            parted(channel, member),
            (To::After, Event::Left { channel, member }),
        ],
        Change::Kicked { by, members } => {
            let one = |member| {
                let event = Lasting::Kicked {
                    channel,
                    by,
                    member,
                };
                (To::Each(vec![member]), event.into())
            };
            let mut told: Vec<_> = members.iter().copied().map(one).collect();
            let rest = Lasting::Removed {
                channel,
                by,
                members,
            };
            told.push((To::After, rest.into()));
            told
        }
        Change::RolesSet { by, members, role } => {
            let one = |member| {
                let event = Event::RoleChanged {
                    channel,
                    by,
                    member,
                    role,
                };
                (To::After, event)
            };
            members.into_iter().map(one).collect()
        }
        Change::Muted { by, member, until } => vec![(
            To::After,
            Event::Muted {
                channel,
                by,
                member,
                until,
            },
        )],
        Change::Barred { members, .. } => match members[..] {
            [member] => vec![changed(Some(member))],
            _ => vec![changed(None)],
        },
        Change::Renamed { member, .. } => vec![changed(Some(member))],
        Change::Transferred { from, to, after } => {
            let by = from;
            let mut told = vec![(To::Before, Event::Transferred { channel, by, to })];
            if after == OwnerAfterTransfer::Leaves {
                told.push(parted(channel, from));
            }
            told
        }
        Change::Updated { by, patch } => {
            vec![(To::After, Event::ChannelUpdated { channel, by, patch })]
        }
        // When they come back there are no members of whom they could be one.
        Change::Dissolved { by } => {
            let event = Lasting::Dissolved { channel, by };
            vec![(To::Each(members.to_vec()), event.into())]
        }
    }
}

/// Whoever leaves has other devices.
fn parted(channel: ChannelId, member: AccountId) -> (To, Event) {
    (To::Each(vec![member]), Event::Parted { channel, member })
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
            let decision = decision.map(|change| {
                let notices = notices(id, &change, &actor.audience());
                (change, notices)
            });
            async move {
                let (change, mut notices) = decision?;
                let keep = move |conn: &mut AnyConnection| {
                    let now = time::now();
                    channels::persist(conn, id, &change, now)?;
                    for notice in &mut notices {
                        notice.keep(conn, id, now)?;
                    }
                    Ok((change, notices))
                };
                store.write(keep).await
            }
            .into_actor(actor)
        });
        AtomicResponse::new(Box::pin(stored.map(move |outcome, actor, _| {
            let outcome = match outcome {
                Ok((change, notices)) => {
                    actor.apply(&change, notices);
                    Ok(change)
                }
                Err(error) => {
                    // It may have been stored all the same: the tables know.
                    if error.is_fault() {
                        actor.forget();
                    }
                    Err(error)
                }
            };
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
    /// The number under which it is kept for who is away.
    pub(super) stored: Option<i64>,
    pub(super) permit: Permit,
}

impl Handler<Tell> for Channel {
    type Result = AtomicResponse<Self, Result<()>>;

    fn handle(&mut self, tell: Tell, _: &mut Context<Self>) -> Self::Result {
        let Tell {
            event,
            stored,
            permit,
        } = tell;
        let ready = self.ready().into_actor(self).map(move |loaded, actor, _| {
            actor.opened(loaded)?;
            let audience = actor.audience();
            let envelope = Envelope::new(event, time::now()).stored_as(stored);
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
