//! The bounded queue of one session. Anybody may push; only the session's own task takes.

use super::envelope::{Envelope, SessionId};
use super::transport::link::Cutter;
pub use super::wire::Farewell;
use crate::domain::{AccountId, Device, DeviceKind};
use futures_util::Stream;
use futures_util::task::AtomicWaker;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll};

/// How much an outbox holds.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Frames.
    pub frames: usize,
    /// Bytes, estimated.
    pub bytes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// The session reads what it missed from the store; `lapsed` when something did not fit meanwhile.
    CatchingUp {
        lapsed: bool,
    },
    Live,
    Closed(Farewell),
}

/// What came of queueing an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queued {
    /// The session is told otherwise, or not at all.
    Nothing,
    /// There is room for more.
    Calm,
    /// There is not much room left.
    Filling,
}

struct State {
    mode: Mode,
    queue: VecDeque<Arc<Envelope>>,
    bytes: usize,
}

/// The queue of one session.
pub struct Outbox {
    /// Which session.
    pub session: SessionId,
    account: OnceLock<AccountId>,
    device: OnceLock<Device>,
    limits: Limits,
    state: Mutex<State>,
    waker: AtomicWaker,
    cutter: Arc<Cutter>,
    /// For the publisher alone: when it last woke the session, and whether it is about to.
    pub(super) rhythm: Rhythm,
}

/// When a session was last woken by the publisher.
#[derive(Default)]
pub(super) struct Rhythm {
    /// Milliseconds since the publisher began.
    pub(super) woken: AtomicU64,
    /// On the publisher's list of sessions to wake.
    pub(super) waiting: AtomicBool,
}

impl Outbox {
    /// An empty outbox of a session that is still catching up.
    pub fn new(
        session: SessionId,
        account: Option<AccountId>,
        device: Option<Device>,
        limits: Limits,
        cutter: Arc<Cutter>,
    ) -> Self {
        let state = State {
            mode: Mode::CatchingUp { lapsed: false },
            queue: VecDeque::new(),
            bytes: 0,
        };
        Self {
            session,
            account: account.map(OnceLock::from).unwrap_or_default(),
            device: device.map(OnceLock::from).unwrap_or_default(),
            limits,
            state: Mutex::new(state),
            waker: AtomicWaker::new(),
            rhythm: Rhythm::default(),
            cutter,
        }
    }

    /// Whose session, once that is known.
    pub fn account(&self) -> Option<AccountId> {
        self.account.get().copied()
    }

    /// What it comes from, where the dialect knows.
    pub fn device(&self) -> Option<&Device> {
        self.device.get()
    }

    /// Notes whose session it is, for good. Whether it was nobody's.
    pub(super) fn identify(&self, account: AccountId, device: Option<Device>) -> bool {
        if let Some(device) = device {
            let _ = self.device.set(device);
        }
        self.account.set(account).is_ok()
    }

    /// The kind of device it comes from.
    pub fn kind(&self) -> Option<DeviceKind> {
        self.device().map(|device| device.kind)
    }

    /// Queues an envelope and wakes the session. A live session whose outbox is full is ended at once: it will find in the
    /// store what it missed.
    pub fn push(&self, envelope: &Arc<Envelope>) {
        if self.queue(envelope) != Queued::Nothing {
            self.wake();
        }
    }

    /// Queues an envelope without waking the session, which [`Outbox::wake`] must do soon.
    pub fn queue(&self, envelope: &Arc<Envelope>) -> Queued {
        let mut state = self.lock();
        let room = self.limits.bytes.max(envelope.weight());
        let full =
            state.queue.len() >= self.limits.frames || state.bytes + envelope.weight() > room;
        match state.mode {
            Mode::Closed(_) | Mode::CatchingUp { lapsed: true } => return Queued::Nothing,
            Mode::CatchingUp { .. } if full => {
                state.clear();
                state.mode = Mode::CatchingUp { lapsed: true };
                return Queued::Nothing;
            }
            Mode::Live if full => {
                drop(state);
                self.close(Farewell::TooSlow);
                return Queued::Nothing;
            }
            _ => {}
        }
        state.bytes += envelope.weight();
        state.queue.push_back(envelope.clone());
        let filling = state.queue.len() > self.limits.frames / 2 || state.bytes > room / 2;
        if filling {
            Queued::Filling
        } else {
            Queued::Calm
        }
    }

    /// Lets the session take what is queued.
    pub fn wake(&self) {
        self.waker.wake();
    }

    /// Ends the session. A peer too slow to be told is cut off.
    pub fn close(&self, farewell: Farewell) {
        let mut state = self.lock();
        if matches!(state.mode, Mode::Closed(_)) {
            return;
        }
        state.clear();
        state.mode = Mode::Closed(farewell);
        drop(state);
        self.waker.wake();
        if farewell == Farewell::TooSlow {
            self.cutter.cut();
        }
    }

    /// Why the session was ended, if it was.
    pub fn farewell(&self) -> Option<Farewell> {
        match self.lock().mode {
            Mode::Closed(farewell) => Some(farewell),
            _ => None,
        }
    }

    /// Switches from catching up to live. False when something did not fit meanwhile: read the store once more.
    pub fn go_live(&self) -> bool {
        let mut state = self.lock();
        match state.mode {
            Mode::CatchingUp { lapsed: true } => {
                state.mode = Mode::CatchingUp { lapsed: false };
                false
            }
            Mode::CatchingUp { lapsed: false } => {
                state.mode = Mode::Live;
                drop(state);
                self.waker.wake();
                true
            }
            Mode::Live | Mode::Closed(_) => true,
        }
    }

    /// The connection the session runs on, to cut it from outside.
    pub fn cutter(&self) -> &Cutter {
        &self.cutter
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic between two assignments leaves nothing worse than a wrong byte count.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poll_take(&self, cx: &mut Context<'_>) -> Poll<Option<Vec<Arc<Envelope>>>> {
        self.waker.register(cx.waker());
        let mut state = self.lock();
        match state.mode {
            Mode::Closed(_) => Poll::Ready(None),
            Mode::Live if !state.queue.is_empty() => Poll::Ready(Some(state.take())),
            _ => Poll::Pending,
        }
    }
}

impl State {
    fn clear(&mut self) {
        self.queue = VecDeque::new();
        self.bytes = 0;
    }

    fn take(&mut self) -> Vec<Arc<Envelope>> {
        self.bytes = 0;
        std::mem::take(&mut self.queue).into()
    }
}

/// What a live session is to be told, all that is queued at a time; ends when the session is to end.
pub struct Outgoing(pub Arc<Outbox>);

impl Stream for Outgoing {
    type Item = Vec<Arc<Envelope>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_take(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Event;
    use futures_util::{FutureExt, StreamExt};

    fn outbox(frames: usize) -> Arc<Outbox> {
        with_limits(Limits {
            frames,
            bytes: 1 << 20,
        })
    }

    fn with_limits(limits: Limits) -> Arc<Outbox> {
        Arc::new(Outbox::new(
            SessionId(1),
            Some(AccountId(1)),
            None,
            limits,
            Arc::default(),
        ))
    }

    fn envelope() -> Arc<Envelope> {
        Arc::new(Envelope::new(
            Event::Presence {
                account: AccountId(2),
                online: true,
                kind: None,
                main: None,
                alone: true,
            },
            0,
        ))
    }

    #[test]
    fn a_full_live_outbox_ends_its_session_and_cuts_the_link() {
        let outbox = outbox(2);
        assert!(outbox.go_live());
        (0..3).for_each(|_| outbox.push(&envelope()));
        assert_eq!(outbox.farewell(), Some(Farewell::TooSlow));
        assert!(outbox.cutter().is_cut());
        assert!(matches!(Outgoing(outbox).next().now_or_never(), Some(None)));
    }

    #[test]
    fn what_does_not_fit_while_catching_up_is_read_from_the_store_again() {
        let outbox = outbox(2);
        (0..3).for_each(|_| outbox.push(&envelope()));
        assert_eq!(outbox.farewell(), None);
        assert!(!outbox.go_live());
        assert!(outbox.go_live());
    }

    #[test]
    fn nothing_is_handed_out_before_the_session_is_live() {
        let outbox = outbox(2);
        outbox.push(&envelope());
        let mut outgoing = Outgoing(outbox.clone());
        assert_eq!(
            outgoing.next().now_or_never().map(|b| b.map(|b| b.len())),
            None
        );
        assert!(outbox.go_live());
        assert_eq!(
            outgoing.next().now_or_never().map(|b| b.map(|b| b.len())),
            Some(Some(1))
        );
    }

    #[test]
    fn what_nobody_takes_is_held_up_to_the_limits_and_let_go_when_it_is_more() {
        let weight = envelope().weight();
        for (frames, bytes, most) in [
            (4, 1 << 20, 4),
            (100, 4 * weight, 4),
            (100, 5 * weight - 1, 4),
            // One is let in however long it is.
            (100, 1, 1),
        ] {
            for live in [false, true] {
                let outbox = with_limits(Limits { frames, bytes });
                if live {
                    assert!(outbox.go_live());
                }
                let envelopes: Vec<_> = (0..40).map(|_| envelope()).collect();
                let held = || {
                    let held = envelopes.iter().filter(|e| Arc::strong_count(e) > 1);
                    held.count()
                };
                let mut peak = 0_usize;
                for envelope in &envelopes {
                    outbox.push(envelope);
                    peak = peak.max(held());
                }
                assert_eq!(
                    (peak, held()),
                    (most, 0),
                    "{frames} frames, {bytes} bytes, live: {live}"
                );
            }
        }
    }
}
