//! Which client ids were used, so that a message sent twice is stored once. Kept apart from the log because its keys come in
//! random order; pruned by age.

use super::conn::AnyConnection;
use super::schema::client_ids::{self, dsl};
use super::schema::{channel_members, former_members};
use crate::domain::time::Millis;
use crate::domain::{AccountId, ChannelId, ConversationId, MessageId};
use crate::error::Result;
use diesel::prelude::*;
use std::collections::HashMap;

/// A client id about to be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// By whom.
    pub sender: AccountId,
    /// Where.
    pub conversation: ConversationId,
    /// The id.
    pub client_id: String,
    /// The message it is to name.
    pub message: MessageId,
}

#[derive(Insertable)]
#[diesel(table_name = client_ids)]
struct Row<'a> {
    sender: i64,
    conversation: i64,
    client_id: &'a str,
    message: i64,
    created_at: i64,
}

/// Claims ids. Returns for each message whose id was taken the message that has it.
pub(super) fn claim(
    conn: &mut AnyConnection,
    claims: &[Claim],
    now: Millis,
) -> Result<HashMap<MessageId, MessageId>> {
    if claims.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Row<'_>> = claims.iter().map(|claim| row(claim, now)).collect();
    let refused: Vec<&Claim> = match conn {
        AnyConnection::Sqlite(c) => {
            let mut refused = Vec::new();
            for (row, claim) in rows.iter().zip(claims) {
                if diesel::insert_or_ignore_into(dsl::client_ids)
                    .values(row)
                    .execute(c)?
                    == 0
                {
                    refused.push(claim);
                }
            }
            refused
        }
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(c) => {
            let taken = diesel::insert_or_ignore_into(dsl::client_ids)
                .values(&rows)
                .execute(c)?;
            if taken == claims.len() {
                Vec::new()
            } else {
                claims.iter().collect()
            }
        }
    };
    let mut earlier = HashMap::new();
    for claim in refused {
        let first = find(conn, claim.sender, claim.conversation, &claim.client_id)?;
        if let Some(first) = first.filter(|first| *first != claim.message) {
            earlier.insert(claim.message, first);
        }
    }
    Ok(earlier)
}

fn row(claim: &Claim, now: Millis) -> Row<'_> {
    Row {
        sender: claim.sender.0,
        conversation: claim.conversation.0,
        client_id: &claim.client_id,
        message: claim.message.0,
        created_at: now,
    }
}

/// The message a client id named.
pub fn find(
    conn: &mut AnyConnection,
    sender: AccountId,
    conversation: ConversationId,
    client_id: &str,
) -> Result<Option<MessageId>> {
    let id: Option<i64> = dsl::client_ids
        .find((sender.0, conversation.0, client_id))
        .select(dsl::message)
        .first(conn)
        .optional()?;
    Ok(id.map(MessageId))
}

/// The message that some member of a channel, or a former one, gave an id.
pub fn find_in_channel(
    conn: &mut AnyConnection,
    channel: ChannelId,
    client_id: &str,
) -> Result<Option<MessageId>> {
    let named = || {
        dsl::client_ids
            .filter(dsl::conversation.eq(channel.0))
            .filter(dsl::client_id.eq(client_id))
            .select(dsl::message)
    };
    let members = channel_members::table
        .filter(channel_members::channel.eq(channel.0))
        .select(channel_members::account);
    let mut id: Option<i64> = named()
        .filter(dsl::sender.eq_any(members))
        .first(conn)
        .optional()?;
    if id.is_none() {
        let former = former_members::table
            .filter(former_members::channel.eq(channel.0))
            .select(former_members::account);
        id = named()
            .filter(dsl::sender.eq_any(former))
            .first(conn)
            .optional()?;
    }
    Ok(id.map(MessageId))
}

/// Forgets ids used before `before`.
pub fn prune(conn: &mut AnyConnection, before: Millis) -> Result<usize> {
    Ok(diesel::delete(dsl::client_ids.filter(dsl::created_at.lt(before))).execute(conn)?)
}
