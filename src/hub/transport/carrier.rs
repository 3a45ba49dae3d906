//! What every transport does with a connection, whatever carries its bytes: from the lobby to the session, and to the end.

use super::lobby::Lobby;
use crate::domain::ChannelId;
use crate::domain::time;
use crate::error::{ErrorKind, Result};
use crate::hub::directory::Live;
use crate::hub::envelope::{Envelope, Frame};
use crate::hub::session::{Out, Session};
use crate::hub::wire::{Farewell, Greeting, Guest, Outcome};
use actix::prelude::*;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How far a connection has come.
pub(super) enum Stage {
    /// It has not yet said whose it is.
    Lobby(Lobby),
    /// It has.
    Open(Session),
}

impl Stage {
    pub(super) fn session(&mut self) -> Option<&mut Session> {
        match self {
            Self::Open(session) => Some(session),
            Self::Lobby(_) => None,
        }
    }
}

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The protocol asks for it.
    Asked,
    /// The node is stopping.
    Away,
    /// The peer is not welcome.
    Refused,
    /// The peer should come again.
    Again,
    /// The node has failed.
    Failed,
    /// There is nobody to be told.
    Silent,
}

impl From<Farewell> for End {
    fn from(farewell: Farewell) -> Self {
        match farewell {
            Farewell::Shutdown => Self::Away,
            Farewell::Refused | Farewell::Replaced | Farewell::LoggedInAnew => Self::Refused,
            Farewell::TooSlow | Farewell::Gone | Farewell::Idle => Self::Silent,
        }
    }
}

/// The actor of one connection. It hands what its streams bring to [`Carrier::deliver`] and [`Carrier::tell`].
pub(super) trait Carrier:
    Actor<Context: AsyncContext<Self>> + StreamHandler<Vec<Arc<Envelope>>> + StreamHandler<Vec<Outcome>>
{
    /// How far the connection has come.
    fn stage(&mut self) -> &mut Stage;

    /// Writes a frame or a probe, as far as the transport has such a thing.
    fn write(&mut self, out: Out, ctx: &mut Self::Context);

    /// The peer is no stranger any more.
    fn trust(&mut self) {}

    /// Ends the connection, after what was written. Nothing is written afterwards.
    fn close(&mut self, end: End, ctx: &mut Self::Context);

    /// What is done first.
    fn begin(&mut self, ctx: &mut Self::Context) {
        let Stage::Lobby(lobby) = self.stage() else {
            return self.enter(None, ctx);
        };
        let closes = lobby.closes();
        ctx.spawn(closes.into_actor(self).map(|(), actor, ctx| {
            if matches!(actor.stage(), Stage::Lobby(_)) {
                actor.close(End::Silent, ctx);
            }
        }));
    }

    /// Takes a message, or over a byte stream what has come.
    fn receive(&mut self, message: &Frame, ctx: &mut Self::Context) {
        match self.stage() {
            Stage::Open(session) => {
                let out = session.receive(message);
                self.write_all(out, ctx);
            }
            Stage::Lobby(lobby) => match lobby.greet(message) {
                Greeting::More => {}
                Greeting::Refused(last) => self.turn_away(last, ctx),
                // Nothing more is read meanwhile.
                Greeting::Proving(proof) => {
                    ctx.wait(proof.into_actor(self).map(|guest, actor, ctx| match guest {
                        Ok(guest) => actor.admit(guest, ctx),
                        Err(last) => actor.turn_away(last, ctx),
                    }));
                }
            },
        }
    }

    /// Tells a stranger off.
    fn turn_away(&mut self, last: Option<Frame>, ctx: &mut Self::Context) {
        self.write_all(last.map(Out::Frame), ctx);
        self.close(End::Refused, ctx);
    }

    /// Lets a stranger who has proved their login in.
    fn admit(&mut self, guest: Guest, ctx: &mut Self::Context) {
        if let Stage::Lobby(lobby) = self.stage() {
            let (session, rest) = lobby.admit(guest);
            *self.stage() = Stage::Open(session);
            self.trust();
            self.enter(rest, ctx);
        }
    }

    /// Puts the session on its account's list. Until it is, nothing is read or written; so what the peer asks for after the
    /// first frame finds everything that happened before.
    fn enter(&mut self, rest: Option<Frame>, ctx: &mut Self::Context) {
        let Some(session) = self.stage().session() else {
            return;
        };
        ctx.add_stream(session.outgoing());
        if let Some(outcomes) = session.outcomes() {
            ctx.add_stream(outcomes);
        }
        ctx.run_interval(session.beat_every(), Self::beat);
        if !session.is_identified() {
            session.welcome();
            let hello = session.hello();
            return self.write_all(hello, ctx);
        }
        let attached = session.attach();
        ctx.wait(
            attached
                .into_actor(self)
                .map(|live, actor, ctx| actor.attached(live, rest, ctx)),
        );
    }

    /// Takes in whether the session is on the list.
    fn attached(&mut self, live: Result<Arc<Live>>, rest: Option<Frame>, ctx: &mut Self::Context) {
        let Some(live) = self.listed(live, ctx) else {
            return;
        };
        let Some(session) = self.stage().session() else {
            return;
        };
        let missed = session.attached(live);
        let hello = session.hello();
        self.write_all(hello, ctx);
        if let Some(rest) = rest {
            self.receive(&rest, ctx);
        }
        if missed {
            self.catch_up(ctx);
        }
    }

    /// Parts with a session that could not be put on the list, or was ended meanwhile.
    fn listed(&mut self, live: Result<Arc<Live>>, ctx: &mut Self::Context) -> Option<Arc<Live>> {
        let ended = self.stage().session()?.outbox().farewell();
        if let Some(farewell) = ended {
            self.part(farewell, ctx);
            return None;
        }
        match live {
            Ok(live) => return Some(live),
            Err(error) if error.kind() == ErrorKind::NotLoggedIn => {
                self.part(Farewell::Refused, ctx);
            }
            Err(error) => {
                log::debug!("a session could not be attached: {error}");
                self.close(End::Again, ctx);
            }
        }
        None
    }

    /// Puts a visitor who turned out to be somebody on the list of their account. Nothing is read or written meanwhile.
    fn settle(&mut self, ctx: &mut Self::Context) {
        let Some(session) = self.stage().session() else {
            return;
        };
        let attached = session.attach();
        ctx.wait(attached.into_actor(self).map(|live, actor, ctx| {
            let Some(live) = actor.listed(live, ctx) else {
                return;
            };
            if let Some(session) = actor.stage().session() {
                let out = session.identified(live);
                actor.write_all(out, ctx);
            }
        }));
    }

    /// Finds out for the wire whether its account is a member of a channel. Nothing is read or written meanwhile, so that a peer
    /// has one look into the store at a time.
    fn inquire(&mut self, ticket: u64, channel: ChannelId, ctx: &mut Self::Context) {
        let Some(session) = self.stage().session() else {
            return;
        };
        let answer = session.ask(channel);
        ctx.wait(answer.into_actor(self).map(move |yes, actor, ctx| {
            if let Some(session) = actor.stage().session() {
                let out = session.belongs(ticket, yes);
                actor.write_all(out, ctx);
            }
        }));
    }

    /// Reads a page of what was missed, and the next one once the peer has taken it.
    fn catch_up(&mut self, ctx: &mut Self::Context) {
        let Some(session) = self.stage().session() else {
            return;
        };
        let page = session.next_page();
        ctx.spawn(page.into_actor(self).map(|page, actor, ctx| {
            let Some(session) = actor.stage().session() else {
                return;
            };
            match page {
                Ok(page) => {
                    let (out, more) = session.take_page(page);
                    actor.write_all(out, ctx);
                    actor.follow_up(ctx);
                    if more {
                        actor.catch_up(ctx);
                    }
                }
                Err(error) => {
                    log::error!("a session could not be told what it missed: {error}");
                    actor.close(End::Failed, ctx);
                }
            }
        }));
    }

    /// Writes what the outbox held, once what is needed for that is known.
    fn deliver(&mut self, envelopes: Vec<Arc<Envelope>>, ctx: &mut Self::Context) {
        let session = self.stage().session();
        match session.and_then(|session| session.prepare(&envelopes)) {
            None => self.show(envelopes, ctx),
            Some(prepared) => {
                let prepared = prepared.into_actor(self);
                ctx.wait(prepared.map(|(), actor, ctx| actor.show(envelopes, ctx)));
            }
        }
    }

    /// Writes what the outbox held.
    fn show(&mut self, envelopes: Vec<Arc<Envelope>>, ctx: &mut Self::Context) {
        if let Some(session) = self.stage().session() {
            let out = session.render(envelopes);
            self.write_all(out, ctx);
            self.follow_up(ctx);
        }
    }

    /// Tells what came of what the peer said.
    fn tell(&mut self, outcomes: Vec<Outcome>, ctx: &mut Self::Context) {
        if let Some(session) = self.stage().session() {
            let out = session.tell(outcomes);
            self.write_all(out, ctx);
        }
    }

    /// Asks whether messages arrived, now or a little later.
    fn follow_up(&mut self, ctx: &mut Self::Context) {
        if let Some(session) = self.stage().session() {
            let due = session.follow_up();
            self.ask(due, ctx);
        }
    }

    /// Asks what [`Session::follow_up`] gave.
    fn ask(&mut self, due: (Option<Out>, Option<Duration>), ctx: &mut Self::Context) {
        let (probe, wait) = due;
        self.write_all(probe, ctx);
        if let Some(wait) = wait {
            ctx.run_later(wait, |actor, ctx| {
                if let Some(session) = actor.stage().session() {
                    let due = session.follow_up_again();
                    actor.ask(due, ctx);
                }
            });
        }
    }

    /// Does what is due by the clock.
    fn beat(&mut self, ctx: &mut Self::Context) {
        let Some(session) = self.stage().session() else {
            return;
        };
        match session.beat(Instant::now(), time::now()) {
            Some(out) => self.write_all(out, ctx),
            None => self.part(Farewell::Idle, ctx),
        }
    }

    /// The node has ended the session.
    fn dismissed(&mut self, ctx: &mut Self::Context) {
        let session = self.stage().session();
        let farewell = session.and_then(|session| session.outbox().farewell());
        self.part(farewell.unwrap_or(Farewell::Gone), ctx);
    }

    /// Says the protocol's last word and ends the connection.
    fn part(&mut self, farewell: Farewell, ctx: &mut Self::Context) {
        let last = self.stage().session().and_then(|s| s.farewell(farewell));
        self.write_all(last, ctx);
        self.close(farewell.into(), ctx);
    }

    /// Writes one after the other.
    fn write_all(&mut self, out: impl IntoIterator<Item = Out>, ctx: &mut Self::Context) {
        for out in out {
            match out {
                Out::Attach => return self.settle(ctx),
                Out::Ask { ticket, channel } => self.inquire(ticket, channel, ctx),
                Out::Close => return self.close(End::Asked, ctx),
                out => self.write(out, ctx),
            }
        }
    }
}
