//! Messages.

use super::content::Content;
use super::conversation::Exchange;
use super::ids::{AccountId, ConversationId, MessageId};
use super::time::Millis;
use std::sync::Arc;

/// The public APIs the node speaks. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i16)]
pub enum Dialect {
    /// freeIM.
    Freeim = 1,
    /// WuKong chat.
    Wukong = 2,
    /// PopIM.
    Popim = 3,
    /// The Egg.js chat.
    Eggchat = 4,
    /// dtalk.
    Dtalk = 5,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 5] = [
        Self::Freeim,
        Self::Wukong,
        Self::Popim,
        Self::Eggchat,
        Self::Dtalk,
    ];

    /// The dialect stored under a number.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|d| *d as i16 == number)
    }
}

/// How a message stands. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i16)]
pub enum MessageStatus {
    /// To be seen.
    Normal = 0,
    /// Taken back by its sender or an administrator; its place shows that.
    Revoked = 1,
    /// Taken back without a trace.
    Deleted = 2,
}

impl MessageStatus {
    /// The status stored under a number.
    pub fn from_number(number: i16) -> Self {
        match number {
            1 => Self::Revoked,
            2 => Self::Deleted,
            _ => Self::Normal,
        }
    }
}

/// A message as its sender wrote it, before it has a place in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The API it came through.
    pub dialect: Dialect,
    /// The sending dialect's own word for the type, at most 50 characters.
    pub word: String,
    /// What it says, in the core's terms.
    pub content: Content,
    /// The body as the sending dialect wrote it, unless that dialect would write `content` exactly so again.
    pub raw: Option<String>,
    /// Encrypted by the clients; the node cannot read it.
    pub sealed: bool,
    /// Does not count as unread.
    pub quiet: bool,
    /// What the sending dialect notes beside the body, in bits of its own; 0 for nothing.
    pub marks: i64,
    /// Who sees it, its sender only if among them; `None` for everybody in the conversation.
    pub audience: Option<Arc<[AccountId]>>,
}

impl Draft {
    /// A message for everybody in the conversation whose body the sending dialect would write from its content.
    pub fn plain(dialect: Dialect, word: impl Into<String>, content: Content) -> Self {
        Self {
            dialect,
            word: word.into(),
            content,
            raw: None,
            sealed: false,
            quiet: false,
            marks: 0,
            audience: None,
        }
    }

    /// Roughly what it takes in memory, in bytes.
    pub fn weight(&self) -> usize {
        let audience = self.audience.as_ref().map_or(0, |a| size_of_val(&**a));
        self.content.weight() + self.raw.as_ref().map_or(0, String::len) + audience
    }
}

/// Who is called upon by a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions {
    /// Everybody in the conversation.
    pub all: bool,
    /// These in particular.
    pub accounts: Vec<AccountId>,
}

impl Mentions {
    /// Whether nobody is.
    pub fn is_empty(&self) -> bool {
        !self.all && self.accounts.is_empty()
    }
}

/// A message in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its id, ascending in commit order.
    pub id: MessageId,
    /// Where it was said.
    pub conversation: ConversationId,
    /// Its place there: 1, 2, 3, ... without gaps.
    pub seq: i64,
    /// Who said it.
    pub sender: AccountId,
    /// What was said.
    pub draft: Arc<Draft>,
    /// The sending client's own id of it, at most 128 characters.
    pub client_id: Option<String>,
    /// How it stands.
    pub status: MessageStatus,
    /// When it was committed.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
}

impl Message {
    /// Whether `account`, who is in the conversation, may see it.
    pub fn is_for(&self, account: AccountId) -> bool {
        let audience = self.draft.audience.as_ref();
        audience.is_none_or(|audience| audience.contains(&account))
    }

    /// Who talks with whom.
    pub fn exchange(&self) -> Exchange {
        self.conversation.exchange()
    }

    /// The number a client addressed: the channel, or the other account of a direct exchange.
    pub fn target(&self) -> i64 {
        match self.exchange() {
            Exchange::Channel(id) => id.0,
            Exchange::Direct(low, high) if low == self.sender => high.0,
            Exchange::Direct(low, _) => low.0,
        }
    }
}
