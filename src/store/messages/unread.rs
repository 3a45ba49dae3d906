//! What an account has not read, and what it does not want to see.

use super::{NORMAL, in_sight};
use crate::domain::content::ContentKind;
use crate::domain::time::Millis;
use crate::domain::{AccountId, ConversationId, MessageId};
use crate::error::Result;
use crate::store::conn::{AnyConnection, on_each_backend};
use crate::store::schema::{conversations, hidden_messages, messages};
use diesel::dsl::count_star;
use diesel::prelude::*;
use std::collections::{HashMap, HashSet};

/// How many conversations, and how many ids, go into one statement.
const PLACES: usize = 100;
const IDS: usize = 10_000;
/// Two accounts became contacts, or a group is gone: the only things the node says in the name of who caused them.
const NAMED: &str = "2000";

/// What counts as unread. Dialects differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// All that others said, and what the node said on the account's behalf, in nobody's name.
    Everything,
    /// What others said, without what the node says of a conversation.
    Spoken,
}

/// How many messages an account has not read after a place in each of some conversations; those without any are missing.
pub fn unread(
    conn: &mut AnyConnection,
    account: AccountId,
    after: &[(ConversationId, i64)],
    counted: Counted,
) -> Result<HashMap<ConversationId, i64>> {
    let mut unread = HashMap::new();
    for after in after.chunks(PLACES) {
        let mut stretches = messages::table
            .group_by(messages::conversation)
            .select((messages::conversation, count_star()))
            .into_boxed();
        for (key, seq) in after {
            let stretch = messages::conversation.eq(key.0);
            stretches = stretches.or_filter(stretch.and(messages::seq.gt(*seq)));
        }
        let notice = ContentKind::Notice as i16;
        let nameless = messages::kind.eq(notice).and(messages::word.ne(NAMED));
        let foreign = messages::sender.ne(account.0);
        let stretches = match counted {
            Counted::Everything => stretches.filter(foreign.or(nameless)),
            Counted::Spoken => stretches.filter(foreign.and(messages::kind.ne(notice))),
        };
        let rows: Vec<(i64, i64)> = stretches
            .filter(messages::quiet.eq(false))
            .filter(messages::status.eq(NORMAL))
            .filter(in_sight(account.0, format!("%,{account},%")))
            .load(conn)?;
        let rows = rows.into_iter();
        unread.extend(rows.map(|(key, count)| (ConversationId(key), count)));
    }
    Ok(unread)
}

/// The place of the message before the newest `count` that others said in a conversation after the place `after`, if there are more
/// than so many.
pub fn before_newest(
    conn: &mut AnyConnection,
    account: AccountId,
    key: ConversationId,
    after: i64,
    count: i64,
) -> Result<Option<i64>> {
    Ok(messages::table
        .filter(messages::conversation.eq(key.0))
        .filter(messages::seq.gt(after))
        .filter(messages::sender.ne(account.0))
        .filter(messages::kind.ne(ContentKind::Notice as i16))
        .filter(messages::quiet.eq(false))
        .filter(messages::status.eq(NORMAL))
        .filter(in_sight(account.0, format!("%,{account},%")))
        .order(messages::seq.desc())
        .offset(count.max(0))
        .select(messages::seq)
        .first(conn)
        .optional()?)
}

/// The last place of a conversation after the place `after` that was taken no later than a moment, if there is one.
pub fn last_until(
    conn: &mut AnyConnection,
    key: ConversationId,
    after: i64,
    moment: Millis,
) -> Result<Option<i64>> {
    Ok(messages::table
        .filter(messages::conversation.eq(key.0))
        .filter(messages::seq.gt(after))
        .filter(messages::created_at.le(moment))
        .order(messages::seq.desc())
        .select(messages::seq)
        .first(conn)
        .optional()?)
}

/// Whose messages stand between two places of a conversation, the second included.
pub fn senders(
    conn: &mut AnyConnection,
    key: ConversationId,
    after: i64,
    upto: i64,
) -> Result<Vec<AccountId>> {
    let rows: Vec<i64> = messages::table
        .filter(messages::conversation.eq(key.0))
        .filter(messages::seq.gt(after))
        .filter(messages::seq.le(upto))
        .select(messages::sender)
        .distinct()
        .load(conn)?;
    Ok(rows.into_iter().map(AccountId).collect())
}

/// Of some messages those that were made after a moment.
pub fn made_after(
    conn: &mut AnyConnection,
    ids: &[MessageId],
    moment: Millis,
) -> Result<HashSet<MessageId>> {
    let mut made = HashSet::new();
    for ids in ids.chunks(IDS) {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let rows: Vec<i64> = messages::table
            .filter(messages::id.eq_any(ids))
            .filter(messages::created_at.gt(moment))
            .select(messages::id)
            .load(conn)?;
        made.extend(rows.into_iter().map(MessageId));
    }
    Ok(made)
}

/// Of some messages those that an account sees in its conversations, by id, and where they stand.
pub fn places_of(
    conn: &mut AnyConnection,
    account: AccountId,
    ids: &[MessageId],
) -> Result<Vec<(MessageId, ConversationId, i64)>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<(i64, i64, i64)> = messages::table
        .inner_join(conversations::table.on(conversations::conversation.eq(messages::conversation)))
        .filter(conversations::account.eq(account.0))
        .filter(messages::id.eq_any(ids))
        .filter(in_sight(account.0, format!("%,{account},%")))
        .order(messages::id.asc())
        .select((messages::id, messages::conversation, messages::seq))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, key, seq)| (MessageId(id), ConversationId(key), seq))
        .collect())
}

/// Hides messages from an account. Those that are hidden already stay so.
pub fn hide(conn: &mut AnyConnection, account: AccountId, ids: &[MessageId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = ids
        .iter()
        .map(|id| {
            (
                hidden_messages::account.eq(account.0),
                hidden_messages::message.eq(id.0),
            )
        })
        .collect();
    on_each_backend!(conn, c => diesel::insert_or_ignore_into(hidden_messages::table).values(rows).execute(c))?;
    Ok(())
}
