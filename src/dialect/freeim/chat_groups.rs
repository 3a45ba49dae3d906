//! Operations 33 to 49: channels.

use super::Answer;
use super::args::{AVATAR, Args, INTRO, NAME};
use super::caller::Authed;
use super::reply::{Reply, said};
use super::types::{ChatGroup, ChatGroupInfo, ChatGroupNearby, FullChatGroup, JoinRequest, all};
use crate::domain::channel::{ChannelPatch, OwnerAfterTransfer, Reach};
use crate::domain::{AccountId, ChannelFlags, Role};
use crate::error::{Error, Result};
use crate::service::channels::NewChannel;

const STREET: usize = 10_000;
/// In milliseconds.
const MINUTE: i64 = 60_000;

/// 33: makes a channel.
pub async fn create(ask: Authed) -> Answer {
    let new = new_channel(&ask.args)?;
    let channel = ask.services.channels.create(ask.caller.id, new).await?;
    Ok(Reply::ok(said::CREATED, &FullChatGroup::from(channel)))
}

/// 34: changes a channel; what is absent or empty stays as it is.
pub async fn update(ask: Authed) -> Answer {
    let (channel, patch) = (ask.args.channel()?, patch(&ask.args)?);
    ask.services
        .channels
        .update(ask.caller.id, channel, patch, Role::Owner)
        .await?;
    Ok(Reply::done(said::CHANGED))
}

/// 35: the caller's channels.
pub async fn mine(ask: Authed) -> Answer {
    let channels = ask.services.channels.mine(ask.caller.id).await?;
    Ok(Reply::items(&all::<ChatGroup, _>(channels)))
}

/// 36: asks to join.
pub async fn join(ask: Authed) -> Answer {
    let (channel, reason) = (ask.args.channel()?, ask.args.reason()?);
    ask.services
        .channels
        .ask_to_join(ask.caller.id, channel, reason)
        .await?;
    Ok(Reply::done(said::APPLIED))
}

/// 37: the requests to join that the caller may answer.
pub async fn join_requests(ask: Authed) -> Answer {
    let requests = ask.services.channels.join_requests(ask.caller.id).await?;
    Ok(Reply::items(&all::<JoinRequest, _>(requests)))
}

/// 38: answers a request to join.
pub async fn reply(ask: Authed) -> Answer {
    let (channel, applicant) = (ask.args.channel()?, ask.args.required_int("accountId")?);
    let (accept, reason) = (ask.args.accepted()?, ask.args.reason()?);
    let channels = &ask.services.channels;
    channels
        .answer(ask.caller.id, channel, AccountId(applicant), accept, reason)
        .await?;
    Ok(Reply::done(said::HANDLED))
}

/// 39: a channel with its members.
pub async fn info(ask: Authed) -> Answer {
    let channel = ask.args.channel()?;
    let info = ask.services.channels.info(ask.caller.id, channel).await?;
    Ok(Reply::ok(said::NOTHING, &ChatGroupInfo::from(info)))
}

/// 40: dissolves a channel.
pub async fn dissolve(ask: Authed) -> Answer {
    let channel = ask.args.channel()?;
    ask.services
        .channels
        .dissolve(ask.caller.id, channel)
        .await?;
    Ok(Reply::done(said::HANDLED))
}

/// 41: leaves a channel.
pub async fn exit(ask: Authed) -> Answer {
    let channel = ask.args.channel()?;
    ask.services.channels.leave(ask.caller.id, channel).await?;
    Ok(Reply::done(said::LEFT))
}

/// 42: hands a channel over, which is the owner's way of leaving it.
pub async fn transfer(ask: Authed) -> Answer {
    let (channel, to) = (ask.args.channel()?, ask.args.to()?);
    let (channels, after) = (&ask.services.channels, OwnerAfterTransfer::Leaves);
    channels.transfer(ask.caller.id, channel, to, after).await?;
    Ok(Reply::done(said::TRANSFERRED))
}

/// 43: removes a member.
pub async fn kick(ask: Authed) -> Answer {
    let (channel, member) = (ask.args.channel()?, ask.args.to()?);
    ask.services
        .channels
        .kick(ask.caller.id, channel, vec![member], Reach::General)
        .await?;
    Ok(Reply::done(said::HANDLED))
}

/// 44: appoints or dismisses a manager.
pub async fn set_manager(ask: Authed) -> Answer {
    let (channel, member) = (ask.args.channel()?, ask.args.to()?);
    let manager = ask.args.flag("isManager")?.unwrap_or(false);
    let channels = &ask.services.channels;
    channels
        .set_managers(ask.caller.id, channel, vec![member], manager)
        .await?;
    Ok(Reply::done(said::SET))
}

/// 45: mutes a member for some minutes; 0 lifts the mute.
pub async fn mute(ask: Authed) -> Answer {
    let (channel, member, minutes) = (ask.args.channel()?, ask.args.to()?, ask.args.int("minute")?);
    let minutes = minutes.ok_or_else(|| Error::invalid("field `minute`: a number is needed"))?;
    let (channels, length) = (&ask.services.channels, minutes.saturating_mul(MINUTE));
    channels
        .mute(ask.caller.id, channel, member, length, Reach::NotOwner)
        .await?;
    Ok(Reply::done(said::HANDLED))
}

/// 46: finds channels by name or number.
pub async fn search(ask: Authed) -> Answer {
    let text = ask.args.required("name", NAME)?;
    let channels = ask.services.channels.search(text).await?;
    Ok(Reply::items(&all::<ChatGroup, _>(channels)))
}

/// 47: the channels that the caller shares with somebody.
pub async fn common(ask: Authed) -> Answer {
    let other = ask.args.to()?;
    let channels = ask.services.channels.common(ask.caller.id, other).await?;
    Ok(Reply::items(&all::<ChatGroup, _>(channels)))
}

/// 48: the channels near a place, all or those whose name holds a text.
pub async fn near(ask: Authed) -> Answer {
    let (point, name) = (ask.args.point()?, ask.args.optional("name", NAME)?);
    let near = ask.services.channels.near(point, name).await?;
    Ok(Reply::items(&all::<ChatGroupNearby, _>(near)))
}

/// 49: adds accounts without asking them.
pub async fn invite(ask: Authed) -> Answer {
    let (channel, guests) = (ask.args.channel()?, ask.args.required_ids("toIdList")?);
    let guests = guests.into_iter().map(AccountId).collect();
    ask.services
        .channels
        .invite(ask.caller.id, channel, guests, Role::Manager)
        .await?;
    Ok(Reply::done(said::HANDLED))
}

fn patch(args: &Args) -> Result<ChannelPatch> {
    Ok(ChannelPatch {
        name: args.optional("name", NAME)?,
        avatar: args.optional("avatar", AVATAR)?,
        intro: args.optional("intro", INTRO)?,
        longitude: args.degrees("longitude")?,
        latitude: args.degrees("latitude")?,
        country: args.optional("country", NAME)?,
        province: args.optional("province", NAME)?,
        city: args.optional("city", NAME)?,
        district: args.optional("district", NAME)?,
        address: args.optional("address", STREET)?,
        contacts_off: args.flag("disableAddMember")?,
        profiles_hidden: args.flag("disableViewMember")?,
        join_closed: args.flag("disbaleAddGroup")?,
        history_open: args.flag("enbaleBeforeMsg")?,
        ..ChannelPatch::default()
    })
}

/// A new channel is described like a change of one, but it must have a name.
fn new_channel(args: &Args) -> Result<NewChannel> {
    let name = args.required("name", NAME)?;
    let patch = patch(args)?;
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
            ..ChannelFlags::default()
        },
    })
}
