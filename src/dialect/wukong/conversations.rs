//! Operation 46, and the calls of the web client about conversations (contract, section 7.1): which there are, with whom, what
//! is unread.

use super::Answer;
use super::caller::Authed;
use super::ids::Ids;
use super::reply::Reply;
use super::types::Place;
use super::types::conversation::{Conversation, Extra};
use super::types::group::{Group, Shown};
use super::types::message::{Form, Full, Item};
use super::types::user::{UserDetail, category, device_flag, name, sex};
use super::user::home_zone;
use crate::domain::conversation::Target;
use crate::domain::{AccountId, ChannelId};
use crate::error::Error;
use crate::service::conversations::{Counted, Dialog, Draft};
use serde_json::{Value, json};

/// Messages of each conversation in one answer, at most.
const RECENTS: i64 = 20;
/// Characters of what somebody has begun to write.
const DRAFT: usize = 20_000;

/// 46: the caller's conversations, newest first.
pub async fn list(ask: Authed) -> Answer {
    let conversations = &ask.services.conversations;
    let dialogs = conversations
        .list(ask.caller, 1, 0, Counted::Everything)
        .await?;
    let (me, ids) = (ask.me(), ask.ids.clone());
    let listed = move |dialog: &Dialog| {
        let newest = &dialog.recent.first()?.message;
        let item = Item::of(newest, me, &ids, Form::Base64)?;
        let (channel_id, channel_type) = ids.place(dialog.place);
        Some(json!({
            "channel_id": channel_id,
            "channel_type": channel_type,
            "unread": dialog.unread,
            "timestamp": newest.created_at / 1000,
            "last_message": item,
        }))
    };
    Reply::written(move || {
        let shown: Vec<Value> = dialogs.iter().filter_map(listed).collect();
        Reply::data(&shown)
    })
    .await
}

/// The same as the web client wants it: with the newest messages, and with whom and what they are.
pub async fn sync(ask: Authed) -> Answer {
    let count = ask.args.int("msg_count")?.unwrap_or(1).min(RECENTS);
    let version = ask.args.int("version")?.unwrap_or_default();
    let conversations = &ask.services.conversations;
    let dialogs = conversations
        .list(ask.caller, count, version, Counted::Everything)
        .await?;
    let mut accounts: Vec<AccountId> = Vec::new();
    let mut channels: Vec<ChannelId> = Vec::new();
    for dialog in &dialogs {
        match dialog.place {
            Target::Account(account) => accounts.push(account),
            Target::Channel(channel) => channels.push(channel),
        }
    }
    let between = ask
        .services
        .contacts
        .between_all(ask.caller, accounts)
        .await?;
    let sights = ask.services.channels.look_all(ask.me(), channels).await?;
    let users: Vec<UserDetail> = between
        .values()
        .map(|between| UserDetail::of(between, ask.me(), &ask.ids, home_zone(&ask)))
        .collect();
    let groups: Vec<Group> = sights
        .values()
        .map(|sight| Group::of(sight, &ask.ids))
        .collect();
    let (me, ids) = (ask.me(), ask.ids.clone());
    Reply::written(move || {
        let conversations: Vec<Conversation> = dialogs
            .iter()
            .filter_map(|dialog| conversation(me, &ids, dialog))
            .collect();
        Reply::data(&json!({
            "uid": ids.uid(me),
            "conversations": conversations,
            "users": users,
            "groups": groups,
            "channel_status": [],
        }))
    })
    .await
}

fn conversation(me: AccountId, ids: &Ids, dialog: &Dialog) -> Option<Conversation> {
    let newest = &dialog.recent.first()?.message;
    let recents = dialog.recent.iter();
    let recents: Vec<Full> = recents.filter_map(|seen| Full::of(seen, me, ids)).collect();
    let place = Place::of(dialog.place, ids);
    Some(Conversation {
        place,
        unread: dialog.unread,
        mute: dialog.prefs.muted.into(),
        stick: dialog.prefs.pinned.into(),
        timestamp: newest.created_at / 1000,
        last_msg_seq: newest.seq,
        last_client_msg_no: recents.first()?.client_msg_no().to_owned(),
        offset_msg_seq: dialog.cleared_seq,
        version: newest.created_at,
        recents,
        extra: Extra::of(place, &dialog.prefs),
    })
}

/// What clients confirm here they get again by its version; nothing is kept of it.
pub async fn acknowledge(_: Authed) -> Answer {
    Ok(Reply::ok())
}

/// What the caller has begun to write, since a version.
pub async fn extras(ask: Authed) -> Answer {
    let version = ask.args.int("version")?.unwrap_or_default();
    let conversations = &ask.services.conversations;
    let found = conversations.extras_since(ask.caller, version).await?;
    let extras: Vec<Extra> = found
        .iter()
        .map(|(target, prefs)| Extra::of(Place::of(*target, &ask.ids), prefs))
        .collect();
    Ok(Reply::data(&extras))
}

/// Keeps how far the caller has looked in a conversation, and what they have begun to write.
pub async fn save_extra(ask: Authed) -> Answer {
    let target = ask.target_in_path()?;
    let number = |name| Ok::<_, Error>(ask.args.int(name)?.unwrap_or_default());
    let draft = Draft {
        text: ask.args.optional("draft", DRAFT)?.unwrap_or_default(),
        browse_seq: number("browse_to")?,
        keep_seq: number("keep_message_seq")?,
        keep_offset: number("keep_offset_y")?,
    };
    let conversations = &ask.services.conversations;
    let version = conversations.save_draft(ask.caller, target, draft).await?;
    Ok(Reply::data_with_status(&json!({ "version": version })))
}

/// Puts a conversation away until something new is said in it.
pub async fn close(ask: Authed) -> Answer {
    let target = ask.target_in_path()?;
    ask.services.conversations.close(ask.caller, target).await?;
    Ok(Reply::ok())
}

/// Counts a conversation as read but for its newest messages.
pub async fn clear_unread(ask: Authed) -> Answer {
    let target = ask.target()?;
    let unread = ask.args.int("unread")?.unwrap_or_default();
    let conversations = &ask.services.conversations;
    conversations
        .clear_unread(ask.caller, target, unread)
        .await?;
    Ok(Reply::ok())
}

/// With whom a conversation is, as the web client shows it.
pub async fn channel(ask: Authed) -> Answer {
    match ask.target_in_path()? {
        Target::Account(account) => person(&ask, account).await,
        Target::Channel(channel) => group(&ask, channel).await,
    }
}

async fn person(ask: &Authed, account: AccountId) -> Answer {
    let between = ask.services.contacts.between(ask.caller, account).await?;
    let detail = UserDetail::of(&between, ask.me(), &ask.ids, home_zone(ask));
    let shown = Shown::of(&between.prefs);
    let account = &between.view.account;
    let presence = &between.presence;
    let place = Place::of(Target::Account(account.id), &ask.ids);
    Ok(Reply::data(&json!({
        "channel": place,
        "name": name(account),
        "logo": "",
        "remark": detail.remark,
        "status": detail.status,
        "online": u8::from(presence.online),
        "last_offline": presence.left_at / 1000,
        "device_flag": device_flag(&presence.kinds),
        "receipt": shown.number("receipt"),
        "robot": 0,
        "category": category(account, ask.ids.system.name_of(account.id).is_some()),
        "stick": u8::from(shown.pinned()),
        "mute": u8::from(shown.muted()),
        "show_nick": 0,
        "follow": detail.follow,
        "be_deleted": detail.be_deleted,
        "be_blacklist": detail.be_blacklist,
        "notice": "",
        "save": 0,
        "forbidden": 0,
        "invite": 0,
        "flame": shown.number("flame"),
        "flame_second": shown.number("flame_second"),
        "extra": {
            "short_no": detail.short_no,
            "sex": sex(account),
            "vercode": detail.vercode,
            "screenshot": shown.number("screenshot"),
            "revoke_remind": shown.number("revoke_remind"),
            "chat_pwd_on": shown.number("chat_pwd_on"),
            "source_desc": "",
        },
    })))
}

async fn group(ask: &Authed, channel: ChannelId) -> Answer {
    let sight = ask.services.channels.look(ask.me(), channel).await?;
    let group = serde_json::to_value(Group::of(&sight, &ask.ids));
    let group = group.map_err(Error::internal)?;
    let shown = Shown::of(&sight.prefs);
    let of = |name: &str| group.get(name).cloned().unwrap_or_default();
    Ok(Reply::data(&json!({
        "channel": Place::of(Target::Channel(channel), &ask.ids),
        "name": sight.channel.name,
        "logo": "",
        "remark": sight.prefs.remark,
        "status": of("status"),
        "online": 0,
        "last_offline": 0,
        "device_flag": 0,
        "receipt": shown.number("receipt"),
        "robot": 0,
        "category": "",
        "stick": u8::from(shown.pinned()),
        "mute": u8::from(shown.muted()),
        "show_nick": shown.number("show_nick"),
        "follow": 0,
        "be_deleted": 0,
        "be_blacklist": 0,
        "notice": sight.channel.intro,
        "save": of("save"),
        "forbidden": of("forbidden"),
        "invite": of("invite"),
        "flame": shown.number("flame"),
        "flame_second": shown.number("flame_second"),
        "extra": group,
    })))
}
