//! An event on its way to sockets, with the frames it was rendered to: a frame is made once and shared by all who get it.

use crate::domain::Event;
use crate::domain::time::{self, Millis};
use bytes::Bytes;
use bytestring::ByteString;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{LazyLock, OnceLock};

/// What is written to a socket as one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A text message.
    Text(ByteString),
    /// A binary message.
    Binary(Bytes),
}

/// One of the places where an envelope keeps a frame. Wires whose frames are equal for every recipient share a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// freeIM over JSON.
    FreeimJson,
    /// freeIM over Protobuf.
    FreeimProto,
    /// The payload of a message as WuKong shows it, which is encrypted for each connection.
    WukongBody,
    /// The payload of a group message as PopIM shows it.
    PopimMessage,
}

const SLOTS: usize = 4;

/// Numbers of what is not kept begin here: above those of messages and stored events, and a JSON number holds them.
const NOT_KEPT: i64 = (1 << 52) + (1 << 51);

/// A number for something that is not kept. They ascend while the process lives, and later processes give higher ones as long
/// as there are no more than 512 a millisecond.
pub fn next_number() -> i64 {
    static NEXT: LazyLock<AtomicI64> =
        LazyLock::new(|| AtomicI64::new(NOT_KEPT + (time::now() << 9)));
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Which live socket. Unique while the process lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId(pub u64);

/// An event on its way.
#[derive(Debug)]
pub struct Envelope {
    /// What happened.
    pub event: Event,
    /// When.
    pub at: Millis,
    /// The session it came from, which knows it already.
    pub origin: Option<SessionId>,
    /// The number under which it is kept for who is away, if it is.
    pub stored: Option<i64>,
    /// A number of its own, see [`next_number`].
    pub number: i64,
    weight: usize,
    frames: [OnceLock<Frame>; SLOTS],
}

impl Envelope {
    /// Wraps an event.
    pub fn new(event: Event, at: Millis) -> Self {
        let body = match &event {
            Event::Posted(message)
            | Event::Passed(message)
            | Event::Edited(message)
            | Event::Revoked { message, .. }
            | Event::Deleted { message, .. } => message.draft.weight(),
            Event::Signalled(signal) => signal.data.len(),
            _ => 0,
        };
        Self {
            event,
            at,
            origin: None,
            stored: None,
            number: next_number(),
            weight: body + 256,
            frames: Default::default(),
        }
    }

    /// The same, from a session.
    pub fn with_origin(self, origin: Option<SessionId>) -> Self {
        Self { origin, ..self }
    }

    /// The same, kept under a number.
    pub fn stored_as(self, stored: Option<i64>) -> Self {
        Self { stored, ..self }
    }

    /// Roughly how many bytes it will be on a socket; what outboxes count.
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// The frame of a slot, made by `render` the first time.
    pub fn frame(&self, slot: Slot, render: impl FnOnce() -> Frame) -> Frame {
        self.frames[slot as usize].get_or_init(render).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::AccountId;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    #[test]
    fn a_frame_of_a_slot_is_rendered_once_however_many_ask() {
        let event = Event::Presence {
            account: AccountId::FIRST,
            online: true,
            kind: None,
            main: None,
            alone: true,
        };
        let envelope = Envelope::new(event, 0);
        let rendered = AtomicUsize::new(0);
        let ask = |slot: Slot, text: &str| {
            envelope.frame(slot, || {
                rendered.fetch_add(1, Ordering::Relaxed);
                Frame::Text(text.into())
            })
        };
        let slots = [
            (Slot::FreeimJson, "json"),
            (Slot::FreeimProto, "protobuf"),
            (Slot::WukongBody, "payload"),
            (Slot::PopimMessage, "data"),
        ];
        for (slot, text) in slots {
            thread::scope(|threads| {
                for _ in 0..8 {
                    threads.spawn(|| assert_eq!(ask(slot, text), Frame::Text(text.into())));
                }
            });
        }
        assert_eq!(rendered.into_inner(), 4);
    }

    #[test]
    fn what_is_not_kept_has_ascending_numbers_that_fit_into_json() {
        let (first, second) = (next_number(), next_number());
        assert!(NOT_KEPT < first && first < second);
        assert!(second < 1 << 53);
    }
}
