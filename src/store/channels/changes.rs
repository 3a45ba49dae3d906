//! Stores what the roster of a channel decided.

use super::sync;
use crate::domain::channel::{Change, ChannelPatch, OwnerAfterTransfer};
use crate::domain::place::Point;
use crate::domain::time::Millis;
use crate::domain::{AccountId, ChannelId, Exchange, Role};
use crate::error::{ErrorKind, Result};
use crate::store::conn::{AnyConnection, on_each_backend};
use crate::store::schema::{channel_members, channels, former_members};
use crate::store::{conversations, join_requests, messages, places, versions};
use diesel::dsl::max;
use diesel::prelude::*;

#[derive(AsChangeset)]
#[diesel(table_name = channels)]
struct Patch<'a> {
    name: Option<&'a str>,
    avatar: Option<&'a str>,
    intro: Option<&'a str>,
    longitude: Option<f64>,
    latitude: Option<f64>,
    country: Option<&'a str>,
    province: Option<&'a str>,
    city: Option<&'a str>,
    district: Option<&'a str>,
    address: Option<&'a str>,
    contacts_off: Option<bool>,
    profiles_hidden: Option<bool>,
    join_closed: Option<bool>,
    history_open: Option<bool>,
    silenced: Option<bool>,
    invites_closed: Option<bool>,
    pins_open: Option<bool>,
    updated_at: i64,
}

/// Stores a change: memberships, the member count, the members' views of the conversation, the requests to join and the place;
/// and gives the channel and the members it touches new versions.
///
/// [`ErrorKind::JoinRequestUnknown`] when an answer finds no waiting request.
pub fn persist(
    conn: &mut AnyConnection,
    id: ChannelId,
    change: &Change,
    now: Millis,
) -> Result<()> {
    match change {
        Change::Nothing => return Ok(()),
        Change::Invited { by, accounts } => admit(conn, id, accounts, Some(*by), now),
        Change::Answered {
            account,
            accepted,
            reason,
            ..
        } => {
            if !join_requests::answer(conn, id, *account, *accepted, reason, now)? {
                return Err(ErrorKind::JoinRequestUnknown.into());
            }
            if *accepted {
                admit(conn, id, &[*account], None, now)
            } else {
                Ok(())
            }
        }
        Change::Left { member } => dismiss(conn, id, &[*member], now),
        Change::Kicked { members, .. } => dismiss(conn, id, members, now),
        Change::RolesSet { members, role, .. } => set_role(conn, id, members, *role, now),
        Change::Muted { member, until, .. } => mute(conn, id, *member, *until, now),
        Change::Barred {
            members, barred, ..
        } => bar(conn, id, members, *barred, now),
        Change::Renamed { member, alias, .. } => rename(conn, id, *member, alias, now),
        Change::Transferred { from, to, after } => transfer(conn, id, *from, *to, *after, now),
        Change::Updated { patch, .. } => update(conn, id, patch, now),
        Change::Dissolved { .. } => dissolve(conn, id, now),
        Change::LimitSet { limit } => set_limit(conn, id, *limit),
    }?;
    let version = versions::next(conn)?;
    diesel::update(channels::table.find(id.0))
        .set(channels::version.eq(version))
        .execute(conn)?;
    Ok(())
}

/// Notes where the channel is, when that is known.
pub(super) fn place(
    conn: &mut AnyConnection,
    id: ChannelId,
    longitude: f64,
    latitude: f64,
) -> Result<()> {
    match Point::new(longitude, latitude) {
        Some(point) if longitude != 0.0 && latitude != 0.0 => {
            places::put(conn, places::CHANNEL, id.0, point)
        }
        _ => Ok(()),
    }
}

/// Takes newcomers in. They see what is said from now on; the store's one writer stands between this moment and the next message.
/// Whoever comes back is muted and barred as before.
fn admit(
    conn: &mut AnyConnection,
    id: ChannelId,
    accounts: &[AccountId],
    inviter: Option<AccountId>,
    now: Millis,
) -> Result<()> {
    if accounts.is_empty() {
        return Ok(());
    }
    let key = Exchange::Channel(id).key();
    let restraints = sync::unbury(conn, id, accounts)?;
    let versions = versions::take(conn, accounts.len())?;
    let last: Option<i64> = channel_members::table
        .filter(channel_members::channel.eq(id.0))
        .select(max(channel_members::place))
        .first(conn)?;
    let places = last.unwrap_or(0) + 1..;
    let rows: Vec<_> = accounts
        .iter()
        .zip(versions)
        .zip(places)
        .map(|((account, version), place)| {
            let (muted_until, barred) = restraints.get(account).copied().unwrap_or_default();
            (
                channel_members::channel.eq(id.0),
                channel_members::account.eq(account.0),
                channel_members::role.eq(Role::General as i16),
                channel_members::muted_until.eq(muted_until),
                channel_members::barred.eq(barred),
                channel_members::joined_at.eq(now),
                channel_members::updated_at.eq(now),
                channel_members::inviter.eq(inviter.map_or(0, |inviter| inviter.0)),
                channel_members::version.eq(version),
                channel_members::place.eq(place),
            )
        })
        .collect();
    on_each_backend!(conn, c => diesel::insert_or_ignore_into(channel_members::table).values(rows).execute(c))?;
    let views: Vec<_> = accounts.iter().map(|account| (*account, key)).collect();
    let head = messages::head(conn, key)?;
    conversations::open_from(conn, &views, head, now)?;
    recount(conn, id)
}

fn dismiss(
    conn: &mut AnyConnection,
    id: ChannelId,
    members: &[AccountId],
    now: Millis,
) -> Result<()> {
    sync::bury(conn, id, members, now)?;
    let accounts: Vec<i64> = members.iter().map(|member| member.0).collect();
    let seats = channel_members::table
        .filter(channel_members::channel.eq(id.0))
        .filter(channel_members::account.eq_any(accounts));
    diesel::delete(seats).execute(conn)?;
    conversations::close_all(conn, members, Exchange::Channel(id).key())?;
    recount(conn, id)
}

fn recount(conn: &mut AnyConnection, id: ChannelId) -> Result<()> {
    let members: i64 = channel_members::table
        .filter(channel_members::channel.eq(id.0))
        .count()
        .get_result(conn)?;
    diesel::update(channels::table.find(id.0))
        .set(channels::members.eq(members as i32))
        .execute(conn)?;
    Ok(())
}

fn set_role(
    conn: &mut AnyConnection,
    id: ChannelId,
    members: &[AccountId],
    role: Role,
    now: Millis,
) -> Result<()> {
    let accounts: Vec<i64> = members.iter().map(|member| member.0).collect();
    let seats = channel_members::table
        .filter(channel_members::channel.eq(id.0))
        .filter(channel_members::account.eq_any(accounts));
    diesel::update(seats)
        .set(channel_members::role.eq(role as i16))
        .execute(conn)?;
    sync::touch(conn, id, members, now)
}

/// Also former members can be forgiven.
fn bar(
    conn: &mut AnyConnection,
    id: ChannelId,
    members: &[AccountId],
    barred: bool,
    now: Millis,
) -> Result<()> {
    let accounts: Vec<i64> = members.iter().map(|member| member.0).collect();
    let seats = channel_members::table
        .filter(channel_members::channel.eq(id.0))
        .filter(channel_members::account.eq_any(&accounts));
    diesel::update(seats)
        .set(channel_members::barred.eq(barred))
        .execute(conn)?;
    let traces = former_members::table
        .filter(former_members::channel.eq(id.0))
        .filter(former_members::account.eq_any(&accounts));
    diesel::update(traces)
        .set(former_members::barred.eq(barred))
        .execute(conn)?;
    sync::touch(conn, id, members, now)
}

fn rename(
    conn: &mut AnyConnection,
    id: ChannelId,
    member: AccountId,
    alias: &str,
    now: Millis,
) -> Result<()> {
    diesel::update(channel_members::table.find((id.0, member.0)))
        .set(channel_members::alias.eq(alias))
        .execute(conn)?;
    sync::touch(conn, id, &[member], now)
}

fn mute(
    conn: &mut AnyConnection,
    id: ChannelId,
    member: AccountId,
    until: Millis,
    now: Millis,
) -> Result<()> {
    diesel::update(channel_members::table.find((id.0, member.0)))
        .set(channel_members::muted_until.eq(until))
        .execute(conn)?;
    sync::touch(conn, id, &[member], now)
}

fn transfer(
    conn: &mut AnyConnection,
    id: ChannelId,
    from: AccountId,
    to: AccountId,
    after: OwnerAfterTransfer,
    now: Millis,
) -> Result<()> {
    diesel::update(channels::table.find(id.0))
        .set(channels::owner.eq(to.0))
        .execute(conn)?;
    // Nobody else could lift what was taken from an owner.
    diesel::update(channel_members::table.find((id.0, to.0)))
        .set((
            channel_members::role.eq(Role::Owner as i16),
            channel_members::muted_until.eq(0),
            channel_members::barred.eq(false),
        ))
        .execute(conn)?;
    sync::touch(conn, id, &[to], now)?;
    match after {
        OwnerAfterTransfer::Leaves => dismiss(conn, id, &[from], now),
        OwnerAfterTransfer::Stays => set_role(conn, id, &[from], Role::General, now),
    }
}

fn update(
    conn: &mut AnyConnection,
    id: ChannelId,
    patch: &ChannelPatch,
    now: Millis,
) -> Result<()> {
    let row = Patch {
        name: patch.name.as_deref(),
        avatar: patch.avatar.as_deref(),
        intro: patch.intro.as_deref(),
        longitude: patch.longitude,
        latitude: patch.latitude,
        country: patch.country.as_deref(),
        province: patch.province.as_deref(),
        city: patch.city.as_deref(),
        district: patch.district.as_deref(),
        address: patch.address.as_deref(),
        contacts_off: patch.contacts_off,
        profiles_hidden: patch.profiles_hidden,
        join_closed: patch.join_closed,
        history_open: patch.history_open,
        silenced: patch.silenced,
        invites_closed: patch.invites_closed,
        pins_open: patch.pins_open,
        updated_at: now,
    };
    diesel::update(channels::table.find(id.0))
        .set(row)
        .execute(conn)?;
    if patch.longitude.is_none() && patch.latitude.is_none() {
        return Ok(());
    }
    // Only one of the two may have been given; the other is as it was.
    let (longitude, latitude): (f64, f64) = channels::table
        .find(id.0)
        .select((channels::longitude, channels::latitude))
        .first(conn)?;
    place(conn, id, longitude, latitude)
}

fn dissolve(conn: &mut AnyConnection, id: ChannelId, now: Millis) -> Result<()> {
    let members: Vec<i64> = channel_members::table
        .filter(channel_members::channel.eq(id.0))
        .select(channel_members::account)
        .load(conn)?;
    let members: Vec<AccountId> = members.into_iter().map(AccountId).collect();
    diesel::update(channels::table.find(id.0))
        .set((channels::dissolved_at.eq(now), channels::members.eq(0)))
        .execute(conn)?;
    diesel::delete(channel_members::table.filter(channel_members::channel.eq(id.0)))
        .execute(conn)?;
    conversations::close_all(conn, &members, Exchange::Channel(id).key())?;
    join_requests::close_all(conn, id, now)?;
    places::remove(conn, places::CHANNEL, id.0)
}

fn set_limit(conn: &mut AnyConnection, id: ChannelId, limit: i32) -> Result<()> {
    diesel::update(channels::table.find(id.0))
        .set(channels::members_limit.eq(limit))
        .execute(conn)?;
    Ok(())
}
