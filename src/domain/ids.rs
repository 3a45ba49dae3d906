//! Identifiers. Account ids start at [`AccountId::FIRST`], channel ids stay below it, so that a bare number tells which it is.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// An account. From 10,000,000 upward and below 2^31, because one dialect's numbers are 32 bits wide.
    AccountId
);
id!(
    /// A channel. From 1, below 10,000,000.
    ChannelId
);
id!(
    /// A message. Ascends over the whole node in commit order.
    MessageId
);
id!(
    /// The key under which the message log keeps one exchange: made from the two accounts or from the channel, see
    /// [`super::conversation::Exchange`]. Never shown to clients.
    ConversationId
);

impl AccountId {
    /// The first account's id.
    pub const FIRST: AccountId = AccountId(10_000_000);
    /// One past the last possible id.
    pub const END: AccountId = AccountId(1 << 31);

    /// Whether a bare number is in the range of account ids.
    pub fn holds(id: i64) -> bool {
        (Self::FIRST.0..Self::END.0).contains(&id)
    }
}
