//! The binary protocol of one connection that has proved its login.

use super::crypto::Cipher;
use super::proto::{Connack, Decoder, Packet, Recv, Send, Setting, Suback};
use super::reason;
use super::speech::{self, BEAT, IDLE, IN_FLIGHT, Speech};
use super::unacked::Unacked;
use crate::domain::time::Millis;
use crate::error::ErrorKind;
use crate::hub::envelope::{Envelope, Frame};
use crate::hub::wire::{Farewell, Intent, Outcome, Wire};
use std::time::Duration;

/// The most that one message of a client may ask for. The SDKs put five packets at most into one.
const AT_ONCE: usize = 2048;

/// One connection's protocol state.
pub struct WukongWire {
    speech: Speech,
    cipher: Cipher,
    version: u8,
    welcome: Option<Connack>,
    decoder: Decoder,
    unacked: Unacked,
}

impl WukongWire {
    /// The protocol in an agreed version, which begins with a welcome.
    pub fn new(speech: Speech, cipher: Cipher, version: u8, welcome: Connack) -> Self {
        Self {
            speech,
            cipher,
            version,
            welcome: Some(welcome),
            decoder: Decoder::new(version),
            unacked: Unacked::default(),
        }
    }

    fn encode(&self, packet: &Packet) -> Frame {
        Frame::Binary(packet.encode(self.version))
    }

    fn take(&mut self, packet: Packet) -> Option<Intent> {
        Some(match packet {
            Packet::Ping => Intent::Reply(self.encode(&Packet::Pong)),
            Packet::Send(send) => match self.speech.hear(&send, |send| open(&self.cipher, send)) {
                Ok(utterance) => Intent::Say(utterance),
                Err(reason) => {
                    let answer = Packet::Sendack(speech::refused(&send, reason));
                    Intent::Reply(self.encode(&answer))
                }
            },
            Packet::Recvack(ack) => {
                self.unacked.acknowledged(ack.message_id);
                return None;
            }
            Packet::Sub(sub) => Intent::Reply(self.encode(&Packet::Suback(Suback {
                sub_no: sub.sub_no,
                channel_id: sub.channel_id,
                channel_type: sub.channel_type,
                action: sub.action,
                reason: reason::TYPE_UNKNOWN,
            }))),
            // Said goodbye, or what a client does not say here.
            Packet::Disconnect { .. }
            | Packet::Connect(_)
            | Packet::Connack(_)
            | Packet::Sendack(_)
            | Packet::Recv(_)
            | Packet::Pong
            | Packet::Suback(_) => Intent::Close(None),
        })
    }

    /// The packet for this connection's key.
    fn sealed(&self, mut recv: Recv) -> Recv {
        recv.payload = self.cipher.seal(&recv.payload).into();
        recv.msg_key = self.cipher.message_key(recv.sign()).into();
        recv
    }
}

/// The payload in clear, if nothing was changed on the way.
fn open(cipher: &Cipher, send: &Send) -> Option<Vec<u8>> {
    if send.setting.has(Setting::CLEAR) {
        return Some(send.payload.to_vec());
    }
    if cipher.message_key(send.sign()) != *send.msg_key {
        return None;
    }
    cipher.open(&send.payload)
}

impl Wire for WukongWire {
    fn hello(&mut self, _now: Millis) -> Option<Frame> {
        let welcome = self.welcome.take()?;
        Some(self.encode(&Packet::Connack(welcome)))
    }

    fn beat_every(&self) -> Duration {
        BEAT
    }

    fn beat(&mut self, now: Millis) -> Vec<Frame> {
        let due = self.unacked.due(now).into_iter();
        due.map(|recv| self.encode(&Packet::Recv(recv))).collect()
    }

    fn receive(&mut self, message: &Frame, _now: Millis) -> Vec<Intent> {
        self.decoder.push(match message {
            Frame::Binary(bytes) => bytes,
            Frame::Text(text) => text.as_bytes(),
        });
        let mut intents = Vec::new();
        let mut answered = false;
        loop {
            let packet = match self.decoder.next() {
                Ok(Some(packet)) if intents.len() < AT_ONCE => packet,
                Ok(None) => return intents,
                // What follows cannot be understood.
                Ok(Some(_)) | Err(_) => {
                    intents.push(Intent::Close(None));
                    return intents;
                }
            };
            // One answer is enough for however many pings at once.
            if packet == Packet::Ping && std::mem::replace(&mut answered, true) {
                continue;
            }
            let intent = self.take(packet);
            let closes = matches!(intent, Some(Intent::Close(_)));
            intents.extend(intent);
            if closes {
                return intents;
            }
        }
    }

    fn render(&mut self, envelope: &Envelope) -> Option<Frame> {
        let recv = self.sealed(self.speech.tell(envelope)?);
        self.unacked.told(&recv, envelope.at);
        Some(self.encode(&Packet::Recv(recv)))
    }

    fn replays(&self) -> bool {
        false
    }

    fn watches_presence(&self) -> bool {
        true
    }

    fn outcome(&mut self, outcome: Outcome, _now: Millis) -> Option<Frame> {
        // To clients a refusal is final. What has no answer they send again once they are connected again.
        if matches!(outcome.said, Err(ErrorKind::Stopping)) {
            return None;
        }
        Some(self.encode(&Packet::Sendack(speech::answered(outcome))))
    }

    fn farewell(&mut self, farewell: Farewell) -> Option<Frame> {
        let (reason, words) = speech::parting(farewell)?;
        let packet = match self.welcome {
            Some(_) => Packet::Connack(Connack::refused(reason::NOT_AUTHENTICATED)),
            None => Packet::Disconnect {
                reason,
                text: words.into(),
            },
        };
        Some(self.encode(&packet))
    }

    fn idle_after(&self, _configured: Duration) -> Duration {
        IDLE
    }

    fn in_flight(&self) -> usize {
        IN_FLIGHT
    }
}

#[cfg(test)]
mod tests;
