//! What a dialect says over a socket: a state machine without I/O. Bytes in, intents out; events in, frames out.

use super::envelope::{Envelope, Frame};
use crate::domain::AccountId;
use crate::domain::time::Millis;
use crate::error::Result;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

/// A request decoded from a socket.
#[derive(Debug, Clone, PartialEq)]
pub enum Intent {
    /// Answer with this frame.
    Reply(Frame),
    /// Tell an account that the caller types, or has stopped.
    Typing {
        /// To whom.
        to: AccountId,
        /// They stopped.
        finished: bool,
    },
}

/// A dialect's socket protocol for one connection.
pub trait Wire {
    /// The frame sent as soon as the connection is open.
    fn hello(&mut self, now: Millis) -> Option<Frame>;
    /// How often [`Wire::beat`] is asked.
    fn beat_every(&self) -> Duration;
    /// The protocol's own heartbeat.
    fn beat(&mut self, now: Millis) -> Option<Frame>;
    /// One whole message from the peer. Malformed ones give what the protocol says about them, at least nothing.
    fn receive(&mut self, message: &Frame, now: Millis) -> Vec<Intent>;
    /// The frame that tells the peer of an event, if the protocol tells of it.
    fn render(&mut self, envelope: &Envelope) -> Option<Frame>;
    /// Whether messages the account has not received are pushed on connecting.
    fn replays(&self) -> bool;
    /// Whether the peer is told who comes online.
    fn watches_presence(&self) -> bool;
}

/// Who acts on what a peer asks for. Must not block.
pub trait Commands {
    /// Acts on an intent other than [`Intent::Reply`].
    fn heard(&self, intent: Intent);
    /// Whether the login still holds. Asked once the session is on its account's list: whoever was locked out before that
    /// could not be ended through the list.
    fn still_welcome(&self) -> LocalBoxFuture<'static, Result<()>>;
}
