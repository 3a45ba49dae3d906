//! The one object this API pushes: a message, or a control word in the shape of a message. Sending and history show it too.

use super::time::Time;
use crate::domain::ids::{AccountId, ChannelId};
use crate::domain::time::Millis;
use bytes::Bytes;
use bytestring::ByteString;
use prost::Message as _;
use prost_types::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The `ope` of direct messages.
pub const FRIEND: &str = "friend";
/// The `ope` of channel messages.
pub const GROUP: &str = "group";
/// The `ope` of notices.
pub const SYSTEM: &str = "system";

/// The `status` of a message that stands, and of typing that goes on.
pub const NORMAL: &str = "normal";
/// The `status` of a message that was taken back.
pub const REVOCATION: &str = "revocation";
/// The `status` of typing that ended.
pub const FINISH: &str = "finish";

/// The words that are no message types, because frames use them otherwise.
pub const CONTROL_WORDS: [&str; 6] = [
    "read",
    "input",
    "ping",
    "addFriend",
    "addFreind",
    "joinGroup",
];

/// A message or control word. Its members stand in the order in which clients see them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Frame<'a> {
    /// The message's id, 0 for control words.
    pub id: i64,
    /// When it was committed, or now.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Who sent it.
    pub from_id: i64,
    /// The account or channel it was sent to.
    pub to_id: i64,
    /// [`FRIEND`], [`GROUP`] or [`SYSTEM`].
    pub ope: Cow<'a, str>,
    /// The message's type or the control word.
    #[serde(rename = "type")]
    pub kind: Cow<'a, str>,
    /// What it says.
    pub body: Cow<'a, str>,
    /// Encrypted by the clients.
    pub is_private: bool,
    /// [`NORMAL`], [`REVOCATION`] or [`FINISH`].
    pub status: Cow<'a, str>,
    /// On read frames only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<bool>,
    /// Whether the recipient has read it.
    pub is_read: bool,
    /// In history only: whether the asking account sent it.
    #[serde(rename = "self", skip_serializing_if = "Option::is_none")]
    pub own: Option<bool>,
}

impl Frame<'static> {
    /// The heartbeat.
    pub fn ping(now: Millis) -> Self {
        Self {
            status: "".into(),
            ..Self::control("", "ping", now)
        }
    }

    /// Somebody is typing, or has stopped.
    pub fn typing(from: AccountId, to: AccountId, finished: bool, now: Millis) -> Self {
        let status = if finished { FINISH } else { NORMAL };
        Self {
            from_id: from.0,
            to_id: to.0,
            status: status.into(),
            ..Self::control(FRIEND, "input", now)
        }
    }

    /// `reader` has read everything that `peer` wrote to them.
    pub fn read(reader: AccountId, peer: AccountId, now: Millis) -> Self {
        let frame = Self::control(FRIEND, "read", now);
        Self {
            from_id: reader.0,
            to_id: peer.0,
            read: Some(true),
            is_read: true,
            ..frame
        }
    }

    /// Somebody asks to become contacts. The misspelling is the API's.
    pub fn contact_request(from: AccountId, to: AccountId, now: Millis) -> Self {
        Self {
            from_id: from.0,
            to_id: to.0,
            ..Self::control(SYSTEM, "addFreind", now)
        }
    }

    /// Somebody asks to join a channel.
    pub fn join_request(from: AccountId, channel: ChannelId, now: Millis) -> Self {
        Self {
            from_id: from.0,
            to_id: channel.0,
            ..Self::control(SYSTEM, "joinGroup", now)
        }
    }

    /// A notice for connections that asked for extensions. What `from` and `to` are depends on the kind.
    pub fn event(kind: &'static str, from: i64, to: i64, body: String, now: Millis) -> Self {
        Self {
            from_id: from,
            to_id: to,
            body: body.into(),
            ..Self::control(SYSTEM, kind, now)
        }
    }

    /// A client's own frame on its way back.
    pub fn echoed(self, to: AccountId, now: Millis) -> Self {
        Self {
            from_id: to.0,
            created_at: Time(now),
            updated_at: Time(now),
            ..self
        }
    }

    fn control(ope: &'static str, kind: &'static str, now: Millis) -> Self {
        Self {
            id: 0,
            created_at: Time(now),
            updated_at: Time(now),
            from_id: 0,
            to_id: 0,
            ope: ope.into(),
            kind: kind.into(),
            body: "".into(),
            is_private: false,
            status: NORMAL.into(),
            read: None,
            is_read: false,
            own: None,
        }
    }
}

impl Frame<'_> {
    /// As JSON text.
    pub fn json(&self) -> ByteString {
        // Strings, numbers and flags only: there is nothing that could fail.
        serde_json::to_string(self).unwrap_or_default().into()
    }

    /// As a Protobuf message.
    pub fn protobuf(&self) -> Bytes {
        let Time(millis) = self.created_at;
        let packet = Packet {
            id: self.id,
            from_id: self.from_id,
            to_id: self.to_id,
            ope: self.ope.to_string(),
            kind: self.kind.to_string(),
            body: self.body.to_string(),
            is_private: self.is_private,
            status: self.status.to_string(),
            is_read: self.is_read,
            created_at: Some(Timestamp {
                seconds: millis.div_euclid(1000),
                nanos: millis.rem_euclid(1000) as i32 * 1_000_000,
            }),
        };
        packet.encode_to_vec().into()
    }
}

/// A frame from a client that the node acts upon.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientFrame {
    /// The client's user is typing, or has stopped.
    Typing {
        /// To whom.
        to: AccountId,
        /// They stopped.
        finished: bool,
    },
    /// The client's heartbeat, to be [echoed](Frame::echoed).
    Ping(Frame<'static>),
}

impl ClientFrame {
    /// Reads JSON. None for a malformed frame and for one the node does not act upon: both are ignored.
    pub fn from_json(bytes: &[u8]) -> Option<Self> {
        let members: Map<String, Value> = serde_json::from_slice(bytes).ok()?;
        Self::understood(Packet::from_members(&members))
    }

    /// Reads Protobuf. None as with [`ClientFrame::from_json`].
    pub fn from_protobuf(bytes: &[u8]) -> Option<Self> {
        Self::understood(Packet::decode(bytes).ok()?)
    }

    fn understood(packet: Packet) -> Option<Self> {
        match (
            packet.kind.as_str(),
            packet.ope.as_str(),
            packet.status.as_str(),
        ) {
            ("ping", ..) => Some(Self::Ping(packet.into())),
            ("input", FRIEND, status @ (NORMAL | FINISH)) if AccountId::holds(packet.to_id) => {
                Some(Self::Typing {
                    to: AccountId(packet.to_id),
                    finished: status == FINISH,
                })
            }
            _ => None,
        }
    }
}

/// A frame in Protobuf; the numbers are the API's. Frames from clients are read into it from JSON, too.
#[derive(Clone, PartialEq, prost::Message)]
struct Packet {
    #[prost(int64, tag = "1")]
    id: i64,
    #[prost(int64, tag = "2")]
    from_id: i64,
    #[prost(int64, tag = "3")]
    to_id: i64,
    #[prost(string, tag = "4")]
    ope: String,
    #[prost(string, tag = "5")]
    kind: String,
    #[prost(string, tag = "6")]
    body: String,
    #[prost(bool, tag = "7")]
    is_private: bool,
    #[prost(string, tag = "8")]
    status: String,
    #[prost(bool, tag = "9")]
    is_read: bool,
    #[prost(message, optional, tag = "10")]
    created_at: Option<Timestamp>,
}

impl Packet {
    /// Members that are absent or of another type count as empty; ids may be quoted.
    fn from_members(members: &Map<String, Value>) -> Self {
        let id = |name: &str| match members.get(name) {
            Some(Value::String(digits)) => digits.parse().unwrap_or(0),
            value => value.and_then(Value::as_i64).unwrap_or(0),
        };
        let text = |name: &str| {
            members
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let flag = |name: &str| members.get(name).and_then(Value::as_bool).unwrap_or(false);
        Self {
            id: id("id"),
            from_id: id("fromId"),
            to_id: id("toId"),
            ope: text("ope"),
            kind: text("type"),
            body: text("body"),
            is_private: flag("isPrivate"),
            status: text("status"),
            is_read: flag("isRead"),
            created_at: None,
        }
    }
}

impl From<Packet> for Frame<'static> {
    fn from(packet: Packet) -> Self {
        Self {
            id: packet.id,
            created_at: Time(0),
            updated_at: Time(0),
            from_id: packet.from_id,
            to_id: packet.to_id,
            ope: packet.ope.into(),
            kind: packet.kind.into(),
            body: packet.body.into(),
            is_private: packet.is_private,
            status: packet.status.into(),
            read: None,
            is_read: packet.is_read,
            own: None,
        }
    }
}

#[cfg(test)]
mod tests;
