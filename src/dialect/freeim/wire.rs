//! freeIM's socket: almost only a way for the node to push. A client says no more than that its user types, and a heartbeat.

use super::content;
use super::frame::{ClientFrame, FRIEND, Frame, GROUP, NORMAL, REVOCATION};
use super::time::Time;
use crate::domain::channel::ChannelPatch;
use crate::domain::conversation::{Exchange, Target};
use crate::domain::time::Millis;
use crate::domain::{AccountId, Event, Lasting, Message, MessageStatus};
use crate::hub::envelope::{self, Envelope, Slot};
use crate::hub::wire::{Intent, Wire};
use crate::service::settings::Settings;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// The protocol's heartbeat, in both directions a frame of type `ping`.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// More typing frames in a second than this are ignored.
const TYPING_PER_SECOND: u32 = 5;

/// How frames are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Text, one JSON object each.
    Json,
    /// Binary, one Protobuf message each.
    Protobuf,
}

/// What a connection asked for.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How frames are written.
    pub encoding: Encoding,
    /// Whether events are pushed that the original API does not have.
    pub extended: bool,
    /// Whether missed messages are pushed on connecting.
    pub replay: bool,
}

/// One connection's protocol state.
pub struct FreeimWire {
    me: AccountId,
    options: Options,
    settings: Settings,
    second: Millis,
    typed: u32,
}

impl FreeimWire {
    /// The protocol for a connection of `me`.
    pub fn new(me: AccountId, options: Options, settings: Settings) -> Self {
        Self {
            me,
            options,
            settings,
            second: 0,
            typed: 0,
        }
    }

    fn encode(&self, frame: &Frame<'_>) -> envelope::Frame {
        match self.options.encoding {
            Encoding::Json => envelope::Frame::Text(frame.json()),
            Encoding::Protobuf => envelope::Frame::Binary(frame.protobuf()),
        }
    }

    /// A frame that is the same for everybody who is pushed it: written once per encoding.
    fn shared<'a>(
        &self,
        envelope: &Envelope,
        frame: impl FnOnce() -> Frame<'a>,
    ) -> Option<envelope::Frame> {
        let slot = match self.options.encoding {
            Encoding::Json => Slot::FreeimJson,
            Encoding::Protobuf => Slot::FreeimProto,
        };
        Some(envelope.frame(slot, || self.encode(&frame())))
    }

    fn may_type(&mut self, now: Millis) -> bool {
        if now / 1000 != self.second {
            self.second = now / 1000;
            self.typed = 0;
        }
        self.typed += 1;
        self.typed <= TYPING_PER_SECOND
    }

    /// Whether a message, or what follows from it, is pushed to this connection: what its account may see, and of what it says
    /// to another account itself only `own`.
    fn hears(&self, message: &Message, own: bool) -> bool {
        let own = own || message.sender != self.me;
        message.is_for(self.me) && (own || matches!(message.exchange(), Exchange::Channel(_)))
    }
}

impl Wire for FreeimWire {
    fn hello(&mut self, now: Millis) -> Option<envelope::Frame> {
        Some(self.encode(&Frame::ping(now)))
    }

    fn beat_every(&self) -> Duration {
        HEARTBEAT
    }

    fn beat(&mut self, now: Millis) -> Vec<envelope::Frame> {
        self.hello(now).into_iter().collect()
    }

    fn receive(&mut self, message: &envelope::Frame, now: Millis) -> Vec<Intent> {
        let bytes: &[u8] = match message {
            envelope::Frame::Text(text) => text.as_bytes(),
            envelope::Frame::Binary(bytes) => bytes,
        };
        let heard = match self.options.encoding {
            Encoding::Json => ClientFrame::from_json(bytes),
            Encoding::Protobuf => ClientFrame::from_protobuf(bytes),
        };
        match heard {
            Some(ClientFrame::Ping(frame)) => {
                vec![Intent::Reply(self.encode(&frame.echoed(self.me, now)))]
            }
            Some(ClientFrame::Typing { to, finished }) if self.may_type(now) => {
                let to = Target::Account(to);
                vec![Intent::Typing { to, finished }]
            }
            Some(ClientFrame::Typing { .. }) | None => Vec::new(),
        }
    }

    fn render(&mut self, envelope: &Envelope) -> Option<envelope::Frame> {
        let (me, at, extended) = (self.me, envelope.at, self.options.extended);
        match &envelope.event {
            Event::Posted(message) => self
                .hears(message, extended)
                .then(|| self.shared(envelope, || message_frame(message)))?,
            Event::Revoked { message, .. } | Event::Deleted { message, .. } => self
                .hears(message, false)
                .then(|| self.shared(envelope, || message_frame(message)))?,
            Event::Read { reader, peer } => (*peer == me || extended)
                .then(|| self.shared(envelope, || Frame::read(*reader, *peer, at)))?,
            Event::Typing {
                from,
                to: Target::Account(to),
                finished,
                ..
            } => self.shared(envelope, || Frame::typing(*from, *to, *finished, at)),
            Event::Kept(Lasting::ContactRequested { from, to, .. }) => {
                self.shared(envelope, || Frame::contact_request(*from, *to, at))
            }
            Event::JoinRequested { channel, from } => {
                self.shared(envelope, || Frame::join_request(*from, *channel, at))
            }
            event if extended => {
                let policy = self.settings.policy();
                let frame = match event {
                    Event::Kept(Lasting::Invited { members, .. })
                        if !policy.invitations_shown && !members.contains(&me) =>
                    {
                        return None;
                    }
                    event => extension(event, me, at)?,
                };
                Some(self.encode(&frame))
            }
            _ => None,
        }
    }

    fn replays(&self) -> bool {
        self.options.replay
    }

    fn receives(&self) -> bool {
        true
    }

    fn watches_presence(&self) -> bool {
        self.options.extended
    }
}

/// A message in the shape that sending answers with, history lists and sockets push.
pub fn message_frame(message: &Message) -> Frame<'_> {
    let (kind, mut body) = content::body(&message.draft);
    if message.status == MessageStatus::Deleted {
        body = "".into();
    }
    Frame {
        id: message.id.0,
        created_at: Time(message.created_at),
        updated_at: Time(message.updated_at),
        from_id: message.sender.0,
        to_id: message.target(),
        ope: match message.exchange() {
            Exchange::Direct(..) => FRIEND.into(),
            Exchange::Channel(_) => GROUP.into(),
        },
        kind: kind.into(),
        body,
        is_private: message.draft.sealed,
        status: match message.status {
            MessageStatus::Normal => NORMAL.into(),
            MessageStatus::Revoked | MessageStatus::Deleted => REVOCATION.into(),
        },
        read: None,
        is_read: false,
        own: None,
    }
}

/// The events the original API does not have.
fn extension(event: &Event, me: AccountId, at: Millis) -> Option<Frame<'static>> {
    let (kind, from, to, body) = match event {
        Event::Edited(message) => {
            let (kind, body) = content::body(&message.draft);
            let told = json!({
                "id": message.id, "type": kind, "body": body,
                "updatedAt": Time(message.updated_at).to_string(),
            });
            ("edit", message.sender.0, message.target(), told)
        }
        Event::ContactAnswered {
            by,
            to,
            accepted,
            reason,
            ..
        } if *to == me => ("addFriendResult", by.0, to.0, answer(*accepted, reason)),
        Event::JoinAnswered {
            channel,
            to,
            accepted,
            reason,
        } => (
            "joinGroupResult",
            channel.0,
            to.0,
            answer(*accepted, reason),
        ),
        Event::Kept(Lasting::Invited {
            channel,
            by,
            members,
            ..
        }) => (
            "groupInvite",
            by.0,
            channel.0,
            json!({ "members": members }),
        ),
        Event::Kept(Lasting::Kicked { channel, by, .. }) => {
            ("groupKick", by.0, channel.0, Value::Null)
        }
        Event::Left { channel, member } => (
            "groupExit",
            member.0,
            channel.0,
            json!({ "accountId": member }),
        ),
        Event::Transferred { channel, by, to } => {
            ("groupTransfer", by.0, channel.0, json!({ "owner": to }))
        }
        Event::RoleChanged {
            channel,
            by,
            member,
            role,
        } => {
            let manager = *role >= crate::domain::Role::Manager;
            (
                "groupManager",
                by.0,
                channel.0,
                json!({ "accountId": member, "isManager": manager }),
            )
        }
        Event::Muted {
            channel,
            by,
            member,
            until,
        } => {
            let until = (*until > 0).then(|| Time(*until).to_string());
            (
                "groupBanned",
                by.0,
                channel.0,
                json!({ "accountId": member, "until": until }),
            )
        }
        Event::ChannelUpdated { channel, by, patch } => {
            ("groupUpdate", by.0, channel.0, changed(patch))
        }
        Event::Kept(Lasting::Dissolved { channel, by }) => {
            ("groupDissolve", by.0, channel.0, json!({}))
        }
        Event::Presence {
            account,
            online,
            alone: true,
            ..
        } if *account != me => {
            let state = if *online { "online" } else { "offline" };
            return Some(Frame::event(
                "online",
                account.0,
                me.0,
                state.to_owned(),
                at,
            ));
        }
        // Whoever answered knows.
        Event::ContactAnswered { .. }
        | Event::Posted(_)
        | Event::Passed(_)
        | Event::Revoked { .. }
        | Event::Deleted { .. }
        | Event::Reacted { .. }
        | Event::Read { .. }
        | Event::ReadIn { .. }
        | Event::Typing { .. }
        | Event::Kept(_)
        | Event::JoinRequested { .. }
        | Event::Signalled(_)
        | Event::MemberJoined { .. }
        | Event::MemberLeft { .. }
        | Event::Founded { .. }
        | Event::Parted { .. }
        | Event::Presence { .. }
        | Event::UnreadCleared { .. }
        | Event::VoiceHeard { .. }
        | Event::DraftSaved { .. }
        | Event::Reminded { .. }
        | Event::LoggedOut { .. } => return None,
    };
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    Some(Frame::event(kind, from, to, body, at))
}

fn answer(accepted: bool, reason: &str) -> Value {
    json!({ "status": if accepted { "pass" } else { "deny" }, "reason": reason })
}

/// The changed parts of a channel's description under the API's own names.
fn changed(patch: &ChannelPatch) -> Value {
    let mut fields = Map::new();
    let texts = [
        ("name", &patch.name),
        ("avatar", &patch.avatar),
        ("intro", &patch.intro),
        ("country", &patch.country),
        ("province", &patch.province),
        ("city", &patch.city),
        ("district", &patch.district),
        ("address", &patch.address),
    ];
    for (name, value) in texts {
        fields.extend(value.as_ref().map(|value| (name.to_owned(), json!(value))));
    }
    for (name, value) in [("longitude", patch.longitude), ("latitude", patch.latitude)] {
        fields.extend(value.map(|value| (name.to_owned(), json!(value))));
    }
    let flags = [
        ("disableAddMember", patch.contacts_off),
        ("disableViewMember", patch.profiles_hidden),
        ("disbaleAddGroup", patch.join_closed),
        ("enbaleBeforeMsg", patch.history_open),
    ];
    for (name, value) in flags {
        fields.extend(value.map(|value| (name.to_owned(), json!(value))));
    }
    Value::Object(fields)
}
