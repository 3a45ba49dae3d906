//! Operations 13 to 22 and 30 to 32: contacts.

use super::Answer;
use super::args::EMAIL;
use super::caller::Authed;
use super::reply::{Reply, said};
use super::types::{Account, AccountNearby, Friend, FriendApply, OneFriend, all};
use crate::error::Error;
use crate::service::contacts::{AfterBlock, ContactList, Repeat};
use serde_json::json;

const REMARK: usize = 100;
const LABEL: usize = 1000;

/// 13: finds accounts by id, user name, nickname, e-mail address or phone number.
pub async fn search(ask: Authed) -> Answer {
    let text = ask.args.required("account", EMAIL)?;
    let found = ask.services.accounts.search(ask.caller.id, text).await?;
    Ok(Reply::items(&all::<Account, _>(found)))
}

/// 14: asks somebody to become a contact.
pub async fn add(ask: Authed) -> Answer {
    let (to, reason) = (ask.args.to()?, ask.args.reason()?);
    let contacts = &ask.services.contacts;
    contacts
        .add(ask.caller, to, reason, Repeat::Refused)
        .await?;
    Ok(Reply::done(said::OK))
}

/// 15: answers such a request. `toId` is who asked.
pub async fn reply(ask: Authed) -> Answer {
    let (applicant, accept, reason) = (ask.args.to()?, ask.args.accepted()?, ask.args.reason()?);
    let contacts = &ask.services.contacts;
    contacts
        .reply(ask.caller.id, applicant, accept, reason)
        .await?;
    Ok(Reply::done(said::OK))
}

/// 16: the requests that wait for the caller's answer.
pub async fn applies(ask: Authed) -> Answer {
    let requests = ask.services.contacts.requests(ask.caller.id).await?;
    Ok(Reply::items(&all::<FriendApply, _>(requests)))
}

/// 17: the contacts, or with `blacklist` 1 the blocked accounts.
pub async fn list(ask: Authed) -> Answer {
    let which = match ask.args.int("blacklist")? {
        None | Some(0) => ContactList::Listed,
        Some(_) => ContactList::Blocked,
    };
    let contacts = ask.services.contacts.list(ask.caller.id, which).await?;
    Ok(Reply::items(&all::<Friend, _>(contacts)))
}

/// 18: takes somebody off the caller's list. They keep the caller on theirs.
pub async fn remove(ask: Authed) -> Answer {
    let peer = ask.args.to()?;
    ask.services.contacts.remove(ask.caller.id, peer).await?;
    Ok(Reply::done(said::DELETED))
}

/// 19: blocks somebody.
pub async fn block(ask: Authed) -> Answer {
    let peer = ask.args.to()?;
    ask.services.contacts.block(ask.caller.id, peer).await?;
    Ok(Reply::done(said::ADDED))
}

/// 20: unblocks somebody, who does not become a contact again.
pub async fn unblock(ask: Authed) -> Answer {
    let peer = ask.args.to()?;
    let contacts = &ask.services.contacts;
    contacts
        .unblock(ask.caller.id, peer, AfterBlock::Nothing)
        .await?;
    Ok(Reply::done(said::REMOVED))
}

/// 21: names a contact. An empty name, if it was sent, takes the name away.
pub async fn set_remark(ask: Authed) -> Answer {
    let peer = ask.args.to()?;
    let remark = ask.args.optional_text("remark", REMARK)?.map(str::to_owned);
    let remark = remark.ok_or_else(|| Error::invalid("field `remark`: a text is needed"))?;
    ask.services
        .contacts
        .set_remark(ask.caller.id, peer, remark)
        .await?;
    Ok(Reply::done(said::SET))
}

/// 22: keeps a text of the client's own with a contact.
pub async fn set_label(ask: Authed) -> Answer {
    let (peer, label) = (ask.args.to()?, ask.args.required("label", LABEL)?);
    ask.services
        .contacts
        .set_label(ask.caller.id, peer, label)
        .await?;
    Ok(Reply::done(said::SET))
}

/// 30: one contact.
pub async fn info(ask: Authed) -> Answer {
    let peer = ask.args.to()?;
    let friend = Friend::from(ask.services.contacts.info(ask.caller.id, peer).await?);
    Ok(Reply::ok(said::NOTHING, &OneFriend::from(&friend)))
}

/// 31: whether the caller is on somebody's contact or block list.
pub async fn verify(ask: Authed) -> Answer {
    let other = ask.args.to()?;
    let relation = ask
        .services
        .contacts
        .relation_to_me(ask.caller.id, other)
        .await?;
    let result = json!({ "isFriend": relation.listed, "isBlacklist": relation.blocked });
    Ok(Reply::ok(said::NOTHING, &result))
}

/// 32: who is near. The caller can be found there from now on, too.
pub async fn near(ask: Authed) -> Answer {
    let at = ask.args.point()?;
    let nearby = &ask.services.nearby;
    let near = nearby
        .accounts(ask.caller.id, at.longitude, at.latitude)
        .await?;
    Ok(Reply::items(&all::<AccountNearby, _>(near)))
}
