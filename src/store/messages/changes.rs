//! What became of messages.

use super::{NORMAL, in_sight, page};
use crate::domain::time::Millis;
use crate::domain::{AccountId, ConversationId, Message, MessageId, MessageStatus};
use crate::error::{Error, Result};
use crate::store::conn::AnyConnection;
use crate::store::schema::{message_changes, messages};
use crate::store::versions;
use diesel::prelude::*;
use std::collections::{HashMap, HashSet};

/// What was done to a message last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Its number.
    pub version: i64,
    /// Who did it.
    pub by: AccountId,
    /// When the message was last edited; 0 when it never was.
    pub edited_at: Millis,
}

/// Takes a message back, which stands as `status` from then on, and gives the number of the change; nothing when it was taken
/// back before.
pub fn take_back(
    conn: &mut AnyConnection,
    id: MessageId,
    status: MessageStatus,
    by: AccountId,
    now: Millis,
) -> Result<Option<i64>> {
    let standing = messages::table
        .filter(messages::id.eq(id.0))
        .filter(messages::status.eq(NORMAL));
    let changed = diesel::update(standing)
        .set((
            messages::status.eq(status as i16),
            messages::updated_at.eq(now),
        ))
        .execute(conn)?;
    (changed > 0).then(|| note(conn, id, by, None)).transpose()
}

/// Those of some messages that were taken back.
pub fn taken_back(conn: &mut AnyConnection, ids: &[MessageId]) -> Result<HashSet<MessageId>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<i64> = messages::table
        .filter(messages::id.eq_any(ids))
        .filter(messages::status.ne(NORMAL))
        .select(messages::id)
        .load(conn)?;
    Ok(rows.into_iter().map(MessageId).collect())
}

/// Puts what a message says now in the place of what it said, and gives the number of the change; nothing when it was taken
/// back before.
pub fn edit(conn: &mut AnyConnection, message: &Message) -> Result<Option<i64>> {
    let draft = &message.draft;
    let content = serde_json::to_string(&draft.content).map_err(Error::internal)?;
    let standing = messages::table
        .filter(messages::id.eq(message.id.0))
        .filter(messages::status.eq(NORMAL));
    let changed = diesel::update(standing)
        .set((
            messages::dialect.eq(draft.dialect as i16),
            messages::kind.eq(draft.content.kind() as i16),
            messages::word.eq(&draft.word),
            messages::content.eq(content),
            messages::raw.eq(draft.raw.as_deref()),
            messages::updated_at.eq(message.updated_at),
        ))
        .execute(conn)?;
    let edited_at = Some(message.updated_at);
    (changed > 0)
        .then(|| note(conn, message.id, message.sender, edited_at))
        .transpose()
}

/// Numbers what was done to a message. Only the last change of each is kept.
fn note(
    conn: &mut AnyConnection,
    id: MessageId,
    by: AccountId,
    edited_at: Option<Millis>,
) -> Result<i64> {
    let version = versions::next(conn)?;
    let changed = diesel::update(message_changes::table.find(id.0))
        .set((
            message_changes::version.eq(version),
            message_changes::by_account.eq(by.0),
            edited_at.map(|at| message_changes::edited_at.eq(at)),
        ))
        .execute(conn)?;
    if changed > 0 {
        return Ok(version);
    }
    let conversation: i64 = messages::table
        .find(id.0)
        .select(messages::conversation)
        .first(conn)?;
    diesel::insert_into(message_changes::table)
        .values((
            message_changes::conversation.eq(conversation),
            message_changes::version.eq(version),
            message_changes::message.eq(id.0),
            message_changes::by_account.eq(by.0),
            message_changes::edited_at.eq(edited_at.unwrap_or(0)),
        ))
        .execute(conn)?;
    Ok(version)
}

/// The messages of a conversation, above the place `floor`, to which something was done after a version and which the viewer
/// sees: oldest change first, at most `limit`, and fewer when they are large. If there may be more, the version up to which
/// these are all.
pub fn changes(
    conn: &mut AnyConnection,
    conversation: ConversationId,
    viewer: AccountId,
    floor: i64,
    after: i64,
    limit: i64,
) -> Result<(Vec<Message>, Option<i64>)> {
    let rows: Vec<(i64, i64)> = message_changes::table
        .inner_join(messages::table.on(messages::id.eq(message_changes::message)))
        .filter(message_changes::conversation.eq(conversation.0))
        .filter(message_changes::version.gt(after))
        .filter(messages::seq.gt(floor))
        .filter(in_sight(viewer.0, format!("%,{viewer},%")))
        .order(message_changes::version.asc())
        .limit(limit)
        .select((message_changes::message, message_changes::version))
        .load(conn)?;
    let (ids, versions): (Vec<i64>, Vec<i64>) = rows.into_iter().unzip();
    let (found, cut) = page(conn, &ids)?;
    let full = cut || ids.len() as i64 >= limit;
    let upto = versions[..found.len()].last().filter(|_| full).copied();
    Ok((found, upto))
}

/// What was done last to some messages; those to which nothing was done are missing.
pub fn changes_of(
    conn: &mut AnyConnection,
    ids: &[MessageId],
) -> Result<HashMap<MessageId, Change>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<(i64, i64, i64, i64)> = message_changes::table
        .filter(message_changes::message.eq_any(ids))
        .select((
            message_changes::message,
            message_changes::version,
            message_changes::by_account,
            message_changes::edited_at,
        ))
        .load(conn)?;
    let changes = rows.into_iter().map(|(id, version, by, edited_at)| {
        let change = Change {
            version,
            by: AccountId(by),
            edited_at,
        };
        (MessageId(id), change)
    });
    Ok(changes.collect())
}
