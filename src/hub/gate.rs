//! Bounds what waits at one actor, since actix's own mailboxes do not bound what many senders queue.

use crate::domain::time::{self, Millis};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

const CLOSED: usize = 1 << 31;

/// Counts the requests on their way through one actor.
#[derive(Debug)]
pub struct Gate {
    inside: AtomicUsize,
    limit: usize,
    used_at: AtomicI64,
}

/// Why a gate lets nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// As many are inside as may be.
    Full,
    /// The actor has been put away; a new one must be opened.
    Closed,
}

/// A place inside; given back when dropped.
#[derive(Debug)]
pub struct Permit(Arc<Gate>);

impl Gate {
    /// A gate that lets `limit` in at a time.
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            inside: AtomicUsize::new(0),
            limit,
            used_at: AtomicI64::new(time::now()),
        })
    }

    /// Enters.
    pub fn enter(self: &Arc<Self>) -> Result<Permit, Refused> {
        let entered = self
            .inside
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |inside| {
                (inside < self.limit).then_some(inside + 1)
            });
        match entered {
            Ok(_) => {
                self.used_at.store(time::now(), Ordering::Relaxed);
                Ok(Permit(self.clone()))
            }
            Err(inside) if inside >= CLOSED => Err(Refused::Closed),
            Err(_) => Err(Refused::Full),
        }
    }

    /// Closes the gate if nobody is inside. Returns whether it did.
    pub fn close_if_idle(&self) -> bool {
        self.inside
            .compare_exchange(0, CLOSED, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// Opens a gate that was closed.
    pub fn reopen(&self) {
        self.inside.store(0, Ordering::Release);
    }

    /// Whether nobody is inside.
    pub fn is_idle(&self) -> bool {
        matches!(self.inside.load(Ordering::Acquire), 0 | CLOSED)
    }

    /// When somebody last entered.
    pub fn used_at(&self) -> Millis {
        self.used_at.load(Ordering::Relaxed)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_gate_refuses_until_somebody_leaves() {
        let gate = Gate::new(1);
        let inside = gate.enter().unwrap();
        assert_eq!(gate.enter().unwrap_err(), Refused::Full);
        assert!(!gate.close_if_idle());
        drop(inside);
        assert!(gate.enter().is_ok());
    }

    #[test]
    fn a_closed_gate_stays_closed() {
        let gate = Gate::new(1);
        assert!(gate.close_if_idle());
        assert_eq!(gate.enter().unwrap_err(), Refused::Closed);
    }
}
