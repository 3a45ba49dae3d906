//! Live connections and the actors behind them.

use super::key::section;
use super::problem::Faults;

section! {
    /// Live connections and the actors behind them.
    Session {
        /// Frames that may wait for one connection; a slower peer is dropped and catches up when it reconnects.
        outbox_frames: usize = 256;
        /// KiB of frames that may wait for one connection.
        outbox_kib: usize = 1024;
        /// Seconds after which a connection from which nothing came, not even a pong, is closed.
        idle_seconds: u64 = 90;
        /// Seconds after which a peer that takes none of the waiting bytes is dropped.
        stall_seconds: u64 = 20;
        /// Seconds between two pings.
        ping_seconds: u64 = 30;
        /// Live connections of one account; one more closes the oldest.
        per_account: usize = 20;
        /// Seconds without work after which an account's or a group's actor leaves the memory.
        passivate_seconds: u64 = 600;
        /// Messages that may wait at one conversation before senders are told that the node is busy.
        home_queue: usize = 1024;
    }
}

impl Session {
    pub(super) fn check(&self, faults: &mut Faults) {
        faults.unless(
            self.outbox_frames >= 16,
            "session.outbox_frames",
            "must be at least 16",
        );
        faults.unless(
            self.outbox_kib >= 64,
            "session.outbox_kib",
            "must be at least 64",
        );
        let alive = self.idle_seconds > self.ping_seconds;
        faults.unless(
            alive,
            "session.idle_seconds",
            "must be more than session.ping_seconds",
        );
        faults.zero("session.stall_seconds", self.stall_seconds);
        faults.zero("session.ping_seconds", self.ping_seconds);
        faults.zero("session.per_account", self.per_account);
        faults.zero("session.passivate_seconds", self.passivate_seconds);
        faults.zero("session.home_queue", self.home_queue);
    }
}
