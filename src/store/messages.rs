//! The message log.

use super::conn::AnyConnection;
use super::schema::messages;
use crate::domain::content::ContentKind;
use crate::domain::message::Draft;
use crate::domain::time::Millis;
use crate::domain::{
    AccountId, Content, ConversationId, Dialect, Message, MessageId, MessageStatus,
};
use crate::error::{Error, Result};
use diesel::dsl::max;
use diesel::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// How many messages of a backlog are read at a time.
const PART: usize = 20;
/// A page of a backlog that weighs more, in bytes, ends.
const PAGE_WEIGHT: usize = 1 << 20;

const NORMAL: i16 = 0;
const REVOKED: i16 = 1;

#[derive(Insertable)]
#[diesel(table_name = messages)]
struct NewRow<'a> {
    id: i64,
    conversation: i64,
    seq: i64,
    sender: i64,
    dialect: i16,
    kind: i16,
    word: &'a str,
    content: String,
    raw: Option<&'a str>,
    sealed: bool,
    status: i16,
    created_at: i64,
    updated_at: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = messages)]
struct Row {
    id: i64,
    conversation: i64,
    seq: i64,
    sender: i64,
    dialect: i16,
    word: String,
    content: String,
    raw: Option<String>,
    sealed: bool,
    status: i16,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn into_message(self) -> Result<Message> {
        let content: Content = serde_json::from_str(&self.content).map_err(Error::internal)?;
        let dialect = Dialect::from_number(self.dialect).ok_or_else(|| {
            Error::internal(format!(
                "message {} has the unknown dialect {}",
                self.id, self.dialect
            ))
        })?;
        Ok(Message {
            id: MessageId(self.id),
            conversation: ConversationId(self.conversation),
            seq: self.seq,
            sender: AccountId(self.sender),
            draft: Arc::new(Draft {
                dialect,
                word: self.word,
                content,
                raw: self.raw,
                sealed: self.sealed,
            }),
            status: if self.status == REVOKED {
                MessageStatus::Revoked
            } else {
                MessageStatus::Normal
            },
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

fn load(rows: QueryResult<Vec<Row>>) -> Result<Vec<Message>> {
    rows?.into_iter().map(Row::into_message).collect()
}

fn row(message: &Message) -> Result<NewRow<'_>> {
    Ok(NewRow {
        id: message.id.0,
        conversation: message.conversation.0,
        seq: message.seq,
        sender: message.sender.0,
        dialect: message.draft.dialect as i16,
        kind: message.draft.content.kind() as i16,
        word: &message.draft.word,
        content: serde_json::to_string(&message.draft.content).map_err(Error::internal)?,
        raw: message.draft.raw.as_deref(),
        sealed: message.draft.sealed,
        status: NORMAL,
        created_at: message.created_at,
        updated_at: message.updated_at,
    })
}

/// Adds messages that have their ids and places. Several rows a statement on MySQL, where that is ten times faster; one
/// prepared statement over and over on SQLite, where it is not.
pub(super) fn insert(conn: &mut AnyConnection, new: &[Arc<Message>]) -> Result<()> {
    let rows = new.iter().map(|m| row(m)).collect::<Result<Vec<_>>>()?;
    match conn {
        AnyConnection::Sqlite(c) => {
            for row in &rows {
                diesel::insert_into(messages::table)
                    .values(row)
                    .execute(c)?;
            }
        }
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(c) => {
            if !rows.is_empty() {
                diesel::insert_into(messages::table)
                    .values(&rows)
                    .execute(c)?;
            }
        }
    }
    Ok(())
}

/// The highest id given out so far.
fn last_id(conn: &mut AnyConnection) -> Result<i64> {
    let last: Option<i64> = messages::table.select(max(messages::id)).first(conn)?;
    Ok(last.unwrap_or(0))
}

/// The highest id given out so far, final: on a server this waits for a commit that is still under way on a connection that
/// was lost.
pub(super) fn settled_last_id(conn: &mut AnyConnection) -> Result<i64> {
    // An open transaction has its rows locked; who does not ask for the lock overlooks them.
    #[cfg(feature = "mysql")]
    if let AnyConnection::Mysql(conn) = conn {
        let last = messages::table
            .select(messages::id)
            .order(messages::id.desc())
            .limit(1)
            .for_update();
        let last: Option<i64> = last.get_result(conn).optional()?;
        return Ok(last.unwrap_or(0));
    }
    last_id(conn)
}

/// The last place of each conversation; those without messages are missing.
pub fn heads(
    conn: &mut AnyConnection,
    conversations: &[ConversationId],
) -> Result<HashMap<ConversationId, i64>> {
    match conn {
        // SQLite would walk every entry of a conversation to group them, but finds the last of one at once.
        AnyConnection::Sqlite(_) => conversations
            .iter()
            .map(|key| Ok((*key, head(conn, *key)?)))
            .collect(),
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(c) => {
            let keys: Vec<i64> = conversations.iter().map(|c| c.0).collect();
            let rows: Vec<(i64, Option<i64>)> = messages::table
                .filter(messages::conversation.eq_any(keys))
                .group_by(messages::conversation)
                .select((messages::conversation, max(messages::seq)))
                .load(c)?;
            Ok(rows
                .into_iter()
                .map(|(key, seq)| (ConversationId(key), seq.unwrap_or(0)))
                .collect())
        }
    }
}

/// The last place in one conversation; 0 when nothing was said.
pub fn head(conn: &mut AnyConnection, conversation: ConversationId) -> Result<i64> {
    let last: Option<i64> = messages::table
        .filter(messages::conversation.eq(conversation.0))
        .select(max(messages::seq))
        .first(conn)?;
    Ok(last.unwrap_or(0))
}

/// One message.
pub fn find(conn: &mut AnyConnection, id: MessageId) -> Result<Option<Message>> {
    messages::table
        .find(id.0)
        .select(Row::as_select())
        .first(conn)
        .optional()?
        .map(Row::into_message)
        .transpose()
}

/// Messages by id, in no particular order; unknown ids are skipped.
pub fn by_ids(conn: &mut AnyConnection, ids: &[MessageId]) -> Result<Vec<Message>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    load(
        messages::table
            .filter(messages::id.eq_any(ids))
            .select(Row::as_select())
            .load(conn),
    )
}

/// Marks a message as taken back. Returns whether it was not before.
pub fn revoke(conn: &mut AnyConnection, id: MessageId, now: Millis) -> Result<bool> {
    let changed = diesel::update(
        messages::table
            .filter(messages::id.eq(id.0))
            .filter(messages::status.eq(NORMAL)),
    )
    .set((messages::status.eq(REVOKED), messages::updated_at.eq(now)))
    .execute(conn)?;
    Ok(changed > 0)
}

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

/// A page of a conversation without revoked messages, and how many there are in all.
pub fn list(conn: &mut AnyConnection, slice: &Slice) -> Result<(Vec<Message>, i64)> {
    let chosen = || {
        let mut query = messages::table
            .filter(messages::conversation.eq(slice.conversation.0))
            .filter(messages::seq.gt(slice.after_seq))
            .filter(messages::status.eq(NORMAL))
            .into_boxed();
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

/// Whether `sender` wrote anything in the conversation after the place `seq`.
pub fn wrote_after(
    conn: &mut AnyConnection,
    conversation: ConversationId,
    sender: AccountId,
    seq: i64,
) -> Result<bool> {
    let found = messages::table
        .filter(messages::conversation.eq(conversation.0))
        .filter(messages::seq.gt(seq))
        .filter(messages::sender.eq(sender.0));
    Ok(diesel::select(diesel::dsl::exists(found)).get_result(conn)?)
}

/// The ids of one conversation's messages above `after`, oldest first, at most `limit`; without revoked ones and without those
/// up to the place `from_seq`.
///
/// Ids and places ascend together, so the first place is found by halving instead of reading every entry.
fn newer(
    conn: &mut AnyConnection,
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
    let ids = messages::table
        .filter(messages::conversation.eq(key.0))
        .filter(messages::seq.gt(low))
        .filter(messages::status.eq(NORMAL))
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
    for (key, from_seq) in super::conversations::with_news(conn, account, after)? {
        ids.extend(newer(conn, key, from_seq, after, limit)?);
    }
    ids.retain(|id| *id <= upto);
    ids.sort_unstable();
    let mut more = ids.len() as i64 >= limit;
    ids.truncate(limit as usize);
    let (mut page, mut weight) = (Vec::new(), 0);
    for part in ids.chunks(PART) {
        if weight > PAGE_WEIGHT {
            more = true;
            break;
        }
        let part: Vec<_> = part.iter().copied().map(MessageId).collect();
        let mut found = by_ids(conn, &part)?;
        found.sort_unstable_by_key(|message| message.id);
        weight += found
            .iter()
            .map(|message| message.draft.weight())
            .sum::<usize>();
        page.extend(found);
    }
    Ok((page, more))
}

/// The newest messages for an administrator, of one sender or with a text, revoked ones included.
pub fn search(
    conn: &mut AnyConnection,
    sender: Option<AccountId>,
    text: Option<&str>,
    limit: i64,
) -> Result<Vec<Message>> {
    let mut query = messages::table.into_boxed();
    if let Some(sender) = sender {
        query = query.filter(messages::sender.eq(sender.0));
    }
    if let Some(text) = text {
        query = query.filter(
            messages::content
                .like(super::text::holding(text))
                .escape('!'),
        );
    }
    load(
        query
            .order(messages::id.desc())
            .limit(limit)
            .select(Row::as_select())
            .load(conn),
    )
}

/// How many messages there are.
pub fn count(conn: &mut AnyConnection) -> Result<i64> {
    Ok(messages::table.count().get_result(conn)?)
}
