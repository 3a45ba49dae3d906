//! What clients say and are told, apart from how it is written: shared by the binary protocol and its JSON-RPC form. Packets have
//! their payloads in clear here, and no message keys.

use super::command;
use super::content;
use super::ids::{GROUP, Ids, PERSON};
use super::proto::{Flags, MAX_TEXT, Recv, SUCCESS, Send, Sendack, Setting};
use super::reason;
use crate::domain::conversation::Target;
use crate::domain::lasting::Lasting;
use crate::domain::time::Millis;
use crate::domain::{AccountId, Content, Event, Message};
use crate::hub::envelope::{Envelope, Frame, Slot};
use crate::hub::wire::{Farewell, Outcome, Utterance};
use crate::service::opaque::Uid;
use bytes::Bytes;
use bytestring::ByteString;
use std::time::Duration;

/// How long a client may say nothing. Those there are ping every minute at least.
pub const IDLE: Duration = Duration::from_secs(180);
/// How often is looked for what must be told again.
pub const BEAT: Duration = Duration::from_secs(10);
/// How many messages of one client may be on their way at a time.
pub const IN_FLIGHT: usize = 64;

/// The longest name of a channel, in bytes.
const CHANNEL: usize = 40;

/// What one account says and is told.
pub struct Speech {
    me: AccountId,
    ids: Ids,
    base: String,
}

impl Speech {
    /// For an account. Relative addresses of files are below `base`.
    pub fn new(me: AccountId, ids: Ids, base: String) -> Self {
        Self { me, ids, base }
    }

    /// What a client says. `plain` gives the payload in clear, if it is intact.
    ///
    /// # Errors
    /// The reason code for which it cannot be said.
    pub fn hear(
        &self,
        send: &Send,
        plain: impl FnOnce(&Send) -> Option<Vec<u8>>,
    ) -> Result<Box<Utterance>, u8> {
        if send.flags.has(Flags::SYNC_ONCE) {
            return Err(reason::HEADER_NOT_ALLOWED);
        }
        if send.payload.len() > MAX_TEXT {
            return Err(reason::UNREADABLE);
        }
        let payload = plain(send).ok_or(reason::UNREADABLE)?;
        let to = self.target(&send.channel_id, send.channel_type)?;
        let read = if send.setting.has(Setting::SIGNAL) {
            content::sealed(&payload).map(|draft| (draft, Default::default()))
        } else {
            content::draft(&payload, &self.ids, &self.base)
        };
        let (mut draft, mentions) = read.map_err(|error| reason::of(error.kind()))?;
        draft.quiet = !send.flags.has(Flags::RED_DOT);
        draft.marks = content::marks(send.setting, send.expire);
        let client_id = Some(&send.client_msg_no).filter(|id| !id.is_empty());
        Ok(Box::new(Utterance {
            to,
            draft,
            client_id: client_id.map(ToString::to_string),
            kept: !send.flags.has(Flags::NO_PERSIST),
            mentions,
            ticket: u64::from(send.client_seq) | u64::from(send.flags.0) << 32,
        }))
    }

    fn target(&self, id: &str, kind: u8) -> Result<Target, u8> {
        let bad = id.is_empty() || id.len() > CHANNEL || id.contains(['@', '#', '&']);
        match kind {
            PERSON | GROUP if bad => Err(reason::BAD_CHANNEL),
            PERSON => {
                let account = self.ids.account(id).ok_or(reason::NOT_SUBSCRIBED)?;
                Ok(Target::Account(account))
            }
            GROUP => {
                let channel = self.ids.channel(id).ok_or(reason::NO_CHANNEL)?;
                Ok(Target::Channel(channel))
            }
            _ => Err(reason::TYPE_UNKNOWN),
        }
    }

    /// What the client is told of an event, if anything.
    pub fn tell(&self, envelope: &Envelope) -> Option<Recv> {
        match &envelope.event {
            Event::Posted(message) => self.message(envelope, message, Flags::default()),
            Event::Passed(message) => self.message(envelope, message, Flags::NO_PERSIST),
            event => self.command(envelope, event),
        }
    }

    /// A sender's other devices are told without a red dot. What the system says about somebody is news to them, too.
    fn message(&self, envelope: &Envelope, message: &Message, flags: Flags) -> Option<Recv> {
        let Self { me, ids, .. } = self;
        let draft = &message.draft;
        if !message.is_for(*me) {
            return None;
        }
        let (channel_id, channel_type) = ids.place(message.exchange().seen_by(*me)?);
        let own = message.sender == *me && !matches!(draft.content, Content::Notice { .. });
        let dot = if own || draft.quiet {
            Flags::default()
        } else {
            Flags::RED_DOT
        };
        let shared = envelope.frame(Slot::WukongBody, || {
            Frame::Text(content::payload(draft, ids).as_ref().into())
        });
        Some(Recv {
            flags: flags.with(dot),
            setting: Setting(content::setting(draft)),
            from_uid: text(content::from_uid(message, ids)),
            channel_id: text(Some(channel_id)),
            channel_type,
            expire: content::expire(draft),
            client_msg_no: content::message_no(message, ids).into(),
            message_id: message.id.0,
            message_seq: u32::try_from(message.seq).unwrap_or(u32::MAX),
            timestamp: seconds(message.created_at),
            payload: bytes(shared),
            ..empty()
        })
    }

    fn command(&self, envelope: &Envelope, event: &Event) -> Option<Recv> {
        let Self { me, ids, .. } = self;
        let command = match Lasting::of(event) {
            Some(kept) => command::of(&kept, *me, ids)?,
            None => command::passing(event, *me, ids)?,
        };
        let (channel_id, channel_type) = ids.place(command.place);
        let stored = envelope.stored.filter(|_| command.kept);
        let lasts = match stored {
            Some(_) => Flags::default(),
            None => Flags::NO_PERSIST,
        };
        Some(Recv {
            flags: Flags::SYNC_ONCE.with(lasts),
            setting: Setting::QUIET,
            from_uid: text(command.from),
            channel_id: text(Some(channel_id)),
            channel_type,
            client_msg_no: command::message_no(stored.unwrap_or(envelope.number)).into(),
            message_id: stored.map_or(envelope.number, command::id),
            message_seq: stored.map_or(0, |seq| u32::try_from(seq).unwrap_or(u32::MAX)),
            timestamp: seconds(envelope.at),
            payload: command.payload().into(),
            ..empty()
        })
    }
}

/// The answer to something that cannot be said.
pub fn refused(send: &Send, reason: u8) -> Sendack {
    Sendack {
        flags: send.flags,
        message_id: 0,
        client_seq: send.client_seq,
        message_seq: 0,
        reason,
    }
}

/// The answer to something that was to be said.
pub fn answered(outcome: Outcome) -> Sendack {
    let placed = outcome.said.map_err(reason::of).and_then(|(id, seq)| {
        let seq = u32::try_from(seq).map_err(|_| reason::SEQUENCE_EXHAUSTED)?;
        Ok((id.0, seq))
    });
    let (message_id, message_seq) = placed.unwrap_or_default();
    Sendack {
        flags: Flags((outcome.ticket >> 32) as u8),
        message_id,
        client_seq: outcome.ticket as u32,
        message_seq,
        reason: placed.err().unwrap_or(SUCCESS),
    }
}

/// The reason that a client is told for the end of its connection, in words as well. To be told one means to it to stay away, so
/// whoever should come back is told none.
pub fn parting(farewell: Farewell) -> Option<(u8, &'static str)> {
    let code = match farewell {
        Farewell::LoggedInAnew => return Some((reason::KICKED, reason::LOGGED_IN_ANEW)),
        Farewell::Replaced => reason::KICKED,
        Farewell::Refused => reason::NOT_AUTHENTICATED,
        Farewell::Shutdown | Farewell::TooSlow | Farewell::Gone | Farewell::Idle => return None,
    };
    Some((code, reason::words(code)))
}

fn empty() -> Recv {
    Recv {
        flags: Flags::default(),
        setting: Setting::default(),
        msg_key: ByteString::new(),
        from_uid: ByteString::new(),
        channel_id: ByteString::new(),
        channel_type: PERSON,
        expire: 0,
        client_msg_no: ByteString::new(),
        message_id: 0,
        message_seq: 0,
        timestamp: 0,
        topic: ByteString::new(),
        payload: Bytes::new(),
    }
}

fn text(uid: Option<Uid>) -> ByteString {
    uid.as_deref().unwrap_or_default().into()
}

fn bytes(frame: Frame) -> Bytes {
    match frame {
        Frame::Text(text) => text.into_bytes(),
        Frame::Binary(bytes) => bytes,
    }
}

fn seconds(at: Millis) -> i32 {
    i32::try_from(at.div_euclid(1000)).unwrap_or(i32::MAX)
}
