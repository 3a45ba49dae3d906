//! Operations 27 to 30: stored commands, deleting, taking back.

use super::Answer;
use super::args::Args;
use super::caller::{Authed, Request};
use super::channel_sync::{lighter, range_of};
use super::reply::{Failure, MALFORMED, Reply, Wording};
use super::types::Place;
use super::types::message::{Command, Form, Item};
use super::{command, content};
use crate::domain::{AccountId, MessageId};
use crate::error::{ErrorKind, Result};
use crate::service::chat::{Range, Revoke};
use crate::service::sync::Stored;

/// Messages in one answer unless the client wants another number, and at most.
const MESSAGES: (i64, i64) = (100, 1000);

/// Characters of a client's own number of a message.
const CLIENT_NO: usize = 128;

/// 27: the messages of a conversation after a place, or without one the commands that the caller has not acknowledged.
pub async fn sync(ask: Authed) -> Answer {
    let after = ask.args.int("max_message_seq")?.unwrap_or_default().max(0);
    let limit = ask.args.limit(MESSAGES.0, MESSAGES.1)?;
    let form = if ask.services.core.config.wukong.sync_objects {
        Form::Object
    } else {
        Form::Base64
    };
    let named = ask.args.optional("channel_id", usize::MAX)?.is_some();
    if !named {
        let stored = ask.services.sync.commands(ask.caller, after, limit).await?;
        let items: Vec<Item> = stored
            .iter()
            .filter_map(|stored| command_item(stored, ask.me(), &ask, form))
            .collect();
        return Ok(Reply::data(&items));
    }
    let range = Range {
        start: after.saturating_add(1),
        end: 0,
        limit,
        up: true,
    };
    let seen = match ask.target() {
        Ok(target) => range_of(&ask, target, range).await?.0,
        Err(failure) if failure.kind().is_some() => return Err(failure),
        // Of what is unknown nobody is a member.
        Err(_) => Vec::new(),
    };
    let items: Vec<Item> = lighter(&seen, true)
        .0
        .iter()
        .filter_map(|seen| Item::of(&seen.message, ask.me(), &ask.ids, form))
        .collect();
    Ok(Reply::data(&items))
}

/// A stored command as the live connections got it.
fn command_item(stored: &Stored, me: AccountId, ask: &Request, form: Form) -> Option<Item> {
    let found = command::of(&stored.what, me, &ask.ids)?;
    let command = Command {
        id: command::id(stored.id),
        seq: stored.id,
        from: found.from.as_deref().unwrap_or_default().to_owned(),
        place: Place::of(found.place, &ask.ids),
        at: stored.at / 1000,
        payload: found.payload(),
    };
    Some(Item::of_command(command, form))
}

/// 30: these commands need not be told again.
pub async fn acknowledge(ask: Authed) -> Answer {
    let wrong = || Failure::said("last_message_seq格式有误！");
    let upto = ask.path("last_message_seq").parse().map_err(|_| wrong())?;
    ask.services.sync.ack(ask.caller, upto).await?;
    Ok(Reply::ok())
}

/// 28: deletes messages for the caller: one by its id, all of a conversation, or a list in the body.
pub async fn delete(ask: Authed) -> Answer {
    let chat = &ask.services.chat;
    if let Ok(Some(list)) = ask.args.bare_objects() {
        let wanted: Result<Vec<_>> = list.iter().map(Args::message_id).collect();
        let wanted = wanted?.into_iter().flatten().collect();
        chat.hide(ask.caller, wanted).await?;
        return Ok(Reply::ok());
    }
    if let Some(id) = ask.args.message_id()? {
        chat.hide(ask.caller, vec![id]).await?;
        return Ok(Reply::ok());
    }
    if ask.args.text("channel_id")?.is_none() {
        return Err(Failure::said(MALFORMED));
    }
    let target = ask.target()?;
    chat.clear(ask.caller, target, None).await?;
    ask.services.conversations.close(ask.caller, target).await?;
    Ok(Reply::ok())
}

/// 29: takes a message back.
pub async fn revoke(ask: Authed) -> Answer {
    let id = revocable(&ask).await?;
    let chat = &ask.services.chat;
    let unknown = [(ErrorKind::NotFound, NO_SUCH_MESSAGE)];
    chat.find(ask.caller, id).await.worded(&unknown)?;
    chat.revoke(ask.caller, id, REVOKE).await?;
    Ok(Reply::ok())
}

/// Who may take a message back.
pub const REVOKE: Revoke = Revoke {
    // Clients stop offering it after a while; the API has no such rule.
    within: None,
    managers: true,
};

const NO_SUCH_MESSAGE: &str = "未查询到撤回消息！";

/// The message that its id names, or the number that its client gave it or the node shows for it.
async fn revocable(ask: &Authed) -> Result<MessageId, Failure> {
    if let Some(id) = ask.args.message_id()? {
        return Ok(id);
    }
    let Some(client_id) = ask.args.optional("client_msg_no", CLIENT_NO)? else {
        return Err(Failure::said("撤回主键参数错误！"));
    };
    if let Some(id) = content::numbered(&client_id, &ask.ids) {
        return Ok(id);
    }
    let target = ask.target()?;
    let chat = &ask.services.chat;
    let found = chat.named(ask.caller, target, client_id).await?;
    found.ok_or_else(|| Failure::said(NO_SUCH_MESSAGE))
}
