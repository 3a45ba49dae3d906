//! What a client has been told and has not yet acknowledged. Kept only while its connection lives, and never much of it: whoever
//! acknowledges nothing finds everything in the log on reconnecting.

use super::proto::{Flags, Recv};
use crate::domain::time::Millis;
use std::collections::VecDeque;

/// How long an acknowledgement may take before a packet is told again.
const PATIENCE: Millis = 60_000;
/// How often a packet is told again.
const AGAIN: u8 = 5;
/// At most so many packets are kept.
const MOST: usize = 128;
/// And payloads of so many bytes.
const BYTES: usize = 128 * 1024;

struct Waiting {
    recv: Recv,
    due: Millis,
    told: u8,
}

/// The packets that wait, those due first in front.
#[derive(Default)]
pub struct Unacked {
    waiting: VecDeque<Waiting>,
    bytes: usize,
}

impl Unacked {
    /// Notes a packet that is told at `now`. Only what is stored is told again. If there are too many, the oldest is given up.
    pub fn told(&mut self, recv: &Recv, now: Millis) {
        if recv.flags.has(Flags::NO_PERSIST) {
            return;
        }
        self.push(Waiting {
            recv: Recv {
                flags: recv.flags.with(Flags::DUP),
                ..recv.clone()
            },
            due: now + PATIENCE,
            told: 0,
        });
        while self.waiting.len() > MOST || self.bytes > BYTES {
            self.pop();
        }
    }

    /// Takes an acknowledgement.
    pub fn acknowledged(&mut self, message_id: i64) {
        let place = self
            .waiting
            .iter()
            .position(|waiting| waiting.recv.message_id == message_id);
        if let Some(waiting) = place.and_then(|place| self.waiting.remove(place)) {
            self.bytes -= waiting.recv.payload.len();
        }
    }

    /// The packets that are to be told again at `now`.
    pub fn due(&mut self, now: Millis) -> Vec<Recv> {
        let mut due = Vec::new();
        while self.waiting.front().is_some_and(|first| first.due <= now) {
            let Some(waiting) = self.pop() else { break };
            due.push(waiting.recv.clone());
            if waiting.told + 1 < AGAIN {
                self.push(Waiting {
                    due: now + PATIENCE,
                    told: waiting.told + 1,
                    ..waiting
                });
            }
        }
        due
    }

    fn push(&mut self, waiting: Waiting) {
        self.bytes += waiting.recv.payload.len();
        self.waiting.push_back(waiting);
    }

    fn pop(&mut self) -> Option<Waiting> {
        let first = self.waiting.pop_front()?;
        self.bytes -= first.recv.payload.len();
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::wukong::proto::Setting;
    use bytes::Bytes;
    use bytestring::ByteString;

    fn recv(message_id: i64, flags: Flags, payload: usize) -> Recv {
        Recv {
            flags,
            setting: Setting::default(),
            msg_key: ByteString::new(),
            from_uid: ByteString::new(),
            channel_id: ByteString::new(),
            channel_type: 1,
            expire: 0,
            client_msg_no: ByteString::new(),
            message_id,
            message_seq: 1,
            timestamp: 0,
            topic: ByteString::new(),
            payload: Bytes::from(vec![0; payload]),
        }
    }

    fn ids(recvs: Vec<Recv>) -> Vec<i64> {
        recvs.into_iter().map(|recv| recv.message_id).collect()
    }

    #[test]
    fn what_is_not_acknowledged_comes_five_times_and_no_more() {
        let mut unacked = Unacked::default();
        unacked.told(&recv(1, Flags::RED_DOT, 9), 0);
        assert_eq!(ids(unacked.due(PATIENCE - 1)), [0_i64; 0]);
        for round in 1..=5 {
            let again = unacked.due(round * PATIENCE);
            assert_eq!(again.len(), 1, "round {round}");
            assert_eq!(again[0].flags, Flags::RED_DOT.with(Flags::DUP));
        }
        assert!(unacked.due(100 * PATIENCE).is_empty());
        assert_eq!(unacked.bytes, 0);
    }

    #[test]
    fn what_is_acknowledged_or_not_stored_does_not_come_again() {
        let mut unacked = Unacked::default();
        unacked.told(&recv(1, Flags::RED_DOT, 9), 0);
        unacked.told(&recv(2, Flags::NO_PERSIST, 9), 0);
        unacked.told(&recv(3, Flags::SYNC_ONCE, 9), 0);
        unacked.acknowledged(1);
        unacked.acknowledged(77);
        assert_eq!(ids(unacked.due(PATIENCE)), [3]);
    }

    #[test]
    fn a_client_that_never_acks_costs_128_entries() {
        let mut unacked = Unacked::default();
        for id in 0..1000 {
            unacked.told(&recv(id, Flags::RED_DOT, 9), 0);
        }
        assert_eq!(ids(unacked.due(PATIENCE)), Vec::from_iter(872..1000));
        for id in 0..1000 {
            unacked.told(&recv(id, Flags::RED_DOT, 32_000), 0);
        }
        assert!(unacked.bytes <= BYTES && unacked.waiting.len() == 4);
    }
}
