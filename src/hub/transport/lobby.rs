//! Where a connection waits that has not yet said whose it is. It holds no place on anybody's list and is let go in good time.

use super::link::Cutter;
use crate::domain::time;
use crate::hub::Hub;
use crate::hub::envelope::Frame;
use crate::hub::session::Session;
use crate::hub::wire::{Greeter, Greeting, Guest};
use std::sync::Arc;
use std::time::Instant;

/// A connection before its session.
pub(super) struct Lobby {
    hub: Hub,
    cutter: Arc<Cutter>,
    greeter: Box<dyn Greeter>,
    since: Instant,
}

impl Lobby {
    pub(super) fn new(hub: Hub, cutter: Arc<Cutter>, greeter: Box<dyn Greeter>) -> Self {
        Self {
            hub,
            cutter,
            greeter,
            since: Instant::now(),
        }
    }

    /// Comes back when the peer has had its time, or the node stops.
    pub(super) fn closes(&self) -> impl Future<Output = ()> + use<> {
        let (stopping, patience) = (self.hub.stopping(), self.greeter.patience());
        async move {
            let _ = tokio::time::timeout(patience, stopping).await;
        }
    }

    /// Takes what the peer says of itself. A proof is given no more than the rest of the peer's time.
    pub(super) fn greet(&mut self, message: &Frame) -> Greeting {
        match self.greeter.greet(message, time::now()) {
            Greeting::Proving(proof) => {
                let patience = self.greeter.patience();
                let rest = patience.saturating_sub(self.since.elapsed());
                let proof = tokio::time::timeout(rest, proof);
                Greeting::Proving(Box::pin(async { proof.await.unwrap_or(Err(None)) }))
            }
            greeting => greeting,
        }
    }

    /// The session of a peer that has proved its login, and what it sent since.
    pub(super) fn admit(&self, guest: Guest) -> (Session, Option<Frame>) {
        let Guest {
            account,
            device,
            wire,
            commands,
            rest,
        } = guest;
        let (hub, cutter) = (self.hub.clone(), self.cutter.clone());
        let session = Session::new(hub, Some(account), Some(device), wire, commands, cutter);
        (session, rest)
    }
}
