//! Operations 23 to 29: groups of contacts.

use super::Answer;
use super::args::{NAME, accounts, required};
use super::caller::Authed;
use super::reply::{Reply, said};
use super::types::FriendGroup;

/// The longest name of a new group. Renamed it has [`NAME`] characters at most.
const NEW_NAME: usize = 191;

/// 23: makes a group. Members who are no contacts are left out.
pub async fn create(ask: Authed) -> Answer {
    let (name, members) = (
        required(&ask.fields, "name", NEW_NAME)?,
        ask.fields.ids("members")?.unwrap_or_default(),
    );
    ask.services
        .contact_groups
        .create(ask.caller.id, name, accounts(members))
        .await?;
    Ok(Reply::done(said::ADDED))
}

/// 24: deletes a group, not its members.
pub async fn delete(ask: Authed) -> Answer {
    ask.services
        .contact_groups
        .delete(ask.caller.id, ask.fields.required_int("groupId")?)
        .await?;
    Ok(Reply::done(said::DELETED))
}

/// 25: the caller's groups.
pub async fn list(ask: Authed) -> Answer {
    let groups = ask.services.contact_groups.list(ask.caller.id).await?;
    Ok(Reply::items(
        &groups
            .into_iter()
            .map(FriendGroup::from)
            .collect::<Vec<_>>(),
    ))
}

/// 26: puts contacts into a group.
pub async fn add_members(ask: Authed) -> Answer {
    let (group, members) = (
        ask.fields.required_int("groupId")?,
        ask.fields.ids("members")?.unwrap_or_default(),
    );
    ask.services
        .contact_groups
        .add_members(ask.caller.id, group, accounts(members))
        .await?;
    Ok(Reply::done(said::ADDED))
}

/// 27: takes contacts out of a group.
pub async fn remove_members(ask: Authed) -> Answer {
    let (group, members) = (
        ask.fields.required_int("groupId")?,
        ask.fields.ids("members")?.unwrap_or_default(),
    );
    ask.services
        .contact_groups
        .remove_members(ask.caller.id, group, accounts(members))
        .await?;
    Ok(Reply::done(said::DELETED))
}

/// 28: one group.
pub async fn get(ask: Authed) -> Answer {
    let group = ask
        .services
        .contact_groups
        .get(ask.caller.id, ask.fields.required_int("groupId")?)
        .await?;
    Ok(Reply::ok(said::NOTHING, &FriendGroup::from(group)))
}

/// 29: renames a group and shows it.
pub async fn rename(ask: Authed) -> Answer {
    let (group, name) = (
        ask.fields.required_int("groupId")?,
        required(&ask.fields, "name", NAME)?,
    );
    let group = ask
        .services
        .contact_groups
        .rename(ask.caller.id, group, name)
        .await?;
    Ok(Reply::ok(said::NOTHING, &FriendGroup::from(group)))
}
