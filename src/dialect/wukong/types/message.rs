//! Messages as two kinds of clients read them: with a payload in base64, as the document says, or as an object, as the web
//! client wants it.

use super::Place;
use super::user::name;
use crate::dialect::wukong::ids::Ids;
use crate::dialect::wukong::{command, content, time};
use crate::domain::conversation::Exchange;
use crate::domain::{AccountId, Message, MessageStatus};
use crate::service::chat::{Reacted, Seen};
use crate::service::opaque::Uid;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;

/// How a payload is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As the base64 of its bytes.
    Base64,
    /// As the object that it is.
    Object,
}

impl Form {
    /// The payload as a part of a larger JSON text.
    pub fn show(self, payload: String) -> Value {
        match self {
            Self::Base64 => STANDARD.encode(payload).into(),
            // A payload that is no object cannot have come in.
            Self::Object => serde_json::from_str(&payload).unwrap_or_default(),
        }
    }
}

/// How a message was delivered.
#[derive(Serialize)]
pub struct Header {
    no_persist: u8,
    red_dot: u8,
    sync_once: u8,
}

impl Header {
    /// Of a message that is stored.
    pub fn of_message(counts: bool) -> Self {
        Self {
            no_persist: 0,
            red_dot: counts.into(),
            sync_once: 0,
        }
    }

    /// Of a stored command.
    pub fn of_command() -> Self {
        Self {
            no_persist: 0,
            red_dot: 0,
            sync_once: 1,
        }
    }
}

/// A message in the form of the document.
#[derive(Serialize)]
pub struct Item {
    header: Header,
    setting: u8,
    message_id: i64,
    message_idstr: String,
    message_seq: i64,
    client_msg_no: String,
    from_uid: String,
    to_uid: String,
    #[serde(flatten)]
    place: Place,
    timestamp: i64,
    payload: Value,
    revoke: u8,
}

impl Item {
    /// A message as `me` sees it; nothing of a conversation of two others.
    pub fn of(message: &Message, me: AccountId, ids: &Ids, form: Form) -> Option<Self> {
        let place = message.exchange().seen_by(me)?;
        Some(Self {
            header: Header::of_message(!message.draft.quiet),
            setting: content::setting(&message.draft),
            message_id: message.id.0,
            message_idstr: message.id.to_string(),
            message_seq: message.seq,
            client_msg_no: content::message_no(message, ids),
            from_uid: from(message, ids),
            to_uid: to(message, ids),
            place: Place::of(place, ids),
            timestamp: message.created_at / 1000,
            payload: form.show(content::payload(&message.draft, ids).into_owned()),
            revoke: is_revoked(message).into(),
        })
    }

    /// A stored command with its place among the commands of whom it is for.
    pub fn of_command(command: Command, form: Form) -> Self {
        Self {
            header: Header::of_command(),
            setting: content::QUIET,
            message_id: command.id,
            message_idstr: command.id.to_string(),
            message_seq: command.seq,
            client_msg_no: command::message_no(command.seq),
            from_uid: command.from,
            to_uid: String::new(),
            place: command.place,
            timestamp: command.at,
            payload: form.show(command.payload),
            revoke: 0,
        }
    }
}

/// What a stored command is shown with.
pub struct Command {
    /// Its id among all messages and commands.
    pub id: i64,
    /// Its place among the commands.
    pub seq: i64,
    /// Who caused it; empty for the system.
    pub from: String,
    /// Where it belongs.
    pub place: Place,
    /// When, in seconds.
    pub at: i64,
    /// Its JSON.
    pub payload: String,
}

/// A message in the form of the web client.
#[derive(Serialize)]
pub struct Full {
    #[serde(flatten)]
    item: Item,
    expire: u32,
    signal_payload: &'static str,
    is_deleted: u8,
    voice_status: u8,
    readed: u8,
    readed_count: i64,
    unread_count: i64,
    revoker: String,
    extra_version: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_extra: Option<Extra>,
    reactions: Vec<Reaction>,
}

impl Full {
    /// A message as `me` sees it; nothing of a conversation of two others.
    pub fn of(seen: &Seen, me: AccountId, ids: &Ids) -> Option<Self> {
        let extra = Extra::of(seen, ids);
        Some(Self {
            item: Item::of(&seen.message, me, ids, Form::Object)?,
            expire: content::expire(&seen.message.draft),
            signal_payload: "",
            is_deleted: 0,
            voice_status: 0,
            readed: extra.readed,
            readed_count: extra.readed_count,
            unread_count: 0,
            revoker: extra.revoker.clone(),
            extra_version: extra.extra_version,
            message_extra: extra.is_telling().then_some(extra),
            reactions: seen
                .reactions
                .iter()
                .map(|r| Reaction::of(r, ids))
                .collect(),
        })
    }
}

impl Full {
    /// The client's own number of the message.
    pub fn client_msg_no(&self) -> &str {
        &self.item.client_msg_no
    }
}

/// What became of a message.
#[derive(Serialize)]
pub struct Extra {
    message_id: i64,
    message_id_str: String,
    revoke: u8,
    revoker: String,
    readed: u8,
    readed_count: i64,
    readed_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_edit: Option<Value>,
    edited_at: i64,
    is_mutual_deleted: u8,
    is_pinned: u8,
    extra_version: i64,
}

impl Extra {
    /// What became of a message that somebody sees.
    pub fn of(seen: &Seen, ids: &Ids) -> Self {
        let message = &seen.message;
        let revoked = is_revoked(message);
        let revoker = revoked.then(|| ids.uid(seen.change.map_or(message.sender, |c| c.by)));
        let edited = seen
            .change
            .filter(|change| change.edited_at > 0 && message.status == MessageStatus::Normal);
        Self {
            message_id: message.id.0,
            message_id_str: message.id.to_string(),
            revoke: revoked.into(),
            revoker: revoker.as_deref().unwrap_or_default().to_owned(),
            readed: seen.read.into(),
            readed_count: seen.readers,
            readed_at: 0,
            content_edit: edited
                .map(|_| Form::Object.show(content::payload(&message.draft, ids).into_owned())),
            edited_at: edited.map_or(0, |change| change.edited_at / 1000),
            is_mutual_deleted: (message.status == MessageStatus::Deleted).into(),
            is_pinned: 0,
            extra_version: seen.version,
        }
    }

    fn is_telling(&self) -> bool {
        self.revoke == 1 || self.readed == 1 || self.readed_count > 0 || self.edited_at > 0
    }
}

/// What somebody has put beside a message.
#[derive(Serialize)]
pub struct Reaction {
    message_id: i64,
    message_idstr: String,
    seq: i64,
    uid: Uid,
    name: String,
    emoji: String,
    is_deleted: u8,
    created_at: String,
}

impl Reaction {
    /// What somebody has put beside a message, as somebody sees it.
    pub fn of(reacted: &Reacted, ids: &Ids) -> Self {
        let reaction = &reacted.reaction;
        Self {
            message_id: reaction.message.0,
            message_idstr: reaction.message.to_string(),
            seq: reaction.version,
            uid: ids.uid(reaction.account),
            name: name(&reacted.by.account).to_owned(),
            emoji: reaction.emoji.clone(),
            is_deleted: reaction.removed.into(),
            created_at: time::second(reaction.at),
        }
    }
}

fn is_revoked(message: &Message) -> bool {
    message.status == MessageStatus::Revoked
}

/// Who sent it; nobody, if the system did.
fn from(message: &Message, ids: &Ids) -> String {
    let from = content::from_uid(message, ids);
    from.as_deref().unwrap_or_default().to_owned()
}

/// Whom it was sent to; nobody, in a group.
fn to(message: &Message, ids: &Ids) -> String {
    match message.exchange() {
        Exchange::Channel(_) => String::new(),
        direct => direct
            .peer_of(message.sender)
            .map(|peer| ids.uid(peer).to_string())
            .unwrap_or_default(),
    }
}
