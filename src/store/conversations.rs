//! Each account's view of its conversations.

use super::conn::{AnyConnection, on_each_backend};
use super::schema::conversations::dsl;
use super::schema::messages;
use crate::domain::time::Millis;
use crate::domain::{AccountId, ConversationId, MessageId};
use crate::error::Result;
use diesel::prelude::*;

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

/// Forgets one account's view, when it leaves a channel.
pub fn close(conn: &mut AnyConnection, account: AccountId, key: ConversationId) -> Result<()> {
    diesel::delete(dsl::conversations.find((account.0, key.0))).execute(conn)?;
    Ok(())
}

/// Forgets everybody's view, when a channel is dissolved.
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

/// The places where an account's view begins and up to which it has read; zeros when it never opened.
pub fn cursors(
    conn: &mut AnyConnection,
    account: AccountId,
    key: ConversationId,
) -> Result<(i64, i64)> {
    let found = dsl::conversations
        .find((account.0, key.0))
        .select((dsl::from_seq, dsl::read_seq))
        .first(conn);
    Ok(found.optional()?.unwrap_or((0, 0)))
}

/// Marks everything up to `seq` as read.
pub fn read_up_to(
    conn: &mut AnyConnection,
    account: AccountId,
    key: ConversationId,
    seq: i64,
) -> Result<()> {
    diesel::update(dsl::conversations.find((account.0, key.0)))
        .set(dsl::read_seq.eq(seq))
        .execute(conn)?;
    Ok(())
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
    let rows: Vec<(i64, i64)> = dsl::conversations
        .filter(dsl::account.eq(account.0))
        .filter(last.gt(after.0))
        .select((dsl::conversation, dsl::from_seq))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(key, from)| (ConversationId(key), from))
        .collect())
}
