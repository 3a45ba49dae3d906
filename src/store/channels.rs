//! Channels and their members.

mod changes;
mod creation;
mod order;
mod sync;

pub use changes::persist;
pub use creation::{NewChannel, insert};
pub use order::{Stretch, first, in_order};
pub use sync::{SyncedMember, since};

use super::conn::AnyConnection;
use super::schema::{accounts, channel_members, channels, contacts, former_members};
use super::text::{holding, lower};
use crate::domain::channel::{Roster, Seat, Succession};
use crate::domain::time::Millis;
use crate::domain::{AccountId, Channel, ChannelFlags, ChannelId, Member, Role};
use crate::error::Result;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use std::collections::HashMap;

type Backend = <AnyConnection as Connection>::Backend;

#[derive(Queryable, Selectable)]
#[diesel(table_name = channels)]
pub(super) struct Row {
    id: i64,
    name: String,
    avatar: String,
    intro: String,
    owner: i64,
    members: i32,
    members_limit: i32,
    longitude: f64,
    latitude: f64,
    country: String,
    province: String,
    city: String,
    district: String,
    address: String,
    contacts_off: bool,
    profiles_hidden: bool,
    join_closed: bool,
    history_open: bool,
    created_at: i64,
    updated_at: i64,
    silenced: bool,
    invites_closed: bool,
    pins_open: bool,
    version: i64,
}

impl From<Row> for Channel {
    fn from(row: Row) -> Self {
        Self {
            id: ChannelId(row.id),
            name: row.name,
            avatar: row.avatar,
            intro: row.intro,
            owner: AccountId(row.owner),
            members: row.members,
            members_limit: row.members_limit,
            longitude: row.longitude,
            latitude: row.latitude,
            country: row.country,
            province: row.province,
            city: row.city,
            district: row.district,
            address: row.address,
            flags: ChannelFlags {
                contacts_off: row.contacts_off,
                profiles_hidden: row.profiles_hidden,
                join_closed: row.join_closed,
                history_open: row.history_open,
                silenced: row.silenced,
                invites_closed: row.invites_closed,
                pins_open: row.pins_open,
            },
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// One membership's columns.
#[derive(Queryable, Selectable)]
#[diesel(table_name = channel_members)]
pub(super) struct Seated {
    account: i64,
    role: i16,
    alias: String,
    muted_until: i64,
    joined_at: i64,
    updated_at: i64,
    barred: bool,
    inviter: i64,
}

impl From<Seated> for Member {
    fn from(row: Seated) -> Self {
        Self {
            account: AccountId(row.account),
            role: Role::from_number(row.role),
            alias: row.alias,
            muted_until: row.muted_until,
            barred: row.barred,
            inviter: (row.inviter != 0).then_some(AccountId(row.inviter)),
            joined_at: row.joined_at,
            updated_at: row.updated_at,
        }
    }
}

/// One channel, and whether it was dissolved.
pub fn find_any(conn: &mut AnyConnection, id: ChannelId) -> Result<Option<(Channel, bool)>> {
    let row: Option<(Row, i64)> = channels::table
        .find(id.0)
        .select((Row::as_select(), channels::dissolved_at))
        .first(conn)
        .optional()?;
    Ok(row.map(|(row, dissolved_at)| (row.into(), dissolved_at > 0)))
}

/// One channel, unless it was dissolved.
pub fn find(conn: &mut AnyConnection, id: ChannelId) -> Result<Option<Channel>> {
    let row: Option<Row> = channels::table
        .filter(channels::id.eq(id.0))
        .filter(channels::dissolved_at.eq(0))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Channel::from))
}

/// Channels by id; unknown and dissolved ones are missing.
pub fn by_ids(conn: &mut AnyConnection, ids: &[ChannelId]) -> Result<HashMap<ChannelId, Channel>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<Row> = channels::table
        .filter(channels::id.eq_any(ids))
        .filter(channels::dissolved_at.eq(0))
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(Channel::from)
        .map(|channel| (channel.id, channel))
        .collect())
}

/// Instead of members: the channel was dissolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dissolved;

/// The members as the channel's actor holds them, or `None` when there never was such a channel.
pub fn roster(
    conn: &mut AnyConnection,
    id: ChannelId,
) -> Result<Option<Result<Roster, Dissolved>>> {
    let (flags, limit) = match find_any(conn, id)? {
        None => return Ok(None),
        Some((_, true)) => return Ok(Some(Err(Dissolved))),
        Some((channel, false)) => (channel.flags, channel.members_limit),
    };
    let rows: Vec<(i64, i16, i64, bool)> = channel_members::table
        .filter(channel_members::channel.eq(id.0))
        .select((
            channel_members::account,
            channel_members::role,
            channel_members::muted_until,
            channel_members::barred,
        ))
        .load(conn)?;
    let seats = rows
        .into_iter()
        .map(|(account, role, muted_until, barred)| {
            let seat = Seat {
                role: Role::from_number(role),
                muted_until,
                barred,
            };
            (AccountId(account), seat)
        });
    Ok(Some(Ok(Roster::new(
        limit,
        flags,
        seats,
        absent(conn, id)?,
    ))))
}

/// What holds of former members who were barred or muted.
fn absent(conn: &mut AnyConnection, id: ChannelId) -> Result<Vec<(AccountId, Seat)>> {
    let restrained = former_members::barred
        .eq(true)
        .or(former_members::muted_until.gt(0));
    let rows: Vec<(i64, i64, bool)> = former_members::table
        .filter(former_members::channel.eq(id.0))
        .filter(restrained)
        .select((
            former_members::account,
            former_members::muted_until,
            former_members::barred,
        ))
        .load(conn)?;
    let seats = rows.into_iter().map(|(account, muted_until, barred)| {
        let seat = Seat {
            muted_until,
            barred,
            ..Seat::new(Role::General)
        };
        (AccountId(account), seat)
    });
    Ok(seats.collect())
}

/// The members: the owner, then managers, then the others, each in the order in which they came.
pub fn members(conn: &mut AnyConnection, id: ChannelId) -> Result<Vec<Member>> {
    let rows: Vec<Seated> = channel_members::table
        .filter(channel_members::channel.eq(id.0))
        .order((
            channel_members::role.desc(),
            channel_members::joined_at.asc(),
            channel_members::account.asc(),
        ))
        .select(Seated::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Member::from).collect())
}

/// Who is a member, in no particular order.
pub fn member_ids(conn: &mut AnyConnection, id: ChannelId) -> Result<Vec<AccountId>> {
    let rows: Vec<i64> = channel_members::table
        .filter(channel_members::channel.eq(id.0))
        .select(channel_members::account)
        .load(conn)?;
    Ok(rows.into_iter().map(AccountId).collect())
}

/// An account's membership, or `None` when it is not a member.
pub fn member(
    conn: &mut AnyConnection,
    id: ChannelId,
    account: AccountId,
) -> Result<Option<Member>> {
    let row: Option<Seated> = channel_members::table
        .find((id.0, account.0))
        .select(Seated::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Member::from))
}

/// An account's own membership in each of its channels.
pub fn memberships(
    conn: &mut AnyConnection,
    account: AccountId,
) -> Result<HashMap<ChannelId, Member>> {
    let rows: Vec<(i64, Seated)> = channel_members::table
        .filter(channel_members::account.eq(account.0))
        .select((channel_members::channel, Seated::as_select()))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(channel, seated)| (ChannelId(channel), seated.into()))
        .collect())
}

/// Of some accounts those that are members.
pub fn members_among(
    conn: &mut AnyConnection,
    id: ChannelId,
    accounts: &[AccountId],
) -> Result<Vec<AccountId>> {
    let accounts: Vec<i64> = accounts.iter().map(|account| account.0).collect();
    let members: Vec<i64> = channel_members::table
        .filter(channel_members::channel.eq(id.0))
        .filter(channel_members::account.eq_any(accounts))
        .select(channel_members::account)
        .load(conn)?;
    Ok(members.into_iter().map(AccountId).collect())
}

/// Who owns the channel when `account` does not any more, if anybody else is there.
pub fn heir(
    conn: &mut AnyConnection,
    id: ChannelId,
    account: AccountId,
    succession: Succession,
) -> Result<Option<AccountId>> {
    let others = channel_members::table
        .filter(channel_members::channel.eq(id.0))
        .filter(channel_members::account.ne(account.0))
        .select(channel_members::account);
    let (role, came, id) = (
        channel_members::role.desc(),
        channel_members::joined_at.asc(),
        channel_members::account.asc(),
    );
    let heir: Option<i64> = match succession {
        Succession::Oldest => others.order((came, id)).first(conn),
        Succession::OldestManager => others.order((role, came, id)).first(conn),
    }
    .optional()?;
    Ok(heir.map(AccountId))
}

/// The owner and the managers.
pub fn managers(conn: &mut AnyConnection, id: ChannelId) -> Result<Vec<AccountId>> {
    let rows: Vec<i64> = channel_members::table
        .filter(channel_members::channel.eq(id.0))
        .filter(channel_members::role.ge(Role::Manager as i16))
        .select(channel_members::account)
        .load(conn)?;
    Ok(rows.into_iter().map(AccountId).collect())
}

/// An account's role, or `None` when it is not a member.
pub fn role(conn: &mut AnyConnection, id: ChannelId, account: AccountId) -> Result<Option<Role>> {
    let role: Option<i16> = channel_members::table
        .find((id.0, account.0))
        .select(channel_members::role)
        .first(conn)
        .optional()?;
    Ok(role.map(Role::from_number))
}

/// The channels an account is a member of, by name.
pub fn of_account(conn: &mut AnyConnection, account: AccountId) -> Result<Vec<Channel>> {
    let rows: Vec<Row> = channels::table
        .inner_join(channel_members::table.on(channel_members::channel.eq(channels::id)))
        .filter(channel_members::account.eq(account.0))
        .order((channels::name.asc(), channels::id.asc()))
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Channel::from).collect())
}

/// The channels of which both accounts are members, by name.
pub fn common(conn: &mut AnyConnection, a: AccountId, b: AccountId) -> Result<Vec<Channel>> {
    let of = |account: AccountId| {
        channel_members::table
            .filter(channel_members::account.eq(account.0))
            .select(channel_members::channel)
    };
    let rows: Vec<Row> = channels::table
        .filter(channels::id.eq_any(of(a)))
        .filter(channels::id.eq_any(of(b)))
        .order((channels::name.asc(), channels::id.asc()))
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Channel::from).collect())
}

/// The channels whose name holds `text` in whatever case, and the channel `id`.
fn matching(text: &str, id: Option<ChannelId>) -> channels::BoxedQuery<'static, Backend> {
    let named = lower(channels::name).like(lower(holding(text))).escape('!');
    // No channel has the id 0.
    let numbered = channels::id.eq(id.map_or(0, |id| id.0));
    channels::table
        .filter(channels::dissolved_at.eq(0))
        .filter(named.or(numbered))
        .into_boxed()
}

/// A page of the channels whose name holds `text` in whatever case, and of the channel `id`; in the order in which they were
/// made.
pub fn search(
    conn: &mut AnyConnection,
    text: &str,
    id: Option<ChannelId>,
    offset: i64,
    limit: i64,
) -> Result<Vec<Channel>> {
    let page = matching(text, id)
        .order(channels::id.asc())
        .offset(offset)
        .limit(limit);
    let rows: Vec<Row> = page.select(Row::as_select()).load(conn)?;
    Ok(rows.into_iter().map(Channel::from).collect())
}

/// How many channels [`search`] finds in all.
pub fn search_count(conn: &mut AnyConnection, text: &str, id: Option<ChannelId>) -> Result<i64> {
    Ok(matching(text, id).count().get_result(conn)?)
}

/// How many channels an account owns.
pub fn owned_count(conn: &mut AnyConnection, owner: AccountId) -> Result<i64> {
    let owned = channels::table
        .filter(channels::owner.eq(owner.0))
        .filter(channels::dissolved_at.eq(0));
    Ok(owned.count().get_result(conn)?)
}

/// How many channels an account has made, or been given, that were made since a moment; also those that are gone.
pub fn made_since(conn: &mut AnyConnection, owner: AccountId, since: Millis) -> Result<i64> {
    let made = channels::table
        .filter(channels::owner.eq(owner.0))
        .filter(channels::created_at.ge(since));
    Ok(made.count().get_result(conn)?)
}

/// How many channels there are.
pub fn count(conn: &mut AnyConnection) -> Result<i64> {
    Ok(channels::table
        .filter(channels::dissolved_at.eq(0))
        .count()
        .get_result(conn)?)
}

/// Those of `accounts` who are no members, in the order in which they were given.
pub fn outsiders(
    conn: &mut AnyConnection,
    id: ChannelId,
    mut accounts: Vec<AccountId>,
) -> Result<Vec<AccountId>> {
    let members: Vec<i64> = channel_members::table
        .filter(channel_members::channel.eq(id.0))
        .filter(channel_members::account.eq_any(accounts.iter().map(|account| account.0)))
        .select(channel_members::account)
        .load(conn)?;
    accounts.retain(|account| !members.contains(&account.0));
    Ok(accounts)
}

/// Those of `accounts` who exist and have not blocked `by`, in no particular order.
pub fn invitable(
    conn: &mut AnyConnection,
    by: AccountId,
    accounts: &[AccountId],
) -> Result<Vec<AccountId>> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = accounts.iter().map(|account| account.0).collect();
    let blocked = contacts::table
        .filter(contacts::account.eq(accounts::id))
        .filter(contacts::peer.eq(by.0))
        .filter(contacts::blocked.eq(true));
    let rows: Vec<i64> = accounts::table
        .filter(accounts::id.eq_any(ids))
        .filter(not(exists(blocked)))
        .select(accounts::id)
        .load(conn)?;
    Ok(rows.into_iter().map(AccountId).collect())
}
