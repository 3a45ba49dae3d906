//! Packets to bytes.

use super::packet::{
    Connack, Connect, Flags, Packet, Recv, Recvack, Send, Sendack, Setting, Sub, Suback,
};
use super::{MAX_TEXT, NEWEST, SUCCESS, varint};
use bytes::{BufMut, Bytes};

/// As many bytes as a head may have.
const HEAD: usize = 5;

impl Packet {
    /// The frame of this packet for a connection that has agreed on a version.
    pub fn encode(&self, version: u8) -> Bytes {
        match self {
            Self::Connect(packet) => packet.encode(),
            Self::Connack(packet) => packet.encode(version),
            Self::Send(packet) => packet.encode(version),
            Self::Sendack(packet) => packet.encode(),
            Self::Recv(packet) => packet.encode(version),
            Self::Recvack(packet) => packet.encode(),
            Self::Ping => Bytes::from_static(&[0x70]),
            Self::Pong => Bytes::from_static(&[0x80]),
            Self::Disconnect { reason, text } => {
                let mut body = Body::new(1, text.len());
                body.0.put_u8(*reason);
                body.text(text);
                body.frame(9, Flags::default())
            }
            Self::Sub(packet) => packet.encode(),
            Self::Suback(packet) => packet.encode(),
        }
    }
}

/// A body in the making, behind room for its head.
struct Body(Vec<u8>);

impl Body {
    /// `fixed` bytes of numbers, and texts of so many bytes that are at most eight.
    fn new(fixed: usize, texts: usize) -> Self {
        let mut bytes = Vec::with_capacity(HEAD + fixed + texts + 16);
        bytes.resize(HEAD, 0);
        Self(bytes)
    }

    /// A text that is too long is cut, so that the frame stays one.
    fn text(&mut self, text: &str) {
        let bytes = &text.as_bytes()[..text.len().min(MAX_TEXT)];
        self.0.put_u16(bytes.len() as u16);
        self.0.put_slice(bytes);
    }

    fn expire(&mut self, seconds: u32, version: u8) {
        if version >= 3 {
            self.0.put_u32(seconds);
        }
    }

    fn frame(mut self, kind: u8, flags: Flags) -> Bytes {
        let (length, used) = varint::write(self.0.len() - HEAD);
        let start = HEAD - used - 1;
        self.0[start] = kind << 4 | flags.0 & 0x0f;
        self.0[start + 1..HEAD].copy_from_slice(&length[..used]);
        Bytes::from(self.0).slice(start..)
    }
}

impl Connect {
    fn encode(&self) -> Bytes {
        let texts = [&self.device_id, &self.uid, &self.token];
        let mut body = Body::new(
            10 + self.client_key.len(),
            texts.iter().map(|t| t.len()).sum(),
        );
        body.0.put_u8(self.version);
        body.0.put_u8(self.device_flag);
        for text in texts {
            body.text(text);
        }
        body.0.put_i64(self.timestamp);
        body.text(&self.client_key);
        body.frame(1, Flags::default())
    }
}

impl Connack {
    /// Clients of versions above 3 are told the server's version and a node number; whose failed are told neither.
    fn encode(&self, version: u8) -> Bytes {
        let full = version > 3 && self.reason == SUCCESS;
        let mut body = Body::new(18, self.server_key.len() + self.salt.len());
        if full {
            body.0.put_u8(NEWEST);
        }
        body.0.put_i64(self.time_diff);
        body.0.put_u8(self.reason);
        body.text(&self.server_key);
        body.text(&self.salt);
        if full {
            body.0.put_u64(1);
        }
        body.frame(2, Flags(full.into()))
    }
}

impl Send {
    fn encode(&self, version: u8) -> Bytes {
        let texts = self.client_msg_no.len()
            + self.stream_no.len()
            + self.channel_id.len()
            + self.msg_key.len()
            + self.topic.len();
        let mut body = Body::new(10 + self.payload.len(), texts);
        body.0.put_u8(self.setting.0);
        body.0.put_u32(self.client_seq);
        body.text(&self.client_msg_no);
        if self.setting.streams(version) {
            body.text(&self.stream_no);
        }
        body.text(&self.channel_id);
        body.0.put_u8(self.channel_type);
        body.expire(self.expire, version);
        body.text(&self.msg_key);
        if self.setting.has(Setting::TOPIC) {
            body.text(&self.topic);
        }
        body.0.put_slice(&self.payload);
        body.frame(3, self.flags)
    }
}

impl Sendack {
    fn encode(&self) -> Bytes {
        let mut body = Body::new(17, 0);
        body.0.put_i64(self.message_id);
        body.0.put_u32(self.client_seq);
        body.0.put_u32(self.message_seq);
        body.0.put_u8(self.reason);
        body.frame(4, self.flags)
    }
}

impl Recv {
    fn encode(&self, version: u8) -> Bytes {
        let texts = self.msg_key.len()
            + self.from_uid.len()
            + self.channel_id.len()
            + self.client_msg_no.len()
            + self.topic.len();
        let mut body = Body::new(22 + self.payload.len(), texts);
        body.0.put_u8(self.setting.0);
        body.text(&self.msg_key);
        body.text(&self.from_uid);
        body.text(&self.channel_id);
        body.0.put_u8(self.channel_type);
        body.expire(self.expire, version);
        body.text(&self.client_msg_no);
        body.0.put_i64(self.message_id);
        body.0.put_u32(self.message_seq);
        body.0.put_i32(self.timestamp);
        if self.setting.has(Setting::TOPIC) {
            body.text(&self.topic);
        }
        body.0.put_slice(&self.payload);
        body.frame(5, self.flags)
    }
}

impl Recvack {
    fn encode(&self) -> Bytes {
        let mut body = Body::new(12, 0);
        body.0.put_i64(self.message_id);
        body.0.put_u32(self.message_seq);
        body.frame(6, self.flags)
    }
}

impl Sub {
    fn encode(&self) -> Bytes {
        let texts = self.sub_no.len() + self.channel_id.len() + self.param.len();
        let mut body = Body::new(3, texts);
        body.0.put_u8(self.setting.0);
        body.text(&self.sub_no);
        body.text(&self.channel_id);
        body.0.put_u8(self.channel_type);
        body.0.put_u8(self.action);
        body.text(&self.param);
        body.frame(10, Flags::default())
    }
}

impl Suback {
    fn encode(&self) -> Bytes {
        let mut body = Body::new(3, self.sub_no.len() + self.channel_id.len());
        body.text(&self.sub_no);
        body.text(&self.channel_id);
        body.0.put_u8(self.channel_type);
        body.0.put_u8(self.action);
        body.0.put_u8(self.reason);
        body.frame(11, Flags::default())
    }
}
