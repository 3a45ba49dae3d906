//! Operations 11 to 22: asking, answering and parting, the address book, and how conversations with friends are treated.

use super::args::{at_most, bad};
use super::caller::Acting;
use super::initials::Book;
use super::reply::{ANSWERED, BAD, FOREIGN, Failure, NO_USER, Reply, Wording};
use super::treatment::Treatment;
use super::types::friend::{Friend, FriendRequest};
use super::types::group::name;
use super::{Answer, content, settings};
use crate::domain::conversation::Target;
use crate::domain::{AccountId, Dialect, RequestStatus};
use crate::error::ErrorKind;
use crate::service::accounts::AccountView;
use crate::service::contacts::{ContactList, ContactView, Repeat, RequestView};
use crate::service::conversations::Counted;
use std::collections::HashSet;

/// Bytes of the words with a request and of a remark. The core takes 100 characters of them.
const WORDS: usize = 255;
/// Requests in one answer at most.
const REQUESTS: i64 = 500;
/// For how long a request can be accepted: without end.
const REQUEST_LIFE: i64 = i64::MAX;
/// What the one who accepts says to the one who asked.
const GREETING: &str = "我通过了你的好友请求，我们来聊天吧";
const NO_SUCH_USER: &str = "用户不存在或已被禁用";

/// 11: asks somebody to become friends. What the caller asked them before is forgotten.
pub async fn apply(ask: Acting) -> Answer {
    if !settings::may_add(&ask.services.settings.policy()) {
        return Err(ErrorKind::ContactsClosed.into());
    }
    let peer = friend(&ask)?;
    let words = at_most(ask.args.text("postscript").unwrap_or_default(), WORDS)?.to_owned();
    ask.may_write()?;
    let standing = ask.services.accounts.standing(peer).await?;
    if standing.is_none_or(|standing| standing.locked || standing.read_only) {
        return Err(Failure::code(NO_USER, NO_SUCH_USER));
    }
    if !ask.by_server() {
        ask.limits.ask(Dialect::Popim, ask.me())?;
    }
    let contacts = &ask.services.contacts;
    let asked = contacts.add(ask.caller, peer, words, Repeat::Supersedes);
    match asked.await {
        Err(error) if error.kind() == ErrorKind::AlreadyContact => {
            Ok(Reply::noted("你们已经是好友"))
        }
        asked => {
            asked?;
            Ok(Reply::nothing())
        }
    }
}

/// 12: accepts a request. The caller greets the new friend.
pub async fn agree(ask: Acting) -> Answer {
    let request = asked(&ask).await?;
    match request.request.status {
        RequestStatus::Passed => return Ok(Reply::nothing()),
        RequestStatus::Denied => return Err(answered("已拒绝过该好友请求")),
        RequestStatus::Waiting => {}
    }
    let contacts = &ask.services.contacts;
    let accepted = contacts.accept(ask.me(), request.request.id, REQUEST_LIFE);
    let friend = Target::Account(accepted.await?.applicant);
    let greeting = content::plain(GREETING);
    let chat = &ask.services.chat;
    if let Err(fault) = chat.announce(ask.me(), friend, greeting, None).await {
        // They are friends all the same.
        log::warn!("a new friend could not be greeted: {fault}");
    }
    Ok(Reply::nothing())
}

/// 13: refuses a request.
pub async fn refuse(ask: Acting) -> Answer {
    let request = asked(&ask).await?;
    match request.request.status {
        RequestStatus::Denied => return Ok(Reply::nothing()),
        RequestStatus::Passed => return Err(answered("已同意过该好友请求")),
        RequestStatus::Waiting => {}
    }
    let contacts = &ask.services.contacts;
    contacts
        .reply(ask.me(), request.request.from, false, String::new())
        .await?;
    Ok(Reply::nothing())
}

fn answered(text: &'static str) -> Failure {
    Failure::code(ANSWERED, text)
}

/// The request that is to be answered.
async fn asked(ask: &Acting) -> Result<RequestView, Failure> {
    let number = ask.args.need_int("nid")?;
    ask.may_write()?;
    let found = ask.services.contacts.request(ask.me(), number).await?;
    found.ok_or_else(|| Failure::code(FOREIGN, "好友请求不存在"))
}

/// 14: makes friends at once, which another server alone may do: nobody is asked.
pub async fn add(ask: Acting) -> Answer {
    if !ask.by_server() {
        return Err(Failure::not_allowed());
    }
    let peer = friend(&ask)?;
    ask.may_write()?;
    ask.services.contacts.befriend(ask.me(), peer).await?;
    Ok(Reply::nothing())
}

/// 15: names a friend. An empty name is none.
pub async fn remark(ask: Acting) -> Answer {
    let peer = friend(&ask)?;
    let remark = at_most(ask.args.need_present("remark")?, WORDS)?.to_owned();
    ask.may_write()?;
    check_known(&ask, peer).await?;
    let contacts = &ask.services.contacts;
    contacts
        .set_remark(ask.me(), peer, remark)
        .await
        .worded(&[(ErrorKind::NotContact, BAD, "你们还不是好友")])?;
    Ok(Reply::nothing())
}

/// 16: who has asked the caller, newest first, whatever came of it.
pub async fn requests(ask: Acting) -> Answer {
    let limit = ask.args.int("limit")?.unwrap_or(REQUESTS);
    let contacts = &ask.services.contacts;
    let found = contacts.all_requests(ask.me(), 0, limit).await?;
    let shown: Vec<FriendRequest> = found
        .iter()
        .map(|found| FriendRequest::of(&ask, found))
        .collect();
    Ok(Reply::data(&shown))
}

/// 19: how many requests wait for the caller's answer.
pub async fn request_count(ask: Acting) -> Answer {
    let waiting = ask.services.contacts.waiting(ask.me()).await?;
    Ok(Reply::data(&waiting))
}

/// 20: one request; nothing when it was not made to the caller.
pub async fn request(ask: Acting) -> Answer {
    let number = ask.args.need_int("nid")?;
    let found = ask.services.contacts.request(ask.me(), number).await?;
    Ok(match found {
        Some(found) => Reply::data(&FriendRequest::in_detail(&ask, &found)),
        None => Reply::nothing(),
    })
}

/// 17: the address book.
pub async fn list(ask: Acting) -> Answer {
    let contacts = &ask.services.contacts;
    let friends = contacts.list(ask.me(), ContactList::Listed).await?;
    Ok(Reply::data(&address_book(&ask, friends).await?))
}

/// The address book of some friends.
pub async fn address_book(
    ask: &Acting,
    friends: Vec<ContactView>,
) -> Result<Book<Friend>, Failure> {
    let friends = friends.into_iter();
    let named = friends.map(|friend| (called(&friend).to_owned(), friend.account));
    book(ask, named.collect()).await
}

/// What the caller calls a friend.
fn called(friend: &ContactView) -> &str {
    match friend.contact.remark.as_str() {
        "" => name(&friend.account.account),
        remark => remark,
    }
}

/// 18: who the caller talks with without being friends.
pub async fn strangers(ask: Acting) -> Answer {
    let contacts = &ask.services.contacts;
    let friends = contacts.list(ask.me(), ContactList::Listed).await?;
    let friends: HashSet<AccountId> = friends.iter().map(|friend| friend.contact.peer).collect();
    let conversations = &ask.services.conversations;
    let dialogs = conversations
        .list(ask.caller, 1, 0, Counted::Spoken)
        .await?;
    let strangers = dialogs.iter().filter_map(|dialog| match dialog.place {
        Target::Account(peer) => Some(peer).filter(|peer| !friends.contains(peer)),
        Target::Channel(_) => None,
    });
    let accounts = &ask.services.accounts;
    let views = accounts.views(ask.me(), strangers.collect()).await?;
    let named = views.into_values().map(|view| {
        let name = name(&view.account).to_owned();
        (name, view)
    });
    Ok(Reply::data(&book(&ask, named.collect()).await?))
}

async fn book(ask: &Acting, named: Vec<(String, AccountView)>) -> Result<Book<Friend>, Failure> {
    let ids = named.iter().map(|(_, view)| view.account.id).collect();
    let extras = ask.services.accounts.extras(ids).await?;
    let entries = named.into_iter().map(|(name, view)| {
        let id = view.account.id;
        let paying = extras.get(&id).is_some_and(|extras| extras.paying);
        let friend = Friend::of(ask, &view, &name, paying);
        (id, name, friend)
    });
    Ok(Book::new(entries))
}

/// 21: ends a friendship for both. There need not be any.
pub async fn delete(ask: Acting) -> Answer {
    let peer = ask.args.need_account("friend_uid")?;
    ask.may_write()?;
    ask.services.contacts.part(ask.me(), peer).await?;
    Ok(Reply::nothing())
}

/// 22: changes how the caller treats the conversation with somebody.
pub async fn update(ask: Acting) -> Answer {
    let peer = friend(&ask)?;
    let treatment = Treatment::of_friend(&ask.args)?;
    ask.may_write()?;
    check_known(&ask, peer).await?;
    treatment.apply(&ask, Target::Account(peer)).await?;
    Ok(Reply::nothing())
}

/// Refuses somebody who is nobody.
pub async fn check_known(ask: &Acting, peer: AccountId) -> Result<(), Failure> {
    let standing = ask.services.accounts.standing(peer).await?;
    standing.ok_or_else(|| Failure::code(NO_USER, NO_SUCH_USER))?;
    Ok(())
}

/// Who is meant; not the caller.
fn friend(ask: &Acting) -> Result<AccountId, Failure> {
    let peer = ask.args.need_account("friend_uid")?;
    if peer == ask.me() {
        return Err(bad());
    }
    Ok(peer)
}
