//! Operations 51 and 52: everything that the home screen shows, and taking a conversation off it.

use super::Answer;
use super::caller::Acting;
use super::friends::{address_book, check_known};
use super::ids::number_of;
use super::initials::Book;
use super::messages::named;
use super::reply::{Failure, IndexedMap, Reply};
use super::settings::{self, Public};
use super::types;
use super::types::chatting::{Chatting, Look, With};
use super::types::friend::Friend;
use super::types::group::name;
use super::types::message::{Item, items};
use super::types::user::account_state;
use crate::domain::conversation::Target;
use crate::domain::{AccountId, ChannelId, Message};
use crate::service::channels::ChannelSight;
use crate::service::contacts::{Between, ContactList, ContactView};
use crate::service::conversations::Counted;
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// How many conversations are shown, unless more have unread messages.
const SHOWN: usize = 30;

#[derive(Serialize)]
struct Home {
    mine: Mine,
    friend: Book<Friend>,
    group: Vec<Group>,
    chatting: IndexedMap<String, Chatting>,
    setting: Public,
}

#[derive(Serialize)]
struct Mine {
    uid: AccountId,
    username: String,
    sign: String,
    nickname: String,
    avatar: String,
    unread_friend_apply_count: i64,
    nid: i64,
    is_member: u8,
    account_state: &'static str,
}

#[derive(Serialize)]
struct Group {
    gid: ChannelId,
    avatar: String,
    name: String,
    /// The owner.
    uid: AccountId,
}

/// 51: the home screen.
pub async fn get(ask: Acting) -> Answer {
    let services = &ask.services;
    let friends = services
        .contacts
        .list(ask.me(), ContactList::Listed)
        .await?;
    let groups = services.channels.mine(ask.me()).await?;
    let ids: Vec<ChannelId> = groups.iter().map(|group| group.id).collect();
    let sights = services.channels.look_all(ask.me(), ids.clone()).await?;
    let key = ask
        .session()
        .map(|session| services.web_sessions.push_key(session));
    let home = Home {
        mine: mine(&ask).await?,
        chatting: chatting(&ask, &friends, &sights).await?,
        friend: address_book(&ask, friends).await?,
        group: ids
            .iter()
            .filter_map(|id| sights.get(id))
            .map(|sight| group(&ask, sight))
            .collect(),
        setting: Public::of(&services.core, &settings::base(&ask), key.as_deref()),
    };
    Ok(Reply::data(&home))
}

async fn mine(ask: &Acting) -> Result<Mine, Failure> {
    let me = ask.me();
    let card = ask.services.accounts.card(Some(me), me).await?;
    let account = &card.account;
    let escaped = |text: &str| ask.escape.text(text).into_owned();
    Ok(Mine {
        uid: me,
        username: escaped(&account.name),
        sign: escaped(&account.profile.intro),
        nickname: escaped(name(account)),
        avatar: types::avatar(ask, &account.profile.avatar),
        unread_friend_apply_count: ask.services.contacts.waiting(me).await?,
        nid: number_of(me),
        is_member: card.extras.paying.into(),
        account_state: account_state(&card),
    })
}

fn group(ask: &Acting, sight: &ChannelSight) -> Group {
    let look = group_look(ask, sight);
    Group {
        gid: sight.channel.id,
        avatar: look.avatar,
        name: look.name,
        uid: sight.channel.owner,
    }
}

/// A conversation that may be shown.
struct Entry {
    place: Target,
    unread: i64,
    newest: Option<Message>,
}

/// The conversations on the caller's list, newest first.
async fn chatting(
    ask: &Acting,
    friends: &[ContactView],
    groups: &HashMap<ChannelId, ChannelSight>,
) -> Result<IndexedMap<String, Chatting>, Failure> {
    let entries = few(entries(ask, friends, groups).await?);
    let peers = entries.iter().filter_map(|entry| match entry.place {
        Target::Account(peer) => Some(peer),
        Target::Channel(_) => None,
    });
    let contacts = &ask.services.contacts;
    let between = contacts.between_all(ask.caller, peers.collect()).await?;
    let newest = entries.iter().filter_map(|entry| entry.newest.as_ref());
    let mut written = items(ask, newest).await?.into_iter();
    let mut shown = Vec::with_capacity(entries.len());
    for entry in &entries {
        let newest = entry.newest.as_ref().and_then(|_| written.next());
        let (with, look, newest) = match entry.place {
            Target::Account(peer) => match between.get(&peer) {
                Some(between) => {
                    let newest = newest.map(Item::without_name);
                    (With::friend(peer), friend_look(ask, between), newest)
                }
                None => continue,
            },
            Target::Channel(id) => match groups.get(&id) {
                Some(sight) => (With::group(id), group_look(ask, sight), newest),
                None => continue,
            },
        };
        shown.push((with.key(), Chatting::new(with, look, entry.unread, newest)));
    }
    Ok(IndexedMap(shown))
}

/// The conversations in which something was said, newest first; then those with friends and groups in which nothing was.
async fn entries(
    ask: &Acting,
    friends: &[ContactView],
    groups: &HashMap<ChannelId, ChannelSight>,
) -> Result<Vec<Entry>, Failure> {
    let conversations = &ask.services.conversations;
    let dialogs = conversations
        .list(ask.caller, 1, 0, Counted::Spoken)
        .await?;
    let open = conversations.kept_open(ask.caller).await?;
    let friends: HashSet<AccountId> = friends.iter().map(|friend| friend.contact.peer).collect();
    let spoken: HashSet<Target> = dialogs.iter().map(|dialog| dialog.place).collect();
    let silent = open.into_iter().filter(|place| {
        let mine = match place {
            Target::Account(peer) => friends.contains(peer),
            Target::Channel(id) => groups.contains_key(id),
        };
        mine && !spoken.contains(place)
    });
    let dialogs = dialogs.into_iter().map(|mut dialog| Entry {
        place: dialog.place,
        unread: dialog.unread,
        newest: dialog.recent.pop().map(|seen| seen.message),
    });
    let silent = silent.map(|place| Entry {
        place,
        unread: 0,
        newest: None,
    });
    Ok(dialogs.chain(silent).collect())
}

/// Of conversations, newest first, those with something unread, and the newest others as far as there is room.
fn few(mut entries: Vec<Entry>) -> Vec<Entry> {
    let unread = entries.iter().filter(|entry| entry.unread > 0).count();
    let mut room = SHOWN.saturating_sub(unread);
    entries.retain(|entry| {
        let fits = entry.unread > 0 || room > 0;
        if entry.unread == 0 {
            room = room.saturating_sub(1);
        }
        fits
    });
    entries
}

fn friend_look(ask: &Acting, between: &Between) -> Look {
    let remark = between.mine.as_ref().map(|mine| mine.remark.as_str());
    let account = &between.view.account;
    let called = remark.filter(|remark| !remark.is_empty());
    Look {
        avatar: types::avatar(ask, &account.profile.avatar),
        name: ask
            .escape
            .text(called.unwrap_or_else(|| name(account)))
            .into_owned(),
        pinned: between.prefs.pinned,
    }
}

fn group_look(ask: &Acting, sight: &ChannelSight) -> Look {
    let name = match sight.prefs.remark.as_str() {
        "" => &sight.channel.name,
        remark => remark,
    };
    Look {
        avatar: types::avatar(ask, &sight.channel.avatar),
        name: ask.escape.text(name).into_owned(),
        pinned: sight.prefs.pinned,
    }
}

/// 52: takes a conversation off the list until something new is said.
pub async fn put_away(ask: Acting) -> Answer {
    let place = named(&ask.args)?;
    ask.may_write()?;
    if let Target::Account(peer) = place {
        check_known(&ask, peer).await?;
    }
    ask.services.conversations.close(ask.caller, place).await?;
    Ok(Reply::nothing())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: i64, unread: i64) -> Entry {
        Entry {
            place: Target::Account(AccountId(id)),
            unread,
            newest: None,
        }
    }

    fn places(entries: &[Entry]) -> Vec<i64> {
        entries.iter().map(|entry| entry.place.number()).collect()
    }

    #[test]
    fn what_is_unread_is_shown_before_what_is_new() {
        let some = (0..40).map(|id| entry(id, i64::from(id >= 35)));
        let expected: Vec<i64> = (0..25).chain(35..40).collect();
        assert_eq!(places(&few(some.collect())), expected);
    }

    #[test]
    fn everything_unread_is_shown() {
        let some: Vec<Entry> = (0..40).map(|id| entry(id, 1)).collect();
        assert_eq!(few(some).len(), 40);
    }

    #[test]
    fn few_conversations_are_shown_whole() {
        let some: Vec<Entry> = (0..3).map(|id| entry(id, 0)).collect();
        assert_eq!(places(&few(some)), [0, 1, 2]);
    }
}
