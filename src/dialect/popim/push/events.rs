//! What the product's clients are told of what happens (contract, section 3.13): the core's events in their words, each on the
//! channel of the user or of the group.

mod looks;

pub use looks::Looks;

use super::proto::quoted;
use crate::dialect::popim::content;
use crate::dialect::popim::escape::Escape;
use crate::dialect::popim::faces_picture::shown as picture;
use crate::dialect::popim::notices::{self, Named};
use crate::domain::channel::ChannelPatch;
use crate::domain::conversation::{Exchange, Target};
use crate::domain::{AccountId, ChannelId, Dialect, Event, Lasting, Message, MessageId};
use crate::hub::envelope::{Envelope, Frame, Slot};
use crate::service::faces::{Faces, Wanted};
use bytestring::ByteString;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::sync::Arc;

/// A mark of a group's message: its members hear it on their own channels, because nobody listens to the group's yet.
pub const TO_USERS: i64 = 1;

/// How many of those who were invited are looked up by name.
const NAMED: usize = 50;

/// Where something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On the channel of the account that listens.
    Own,
    /// On a group's.
    Group(ChannelId),
}

/// Something told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Where.
    pub place: Place,
    /// The event's name.
    pub event: &'static str,
    /// What it says: JSON, quoted as a JSON text.
    pub data: ByteString,
}

/// Who is told, and how.
pub struct Scene<'a> {
    /// The account that listens.
    pub me: AccountId,
    /// Whether it listens to what is told there. What concerns it alone is told in any case.
    pub hears: &'a dyn Fn(Place) -> bool,
    /// What the others look like.
    pub looks: &'a dyn Looks,
    /// How texts are written.
    pub escape: Escape,
    /// Under which address the node is known.
    pub public_url: &'a str,
}

/// Of whom one has to know to tell `me` of an event.
pub fn wanted(envelope: &Envelope, me: AccountId) -> Wanted {
    let mut wanted = Wanted::default();
    match &envelope.event {
        Event::Posted(message) => match message.exchange() {
            Exchange::Direct(low, high) => {
                let other = if low == me { high } else { low };
                wanted.accounts.extend([low, high]);
                wanted.remarks.insert((me, other));
            }
            Exchange::Channel(channel) => {
                wanted.accounts.insert(message.sender);
                wanted.channels.insert(channel);
            }
        },
        Event::ContactAnswered {
            by,
            to,
            accepted: true,
            ..
        } => {
            wanted.accounts.insert(other_of(*by, *to, me));
        }
        Event::Kept(Lasting::Invited {
            channel,
            by,
            members,
            founding,
        }) if members.contains(&me) => {
            wanted.channels.insert(*channel);
            if !founding {
                wanted.accounts.insert(*by);
                wanted.accounts.extend(members.iter().take(NAMED));
            }
        }
        Event::JoinAnswered {
            channel,
            accepted: true,
            ..
        }
        | Event::Founded { channel, .. }
        | Event::Parted { channel, .. }
        | Event::Kept(Lasting::Kicked { channel, .. }) => {
            wanted.channels.insert(*channel);
        }
        _ => {}
    }
    wanted
}

/// Forgets what an event says has changed.
pub fn outdate(envelope: &Envelope, faces: &Faces) {
    let at = envelope.at;
    match &envelope.event {
        Event::ChannelUpdated { channel, .. }
        | Event::Transferred { channel, .. }
        | Event::Kept(Lasting::Dissolved { channel, .. }) => faces.channel_changed(*channel, at),
        Event::Kept(Lasting::ProfileChanged { account, .. }) => faces.account_changed(*account, at),
        Event::Kept(Lasting::ContactChanged { account, peer }) => {
            faces.contact_changed(*account, *peer, at);
        }
        _ => {}
    }
}

/// The group to which the listener does not belong any more.
pub fn lost(event: &Event, me: AccountId) -> Option<ChannelId> {
    match event {
        Event::Kept(Lasting::Dissolved { channel, .. }) => Some(*channel),
        Event::Kept(Lasting::Kicked {
            channel, member, ..
        })
        | Event::Parted { channel, member }
        | Event::Left { channel, member }
            if *member == me =>
        {
            Some(*channel)
        }
        Event::Kept(Lasting::Removed {
            channel, members, ..
        }) if members.contains(&me) => Some(*channel),
        _ => None,
    }
}

/// What the listener is told of an event.
pub fn told(envelope: &Envelope, scene: &Scene<'_>) -> Vec<Told> {
    let me = scene.me;
    match &envelope.event {
        Event::Posted(message) => scene.posted(envelope, message).into_iter().collect(),
        Event::Revoked { message, by } => {
            let told = scene.withdrawn(envelope, message, *by, "revoke", None);
            told.into_iter().collect()
        }
        Event::Deleted { message, by } => {
            let told = scene.withdrawn(envelope, message, *by, "message_delete", Some(2));
            told.into_iter().collect()
        }
        Event::Kept(Lasting::Hidden { account, messages }) if *account == me => {
            let hidden = messages.iter();
            hidden
                .map(|(mid, _, place)| hid(*mid, *place, me))
                .collect()
        }
        Event::Kept(Lasting::ContactRequested { from, to, .. }) if *to == me => {
            vec![own("friendApply", &json!({ "uid": from }))]
        }
        Event::ContactAnswered {
            by,
            to,
            accepted: true,
            ..
        } => vec![scene.befriended(other_of(*by, *to, me))],
        // Whoever ended it knows.
        Event::Kept(Lasting::ContactRemoved {
            account,
            peer,
            by: Some(by),
        }) if *account == me && by == peer => {
            vec![own("removeFriend", &json!({ "uid": peer }))]
        }
        Event::Founded { channel, by } if *by == me => {
            vec![scene.group("addGroup", *channel, *by, None)]
        }
        Event::JoinAnswered {
            channel,
            to,
            accepted: true,
            ..
        } if *to == me => vec![scene.group("addGroup", *channel, me, None)],
        Event::Kept(Lasting::Invited {
            channel,
            by,
            members,
            founding,
        }) if members.contains(&me) => {
            let notice = (!founding && *by != me).then(|| scene.invitation(*by, members));
            vec![scene.group("addGroup", *channel, *by, notice)]
        }
        Event::Kept(Lasting::Kicked {
            channel,
            by,
            member,
        }) if *member == me => vec![scene.group("removeGroup", *channel, *by, None)],
        Event::Parted { channel, member } if *member == me => {
            vec![scene.group("removeGroup", *channel, me, None)]
        }
        Event::Kept(Lasting::Dissolved { channel, .. }) => {
            let data = json!({ "gid": channel });
            vec![on(Place::Group(*channel), "removeGroup", &data)]
        }
        Event::ChannelUpdated { channel, patch, .. } => {
            let told = scene.updated(envelope, *channel, patch);
            told.into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn other_of(a: AccountId, b: AccountId, me: AccountId) -> AccountId {
    if a == me { b } else { a }
}

fn on(place: Place, event: &'static str, data: &Value) -> Told {
    Told {
        place,
        event,
        data: written(data),
    }
}

fn written(data: &Value) -> ByteString {
    quoted(&data.to_string()).into()
}

/// What an event says to everybody alike, written once.
fn shared(envelope: &Envelope, write: impl FnOnce() -> ByteString) -> Option<ByteString> {
    match envelope.frame(Slot::PopimMessage, || Frame::Text(write())) {
        Frame::Text(data) => Some(data),
        Frame::Binary(_) => None,
    }
}

fn message_place(message: &Message) -> Place {
    let draft = &message.draft;
    let to_users = draft.dialect == Dialect::Popim && draft.marks & TO_USERS != 0;
    match message.exchange() {
        Exchange::Channel(channel) if !to_users => Place::Group(channel),
        _ => Place::Own,
    }
}

fn own(event: &'static str, data: &Value) -> Told {
    on(Place::Own, event, data)
}

/// A message that somebody does not want to see any more.
fn hid(mid: MessageId, place: Target, me: AccountId) -> Told {
    let kind = match place {
        Target::Account(_) => FRIEND,
        Target::Channel(_) => GROUP,
    };
    let id = place.number();
    let data = json!({ "type": kind, "id": id, "mid": mid, "uid": me, "ty": 1 });
    own("message_delete", &data)
}

/// The two types of conversation.
const FRIEND: &str = "friend";
const GROUP: &str = "group";

/// `data` of `message`, in the contract's order.
#[derive(Serialize)]
struct MessageData<'a> {
    from: String,
    from_name: Cow<'a, str>,
    from_avatar: Cow<'a, str>,
    to: String,
    to_name: Cow<'a, str>,
    to_avatar: Cow<'a, str>,
    content: Cow<'a, str>,
    timestamp: i64,
    #[serde(rename = "type")]
    kind: &'static str,
    sub_type: &'static str,
    mid: MessageId,
    #[serde(rename = "uniqueId", skip_serializing_if = "Option::is_none")]
    unique_id: Option<Cow<'a, str>>,
    quote_mid: i64,
    quote_content: Cow<'a, str>,
}

/// A name and a picture.
#[derive(Default)]
struct Shown {
    name: Arc<str>,
    avatar: Arc<str>,
}

impl Scene<'_> {
    /// An account as the listener knows it.
    fn shown(&self, account: AccountId) -> Shown {
        let mut shown = self.public(account);
        if account != self.me
            && let Some(remark) = self.looks.remark(self.me, account)
        {
            shown.name = remark;
        }
        shown
    }

    /// An account as everybody knows it.
    fn public(&self, account: AccountId) -> Shown {
        let face = self.looks.account(account);
        face.map_or_else(Shown::default, |face| Shown {
            name: face.name().clone(),
            avatar: face.avatar,
        })
    }

    fn picture<'a>(&self, avatar: &'a str) -> Cow<'a, str> {
        picture(avatar, self.public_url)
    }

    fn sign(&self, channel: ChannelId) -> Shown {
        let sign = self.looks.channel(channel);
        sign.map_or_else(Shown::default, |sign| Shown {
            name: sign.name,
            avatar: sign.avatar,
        })
    }

    fn posted(&self, envelope: &Envelope, message: &Message) -> Option<Told> {
        if !message.is_for(self.me) {
            return None;
        }
        let place = message_place(message);
        if !(self.hears)(place) {
            return None;
        }
        let data = match message.exchange() {
            Exchange::Direct(low, high) => {
                let peer = other_of(low, high, message.sender);
                let (from, to) = (self.shown(message.sender), self.shown(peer));
                self.message_data(message, &from, &to, FRIEND)
            }
            Exchange::Channel(channel) => shared(envelope, || {
                let (from, to) = (self.public(message.sender), self.sign(channel));
                self.message_data(message, &from, &to, GROUP)
            })?,
        };
        Some(Told {
            place,
            event: "message",
            data,
        })
    }

    fn message_data(
        &self,
        message: &Message,
        from: &Shown,
        to: &Shown,
        kind: &'static str,
    ) -> ByteString {
        let quote = content::quote(message);
        let text = content::text_of(message);
        let (quote_mid, quoted_text) =
            quote.map_or((0, String::new()), |quote| (quote.mid.0, quote.content));
        let data = MessageData {
            from: message.sender.to_string(),
            from_name: self.escape.text(&from.name),
            from_avatar: self.picture(&from.avatar),
            to: message.target().to_string(),
            to_name: self.escape.text(&to.name),
            to_avatar: self.picture(&to.avatar),
            content: self.escape.text(&text),
            timestamp: message.created_at.div_euclid(1000),
            kind,
            sub_type: content::sub_type(message),
            mid: message.id,
            unique_id: content::unique_id(message).map(|id| self.escape.text(id)),
            quote_mid,
            quote_content: self.escape.text(&quoted_text),
        };
        // Texts and numbers can always be written.
        quoted(&serde_json::to_string(&data).unwrap_or_default()).into()
    }

    /// A message that was taken back, in one way or the other.
    fn withdrawn(
        &self,
        envelope: &Envelope,
        message: &Message,
        by: AccountId,
        event: &'static str,
        ty: Option<i64>,
    ) -> Option<Told> {
        if !message.is_for(self.me) {
            return None;
        }
        let (place, kind, id) = match message.exchange() {
            Exchange::Channel(channel) => (Place::Group(channel), GROUP, channel.0),
            Exchange::Direct(low, high) => (Place::Own, FRIEND, other_of(low, high, by).0),
        };
        if !(self.hears)(place) {
            return None;
        }
        let data = shared(envelope, || {
            let mut data = json!({ "type": kind, "id": id, "mid": message.id, "uid": by });
            if let Some(ty) = ty {
                data["ty"] = ty.into();
            }
            written(&data)
        })?;
        Some(Told { place, event, data })
    }

    fn befriended(&self, other: AccountId) -> Told {
        let Shown { name, avatar } = self.public(other);
        let (name, avatar) = (self.escape.text(&name), self.picture(&avatar));
        let data = json!({ "uid": other, "name": name, "avatar": avatar });
        own("addFriend", &data)
    }

    fn group(
        &self,
        event: &'static str,
        channel: ChannelId,
        by: AccountId,
        notice: Option<String>,
    ) -> Told {
        let Shown { name, avatar } = self.sign(channel);
        let (name, avatar) = (self.escape.text(&name), self.picture(&avatar));
        let mut data = json!({ "gid": channel, "groupname": name, "avatar": avatar, "uid": by });
        if let Some(notice) = notice {
            data["content"] = self.escape.text(&notice).into();
        }
        own(event, &data)
    }

    /// What the group is told of the same, for those who do not listen to it yet.
    fn invitation(&self, by: AccountId, members: &[AccountId]) -> String {
        let names: Vec<Arc<str>> = members.iter().map(|id| self.public(*id).name).collect();
        let named = members.iter().zip(&names);
        let named: Vec<Named<'_>> = named.map(|(id, name)| (*id, &**name)).collect();
        notices::invited_text((by, &self.public(by).name), &named)
    }

    /// Clients copy every key that their conversation has, so there is nothing in it but what changed.
    fn updated(
        &self,
        envelope: &Envelope,
        channel: ChannelId,
        patch: &ChannelPatch,
    ) -> Option<Told> {
        let (place, event) = (Place::Group(channel), "updateGroup");
        let changed = patch.name.is_some() || patch.avatar.is_some();
        if !changed || !(self.hears)(place) {
            return None;
        }
        let data = shared(envelope, || self.changed(channel, patch))?;
        Some(Told { place, event, data })
    }

    fn changed(&self, channel: ChannelId, patch: &ChannelPatch) -> ByteString {
        let mut data = Map::new();
        data.insert("gid".to_owned(), json!(channel));
        if let Some(name) = &patch.name {
            let name = self.escape.text(name);
            data.insert("groupname".to_owned(), json!(name));
        }
        if let Some(avatar) = &patch.avatar {
            data.insert("avatar".to_owned(), json!(self.picture(avatar)));
        }
        written(&data.into())
    }
}

#[cfg(test)]
mod tests;
