//! An event on its way to sockets, with the frames it was rendered to: a frame is made once and shared by all who get it.

use crate::domain::Event;
use crate::domain::time::Millis;
use bytes::Bytes;
use bytestring::ByteString;
use std::sync::OnceLock;

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
}

const SLOTS: usize = 2;

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
    weight: usize,
    frames: [OnceLock<Frame>; SLOTS],
}

impl Envelope {
    /// Wraps an event.
    pub fn new(event: Event, at: Millis) -> Self {
        let body = match &event {
            Event::Posted(message) | Event::Revoked(message) => message.draft.weight(),
            _ => 0,
        };
        Self {
            event,
            at,
            weight: body + 256,
            frames: Default::default(),
        }
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
        };
        let envelope = Envelope::new(event, 0);
        let rendered = AtomicUsize::new(0);
        let ask = |slot: Slot, text: &str| {
            envelope.frame(slot, || {
                rendered.fetch_add(1, Ordering::Relaxed);
                Frame::Text(text.into())
            })
        };
        for (slot, text) in [(Slot::FreeimJson, "json"), (Slot::FreeimProto, "protobuf")] {
            thread::scope(|threads| {
                for _ in 0..8 {
                    threads.spawn(|| assert_eq!(ask(slot, text), Frame::Text(text.into())));
                }
            });
        }
        assert_eq!(rendered.into_inner(), 2);
    }
}
