//! Requests to join channels.

use super::channels::Row as ChannelRow;
use super::conn::AnyConnection;
use super::schema::{channel_members, channels, join_requests};
use crate::domain::time::Millis;
use crate::domain::{AccountId, Channel, ChannelId, RequestStatus, Role};
use crate::error::Result;
use diesel::dsl::exists;
use diesel::prelude::*;

const WAITING: i16 = 0;
const PASSED: i16 = 1;
const DENIED: i16 = 2;

/// A request to join.
#[derive(Debug, Clone, PartialEq)]
pub struct JoinRequest {
    /// Which channel.
    pub channel: ChannelId,
    /// Who asks.
    pub account: AccountId,
    /// The applicant's words.
    pub reason: String,
    /// The answer's words.
    pub answer: String,
    /// How it stands.
    pub status: RequestStatus,
    /// When it was made.
    pub created_at: Millis,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = join_requests)]
struct Row {
    channel: i64,
    account: i64,
    reason: String,
    answer: String,
    status: i16,
    created_at: i64,
}

impl From<Row> for JoinRequest {
    fn from(row: Row) -> Self {
        Self {
            channel: ChannelId(row.channel),
            account: AccountId(row.account),
            reason: row.reason,
            answer: row.answer,
            status: match row.status {
                PASSED => RequestStatus::Passed,
                DENIED => RequestStatus::Denied,
                _ => RequestStatus::Waiting,
            },
            created_at: row.created_at,
        }
    }
}

/// Adds a waiting request.
pub fn insert(
    conn: &mut AnyConnection,
    channel: ChannelId,
    account: AccountId,
    reason: &str,
    now: Millis,
) -> Result<()> {
    diesel::insert_into(join_requests::table)
        .values((
            join_requests::channel.eq(channel.0),
            join_requests::account.eq(account.0),
            join_requests::reason.eq(reason),
            join_requests::status.eq(WAITING),
            join_requests::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether a request of the account waits at the channel.
pub fn is_waiting(
    conn: &mut AnyConnection,
    channel: ChannelId,
    account: AccountId,
) -> Result<bool> {
    let waiting = join_requests::table
        .filter(join_requests::channel.eq(channel.0))
        .filter(join_requests::account.eq(account.0))
        .filter(join_requests::status.eq(WAITING));
    Ok(diesel::select(exists(waiting)).get_result(conn)?)
}

/// The requests that wait at channels which `manager` owns or manages now, newest first, at most `limit`.
pub fn waiting_for(
    conn: &mut AnyConnection,
    manager: AccountId,
    limit: i64,
) -> Result<Vec<(JoinRequest, Channel)>> {
    let rows: Vec<(Row, ChannelRow)> = join_requests::table
        .inner_join(channel_members::table.on(channel_members::channel.eq(join_requests::channel)))
        .inner_join(channels::table.on(channels::id.eq(join_requests::channel)))
        .filter(channel_members::account.eq(manager.0))
        .filter(channel_members::role.ge(Role::Manager as i16))
        .filter(join_requests::status.eq(WAITING))
        .order(join_requests::id.desc())
        .limit(limit)
        .select((Row::as_select(), ChannelRow::as_select()))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(request, channel)| (request.into(), channel.into()))
        .collect())
}

/// Answers the waiting request of an account. Returns whether there was one.
pub fn answer(
    conn: &mut AnyConnection,
    channel: ChannelId,
    account: AccountId,
    accepted: bool,
    reason: &str,
    now: Millis,
) -> Result<bool> {
    let waiting = join_requests::table
        .filter(join_requests::channel.eq(channel.0))
        .filter(join_requests::account.eq(account.0))
        .filter(join_requests::status.eq(WAITING));
    let answered = diesel::update(waiting)
        .set((
            join_requests::status.eq(if accepted { PASSED } else { DENIED }),
            join_requests::answer.eq(reason),
            join_requests::answered_at.eq(now),
        ))
        .execute(conn)?;
    Ok(answered > 0)
}

/// Denies every waiting request, when the channel is dissolved.
pub fn close_all(conn: &mut AnyConnection, channel: ChannelId, now: Millis) -> Result<()> {
    let waiting = join_requests::table
        .filter(join_requests::channel.eq(channel.0))
        .filter(join_requests::status.eq(WAITING));
    diesel::update(waiting)
        .set((
            join_requests::status.eq(DENIED),
            join_requests::answered_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}
