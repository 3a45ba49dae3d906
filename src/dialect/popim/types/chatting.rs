//! The conversations on the home screen (contract, section 4.4).

use super::message::Item;
use crate::domain::{AccountId, ChannelId};
use serde::Serialize;

/// More unread messages than this are many.
const COUNTED: i64 = 99;

/// A conversation.
#[derive(Debug, Serialize)]
pub struct Chatting {
    #[serde(flatten)]
    with: With,
    avatar: String,
    name: String,
    unread_count: Unread,
    top: u8,
    /// The newest message, or none.
    items: Vec<Item>,
}

/// With whom.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum With {
    /// An account.
    Friend {
        /// Which.
        id: AccountId,
    },
    /// A group.
    Group {
        /// Which.
        id: ChannelId,
        /// Where its page is.
        url: String,
        /// Its channel at the push service.
        key: String,
    },
}

/// What is shown of a conversation beside its messages.
pub struct Look {
    /// The address of the picture.
    pub avatar: String,
    /// What the caller calls it.
    pub name: String,
    /// Whether it stands on top.
    pub pinned: bool,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
enum Unread {
    Count(i64),
    Many(&'static str),
}

impl With {
    /// An account.
    pub fn friend(id: AccountId) -> Self {
        Self::Friend { id }
    }

    /// A group.
    pub fn group(id: ChannelId) -> Self {
        Self::Group {
            id,
            url: format!("/pop/group/chat/{id}"),
            key: format!("group-{id}"),
        }
    }

    /// The key of the conversation among the others.
    pub fn key(&self) -> String {
        match self {
            Self::Friend { id } => format!("friend{id}"),
            Self::Group { id, .. } => format!("group{id}"),
        }
    }
}

impl Chatting {
    /// A conversation with so many unread messages and the newest one, if anything was said.
    pub fn new(with: With, look: Look, unread: i64, newest: Option<Item>) -> Self {
        Self {
            with,
            avatar: look.avatar,
            name: look.name,
            unread_count: Unread::of(unread),
            top: look.pinned.into(),
            items: newest.into_iter().collect(),
        }
    }
}

impl Unread {
    fn of(count: i64) -> Self {
        if count > COUNTED {
            Self::Many("99+")
        } else {
            Self::Count(count)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{json, to_value};

    fn look() -> Look {
        Look {
            avatar: "/a.png".to_owned(),
            name: "L.".to_owned(),
            pinned: true,
        }
    }

    #[test]
    fn a_conversation_with_a_friend_has_no_page_and_no_channel() {
        let with = With::friend(AccountId(21));
        assert_eq!(with.key(), "friend21");
        assert_eq!(
            to_value(Chatting::new(with, look(), 2, None)).unwrap(),
            json!({
                "type": "friend", "id": 21, "avatar": "/a.png", "name": "L.", "unread_count": 2, "top": 1,
                "items": [],
            })
        );
    }

    #[test]
    fn a_conversation_in_a_group_has_both() {
        let with = With::group(ChannelId(5));
        assert_eq!(with.key(), "group5");
        let shown = to_value(Chatting::new(with, look(), 100, None)).unwrap();
        let own = (&shown["type"], &shown["url"], &shown["key"], &shown["id"]);
        assert_eq!(
            own,
            (
                &json!("group"),
                &json!("/pop/group/chat/5"),
                &json!("group-5"),
                &json!(5)
            )
        );
        assert_eq!(shown["unread_count"], "99+");
    }

    #[test]
    fn up_to_99_are_counted() {
        assert_eq!(Unread::of(99), Unread::Count(99));
        assert_eq!(Unread::of(100), Unread::Many("99+"));
    }
}
