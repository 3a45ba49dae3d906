//! Somebody who speaks a dialect, asked and told in words that fit all of them.

mod freeim;
mod popim;
mod wukong;

use crate::support::TestNode;
use freeim::Freeim;
use parlance::domain::{AccountId, ChannelId, Dialect, Target};
use popim::Popim;
use serde_json::Value;
use wukong::Wukong;

/// A message where one looks back.
pub struct Remembered {
    /// What it says, in the terms of who looks.
    pub what: Value,
    /// Whether the other side has read it, where the dialect shows that.
    pub read: Option<bool>,
}

/// An account with one live connection.
pub struct Peer {
    pub id: AccountId,
    pub name: String,
    pub dialect: Dialect,
    client: Client,
}

enum Client {
    Freeim(Box<Freeim>),
    Wukong(Box<Wukong>),
    Popim(Box<Popim>),
}

/// A new account that comes in through a dialect.
pub async fn join(node: &TestNode, dialect: Dialect, name: &str) -> Peer {
    let (id, client) = match dialect {
        Dialect::Freeim => {
            let user = node.register(name).await;
            let id = AccountId(user.id);
            (id, Client::Freeim(Box::new(Freeim::of(user).await)))
        }
        Dialect::Wukong => {
            let client = Wukong::join(node, name).await;
            (client.id(), Client::Wukong(Box::new(client)))
        }
        Dialect::Popim => {
            let client = Popim::join(node, name).await;
            (client.id(), Client::Popim(Box::new(client)))
        }
        other => panic!("{other:?} is not spoken"),
    };
    let name = name.to_owned();
    Peer {
        id,
        name,
        dialect,
        client,
    }
}

/// A text in a dialect's terms.
pub fn text(dialect: Dialect, text: &str) -> Value {
    match dialect {
        Dialect::Freeim => freeim::text(text),
        Dialect::Wukong => wukong::text(text),
        Dialect::Popim => popim::text(text),
        other => panic!("{other:?} is not spoken"),
    }
}

/// What every dialect's client does in its own way.
macro_rules! all_can {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $kind:ty),*) $(-> $given:ty)?;)*) => {
        impl Peer {
            $(
                $(#[$doc])*
                pub async fn $name(&mut self, $($argument: $kind),*) $(-> $given)? {
                    match &mut self.client {
                        Client::Freeim(client) => client.$name($($argument),*).await,
                        Client::Wukong(client) => client.$name($($argument),*).await,
                        Client::Popim(client) => client.$name($($argument),*).await,
                    }
                }
            )*
        }
    };
}

all_can! {
    /// Looks for an account of this name.
    finds(name: &str) -> AccountId;
    /// Asks somebody to become friends.
    applies_to(other: AccountId);
    /// Hears that somebody asks for friendship, and agrees.
    accepts(applicant: AccountId);
    /// Whether the own list has somebody.
    lists(other: AccountId) -> bool;
    /// Takes somebody off the list.
    drops(other: AccountId);
    /// Says something in the terms of the own dialect; gives the message's id, or nothing if it is refused.
    tries(place: Target, what: &Value) -> Option<i64>;
    /// Hears a message; gives what it says in the terms of the own dialect.
    hears(id: i64) -> Value;
    /// Whether a message came that nobody asked for, before what was heard last.
    has_heard(id: i64) -> bool;
    /// Looks back for a message; nothing if it is not there or was taken back.
    remembers(place: Target, id: i64) -> Option<Remembered>;
    /// Takes a message back.
    takes_back(place: Target, id: i64);
    /// Hears that a message was taken back.
    hears_it_taken_back(id: i64);
    /// Reads a conversation up to a message.
    reads(place: Target, id: i64);
    /// Hears that somebody has read what this one said to them, where the dialect tells.
    hears_it_read(reader: AccountId);
    /// Makes a group with friends in it.
    founds(name: &str, members: &[AccountId]) -> ChannelId;
    /// Gives a group another name.
    renames(group: ChannelId, name: &str);
    /// Takes a friend into a group.
    takes_in(group: ChannelId, friend: AccountId);
    /// Removes a member from a group.
    removes(group: ChannelId, member: AccountId);
    /// Ends a group.
    dissolves(group: ChannelId);
    /// What a group is called and who is in it, for a member.
    sees(group: ChannelId) -> (String, Vec<AccountId>);
}

impl Peer {
    /// Puts another text into an own message, where the dialect can.
    pub async fn edits(&mut self, id: i64, words: &str) {
        match &mut self.client {
            Client::Wukong(client) => client.edits(id, words).await,
            Client::Freeim(_) | Client::Popim(_) => panic!("this dialect has no edits"),
        }
    }

    /// Takes a message back without a trace, where the dialect can.
    pub async fn deletes_for_everybody(&mut self, place: Target, id: i64) {
        match &mut self.client {
            Client::Wukong(client) => client.deletes_for_everybody(id).await,
            Client::Popim(client) => client.deletes_for_everybody(place, id).await,
            Client::Freeim(_) => panic!("freeIM knows taking back only"),
        }
    }

    /// Begins to listen to a group that this one is a member of, where that has to be said.
    pub async fn listens_to(&mut self, group: ChannelId) {
        if let Client::Popim(client) = &mut self.client {
            client.listens_to(group).await;
        }
    }

    /// How many messages of a conversation this one has not read, where the dialect can ask for that alone.
    pub async fn unread(&self, place: Target) -> Option<i64> {
        match &self.client {
            Client::Popim(client) => Some(client.unread(place).await),
            Client::Freeim(_) | Client::Wukong(_) => None,
        }
    }

    /// Where others reach this one.
    pub fn place(&self) -> Target {
        Target::Account(self.id)
    }

    /// Becomes friends with another one, who is asked.
    pub async fn befriends(&mut self, other: &mut Peer) {
        self.applies_to(other.id).await;
        other.accepts(self.id).await;
    }

    /// Says something that is accepted; gives the message's id.
    pub async fn says(&mut self, place: Target, what: &Value) -> i64 {
        let said = self.tries(place, what).await;
        said.unwrap_or_else(|| panic!("{} may not say {what}", self.name))
    }

    /// Says a text; gives the message's id.
    pub async fn says_text(&mut self, place: Target, words: &str) -> i64 {
        let what = text(self.dialect, words);
        self.says(place, &what).await
    }

    /// Hears a text.
    pub async fn hears_text(&mut self, id: i64, words: &str) {
        let heard = self.hears(id).await;
        assert_eq!(heard, text(self.dialect, words), "{}", self.name);
    }

    /// Whether this one may say something there.
    pub async fn may_speak_in(&mut self, place: Target) -> bool {
        let what = text(self.dialect, "may I?");
        self.tries(place, &what).await.is_some()
    }
}
