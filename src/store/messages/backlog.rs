//! What an account has not received.

use super::{NORMAL, in_sight, last_id, page};
use crate::domain::{AccountId, ConversationId, Message, MessageId};
use crate::error::Result;
use crate::store::conn::AnyConnection;
use crate::store::conversations;
use crate::store::schema::messages;
use diesel::prelude::*;

/// The ids of one conversation's messages above `after` that the account sees, oldest first, at most `limit`; without revoked
/// ones and without those up to the place `from_seq`.
fn newer(
    conn: &mut AnyConnection,
    account: AccountId,
    key: ConversationId,
    from_seq: i64,
    after: MessageId,
    limit: i64,
) -> Result<Vec<i64>> {
    // Mostly little is new, and among the newest.
    let newest: Vec<(i64, i64)> = messages::table
        .filter(messages::conversation.eq(key.0))
        .filter(messages::seq.gt(from_seq))
        .order(messages::seq.desc())
        .limit(limit.saturating_add(1))
        .select((messages::id, messages::seq))
        .load(conn)?;
    let known = newest.iter().find(|(id, _)| *id <= after.0);
    let low = match (known, newest.last()) {
        (Some((_, seq)), _) => *seq,
        (None, Some((_, seq))) if newest.len() as i64 > limit => {
            halved(conn, key, from_seq, *seq, after)?
        }
        (None, _) => from_seq,
    };
    let ids = messages::table
        .filter(messages::conversation.eq(key.0))
        .filter(messages::seq.gt(low))
        .filter(messages::status.eq(NORMAL))
        .filter(in_sight(account.0, format!("%,{account},%")))
        .order(messages::seq.asc())
        .limit(limit)
        .select(messages::id)
        .load(conn)?;
    Ok(ids)
}

/// The last place above `low` and below `high` that does not hold a message above `after`; `low` if all do.
///
/// Ids and places ascend together, so it is found by halving instead of reading every entry.
fn halved(
    conn: &mut AnyConnection,
    key: ConversationId,
    mut low: i64,
    mut high: i64,
    after: MessageId,
) -> Result<i64> {
    high -= 1;
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
    Ok(low)
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
