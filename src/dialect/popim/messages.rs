//! Operations 37 to 42: what is said, looked back at, taken back and read.

use super::Answer;
use super::args::{Args, bad, missing};
use super::caller::{Acting, Prefix};
use super::content::{self, Quote};
use super::groups::membership;
use super::reply::{ALL_MUTED, BAD, CHAT_OFF, Failure, MUTED, NOT_FOUND, Reply, STRANGER, Wording};
use super::settings::Rules;
use super::types::message::items;
use super::uploads;
use crate::domain::message::Mentions;
use crate::domain::time::{self, Millis};
use crate::domain::{AccountId, ChannelId, Dialect, Member, Message, MessageId, Role, Target};
use crate::error::ErrorKind;
use crate::service::chat::{Committed, Revoke, Saying};
use serde_json::json;

/// Characters of a text.
const TEXT: usize = 20_000;
/// Bytes of a client's own id of a message.
const UNIQUE_ID: usize = 100;
/// For how long a client's own id of a message is that message's alone.
const REPEATED: Millis = 60_000;
/// Messages in one answer unless the client wants another number, and at most.
const PAGE: (i64, i64) = (20, 100);

/// 37: says something.
pub async fn send(ask: Acting) -> Answer {
    let (to, kind) = (ask.args.need("to")?, ask.args.need("type")?);
    let text = ask.args.present("content").ok_or_else(missing)?;
    let target = place(to, kind)?;
    if text.trim().is_empty() {
        return Err(Failure::code(BAD, "消息内容不能为空"));
    }
    let rules = Rules::of(&ask.services.settings);
    let open = match target {
        Target::Account(_) => rules.private_chat,
        Target::Channel(_) => rules.group_chat,
    };
    if !open && !ask.by_server() {
        return Err(Failure::code(CHAT_OFF, "聊天功能已关闭"));
    }
    let said = match speak(&ask, target, text, rules).await {
        Ok(said) => said,
        Err(failure) => {
            if !is_passing(&failure) {
                obstacles(&ask, target, rules).await?;
            }
            return Err(failure);
        }
    };
    let chat = &ask.services.chat;
    if said.fresh
        && let Err(fault) = chat.read_by_answering(ask.caller, &said.message).await
    {
        // It was said all the same.
        log::warn!("what a message answers could not be marked as read: {fault}");
    }
    let mid = said.message.id.0;
    Ok(match ask.prefix {
        Prefix::Api => Reply::nothing().with("mid", mid),
        Prefix::H5 | Prefix::Web => Reply::data(&json!({ "mid": mid })),
    })
}

/// 38: the newest messages, or those before one.
pub async fn history(ask: Acting) -> Answer {
    let target = named(&ask.args)?;
    let limit = ask.args.int("limit")?.filter(|limit| *limit > 0);
    let limit = limit.map_or(PAGE.0, |limit| limit.min(PAGE.1));
    let before = ask.args.int("mid")?.filter(|mid| *mid > 0).map(MessageId);
    let chat = &ask.services.chat;
    let found = match chat.latest(ask.caller, target, before, limit).await {
        Err(error) if error.kind() == ErrorKind::AccountUnknown => return Ok(Reply::nothing()),
        found => found?,
    };
    if before.is_none() {
        chat.read_to(ask.caller, target, i64::MAX).await?;
    }
    Ok(Reply::data(&items(&ask, &found).await?))
}

/// 39: takes a message back, which leaves a line in its place.
pub async fn revoke(ask: Acting) -> Answer {
    let (target, mid) = (named(&ask.args)?, ask.args.need_message("mid")?);
    ask.may_write()?;
    let leads = may_change(&ask, target).await?;
    visible(&ask, target, mid).await?;
    let seconds = ask.services.core.config.popim.revoke_seconds;
    let whenever = seconds == 0 || leads || ask.by_server();
    let rules = Revoke {
        within: (!whenever).then(|| Millis::try_from(seconds).unwrap_or(Millis::MAX / 1000) * 1000),
        managers: true,
    };
    let revoked = ask.services.chat.revoke(ask.caller, mid, rules).await;
    revoked.worded(&[NOT_YOURS])?;
    Ok(Reply::nothing())
}

/// 40: deletes a message, for the caller or for everybody.
pub async fn delete(ask: Acting) -> Answer {
    let (target, mid) = (named(&ask.args)?, ask.args.need_message("mid")?);
    let for_all = match ask.args.need_int("ty")? {
        1 => false,
        2 => true,
        _ => return Err(bad()),
    };
    ask.may_write()?;
    let chat = &ask.services.chat;
    if for_all {
        may_change(&ask, target).await?;
        visible(&ask, target, mid).await?;
        let rules = Revoke {
            within: None,
            managers: true,
        };
        let deleted = chat.delete(ask.caller, mid, rules).await;
        deleted.worded(&[NOT_YOURS])?;
    } else {
        inside(&ask, target).await?;
        visible(&ask, target, mid).await?;
        chat.hide(ask.caller, vec![mid]).await?;
    }
    Ok(Reply::nothing())
}

/// 41: how many messages the caller has not read.
pub async fn unread_count(ask: Acting) -> Answer {
    let target = named(&ask.args)?;
    inside(&ask, target).await?;
    let conversations = &ask.services.conversations;
    let unread = conversations.unread(ask.caller, target).await?;
    Ok(Reply::data(&unread))
}

/// 42: everything in a conversation is read.
pub async fn read(ask: Acting) -> Answer {
    let target = named(&ask.args)?;
    if target == Target::Account(ask.me()) {
        return Err(bad());
    }
    ask.may_write()?;
    inside(&ask, target).await?;
    let chat = &ask.services.chat;
    chat.read_to(ask.caller, target, i64::MAX).await?;
    Ok(Reply::nothing())
}

const NOT_YOURS: (ErrorKind, i64, &str) = (ErrorKind::NotYourMessage, BAD, "没有权限");

/// The conversation that a request names.
pub fn named(args: &Args) -> Result<Target, Failure> {
    let (id, kind) = (args.need("id")?, args.need("type")?);
    place(id, kind)
}

fn place(id: &str, kind: &str) -> Result<Target, Failure> {
    let id = id.trim().parse().map_err(|_| bad())?;
    match kind {
        "friend" => Ok(Target::Account(AccountId(id))),
        "group" => Ok(Target::Channel(ChannelId(id))),
        _ => Err(bad()),
    }
}

async fn speak(
    ask: &Acting,
    target: Target,
    text: &str,
    rules: Rules,
) -> Result<Committed, Failure> {
    ask.may_write()?;
    let quote = quote(ask, target).await?;
    if text.chars().count() > TEXT {
        return Err(ErrorKind::MessageTooLong.into());
    }
    let unique_id = ask.args.text("uniqueId");
    if unique_id.is_some_and(|id| id.len() > UNIQUE_ID) {
        return Err(bad());
    }
    ask.limits.send(Dialect::Popim, ask.me())?;
    if !rules.voice && content::is_voice(text) {
        return Err(Failure::code(BAD, "语音功能已关闭"));
    }
    let (services, core) = (&ask.services, &ask.services.core);
    let masked = content::masked(text, &services.settings.policy())?;
    let draft = content::draft(&masked, quote.as_ref(), |url| uploads::absolute(core, url));
    let (now, chat) = (time::now(), &services.chat);
    let minute = now.div_euclid(REPEATED);
    let unique_id = unique_id.map(|id| content::client_id(id, text));
    let client_id = |minute: Millis| unique_id.as_ref().map(|id| format!("{id}.{minute}"));
    // Within this minute the core knows the message again.
    if let Some(before) = client_id(minute - 1)
        && let Some(said) = chat.said(ask.caller, target, before).await?
        && now - said.message.created_at < REPEATED
    {
        return Ok(said);
    }
    let saying = Saying {
        target,
        draft,
        reword: content::reword,
        client_id: client_id(minute),
        require_contact: !rules.stranger_chat,
        origin: None,
        kept: true,
        mentions: Mentions::default(),
    };
    Ok(chat.say(ask.caller, saying).await?)
}

/// The message that a request answers.
async fn quote(ask: &Acting, target: Target) -> Result<Option<Quote>, Failure> {
    let quoted = ask.args.int("quote_mid")?.filter(|mid| *mid != 0);
    let Some(mid) = quoted.map(MessageId) else {
        return Ok(None);
    };
    let message = visible(ask, target, mid).await;
    let message = message.map_err(|_| Failure::code(BAD, "引用的消息不存在"))?;
    // What is for some eyes only is not repeated to all.
    let open = message.draft.audience.is_none();
    let content = open.then(|| content::text_of(&message).into_owned());
    let content = content.unwrap_or_default();
    Ok(Some(Quote { mid, content }))
}

/// A message that the caller sees in a conversation.
async fn visible(ask: &Acting, target: Target, mid: MessageId) -> Result<Message, Failure> {
    let after = MessageId(mid.0.saturating_add(1));
    let chat = &ask.services.chat;
    let mut found = chat.latest(ask.caller, target, Some(after), 1).await?;
    let found = found.pop().filter(|message| message.id == mid);
    found.ok_or_else(|| Failure::code(NOT_FOUND, "消息不存在"))
}

/// Refuses what stands against saying anything there: of several things the first in the contract's order.
async fn obstacles(ask: &Acting, target: Target, rules: Rules) -> Result<(), Failure> {
    let peer = match target {
        Target::Channel(channel) => {
            ask.may_write()?;
            let (sight, mine) = membership(ask, channel).await?;
            check_muted(&mine)?;
            if sight.channel.flags.silenced && mine.role == Role::General {
                return Err(Failure::code(ALL_MUTED, "全员禁言中"));
            }
            return Ok(());
        }
        Target::Account(peer) => peer,
    };
    let between = ask.services.contacts.between(ask.caller, peer).await;
    if !rules.stranger_chat && peer != ask.me() {
        let listed = between.as_ref().is_ok_and(|between| {
            let both = [&between.mine, &between.theirs];
            both.iter()
                .all(|held| held.as_ref().is_some_and(|held| held.listed))
        });
        if !listed {
            return Err(Failure::code(STRANGER, "你们还不是好友"));
        }
    }
    between?;
    ask.may_write()
}

/// Refuses who may not change what was said there. Whether the caller leads the group.
async fn may_change(ask: &Acting, target: Target) -> Result<bool, Failure> {
    let Target::Channel(channel) = target else {
        return Ok(false);
    };
    let (_, mine) = membership(ask, channel).await?;
    check_muted(&mine)?;
    Ok(mine.role >= Role::Manager)
}

/// Refuses who is no member of a group.
async fn inside(ask: &Acting, target: Target) -> Result<(), Failure> {
    if let Target::Channel(channel) = target {
        membership(ask, channel).await?;
    }
    Ok(())
}

fn check_muted(mine: &Member) -> Result<(), Failure> {
    if mine.barred || mine.muted_until > time::now() {
        return Err(Failure::code(MUTED, "你已被禁言"));
    }
    Ok(())
}

/// Whether the same may well succeed a moment later, or was the node's own fault.
fn is_passing(failure: &Failure) -> bool {
    matches!(
        failure.kind(),
        Some(ErrorKind::Busy | ErrorKind::Stopping | ErrorKind::Internal)
    )
}
