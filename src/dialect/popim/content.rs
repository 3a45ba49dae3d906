//! PopIM's texts and the core's content, both ways. A message is one text, in which clients recognise a few forms (contract, section
//! 4.1); the text is kept as it came, unless the core's content says all of it.

mod read;
mod write;

pub use write::size;

use crate::dialect::object::Object;
use crate::domain::message::Draft;
use crate::domain::{Content, Dialect, Message, MessageId, MessageStatus};
use crate::error::{ErrorKind, Result};
use crate::service::policy::Policy;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt::Write;

/// What stands where a message was taken back.
pub const REVOKED: &str = "此消息已撤回";

/// The word of what somebody says.
pub const MESSAGE: &str = "message";
/// The word of what the node says.
pub const NOTICE: &str = "notice";

/// The keys of a kept body.
const TEXT: &str = "content";
const QUOTE: &str = "quote_mid";
const QUOTED: &str = "quote_content";

/// How many bytes of a text's digest tell one text from another under the same id of a client.
const TOLD_APART: usize = 8;

/// A message that another one answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Which.
    pub mid: MessageId,
    /// What it said when it was quoted.
    pub content: String,
}

/// What the core's content does not say of a message.
#[derive(Serialize)]
struct Kept<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quote_mid: Option<MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quote_content: Option<&'a str>,
}

/// A message as PopIM's clients send it. `absolute` completes the address of a file, which other dialects' clients cannot.
pub fn draft(text: &str, quote: Option<&Quote>, absolute: impl Fn(&str) -> String) -> Draft {
    let content = read::content(text, absolute);
    let kept = Kept {
        content: (write::text(&content) != text).then_some(text),
        quote_mid: quote.map(|quote| quote.mid),
        quote_content: quote.map(|quote| &*quote.content),
    };
    let needed = kept.content.is_some() || quote.is_some();
    Draft {
        raw: needed.then(|| serde_json::to_string(&kept).unwrap_or_default()),
        ..Draft::plain(Dialect::Popim, MESSAGE, content)
    }
}

/// A text that somebody says.
pub fn plain(text: &str) -> Draft {
    draft(text, None, str::to_owned)
}

/// Puts another text into a text message. A kept body of one has no text of its own.
pub fn reword(draft: &mut Draft, text: String) {
    draft.content = Content::Text { text };
}

/// The text with its banned words masked. The address of a file stays whole.
///
/// # Errors
/// `BannedWords` where these may not be sent at all.
pub fn masked<'a>(text: &'a str, policy: &Policy) -> Result<Cow<'a, str>> {
    let [before, address, after] = read::around_address(text);
    if !policy.words.hits(before) && !policy.words.hits(after) {
        return Ok(Cow::Borrowed(text));
    }
    if !policy.banned_words_sendable {
        return Err(ErrorKind::BannedWords.into());
    }
    let [before, after] = [before, after].map(|part| policy.words.mask(part));
    Ok(Cow::Owned(format!("{before}{address}{after}")))
}

/// Whether a text is a voice recording.
pub fn is_voice(text: &str) -> bool {
    matches!(read::content(text, str::to_owned), Content::Voice(_))
}

/// The text of any message, in PopIM's terms; not escaped.
pub fn text_of(message: &Message) -> Cow<'_, str> {
    if message.status != MessageStatus::Normal {
        return Cow::Borrowed(REVOKED);
    }
    let draft = &message.draft;
    let kept = kept(draft).and_then(|kept| kept.text(TEXT));
    kept.map_or_else(|| write::text(&draft.content), Cow::Owned)
}

/// Whether a message is shown as something said, or as a line about the conversation.
pub fn sub_type(message: &Message) -> &'static str {
    let notice = matches!(message.draft.content, Content::Notice { .. });
    if notice || message.status != MessageStatus::Normal {
        NOTICE
    } else {
        MESSAGE
    }
}

/// What a message answers, as it was quoted; not escaped.
pub fn quote(message: &Message) -> Option<Quote> {
    if message.status != MessageStatus::Normal {
        return None;
    }
    let kept = kept(&message.draft)?;
    Some(Quote {
        mid: MessageId(kept.number(QUOTE)? as i64),
        content: kept.text(QUOTED).unwrap_or_default(),
    })
}

/// Under what a client's own id of a message is remembered. Some clients count seconds, so with another text it is another message.
pub fn client_id(unique_id: &str, text: &str) -> String {
    let mut id = format!("{unique_id}:");
    for byte in Sha256::digest(text).iter().take(TOLD_APART) {
        // Writing to a String never fails.
        let _ = write!(id, "{byte:02x}");
    }
    id
}

/// The client's own id of a message, as it gave it.
pub fn unique_id(message: &Message) -> Option<&str> {
    if message.draft.dialect != Dialect::Popim {
        return None;
    }
    // Behind that is what tells repetitions apart.
    let (unique_id, _) = message.client_id.as_deref()?.rsplit_once(':')?;
    Some(unique_id)
}

fn kept(draft: &Draft) -> Option<Object<'_>> {
    let own = draft.dialect == Dialect::Popim;
    draft.raw.as_deref().filter(|_| own).and_then(Object::read)
}

#[cfg(test)]
mod tests;
