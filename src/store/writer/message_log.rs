//! The message log: gives out ids and places, and writes batches.

use super::{Append, Committed};
use crate::domain::conversation::Exchange;
use crate::domain::{ConversationId, Message, MessageId, MessageStatus, time};
use crate::error::{ErrorKind, Result};
use crate::store::conn::AnyConnection;
use crate::store::{client_ids, conversations, messages};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// How many conversations' last places are remembered before the memory is emptied.
const HEADS: usize = 262_144;

/// The connection and what is remembered of the tables.
pub(super) struct Log {
    pub(super) conn: AnyConnection,
    /// What the server calls the connection.
    thread: Option<i64>,
    last_id: i64,
    last_at: time::Millis,
    heads: HashMap<ConversationId, i64>,
}

impl Log {
    pub(super) fn open(mut conn: AnyConnection) -> Result<Self> {
        let last_id = messages::settled_last_id(&mut conn)?;
        Ok(Self {
            thread: conn.thread()?,
            conn,
            last_id,
            last_at: 0,
            heads: HashMap::new(),
        })
    }

    pub(super) fn is_broken(&mut self) -> bool {
        use diesel::connection::TransactionManager;
        type Transactions = <AnyConnection as diesel::Connection>::TransactionManager;
        Transactions::is_broken_transaction_manager(&mut self.conn)
    }

    /// What the server calls the connection, when it no longer answers here.
    pub(super) fn lost(&mut self) -> Option<i64> {
        let thread = self.thread?;
        self.conn.answers().is_err().then_some(thread)
    }

    pub(super) fn take_ids(&mut self, count: usize) -> Range<i64> {
        let first = self.last_id + 1;
        self.last_id += count as i64;
        first..self.last_id + 1
    }

    pub(super) fn commit(&mut self, batch: &[Append], first_id: i64) -> Result<Vec<Committed>> {
        let now = time::now().max(self.last_at);
        self.last_at = now;
        if self.heads.len() > HEADS {
            self.heads.clear();
        }
        let Self { conn, heads, .. } = self;
        let (committed, new_heads) =
            conn.finish(|conn| write_batch(conn, heads, batch, first_id, now))?;
        heads.extend(new_heads);
        Ok(committed)
    }

    /// Looks for a batch whose commit was not answered. A transaction is all or nothing, so one message found means that all
    /// of it is there, except for those that repeated an earlier client id.
    pub(super) fn find_batch(
        &mut self,
        batch: &[Append],
        ids: &Range<i64>,
    ) -> Result<Option<Vec<Committed>>> {
        let wanted: Vec<_> = ids.clone().map(MessageId).collect();
        let found = messages::by_ids(&mut self.conn, &wanted)?;
        if found.is_empty() {
            return Ok(None);
        }
        let mut found: HashMap<_, _> = found.into_iter().map(|m| (m.id, Arc::new(m))).collect();
        let committed = batch.iter().zip(wanted).map(|(append, id)| {
            if let Some(message) = found.remove(&id) {
                return Ok(Committed {
                    message,
                    fresh: true,
                });
            }
            let named = named(append).ok_or(ErrorKind::Internal)?;
            let first = client_ids::find(&mut self.conn, named)?;
            Ok(Committed {
                message: Arc::new(first.ok_or(ErrorKind::Internal)?),
                fresh: false,
            })
        });
        committed.collect::<Result<_>>().map(Some)
    }
}

type Heads = HashMap<ConversationId, i64>;

fn write_batch(
    conn: &mut AnyConnection,
    known: &Heads,
    batch: &[Append],
    first_id: i64,
    now: time::Millis,
) -> Result<(Vec<Committed>, Heads)> {
    let ids = || (first_id..).map(MessageId);
    let claims: Vec<_> = batch
        .iter()
        .zip(ids())
        .filter_map(|(append, id)| Some((named(append)?, id)))
        .collect();
    let earlier = client_ids::claim(conn, &claims, now)?;
    let mut heads = starting_heads(conn, known, batch)?;
    let mut fresh = Vec::with_capacity(batch.len());
    let mut first_words = Vec::new();
    let mut committed = Vec::with_capacity(batch.len());
    for (append, id) in batch.iter().zip(ids()) {
        if let Some(first) = earlier.get(&id) {
            committed.push(Err(*first));
            continue;
        }
        let head = heads.entry(append.conversation).or_insert(0);
        if let (0, Exchange::Direct(low, high)) = (*head, append.conversation.exchange()) {
            first_words.extend([low, high].map(|account| (account, append.conversation)));
        }
        *head += 1;
        let message = Arc::new(place(append, id, *head, now));
        fresh.push(message.clone());
        committed.push(Ok(message));
    }
    messages::insert(conn, &fresh)?;
    conversations::open(conn, &first_words, now)?;
    let mut first: HashMap<MessageId, Arc<Message>> =
        fresh.into_iter().map(|m| (m.id, m)).collect();
    for message in messages::by_ids(
        conn,
        &earlier
            .values()
            .copied()
            .filter(|id| !first.contains_key(id))
            .collect::<Vec<_>>(),
    )? {
        first.insert(message.id, Arc::new(message));
    }
    let committed = committed.into_iter().map(|outcome| match outcome {
        Ok(message) => Ok(Committed {
            message,
            fresh: true,
        }),
        Err(id) => {
            let message = first.get(&id).cloned().ok_or(ErrorKind::Internal)?;
            Ok(Committed {
                message,
                fresh: false,
            })
        }
    });
    Ok((committed.collect::<Result<_>>()?, heads))
}

fn named(append: &Append) -> Option<client_ids::Named<'_>> {
    Some(client_ids::Named {
        sender: append.sender,
        conversation: append.conversation,
        client_id: append.client_id.as_deref()?,
    })
}

/// The last place of every conversation in the batch, from memory or from one query.
fn starting_heads(conn: &mut AnyConnection, known: &Heads, batch: &[Append]) -> Result<Heads> {
    let mut heads = Heads::with_capacity(batch.len());
    let mut unknown = Vec::new();
    for append in batch {
        match known.get(&append.conversation) {
            Some(head) => drop(heads.insert(append.conversation, *head)),
            None => unknown.push(append.conversation),
        }
    }
    if !unknown.is_empty() {
        unknown.sort_unstable();
        unknown.dedup();
        heads.extend(messages::heads(conn, &unknown)?);
    }
    Ok(heads)
}

fn place(append: &Append, id: MessageId, seq: i64, now: time::Millis) -> Message {
    Message {
        id,
        conversation: append.conversation,
        seq,
        sender: append.sender,
        draft: append.draft.clone(),
        client_id: append.client_id.clone(),
        status: MessageStatus::Normal,
        created_at: now,
        updated_at: now,
    }
}
