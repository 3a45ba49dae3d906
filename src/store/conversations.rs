//! Each account's view of its conversations.

use super::conn::{AnyConnection, on_each_backend};
use super::messages::{DELETED, in_sight};
use super::schema::conversations::dsl;
use super::schema::{channel_members, messages};
use super::versions;
use crate::domain::time::Millis;
use crate::domain::{AccountId, ConversationId, Exchange, MessageId};
use crate::error::Result;
use diesel::dsl::case_when;
use diesel::prelude::*;

/// Where a conversation was put away that never was.
const NEVER_CLOSED: i64 = 0;
/// Where one was put away in which nothing was said: before its first place.
const EMPTY: i64 = -1;

/// Opens conversations that are not open yet.
pub fn open(
    conn: &mut AnyConnection,
    new: &[(AccountId, ConversationId)],
    now: Millis,
) -> Result<()> {
    open_from(conn, new, 0, now)
}

/// Opens conversations for accounts who see only what comes after the place `from_seq`.
pub fn open_from(
    conn: &mut AnyConnection,
    new: &[(AccountId, ConversationId)],
    from_seq: i64,
    now: Millis,
) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = new
        .iter()
        .map(|(account, key)| {
            (
                dsl::account.eq(account.0),
                dsl::conversation.eq(key.0),
                dsl::from_seq.eq(from_seq),
                dsl::read_seq.eq(from_seq),
                dsl::created_at.eq(now),
            )
        })
        .collect();
    on_each_backend!(conn, c => diesel::insert_or_ignore_into(dsl::conversations).values(rows).execute(c))?;
    Ok(())
}

/// Forgets the views of accounts that leave a channel, or of everybody when it is dissolved.
pub fn close_all(
    conn: &mut AnyConnection,
    accounts: &[AccountId],
    key: ConversationId,
) -> Result<()> {
    // Not more at a time than either database takes parameters.
    for accounts in accounts.chunks(10_000) {
        let accounts: Vec<i64> = accounts.iter().map(|a| a.0).collect();
        let views = dsl::conversations
            .filter(dsl::account.eq_any(accounts))
            .filter(dsl::conversation.eq(key.0));
        diesel::delete(views).execute(conn)?;
    }
    Ok(())
}

/// What an account sees of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The conversation.
    pub conversation: ConversationId,
    /// The place after which the view began when it opened.
    pub from_seq: i64,
    /// The place up to which the account has emptied it.
    pub cleared_seq: i64,
    /// The place up to which the account has read.
    pub read_seq: i64,
    /// How many unread messages the account claims besides those that it has not read.
    pub marked: i64,
    /// The newest message that the account sees.
    pub newest: MessageId,
}

/// The conversations in which there is something that the account sees and has not put away, in no particular order.
pub fn of(conn: &mut AnyConnection, account: AccountId) -> Result<Vec<View>> {
    // One bound, for an index is searched by no more.
    let from_first = dsl::from_seq
        .ge(dsl::cleared_seq)
        .and(dsl::from_seq.ge(dsl::closed_seq));
    let bound = case_when(from_first, dsl::from_seq)
        .when(dsl::cleared_seq.ge(dsl::closed_seq), dsl::cleared_seq)
        .otherwise(dsl::closed_seq);
    let newest = messages::table
        .filter(messages::conversation.eq(dsl::conversation))
        .filter(messages::seq.gt(bound))
        .filter(messages::status.ne(DELETED))
        .filter(in_sight(account.0, format!("%,{account},%")))
        .order(messages::seq.desc())
        .select(messages::id)
        .limit(1)
        .single_value();
    let rows: Vec<(i64, i64, i64, i64, i64, Option<i64>)> = dsl::conversations
        .filter(dsl::account.eq(account.0))
        .select((
            dsl::conversation,
            dsl::from_seq,
            dsl::cleared_seq,
            dsl::read_seq,
            dsl::marked,
            newest,
        ))
        .load(conn)?;
    let views =
        rows.into_iter()
            .filter_map(|(key, from_seq, cleared_seq, read_seq, marked, newest)| {
                Some(View {
                    conversation: ConversationId(key),
                    from_seq,
                    cleared_seq,
                    read_seq,
                    marked,
                    newest: MessageId(newest?),
                })
            });
    Ok(views.collect())
}

/// The places where an account's view begins and up to which it has read; zeros when it never opened.
pub fn cursors(
    conn: &mut AnyConnection,
    account: AccountId,
    key: ConversationId,
) -> Result<(i64, i64)> {
    let found: Option<(i64, i64, i64)> = dsl::conversations
        .find((account.0, key.0))
        .select((dsl::from_seq, dsl::cleared_seq, dsl::read_seq))
        .first(conn)
        .optional()?;
    Ok(found.map_or((0, 0), |(from, cleared, read)| (from.max(cleared), read)))
}

/// The place up to which an account has emptied a conversation: nothing of that is shown to it, whatever else it may see.
pub fn cleared(conn: &mut AnyConnection, account: AccountId, key: ConversationId) -> Result<i64> {
    let cleared: Option<i64> = dsl::conversations
        .find((account.0, key.0))
        .select(dsl::cleared_seq)
        .first(conn)
        .optional()?;
    Ok(cleared.unwrap_or(0))
}

/// How many unread messages an account claims in a conversation besides those that it has not read.
pub fn marked(conn: &mut AnyConnection, account: AccountId, key: ConversationId) -> Result<i64> {
    let marked: Option<i64> = dsl::conversations
        .find((account.0, key.0))
        .select(dsl::marked)
        .first(conn)
        .optional()?;
    Ok(marked.unwrap_or(0))
}

/// Lets an account claim so many, until it reads on.
pub fn mark(
    conn: &mut AnyConnection,
    account: AccountId,
    key: ConversationId,
    count: i64,
) -> Result<()> {
    diesel::update(dsl::conversations.find((account.0, key.0)))
        .set(dsl::marked.eq(count))
        .execute(conn)?;
    Ok(())
}

/// Marks everything up to `seq` as read, and gives the place up to which it was before; nothing when that is no further: what
/// was read stays read. Who reads on claims nothing more.
pub fn read_up_to(
    conn: &mut AnyConnection,
    account: AccountId,
    key: ConversationId,
    seq: i64,
) -> Result<Option<i64>> {
    let before: Option<i64> = dsl::conversations
        .find((account.0, key.0))
        .filter(dsl::read_seq.lt(seq))
        .select(dsl::read_seq)
        .first(conn)
        .optional()?;
    if before.is_some() {
        let version = versions::next(conn)?;
        diesel::update(dsl::conversations.find((account.0, key.0)))
            .set((
                dsl::read_seq.eq(seq),
                dsl::read_version.eq(version),
                dsl::marked.eq(0),
            ))
            .execute(conn)?;
    }
    Ok(before)
}

/// Empties a conversation for one account up to `seq`. What was emptied stays empty.
pub fn clear(
    conn: &mut AnyConnection,
    account: AccountId,
    key: ConversationId,
    seq: i64,
) -> Result<()> {
    let behind = dsl::conversations
        .find((account.0, key.0))
        .filter(dsl::cleared_seq.lt(seq));
    diesel::update(behind)
        .set(dsl::cleared_seq.eq(seq))
        .execute(conn)?;
    Ok(())
}

/// Puts a conversation out of one account's sight until something is said after the place `seq`.
pub fn close_view(
    conn: &mut AnyConnection,
    account: AccountId,
    key: ConversationId,
    seq: i64,
) -> Result<()> {
    let seq = if seq == NEVER_CLOSED { EMPTY } else { seq };
    diesel::update(dsl::conversations.find((account.0, key.0)))
        .set(dsl::closed_seq.eq(seq))
        .execute(conn)?;
    Ok(())
}

/// Shows a conversation again that an account has put away, or had none of yet.
pub fn reopen(
    conn: &mut AnyConnection,
    account: AccountId,
    key: ConversationId,
    now: Millis,
) -> Result<()> {
    open(conn, &[(account, key)], now)?;
    diesel::update(dsl::conversations.find((account.0, key.0)))
        .set(dsl::closed_seq.eq(NEVER_CLOSED))
        .execute(conn)?;
    Ok(())
}

/// The conversations that an account has not put away since it opened them, whether or not anything was said, in no particular
/// order.
pub fn kept_open(conn: &mut AnyConnection, account: AccountId) -> Result<Vec<ConversationId>> {
    let keys: Vec<i64> = dsl::conversations
        .filter(dsl::account.eq(account.0))
        .filter(dsl::closed_seq.eq(NEVER_CLOSED))
        .select(dsl::conversation)
        .load(conn)?;
    Ok(keys.into_iter().map(ConversationId).collect())
}

/// How far everybody in a conversation has read, with the number of that change, in no particular order.
pub fn read_places(
    conn: &mut AnyConnection,
    key: ConversationId,
) -> Result<Vec<(AccountId, i64, i64)>> {
    let columns = (dsl::account, dsl::read_seq, dsl::read_version);
    let views = dsl::conversations.filter(dsl::conversation.eq(key.0));
    // Views are kept by account.
    let rows: Vec<(i64, i64, i64)> = match key.exchange() {
        Exchange::Direct(low, high) => views
            .filter(dsl::account.eq_any([low.0, high.0]))
            .select(columns)
            .load(conn)?,
        Exchange::Channel(id) => views
            .inner_join(channel_members::table.on(channel_members::account.eq(dsl::account)))
            .filter(channel_members::channel.eq(id.0))
            .select(columns)
            .load(conn)?,
    };
    Ok(rows
        .into_iter()
        .map(|(account, seq, version)| (AccountId(account), seq, version))
        .collect())
}

/// Who in a conversation has read what stands at the place `seq`, in no particular order.
pub fn readers(conn: &mut AnyConnection, key: ConversationId, seq: i64) -> Result<Vec<AccountId>> {
    let places = read_places(conn, key)?.into_iter();
    let there = places.filter(|(_, read, _)| *read >= seq);
    Ok(there.map(|(account, ..)| account).collect())
}

/// The account's conversations in which something was said after the message `after`, with the place where each begins.
pub(super) fn with_news(
    conn: &mut AnyConnection,
    account: AccountId,
    after: MessageId,
) -> Result<Vec<(ConversationId, i64)>> {
    // The last message of a conversation is one index look, so silent conversations cost a look each.
    let last = messages::table
        .filter(messages::conversation.eq(dsl::conversation))
        .order(messages::seq.desc())
        .select(messages::id)
        .limit(1)
        .single_value();
    let rows: Vec<(i64, i64, i64)> = dsl::conversations
        .filter(dsl::account.eq(account.0))
        .filter(last.gt(after.0))
        .select((dsl::conversation, dsl::from_seq, dsl::cleared_seq))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(key, from, cleared)| (ConversationId(key), from.max(cleared)))
        .collect())
}
