//! What waits for an account's answer.

use super::conn::AnyConnection;
use super::schema::{accounts, channel_members, contact_requests, join_requests};
use crate::domain::channel::Role;
use crate::domain::{AccountId, ChannelId, Event, Lasting};
use crate::error::Result;
use diesel::prelude::*;

const WAITING: i16 = 0;
/// More than this would only flood a client that has just connected; all are listed over HTTP.
const MOST: i64 = 200;

/// The requests that wait for the account, oldest first: to become contacts, and to join channels it manages.
pub fn events(conn: &mut AnyConnection, account: AccountId) -> Result<Vec<Event>> {
    let contacts: Vec<(i64, i64, String, String)> = contact_requests::table
        .inner_join(accounts::table.on(accounts::id.eq(contact_requests::applicant)))
        .filter(contact_requests::target.eq(account.0))
        .filter(contact_requests::status.eq(WAITING))
        .order(contact_requests::id)
        .limit(MOST)
        .select((
            contact_requests::applicant,
            contact_requests::id,
            accounts::nickname,
            contact_requests::reason,
        ))
        .load(conn)?;
    let joins: Vec<(i64, i64)> = join_requests::table
        .inner_join(channel_members::table.on(channel_members::channel.eq(join_requests::channel)))
        .filter(channel_members::account.eq(account.0))
        .filter(channel_members::role.ge(Role::Manager as i16))
        .filter(join_requests::status.eq(WAITING))
        .order(join_requests::id)
        .limit(MOST)
        .select((join_requests::channel, join_requests::account))
        .load(conn)?;
    let contacts = contacts.into_iter().map(|(from, request, name, reason)| {
        Event::Kept(Lasting::ContactRequested {
            from: AccountId(from),
            to: account,
            request,
            name,
            reason,
        })
    });
    let joins = joins
        .into_iter()
        .map(|(channel, from)| Event::JoinRequested {
            channel: ChannelId(channel),
            from: AccountId(from),
        });
    Ok(contacts.chain(joins).collect())
}
