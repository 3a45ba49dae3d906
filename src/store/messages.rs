//! The message log.

mod backlog;
mod changes;
mod listing;
mod reactions;
mod unread;

pub use backlog::backlog;
pub use changes::{Change, changes, changes_of, edit, take_back, taken_back};
pub use listing::{Only, Slice, Stretch, list, range};
pub use reactions::{Reaction, react, reactions_of, reactions_since};
pub use unread::{
    Counted, before_newest, hide, last_until, made_after, places_of, senders, unread,
};

use super::conn::AnyConnection;
use super::schema::{hidden_messages, messages};
use crate::domain::message::Draft;
use crate::domain::{
    AccountId, Content, ConversationId, Dialect, Message, MessageId, MessageStatus,
};
use crate::error::{Error, Result};
use diesel::dsl::{exists, max, not};
use diesel::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// How many messages of a page are read at a time.
const PART: usize = 20;
/// A page that weighs more, in bytes, ends.
const PAGE_WEIGHT: usize = 1 << 20;

const NORMAL: i16 = MessageStatus::Normal as i16;
pub(super) const DELETED: i16 = MessageStatus::Deleted as i16;

type Backend = <AnyConnection as Connection>::Backend;

/// The same columns for every message: one statement, prepared once.
#[derive(Insertable)]
#[diesel(table_name = messages, treat_none_as_default_value = false)]
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
    quiet: bool,
    marks: i64,
    audience: Option<String>,
    client_id: Option<&'a str>,
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
    quiet: bool,
    marks: i64,
    audience: Option<String>,
    client_id: Option<String>,
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
                quiet: self.quiet,
                marks: self.marks,
                audience: self.audience.as_deref().map(named),
            }),
            client_id: self.client_id,
            status: MessageStatus::from_number(self.status),
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
        quiet: message.draft.quiet,
        marks: message.draft.marks,
        audience: message.draft.audience.as_deref().map(names),
        client_id: message.client_id.as_deref(),
    })
}

/// An audience as it is stored: every name between commas, so that each can be looked for.
fn names(audience: &[AccountId]) -> String {
    audience.iter().fold(",".to_owned(), |names, account| {
        names + &account.to_string() + ","
    })
}

fn named(names: &str) -> Arc<[AccountId]> {
    let numbers = names.split(',').filter_map(|name| name.parse().ok());
    numbers.map(AccountId).collect()
}

/// Of some messages those that `viewer` may see and has not hidden.
fn seen_by<'a>(
    some: messages::BoxedQuery<'a, Backend>,
    viewer: AccountId,
) -> messages::BoxedQuery<'a, Backend> {
    some.filter(in_sight(viewer.0, format!("%,{viewer},%")))
}

/// Whether a message may be seen by `viewer`, who is `named` so among an audience, and is not hidden from them.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn in_sight(viewer: i64, named: String) -> _ {
    let hidden = hidden_messages::table
        .filter(hidden_messages::account.eq(viewer))
        .filter(hidden_messages::message.eq(messages::id));
    let addressed = messages::audience
        .is_null()
        .or(messages::audience.like(named));
    addressed.and(not(exists(hidden)))
}

/// Messages by id, in the order of `ids`, until a page is full. Whether some were left out for that.
fn page(conn: &mut AnyConnection, ids: &[i64]) -> Result<(Vec<Message>, bool)> {
    up_to(conn, ids, PAGE_WEIGHT)
}

/// Messages by id, in the order of `ids`, until they weigh more than `most` bytes. Whether some were left out for that.
pub fn up_to(conn: &mut AnyConnection, ids: &[i64], most: usize) -> Result<(Vec<Message>, bool)> {
    let (mut page, mut weight) = (Vec::with_capacity(ids.len()), 0);
    for part in ids.chunks(PART) {
        if weight > most {
            return Ok((page, true));
        }
        let part: Vec<_> = part.iter().copied().map(MessageId).collect();
        let found = by_ids(conn, &part)?.into_iter();
        let mut found: HashMap<_, _> = found.map(|message| (message.id, message)).collect();
        let found = part.iter().filter_map(|id| found.remove(id));
        page.extend(found.inspect(|message| weight += message.draft.weight()));
    }
    Ok((page, false))
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

/// The last place in a conversation before a message of any conversation; 0 when nothing was said there before it.
pub fn place_before(
    conn: &mut AnyConnection,
    conversation: ConversationId,
    before: MessageId,
) -> Result<i64> {
    // Places are given out in the order of ids.
    let last: Option<i64> = messages::table
        .filter(messages::conversation.eq(conversation.0))
        .filter(messages::id.lt(before.0))
        .order(messages::seq.desc())
        .select(messages::seq)
        .first(conn)
        .optional()?;
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
