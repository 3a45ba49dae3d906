//! How fast one sender may say something, and how soon the same again.

use crate::domain::message::Draft;
use crate::domain::time::Millis;
use crate::domain::{AccountId, ConversationId};
use crate::error::ErrorKind;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

/// How much is remembered before what is out of date is forgotten.
const MOST: usize = 100_000;

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

#[derive(Default)]
struct Said {
    last: HashMap<AccountId, Millis>,
    same: HashMap<(AccountId, ConversationId, u64), Millis>,
}

impl Pace {
    /// Notes a message, or says that it comes too soon. A refused one is not noted.
    pub fn check(
        &self,
        sender: AccountId,
        place: ConversationId,
        draft: &Draft,
        intervals: Intervals,
        now: Millis,
    ) -> Result<(), ErrorKind> {
        let Intervals { any, same } = intervals;
        if any == 0 && same == 0 {
            return Ok(());
        }
        let key = (sender, place, digest(draft));
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let too_soon = |at: Option<&Millis>, interval| at.is_some_and(|at| now - at < interval);
        if too_soon(said.last.get(&sender), any) {
            return Err(ErrorKind::TooFast);
        }
        if too_soon(said.same.get(&key), same) {
            return Err(ErrorKind::Repeated);
        }
        if said.last.len() + said.same.len() > MOST {
            said.last.retain(|_, at| now - *at < any);
            said.same.retain(|_, at| now - *at < same);
        }
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
        Draft {
            dialect: Dialect::Freeim,
            word: "text".to_owned(),
            content,
            raw: None,
            sealed: false,
        }
    }

    const ME: AccountId = AccountId(1);
    const HERE: ConversationId = ConversationId(1);

    #[test]
    fn a_sender_waits_between_two_messages() {
        let pace = Pace::default();
        let limits = Intervals { any: 1000, same: 0 };
        let say = |text, now| pace.check(ME, HERE, &draft(text), limits, now);
        assert_eq!(say("a", 0), Ok(()));
        assert_eq!(say("b", 999), Err(ErrorKind::TooFast));
        assert_eq!(say("b", 1000), Ok(()));
    }

    #[test]
    fn the_same_words_wait_longer_but_only_in_the_same_place() {
        let pace = Pace::default();
        let limits = Intervals { any: 0, same: 5000 };
        let say =
            |text, place, now| pace.check(ME, ConversationId(place), &draft(text), limits, now);
        assert_eq!(say("a", 1, 0), Ok(()));
        assert_eq!(say("b", 1, 1), Ok(()));
        assert_eq!(say("a", 2, 2), Ok(()));
        assert_eq!(say("a", 1, 4999), Err(ErrorKind::Repeated));
        assert_eq!(say("a", 1, 5000), Ok(()));
    }
}
