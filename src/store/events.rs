//! What happened, for clients that were away: one row for all who share the audience, an account or a channel.

use super::conn::{AnyConnection, on_each_backend};
use super::schema::event_cursors::dsl as cursors;
use super::schema::{channel_members, events};
use crate::domain::time::Millis;
use crate::domain::{AccountId, Event, Lasting, Stored};
use crate::error::{Error, Result};
use diesel::prelude::*;

/// The longest event, in bytes as it is stored.
const LONGEST: usize = 60_000;
/// How many events one statement notes.
const AT_ONCE: usize = 1000;

type Row = (i64, String, i64);

/// Notes what lasts of an event for an account or for the members of a channel, by the bare number, and gives its own number.
pub fn keep(
    conn: &mut AnyConnection,
    audience: i64,
    event: &Event,
    now: Millis,
) -> Result<Option<i64>> {
    let Some(body) = encoded(event)? else {
        return Ok(None);
    };
    let row = (
        events::audience.eq(audience),
        events::body.eq(body),
        events::created_at.eq(now),
    );
    diesel::insert_into(events::table)
        .values(row)
        .execute(conn)?;
    Ok(Some(conn.last_id()?))
}

/// The same for many, each of whom gets a number, in their order.
pub fn keep_all(
    conn: &mut AnyConnection,
    audiences: &[i64],
    event: &Event,
    now: Millis,
) -> Result<Vec<Option<i64>>> {
    if let [one] = audiences {
        return Ok(vec![keep(conn, *one, event, now)?]);
    }
    let Some(body) = encoded(event)? else {
        return Ok(vec![None; audiences.len()]);
    };
    for some in audiences.chunks(AT_ONCE) {
        let row = |audience: &i64| {
            (
                events::audience.eq(*audience),
                events::body.eq(body.as_str()),
                events::created_at.eq(now),
            )
        };
        let rows: Vec<_> = some.iter().map(row).collect();
        on_each_backend!(conn, c => diesel::insert_into(events::table).values(rows).execute(c))?;
    }
    // Nobody else writes meanwhile.
    let newest: Vec<i64> = events::table
        .order(events::id.desc())
        .limit(audiences.len() as i64)
        .select(events::id)
        .load(conn)?;
    Ok(newest.into_iter().rev().map(Some).collect())
}

/// What lasts of an event, as it is stored.
fn encoded(event: &Event) -> Result<Option<String>> {
    let Some(what) = Lasting::of(event) else {
        return Ok(None);
    };
    let body = serde_json::to_string(&what).map_err(Error::internal)?;
    if body.len() > LONGEST {
        return Err(Error::internal("an event is too long to be stored"));
    }
    Ok(Some(body))
}

/// What happened after an event, oldest first, at most `limit`: to the account, and in the channels it is a member of since it
/// came.
pub fn since(
    conn: &mut AnyConnection,
    account: AccountId,
    after: i64,
    limit: i64,
) -> Result<Vec<Stored>> {
    let own: Vec<Row> = events::table
        .filter(events::audience.eq(account.0))
        .filter(events::id.gt(after))
        .order(events::id.asc())
        .limit(limit)
        .select((events::id, events::body, events::created_at))
        .load(conn)?;
    let shared: Vec<Row> = events::table
        .inner_join(channel_members::table.on(channel_members::channel.eq(events::audience)))
        .filter(channel_members::account.eq(account.0))
        .filter(channel_members::joined_at.le(events::created_at))
        .filter(events::id.gt(after))
        .order(events::id.asc())
        .limit(limit)
        .select((events::id, events::body, events::created_at))
        .load(conn)?;
    let mut rows = own;
    rows.extend(shared);
    rows.sort_unstable_by_key(|(id, ..)| *id);
    rows.truncate(limit.max(0) as usize);
    rows.into_iter().map(stored).collect()
}

fn stored((id, body, at): Row) -> Result<Stored> {
    Ok(Stored {
        id,
        at,
        what: serde_json::from_str(&body).map_err(Error::internal)?,
    })
}

/// Notes up to which event the account has been told. Never backwards.
pub fn ack(conn: &mut AnyConnection, account: AccountId, upto: i64) -> Result<()> {
    if upto <= acked(conn, account)? {
        return Ok(());
    }
    let row = (cursors::account.eq(account.0), cursors::acked.eq(upto));
    on_each_backend!(conn, c => diesel::replace_into(cursors::event_cursors).values(row).execute(c))?;
    Ok(())
}

/// The last event the account has been told of; 0 for none.
pub fn acked(conn: &mut AnyConnection, account: AccountId) -> Result<i64> {
    let upto: Option<i64> = cursors::event_cursors
        .find(account.0)
        .select(cursors::acked)
        .first(conn)
        .optional()?;
    Ok(upto.unwrap_or(0))
}

/// Forgets what happened before a moment, and says how much that was.
pub fn prune(conn: &mut AnyConnection, before: Millis) -> Result<usize> {
    Ok(diesel::delete(events::table.filter(events::created_at.lt(before))).execute(conn)?)
}
