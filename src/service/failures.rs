//! Wrong passwords in a row. In memory only: a restart forgives them.

use crate::domain::AccountId;
use crate::error::ErrorKind;
use moka::Entry;
use moka::ops::compute::{CompResult, Op};
use moka::sync::Cache;
use std::time::Duration;

/// How long an account has to wait after the last wrong password that was allowed.
const PAUSE: Duration = Duration::from_secs(30 * 60);
/// How many accounts are remembered.
const ACCOUNTS: u64 = 100_000;

/// How often in a row the password of each account was wrong.
pub struct Failures(Cache<AccountId, i64>);

impl Default for Failures {
    fn default() -> Self {
        Self(
            Cache::builder()
                .max_capacity(ACCOUNTS)
                .time_to_live(PAUSE)
                .build(),
        )
    }
}

impl Failures {
    /// Takes one of the `limit` tries an account has; a limit of 0 is none. A try is taken before the password is looked at, so
    /// that many at the same time are no more than many in turn; [`Failures::clear`] or [`Failures::give_back`] returns it.
    pub fn take(&self, account: AccountId, limit: i64) -> Result<(), ErrorKind> {
        if limit <= 0 {
            return Ok(());
        }
        let taken = self.0.entry(account).and_compute_with(|entry| {
            let taken = entry.map_or(0, Entry::into_value);
            if taken < limit {
                Op::Put(taken + 1)
            } else {
                Op::Nop
            }
        });
        match taken {
            CompResult::Unchanged(_) => Err(ErrorKind::LoginsExhausted),
            _ => Ok(()),
        }
    }

    /// Returns a try at which no password was looked at.
    pub fn give_back(&self, account: AccountId) {
        self.0
            .entry(account)
            .and_compute_with(|entry| match entry.map_or(0, Entry::into_value) {
                ..=1 => Op::Remove,
                taken => Op::Put(taken - 1),
            });
    }

    /// Forgives everything: the password was right, or is another one now.
    pub fn clear(&self, account: AccountId) {
        self.0.invalidate(&account);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: AccountId = AccountId::FIRST;

    #[test]
    fn an_account_has_so_many_tries_and_no_more() {
        let failures = Failures::default();
        let tries = [(); 3].map(|()| failures.take(ME, 2));
        assert_eq!(tries, [Ok(()), Ok(()), Err(ErrorKind::LoginsExhausted)]);
        assert_eq!(failures.take(AccountId(ME.0 + 1), 2), Ok(()));
    }

    #[test]
    fn a_right_password_forgives_the_wrong_ones() {
        let failures = Failures::default();
        assert_eq!(failures.take(ME, 1), Ok(()));
        failures.clear(ME);
        assert_eq!(failures.take(ME, 1), Ok(()));
    }

    #[test]
    fn a_try_without_a_verdict_does_not_count() {
        let failures = Failures::default();
        for _ in 0..3 {
            assert_eq!(failures.take(ME, 1), Ok(()));
            failures.give_back(ME);
        }
    }

    #[test]
    fn without_a_limit_nothing_is_counted() {
        let failures = Failures::default();
        assert!((0..100).all(|_| failures.take(ME, 0).is_ok()));
        assert_eq!(failures.take(ME, 1), Ok(()));
    }
}
