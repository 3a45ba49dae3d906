//! Who talks with whom, and the number the message log keeps it under.

use super::ids::{AccountId, ChannelId, ConversationId};
use serde::{Deserialize, Serialize};

/// The two kinds of conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exchange {
    /// Two accounts, the smaller id first.
    Direct(AccountId, AccountId),
    /// A channel and its members.
    Channel(ChannelId),
}

/// A conversation as one account addresses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// Another account.
    Account(AccountId),
    /// A channel.
    Channel(ChannelId),
}

impl Target {
    /// What a bare number means: the ranges of account and channel ids do not overlap.
    pub fn from_number(id: i64) -> Self {
        if id < AccountId::FIRST.0 {
            Self::Channel(ChannelId(id))
        } else {
            Self::Account(AccountId(id))
        }
    }

    /// The bare number.
    pub fn number(self) -> i64 {
        match self {
            Self::Account(id) => id.0,
            Self::Channel(id) => id.0,
        }
    }
}

const BITS: u32 = 31;
const MASK: i64 = (1 << BITS) - 1;

impl Exchange {
    /// The direct exchange of two accounts, in whichever order they are given.
    pub fn direct(a: AccountId, b: AccountId) -> Self {
        if a <= b {
            Self::Direct(a, b)
        } else {
            Self::Direct(b, a)
        }
    }

    /// The log's key: both ids are below 2^31, so they fit side by side and no table is needed to find it.
    pub fn key(self) -> ConversationId {
        match self {
            Self::Direct(low, high) => ConversationId(low.0 << BITS | high.0),
            Self::Channel(id) => ConversationId(id.0),
        }
    }

    /// The other side of a direct exchange.
    pub fn peer_of(self, me: AccountId) -> Option<AccountId> {
        match self {
            Self::Direct(low, high) if low == me => Some(high),
            Self::Direct(low, high) if high == me => Some(low),
            _ => None,
        }
    }

    /// How `me` addresses it; nothing for a direct exchange of two others.
    pub fn seen_by(self, me: AccountId) -> Option<Target> {
        match self {
            Self::Channel(id) => Some(Target::Channel(id)),
            Self::Direct(..) => self.peer_of(me).map(Target::Account),
        }
    }
}

impl ConversationId {
    /// What the key was made from.
    pub fn exchange(self) -> Exchange {
        match self.0 >> BITS {
            0 => Exchange::Channel(ChannelId(self.0)),
            low => Exchange::Direct(AccountId(low), AccountId(self.0 & MASK)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_what_it_was_made_from() {
        let a = AccountId(10_000_000);
        let b = AccountId((1 << 31) - 1);
        for exchange in [Exchange::direct(b, a), Exchange::Channel(ChannelId(7))] {
            assert_eq!(exchange.key().exchange(), exchange);
        }
        assert_eq!(Exchange::direct(a, b), Exchange::direct(b, a));
        assert_eq!(Exchange::direct(a, b).peer_of(b), Some(a));
    }

    #[test]
    fn each_side_addresses_the_other() {
        let (a, b) = (AccountId::FIRST, AccountId(AccountId::FIRST.0 + 1));
        let direct = Exchange::direct(a, b);
        assert_eq!(direct.seen_by(a), Some(Target::from_number(b.0)));
        assert_eq!(direct.seen_by(b), Some(Target::Account(a)));
        assert_eq!(direct.seen_by(AccountId(b.0 + 1)), None);
        let channel = Target::from_number(7);
        assert_eq!(Exchange::Channel(ChannelId(7)).seen_by(a), Some(channel));
        assert_eq!(channel.number(), 7);
    }
}
