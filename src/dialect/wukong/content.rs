//! WuKong's payloads and the core's content, both ways. A payload is a JSON object with a `type`; the word of a draft is that
//! number. Payloads are kept as they came, unless the core's content says all of them.

mod read;
mod write;

use super::ids::Ids;
use super::proto::Setting;
use crate::dialect::object::Object;
use crate::domain::conversation::Exchange;
use crate::domain::message::{Draft, Mentions};
use crate::domain::{AccountId, Content, Dialect, Message, MessageId};
use crate::error::{Error, Result};
use crate::service::opaque::{Kind, Uid};
use std::borrow::Cow;
use std::sync::Arc;

/// The setting of what moves no conversation.
pub const QUIET: u8 = Setting::QUIET.0;

/// Who alone may see a message; `None` for everybody.
type Audience = Option<Arc<[AccountId]>>;

/// The key of a payload's text part.
const TEXT: &str = "content";

/// Above the setting among a draft's marks.
const EXPIRE: u32 = 16;

/// A message as WuKong's clients send it, and who is called upon in it. Relative addresses of files are below `base`.
///
/// # Errors
/// `Invalid` when the payload is no JSON object with a whole number as its type.
pub fn draft(payload: &[u8], ids: &Ids, base: &str) -> Result<(Draft, Mentions)> {
    let text = utf8(payload)?;
    let object = Object::read(text).ok_or_else(|| Error::invalid("payload: not an object"))?;
    let kind = object.number("type").filter(|number| is_whole(*number));
    let kind = kind.ok_or_else(|| Error::invalid("payload: no type"))? as i64;
    let content = read::content(kind, &object, ids, base);
    let plain = matches!(&content, Content::Text { text: words } if write::text(words) == text);
    let draft = Draft {
        raw: (!plain).then(|| text.to_owned()),
        audience: read::audience(&object, ids),
        ..Draft::plain(Dialect::Wukong, kind.to_string(), content)
    };
    Ok((draft, read::mentions(&object, ids)))
}

/// A message that only its reader's client can decrypt.
///
/// # Errors
/// `Invalid` when it is not text.
pub fn sealed(payload: &[u8]) -> Result<Draft> {
    Ok(Draft {
        raw: Some(utf8(payload)?.to_owned()),
        sealed: true,
        ..Draft::plain(Dialect::Wukong, "0", Content::Sealed)
    })
}

/// A text message.
pub fn plain(text: &str) -> Draft {
    let content = Content::Text {
        text: text.to_owned(),
    };
    Draft::plain(Dialect::Wukong, "1", content)
}

/// The payload of any message, in WuKong's terms.
pub fn payload<'a>(draft: &'a Draft, ids: &Ids) -> Cow<'a, str> {
    match &draft.raw {
        Some(raw) if draft.dialect == Dialect::Wukong => Cow::Borrowed(raw),
        _ => Cow::Owned(write::payload(&draft.content, ids)),
    }
}

/// Puts another text into a text message, keeping the other keys of its payload and their order.
pub fn reword(draft: &mut Draft, text: String) {
    let object = draft.raw.as_deref().and_then(Object::read);
    let raw = object.map(|object| object.with_text(TEXT, &text));
    draft.raw = raw;
    draft.content = Content::Text { text };
}

/// What a draft keeps of a sender's setting and of how many seconds the message is to live.
pub fn marks(setting: Setting, expire: u32) -> i64 {
    i64::from(setting.passed_on().0) | i64::from(expire) << EXPIRE
}

/// The setting that a message is shown with.
pub fn setting(draft: &Draft) -> u8 {
    Setting(draft.marks as u8).passed_on().0
}

/// How many seconds a message is to live, 0 for ever.
pub fn expire(draft: &Draft) -> u32 {
    (draft.marks >> EXPIRE) as u32
}

/// The client's own id of a message, or what stands for it.
pub fn message_no(message: &Message, ids: &Ids) -> String {
    match &message.client_id {
        Some(id) => id.clone(),
        None => format!(
            "{}0",
            &*ids.opaque.seal(Kind::MessageNo, message.id.0, None)
        ),
    }
}

/// The message that a number which stands for a missing one belongs to.
pub fn numbered(message_no: &str, ids: &Ids) -> Option<MessageId> {
    let sealed = message_no.strip_suffix('0')?;
    ids.opaque.open(Kind::MessageNo, sealed, 0).map(MessageId)
}

/// Who sent a message, as clients are told; `None` for the system, which tells groups what happened to them.
pub fn from_uid(message: &Message, ids: &Ids) -> Option<Uid> {
    let nameless = matches!(message.draft.content, Content::Notice { .. })
        && matches!(message.exchange(), Exchange::Channel(_));
    (!nameless).then(|| ids.uid(message.sender))
}

fn utf8(payload: &[u8]) -> Result<&str> {
    std::str::from_utf8(payload).map_err(|_| Error::invalid("payload: not text"))
}

fn is_whole(number: f64) -> bool {
    number.fract() == 0.0 && number.abs() <= f64::from(i32::MAX)
}

/// The accounts behind uids; the others are nobody.
fn accounts(uids: Vec<String>, ids: &Ids) -> Vec<AccountId> {
    let mut accounts = Vec::with_capacity(uids.len());
    for account in uids.iter().filter_map(|uid| ids.account(uid)) {
        if !accounts.contains(&account) {
            accounts.push(account);
        }
    }
    accounts
}

#[cfg(test)]
mod tests;
