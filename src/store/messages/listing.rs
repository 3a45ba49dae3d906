//! Looking back in a conversation.

use super::{DELETED, NORMAL, Row, load, page, seen_by};
use crate::domain::content::ContentKind;
use crate::domain::{AccountId, ConversationId, Dialect, Message};
use crate::error::Result;
use crate::store::conn::AnyConnection;
use crate::store::schema::messages;
use diesel::prelude::*;

/// One type of messages, as a dialect names it: its own messages by its word, other dialects' by the kind it stands for.
#[derive(Debug, Clone)]
pub struct Only {
    /// The dialect that asks.
    pub dialect: Dialect,
    /// Its word.
    pub word: String,
    /// What the word stands for in the core, if anything.
    pub kind: Option<ContentKind>,
}

/// Which part of a conversation to list.
#[derive(Debug, Clone)]
pub struct Slice {
    /// The conversation.
    pub conversation: ConversationId,
    /// For whom.
    pub viewer: AccountId,
    /// Only places after this one.
    pub after_seq: i64,
    /// Only one type.
    pub only: Option<Only>,
    /// Newest first instead of oldest first.
    pub newest_first: bool,
    /// How many to skip.
    pub offset: i64,
    /// How many to return.
    pub limit: i64,
}

/// A page of what the viewer sees of a conversation, without revoked messages, and how many there are in all.
pub fn list(conn: &mut AnyConnection, slice: &Slice) -> Result<(Vec<Message>, i64)> {
    let chosen = || {
        let mut query = messages::table
            .filter(messages::conversation.eq(slice.conversation.0))
            .filter(messages::seq.gt(slice.after_seq))
            .filter(messages::status.eq(NORMAL))
            .into_boxed();
        query = seen_by(query, slice.viewer);
        if let Some(only) = &slice.only {
            let own = messages::dialect
                .eq(only.dialect as i16)
                .and(messages::word.eq(only.word.clone()));
            // No message has the kind 0.
            let kind = only.kind.map_or(0, |kind| kind as i16);
            query = query.filter(
                own.or(messages::dialect
                    .ne(only.dialect as i16)
                    .and(messages::kind.eq(kind))),
            );
        }
        query
    };
    let total: i64 = chosen().count().get_result(conn)?;
    let page = chosen()
        .select(Row::as_select())
        .offset(slice.offset)
        .limit(slice.limit);
    let rows = if slice.newest_first {
        page.order(messages::seq.desc()).load(conn)
    } else {
        page.order(messages::seq.asc()).load(conn)
    };
    Ok((load(rows)?, total))
}

/// Which places of a conversation to look at; a bound of 0 is none.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// The conversation.
    pub conversation: ConversationId,
    /// For whom.
    pub viewer: AccountId,
    /// The place to begin with.
    pub start: i64,
    /// The place to end before.
    pub end: i64,
    /// Only places after this one.
    pub floor: i64,
    /// How many to return at most.
    pub limit: i64,
    /// From `start` to newer places rather than to older ones.
    pub up: bool,
}

/// What the viewer sees of a stretch, oldest first, revoked messages included but no deleted ones: those nearest to its
/// beginning, fewer when they are large. Whether there is more.
pub fn range(conn: &mut AnyConnection, stretch: &Stretch) -> Result<(Vec<Message>, bool)> {
    let mut query = messages::table
        .filter(messages::conversation.eq(stretch.conversation.0))
        .filter(messages::seq.gt(stretch.floor))
        .filter(messages::status.ne(DELETED))
        .into_boxed();
    query = seen_by(query, stretch.viewer);
    query = match (stretch.start, stretch.up) {
        (0, _) => query,
        (start, true) => query.filter(messages::seq.ge(start)),
        (start, false) => query.filter(messages::seq.le(start)),
    };
    query = match (stretch.end, stretch.up) {
        (0, _) => query,
        (end, true) => query.filter(messages::seq.lt(end)),
        (end, false) => query.filter(messages::seq.gt(end)),
    };
    let query = query
        .limit(stretch.limit.saturating_add(1))
        .select(messages::id);
    let mut ids: Vec<i64> = if stretch.up {
        query.order(messages::seq.asc()).load(conn)?
    } else {
        query.order(messages::seq.desc()).load(conn)?
    };
    let more = ids.len() as i64 > stretch.limit;
    ids.truncate(stretch.limit.max(0) as usize);
    let (mut found, cut) = page(conn, &ids)?;
    if !stretch.up {
        found.reverse();
    }
    Ok((found, more || cut))
}
