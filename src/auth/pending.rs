//! Codes that have been given out and wait for their answer.

use crate::error::{Error, ErrorKind, Result};
use moka::ops::compute::Op;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use std::hash::Hash;
use std::time::Duration;

/// How long a code is good.
const LIFETIME: Duration = Duration::from_secs(5 * 60);
/// Codes that may wait at a time; beyond that the oldest is forgotten.
const CODES: u64 = 32_768;

/// The waiting codes of one kind.
pub(super) struct Pending<K> {
    codes: Cache<K, Code>,
    tries: u32,
}

#[derive(Clone)]
struct Code {
    answer: String,
    expires: i64,
    wrong: u32,
}

impl<K: Hash + Eq + Send + Sync + 'static> Pending<K> {
    /// Codes that die with so many wrong answers.
    pub(super) fn new(tries: u32) -> Self {
        let codes = Cache::builder()
            .max_capacity(CODES)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(LIFETIME)
            .build();
        Self { codes, tries }
    }

    /// Remembers a code, in place of an earlier one under the same key.
    pub(super) fn put(&self, key: K, answer: String, now: i64) {
        let code = Code {
            answer,
            expires: now.saturating_add(LIFETIME.as_millis() as i64),
            wrong: 0,
        };
        self.codes.insert(key, code);
    }

    /// Takes the code away if the answer is right or the last that was allowed.
    ///
    /// # Errors
    /// `CodeExpired` when no code waits under the key, `CodeWrong` for a wrong answer.
    pub(super) fn check(&self, key: K, answer: &str, now: i64) -> Result<()> {
        self.check_within(self.tries, key, answer, now)
    }

    /// The same, with another number of wrong answers after which the code is taken away.
    pub(super) fn check_within(&self, tries: u32, key: K, answer: &str, now: i64) -> Result<()> {
        let mut verdict = Err(ErrorKind::CodeExpired);
        self.codes.entry(key).and_compute_with(|entry| {
            let code = entry.map(moka::Entry::into_value);
            let Some(mut code) = code.filter(|code| now < code.expires) else {
                return Op::Remove;
            };
            if code.answer == answer {
                verdict = Ok(());
                return Op::Remove;
            }
            verdict = Err(ErrorKind::CodeWrong);
            code.wrong += 1;
            if code.wrong < tries {
                Op::Put(code)
            } else {
                Op::Remove
            }
        });
        verdict.map_err(Error::from)
    }

    /// Takes the code away.
    pub(super) fn forget(&self, key: &K) {
        self.codes.invalidate(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ErrorKind::{CodeExpired, CodeWrong};

    const LAST: i64 = 299_999;

    fn pending() -> Pending<&'static str> {
        let pending = Pending::new(3);
        pending.put("a", "1234".into(), 0);
        pending
    }

    fn verdict(pending: &Pending<&'static str>, answer: &str, now: i64) -> Option<ErrorKind> {
        pending.check("a", answer, now).err().map(|e| e.kind())
    }

    #[test]
    fn a_code_is_good_once() {
        let pending = pending();
        assert_eq!(verdict(&pending, "1234", LAST), None);
        assert_eq!(verdict(&pending, "1234", LAST), Some(CodeExpired));
    }

    #[test]
    fn a_code_expires_after_five_minutes() {
        assert_eq!(verdict(&pending(), "1234", LAST + 1), Some(CodeExpired));
    }

    #[test]
    fn wrong_answers_leave_a_code_alive_until_the_last_try() {
        let pending = pending();
        assert_eq!(verdict(&pending, "", 0), Some(CodeWrong));
        assert_eq!(verdict(&pending, "4321", 0), Some(CodeWrong));
        assert_eq!(verdict(&pending, "1234", 0), None);

        pending.put("a", "1234".into(), 0);
        let verdicts = ["0", "1", "2", "1234"].map(|answer| verdict(&pending, answer, 0));
        let wrong = Some(CodeWrong);
        assert_eq!(verdicts, [wrong, wrong, wrong, Some(CodeExpired)]);
    }

    #[test]
    fn a_new_code_replaces_the_old_one() {
        let pending = pending();
        pending.put("a", "9999".into(), 0);
        assert_eq!(verdict(&pending, "1234", 0), Some(CodeWrong));
        assert_eq!(verdict(&pending, "9999", 0), None);
    }

    #[test]
    fn a_forgotten_code_is_gone() {
        let pending = pending();
        pending.forget(&"a");
        assert_eq!(verdict(&pending, "1234", 0), Some(CodeExpired));
    }
}
