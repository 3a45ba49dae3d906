//! Operations 33 to 49: channels.

use super::Answer;
use super::args::{
    AVATAR, INTRO, NAME, accepted, account, accounts, channel, degrees, reason, required, text,
};
use super::caller::Authed;
use super::reply::{Reply, said};
use super::types::{ChatGroup, ChatGroupInfo, ChatGroupNearby, FullChatGroup, JoinRequest};
use crate::dialect::body::Fields;
use crate::domain::channel::{ChannelPatch, OwnerAfterTransfer};
use crate::domain::place::Point;
use crate::domain::{Channel, ChannelFlags};
use crate::error::{Error, Result};
use crate::service::channels::NewChannel;

const STREET: usize = 10_000;
/// Milliseconds.
const MINUTE: i64 = 60_000;

/// 33: makes a channel.
pub async fn create(ask: Authed) -> Answer {
    let channel = ask
        .services
        .channels
        .create(ask.caller.id, new_channel(&ask.fields)?)
        .await?;
    Ok(Reply::ok(said::CREATED, &FullChatGroup::from(channel)))
}

/// 34: changes a channel; what is absent or empty stays as it is.
pub async fn update(ask: Authed) -> Answer {
    ask.services
        .channels
        .update(ask.caller.id, channel(&ask.fields)?, patch(&ask.fields)?)
        .await?;
    Ok(Reply::done(said::CHANGED))
}

/// 35: the caller's channels.
pub async fn mine(ask: Authed) -> Answer {
    Ok(listed(ask.services.channels.mine(ask.caller.id).await?))
}

/// 36: asks to join.
pub async fn join(ask: Authed) -> Answer {
    ask.services
        .channels
        .ask_to_join(ask.caller.id, channel(&ask.fields)?, reason(&ask.fields)?)
        .await?;
    Ok(Reply::done(said::APPLIED))
}

/// 37: the requests to join that the caller may answer.
pub async fn join_requests(ask: Authed) -> Answer {
    let requests = ask.services.channels.join_requests(ask.caller.id).await?;
    Ok(Reply::items(
        &requests
            .into_iter()
            .map(JoinRequest::from)
            .collect::<Vec<_>>(),
    ))
}

/// 38: answers a request to join.
pub async fn reply(ask: Authed) -> Answer {
    let (channel, applicant) = (channel(&ask.fields)?, account(&ask.fields, "accountId")?);
    let (accept, reason) = (accepted(&ask.fields)?, reason(&ask.fields)?);
    ask.services
        .channels
        .answer(ask.caller.id, channel, applicant, accept, reason)
        .await?;
    Ok(Reply::done(said::HANDLED))
}

/// 39: a channel with its members.
pub async fn info(ask: Authed) -> Answer {
    let info = ask
        .services
        .channels
        .info(ask.caller.id, channel(&ask.fields)?)
        .await?;
    Ok(Reply::ok(said::NOTHING, &ChatGroupInfo::from(info)))
}

/// 40: dissolves a channel.
pub async fn dissolve(ask: Authed) -> Answer {
    ask.services
        .channels
        .dissolve(ask.caller.id, channel(&ask.fields)?)
        .await?;
    Ok(Reply::done(said::HANDLED))
}

/// 41: leaves a channel.
pub async fn exit(ask: Authed) -> Answer {
    ask.services
        .channels
        .leave(ask.caller.id, channel(&ask.fields)?)
        .await?;
    Ok(Reply::done(said::LEFT))
}

/// 42: hands a channel over, which is the owner's way of leaving it.
pub async fn transfer(ask: Authed) -> Answer {
    let (channel, to) = (channel(&ask.fields)?, account(&ask.fields, "toId")?);
    ask.services
        .channels
        .transfer(ask.caller.id, channel, to, OwnerAfterTransfer::Leaves)
        .await?;
    Ok(Reply::done(said::TRANSFERRED))
}

/// 43: removes a member.
pub async fn kick(ask: Authed) -> Answer {
    ask.services
        .channels
        .kick(
            ask.caller.id,
            channel(&ask.fields)?,
            account(&ask.fields, "toId")?,
        )
        .await?;
    Ok(Reply::done(said::HANDLED))
}

/// 44: appoints or dismisses a manager.
pub async fn set_manager(ask: Authed) -> Answer {
    let (channel, member) = (channel(&ask.fields)?, account(&ask.fields, "toId")?);
    let manager = ask.fields.flag("isManager")?.unwrap_or(false);
    ask.services
        .channels
        .set_manager(ask.caller.id, channel, member, manager)
        .await?;
    Ok(Reply::done(said::SET))
}

/// 45: mutes a member for some minutes; 0 lifts the mute.
pub async fn mute(ask: Authed) -> Answer {
    let (channel, member) = (channel(&ask.fields)?, account(&ask.fields, "toId")?);
    let minutes = ask
        .fields
        .int("minute")?
        .ok_or_else(|| Error::invalid("field `minute`: a whole number is needed"))?;
    ask.services
        .channels
        .mute(
            ask.caller.id,
            channel,
            member,
            minutes.saturating_mul(MINUTE),
        )
        .await?;
    Ok(Reply::done(said::HANDLED))
}

/// 46: finds channels by name or number.
pub async fn search(ask: Authed) -> Answer {
    Ok(listed(
        ask.services
            .channels
            .search(required(&ask.fields, "name", NAME)?)
            .await?,
    ))
}

/// 47: the channels that the caller shares with somebody.
pub async fn common(ask: Authed) -> Answer {
    Ok(listed(
        ask.services
            .channels
            .common(ask.caller.id, account(&ask.fields, "toId")?)
            .await?,
    ))
}

/// 48: the channels near a place.
pub async fn near(ask: Authed) -> Answer {
    let (longitude, latitude) = (
        ask.fields.required_float("longitude")?,
        ask.fields.required_float("latitude")?,
    );
    let point = Point::new(longitude, latitude)
        .ok_or_else(|| Error::invalid("the place is not on the globe"))?;
    let near = ask
        .services
        .channels
        .near(point, text(&ask.fields, "name", NAME)?)
        .await?;
    Ok(Reply::items(
        &near
            .into_iter()
            .map(ChatGroupNearby::from)
            .collect::<Vec<_>>(),
    ))
}

/// 49: adds accounts without asking them.
pub async fn invite(ask: Authed) -> Answer {
    let (channel, guests) = (
        channel(&ask.fields)?,
        accounts(ask.fields.required_ids("toIdList")?),
    );
    ask.services
        .channels
        .invite(ask.caller.id, channel, guests)
        .await?;
    Ok(Reply::done(said::HANDLED))
}

fn listed(channels: Vec<Channel>) -> Reply {
    Reply::items(
        &channels
            .into_iter()
            .map(ChatGroup::from)
            .collect::<Vec<_>>(),
    )
}

fn patch(fields: &Fields) -> Result<ChannelPatch> {
    Ok(ChannelPatch {
        name: text(fields, "name", NAME)?,
        avatar: text(fields, "avatar", AVATAR)?,
        intro: text(fields, "intro", INTRO)?,
        longitude: degrees(fields, "longitude")?,
        latitude: degrees(fields, "latitude")?,
        country: text(fields, "country", NAME)?,
        province: text(fields, "province", NAME)?,
        city: text(fields, "city", NAME)?,
        district: text(fields, "district", NAME)?,
        address: text(fields, "address", STREET)?,
        contacts_off: fields.flag("disableAddMember")?,
        profiles_hidden: fields.flag("disableViewMember")?,
        join_closed: fields.flag("disbaleAddGroup")?,
        history_open: fields.flag("enbaleBeforeMsg")?,
    })
}

/// A new channel is described like a change of one, but it must have a name.
fn new_channel(fields: &Fields) -> Result<NewChannel> {
    let name = required(fields, "name", NAME)?;
    let patch = patch(fields)?;
    Ok(NewChannel {
        name,
        avatar: patch.avatar.unwrap_or_default(),
        intro: patch.intro.unwrap_or_default(),
        longitude: patch.longitude.unwrap_or_default(),
        latitude: patch.latitude.unwrap_or_default(),
        country: patch.country.unwrap_or_default(),
        province: patch.province.unwrap_or_default(),
        city: patch.city.unwrap_or_default(),
        district: patch.district.unwrap_or_default(),
        address: patch.address.unwrap_or_default(),
        flags: ChannelFlags {
            contacts_off: patch.contacts_off.unwrap_or_default(),
            profiles_hidden: patch.profiles_hidden.unwrap_or_default(),
            join_closed: patch.join_closed.unwrap_or_default(),
            history_open: patch.history_open.unwrap_or_default(),
        },
    })
}
