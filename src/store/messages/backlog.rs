//! What an account has not received.

use super::{NORMAL, head, last_id, page, seen_by};
use crate::domain::{AccountId, ConversationId, Message, MessageId};
use crate::error::Result;
use crate::store::conn::AnyConnection;
use crate::store::conversations;
use crate::store::schema::messages;
use diesel::prelude::*;

/// The ids of one conversation's messages above `after` that the account sees, oldest first, at most `limit`; without revoked
/// ones and without those up to the place `from_seq`.
///
/// Ids and places ascend together, so the first place is found by halving instead of reading every entry.
fn newer(
    conn: &mut AnyConnection,
    account: AccountId,
    key: ConversationId,
    from_seq: i64,
    after: MessageId,
    limit: i64,
) -> Result<Vec<i64>> {
    let (mut low, mut high) = (from_seq, head(conn, key)?);
    while low < high {
        let middle = low + (high - low) / 2 + 1;
        let id: Option<i64> = messages::table
            .filter(messages::conversation.eq(key.0))
            .filter(messages::seq.eq(middle))
            .select(messages::id)
            .first(conn)
            .optional()?;
        if id.is_some_and(|id| id > after.0) {
            high = middle - 1;
        } else {
            low = middle;
        }
    }
    let news = messages::table
        .filter(messages::conversation.eq(key.0))
        .filter(messages::seq.gt(low))
        .filter(messages::status.eq(NORMAL))
        .into_boxed();
    let ids = seen_by(news, account)
        .order(messages::seq.asc())
        .limit(limit)
        .select(messages::id)
        .load(conn)?;
    Ok(ids)
}

/// What an account has not received: everything with an id above `after` in its conversations, oldest first. At most `limit`
/// messages, and fewer when they are large. Whether there is more.
///
/// Nothing is given that was committed after this began: each conversation is read a moment later than the one before, and
/// what comes meanwhile would leave holes below the last id.
///
/// The account's own messages are among them: which of those a device is sent is the dialect's rule.
pub fn backlog(
    conn: &mut AnyConnection,
    account: AccountId,
    after: MessageId,
    limit: i64,
) -> Result<(Vec<Message>, bool)> {
    let upto = last_id(conn)?;
    let mut ids = Vec::new();
    for (key, from_seq) in conversations::with_news(conn, account, after)? {
        ids.extend(newer(conn, account, key, from_seq, after, limit)?);
    }
    ids.retain(|id| *id <= upto);
    ids.sort_unstable();
    let more = ids.len() as i64 >= limit;
    ids.truncate(limit as usize);
    let (page, cut) = page(conn, &ids)?;
    Ok((page, more || cut))
}
