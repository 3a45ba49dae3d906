//! Messages about the life of actors.

use crate::domain::{AccountId, ChannelId};

/// Which actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// An account's mailbox.
    Mailbox(AccountId),
    /// A channel.
    Channel(ChannelId),
}

/// An actor has ended, in order or by a panic.
#[derive(actix::Message)]
#[rtype(result = "()")]
pub struct Terminated {
    pub(super) key: Key,
    pub(super) generation: u64,
}

/// End, after what was asked before.
#[derive(actix::Message)]
#[rtype(result = "()")]
pub struct Stop;

/// Panic in the handler, so that tests can show what a fault costs. No client can cause it.
#[derive(actix::Message)]
#[rtype(result = "()")]
pub struct Crash;
