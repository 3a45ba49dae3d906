//! Operations 35 to 40, and their like in the contract's section 7.4: the members of groups.

use super::Answer;
use super::caller::{Authed, Request};
use super::groups::{NO_MEMBERS, announce, member_of, mute_length, with};
use super::notice;
use super::reply::{Failure, MALFORMED, NO_GROUP, NOT_ALLOWED, Reply, Wording};
use super::time;
use super::types::member::{Facts, Member};
use super::types::user::name;
use crate::dialect::page::Page;
use crate::domain::channel::{Reach, Role};
use crate::domain::{AccountId, Channel, ChannelId};
use crate::error::{Error, ErrorKind, Result};
use crate::service::channels::{MemberView, SyncedMember};
use serde_json::{Map, Value};

/// Members in one answer unless the client wants another number, and at most.
const MEMBERS: (i64, i64) = (100, 10_000);
/// Characters of a member's name in the group, and of a text that is searched for.
const ALIAS: usize = 50;

const OUTSIDER: &str = "操作者不再此群";
const NO_MEMBER: &str = "成员信息不存在！";
/// Nobody can come: they are there, or were barred before they left.
pub const NOBODY_CAN_COME: &str = "添加的成员已在群内或在群黑名单内";

/// 35: brings others in.
pub async fn add(ask: Authed) -> Answer {
    let channel = ask.group_in_path()?;
    let accounts = ask.accounts(&ask.args.texts("members", NO_MEMBERS)?);
    let channels = &ask.services.channels;
    let came = channels
        .invite(ask.me(), channel, accounts, Role::General)
        .await
        .worded(&[(ErrorKind::NotMember, "群成员不存在群里，不能添加别人！")])?;
    if came.is_empty() {
        return Err(Failure::said(NOBODY_CAN_COME));
    }
    announce(&ask, channel, None, with(&came, ask.me()), |names| {
        notice::added(ask.me(), &came, names)
    })
    .await;
    Ok(Reply::ok())
}

/// 36: removes others.
pub async fn remove(ask: Authed) -> Answer {
    let channel = ask.group_in_path()?;
    let members = ask.accounts(&ask.args.texts("members", NO_MEMBERS)?);
    if members.contains(&ask.me()) {
        return Err(Failure::said("不能删除自己"));
    }
    let channels = &ask.services.channels;
    let removed = channels
        .kick(ask.me(), channel, members.clone(), Reach::BelowOwn)
        .await;
    let removed = match removed {
        Ok(removed) => removed,
        Err(error) => return Err(unremoved(&ask, channel, &members, error).await),
    };
    if removed.is_empty() {
        return Err(Failure::said("被删除者不在此群内"));
    }
    announce(&ask, channel, None, with(&removed, ask.me()), |names| {
        notice::removed(ask.me(), &removed, names)
    })
    .await;
    announce(
        &ask,
        channel,
        Some(removed.clone()),
        vec![ask.me()],
        |names| notice::evicted(ask.me(), &removed, names),
    )
    .await;
    Ok(Reply::ok())
}

/// Why members could not be removed, in the words for each case.
async fn unremoved(
    ask: &Authed,
    channel: ChannelId,
    members: &[AccountId],
    error: Error,
) -> Failure {
    match error.kind() {
        ErrorKind::TargetNotMember => Failure::said("被删除者不在此群内"),
        ErrorKind::NotManager => match member_of(ask, channel).await {
            Ok(_) => Failure::said("普通成员无法删除群成员"),
            Err(_) => Failure::said(OUTSIDER),
        },
        ErrorKind::RankTooHigh => {
            let owner = owner(ask, channel).await.ok().flatten();
            if owner.is_some_and(|owner| members.contains(&owner)) {
                Failure::said("管理员不能删除群主")
            } else {
                Failure::said("管理员不能删除管理员")
            }
        }
        _ => error.into(),
    }
}

async fn owner(ask: &Authed, channel: ChannelId) -> Result<Option<AccountId>> {
    let info = ask.services.channels.info(ask.me(), channel).await?;
    let owner = info
        .members
        .iter()
        .find(|member| member.role == Role::Owner);
    Ok(owner.map(|owner| owner.account.account.id))
}

/// 37: what a member is called in the group.
pub async fn set_alias(ask: Authed) -> Answer {
    let channel = ask.group_in_path()?;
    let member = ask.ids.account(&ask.path("uid"));
    let member = member.ok_or_else(|| Failure::said(NO_MEMBER))?;
    let alias = ask
        .args
        .text("remark")?
        .ok_or_else(|| Failure::said(MALFORMED))?;
    let channels = &ask.services.channels;
    channels
        .set_alias(ask.me(), channel, member, alias)
        .await
        .worded(&[
            (
                ErrorKind::NotManager,
                "只有管理员才能修改其他人的成员信息！",
            ),
            (ErrorKind::TargetNotMember, NO_MEMBER),
        ])?;
    Ok(Reply::ok())
}

/// 38: what changed among the members since a version, those who are gone included.
pub async fn sync(ask: Authed) -> Answer {
    let unknown = "群不存在不能同步成员！";
    let channel = ask.ids.channel(&ask.path("group_no"));
    let channel = channel.ok_or_else(|| Failure::said(unknown))?;
    let version = ask.args.int("version")?.unwrap_or_default();
    let limit = ask.args.limit(MEMBERS.0, MEMBERS.1)?;
    let channels = &ask.services.channels;
    let found = channels
        .members_since(ask.me(), channel, version, limit)
        .await
        .worded(&[(ErrorKind::ChannelUnknown, unknown)])?;
    let ids = found.iter().map(|found| found.member.account).collect();
    let views = ask.services.accounts.views(ask.me(), ids).await?;
    let members: Vec<Member> = found
        .into_iter()
        .map(|found| {
            let view = views.get(&found.member.account);
            let name = view.map(|view| name(&view.account).to_owned());
            synced(&ask, channel, found, name.unwrap_or_default())
        })
        .collect();
    Ok(Reply::data(&members))
}

fn synced(ask: &Request, channel: ChannelId, found: SyncedMember, name: String) -> Member {
    let member = found.member;
    let facts = Facts {
        channel,
        account: member.account,
        name,
        alias: member.alias,
        role: member.role,
        gone: found.left_at.is_some(),
        barred: member.barred,
        muted_until: member.muted_until,
        inviter: member.inviter,
        version: found.version,
        joined_at: member.joined_at,
        updated_at: member.updated_at,
    };
    Member::of(facts, &ask.ids)
}

/// The members whose name holds a text.
pub async fn list(ask: Authed) -> Answer {
    let channel = ask.group_in_path()?;
    let keyword = ask.args.optional("keyword", ALIAS)?.unwrap_or_default();
    let keyword = keyword.to_lowercase();
    let page = Page::new(
        ask.args.int("page")?.unwrap_or(1),
        ask.args.limit(MEMBERS.0, MEMBERS.1)?,
        MEMBERS.1,
    );
    let info = ask.services.channels.info(ask.me(), channel).await?;
    let called = |view: &MemberView| {
        let names = [name(&view.account.account), &view.alias];
        names
            .iter()
            .any(|name| name.to_lowercase().contains(&keyword))
    };
    let members = info.members.into_iter().filter(called);
    let members: Vec<Member> = members
        .skip(page.offset as usize)
        .take(page.limit as usize)
        .map(|view| seen(&ask, &info.channel, view))
        .collect();
    Ok(Reply::data(&members))
}

fn seen(ask: &Request, channel: &Channel, view: MemberView) -> Member {
    let account = &view.account.account;
    let facts = Facts {
        channel: channel.id,
        account: account.id,
        name: name(account).to_owned(),
        alias: view.alias,
        role: view.role,
        gone: false,
        barred: view.barred,
        muted_until: view.muted_until,
        inviter: view.inviter,
        version: channel.version,
        joined_at: view.joined_at,
        updated_at: view.updated_at,
    };
    Member::of(facts, &ask.ids)
}

/// What a group that the caller shares with an account adds to what is shown of it; nothing if there is no such group, or if
/// members of it shall not find each other there.
pub async fn shared(
    ask: &Authed,
    group: &str,
    account: AccountId,
) -> Result<Option<Map<String, Value>>, Failure> {
    let Some(channel) = ask.ids.channel(group) else {
        return Ok(None);
    };
    let info = match ask.services.channels.info(ask.me(), channel).await {
        Err(error) if error.kind() == ErrorKind::ChannelUnknown => return Ok(None),
        info => info?,
    };
    let leads = info.my_role.is_some_and(|role| role >= Role::Manager);
    if info.channel.flags.contacts_off && !leads {
        return Ok(None);
    }
    let mut members = info.members.into_iter();
    let Some(member) = members.find(|member| member.account.account.id == account) else {
        return Ok(None);
    };
    let (inviter, joined_at) = (member.inviter, member.joined_at);
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    if let Some(inviter) = inviter {
        let view = ask.services.accounts.view(ask.me(), inviter).await;
        let called = view.map(|view| name(&view.account).to_owned());
        put(
            "join_group_invite_uid",
            ask.ids.uid(inviter).to_string().into(),
        );
        put("join_group_invite_name", called.unwrap_or_default().into());
    }
    put("join_group_time", time::second(joined_at).into());
    let member = serde_json::to_value(seen(ask, &info.channel, member)).map_err(Error::internal)?;
    put("group_member", member);
    Ok(Some(fields))
}

/// 39: appoints managers.
pub async fn appoint(ask: Authed) -> Answer {
    set_managers(ask, true).await
}

/// 40: dismisses managers.
pub async fn dismiss(ask: Authed) -> Answer {
    set_managers(ask, false).await
}

async fn set_managers(ask: Authed, manager: bool) -> Answer {
    let channel = ask.group_in_path()?;
    let names = ask.args.bare_texts()?.unwrap_or_default();
    let members = ask.accounts(&names);
    if members.is_empty() {
        return Err(Failure::said("请选择需要添加的成员！"));
    }
    let channels = &ask.services.channels;
    channels
        .set_managers(ask.me(), channel, members, manager)
        .await
        .worded(&[
            (ErrorKind::NotOwner, "只有创建者才能设置管理员！"),
            (ErrorKind::SelfTarget, "不能将自己设置为管理员！"),
        ])?;
    Ok(Reply::ok())
}

/// Takes the right to speak from members, or gives it back.
pub async fn bar(ask: Authed) -> Answer {
    let channel = ask.group_in_path()?;
    let barred = match ask.path("action").as_str() {
        "add" => true,
        "remove" => false,
        _ => return Err(Failure::said(MALFORMED)),
    };
    let members = ask.accounts(&ask.args.texts("uids", NO_MEMBERS)?);
    let channels = &ask.services.channels;
    channels
        .bar(ask.me(), channel, members, barred)
        .await
        .worded(&[(ErrorKind::NotManager, NOT_ALLOWED)])?;
    Ok(Reply::ok())
}

/// Mutes a member for a while.
pub async fn mute(ask: Authed) -> Answer {
    let channel = ask.group_in_path()?;
    let uid = ask.args.text("member_uid")?.unwrap_or_default();
    let member = ask.ids.account(&uid);
    let member = member.ok_or_else(|| Failure::said(NO_MEMBER))?;
    let length = match ask.args.flag("action")? {
        Some(true) => mute_length(ask.args.int("key")?.unwrap_or_default())?,
        Some(false) => 0,
        None => return Err(Failure::said(MALFORMED)),
    };
    let refusal = "操作用户权限不够";
    let channels = &ask.services.channels;
    channels
        .mute(ask.me(), channel, member, length, Reach::BelowOwn)
        .await
        .worded(&[
            (ErrorKind::NotManager, refusal),
            (ErrorKind::RankTooHigh, refusal),
            (ErrorKind::ChannelUnknown, NO_GROUP),
        ])?;
    Ok(Reply::ok())
}
