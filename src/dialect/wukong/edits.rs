//! Changing a message for everybody who sees it (contract, section 7.1).

use super::Answer;
use super::caller::Authed;
use super::content;
use super::messages::REVOKE;
use super::proto::MAX_TEXT;
use super::reply::{Failure, MALFORMED, Reply, Wording};
use crate::domain::MessageId;
use crate::error::{ErrorKind, Result};

/// A message is unknown, or not the caller's to see.
pub const NO_MESSAGE: &str = "消息不存在！";

/// Puts another text into one of the caller's own.
pub async fn edit(ask: Authed) -> Answer {
    let id = named(&ask)?;
    let payload = ask.args.required("content_edit", usize::MAX, MALFORMED)?;
    if payload.len() > MAX_TEXT {
        return Err(ErrorKind::MessageTooLong.into());
    }
    // Nobody is called upon anew.
    let (draft, _) = content::draft(payload.as_bytes(), &ask.ids, &ask.url("/"))?;
    let chat = &ask.services.chat;
    let edited = chat.edit(ask.caller, id, draft, content::reword).await;
    edited.worded(&[
        (ErrorKind::NotFound, NO_MESSAGE),
        (ErrorKind::NotYourMessage, "无权限编辑此消息！"),
    ])?;
    Ok(Reply::ok())
}

/// Takes a message back without a trace.
pub async fn delete(ask: Authed) -> Answer {
    let id = named(&ask)?;
    let chat = &ask.services.chat;
    let words = [
        (ErrorKind::NotFound, NO_MESSAGE),
        (ErrorKind::NotYourMessage, "无权限删除此消息！"),
    ];
    chat.find(ask.caller, id).await.worded(&words)?;
    chat.delete(ask.caller, id, REVOKE).await.worded(&words)?;
    Ok(Reply::ok())
}

/// The message that a request names.
pub fn named(ask: &Authed) -> Result<MessageId, Failure> {
    let id = ask.args.message_id()?;
    id.ok_or_else(|| Failure::said(MALFORMED))
}
