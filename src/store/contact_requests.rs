//! Requests to become contacts.

use super::conn::AnyConnection;
use super::schema::contact_requests::{self, dsl};
use crate::domain::time::Millis;
use crate::domain::{AccountId, ContactRequest, RequestStatus};
use crate::error::Result;
use diesel::prelude::*;

const WAITING: i16 = 0;
const PASSED: i16 = 1;
const DENIED: i16 = 2;

#[derive(Queryable, Selectable)]
#[diesel(table_name = contact_requests)]
struct Row {
    id: i64,
    applicant: i64,
    target: i64,
    reason: String,
    answer: String,
    status: i16,
    created_at: i64,
}

impl From<Row> for ContactRequest {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            from: AccountId(row.applicant),
            to: AccountId(row.target),
            reason: row.reason,
            answer: row.answer,
            status: match row.status {
                WAITING => RequestStatus::Waiting,
                PASSED => RequestStatus::Passed,
                _ => RequestStatus::Denied,
            },
            created_at: row.created_at,
        }
    }
}

/// Adds a request and gives its number.
pub fn insert(
    conn: &mut AnyConnection,
    from: AccountId,
    to: AccountId,
    reason: &str,
    now: Millis,
) -> Result<i64> {
    diesel::insert_into(dsl::contact_requests)
        .values((
            dsl::applicant.eq(from.0),
            dsl::target.eq(to.0),
            dsl::reason.eq(reason),
            dsl::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(conn.last_id()?)
}

/// Adds a request in the place of the one that waits, if one does, and gives its number.
pub fn replace(
    conn: &mut AnyConnection,
    from: AccountId,
    to: AccountId,
    reason: &str,
    now: Millis,
) -> Result<i64> {
    let waiting = dsl::contact_requests
        .filter(dsl::target.eq(to.0))
        .filter(dsl::status.eq(WAITING))
        .filter(dsl::applicant.eq(from.0));
    diesel::delete(waiting).execute(conn)?;
    insert(conn, from, to, reason, now)
}

/// One request.
pub fn find(conn: &mut AnyConnection, id: i64) -> Result<Option<ContactRequest>> {
    let row: Option<Row> = dsl::contact_requests
        .find(id)
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(ContactRequest::from))
}

/// A page of the requests that were made to an account, answered or not, newest first.
pub fn all_for(
    conn: &mut AnyConnection,
    to: AccountId,
    offset: i64,
    limit: i64,
) -> Result<Vec<ContactRequest>> {
    let rows: Vec<Row> = dsl::contact_requests
        .filter(dsl::target.eq(to.0))
        .order(dsl::id.desc())
        .offset(offset)
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(ContactRequest::from).collect())
}

/// Forgets every request of one account to another.
pub fn forget(conn: &mut AnyConnection, from: AccountId, to: AccountId) -> Result<()> {
    let made = dsl::contact_requests
        .filter(dsl::target.eq(to.0))
        .filter(dsl::applicant.eq(from.0));
    diesel::delete(made).execute(conn)?;
    Ok(())
}

/// Whether a request waits for its answer.
pub fn is_waiting(conn: &mut AnyConnection, from: AccountId, to: AccountId) -> Result<bool> {
    let waiting = dsl::contact_requests
        .filter(dsl::target.eq(to.0))
        .filter(dsl::status.eq(WAITING))
        .filter(dsl::applicant.eq(from.0));
    Ok(diesel::select(diesel::dsl::exists(waiting)).get_result(conn)?)
}

/// How many requests wait for an account.
pub fn count_waiting(conn: &mut AnyConnection, to: AccountId) -> Result<i64> {
    let waiting = dsl::contact_requests
        .filter(dsl::target.eq(to.0))
        .filter(dsl::status.eq(WAITING));
    Ok(waiting.count().get_result(conn)?)
}

/// The requests that wait for an account, newest first, at most `limit`.
pub fn waiting_for(
    conn: &mut AnyConnection,
    to: AccountId,
    limit: i64,
) -> Result<Vec<ContactRequest>> {
    let rows: Vec<Row> = dsl::contact_requests
        .filter(dsl::target.eq(to.0))
        .filter(dsl::status.eq(WAITING))
        .order(dsl::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(ContactRequest::from).collect())
}

/// Answers a request. Whether one was waiting.
pub fn answer(
    conn: &mut AnyConnection,
    from: AccountId,
    to: AccountId,
    accept: bool,
    answer: &str,
    now: Millis,
) -> Result<bool> {
    let waiting = dsl::contact_requests
        .filter(dsl::target.eq(to.0))
        .filter(dsl::status.eq(WAITING))
        .filter(dsl::applicant.eq(from.0));
    let status = if accept { PASSED } else { DENIED };
    let answered = diesel::update(waiting)
        .set((
            dsl::status.eq(status),
            dsl::answer.eq(answer),
            dsl::answered_at.eq(now),
        ))
        .execute(conn)?;
    Ok(answered > 0)
}

/// How many requests an account has sent since a moment.
pub fn sent_since(conn: &mut AnyConnection, from: AccountId, since: Millis) -> Result<i64> {
    let sent = dsl::contact_requests
        .filter(dsl::applicant.eq(from.0))
        .filter(dsl::created_at.ge(since));
    Ok(sent.count().get_result(conn)?)
}
