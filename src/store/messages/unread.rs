//! What an account has not read, and what it does not want to see.

use super::NORMAL;
use crate::domain::{AccountId, ConversationId, MessageId};
use crate::error::Result;
use crate::store::conn::{AnyConnection, on_each_backend};
use crate::store::schema::{conversations, hidden_messages, messages};
use diesel::dsl::count_star;
use diesel::prelude::*;
use std::collections::HashMap;

/// How many messages of others an account has not read, by conversation; those without any are missing.
pub fn unread(
    conn: &mut AnyConnection,
    account: AccountId,
) -> Result<HashMap<ConversationId, i64>> {
    let named = messages::audience.like(format!("%,{account},%"));
    let rows: Vec<(i64, i64)> = messages::table
        .inner_join(conversations::table.on(conversations::conversation.eq(messages::conversation)))
        .filter(conversations::account.eq(account.0))
        .filter(messages::seq.gt(conversations::read_seq))
        .filter(messages::seq.gt(conversations::cleared_seq))
        .filter(messages::sender.ne(account.0))
        .filter(messages::quiet.eq(false))
        .filter(messages::status.eq(NORMAL))
        .filter(messages::audience.is_null().or(named))
        .group_by(messages::conversation)
        .select((messages::conversation, count_star()))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(key, count)| (ConversationId(key), count))
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
