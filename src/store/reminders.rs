//! Calls upon accounts in conversations, and who has seen to them.

use super::conn::{AnyConnection, on_each_backend};
use super::schema::{conversations, reminders, reminders_done};
use super::versions;
use crate::domain::time::Millis;
use crate::domain::{AccountId, ConversationId, Mentions, Message, MessageId};
use crate::error::Result;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

/// In the column of the account: everybody in the conversation.
const ALL: i64 = 0;
/// How many are forgotten at a time.
const PRUNED: i64 = 1000;

type Backend = <AnyConnection as Connection>::Backend;

/// A call upon an account, as that account sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// Its id.
    pub id: i64,
    /// Where.
    pub conversation: ConversationId,
    /// By which message.
    pub message: MessageId,
    /// The message's place.
    pub seq: i64,
    /// Whose message it is.
    pub publisher: AccountId,
    /// Whether everybody is called upon.
    pub all: bool,
    /// Whether the account has seen to it, or need not any more.
    pub done: bool,
    /// The number of its last change.
    pub version: i64,
    /// When it was made.
    pub created_at: Millis,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = reminders)]
struct Row {
    id: i64,
    conversation: i64,
    message: i64,
    seq: i64,
    publisher: i64,
    account: i64,
    version: i64,
    created_at: i64,
    withdrawn: bool,
}

impl From<Row> for Reminder {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            conversation: ConversationId(row.conversation),
            message: MessageId(row.message),
            seq: row.seq,
            publisher: AccountId(row.publisher),
            all: row.account == ALL,
            done: row.withdrawn,
            version: row.version,
            created_at: row.created_at,
        }
    }
}

/// Notes whom a message calls upon.
pub fn insert(conn: &mut AnyConnection, message: &Message, mentions: &Mentions) -> Result<()> {
    let accounts = mentions.accounts.iter().map(|account| account.0);
    let accounts: Vec<i64> = accounts.chain(mentions.all.then_some(ALL)).collect();
    if accounts.is_empty() {
        return Ok(());
    }
    let versions = versions::take(conn, accounts.len())?;
    let rows: Vec<_> = accounts
        .into_iter()
        .zip(versions)
        .map(|(account, version)| {
            (
                reminders::conversation.eq(message.conversation.0),
                reminders::message.eq(message.id.0),
                reminders::seq.eq(message.seq),
                reminders::publisher.eq(message.sender.0),
                reminders::account.eq(account),
                reminders::version.eq(version),
                reminders::created_at.eq(message.created_at),
            )
        })
        .collect();
    on_each_backend!(conn, c => diesel::insert_into(reminders::table).values(rows).execute(c))?;
    Ok(())
}

/// The calls upon an account that are new, or were seen to, after a version; oldest change first, at most `limit`.
pub fn since(
    conn: &mut AnyConnection,
    account: AccountId,
    version: i64,
    limit: i64,
) -> Result<Vec<Reminder>> {
    let mut found = Vec::new();
    for everybody in [false, true] {
        let rows: Vec<Row> = waiting(account, everybody)
            .filter(reminders::version.gt(version))
            .order(reminders::version.asc())
            .limit(limit)
            .select(Row::as_select())
            .load(conn)?;
        found.extend(rows.into_iter().map(Reminder::from));
    }
    let done: Vec<(Row, i64)> = reminders_done::table
        .inner_join(reminders::table.on(reminders::id.eq(reminders_done::reminder)))
        .filter(reminders_done::account.eq(account.0))
        .filter(reminders_done::version.gt(version))
        .order(reminders_done::version.asc())
        .limit(limit)
        .select((Row::as_select(), reminders_done::version))
        .load(conn)?;
    found.extend(done.into_iter().map(|(row, version)| Reminder {
        done: true,
        version,
        ..row.into()
    }));
    found.sort_unstable_by_key(|reminder| reminder.version);
    found.truncate(limit.max(0) as usize);
    Ok(found)
}

/// What an account has not seen to: calls upon it alone, or those upon everybody since it came. Withdrawn ones are among them.
fn waiting(account: AccountId, everybody: bool) -> reminders::BoxedQuery<'static, Backend> {
    let done = reminders_done::table
        .filter(reminders_done::account.eq(account.0))
        .filter(reminders_done::reminder.eq(reminders::id));
    let query = reminders::table.filter(not(exists(done))).into_boxed();
    if !everybody {
        return query.filter(reminders::account.eq(account.0));
    }
    let view = conversations::table
        .filter(conversations::account.eq(account.0))
        .filter(conversations::conversation.eq(reminders::conversation))
        .filter(conversations::from_seq.lt(reminders::seq));
    query
        .filter(reminders::account.eq(ALL))
        .filter(exists(view))
        .filter(reminders::publisher.ne(account.0))
}

/// Notes that an account has seen to calls; those that are not upon it are skipped.
pub fn done(conn: &mut AnyConnection, account: AccountId, ids: &[i64]) -> Result<()> {
    let mut open: Vec<i64> = Vec::new();
    for everybody in [false, true] {
        let some: Vec<i64> = waiting(account, everybody)
            .filter(reminders::id.eq_any(ids.to_vec()))
            .filter(reminders::withdrawn.eq(false))
            .select(reminders::id)
            .load(conn)?;
        open.extend(some);
    }
    if open.is_empty() {
        return Ok(());
    }
    let versions = versions::take(conn, open.len())?;
    let rows: Vec<_> = open
        .into_iter()
        .zip(versions)
        .map(|(id, version)| {
            (
                reminders_done::account.eq(account.0),
                reminders_done::reminder.eq(id),
                reminders_done::version.eq(version),
            )
        })
        .collect();
    on_each_backend!(conn, c => diesel::insert_into(reminders_done::table).values(rows).execute(c))?;
    Ok(())
}

/// Withdraws the calls of a message that was taken back, and gives upon whom they were.
pub fn withdraw(conn: &mut AnyConnection, message: &Message) -> Result<Mentions> {
    let calls: Vec<(i64, i64)> = reminders::table
        .filter(reminders::message.eq(message.id.0))
        .select((reminders::id, reminders::account))
        .load(conn)?;
    let mut called = Mentions::default();
    if calls.is_empty() {
        return Ok(called);
    }
    for ((id, account), version) in calls.iter().zip(versions::take(conn, calls.len())?) {
        diesel::update(reminders::table.find(id))
            .set((
                reminders::withdrawn.eq(true),
                reminders::version.eq(version),
            ))
            .execute(conn)?;
        match *account {
            ALL => called.all = true,
            account => called.accounts.push(AccountId(account)),
        }
    }
    let ids: Vec<i64> = calls.into_iter().map(|(id, _)| id).collect();
    diesel::delete(reminders_done::table.filter(reminders_done::reminder.eq_any(ids)))
        .execute(conn)?;
    Ok(called)
}

/// Forgets calls made before a moment, some at a time.
pub fn prune(conn: &mut AnyConnection, before: Millis) -> Result<()> {
    let oldest: Vec<(i64, i64)> = reminders::table
        .order(reminders::id.asc())
        .limit(PRUNED)
        .select((reminders::id, reminders::created_at))
        .load(conn)?;
    let old = oldest.into_iter().take_while(|(_, made)| *made < before);
    let old: Vec<i64> = old.map(|(id, _)| id).collect();
    diesel::delete(reminders_done::table.filter(reminders_done::reminder.eq_any(&old)))
        .execute(conn)?;
    diesel::delete(reminders::table.filter(reminders::id.eq_any(&old))).execute(conn)?;
    Ok(())
}
