//! Who talks with whom, and the number the message log keeps it under.

use super::ids::{AccountId, ChannelId, ConversationId};

/// The two kinds of conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exchange {
    /// Two accounts, the smaller id first.
    Direct(AccountId, AccountId),
    /// A channel and its members.
    Channel(ChannelId),
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
}
