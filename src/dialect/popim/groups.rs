//! Operations 23, 24, 29, 30, 34, 35, 60 to 62 and 64: groups as a whole.

use super::Answer;
use super::account::picture;
use super::args::{at_most, missing};
use super::caller::{Acting, Request};
use super::content::text_of;
use super::faces_picture::{FACES, address, is_made};
use super::notices::{self, Names};
use super::reply::{BAD, Failure, IndexedMap, NO_GROUP, Reply};
use super::types::group::{Call, Detail, Face, Info, Looks, name};
use super::uploads::absolute;
use crate::domain::channel::{ChannelFlags, ChannelPatch, Role, Succession};
use crate::domain::conversation::Target;
use crate::domain::message::Draft;
use crate::domain::time::now;
use crate::domain::{AccountId, ChannelId, Member};
use crate::error::{ErrorKind, Result};
use crate::service::channels::{ChannelSight, Departure, Founding, NewChannel, Stretch};
use crate::service::conversations::PrefsPatch;
use serde_json::json;
use std::collections::HashMap;

/// Members of a new group at most.
const MEMBERS: usize = 500;
/// Members in an answer about the group.
const SHOWN: i64 = 15;
/// Characters of a name that is made of the members', and how many of them.
const NAME: usize = 50;
const NAMED: usize = 3;
/// Bytes of a remark.
const REMARK: usize = 255;
/// What calls upon everybody in a message.
const EVERYBODY: &str = "@所有人";

/// 23: makes a group with some members, or with nobody else yet.
pub async fn create(ask: Acting) -> Answer {
    let mut members = ask.args.accounts("members")?.unwrap_or_default();
    ask.may_write()?;
    members.retain(|member| *member != ask.me());
    if members.len() >= MEMBERS {
        return Err(Failure::code(BAD, "群成员数量已达上限"));
    }
    let mut all = members.clone();
    all.insert(0, ask.me());
    let known = names(&ask, ask.me(), &all).await?;
    if known.len() < all.len() {
        return Err(Failure::code(BAD, "群成员不存在"));
    }
    let called = all.iter().filter_map(|id| known.get(id));
    let given = ask.args.text("avatar").filter(|_| ask.by_server());
    let new = NewChannel {
        name: match ask.args.text("groupname") {
            Some(name) => name.to_owned(),
            None => made_of(called.map(String::as_str)),
        },
        avatar: match given {
            Some(url) => given_picture(&ask, url)?,
            None => address(&ask.services.core.public_url, &all),
        },
        flags: ChannelFlags {
            history_open: true,
            ..ChannelFlags::default()
        },
        ..NewChannel::default()
    };
    let founding = Founding {
        contacts_only: false,
        per_day: 0,
        alone: true,
    };
    let (channels, wanted) = (&ask.services.channels, members.len());
    let made = channels.create_with(ask.me(), new, members, founding).await;
    let (channel, came) = made?;
    if came.len() < wanted {
        // Who does not take part is no face in the picture either.
        refresh_picture(&ask, channel.id).await;
    }
    if !came.is_empty() {
        announce(&ask, ask.me(), channel.id, &came, |names| {
            notices::created(names.one(ask.me()), &names.all(&came))
        })
        .await;
    }
    let sight = channels.stand(ask.me(), channel.id).await?;
    let looks = Looks::of(&ask.services.core);
    Ok(Reply::data(&json!({
        "gid": channel.id.to_string(),
        "groupname": looks.text(&sight.channel.name),
        "avatar": looks.avatar(&sight.channel.avatar),
    })))
}

/// A name for a group that was given none.
fn made_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.take(NAMED).collect();
    let (before, after) = ("群聊(", ")");
    let room = NAME - before.chars().count() - after.len();
    let names: String = names.join(",").chars().take(room).collect();
    format!("{before}{names}{after}")
}

/// The address of a picture that a client gave, complete, so that it leads there in every dialect.
fn given_picture(ask: &Request, url: &str) -> Result<String, Failure> {
    Ok(absolute(&ask.services.core, picture(url)?))
}

/// What accounts are called; unknown ones are missing.
async fn names(
    ask: &Request,
    by: AccountId,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, String>> {
    let views = ask.services.accounts.views(by, accounts.to_vec()).await?;
    let views = views.into_iter();
    Ok(views
        .map(|(id, view)| (id, name(&view.account).to_owned()))
        .collect())
}

/// Says in a group what was done, in the name of `by`; `about` is who else is named.
pub async fn announce(
    ask: &Request,
    by: AccountId,
    channel: ChannelId,
    about: &[AccountId],
    draft: impl FnOnce(&Names) -> Draft,
) {
    let about: Vec<AccountId> = about.iter().copied().chain([by]).collect();
    let said = async {
        let draft = draft(&Names::new(names(ask, by, &about).await?));
        let chat = &ask.services.chat;
        chat.announce(by, Target::Channel(channel), draft, None)
            .await
    };
    if let Err(fault) = said.await {
        // What was done was done.
        log::warn!("a change of a group could not be announced: {fault}");
    }
}

/// Draws a group's picture anew from its members' faces, if it is made of them and they are others now.
pub async fn refresh_picture(ask: &Request, channel: ChannelId) {
    let channels = &ask.services.channels;
    let refreshed = async {
        let first = channels.first(channel, FACES as i64).await?;
        let Some(member) = first.first() else {
            return Ok(());
        };
        let was = channels.stand(*member, channel).await?.channel;
        let picture = address(&ask.services.core.public_url, &first);
        if !is_made(&was.avatar) || was.avatar == picture {
            return Ok(());
        }
        let patch = ChannelPatch {
            avatar: Some(picture),
            ..ChannelPatch::default()
        };
        channels
            .update(was.owner, channel, patch, Role::Owner)
            .await
    };
    if let Err(fault) = refreshed.await {
        log::warn!("a group's picture could not be made anew: {fault}");
    }
}

/// A group that is in use, and the caller's place in it.
pub async fn membership(
    ask: &Acting,
    channel: ChannelId,
) -> Result<(ChannelSight, Member), Failure> {
    let sight = ask.services.channels.stand(ask.me(), channel).await?;
    if sight.dissolved {
        return Err(Failure::code(NO_GROUP, "群组不存在"));
    }
    let mine = sight.mine.clone().ok_or(ErrorKind::NotMember)?;
    Ok((sight, mine))
}

/// 24: its owner ends a group. One that is gone is gone.
pub async fn delete(ask: Acting) -> Answer {
    let channel = ask.args.need_group("gid")?;
    ask.may_write()?;
    match ask.services.channels.dissolve(ask.me(), channel).await {
        Err(error) if is_gone(error.kind()) => {}
        ended => ended?,
    }
    Ok(Reply::nothing())
}

fn is_gone(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ChannelUnknown | ErrorKind::ChannelDissolved
    )
}

/// 29: a group, and unless it is asked for simply, its first members.
pub async fn detail(ask: Acting) -> Answer {
    let channel = ask.args.need_group("gid")?;
    let (sight, mine) = membership(&ask, channel).await?;
    let looks = Looks::of(&ask.services.core);
    let mut info = Info::of(&sight, &mine, now(), looks);
    if ask.args.flag("at")? == Some(true) {
        info = info.called_by(calls(&ask, channel).await?);
    }
    if ask.args.flag("simple")? == Some(true) {
        return Ok(Reply::data(&info));
    }
    let stretch = Stretch {
        limit: SHOWN,
        ..Stretch::default()
    };
    let channels = &ask.services.channels;
    let members = channels.in_order(ask.me(), channel, stretch).await?;
    let members = members.iter();
    let members = members.map(|standing| (standing.member.account, Face::of(standing, looks)));
    let members = IndexedMap(members.collect());
    Ok(Reply::data(&Detail { info, members }))
}

/// The unread messages of a group that call upon the caller.
async fn calls(ask: &Acting, channel: ChannelId) -> Result<Vec<Call>> {
    let mine = ask.services.accounts.me(ask.me()).await?;
    let called = format!("@{}", name(&mine.account));
    let chat = &ask.services.chat;
    let unread = chat.unread(ask.caller, Target::Channel(channel)).await?;
    let calling = unread.iter().filter(|message| {
        let text = text_of(message);
        text.contains(&called) || text.contains(EVERYBODY)
    });
    Ok(calling
        .map(|message| Call {
            mid: message.id,
            from: message.sender.to_string(),
            timestamp: message.created_at.div_euclid(1000),
        })
        .collect())
}

/// 30: the caller's own name for a group.
pub async fn remark(ask: Acting) -> Answer {
    let channel = ask.args.need_group("gid")?;
    let remark = ask.args.need_present("remark")?;
    ask.may_write()?;
    let patch = PrefsPatch {
        remark: Some(at_most(remark, REMARK)?.to_owned()),
        ..PrefsPatch::default()
    };
    let conversations = &ask.services.conversations;
    conversations
        .set_prefs(ask.caller, Target::Channel(channel), patch)
        .await?;
    Ok(Reply::nothing())
}

/// 34: only those who lead the group may speak, or everybody again.
pub async fn silence(ask: Acting) -> Answer {
    let on = ask.args.flag("value")?.ok_or_else(missing)?;
    set_silenced(ask, on).await
}

/// 61: only those who lead the group may speak.
pub async fn close_mouths(ask: Acting) -> Answer {
    set_silenced(ask, true).await
}

/// 62: everybody may speak again.
pub async fn open_mouths(ask: Acting) -> Answer {
    set_silenced(ask, false).await
}

async fn set_silenced(ask: Acting, on: bool) -> Answer {
    let channel = ask.args.need_group("gid")?;
    ask.may_write()?;
    let (sight, _) = membership(&ask, channel).await?;
    let patch = ChannelPatch {
        silenced: Some(on),
        ..ChannelPatch::default()
    };
    let channels = &ask.services.channels;
    let (me, was) = (ask.me(), sight.channel.flags.silenced);
    channels.update(me, channel, patch, Role::Manager).await?;
    if on != was {
        announce(&ask, me, channel, &[], |names| {
            notices::silenced(names.one(me), on)
        })
        .await;
    }
    Ok(Reply::nothing())
}

/// 35: the caller leaves. An owner is succeeded; with the last one the group is gone.
pub async fn leave(ask: Acting) -> Answer {
    let channel = ask.args.need_group("gid")?;
    ask.may_write()?;
    let channels = &ask.services.channels;
    let me = ask.me();
    let departure = channels
        .leave_or_hand_over(me, channel, Succession::OldestManager)
        .await;
    let heir = match departure {
        Err(error) if error.kind() == ErrorKind::NotMember || is_gone(error.kind()) => {
            return Ok(Reply::nothing());
        }
        departure => match departure? {
            Departure::Dissolved => return Ok(Reply::nothing()),
            Departure::HandedOver(heir) => Some(heir),
            Departure::Left => None,
        },
    };
    refresh_picture(&ask, channel).await;
    announce(&ask, me, channel, heir.as_slice(), |names| {
        notices::left(names.one(me), heir.map(|heir| names.one(heir)))
    })
    .await;
    Ok(Reply::nothing())
}

/// 60: the owner changes a group's name or picture.
pub async fn update(ask: Acting) -> Answer {
    let (name, given) = (ask.args.text("groupname"), ask.args.text("avatar"));
    let picture = given.map(|url| given_picture(&ask, url));
    let patch = ChannelPatch {
        name: name.map(str::to_owned),
        avatar: picture.transpose()?,
        ..ChannelPatch::default()
    };
    change(ask, patch).await
}

/// 64: the owner changes a group's picture.
pub async fn set_picture(ask: Acting) -> Answer {
    let picture = given_picture(&ask, ask.args.need("avatar")?)?;
    let patch = ChannelPatch {
        avatar: Some(picture),
        ..ChannelPatch::default()
    };
    change(ask, patch).await
}

/// Changes a group and says in it what was changed. One that is gone is left alone.
async fn change(ask: Acting, mut patch: ChannelPatch) -> Answer {
    let channel = ask.args.need_group("gid")?;
    if patch == ChannelPatch::default() {
        return Err(missing());
    }
    ask.may_write()?;
    let me = ask.me();
    let channels = &ask.services.channels;
    let was = match channels.stand(me, channel).await {
        Err(error) if is_gone(error.kind()) => return Ok(Reply::nothing()),
        Ok(sight) if sight.dissolved => return Ok(Reply::nothing()),
        sight => sight?.channel,
    };
    if was.owner != me {
        return Err(Failure::not_allowed());
    }
    patch.name = patch.name.filter(|name| *name != was.name);
    patch.avatar = patch.avatar.filter(|picture| *picture != was.avatar);
    if patch == ChannelPatch::default() {
        return Ok(Reply::nothing());
    }
    let told = patch.clone();
    channels.update(me, channel, patch, Role::Owner).await?;
    if let Some(name) = told.name {
        announce(&ask, me, channel, &[], |names| {
            notices::renamed(names.one(me), &name)
        })
        .await;
    }
    if told.avatar.is_some() {
        announce(&ask, me, channel, &[], |names| {
            notices::pictured(names.one(me))
        })
        .await;
    }
    Ok(Reply::nothing())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_without_a_name_is_called_by_its_first_three_members() {
        let names = ["Ann", "Bob", "Cid", "Dan"];
        assert_eq!(made_of(names.into_iter()), "群聊(Ann,Bob,Cid)");
        let long = "名".repeat(60);
        let made = made_of([long.as_str()].into_iter());
        assert_eq!(made.chars().count(), NAME);
        assert!(made.starts_with("群聊(名") && made.ends_with("名)"));
    }
}
