//! Operations 31 to 34 and 41 to 43, and their like in the contract's section 7.4: groups as a whole.

use super::Answer;
use super::caller::{Authed, Open};
use super::notice::{self, Attribute, Names};
use super::qr::group_code;
use super::reply::{Failure, MALFORMED, NO_GROUP, NOT_ALLOWED, Reply, Wording};
use super::time;
use super::types::group::Group;
use super::types::user::name;
use super::user::patch;
use crate::domain::channel::{ChannelFlags, ChannelPatch, OwnerAfterTransfer, Role, Succession};
use crate::domain::conversation::Target;
use crate::domain::message::Draft;
use crate::domain::time::{DAY, now};
use crate::domain::{AccountId, ChannelId};
use crate::error::{Error, ErrorKind, Result};
use crate::service::channels::{Departure, Founding, NewChannel};
use crate::service::conversations::PrefsPatch;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Characters of a name and of a notice.
const NAME: usize = 50;
const NOTICE: usize = 1000;
/// Characters of a name that is made of the members'.
const MADE_NAME: usize = 20;
/// How many days the code of a group's picture is good.
const CODE_DAYS: i64 = 7;
/// Who looks at a group without a login.
const NOBODY: AccountId = AccountId(0);
/// Nobody to come, and nobody to be named.
pub const NO_MEMBERS: &str = "群成员不能为空！";

/// 31: makes a group with some members.
pub async fn create(ask: Authed) -> Answer {
    let members = ask.args.texts("members", NO_MEMBERS)?;
    let mut members = ask.accounts(&members);
    members.retain(|member| *member != ask.me());
    let views = ask
        .services
        .accounts
        .views(ask.me(), with(&members, ask.me()))
        .await?;
    members.retain(|member| views.contains_key(member));
    if members.is_empty() {
        return Err(Failure::said(NO_MEMBERS));
    }
    let named = ask.args.optional("name", NAME)?;
    let all = [ask.me()].into_iter().chain(members.iter().copied());
    let names = all.filter_map(|id| Some(name(&views.get(&id)?.account)));
    let new = NewChannel {
        name: named.unwrap_or_else(|| made_of(names)),
        flags: ChannelFlags {
            history_open: true,
            ..ChannelFlags::default()
        },
        ..NewChannel::default()
    };
    let config = &ask.services.core.config.wukong;
    let founding = Founding {
        contacts_only: config.friends_in_groups_only,
        per_day: config.groups_per_day as i64,
        alone: false,
    };
    let channels = &ask.services.channels;
    let (channel, members) = channels
        .create_with(ask.me(), new, members, founding)
        .await
        .worded(&[(ErrorKind::NotContact, "添加用户非好友关系，请先添加好友")])?;
    let about = with(&members, ask.me());
    announce(&ask, channel.id, None, about, |names| {
        notice::created(ask.me(), &members, channel.version, names)
    })
    .await;
    let sight = channels.look(ask.me(), channel.id).await?;
    Ok(Reply::data(&Group::of(&sight, &ask.ids)))
}

/// Some accounts and one more.
pub fn with(some: &[AccountId], one: AccountId) -> Vec<AccountId> {
    some.iter().copied().chain([one]).collect()
}

/// A name for a group that was given none.
fn made_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    names.join("、").chars().take(MADE_NAME).collect()
}

/// Says in a group what was done, in the caller's name. `audience` is who is told, if not the members; `about` is who is named.
pub async fn announce(
    ask: &Authed,
    channel: ChannelId,
    audience: Option<Vec<AccountId>>,
    about: Vec<AccountId>,
    draft: impl FnOnce(&Names<'_>) -> Draft,
) {
    let said = announce_as(ask, ask.me(), channel, audience, about, draft).await;
    if let Err(fault) = said {
        // What was done was done.
        log::warn!("a change of a group could not be announced: {fault}");
    }
}

/// The same in somebody's name.
pub async fn announce_as(
    ask: &super::caller::Request,
    by: AccountId,
    channel: ChannelId,
    audience: Option<Vec<AccountId>>,
    about: Vec<AccountId>,
    draft: impl FnOnce(&Names<'_>) -> Draft,
) -> Result<()> {
    let views = ask.services.accounts.views(by, about).await?;
    let names: HashMap<AccountId, String> = views
        .into_iter()
        .map(|(id, view)| (id, name(&view.account).to_owned()))
        .collect();
    let draft = draft(&Names {
        ids: &ask.ids,
        names,
    });
    let chat = &ask.services.chat;
    chat.announce(by, Target::Channel(channel), draft, audience)
        .await
}

/// 32: a group, whether the caller is in it or not.
pub async fn get(ask: Authed) -> Answer {
    let channel = ask.group_in_path()?;
    let sight = ask.services.channels.look(ask.me(), channel).await?;
    Ok(Reply::data(&Group::of(&sight, &ask.ids)))
}

/// What somebody without a login may see of a group.
pub async fn detail(ask: Open) -> Answer {
    let channel = ask.group_in_path()?;
    let sight = ask.services.channels.look(NOBODY, channel).await?;
    let channel = &sight.channel;
    Ok(Reply::data(&json!({
        "group_no": ask.ids.group(channel.id),
        "name": channel.name,
        "notice": channel.intro,
        "forbidden": u8::from(channel.flags.silenced),
        "member_count": channel.members,
        "version": channel.version,
        "created_at": time::second(channel.created_at),
        "updated_at": time::second(channel.updated_at),
    })))
}

/// The groups that the caller keeps among their contacts.
pub async fn saved(ask: Authed) -> Answer {
    let saved = ask.services.channels.saved(ask.me()).await?;
    let groups: Vec<Group> = saved
        .iter()
        .map(|sight| Group::of(sight, &ask.ids))
        .collect();
    Ok(Reply::data(&groups))
}

/// 33: changes a group's name, notice, and who may bring others.
pub async fn update(ask: Authed) -> Answer {
    let channel = ask.group_in_path()?;
    let name = ask.args.text("name")?;
    let notice = ask.args.text("notice")?;
    if name
        .as_ref()
        .is_some_and(|name| name.chars().count() > NAME)
        || notice.as_ref().is_some_and(|n| n.chars().count() > NOTICE)
    {
        return Err(Failure::said(MALFORMED));
    }
    let patch = ChannelPatch {
        name: name.filter(|name| !name.is_empty()),
        intro: notice,
        invites_closed: ask.args.flag("invite")?,
        ..ChannelPatch::default()
    };
    if patch == ChannelPatch::default() {
        return Err(Failure::said("没有需要更新的属性！"));
    }
    change(&ask, channel, patch, "只有群管理者才能修改！").await?;
    Ok(Reply::ok())
}

/// Changes a group and says in it what was changed.
async fn change(
    ask: &Authed,
    channel: ChannelId,
    patch: ChannelPatch,
    refusal: &'static str,
) -> Result<(), Failure> {
    let told = patch.clone();
    let channels = &ask.services.channels;
    channels
        .update(ask.me(), channel, patch, Role::Manager)
        .await
        .worded(&[(ErrorKind::NotManager, refusal)])?;
    for attribute in attributes(&told) {
        announce(ask, channel, None, vec![ask.me()], |names| {
            notice::changed(ask.me(), attribute, names)
        })
        .await;
    }
    Ok(())
}

/// What of a change is said in the group.
fn attributes(patch: &ChannelPatch) -> Vec<Attribute<'_>> {
    let all = [
        patch.name.as_deref().map(Attribute::Name),
        patch.intro.as_deref().map(Attribute::Notice),
        patch.silenced.map(Attribute::Forbidden),
        patch.invites_closed.map(Attribute::Invite),
    ];
    all.into_iter().flatten().collect()
}

/// 34: how the caller treats a group, and what its leaders let members do.
pub async fn set(ask: Authed) -> Answer {
    let channel = ask.group_in_path()?;
    let args = &ask.args;
    let rules = ChannelPatch {
        silenced: args.flag("forbidden")?,
        invites_closed: args.flag("invite")?,
        contacts_off: args.flag("forbidden_add_friend")?,
        history_open: args.flag("allow_view_history_msg")?,
        pins_open: args.flag("allow_member_pinned_message")?,
        ..ChannelPatch::default()
    };
    let mine = patch(&ask)?;
    member_of(&ask, channel).await?;
    if rules != ChannelPatch::default() {
        change(&ask, channel, rules, NOT_ALLOWED).await?;
    }
    if mine != PrefsPatch::default() {
        let target = Target::Channel(channel);
        let conversations = &ask.services.conversations;
        conversations.set_prefs(ask.caller, target, mine).await?;
    }
    Ok(Reply::ok())
}

/// The caller's role in a group that is in use.
pub async fn member_of(ask: &Authed, channel: ChannelId) -> Result<Role, Failure> {
    let sight = ask.services.channels.look(ask.me(), channel).await?;
    if sight.dissolved {
        return Err(Failure::said(NO_GROUP));
    }
    let mine = sight.mine.ok_or_else(|| Failure::said(NOT_ALLOWED))?;
    Ok(mine.role)
}

/// 41: only those who lead the group may speak, or everybody again.
pub async fn silence(ask: Authed) -> Answer {
    let channel = ask.group_in_path()?;
    let silenced = match ask.path("on").as_str() {
        "1" => true,
        "0" => false,
        _ => return Err(Failure::said(MALFORMED)),
    };
    let patch = ChannelPatch {
        silenced: Some(silenced),
        ..ChannelPatch::default()
    };
    change(&ask, channel, patch, "只有创建者或管理员才能禁言！").await?;
    Ok(Reply::ok())
}

/// 42: the code of a group's picture.
pub async fn picture(ask: Authed) -> Answer {
    let channel = ask.group_in_path()?;
    let sight = ask.services.channels.look(ask.me(), channel).await?;
    if sight.dissolved || sight.mine.is_none() {
        return Err(Failure::said("只有群内用户才能生成二维码！"));
    }
    let expires = now() + CODE_DAYS * DAY;
    let code = group_code(&ask, channel, expires);
    Ok(Reply::data(&json!({
        "day": CODE_DAYS,
        "qrcode": ask.url(&format!("/qrcode/{code}")),
        "expire": time::day(expires),
    })))
}

/// 43: hands a group over; the old creator stays as a member.
pub async fn transfer(ask: Authed) -> Answer {
    let channel = ask.group_in_path()?;
    let absent = "转让的用户没在群内！";
    let to = ask.ids.account(&ask.path("to_uid"));
    let to = to.ok_or_else(|| Failure::said(absent))?;
    let channels = &ask.services.channels;
    channels
        .transfer(ask.me(), channel, to, OwnerAfterTransfer::Stays)
        .await
        .worded(&[
            (ErrorKind::NotOwner, "不是群主，不能转让"),
            (ErrorKind::TargetNotMember, absent),
        ])?;
    announce(&ask, channel, None, vec![to], |names| {
        notice::handed_over(to, names)
    })
    .await;
    Ok(Reply::ok())
}

/// The caller leaves. A creator is succeeded by the oldest member.
pub async fn exit(ask: Authed) -> Answer {
    let channel = ask.group_in_path()?;
    let channels = &ask.services.channels;
    let departure = channels
        .leave_or_hand_over(ask.me(), channel, Succession::Oldest)
        .await;
    let departure = departure.worded(&[(ErrorKind::NotMember, NOT_ALLOWED)])?;
    if let Departure::HandedOver(heir) = departure {
        announce(&ask, channel, None, vec![heir], |names| {
            notice::handed_over(heir, names)
        })
        .await;
    }
    if departure != Departure::Dissolved {
        let managers = channels.managers(channel).await?;
        announce(
            &ask,
            channel,
            Some(managers.clone()),
            vec![ask.me()],
            |names| notice::left(ask.me(), &managers, names),
        )
        .await;
    }
    let target = Target::Channel(channel);
    let conversations = &ask.services.conversations;
    conversations.close(ask.caller, target).await?;
    Ok(Reply::ok())
}

/// Its creator ends a group.
pub async fn disband(ask: Authed) -> Answer {
    let channel = ask.group_in_path()?;
    let refusal = "用户无权执行此操作";
    if member_of(&ask, channel).await? != Role::Owner {
        return Err(Failure::said(refusal));
    }
    // Said before, because afterwards there is nobody to say it to.
    announce(&ask, channel, None, vec![ask.me()], |names| {
        notice::disbanded(ask.me(), names)
    })
    .await;
    let channels = &ask.services.channels;
    channels
        .dissolve(ask.me(), channel)
        .await
        .worded(&[(ErrorKind::NotOwner, refusal)])?;
    Ok(Reply::ok())
}

/// For how long members can be muted: what it is called, its number, and milliseconds.
pub const MUTES: &[(&str, i64, i64)] = &[
    ("1分钟", 1, 60_000),
    ("10分钟", 2, 600_000),
    ("1小时", 3, 3_600_000),
    ("1天", 4, DAY),
    ("1周", 5, 7 * DAY),
    ("30天", 6, 30 * DAY),
];

/// For how long members can be muted.
pub async fn mutes(_: Authed) -> Answer {
    let mutes: Vec<Value> = MUTES
        .iter()
        .map(|(text, key, _)| json!({ "text": text, "key": key }))
        .collect();
    Ok(Reply::data(&mutes))
}

/// The length of a mute with a number.
pub fn mute_length(key: i64) -> Result<i64> {
    let known = MUTES.iter().find(|(_, number, _)| *number == key);
    known
        .map(|(_, _, length)| *length)
        .ok_or_else(|| Error::invalid("field `key`: a number from 1 to 6 is needed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_without_a_name_is_called_by_its_members() {
        assert_eq!(made_of(["Ann", "Bob"].into_iter()), "Ann、Bob");
        assert_eq!(
            made_of(["名".repeat(30).as_str()].into_iter()),
            "名".repeat(20)
        );
    }

    #[test]
    fn what_changed_is_told_attribute_by_attribute() {
        let patch = ChannelPatch {
            name: Some("Team".to_owned()),
            silenced: Some(true),
            history_open: Some(true),
            ..ChannelPatch::default()
        };
        let expected = [Attribute::Name("Team"), Attribute::Forbidden(true)];
        assert_eq!(attributes(&patch), expected);
    }
}
