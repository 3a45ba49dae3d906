//! The binary form of the protocol, version 5. Frames are read no further than is needed, and nothing of them is copied.

use std::io::{self, Write};

use parlance::dialect::wukong::crypto::{Cipher, KeyPair};
use parlance::dialect::wukong::proto::{Connect, Decoder, Flags, NEWEST, Packet, Setting};

use super::DEVICE_FLAG;
use super::packets::{Heard, Said, Told};
use crate::dialect::Account;

/// The node never sends more in one frame.
const MAX_BODY: usize = 1 << 20;
/// As many bytes as a length may have.
const LENGTH: usize = 4;

const CONNACK: u8 = 2;
const SEND: u8 = 3;
const SENDACK: u8 = 4;
const RECV: u8 = 5;
const RECVACK: u8 = 6;
const PING: u8 = 7;
const PONG: u8 = 8;
const DISCONNECT: u8 = 9;

/// Says who connects.
pub fn connect(account: &Account, keys: &KeyPair, out: &mut Vec<u8>) {
    let connect = Packet::Connect(Connect {
        version: NEWEST,
        device_flag: DEVICE_FLAG,
        device_id: "load".into(),
        uid: account.id.as_str().into(),
        token: account.token.as_str().into(),
        timestamp: 0,
        client_key: keys.public().into(),
    });
    out.extend_from_slice(&connect.encode(NEWEST));
}

/// Says a message, which counts as unread. Without a cipher the payload goes in clear.
pub fn send(said: &Said<'_>, cipher: Option<&Cipher>, out: &mut Vec<u8>) -> io::Result<()> {
    let Some(cipher) = cipher else {
        write_send(said, Setting::CLEAR, b"", said.payload, out);
        return Ok(());
    };
    let sealed = cipher.seal(said.payload);
    let (id, kind) = said.place();
    let mut sign = Vec::with_capacity(128 + sealed.len());
    write!(sign, "{}", said.seq)?;
    sign.extend_from_slice(said.no);
    write!(sign, "{id}{kind}")?;
    sign.extend_from_slice(&sealed);
    let key = cipher.message_key(&sign);
    write_send(said, Setting::default(), key.as_bytes(), &sealed, out);
    Ok(())
}

fn write_send(said: &Said<'_>, setting: Setting, key: &[u8], payload: &[u8], out: &mut Vec<u8>) {
    let (id, kind) = said.place();
    // Setting, number, type and time to live, and the lengths of three texts.
    let fixed = 1 + 4 + 1 + 4 + 3 * 2;
    let body = fixed + said.no.len() + id.len() + key.len() + payload.len();
    out.push(SEND << 4 | Flags::RED_DOT.0);
    write_length(body, out);
    out.push(setting.0);
    out.extend_from_slice(&said.seq.to_be_bytes());
    write_text(said.no, out);
    write_text(id.as_bytes(), out);
    out.push(kind);
    out.extend_from_slice(&0_u32.to_be_bytes());
    write_text(key, out);
    out.extend_from_slice(payload);
}

/// Confirms a message.
pub fn received(told: &Told<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(&[RECVACK << 4 | told.flags, 12]);
    out.extend_from_slice(&told.id.to_be_bytes());
    out.extend_from_slice(&told.seq.to_be_bytes());
}

/// A sign of life.
pub fn ping(out: &mut Vec<u8>) {
    out.push(PING << 4);
}

/// Seven bits a byte, the lowest first; the top bit says that another byte follows.
fn write_length(mut length: usize, out: &mut Vec<u8>) {
    while length > 0x7f {
        out.push(0x80 | (length & 0x7f) as u8);
        length >>= 7;
    }
    out.push(length as u8);
}

fn write_text(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.len() as u16).to_be_bytes());
    out.extend_from_slice(text);
}

/// Reads all whole frames, and says how many bytes they take.
pub fn cut(bytes: &[u8], on: &mut impl FnMut(Heard<'_>)) -> Result<usize, &'static str> {
    let mut at = 0;
    while let Some(size) = whole(&bytes[at..])? {
        let frame = &bytes[at..at + size];
        if let Some(heard) = read(frame)? {
            on(heard);
        }
        at += size;
    }
    Ok(at)
}

/// The length of the frame that these bytes begin with, once they are all there.
fn whole(bytes: &[u8]) -> Result<Option<usize>, &'static str> {
    let Some((first, rest)) = bytes.split_first() else {
        return Ok(None);
    };
    if first >> 4 == PONG {
        return Ok(Some(1));
    }
    let mut body = 0;
    for (place, byte) in rest.iter().take(LENGTH).enumerate() {
        body |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            if body > MAX_BODY {
                return Err("a frame over 1 MiB");
            }
            let size = 2 + place + body;
            return Ok((size <= bytes.len()).then_some(size));
        }
    }
    if rest.len() < LENGTH {
        Ok(None)
    } else {
        Err("a frame whose length does not end")
    }
}

fn read(frame: &[u8]) -> Result<Option<Heard<'_>>, &'static str> {
    let (kind, flags) = (frame[0] >> 4, frame[0] & 0x0f);
    let lengths = frame[1..].iter().take_while(|byte| **byte & 0x80 != 0);
    let mut fields = Fields(&frame[(2 + lengths.count()).min(frame.len())..]);
    let heard = match kind {
        SENDACK => fields.answer(),
        RECV => fields.message(flags),
        DISCONNECT => fields.end(),
        PONG => return Ok(None),
        CONNACK => welcome(frame),
        _ => return Err("a frame of a kind that is not for clients"),
    };
    heard.map(Some).ok_or("a frame that is too short")
}

fn welcome(frame: &[u8]) -> Option<Heard<'static>> {
    let mut decoder = Decoder::new(NEWEST);
    decoder.push(frame);
    match decoder.next() {
        Ok(Some(Packet::Connack(connack))) => Some(Heard::Welcome(connack)),
        _ => None,
    }
}

/// What is left of a frame's body.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn answer(&mut self) -> Option<Heard<'a>> {
        self.skip(8)?;
        let seq = self.u32()?;
        self.skip(4)?;
        Some(Heard::Answer {
            seq,
            reason: self.u8()?,
        })
    }

    fn message(&mut self, flags: u8) -> Option<Heard<'a>> {
        let setting = 1;
        self.skip(setting)?;
        let (_key, _from, _place) = (self.text()?, self.text()?, self.text()?);
        let (kind, expire) = (1, 4);
        self.skip(kind + expire)?;
        Some(Heard::Message(Told {
            flags,
            no: self.text()?,
            id: i64::from_be_bytes(self.take()?),
            seq: self.u32()?,
        }))
    }

    fn end(&mut self) -> Option<Heard<'a>> {
        let (reason, text) = (self.u8()?, self.text()?);
        let text = String::from_utf8_lossy(text);
        Some(Heard::End(format!(
            "ended by the node with reason {reason}: {text}"
        )))
    }

    fn u8(&mut self) -> Option<u8> {
        self.take().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let length = u16::from_be_bytes(self.take()?);
        let (text, rest) = self.0.split_at_checked(length.into())?;
        self.0 = rest;
        Some(text)
    }

    fn skip(&mut self, bytes: usize) -> Option<()> {
        self.0 = self.0.get(bytes..)?;
        Some(())
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }
}

#[cfg(test)]
mod tests;
