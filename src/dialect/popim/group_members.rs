//! Operations 25 to 28, 31 to 33 and 36: the members of groups.

use super::Answer;
use super::args::missing;
use super::caller::Acting;
use super::groups::{announce, membership, refresh_picture};
use super::initials::Book;
use super::notices;
use super::reply::{BAD, DISABLED, FOREIGN, Failure, IndexedMap, Reply, Wording};
use super::settings::Rules;
use super::treatment::Treatment;
use super::types::group::{Listed, Looks, called, leads};
use crate::domain::channel::{Reach, Role};
use crate::domain::conversation::Target;
use crate::domain::time::{Millis, now};
use crate::error::ErrorKind;
use crate::service::channels::Stretch;
use serde_json::json;

/// Members in a list unless the client wants another number, and at most.
const LISTED: (i64, i64) = (32, 200);
/// From here on a time is a moment and not a length; in seconds.
const MOMENTS: i64 = 1_000_000_000;

/// 25: brings others in.
pub async fn add(ask: Acting) -> Answer {
    let channel = ask.args.need_group("gid")?;
    let members = ask.args.need_accounts("members")?;
    ask.may_write()?;
    let me = ask.me();
    let known = ask.services.accounts.views(me, members.clone()).await?;
    if known.len() < members.len() {
        return Err(Failure::code(BAD, "用户不存在"));
    }
    let gone = "群组不存在";
    let channels = &ask.services.channels;
    let came = channels
        .invite(me, channel, members, Role::General)
        .await
        .worded(&[
            (ErrorKind::ChannelUnknown, FOREIGN, gone),
            (ErrorKind::ChannelDissolved, FOREIGN, gone),
        ])?;
    if came.is_empty() {
        return Ok(Reply::nothing());
    }
    if ask.args.text("not_change_avatar").is_none() {
        refresh_picture(&ask, channel).await;
    }
    announce(&ask, me, channel, &came, |names| {
        notices::invited(names.one(me), &names.all(&came))
    })
    .await;
    Ok(Reply::nothing())
}

/// 26: the caller joins, having read the group's code.
pub async fn join(ask: Acting) -> Answer {
    let channel = ask.args.need_group("gid")?;
    ask.may_write()?;
    if !ask.by_server() && !Rules::of(&ask.services.settings).qrcode_group {
        return Err(Failure::code(BAD, "群二维码功能已关闭"));
    }
    let me = ask.me();
    let channels = &ask.services.channels;
    let sight = channels.stand(me, channel).await?;
    if sight.dissolved {
        return Err(Failure::code(DISABLED, "群组已被禁用"));
    }
    let flags = sight.channel.flags;
    // Where members may not bring others, nobody comes by themselves.
    if sight.mine.is_none() && (flags.join_closed || flags.invites_closed) {
        return Err(ErrorKind::JoinClosed.into());
    }
    let came = channels
        .join_by_code(me, sight.channel.owner, channel)
        .await
        .worded(&[(ErrorKind::Barred, BAD, "该群组不能加入")])?;
    if came {
        refresh_picture(&ask, channel).await;
        announce(&ask, me, channel, &[], |names| {
            notices::joined(names.one(me))
        })
        .await;
    }
    Ok(Reply::nothing())
}

/// 27: members in the order in which they came, or under the letters of their names.
pub async fn list(ask: Acting) -> Answer {
    let channel = ask.args.need_group("gid")?;
    membership(&ask, channel).await?;
    let limit = ask.args.int("limit")?.filter(|limit| *limit > 0);
    let stretch = Stretch {
        after: ask.args.int("index")?.unwrap_or(0),
        limit: limit.unwrap_or(LISTED.0).min(LISTED.1),
        without: ask.args.accounts("exclude")?.unwrap_or_default(),
    };
    let by_letter = ask.args.text("pinyin").is_some_and(|pinyin| pinyin != "0");
    let channels = &ask.services.channels;
    let members = channels.in_order(ask.me(), channel, stretch).await?;
    let (looks, now) = (Looks::of(&ask.services.core), now());
    let shown = members.iter().map(|standing| {
        let shown = Listed::of(standing, now, looks);
        (standing.member.account, called(standing).to_owned(), shown)
    });
    if by_letter {
        return Ok(Reply::map(&Book::new(shown)));
    }
    let shown = shown.map(|(account, _, shown)| (account, shown));
    Ok(Reply::data(&IndexedMap(shown.collect())))
}

/// 28: the owner removes others.
pub async fn remove(ask: Acting) -> Answer {
    let channel = ask.args.need_group("gid")?;
    let members = ask.args.need_accounts("members")?;
    ask.may_write()?;
    let me = ask.me();
    let channels = &ask.services.channels;
    let sight = channels.stand(me, channel).await;
    let sight = sight.worded(&[(ErrorKind::ChannelUnknown, BAD, "群组不存在")])?;
    if sight.mine.is_none_or(|mine| mine.role != Role::Owner) {
        return Err(Failure::not_allowed());
    }
    if members.contains(&me) {
        return Err(Failure::code(BAD, "不能移除群主"));
    }
    let members = channels.members_among(channel, members).await?;
    if members.is_empty() {
        return Err(ErrorKind::TargetNotMember.into());
    }
    let removed = channels.kick(me, channel, members, Reach::BelowOwn).await?;
    refresh_picture(&ask, channel).await;
    announce(&ask, me, channel, &removed, |names| {
        notices::removed(names.one(me), &names.all(&removed))
    })
    .await;
    Ok(Reply::nothing())
}

/// 31: the owner appoints a manager, or dismisses one.
pub async fn set_manager(ask: Acting) -> Answer {
    let channel = ask.args.need_group("gid")?;
    let member = ask.args.need_account("uid")?;
    let manager = ask.args.flag("value")?.ok_or_else(missing)?;
    ask.may_write()?;
    let channels = &ask.services.channels;
    channels
        .set_managers(ask.me(), channel, vec![member], manager)
        .await?;
    Ok(Reply::nothing())
}

/// 32: whether somebody leads a group.
pub async fn is_manager(ask: Acting) -> Answer {
    let channel = ask.args.need_group("gid")?;
    let member = ask.args.need_account("uid")?;
    membership(&ask, channel).await?;
    let sight = ask.services.channels.stand(member, channel).await?;
    let leads = sight.mine.as_ref().map_or(0, leads);
    Ok(Reply::data(&json!({ "is_manager": leads })))
}

/// 33: mutes a member, or lets it speak again.
pub async fn mute(ask: Acting) -> Answer {
    let channel = ask.args.need_group("gid")?;
    let member = ask.args.need_account("uid")?;
    let (time, now) = (ask.args.need_int("time")?, now());
    ask.may_write()?;
    let until = mute_end(time, now);
    let channels = &ask.services.channels;
    channels
        .mute_until(ask.me(), channel, member, until, Reach::BelowOwn)
        .await?;
    announce(&ask, member, channel, &[], |names| {
        let member = names.one(member);
        match until {
            0 => notices::unmuted(member),
            _ => notices::muted(member, until - now),
        }
    })
    .await;
    Ok(Reply::nothing())
}

/// When a mute ends: old clients say how long it lasts, newer ones when it is over; 0 for no mute.
fn mute_end(time: i64, now: Millis) -> Millis {
    let time_ms = time.saturating_mul(1000);
    let end = if time >= MOMENTS {
        time_ms
    } else {
        now.saturating_add(time_ms)
    };
    if end > now { end } else { 0 }
}

/// 36: whether the caller has a group among its conversations, and up to when it has read there.
pub async fn update_own(ask: Acting) -> Answer {
    let channel = ask.args.need_group("gid")?;
    let treatment = Treatment::of_group(&ask.args)?;
    ask.may_write()?;
    membership(&ask, channel).await?;
    treatment.apply(&ask, Target::Channel(channel)).await?;
    Ok(Reply::nothing())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_700_000_000_500;

    #[test]
    fn a_mute_has_a_length_or_an_end() {
        let cases = [
            (60, NOW + 60_000),
            (1_700_000_100, 1_700_000_100_000),
            (1_600_000_000, 0),
            (0, 0),
            (-1, 0),
            (i64::MIN, 0),
            (i64::MAX, i64::MAX),
        ];
        for (time, end) in cases {
            assert_eq!(mute_end(time, NOW), end, "{time}");
        }
    }
}
