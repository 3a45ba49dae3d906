//! How fast one sender may say something, and how soon the same again.

use crate::domain::message::Draft;
use crate::domain::time::Millis;
use crate::domain::{AccountId, ConversationId};
use crate::error::ErrorKind;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How many senders and how many sayings are remembered; beyond that the one unused for longest is forgotten.
const MOST: u64 = 100_000;
/// How long they are remembered at most, which bounds the intervals too.
const LONGEST: Duration = Duration::from_secs(86_400);

/// The shortest times between two messages of one sender, in milliseconds; 0 is no limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Intervals {
    /// Between any two.
    pub any: Millis,
    /// Between two that say the same in the same place.
    pub same: Millis,
}

/// When who last said what.
#[derive(Default)]
pub struct Pace(Mutex<Said>);

struct Said {
    last: Cache<AccountId, Millis>,
    same: Cache<(AccountId, ConversationId, u64), Millis>,
}

impl Default for Said {
    fn default() -> Self {
        Self {
            last: remembered(),
            same: remembered(),
        }
    }
}

fn remembered<K: Hash + Eq + Send + Sync + 'static>() -> Cache<K, Millis> {
    Cache::builder()
        .max_capacity(MOST)
        .eviction_policy(EvictionPolicy::lru())
        .time_to_live(LONGEST)
        .build()
}

impl Pace {
    /// Notes a message, or says that it comes too soon. `verdict` is what else is to be said of it, which counts only if it
    /// comes in time. A refused message is not noted.
    pub fn check(
        &self,
        sender: AccountId,
        place: ConversationId,
        draft: &Draft,
        intervals: Intervals,
        now: Millis,
        verdict: Result<(), ErrorKind>,
    ) -> Result<(), ErrorKind> {
        let Intervals { any, same } = intervals;
        if any == 0 && same == 0 {
            return verdict;
        }
        let key = (sender, place, digest(draft));
        let said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let too_soon = |at: Option<Millis>, interval| at.is_some_and(|at| now - at < interval);
        if too_soon(said.last.get(&sender), any) {
            return Err(ErrorKind::TooFast);
        }
        if too_soon(said.same.get(&key), same) {
            return Err(ErrorKind::Repeated);
        }
        verdict?;
        said.last.insert(sender, now);
        said.same.insert(key, now);
        Ok(())
    }
}

fn digest(draft: &Draft) -> u64 {
    let mut hasher = DefaultHasher::new();
    draft.word.hash(&mut hasher);
    match &draft.raw {
        Some(raw) => raw.hash(&mut hasher),
        None => format!("{:?}", draft.content).hash(&mut hasher),
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Content, Dialect};

    fn draft(text: &str) -> Draft {
        let content = Content::Text {
            text: text.to_owned(),
        };
        Draft::plain(Dialect::Freeim, "text", content)
    }

    const ME: AccountId = AccountId(1);
    const HERE: ConversationId = ConversationId(1);

    #[test]
    fn a_sender_waits_between_two_messages() {
        let pace = Pace::default();
        let limits = Intervals { any: 1000, same: 0 };
        let say = |text, now| pace.check(ME, HERE, &draft(text), limits, now, Ok(()));
        assert_eq!(say("a", 0), Ok(()));
        assert_eq!(say("b", 999), Err(ErrorKind::TooFast));
        assert_eq!(say("b", 1000), Ok(()));
    }

    #[test]
    fn the_same_words_wait_longer_but_only_in_the_same_place() {
        let pace = Pace::default();
        let limits = Intervals { any: 0, same: 5000 };
        let say = |text, place, now| {
            pace.check(ME, ConversationId(place), &draft(text), limits, now, Ok(()))
        };
        assert_eq!(say("a", 1, 0), Ok(()));
        assert_eq!(say("b", 1, 1), Ok(()));
        assert_eq!(say("a", 2, 2), Ok(()));
        assert_eq!(say("a", 1, 4999), Err(ErrorKind::Repeated));
        assert_eq!(say("a", 1, 5000), Ok(()));
    }

    #[test]
    fn a_message_refused_for_what_it_says_does_not_delay_the_next() {
        let pace = Pace::default();
        let limits = Intervals {
            any: 1000,
            same: 5000,
        };
        let say = |now, verdict| pace.check(ME, HERE, &draft("a"), limits, now, verdict);
        let banned = Err(ErrorKind::BannedWords);
        assert_eq!(say(0, banned), banned);
        assert_eq!(say(1, Ok(())), Ok(()));
        assert_eq!(say(2, banned), Err(ErrorKind::TooFast));
        assert_eq!(say(1001, banned), Err(ErrorKind::Repeated));
        assert_eq!(say(5001, banned), banned);
    }
}
