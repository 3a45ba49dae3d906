//! What accounts have put beside messages: one emoji each.

use super::{NORMAL, in_sight};
use crate::domain::time::Millis;
use crate::domain::{AccountId, ConversationId, Message, MessageId};
use crate::error::Result;
use crate::store::conn::{AnyConnection, on_each_backend};
use crate::store::schema::{messages, reactions};
use crate::store::versions;
use diesel::prelude::*;

/// How many are shown beside all messages of one page.
const SHOWN: i64 = 10_000;

/// What an account has put beside a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// The message.
    pub message: MessageId,
    /// Who.
    pub account: AccountId,
    /// What.
    pub emoji: String,
    /// Whether it was taken away again.
    pub removed: bool,
    /// The number of its last change.
    pub version: i64,
    /// When that was.
    pub at: Millis,
}

type Row = (i64, i64, String, bool, i64, i64);

const COLUMNS: (
    reactions::message,
    reactions::account,
    reactions::emoji,
    reactions::removed,
    reactions::version,
    reactions::created_at,
) = (
    reactions::message,
    reactions::account,
    reactions::emoji,
    reactions::removed,
    reactions::version,
    reactions::created_at,
);

fn read(rows: Vec<Row>) -> Vec<Reaction> {
    let reactions = rows
        .into_iter()
        .map(|(message, account, emoji, removed, version, at)| Reaction {
            message: MessageId(message),
            account: AccountId(account),
            emoji,
            removed,
            version,
            at,
        });
    reactions.collect()
}

/// Puts an emoji beside a message, in the place of another one of the same account. The same again takes it away.
pub fn react(
    conn: &mut AnyConnection,
    message: &Message,
    account: AccountId,
    emoji: &str,
    now: Millis,
) -> Result<()> {
    let known: Option<(String, bool)> = reactions::table
        .find((message.id.0, account.0))
        .select((reactions::emoji, reactions::removed))
        .first(conn)
        .optional()?;
    let removed = known.is_some_and(|(was, removed)| was == emoji && !removed);
    let row = (
        reactions::message.eq(message.id.0),
        reactions::account.eq(account.0),
        reactions::conversation.eq(message.conversation.0),
        reactions::emoji.eq(emoji),
        reactions::removed.eq(removed),
        reactions::version.eq(versions::next(conn)?),
        reactions::created_at.eq(now),
    );
    on_each_backend!(conn, c => diesel::replace_into(reactions::table).values(row).execute(c))?;
    Ok(())
}

/// The reactions to messages of a conversation, above the place `floor`, that the viewer sees and that changed after a version,
/// oldest change first, at most `limit`.
pub fn reactions_since(
    conn: &mut AnyConnection,
    conversation: ConversationId,
    viewer: AccountId,
    floor: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<Reaction>> {
    let rows: Vec<Row> = reactions::table
        .inner_join(messages::table.on(messages::id.eq(reactions::message)))
        .filter(reactions::conversation.eq(conversation.0))
        .filter(reactions::version.gt(after))
        .filter(messages::seq.gt(floor))
        .filter(messages::status.eq(NORMAL))
        .filter(in_sight(viewer.0, format!("%,{viewer},%")))
        .order(reactions::version.asc())
        .limit(limit)
        .select(COLUMNS)
        .load(conn)?;
    Ok(read(rows))
}

/// What stands beside some messages, oldest first; of very many the newest.
pub fn reactions_of(conn: &mut AnyConnection, ids: &[MessageId]) -> Result<Vec<Reaction>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let mut rows: Vec<Row> = reactions::table
        .filter(reactions::message.eq_any(ids))
        .filter(reactions::removed.eq(false))
        .order(reactions::version.desc())
        .limit(SHOWN)
        .select(COLUMNS)
        .load(conn)?;
    rows.reverse();
    Ok(read(rows))
}
