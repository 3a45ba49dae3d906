//! How often a key may do something.

use moka::ops::compute::Op;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use std::hash::Hash;
use std::time::Duration;

/// Keys remembered at a time; beyond that the one unused for longest is forgotten.
const KEYS: u64 = 32_768;
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// Lets each key pass so many times in a window that opens when it first passes.
pub(super) struct Quota<K> {
    limit: u64,
    window: Duration,
    passed: Cache<K, Window>,
}

#[derive(Clone, Copy)]
struct Window {
    opened: i64,
    count: u64,
}

impl<K: Hash + Eq + Send + Sync + 'static> Quota<K> {
    /// A limit of 0 lets everything pass. A window ends after a year at the latest.
    pub(super) fn new(limit: u64, window: Duration) -> Self {
        let window = window.min(LONGEST);
        let passed = Cache::builder()
            .max_capacity(KEYS)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(window)
            .build();
        Self {
            limit,
            window,
            passed,
        }
    }

    /// Whether the key may pass now. Being refused costs nothing.
    pub(super) fn pass(&self, key: K, now: i64) -> bool {
        if self.limit == 0 {
            return true;
        }
        let mut passes = false;
        self.passed.entry(key).and_compute_with(|entry| {
            let open = entry.map(moka::Entry::into_value);
            let window = open.filter(|window| self.is_open(window, now));
            let window = window.unwrap_or(Window {
                opened: now,
                count: 0,
            });
            passes = window.count < self.limit;
            if !passes {
                return Op::Nop;
            }
            Op::Put(Window {
                count: window.count + 1,
                ..window
            })
        });
        passes
    }

    /// Undoes a pass: it counts no more.
    pub(super) fn give_back(&self, key: K) {
        self.passed
            .entry(key)
            .and_compute_with(|entry| match entry.map(moka::Entry::into_value) {
                Some(window) if window.count > 1 => Op::Put(Window {
                    count: window.count - 1,
                    ..window
                }),
                _ => Op::Remove,
            });
    }

    fn is_open(&self, window: &Window, now: i64) -> bool {
        i128::from(now - window.opened) < self.window.as_millis() as i128
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_passes_as_often_as_allowed_and_again_after_the_window() {
        let quota = Quota::new(2, Duration::from_secs(60));
        let passes = [0, 59_999, 59_999, 60_000, 60_001, 60_001].map(|now| quota.pass("a", now));
        assert_eq!(passes, [true, true, false, true, true, false]);
    }

    #[test]
    fn keys_do_not_count_for_each_other() {
        let quota = Quota::new(1, Duration::from_secs(60));
        assert!(quota.pass("a", 0));
        assert!(quota.pass("b", 0));
        assert!(!quota.pass("a", 0));
    }

    #[test]
    fn a_pass_given_back_does_not_count() {
        let quota = Quota::new(1, Duration::from_secs(60));
        for _ in 0..3 {
            assert!(quota.pass("a", 0));
            quota.give_back("a");
        }
        assert!(quota.pass("a", 0) && !quota.pass("a", 0));
    }

    #[test]
    fn a_limit_of_zero_is_off() {
        let quota = Quota::new(0, Duration::ZERO);
        assert!((0..1000).all(|_| quota.pass("a", 0)));
    }
}
