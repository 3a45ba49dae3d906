//! What the web client reads of one conversation (contract, section 7.1): its messages, what became of them, who read them, and
//! whom they call upon.

use super::Answer;
use super::args::message_id;
use super::caller::Authed;
use super::reply::{Failure, MALFORMED, Reply, Wording};
use super::types::Place;
use super::types::message::{Extra, Full};
use super::types::user::name;
use crate::error::{Error, ErrorKind, Result};
use crate::service::accounts::AccountView;
use crate::service::chat::{Range, Seen, Target};
use serde_json::{Value, json};

/// Messages in one answer unless the client wants another number, and at most.
const MESSAGES: (i64, i64) = (100, 10_000);
/// Bytes of messages in one answer, which a worker writes itself. Whoever wants more asks for the next part.
const HEAVY: usize = 1 << 20;
/// How often a mention is listed at most.
const REMINDERS: (i64, i64) = (100, 1000);

/// A stretch of a conversation. Outsiders see none.
pub async fn messages(ask: Authed) -> Answer {
    let number = |name| Ok::<_, Error>(ask.args.int(name)?.unwrap_or_default().max(0));
    let (start, end) = (number("start_message_seq")?, number("end_message_seq")?);
    let mode = number("pull_mode")?;
    let range = Range {
        start,
        end,
        limit: ask.args.limit(MESSAGES.0, MESSAGES.1)?,
        // Without bounds it is the newest that is wanted.
        up: mode == 1 && (start, end) != (0, 0),
    };
    let (seen, more) = match ask.target() {
        Ok(target) => range_of(&ask, target, range).await?,
        Err(failure) if failure.kind().is_some() => return Err(failure),
        // Of what is unknown nobody is a member.
        Err(_) => (Vec::new(), false),
    };
    let (shown, cut) = lighter(&seen, range.up);
    let messages: Vec<Full> = shown
        .iter()
        .filter_map(|seen| Full::of(seen, ask.me(), &ask.ids))
        .collect();
    Ok(Reply::data(&json!({
        "start_message_seq": start,
        "end_message_seq": end,
        "pull_mode": mode,
        "more": u8::from(more || cut),
        "messages": messages,
    })))
}

/// A stretch of a conversation; of one in which the caller is not, nothing.
pub async fn range_of(
    ask: &Authed,
    target: Target,
    range: Range,
) -> Result<(Vec<Seen>, bool), Failure> {
    let found = ask.services.chat.range(ask.caller, target, range).await;
    match found {
        Ok(found) => Ok(found),
        Err(error) if is_outside(error.kind()) => Ok((Vec::new(), false)),
        Err(error) => Err(error.into()),
    }
}

/// Whether somebody may not look into a conversation, or there is none.
pub fn is_outside(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ChannelUnknown | ErrorKind::ChannelDissolved | ErrorKind::NotMember
    )
}

/// As many messages as fit into one answer, from the end that was asked for, but at least one; and whether some did not fit.
pub fn lighter(seen: &[Seen], from_oldest: bool) -> (&[Seen], bool) {
    let mut room = HEAVY;
    let mut fits = |seen: &&Seen| {
        let weight = seen.message.draft.weight();
        let fits = weight <= room || room == HEAVY;
        room = room.saturating_sub(weight);
        fits
    };
    let count = if from_oldest {
        seen.iter().take_while(&mut fits).count()
    } else {
        seen.iter().rev().take_while(&mut fits).count()
    };
    let shown = if from_oldest {
        &seen[..count]
    } else {
        &seen[seen.len() - count..]
    };
    (shown, count < seen.len())
}

/// What became of a conversation's messages since a version.
pub async fn extras(ask: Authed) -> Answer {
    let version = ask.args.int("extra_version")?.unwrap_or_default();
    let limit = ask.args.limit(MESSAGES.0, MESSAGES.1)?;
    let chat = &ask.services.chat;
    let changes = chat
        .changes(ask.caller, ask.target()?, version, limit)
        .await;
    let changes = match changes {
        Err(error) if is_outside(error.kind()) => Vec::new(),
        changes => changes?,
    };
    let extras: Vec<Extra> = changes
        .iter()
        .map(|seen| Extra::of(seen, &ask.ids))
        .collect();
    Ok(Reply::data(&extras))
}

/// Notes that the caller has read messages, and with them everything before.
pub async fn read(ask: Authed) -> Answer {
    let target = ask.target()?;
    let ids = ask.args.texts("message_ids", MALFORMED)?;
    // Ids ascend with the places, and who has read one has read all before it.
    let Some(latest) = ids.iter().filter_map(|id| message_id(id)).max() else {
        return Ok(Reply::ok());
    };
    let chat = &ask.services.chat;
    match chat.find(ask.caller, latest).await {
        Ok(message) if message.exchange().seen_by(ask.me()) == Some(target) => {
            chat.read_to(ask.caller, target, message.seq).await?;
        }
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Reply::ok())
}

/// Who has read a message, or has not.
pub async fn receipt(ask: Authed) -> Answer {
    let unknown = || Failure::said("消息不存在！");
    let id = message_id(&ask.path("message_id")).ok_or_else(unknown)?;
    let read = ask.args.flag("readed")?.unwrap_or(true);
    let chat = &ask.services.chat;
    let readers = chat
        .readers(ask.caller, id, read)
        .await
        .worded(&[(ErrorKind::NotFound, "消息不存在！")])?;
    let shown = |view: &AccountView| {
        let account = &view.account;
        json!({ "uid": ask.ids.uid(account.id), "name": name(account) })
    };
    let readers: Vec<Value> = readers.iter().map(shown).collect();
    Ok(Reply::data(&readers))
}

/// Hides everything up to a place from the caller.
pub async fn clear(ask: Authed) -> Answer {
    let upto = ask.args.int("message_seq")?;
    let upto = upto.ok_or_else(|| Error::invalid("field `message_seq`: a number is needed"))?;
    let chat = &ask.services.chat;
    chat.clear(ask.caller, ask.target()?, Some(upto)).await?;
    Ok(Reply::ok())
}

/// Tells who is there that the caller types.
pub async fn typing(ask: Authed) -> Answer {
    let chat = &ask.services.chat;
    chat.typing_at(ask.me(), ask.target()?, false).await?;
    Ok(Reply::ok())
}

/// Tells the caller's other devices that a voice message was listened to, which is for them to remember.
pub async fn voice_read(ask: Authed) -> Answer {
    let place = ask.target()?;
    if let Some(message) = ask.args.message_id()? {
        ask.services.chat.heard(ask.caller, place, message);
    }
    Ok(Reply::ok())
}

/// The node replaces words itself; clients need to know none.
pub async fn prohibited_words(_: Authed) -> Answer {
    Ok(Reply::data::<[Value]>(&[]))
}

/// Who calls upon the caller, since a version.
pub async fn reminders(ask: Authed) -> Answer {
    let version = ask.args.int("version")?.unwrap_or_default();
    let limit = ask.args.limit(REMINDERS.0, REMINDERS.1)?;
    let reminders = &ask.services.reminders;
    let found = reminders.sync(ask.caller, version, limit).await?;
    let shown: Vec<Value> = found
        .iter()
        .filter_map(|reminder| {
            let target = reminder.conversation.exchange().seen_by(ask.me())?;
            let mut shown = json!({
                "id": reminder.id,
                "publisher": ask.ids.uid(reminder.publisher),
                "message_seq": reminder.seq,
                "message_id": reminder.message.to_string(),
                "reminder_type": 1,
                "uid": ask.ids.uid(ask.me()),
                "text": "[有人@我]",
                "data": {},
                "is_locate": 1,
                "version": reminder.version,
                "done": u8::from(reminder.done),
            });
            let place = serde_json::to_value(Place::of(target, &ask.ids)).ok()?;
            if let (Value::Object(shown), Value::Object(place)) = (&mut shown, place) {
                shown.extend(place);
            }
            Some(shown)
        })
        .collect();
    Ok(Reply::data(&shown))
}

/// The caller has seen these.
pub async fn reminders_done(ask: Authed) -> Answer {
    let ids = ask.args.bare_texts()?.unwrap_or_default();
    let ids: Vec<i64> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    ask.services.reminders.done(ask.caller, ids).await?;
    Ok(Reply::ok())
}
