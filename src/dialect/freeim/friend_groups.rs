//! Operations 23 to 29: groups of contacts.

use super::Answer;
use super::args::{Args, NAME};
use super::caller::Authed;
use super::reply::{Reply, said};
use super::types::{FriendGroup, all};
use crate::error::Result;

/// The longest name of a new group. Renamed it has [`NAME`] characters at most.
const NEW_NAME: usize = 191;

/// 23: makes a group. Members who are no contacts are left out.
pub async fn create(ask: Authed) -> Answer {
    let (name, members) = (
        ask.args.required("name", NEW_NAME)?,
        ask.args.accounts("members")?,
    );
    ask.services
        .contact_groups
        .create(ask.caller.id, name, members)
        .await?;
    Ok(Reply::done(said::ADDED))
}

/// 24: deletes a group, not its members.
pub async fn delete(ask: Authed) -> Answer {
    let group = group(&ask.args)?;
    ask.services
        .contact_groups
        .delete(ask.caller.id, group)
        .await?;
    Ok(Reply::done(said::DELETED))
}

/// 25: the caller's groups.
pub async fn list(ask: Authed) -> Answer {
    let groups = ask.services.contact_groups.list(ask.caller.id).await?;
    Ok(Reply::items(&all::<FriendGroup, _>(groups)))
}

/// 26: puts contacts into a group.
pub async fn add_members(ask: Authed) -> Answer {
    let (group, members) = (group(&ask.args)?, ask.args.accounts("members")?);
    let groups = &ask.services.contact_groups;
    groups.add_members(ask.caller.id, group, members).await?;
    Ok(Reply::done(said::ADDED))
}

/// 27: takes contacts out of a group.
pub async fn remove_members(ask: Authed) -> Answer {
    let (group, members) = (group(&ask.args)?, ask.args.accounts("members")?);
    let groups = &ask.services.contact_groups;
    groups.remove_members(ask.caller.id, group, members).await?;
    Ok(Reply::done(said::DELETED))
}

/// 28: one group.
pub async fn get(ask: Authed) -> Answer {
    let group = group(&ask.args)?;
    let group = ask
        .services
        .contact_groups
        .get(ask.caller.id, group)
        .await?;
    Ok(Reply::ok(said::NOTHING, &FriendGroup::from(group)))
}

/// 29: renames a group and shows it.
pub async fn rename(ask: Authed) -> Answer {
    let (group, name) = (group(&ask.args)?, ask.args.required("name", NAME)?);
    let group = ask
        .services
        .contact_groups
        .rename(ask.caller.id, group, name)
        .await?;
    Ok(Reply::ok(said::NOTHING, &FriendGroup::from(group)))
}

fn group(args: &Args) -> Result<i64> {
    args.required_int("groupId")
}
