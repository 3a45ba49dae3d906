//! Operations 13 to 22 and 30 to 32: contacts.

use super::Answer;
use super::args::{EMAIL, accepted, account, reason, required};
use super::caller::Authed;
use super::reply::{Reply, said};
use super::types::{Account, AccountNearby, Friend, FriendApply, OneFriend};
use crate::error::Error;
use crate::service::contacts::ContactList;
use serde_json::json;

const REMARK: usize = 100;
const LABEL: usize = 1000;

/// 13: finds accounts by id, user name, nickname, e-mail address or phone number.
pub async fn search(ask: Authed) -> Answer {
    let found = ask
        .services
        .accounts
        .search(ask.caller.id, required(&ask.fields, "account", EMAIL)?)
        .await?;
    Ok(Reply::items(
        &found.into_iter().map(Account::from).collect::<Vec<_>>(),
    ))
}

/// 14: asks somebody to become a contact.
pub async fn add(ask: Authed) -> Answer {
    ask.services
        .contacts
        .add(
            ask.caller,
            account(&ask.fields, "toId")?,
            reason(&ask.fields)?,
        )
        .await?;
    Ok(Reply::done(said::OK))
}

/// 15: answers such a request. `toId` is who asked.
pub async fn reply(ask: Authed) -> Answer {
    let (applicant, accept) = (account(&ask.fields, "toId")?, accepted(&ask.fields)?);
    ask.services
        .contacts
        .reply(ask.caller.id, applicant, accept, reason(&ask.fields)?)
        .await?;
    Ok(Reply::done(said::OK))
}

/// 16: the requests that wait for the caller's answer.
pub async fn applies(ask: Authed) -> Answer {
    let requests = ask.services.contacts.requests(ask.caller.id).await?;
    Ok(Reply::items(
        &requests
            .into_iter()
            .map(FriendApply::from)
            .collect::<Vec<_>>(),
    ))
}

/// 17: the contacts, or with `blacklist` 1 the blocked accounts.
pub async fn list(ask: Authed) -> Answer {
    let which = match ask.fields.int("blacklist")? {
        None | Some(0) => ContactList::Listed,
        Some(_) => ContactList::Blocked,
    };
    let contacts = ask.services.contacts.list(ask.caller.id, which).await?;
    Ok(Reply::items(
        &contacts.into_iter().map(Friend::from).collect::<Vec<_>>(),
    ))
}

/// 18: takes somebody off the caller's list. They keep the caller on theirs.
pub async fn remove(ask: Authed) -> Answer {
    ask.services
        .contacts
        .remove(ask.caller.id, account(&ask.fields, "toId")?)
        .await?;
    Ok(Reply::done(said::DELETED))
}

/// 19: blocks somebody.
pub async fn block(ask: Authed) -> Answer {
    ask.services
        .contacts
        .block(ask.caller.id, account(&ask.fields, "toId")?)
        .await?;
    Ok(Reply::done(said::ADDED))
}

/// 20: unblocks somebody, who does not become a contact again.
pub async fn unblock(ask: Authed) -> Answer {
    ask.services
        .contacts
        .unblock(ask.caller.id, account(&ask.fields, "toId")?)
        .await?;
    Ok(Reply::done(said::REMOVED))
}

/// 21: names a contact. An empty name, if it was sent, takes the name away.
pub async fn set_remark(ask: Authed) -> Answer {
    let peer = account(&ask.fields, "toId")?;
    let remark = ask.fields.optional_text("remark", REMARK)?;
    let remark = remark
        .ok_or_else(|| Error::invalid("field `remark`: a text is needed, which may be empty"))?;
    ask.services
        .contacts
        .set_remark(ask.caller.id, peer, remark.to_owned())
        .await?;
    Ok(Reply::done(said::SET))
}

/// 22: keeps a text of the client's own with a contact.
pub async fn set_label(ask: Authed) -> Answer {
    let (peer, label) = (
        account(&ask.fields, "toId")?,
        required(&ask.fields, "label", LABEL)?,
    );
    ask.services
        .contacts
        .set_label(ask.caller.id, peer, label)
        .await?;
    Ok(Reply::done(said::SET))
}

/// 30: one contact.
pub async fn info(ask: Authed) -> Answer {
    let friend = Friend::from(
        ask.services
            .contacts
            .info(ask.caller.id, account(&ask.fields, "toId")?)
            .await?,
    );
    Ok(Reply::ok(said::NOTHING, &OneFriend::from(&friend)))
}

/// 31: whether the caller is on somebody's contact or block list.
pub async fn verify(ask: Authed) -> Answer {
    let relation = ask
        .services
        .contacts
        .relation_to_me(ask.caller.id, account(&ask.fields, "toId")?)
        .await?;
    Ok(Reply::ok(
        said::NOTHING,
        &json!({ "isFriend": relation.listed, "isBlacklist": relation.blocked }),
    ))
}

/// 32: who is near. The caller can be found there from now on, too.
pub async fn near(ask: Authed) -> Answer {
    let (longitude, latitude) = (
        ask.fields.required_float("longitude")?,
        ask.fields.required_float("latitude")?,
    );
    let near = ask
        .services
        .nearby
        .accounts(ask.caller.id, longitude, latitude)
        .await?;
    Ok(Reply::items(
        &near
            .into_iter()
            .map(AccountNearby::from)
            .collect::<Vec<_>>(),
    ))
}
