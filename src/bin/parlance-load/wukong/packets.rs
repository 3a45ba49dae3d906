//! What is said and heard, in either form of the protocol.

use parlance::dialect::wukong::proto::Connack;

use crate::dialect::Recipient;

/// A message to send.
pub struct Said<'a> {
    /// The number that its answer carries, from 1.
    pub seq: u32,
    /// The client's own id of it.
    pub no: &'a [u8],
    /// Where it goes.
    pub to: Recipient<'a>,
    /// The payload in clear.
    pub payload: &'a [u8],
}

impl Said<'_> {
    /// The id and type of the place it goes to.
    pub fn place(&self) -> (&str, u8) {
        match self.to {
            Recipient::Account(uid) => (uid, 1),
            Recipient::Channel(group_no) => (group_no, 2),
        }
    }
}

/// What the node says.
#[derive(Debug, PartialEq)]
pub enum Heard<'a> {
    /// The answer to the login. In the JSON-RPC form without key and salt.
    Welcome(Connack),
    /// The answer to a message.
    Answer {
        /// The number of the message.
        seq: u32,
        /// The reason code.
        reason: u8,
    },
    /// A message.
    Message(Told<'a>),
    /// Something that asks for the same bytes back.
    Probe(&'a [u8]),
    /// The end, and why.
    End(String),
}

/// As much as is needed of a message that is heard.
#[derive(Debug, PartialEq)]
pub struct Told<'a> {
    /// How it is delivered.
    pub flags: u8,
    /// The sending client's id of it.
    pub no: &'a [u8],
    /// Its id.
    pub id: i64,
    /// Its place in the channel.
    pub seq: u32,
}
