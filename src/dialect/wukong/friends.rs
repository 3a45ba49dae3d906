//! Operations 23 to 25, and their like in the contract's section 7.3: asking, accepting, parting, keeping up with the list.

use super::Answer;
use super::caller::Authed;
use super::notice::{self, Names};
use super::reply::{Failure, NO_USER, Reply, Wording};
use super::types::user::{Dates, Friend, UserDetail, name};
use super::user::home_zone;
use super::{content, time};
use crate::domain::conversation::Target;
use crate::domain::time::{CHINA, DAY, Millis, now};
use crate::domain::{AccountId, RequestStatus};
use crate::error::{Error, ErrorKind, Result};
use crate::service::client_settings::Numbers;
use crate::service::contacts::{ContactsSince, Repeat, RequestView};
use crate::service::numbers;
use crate::service::opaque::Kind;
use ::time::PrimitiveDateTime;
use ::time::macros::format_description;
use serde_json::{Value, json};

/// Characters of the words with a request, and of a name.
const WORDS: usize = 100;
/// Requests on one page at most.
const REQUESTS: i64 = 1000;
/// How long a request can be accepted.
const REQUEST_LIFE: Millis = 15 * DAY;
/// Relations in one answer unless the client wants another number, and at most.
const RELATIONS: (i64, i64) = (1000, 10_000);
/// The number under which it is kept which requests the caller has seen.
const SEEN: &str = "friend_apply_seen";

/// 23: asks somebody to become friends; asking again takes the place of the first request.
pub async fn apply(ask: Authed) -> Answer {
    let uid = ask.args.required("to_uid", WORDS, "好友的ID不能为空！")?;
    let unknown = "接收好友请求的用户不存在！";
    let to = ask
        .ids
        .account(&uid)
        .ok_or_else(|| Failure::said(unknown))?;
    let remark = ask.args.optional("remark", WORDS)?.unwrap_or_default();
    ask.services
        .contacts
        .add(ask.caller, to, remark, Repeat::Replaces)
        .await
        .worded(&[
            (ErrorKind::SelfTarget, "不能添加自己为好友！"),
            (ErrorKind::AccountUnknown, unknown),
        ])?;
    Ok(Reply::ok())
}

/// 24: accepts a request. Both sides find two messages of it in their conversation.
pub async fn accept(ask: Authed) -> Answer {
    let token = ask
        .args
        .required("token", WORDS, "接收申请的token不能为空！")?;
    let gone = || Failure::said("好友申请无效或已过期！");
    let request = ask.ids.opaque.open(Kind::ContactRequest, &token, now());
    let request = request.ok_or_else(gone)?;
    let contacts = &ask.services.contacts;
    let accepted = contacts.accept(ask.me(), request, REQUEST_LIFE).await?;
    let applicant = accepted.applicant;
    let view = ask.services.accounts.view(ask.me(), applicant).await;
    let view = view.worded(&[(ErrorKind::AccountUnknown, "申请人不存在")])?;
    let words = if accepted.reason.is_empty() {
        format!("我是{}", name(&view.account))
    } else {
        accepted.reason
    };
    let names = Names {
        ids: &ask.ids,
        names: [(ask.me(), called(&ask, ask.me()).await?)].into(),
    };
    let said = [
        (ask.me(), applicant, notice::befriended(ask.me(), &names)),
        (applicant, ask.me(), content::plain(&words)),
    ];
    for (by, to, draft) in said {
        let chat = &ask.services.chat;
        let announced = chat.announce(by, Target::Account(to), draft, None).await;
        if let Err(fault) = announced {
            // They are friends all the same.
            log::warn!("a new friendship could not be announced: {fault}");
        }
    }
    Ok(Reply::ok())
}

async fn called(ask: &Authed, account: AccountId) -> Result<String> {
    let view = ask.services.accounts.view(ask.me(), account).await?;
    Ok(name(&view.account).to_owned())
}

/// Whoever asked the caller, newest first.
pub async fn requests(ask: Authed) -> Answer {
    let page = ask.args.page(REQUESTS)?;
    let contacts = &ask.services.contacts;
    let found = contacts
        .all_requests(ask.me(), page.offset, page.limit)
        .await?;
    let shown: Vec<Value> = found.iter().map(|found| shown(&ask, found)).collect();
    Ok(Reply::data(&shown))
}

fn shown(ask: &Authed, view: &RequestView) -> Value {
    let request = &view.request;
    let expires = Some(request.created_at + REQUEST_LIFE);
    let token = ask
        .ids
        .opaque
        .seal(Kind::ContactRequest, request.id, expires);
    json!({
        "id": request.id,
        "uid": ask.ids.uid(request.to),
        "to_uid": ask.ids.uid(request.from),
        "to_name": name(&view.from.account),
        "remark": request.reason,
        "status": match request.status {
            RequestStatus::Waiting => 0,
            RequestStatus::Passed => 1,
            RequestStatus::Denied => 2,
        },
        "token": token,
        "created_at": time::second(request.created_at),
    })
}

/// Takes a request off the caller's list.
pub async fn forget_request(ask: Authed) -> Answer {
    let applicant = ask.account_in_path("to_uid")?;
    let contacts = &ask.services.contacts;
    contacts.forget_request(ask.me(), applicant).await?;
    Ok(Reply::ok())
}

/// Refuses a request.
pub async fn refuse(ask: Authed) -> Answer {
    let applicant = ask.account_in_path("to_uid")?;
    let contacts = &ask.services.contacts;
    contacts
        .reply(ask.me(), applicant, false, String::new())
        .await?;
    Ok(Reply::ok())
}

/// How many requests the caller has not seen.
pub async fn red_dot(ask: Authed) -> Answer {
    let settings = ask.services.client_settings.get(ask.me()).await?;
    let seen = numbers::read(&settings.prefs).get(SEEN).copied();
    let waiting = ask.services.contacts.requests(ask.me()).await?;
    let count = waiting
        .iter()
        .filter(|waiting| waiting.request.id > seen.unwrap_or_default())
        .count();
    Ok(Reply::data(
        &json!({ "count": count, "is_dot": u8::from(count > 0) }),
    ))
}

/// The caller has seen all requests.
pub async fn clear_red_dot(ask: Authed) -> Answer {
    let waiting = ask.services.contacts.requests(ask.me()).await?;
    if let Some(latest) = waiting.iter().map(|waiting| waiting.request.id).max() {
        let seen = Numbers::from([(SEEN.to_owned(), latest)]);
        let settings = &ask.services.client_settings;
        settings.patch(ask.me(), seen).await?;
    }
    Ok(Reply::ok())
}

/// Takes a friend off the caller's list.
pub async fn remove(ask: Authed) -> Answer {
    let peer = ask.account_in_path("uid")?;
    ask.services.contacts.remove(ask.me(), peer).await?;
    Ok(Reply::ok())
}

/// 25, in the form of the document: what changed since the last relation a client got.
pub async fn sync_by_key(ask: Authed) -> Answer {
    let since = match ask.args.optional("sync_key", WORDS)? {
        Some(key) => since(&key)?,
        None => ContactsSince::Ever,
    };
    let limit = ask.args.limit(RELATIONS.0, RELATIONS.1)?;
    Ok(Reply::data(&sync(&ask, since, limit).await?))
}

/// 25, in the form of real clients: what changed since a version.
pub async fn sync_by_version(ask: Authed) -> Answer {
    let version = ask.args.int("version")?.unwrap_or_default();
    let limit = ask.args.limit(RELATIONS.0, RELATIONS.1)?;
    named(&ask, ContactsSince::Version(version), limit).await
}

/// The friends whose name holds a text.
pub async fn search(ask: Authed) -> Answer {
    named(&ask, ContactsSince::Ever, RELATIONS.1).await
}

async fn named(ask: &Authed, since: ContactsSince, limit: i64) -> Answer {
    let keyword = ask.args.optional("keyword", WORDS)?.unwrap_or_default();
    let mut friends = sync(ask, since, limit).await?;
    friends.retain(|friend| friend.is_called(&keyword));
    Ok(Reply::data(&friends))
}

async fn sync(ask: &Authed, since: ContactsSince, limit: i64) -> Result<Vec<Friend>> {
    let contacts = &ask.services.contacts;
    let found = contacts.sync(ask.caller, since, limit).await?;
    let peers: Vec<AccountId> = found.iter().map(|contact| contact.peer).collect();
    let between = contacts.between_all(ask.caller, peers).await?;
    let relations = found.into_iter().filter_map(|contact| {
        let between = between.get(&contact.peer)?;
        let detail = UserDetail::of(between, ask.me(), &ask.ids, home_zone(ask));
        let dates = Dates {
            created_at: contact.created_at,
            updated_at: contact.updated_at,
        };
        let (id, version) = (contact.id, contact.version);
        Some(Friend::new(id, detail, contact.deleted, version, dates))
    });
    Ok(relations.collect())
}

/// The place that a key names: when a relation changed, as text or in seconds, and its id.
fn since(key: &str) -> Result<ContactsSince> {
    let wrong = || Error::invalid("field `sync_key`: a time, `@` and an id are needed");
    let (at, id) = key.rsplit_once('@').ok_or_else(wrong)?;
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let written = PrimitiveDateTime::parse(at, format)
        .map(|at| at.assume_utc().unix_timestamp() - CHINA / 1000);
    let second = written.or_else(|_| at.parse()).map_err(|_| wrong())?;
    let id = id.parse().map_err(|_| wrong())?;
    Ok(ContactsSince::Key { second, id })
}

/// Names a friend, as the call of the web client does.
pub async fn set_remark(ask: Authed) -> Answer {
    let uid = ask.args.text("uid")?.unwrap_or_default();
    let account = ask.ids.account(&uid);
    let account = account.ok_or_else(|| Failure::said(NO_USER))?;
    let remark = ask.args.optional("remark", WORDS)?.unwrap_or_default();
    let contacts = &ask.services.contacts;
    contacts.set_remark(ask.me(), account, remark).await?;
    Ok(Reply::ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_time_and_an_id() {
        let key = |second, id| ContactsSince::Key { second, id };
        assert_eq!(
            since("2024-02-29 08:00:05@12").unwrap(),
            key(1_709_164_805, 12)
        );
        assert_eq!(since("1709164805@12").unwrap(), key(1_709_164_805, 12));
        for wrong in ["", "12", "@", "x@1", "2024-02-29 08:00:05@x"] {
            assert!(since(wrong).is_err(), "{wrong}");
        }
    }
}
