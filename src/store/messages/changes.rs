//! What became of messages.

use super::{NORMAL, REVOKED, Row};
use crate::domain::time::Millis;
use crate::domain::{AccountId, ConversationId, Message, MessageId};
use crate::error::Result;
use crate::store::conn::AnyConnection;
use crate::store::schema::{message_changes, messages};
use crate::store::versions;
use diesel::prelude::*;
use std::collections::HashMap;

/// A message that was taken back.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangedMessage {
    /// The message.
    pub message: Message,
    /// The number of the change.
    pub version: i64,
    /// Who took it back.
    pub by: AccountId,
}

/// Marks a message as taken back, and gives the number of the change; nothing when it was taken back before.
pub fn revoke(
    conn: &mut AnyConnection,
    id: MessageId,
    by: AccountId,
    now: Millis,
) -> Result<Option<i64>> {
    let standing = messages::table
        .filter(messages::id.eq(id.0))
        .filter(messages::status.eq(NORMAL));
    let changed = diesel::update(standing)
        .set((messages::status.eq(REVOKED), messages::updated_at.eq(now)))
        .execute(conn)?;
    if changed == 0 {
        return Ok(None);
    }
    let conversation: i64 = messages::table
        .find(id.0)
        .select(messages::conversation)
        .first(conn)?;
    let version = versions::next(conn)?;
    diesel::insert_into(message_changes::table)
        .values((
            message_changes::conversation.eq(conversation),
            message_changes::version.eq(version),
            message_changes::message.eq(id.0),
            message_changes::by_account.eq(by.0),
        ))
        .execute(conn)?;
    Ok(Some(version))
}

/// What was taken back in a conversation after a version, oldest change first, at most `limit`.
pub fn changes(
    conn: &mut AnyConnection,
    conversation: ConversationId,
    after: i64,
    limit: i64,
) -> Result<Vec<ChangedMessage>> {
    let rows: Vec<(Row, i64, i64)> = message_changes::table
        .inner_join(messages::table.on(messages::id.eq(message_changes::message)))
        .filter(message_changes::conversation.eq(conversation.0))
        .filter(message_changes::version.gt(after))
        .order(message_changes::version.asc())
        .limit(limit)
        .select((
            Row::as_select(),
            message_changes::version,
            message_changes::by_account,
        ))
        .load(conn)?;
    let changed = rows.into_iter().map(|(row, version, by)| {
        Ok(ChangedMessage {
            message: row.into_message()?,
            version,
            by: AccountId(by),
        })
    });
    changed.collect()
}

/// Of some messages of a conversation those that were taken back: the number of the change, and by whom.
pub fn changes_of(
    conn: &mut AnyConnection,
    conversation: ConversationId,
    ids: &[MessageId],
) -> Result<HashMap<MessageId, (i64, AccountId)>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<(i64, i64, i64)> = message_changes::table
        .filter(message_changes::conversation.eq(conversation.0))
        .filter(message_changes::message.eq_any(ids))
        .select((
            message_changes::message,
            message_changes::version,
            message_changes::by_account,
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, version, by)| (MessageId(id), (version, AccountId(by))))
        .collect())
}
