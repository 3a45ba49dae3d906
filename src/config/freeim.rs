//! The freeim dialect.

use super::key::section;

section! {
    /// The freeim dialect.
    Freeim {
        /// Whether its API is served.
        enabled: bool = true;
        /// Whether messages go between friends only.
        require_friend: bool = false;
        /// Whether a client that connects is sent what it missed.
        replay: bool = true;
    }
}
