//! What a dialect says over a socket: a state machine without I/O. Bytes in, intents out; events in, frames out.
//!
//! A connection whose login the transport has proved begins with its [`Wire`]. One that proves it in the protocol itself begins
//! with a [`Greeter`], which gives a [`Guest`] to go on with.

use super::envelope::{Envelope, Frame, SessionId};
use crate::domain::conversation::Target;
use crate::domain::message::{Draft, Mentions};
use crate::domain::presence::Device;
use crate::domain::time::Millis;
pub use crate::domain::topic::{Member, Roster, Signal};
use crate::domain::{AccountId, ChannelId, MessageId};
use crate::error::{ErrorKind, Result};
use futures_util::future::LocalBoxFuture;
use std::sync::Arc;
use std::time::Duration;

/// A request decoded from a socket.
#[derive(Debug, Clone, PartialEq)]
pub enum Intent {
    /// Answer with this frame.
    Reply(Frame),
    /// Tell others that the caller types, or has stopped.
    Typing {
        /// To whom.
        to: Target,
        /// They stopped.
        finished: bool,
    },
    /// Say something. Answered by [`Wire::outcome`], whatever comes of it.
    Say(Box<Utterance>),
    /// The peer is this account, and stays so: the session is put on its list. Answered by [`Wire::identified`]; intents after
    /// it wait for that.
    Identify {
        /// Who.
        account: AccountId,
        /// With which device, where that was not known from the first.
        device: Option<Device>,
    },
    /// Find out whether the account is a member of a channel. Answered by [`Wire::belongs`].
    Belongs {
        /// What the wire knows the question by.
        ticket: u64,
        /// The channel.
        channel: ChannelId,
    },
    /// Listen to a topic. Answered by [`Wire::joined`], also by who listens already.
    Join {
        /// The topic.
        topic: Arc<str>,
        /// As whom, where others are to know.
        member: Option<Member>,
    },
    /// Listen no more.
    Leave {
        /// The topic.
        topic: Arc<str>,
    },
    /// Say something to the others on a topic the session listens to.
    Signal(Signal),
    /// End the connection, after this frame if there is one.
    Close(Option<Frame>),
}

/// Something a peer says over its socket.
#[derive(Debug, Clone, PartialEq)]
pub struct Utterance {
    /// Where.
    pub to: Target,
    /// What.
    pub draft: Draft,
    /// The client's own id of the message.
    pub client_id: Option<String>,
    /// Whether it is stored; otherwise it reaches only who is there.
    pub kept: bool,
    /// Who is to be reminded of it.
    pub mentions: Mentions,
    /// What the wire knows it by.
    pub ticket: u64,
}

/// What came of an [`Utterance`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The utterance's own.
    pub ticket: u64,
    /// The message's id and its place in the conversation, or why it was not said.
    pub said: Result<(MessageId, i64), ErrorKind>,
}

/// Why the node ends a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Farewell {
    /// The node is stopping.
    Shutdown,
    /// The account was locked, its proof of login is void, or it has too many connections.
    Refused,
    /// Another device of the account has taken its place, or sent it away.
    Replaced,
    /// The peer has said nothing for too long.
    Idle,
    /// The account has logged in anew with a kind of device of which it has one.
    LoggedInAnew,
    /// The peer does not keep up.
    TooSlow,
    /// The peer has gone.
    Gone,
}

/// A dialect's socket protocol for one connection.
pub trait Wire {
    /// The frame sent once the session is on its account's list: what happens from then on is heard.
    fn hello(&mut self, now: Millis) -> Option<Frame>;
    /// How often [`Wire::beat`] is asked.
    fn beat_every(&self) -> Duration;
    /// What is due by the clock, such as the protocol's own heartbeat.
    fn beat(&mut self, now: Millis) -> Vec<Frame>;
    /// One whole message from the peer, or over a byte stream whatever has come. Malformed ones give what the protocol says
    /// about them, at least nothing.
    fn receive(&mut self, message: &Frame, now: Millis) -> Vec<Intent>;
    /// The frame that tells the peer of an event, if the protocol tells of it.
    fn render(&mut self, envelope: &Envelope) -> Option<Frame>;
    /// The same, where one event gives several frames, or has consequences.
    fn render_all(&mut self, envelope: &Envelope) -> Vec<Intent> {
        self.render(envelope)
            .map(Intent::Reply)
            .into_iter()
            .collect()
    }
    /// What follows from being known, see [`Intent::Identify`].
    fn identified(&mut self) -> Vec<Intent> {
        Vec::new()
    }
    /// What follows from the answer to [`Intent::Belongs`].
    fn belongs(&mut self, _ticket: u64, _yes: bool) -> Vec<Intent> {
        Vec::new()
    }
    /// The frame that tells the peer that it listens to a topic, and who else is there.
    fn joined(&mut self, _topic: &Arc<str>, _roster: &Roster) -> Option<Frame> {
        None
    }
    /// The code with which a WebSocket is closed, where the protocol has its own. Asked when the node ends the connection.
    fn close_code(&self) -> Option<u16> {
        None
    }
    /// Whether messages the account has not received are pushed on connecting.
    fn replays(&self) -> bool;
    /// Whether the account has received what has reached this peer. Where clients fetch what they missed, it says nothing about
    /// the account's others, which are told.
    fn receives(&self) -> bool {
        self.replays()
    }
    /// Whether the peer is told who comes online.
    fn watches_presence(&self) -> bool;
    /// The frame that tells the peer what came of what it said.
    fn outcome(&mut self, _outcome: Outcome, _now: Millis) -> Option<Frame> {
        None
    }
    /// The last frame before the node ends the session; also before [`Wire::hello`].
    fn farewell(&mut self, _farewell: Farewell) -> Option<Frame> {
        None
    }
    /// How long the peer may say nothing, given what is configured.
    fn idle_after(&self, configured: Duration) -> Duration {
        configured
    }
    /// How many utterances may wait to be handed over, and as many to be committed. None: the protocol says nothing.
    fn in_flight(&self) -> usize {
        0
    }
}

/// An utterance on its way to the log.
pub type Acked = LocalBoxFuture<'static, Outcome>;

/// Who acts on what a peer asks for. Must not block.
pub trait Commands {
    /// Acts on an intent that asks for no answer: [`Intent::Typing`].
    fn heard(&self, intent: Intent);
    /// Whether the login still holds. Asked once the session is on its account's list: whoever was locked out before that
    /// could not be ended through the list.
    fn still_welcome(&self) -> LocalBoxFuture<'static, Result<()>>;
    /// Learns what a wire has to know for rendering; `None` when it is known.
    fn prepare(&self, _envelopes: &[Arc<Envelope>]) -> Option<LocalBoxFuture<'static, ()>> {
        None
    }
    /// Whether the account is a member of a channel. Asked only for wires that [ask](Intent::Belongs).
    fn belongs(&self, _account: AccountId, _channel: ChannelId) -> LocalBoxFuture<'static, bool> {
        Box::pin(async { false })
    }
    /// Says something. Ready once it is handed over: what is said after that comes after it in the log. Gives what is ready
    /// once it is committed. Asked only for wires that have something [in flight](Wire::in_flight).
    #[allow(clippy::async_yields_async)]
    fn say(&self, said: Utterance, _origin: SessionId) -> LocalBoxFuture<'static, Acked> {
        let outcome = Outcome {
            ticket: said.ticket,
            said: Err(ErrorKind::Internal),
        };
        Box::pin(async { Box::pin(async { outcome }) as Acked })
    }
}

/// Asks a peer who it is.
pub trait Greeter {
    /// How long the peer may take to prove its login.
    fn patience(&self) -> Duration;
    /// Takes a message of the peer, or over a byte stream whatever has come.
    fn greet(&mut self, message: &Frame, now: Millis) -> Greeting;
}

/// What came of a message to a [`Greeter`].
pub enum Greeting {
    /// More must come.
    More,
    /// The connection ends, after this frame if there is one.
    Refused(Option<Frame>),
    /// The peer's word is being checked; refused as above if it does not hold. Nothing more is read meanwhile.
    Proving(LocalBoxFuture<'static, Result<Guest, Option<Frame>>>),
}

/// A peer that has proved its login.
pub struct Guest {
    /// Who.
    pub account: AccountId,
    /// With which device.
    pub device: Device,
    /// The protocol from here on.
    pub wire: Box<dyn Wire>,
    /// Who acts on what the peer asks for.
    pub commands: Box<dyn Commands>,
    /// What came after the proof; taken in after [`Wire::hello`].
    pub rest: Option<Frame>,
}
