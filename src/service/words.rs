//! Words that may not be said: found in whatever case, the leftmost first, the longest of those.

use crate::error::{Error, Result};
use aho_corasick::{AhoCorasick, MatchKind};
use std::borrow::Cow;
use std::str::Chars;

/// A list of words and what is put in the place of each.
#[derive(Debug, Clone)]
pub struct WordFilter {
    matcher: AhoCorasick,
    replacement: String,
}

impl WordFilter {
    /// A filter for `words`; empty ones are skipped. Fails only when there are millions of them.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>, replacement: &str) -> Result<Self> {
        let words = words
            .into_iter()
            .filter(|word| !word.is_empty())
            .map(folded);
        let matcher = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(words)
            .map_err(Error::internal)?;
        Ok(Self {
            matcher,
            replacement: replacement.to_owned(),
        })
    }

    /// Whether the text holds one of the words.
    pub fn hits(&self, text: &str) -> bool {
        !self.is_empty() && self.matcher.is_match(&folded(text))
    }

    /// The text with one replacement for each word in it.
    pub fn replace<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.rewrite(text, |out, _| out.push_str(&self.replacement))
    }

    /// The text with an asterisk for each character of the words in it.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.rewrite(text, |out, word| {
            out.extend(word.chars().map(|_| '*'));
        })
    }

    fn rewrite<'a>(&self, text: &'a str, write: impl Fn(&mut String, &str)) -> Cow<'a, str> {
        if self.is_empty() {
            return Cow::Borrowed(text);
        }
        let folded = folded(text);
        let mut place = Place::start_of(text);
        let mut out = String::new();
        let mut done = 0;
        for found in self.matcher.find_iter(&folded) {
            let start = place.of(found.start());
            out.push_str(&text[done..start]);
            done = place.of(found.end());
            write(&mut out, &text[start..done]);
        }
        if done == 0 {
            return Cow::Borrowed(text);
        }
        out.push_str(&text[done..]);
        Cow::Owned(out)
    }

    fn is_empty(&self) -> bool {
        self.matcher.patterns_len() == 0
    }
}

/// The character by which another and its other case are compared. One for one, so that places can be told again.
fn fold(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn folded(text: &str) -> String {
    text.chars().map(fold).collect()
}

/// Walks a text and its folded form side by side: a character and its lower case may differ in bytes.
struct Place<'a> {
    rest: Chars<'a>,
    original: usize,
    folded: usize,
}

impl<'a> Place<'a> {
    fn start_of(text: &'a str) -> Self {
        Self {
            rest: text.chars(),
            original: 0,
            folded: 0,
        }
    }

    /// The place in the original of a place in the folded text. Places must be asked for in ascending order.
    fn of(&mut self, folded: usize) -> usize {
        while self.folded < folded {
            let Some(c) = self.rest.next() else { break };
            self.original += c.len_utf8();
            self.folded += fold(c).len_utf8();
        }
        self.original
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn filter(words: &[&str]) -> WordFilter {
        WordFilter::new(words.iter().copied(), "??").unwrap()
    }

    #[test]
    fn each_word_is_replaced_once_whatever_its_case() {
        let filter = filter(&["bad", "ÄRGER"]);
        assert_eq!(
            filter.replace("Bad day, BAD night, ärger!"),
            "?? day, ?? night, ??!"
        );
        assert!(filter.hits("so BaD"));
        assert!(!filter.hits("so good"));
    }

    #[test]
    fn the_longest_word_wins_at_the_leftmost_place() {
        let filter = filter(&["赌", "赌博", "博彩"]);
        assert_eq!(filter.replace("网上赌博彩票"), "网上??彩票");
    }

    #[test]
    fn characters_whose_lower_case_is_shorter_do_not_shift_what_follows() {
        // The Kelvin sign takes three bytes, its lower case `k` one; dotted capital I has no single lower case.
        let filter = filter(&["kk", "x"]);
        assert_eq!(
            filter.replace("\u{212A}\u{212A}é\u{130}xé"),
            "??é\u{130}??é"
        );
    }

    #[test]
    fn a_mask_has_as_many_characters_as_the_word() {
        let filter = filter(&["赌博", "bad"]);
        assert_eq!(filter.mask("网上赌博 is BAD."), "网上** is ***.");
        assert!(matches!(filter.mask("fine"), Cow::Borrowed("fine")));
    }

    #[test]
    fn a_text_without_such_words_is_left_alone() {
        assert!(matches!(
            filter(&["bad"]).replace("fine"),
            Cow::Borrowed("fine")
        ));
        assert!(matches!(
            filter(&[""]).replace("fine"),
            Cow::Borrowed("fine")
        ));
    }

    proptest! {
        #[test]
        fn any_text_can_be_searched(text in ".*", word in ".{1,3}") {
            let filter = filter(&[&word]);
            prop_assert_eq!(filter.hits(&text), matches!(filter.replace(&text), Cow::Owned(_)));
        }
    }
}
