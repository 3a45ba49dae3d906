//! Adds channels.

use super::changes::place;
use crate::domain::time::Millis;
use crate::domain::{AccountId, ChannelFlags, ChannelId, Exchange, Role};
use crate::error::{Error, Result};
use crate::store::conn::AnyConnection;
use crate::store::schema::{channel_members, channels};
use crate::store::{conversations, versions};
use diesel::prelude::*;

#[derive(Insertable)]
#[diesel(table_name = channels)]
struct NewRow<'a> {
    name: &'a str,
    avatar: &'a str,
    intro: &'a str,
    owner: i64,
    members: i32,
    members_limit: i32,
    longitude: f64,
    latitude: f64,
    country: &'a str,
    province: &'a str,
    city: &'a str,
    district: &'a str,
    address: &'a str,
    contacts_off: bool,
    profiles_hidden: bool,
    join_closed: bool,
    history_open: bool,
    silenced: bool,
    invites_closed: bool,
    pins_open: bool,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

/// What a new channel is like.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewChannel {
    /// Its name.
    pub name: String,
    /// Address or key of its picture.
    pub avatar: String,
    /// A text about it.
    pub intro: String,
    /// Degrees east; 0 when unknown.
    pub longitude: f64,
    /// Degrees north; 0 when unknown.
    pub latitude: f64,
    /// Country.
    pub country: String,
    /// Province.
    pub province: String,
    /// City.
    pub city: String,
    /// District.
    pub district: String,
    /// Street address.
    pub address: String,
    /// Its switches.
    pub flags: ChannelFlags,
}

/// Adds a channel with its owner as the only member. `limit` is how many members it may have; 0 is no limit.
pub fn insert(
    conn: &mut AnyConnection,
    owner: AccountId,
    new: &NewChannel,
    limit: i32,
    now: Millis,
) -> Result<ChannelId> {
    let row = NewRow {
        name: &new.name,
        avatar: &new.avatar,
        intro: &new.intro,
        owner: owner.0,
        members: 1,
        members_limit: limit,
        longitude: new.longitude,
        latitude: new.latitude,
        country: &new.country,
        province: &new.province,
        city: &new.city,
        district: &new.district,
        address: &new.address,
        contacts_off: new.flags.contacts_off,
        profiles_hidden: new.flags.profiles_hidden,
        join_closed: new.flags.join_closed,
        history_open: new.flags.history_open,
        silenced: new.flags.silenced,
        invites_closed: new.flags.invites_closed,
        pins_open: new.flags.pins_open,
        version: versions::next(conn)?,
        created_at: now,
        updated_at: now,
    };
    diesel::insert_into(channels::table)
        .values(row)
        .execute(conn)?;
    let id = ChannelId(conn.last_id()?);
    if id.0 >= AccountId::FIRST.0 {
        return Err(Error::internal(
            "every channel id below the account ids is used up",
        ));
    }
    diesel::insert_into(channel_members::table)
        .values((
            channel_members::channel.eq(id.0),
            channel_members::account.eq(owner.0),
            channel_members::role.eq(Role::Owner as i16),
            channel_members::joined_at.eq(now),
            channel_members::updated_at.eq(now),
            channel_members::version.eq(versions::next(conn)?),
            channel_members::place.eq(1),
        ))
        .execute(conn)?;
    conversations::open(conn, &[(owner, Exchange::Channel(id).key())], now)?;
    place(conn, id, new.longitude, new.latitude)?;
    Ok(id)
}
