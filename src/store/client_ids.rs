//! Which client ids were used, so that a message sent twice is stored once. Kept apart from the log because its keys come in
//! random order, and as short as can be because each of them is another page to write; pruned by age.

use super::conn::AnyConnection;
use super::messages;
use super::schema::client_ids::{self, dsl};
use super::schema::{channel_members, former_members};
use crate::domain::conversation::Exchange;
use crate::domain::time::Millis;
use crate::domain::{AccountId, ChannelId, ConversationId, Message, MessageId};
use crate::error::Result;
use diesel::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// How many keys are looked for at a time.
const SOME: usize = 500;

/// A client id, with whose and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named<'a> {
    /// By whom.
    pub sender: AccountId,
    /// Where.
    pub conversation: ConversationId,
    /// The id.
    pub client_id: &'a str,
}

impl Named<'_> {
    /// Its key. Two that share one are told apart by their messages; the later of them is stored as if it had no id.
    pub fn digest(&self) -> i64 {
        let digest = Sha256::new()
            .chain_update(self.sender.0.to_be_bytes())
            .chain_update(self.conversation.0.to_be_bytes())
            .chain_update(self.client_id);
        let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(digest.finalize());
        i64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    fn names(&self, message: &Message) -> bool {
        message.sender == self.sender
            && message.conversation == self.conversation
            && message.client_id.as_deref() == Some(self.client_id)
    }
}

#[derive(Insertable)]
#[diesel(table_name = client_ids)]
struct Row {
    digest: i64,
    message: i64,
    created_at: i64,
}

/// Claims ids, each for a message that is about to be stored. Returns for each message whose id was taken the message that has it.
pub(super) fn claim(
    conn: &mut AnyConnection,
    claims: &[(Named<'_>, MessageId)],
    now: Millis,
) -> Result<HashMap<MessageId, MessageId>> {
    let rows: Vec<Row> = claims
        .iter()
        .map(|(named, message)| Row {
            digest: named.digest(),
            message: message.0,
            created_at: now,
        })
        .collect();
    let refused = insert(conn, &rows)?;
    if refused.is_empty() {
        return Ok(HashMap::new());
    }
    let holders = holders(conn, refused.iter().map(|nth| rows[*nth].digest))?;
    let stored: Vec<MessageId> = holders.values().copied().collect();
    let stored = messages::by_ids(conn, &stored)?;
    let stored: HashMap<_, _> = stored.iter().map(|m| (m.id, m)).collect();
    let claimed: HashMap<_, _> = claims.iter().map(|(named, id)| (*id, named)).collect();
    let mut earlier = HashMap::new();
    for nth in refused {
        let (named, message) = &claims[nth];
        let Some(holder) = holders.get(&rows[nth].digest).filter(|id| *id != message) else {
            continue;
        };
        let same = match (claimed.get(holder), stored.get(holder)) {
            (Some(claimed), _) => *claimed == named,
            (None, Some(stored)) => named.names(stored),
            (None, None) => false,
        };
        if same {
            earlier.insert(*message, *holder);
        }
    }
    Ok(earlier)
}

/// Adds keys that are free. The places of those that may have been taken.
fn insert(conn: &mut AnyConnection, rows: &[Row]) -> Result<Vec<usize>> {
    let mut refused = Vec::new();
    match conn {
        AnyConnection::Sqlite(c) => {
            for (nth, row) in rows.iter().enumerate() {
                let insert = diesel::insert_or_ignore_into(dsl::client_ids).values(row);
                if insert.execute(c)? == 0 {
                    refused.push(nth);
                }
            }
        }
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(c) => {
            if !rows.is_empty() {
                let insert = diesel::insert_or_ignore_into(dsl::client_ids).values(rows);
                if insert.execute(c)? < rows.len() {
                    refused.extend(0..rows.len());
                }
            }
        }
    }
    Ok(refused)
}

/// The messages that keys lead to.
fn holders(
    conn: &mut AnyConnection,
    digests: impl IntoIterator<Item = i64>,
) -> Result<HashMap<i64, MessageId>> {
    let found: Vec<(i64, i64)> = dsl::client_ids
        .filter(dsl::digest.eq_any(digests))
        .select((dsl::digest, dsl::message))
        .load(conn)?;
    let found = found.into_iter();
    Ok(found.map(|(digest, id)| (digest, MessageId(id))).collect())
}

/// The message a client id named.
pub fn find(conn: &mut AnyConnection, named: Named<'_>) -> Result<Option<Message>> {
    let id: Option<i64> = dsl::client_ids
        .find(named.digest())
        .select(dsl::message)
        .first(conn)
        .optional()?;
    let Some(id) = id else {
        return Ok(None);
    };
    let message = messages::find(conn, MessageId(id))?;
    Ok(message.filter(|message| named.names(message)))
}

/// The message that some member of a channel, or a former one, gave an id.
pub fn find_in_channel(
    conn: &mut AnyConnection,
    channel: ChannelId,
    client_id: &str,
) -> Result<Option<MessageId>> {
    let members: Vec<i64> = channel_members::table
        .filter(channel_members::channel.eq(channel.0))
        .select(channel_members::account)
        .load(conn)?;
    if let Some(id) = find_of(conn, &members, channel, client_id)? {
        return Ok(Some(id));
    }
    let former: Vec<i64> = former_members::table
        .filter(former_members::channel.eq(channel.0))
        .select(former_members::account)
        .load(conn)?;
    find_of(conn, &former, channel, client_id)
}

/// The message that one of these gave an id in a channel.
fn find_of(
    conn: &mut AnyConnection,
    senders: &[i64],
    channel: ChannelId,
    client_id: &str,
) -> Result<Option<MessageId>> {
    let named = |sender| Named {
        sender,
        conversation: Exchange::Channel(channel).key(),
        client_id,
    };
    for some in senders.chunks(SOME) {
        let digests = some.iter().map(|sender| named(AccountId(*sender)).digest());
        let held: Vec<MessageId> = holders(conn, digests)?.into_values().collect();
        let found = messages::by_ids(conn, &held)?;
        if let Some(message) = found.iter().find(|m| named(m.sender).names(m)) {
            return Ok(Some(message.id));
        }
    }
    Ok(None)
}

/// Forgets ids used before `before`.
pub fn prune(conn: &mut AnyConnection, before: Millis) -> Result<usize> {
    Ok(diesel::delete(dsl::client_ids.filter(dsl::created_at.lt(before))).execute(conn)?)
}
