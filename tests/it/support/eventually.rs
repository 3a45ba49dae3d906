//! The one way to wait for what no answer announces.

use std::future::Future;
use std::panic::Location;
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_millis(10);
/// How long anything may take to become true.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until the condition holds; fails the test, naming the caller, when it never does.
#[track_caller]
pub fn eventually(mut holds: impl AsyncFnMut() -> bool) -> impl Future<Output = ()> {
    let caller = Location::caller();
    async move {
        let deadline = Instant::now() + PATIENCE;
        while !holds().await {
            assert!(
                Instant::now() < deadline,
                "what is waited for at {caller} does not happen"
            );
            tokio::time::sleep(EVERY).await;
        }
    }
}
