//! What the frames say.

use bytes::Bytes;
use bytestring::ByteString;

/// The low half of a frame's first byte.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags(pub u8);

impl Flags {
    /// Neither stored nor kept for those who are away.
    pub const NO_PERSIST: Self = Self(0x01);
    /// Counts as unread.
    pub const RED_DOT: Self = Self(0x02);
    /// A command: to be consumed once.
    pub const SYNC_ONCE: Self = Self(0x04);
    /// Delivered before.
    pub const DUP: Self = Self(0x08);

    /// Whether all flags of `other` are set.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These flags and those.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These flags but not those.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// The setting byte of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Setting(pub u8);

impl Setting {
    /// The sender wants to know who has read it.
    pub const RECEIPT: Self = Self(0x80);
    /// Moves no conversation.
    pub const QUIET: Self = Self(0x40);
    /// The payload is encrypted between the clients.
    pub const SIGNAL: Self = Self(0x20);
    /// The payload is in clear and there is no message key.
    pub const CLEAR: Self = Self(0x10);
    /// There is a topic.
    pub const TOPIC: Self = Self(0x08);

    /// Whether all bits of `other` are set.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// What recipients are told of a sender's setting. The clients know no clear payload, and neither topics nor streams are
    /// passed on.
    pub fn passed_on(self) -> Self {
        Self(self.0 & (Self::RECEIPT.0 | Self::QUIET.0 | Self::SIGNAL.0))
    }

    /// Whether a SEND of that version names a stream. `wukongimjssdk` 1.0.4, which speaks version 2, uses another bit than
    /// the protocol; version 5 has no streams.
    pub(super) fn streams(self, version: u8) -> bool {
        let bits = match version {
            0..=2 => 0x06,
            3 | 4 => 0x02,
            _ => 0,
        };
        self.0 & bits != 0
    }
}

/// The first packet of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connect {
    /// The newest version the client speaks.
    pub version: u8,
    /// The kind of device.
    pub device_flag: u8,
    /// The client's name for its device.
    pub device_id: ByteString,
    /// Who connects.
    pub uid: ByteString,
    /// The proof of it.
    pub token: ByteString,
    /// The client's clock, in milliseconds.
    pub timestamp: i64,
    /// The client's public key, base64.
    pub client_key: ByteString,
}

/// The answer to [`Connect`]. With another reason than success only the reason is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connack {
    /// The server's clock less the client's, in milliseconds.
    pub time_diff: i64,
    /// The reason code.
    pub reason: u8,
    /// The server's public key, base64.
    pub server_key: ByteString,
    /// Sixteen letters and digits: the initialisation vector of every cipher text of the connection.
    pub salt: ByteString,
}

impl Connack {
    /// A refusal.
    pub fn refused(reason: u8) -> Self {
        Self {
            time_diff: 0,
            reason,
            server_key: ByteString::new(),
            salt: ByteString::new(),
        }
    }
}

/// A client says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Send {
    /// How it is to be delivered.
    pub flags: Flags,
    /// How it is written.
    pub setting: Setting,
    /// The number its answer carries.
    pub client_seq: u32,
    /// The client's own id of the message.
    pub client_msg_no: ByteString,
    /// The stream it belongs to; empty unless the setting and version have streams.
    pub stream_no: ByteString,
    /// Where to.
    pub channel_id: ByteString,
    /// 1 a person, 2 a group.
    pub channel_type: u8,
    /// Seconds it is to live, 0 for ever. From version 3 on.
    pub expire: u32,
    /// The proof that nothing was changed on the way.
    pub msg_key: ByteString,
    /// The topic; empty unless the setting has one.
    pub topic: ByteString,
    /// What is said, as it is on the wire.
    pub payload: Bytes,
}

impl Send {
    /// What the message key is made of.
    pub fn sign(&self) -> Vec<u8> {
        let Self {
            client_seq,
            client_msg_no,
            channel_id,
            channel_type,
            ..
        } = self;
        let head = format!("{client_seq}{client_msg_no}{channel_id}{channel_type}");
        [head.as_bytes(), &self.payload].concat()
    }
}

/// The answer to [`Send`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sendack {
    /// Those of the SEND.
    pub flags: Flags,
    /// The message's id, 0 if there is none.
    pub message_id: i64,
    /// The number of the SEND.
    pub client_seq: u32,
    /// Its place in the channel, 0 if it has none.
    pub message_seq: u32,
    /// The reason code.
    pub reason: u8,
}

/// The server tells a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recv {
    /// How it is delivered.
    pub flags: Flags,
    /// How it is written. Never has the bits for streams.
    pub setting: Setting,
    /// The proof that nothing was changed on the way.
    pub msg_key: ByteString,
    /// Who said it, empty for the system.
    pub from_uid: ByteString,
    /// Where, as the recipient sees it: a person is the other side.
    pub channel_id: ByteString,
    /// 1 a person, 2 a group.
    pub channel_type: u8,
    /// Seconds it is to live, 0 for ever. From version 3 on.
    pub expire: u32,
    /// The sending client's own id of the message.
    pub client_msg_no: ByteString,
    /// The message's id.
    pub message_id: i64,
    /// Its place in the channel, 0 if it is not stored.
    pub message_seq: u32,
    /// When, in seconds.
    pub timestamp: i32,
    /// The topic; empty unless the setting has one.
    pub topic: ByteString,
    /// What is said, as it is on the wire.
    pub payload: Bytes,
}

impl Recv {
    /// What the message key is made of.
    pub fn sign(&self) -> Vec<u8> {
        let Self {
            message_id,
            message_seq,
            client_msg_no,
            timestamp,
            from_uid,
            channel_id,
            channel_type,
            ..
        } = self;
        let head = format!(
            "{message_id}{message_seq}{client_msg_no}{timestamp}{from_uid}{channel_id}{channel_type}"
        );
        [head.as_bytes(), &self.payload].concat()
    }
}

/// A client has received a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recvack {
    /// Those of the RECV.
    pub flags: Flags,
    /// The message's id.
    pub message_id: i64,
    /// Its place in the channel.
    pub message_seq: u32,
}

/// A client subscribes to a channel, or no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sub {
    /// How messages are to be written.
    pub setting: Setting,
    /// The client's own id of the request.
    pub sub_no: ByteString,
    /// Which channel.
    pub channel_id: ByteString,
    /// Of which type.
    pub channel_type: u8,
    /// 0 subscribe, 1 unsubscribe.
    pub action: u8,
    /// What else the channel needs to know.
    pub param: ByteString,
}

/// The answer to [`Sub`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suback {
    /// That of the request.
    pub sub_no: ByteString,
    /// That of the request.
    pub channel_id: ByteString,
    /// That of the request.
    pub channel_type: u8,
    /// That of the request.
    pub action: u8,
    /// The reason code.
    pub reason: u8,
}

/// One packet of either direction. Events (type 12) are not among them: nobody sends them here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet {
    /// 1
    Connect(Connect),
    /// 2
    Connack(Connack),
    /// 3
    Send(Send),
    /// 4
    Sendack(Sendack),
    /// 5
    Recv(Recv),
    /// 6
    Recvack(Recvack),
    /// 7
    Ping,
    /// 8
    Pong,
    /// 9
    Disconnect {
        /// The reason code.
        reason: u8,
        /// The reason in words.
        text: ByteString,
    },
    /// 10
    Sub(Sub),
    /// 11
    Suback(Suback),
}
