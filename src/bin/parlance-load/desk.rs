//! Where the sockets of a flow report that they were answered.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use tokio::sync::Notify;

/// Who has been answered and may have room for more.
#[derive(Default)]
pub struct Desk {
    free: RefCell<VecDeque<usize>>,
    refused: Cell<bool>,
    bell: Notify,
}

impl Desk {
    /// Notes the sender with this place among the flow's.
    pub fn note(&self, nth: usize) {
        self.free.borrow_mut().push_back(nth);
    }

    /// The sender who has waited longest.
    pub fn first(&self) -> Option<usize> {
        self.free.borrow_mut().pop_front()
    }

    /// Whether something was refused since the last question.
    pub fn was_refused(&self) -> bool {
        self.refused.take()
    }

    /// Comes back when somebody was answered since the last time.
    pub async fn rung(&self) {
        self.bell.notified().await;
    }
}

/// A sender's way to the desk. Leads nowhere once the flow is over.
#[derive(Default)]
pub struct Reports {
    desk: Weak<Desk>,
    nth: usize,
}

impl Reports {
    /// The way of the sender with this place among the flow's.
    pub fn to(desk: &Rc<Desk>, nth: usize) -> Self {
        Self {
            desk: Rc::downgrade(desk),
            nth,
        }
    }

    /// Reports answers, one of them a refusal perhaps. Whether anybody takes the report, and writes what the sender has to say.
    pub fn answered(&self, refused: bool) -> bool {
        let Some(desk) = self.desk.upgrade() else {
            return false;
        };
        desk.note(self.nth);
        if refused {
            desk.refused.set(true);
        }
        desk.bell.notify_one();
        true
    }
}
