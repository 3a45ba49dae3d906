//! Commands: what tells clients to look again, or to forget something (contract, section 4.4). Drawn from the core's events,
//! whichever dialect caused them.

use super::ids::Ids;
use crate::domain::conversation::Target;
use crate::domain::lasting::Lasting;
use crate::domain::presence::DeviceKind;
use crate::domain::{AccountId, ChannelId, Event};
use crate::service::opaque::{Kind, Uid};
use serde::Serialize;
use serde_json::{Value, json};

/// Ids of kept commands begin here, above those of all messages.
const FIRST: i64 = 1 << 52;

/// The type of a payload that is a command.
const COMMAND: u8 = 99;

/// A command for one account.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// Its name.
    pub cmd: &'static str,
    /// What it is about.
    pub param: Value,
    /// Who caused it, where clients want to know.
    pub from: Option<Uid>,
    /// Where it belongs: a conversation, or the account's own.
    pub place: Target,
    /// Whether it is kept for clients that are away.
    pub kept: bool,
}

#[derive(Serialize)]
struct Payload<'a> {
    cmd: &'a str,
    param: &'a Value,
    #[serde(rename = "type")]
    kind: u8,
}

impl Command {
    /// Its payload, with the keys in the order of the SDKs.
    pub fn payload(&self) -> String {
        let payload = Payload {
            cmd: self.cmd,
            param: &self.param,
            kind: COMMAND,
        };
        serde_json::to_string(&payload).unwrap_or_default()
    }

    fn kept(place: Target, cmd: &'static str, param: Value) -> Self {
        Self {
            cmd,
            param,
            from: None,
            place,
            kept: true,
        }
    }

    fn passing(place: Target, cmd: &'static str, param: Value) -> Self {
        Self {
            kept: false,
            ..Self::kept(place, cmd, param)
        }
    }
}

/// The id of a command that is kept under a number. JSON numbers hold it.
pub fn id(stored: i64) -> i64 {
    FIRST + stored
}

/// The client id that a command is shown with, by its number among the stored ones, or any other that is its own.
pub fn message_no(number: i64) -> String {
    format!("cmd{number}")
}

/// The command that tells `me` what happened and was kept, if it concerns them.
pub fn of(what: &Lasting, me: AccountId, ids: &Ids) -> Option<Command> {
    let (own, group) = (Target::Account(me), Target::Channel);
    Some(match what {
        Lasting::Revoked {
            message,
            conversation,
            by,
        } => Command {
            from: Some(ids.uid(*by)),
            ..Command::kept(
                conversation.exchange().seen_by(me)?,
                "messageRevoke",
                json!({ "message_id": message.to_string() }),
            )
        },
        Lasting::ContactRequested {
            from,
            to,
            request,
            name,
            reason,
        } => {
            if *to != me {
                return None;
            }
            let token = ids.opaque.seal(Kind::ContactRequest, *request, None);
            let param = json!({
                "apply_uid": ids.uid(*from), "apply_name": name, "to_uid": ids.uid(*to),
                "remark": reason, "token": token,
            });
            Command::kept(own, "friendRequest", param)
        }
        Lasting::ContactAccepted { by, to, name } => {
            let param =
                json!({ "to_uid": ids.uid(*to), "from_uid": ids.uid(*by), "from_name": name });
            Command::kept(own, "friendAccept", param)
        }
        Lasting::Invited { channel, .. } | Lasting::Removed { channel, .. } => Command::kept(
            group(*channel),
            "memberUpdate",
            members(*channel, None, ids),
        ),
        Lasting::MembersChanged { channel, member } => Command::kept(
            group(*channel),
            "memberUpdate",
            members(*channel, *member, ids),
        ),
        Lasting::ChannelUpdated {
            channel,
            avatar: true,
            ..
        } => Command::kept(
            group(*channel),
            "groupAvatarUpdate",
            json!({ "group_no": ids.group(*channel) }),
        ),
        Lasting::ChannelUpdated { channel, .. } | Lasting::Dissolved { channel, .. } => {
            let place = group(*channel);
            Command::kept(place, "channelUpdate", named(place, ids))
        }
        // Who is no member any more belongs to no group.
        Lasting::Kicked { channel, .. } => {
            Command::kept(own, "channelUpdate", named(group(*channel), ids))
        }
        Lasting::ProfileChanged {
            account,
            avatar: true,
        } => Command::kept(own, "userAvatarUpdate", json!({ "uid": ids.uid(*account) })),
        Lasting::ProfileChanged { account, .. } => {
            Command::kept(own, "channelUpdate", named(Target::Account(*account), ids))
        }
        Lasting::ContactChanged { peer, .. } => {
            Command::kept(own, "channelUpdate", named(Target::Account(*peer), ids))
        }
        Lasting::ContactRemoved { peer, .. } => {
            Command::kept(own, "friendDeleted", json!({ "uid": ids.uid(*peer) }))
        }
        Lasting::PrefsChanged { place, .. } => {
            Command::kept(own, "channelUpdate", named(*place, ids))
        }
        Lasting::Hidden { messages, .. } => {
            let messages = messages.iter().map(|(id, seq, place)| {
                let (channel, kind) = ids.place(*place);
                json!({ "message_id": id, "message_seq": seq, "channel_id": channel, "channel_type": kind })
            });
            let messages: Value = messages.collect();
            Command::kept(own, "messageDeleted", json!({ "messages": messages }))
        }
        Lasting::Closed { place, .. } => {
            Command::kept(own, "conversationDeleted", named(*place, ids))
        }
    })
}

/// The command that tells `me` what happened and is not kept, if there is one and it concerns them.
pub fn passing(event: &Event, me: AccountId, ids: &Ids) -> Option<Command> {
    let own = Target::Account(me);
    Some(match event {
        Event::Typing {
            from,
            name,
            to,
            finished,
        } => {
            if *from == me || *finished {
                return None;
            }
            let place = match to {
                Target::Account(_) => Target::Account(*from),
                channel => *channel,
            };
            let (channel, kind) = ids.place(place);
            let param = json!({
                "from_uid": ids.uid(*from), "from_name": &**name, "channel_id": channel, "channel_type": kind,
            });
            Command::passing(place, "typing", param)
        }
        Event::Presence {
            account,
            online,
            kind,
            main,
            alone,
        } => {
            let flag = kind.unwrap_or(DeviceKind::Web) as i16;
            let param = json!({
                "uid": ids.uid(*account), "online": u8::from(*online), "device_flag": flag,
                "main_device_flag": main.map_or(flag, |main| main as i16), "all_offline": u8::from(!online && *alone),
            });
            Command::passing(own, "onlineStatus", param)
        }
        Event::UnreadCleared { place, unread, .. } => {
            let mut param = named(*place, ids);
            param["unread"] = (*unread).into();
            Command::passing(own, "unreadClear", param)
        }
        Event::VoiceHeard { message, place } => {
            let mut param = named(*place, ids);
            param["message_id"] = json!(message.to_string());
            Command::passing(own, "voiceReaded", param)
        }
        Event::Read { reader, peer } => {
            let other = if *reader == me { peer } else { reader };
            Command::passing(Target::Account(*other), "syncMessageExtra", json!({}))
        }
        Event::ReadIn { channel, .. } => {
            Command::passing(Target::Channel(*channel), "syncMessageExtra", json!({}))
        }
        Event::Edited(message) | Event::Deleted { message, .. } => {
            let place = message.exchange().seen_by(me)?;
            Command::passing(place, "syncMessageExtra", json!({}))
        }
        Event::Reacted { conversation } => {
            let place = conversation.exchange().seen_by(me)?;
            Command::passing(place, "syncMessageReaction", json!({}))
        }
        Event::Reminded { place } => {
            // A reminder in a conversation with me is one in that with the other side, whom nobody needs to know.
            let place = match place {
                Target::Account(_) => own,
                channel => *channel,
            };
            Command::passing(place, "syncReminders", json!({}))
        }
        Event::DraftSaved { .. } => Command::passing(own, "syncConversationExtra", json!({})),
        Event::LoggedOut { .. } => Command::passing(own, "pcQuit", json!({})),
        // Messages are told as such, and what is kept is told as that.
        Event::Posted(_)
        | Event::Passed(_)
        | Event::Revoked { .. }
        | Event::Kept(_)
        | Event::Signalled(_)
        | Event::MemberJoined { .. }
        | Event::MemberLeft { .. }
        | Event::ContactAnswered { .. }
        | Event::Founded { .. }
        | Event::Parted { .. }
        | Event::Left { .. }
        | Event::Transferred { .. }
        | Event::RoleChanged { .. }
        | Event::Muted { .. }
        | Event::ChannelUpdated { .. } => return None,
        // This API has no requests to join.
        Event::JoinRequested { .. } | Event::JoinAnswered { .. } => return None,
    })
}

fn named(place: Target, ids: &Ids) -> Value {
    let (channel, kind) = ids.place(place);
    json!({ "channel_id": channel, "channel_type": kind })
}

fn members(channel: ChannelId, member: Option<AccountId>, ids: &Ids) -> Value {
    let mut param = json!({ "group_no": ids.group(channel) });
    if let Some(member) = member {
        param["uid"] = json!(ids.uid(member));
    }
    param
}

#[cfg(test)]
mod tests;
