//! Messages as clients list them.

use super::group::{Looks, name};
use crate::dialect::popim::caller::Acting;
use crate::dialect::popim::content;
use crate::dialect::popim::reply::Failure;
use crate::domain::{AccountId, Message, MessageId};
use crate::service::contacts::Between;
use serde::Serialize;
use std::collections::HashSet;

/// A message in a history, or the newest one of a conversation.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    mid: MessageId,
    from: String,
    to: String,
    /// What the reader calls its sender, where that is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    avatar: String,
    timestamp: i64,
    content: String,
    sub_type: &'static str,
    quote_mid: i64,
    quote_content: String,
}

/// Messages as the caller sees them, in their order.
///
/// # Errors
/// Faults of the store.
pub async fn items<'a>(
    ask: &Acting,
    messages: impl IntoIterator<Item = &'a Message>,
) -> Result<Vec<Item>, Failure> {
    let messages: Vec<&Message> = messages.into_iter().collect();
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let senders: HashSet<AccountId> = messages.iter().map(|message| message.sender).collect();
    let senders = senders.into_iter().collect();
    let contacts = &ask.services.contacts;
    let senders = contacts.between_all(ask.caller, senders).await?;
    let quoted = messages
        .iter()
        .filter_map(|message| content::quote(message));
    let quoted = quoted.map(|quote| quote.mid).collect();
    let gone = ask.services.chat.taken_back(quoted).await?;
    let looks = Looks::of(&ask.services.core);
    let item = |message: &&Message| item(message, senders.get(&message.sender), &gone, looks);
    Ok(messages.iter().map(item).collect())
}

impl Item {
    /// The same as it is shown in a conversation with one person, whose name is beside it.
    pub fn without_name(self) -> Self {
        Self { name: None, ..self }
    }
}

fn item(
    message: &Message,
    sender: Option<&Between>,
    gone: &HashSet<MessageId>,
    looks: Looks<'_>,
) -> Item {
    let (quote_mid, quote_content) = match content::quote(message) {
        Some(quote) if gone.contains(&quote.mid) => (quote.mid.0, looks.text(content::REVOKED)),
        Some(quote) => (quote.mid.0, looks.text(&quote.content)),
        None => (0, String::new()),
    };
    let avatar = sender.map_or("", |sender| &sender.view.account.profile.avatar);
    Item {
        mid: message.id,
        from: message.sender.to_string(),
        to: message.target().to_string(),
        name: Some(looks.text(sender.map_or("", called))),
        avatar: looks.avatar(avatar),
        timestamp: message.created_at.div_euclid(1000),
        content: looks.text(&content::text_of(message)),
        sub_type: content::sub_type(message),
        quote_mid,
        quote_content,
    }
}

/// What the reader calls somebody.
fn called(sender: &Between) -> &str {
    match sender.mine.as_ref().map(|mine| mine.remark.as_str()) {
        None | Some("") => name(&sender.view.account),
        Some(remark) => remark,
    }
}
