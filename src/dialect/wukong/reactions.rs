//! Emoji beside messages (contract, section 7.1).

use super::Answer;
use super::caller::Authed;
use super::channel_sync::is_outside;
use super::edits::{NO_MESSAGE, named};
use super::reply::{Reply, Wording};
use super::types::message::Reaction;
use crate::error::ErrorKind;

/// Reactions in one answer unless the client wants another number, and at most.
const REACTIONS: (i64, i64) = (100, 1000);

/// Puts an emoji beside a message, or takes it away.
pub async fn react(ask: Authed) -> Answer {
    let id = named(&ask)?;
    let emoji = ask.args.text("emoji")?.unwrap_or_default();
    let chat = &ask.services.chat;
    let reacted = chat.react(ask.caller, id, emoji).await;
    reacted.worded(&[(ErrorKind::NotFound, NO_MESSAGE)])?;
    Ok(Reply::ok())
}

/// The reactions in a conversation that changed since a version. Outsiders see none.
pub async fn sync(ask: Authed) -> Answer {
    let version = ask.args.int("seq")?.unwrap_or_default();
    let limit = ask.args.limit(REACTIONS.0, REACTIONS.1)?;
    let chat = &ask.services.chat;
    let found = chat
        .reactions(ask.caller, ask.target()?, version, limit)
        .await;
    let found = match found {
        Err(error) if is_outside(error.kind()) => Vec::new(),
        found => found?,
    };
    let reactions: Vec<Reaction> = found.iter().map(|r| Reaction::of(r, &ask.ids)).collect();
    Ok(Reply::data(&reactions))
}
