//! Bytes to packets.

use super::packet::{
    Connack, Connect, Flags, Packet, Recv, Recvack, Send, Sendack, Setting, Sub, Suback,
};
use super::{MAX_BODY, MAX_TEXT, SUCCESS, varint};
use bytes::{Buf, Bytes, BytesMut};
use bytestring::ByteString;

/// The bytes are no frames of this protocol. There is no way to tell where the next frame begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a frame of this protocol")]
pub struct Malformed;

const PING: u8 = 7;
const PONG: u8 = 8;
/// Since version 5. Nothing here has a use for one.
const EVENT: u8 = 12;

/// Finds packets in bytes that come in any pieces. Holds one unfinished frame at most, once it was asked for all others.
#[derive(Debug)]
pub struct Decoder {
    rest: BytesMut,
    version: u8,
    longest: usize,
}

impl Decoder {
    /// A decoder of a connection that has agreed on a version.
    pub fn new(version: u8) -> Self {
        Self::bounded(version, MAX_BODY)
    }

    /// A decoder that refuses bodies longer than so many bytes, before they have come.
    pub fn bounded(version: u8, longest: usize) -> Self {
        Self {
            rest: BytesMut::new(),
            version,
            longest,
        }
    }

    /// Takes what has come. All packets must be taken out before the next call.
    pub fn push(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
    }

    /// The next whole packet. After an error nothing sensible follows.
    ///
    /// # Errors
    /// When a frame is of no known type, longer than allowed or does not hold what its type must.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Packet>, Malformed> {
        loop {
            let Some(&first) = self.rest.first() else {
                // Gives back the room that a long frame took.
                self.rest = BytesMut::new();
                return Ok(None);
            };
            let (kind, flags) = (first >> 4, Flags(first & 0x0f));
            if let PING | PONG = kind {
                self.rest.advance(1);
                return Ok(Some(if kind == PING {
                    Packet::Ping
                } else {
                    Packet::Pong
                }));
            }
            let Some((length, used)) = varint::read(&self.rest[1..])? else {
                return Ok(None);
            };
            if length > self.longest {
                return Err(Malformed);
            }
            let head = 1 + used;
            if self.rest.len() < head + length {
                return Ok(None);
            }
            self.rest.advance(head);
            let body = Body(self.rest.split_to(length).freeze());
            if kind != EVENT || self.version < 5 {
                return body.packet(kind, flags, self.version).map(Some);
            }
        }
    }

    /// How many bytes wait for the rest of their frame.
    pub fn waiting(&self) -> usize {
        self.rest.len()
    }

    /// The bytes that wait for the rest of their frame.
    pub fn into_rest(self) -> Bytes {
        self.rest.freeze()
    }
}

/// What is left of a frame's body. Bytes behind what a packet needs are ignored.
struct Body(Bytes);

impl Body {
    fn packet(mut self, kind: u8, flags: Flags, version: u8) -> Result<Packet, Malformed> {
        Ok(match kind {
            1 => Packet::Connect(self.connect()?),
            2 => Packet::Connack(self.connack(flags)?),
            3 => Packet::Send(self.send(flags, version)?),
            4 => Packet::Sendack(Sendack {
                flags,
                message_id: self.i64()?,
                client_seq: self.u32()?,
                message_seq: self.u32()?,
                reason: self.u8()?,
            }),
            5 => Packet::Recv(self.recv(flags, version)?),
            6 => Packet::Recvack(Recvack {
                flags,
                message_id: self.i64()?,
                message_seq: self.u32()?,
            }),
            9 => Packet::Disconnect {
                reason: self.u8()?,
                text: self.text()?,
            },
            10 => Packet::Sub(Sub {
                setting: Setting(self.u8()?),
                sub_no: self.text()?,
                channel_id: self.text()?,
                channel_type: self.u8()?,
                action: self.u8()?,
                param: self.text()?,
            }),
            11 => Packet::Suback(Suback {
                sub_no: self.text()?,
                channel_id: self.text()?,
                channel_type: self.u8()?,
                action: self.u8()?,
                reason: self.u8()?,
            }),
            _ => return Err(Malformed),
        })
    }

    fn connect(&mut self) -> Result<Connect, Malformed> {
        Ok(Connect {
            version: self.u8()?,
            device_flag: self.u8()?,
            device_id: self.text()?,
            uid: self.text()?,
            token: self.text()?,
            timestamp: self.i64()?,
            client_key: self.text()?,
        })
    }

    /// The lowest flag says that the server's version stands first. What node it is, behind the rest, tells nobody anything.
    fn connack(&mut self, flags: Flags) -> Result<Connack, Malformed> {
        if flags.has(Flags(1)) {
            self.u8()?;
        }
        let time_diff = self.i64()?;
        match self.u8()? {
            SUCCESS => Ok(Connack {
                time_diff,
                reason: SUCCESS,
                server_key: self.text()?,
                salt: self.text()?,
            }),
            reason => Ok(Connack::refused(reason)),
        }
    }

    fn send(&mut self, flags: Flags, version: u8) -> Result<Send, Malformed> {
        let setting = Setting(self.u8()?);
        Ok(Send {
            flags,
            setting,
            client_seq: self.u32()?,
            client_msg_no: self.text()?,
            stream_no: self.text_if(setting.streams(version))?,
            channel_id: self.text()?,
            channel_type: self.u8()?,
            expire: self.expire(version)?,
            msg_key: self.text()?,
            topic: self.text_if(setting.has(Setting::TOPIC))?,
            payload: std::mem::take(&mut self.0),
        })
    }

    fn recv(&mut self, flags: Flags, version: u8) -> Result<Recv, Malformed> {
        let setting = Setting(self.u8()?);
        Ok(Recv {
            flags,
            setting,
            msg_key: self.text()?,
            from_uid: self.text()?,
            channel_id: self.text()?,
            channel_type: self.u8()?,
            expire: self.expire(version)?,
            client_msg_no: self.text()?,
            message_id: self.i64()?,
            message_seq: self.u32()?,
            timestamp: self.0.try_get_i32().map_err(|_| Malformed)?,
            topic: self.text_if(setting.has(Setting::TOPIC))?,
            payload: std::mem::take(&mut self.0),
        })
    }

    fn expire(&mut self, version: u8) -> Result<u32, Malformed> {
        if version >= 3 { self.u32() } else { Ok(0) }
    }

    fn u8(&mut self) -> Result<u8, Malformed> {
        self.0.try_get_u8().map_err(|_| Malformed)
    }

    fn u32(&mut self) -> Result<u32, Malformed> {
        self.0.try_get_u32().map_err(|_| Malformed)
    }

    fn i64(&mut self) -> Result<i64, Malformed> {
        self.0.try_get_i64().map_err(|_| Malformed)
    }

    fn text_if(&mut self, there: bool) -> Result<ByteString, Malformed> {
        if there {
            self.text()
        } else {
            Ok(ByteString::new())
        }
    }

    fn text(&mut self) -> Result<ByteString, Malformed> {
        let length = self.0.try_get_u16().map_err(|_| Malformed)?.into();
        if length > MAX_TEXT || length > self.0.len() {
            return Err(Malformed);
        }
        ByteString::try_from(self.0.split_to(length)).map_err(|_| Malformed)
    }
}
