//! How each account treats its conversations. Nothing of it concerns others.

use super::conn::{AnyConnection, on_each_backend};
use super::schema::conversation_prefs::{self, dsl};
use crate::domain::{AccountId, ConversationId};
use crate::error::Result;
use diesel::prelude::*;
use std::collections::HashMap;

/// How many keys go into one statement.
const AT_ONCE: usize = 10_000;

/// How an account treats one conversation. The default is how all are treated that it has set nothing for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prefs {
    /// Nothing is rung for it.
    pub muted: bool,
    /// It stands on top.
    pub pinned: bool,
    /// It is kept among the contacts.
    pub saved: bool,
    /// The account's own name for it, at most 100 characters; for channels, contacts have theirs.
    pub remark: String,
    /// What only clients heed, a JSON object or empty; at most 60,000 bytes.
    pub extra: String,
    /// What is written and not sent yet, at most 60,000 bytes.
    pub draft: String,
    /// The place up to which the account has looked.
    pub browse_seq: i64,
    /// The place at which a client stood.
    pub keep_seq: i64,
    /// How far below its upper edge.
    pub keep_offset: i64,
    /// The version of the draft and the places; 0 when there never were any.
    pub draft_version: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = conversation_prefs)]
struct Row {
    account: i64,
    conversation: i64,
    muted: bool,
    pinned: bool,
    saved: bool,
    remark: String,
    prefs: String,
    draft: String,
    browse_seq: i64,
    keep_seq: i64,
    keep_offset: i64,
    draft_version: i64,
}

impl From<Row> for Prefs {
    fn from(row: Row) -> Self {
        Self {
            muted: row.muted,
            pinned: row.pinned,
            saved: row.saved,
            remark: row.remark,
            extra: row.prefs,
            draft: row.draft,
            browse_seq: row.browse_seq,
            keep_seq: row.keep_seq,
            keep_offset: row.keep_offset,
            draft_version: row.draft_version,
        }
    }
}

/// How an account treats a conversation.
pub fn find(conn: &mut AnyConnection, account: AccountId, key: ConversationId) -> Result<Prefs> {
    let row: Option<Row> = dsl::conversation_prefs
        .find((account.0, key.0))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Prefs::from).unwrap_or_default())
}

/// How an account treats some conversations; those for which it has set nothing are missing.
pub fn among(
    conn: &mut AnyConnection,
    account: AccountId,
    keys: &[ConversationId],
) -> Result<HashMap<ConversationId, Prefs>> {
    let mut found = HashMap::new();
    for keys in keys.chunks(AT_ONCE) {
        let keys: Vec<i64> = keys.iter().map(|key| key.0).collect();
        let rows: Vec<Row> = dsl::conversation_prefs
            .filter(dsl::account.eq(account.0))
            .filter(dsl::conversation.eq_any(keys))
            .select(Row::as_select())
            .load(conn)?;
        let rows = rows.into_iter();
        found.extend(rows.map(|row| (ConversationId(row.conversation), row.into())));
    }
    Ok(found)
}

/// The conversations that an account keeps among its contacts.
pub fn saved(conn: &mut AnyConnection, account: AccountId) -> Result<Vec<ConversationId>> {
    let keys: Vec<i64> = dsl::conversation_prefs
        .filter(dsl::account.eq(account.0))
        .filter(dsl::saved.eq(true))
        .select(dsl::conversation)
        .load(conn)?;
    Ok(keys.into_iter().map(ConversationId).collect())
}

/// Treats a conversation so from now on.
pub fn put(
    conn: &mut AnyConnection,
    account: AccountId,
    key: ConversationId,
    prefs: &Prefs,
) -> Result<()> {
    let prefs = prefs.clone();
    let row = Row {
        account: account.0,
        conversation: key.0,
        muted: prefs.muted,
        pinned: prefs.pinned,
        saved: prefs.saved,
        remark: prefs.remark,
        prefs: prefs.extra,
        draft: prefs.draft,
        browse_seq: prefs.browse_seq,
        keep_seq: prefs.keep_seq,
        keep_offset: prefs.keep_offset,
        draft_version: prefs.draft_version,
    };
    on_each_backend!(conn, c => diesel::replace_into(dsl::conversation_prefs).values(row).execute(c))?;
    Ok(())
}

/// Where a draft or a place changed after a version, oldest change first.
pub fn drafts_since(
    conn: &mut AnyConnection,
    account: AccountId,
    version: i64,
) -> Result<Vec<(ConversationId, Prefs)>> {
    let rows: Vec<Row> = dsl::conversation_prefs
        .filter(dsl::account.eq(account.0))
        .filter(dsl::draft_version.gt(version.max(0)))
        .order(dsl::draft_version.asc())
        .select(Row::as_select())
        .load(conn)?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|row| (ConversationId(row.conversation), row.into()))
        .collect())
}
