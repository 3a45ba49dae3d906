//! The letters under which names stand in an address book, and their order there (contract, operation 17).

use crate::domain::AccountId;
use pinyin::ToPinyin;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// The letter of names that begin with none.
const NONE: char = '#';

/// The letter under which a name stands: of its first character, or of how that is read in Mandarin.
pub fn initial(name: &str) -> char {
    let first = name.trim_start().chars().next();
    let letter = first.and_then(|first| match first.to_pinyin() {
        Some(read) => read.plain().chars().next(),
        None => Some(first),
    });
    let letter = letter.filter(char::is_ascii_alphabetic);
    letter.map_or(NONE, |letter| letter.to_ascii_uppercase())
}

/// A text by which names are sorted as they are read.
fn reading(name: &str) -> String {
    let mut reading = String::with_capacity(name.len() * 2);
    for c in name.trim_start().chars() {
        match c.to_pinyin() {
            Some(read) => reading.push_str(read.plain()),
            None => reading.extend(c.to_lowercase()),
        }
    }
    reading
}

/// Accounts under the letters of their names: A to Z, then the others; by name under each letter.
pub struct Book<T>(Vec<(char, Vec<(AccountId, T)>)>);

impl<T> Book<T> {
    /// The book of some accounts with their names and what is shown of them.
    pub fn new(accounts: impl IntoIterator<Item = (AccountId, String, T)>) -> Self {
        let mut letters: BTreeMap<(bool, char), Vec<_>> = BTreeMap::new();
        for (account, name, shown) in accounts {
            let letter = initial(&name);
            let entry = (reading(&name), account, shown);
            letters
                .entry((letter == NONE, letter))
                .or_default()
                .push(entry);
        }
        let sorted = letters.into_iter().map(|((_, letter), mut entries)| {
            entries.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
            let entries = entries.into_iter();
            (
                letter,
                entries
                    .map(|(_, account, shown)| (account, shown))
                    .collect(),
            )
        });
        Self(sorted.collect())
    }

    /// Whether nobody is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// An entry and its letter.
#[derive(Serialize)]
struct Entry<'a, T> {
    #[serde(flatten)]
    shown: &'a T,
    initials: char,
}

/// What stands under one letter.
struct Letter<'a, T>(char, &'a [(AccountId, T)]);

impl<T: Serialize> Serialize for Letter<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(initials, entries) = *self;
        let entries = entries.iter();
        serializer
            .collect_map(entries.map(|(account, shown)| (account.0, Entry { shown, initials })))
    }
}

/// A map of letters to maps of ids, which is an empty list if there is nothing in it.
impl<T: Serialize> Serialize for Book<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_empty() {
            return [(); 0].serialize(serializer);
        }
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (letter, entries) in &self.0 {
            map.serialize_entry(letter, &Letter(*letter, entries))?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_stands_under_the_letter_it_is_read_with() {
        let cases = [
            ("Lily", 'L'),
            ("bob", 'B'),
            ("张三", 'Z'),
            ("安心", 'A'),
            ("  陈", 'C'),
            ("007", '#'),
            ("", '#'),
            ("Éric", '#'),
            ("😀", '#'),
            ("ひと", '#'),
        ];
        for (name, letter) in cases {
            assert_eq!(initial(name), letter, "{name}");
        }
    }

    #[test]
    fn a_book_is_sorted_by_letter_and_name() {
        let names = [
            (5, "赵六"),
            (4, "张三"),
            (3, "1st"),
            (2, "zebra"),
            (9, "Ann"),
            (1, "张三"),
        ];
        let book = Book::new(
            names.map(|(id, name)| (AccountId(id), name.to_owned(), json!({ "uid": id }))),
        );
        assert_eq!(
            serde_json::to_string(&book).unwrap(),
            concat!(
                r#"{"A":{"9":{"uid":9,"initials":"A"}},"#,
                r#""Z":{"2":{"uid":2,"initials":"Z"},"1":{"uid":1,"initials":"Z"},"#,
                r##""4":{"uid":4,"initials":"Z"},"5":{"uid":5,"initials":"Z"}},"##,
                r##""#":{"3":{"uid":3,"initials":"#"}}}"##,
            )
        );
    }

    #[test]
    fn an_empty_book_is_an_empty_list() {
        let book = Book::<()>::new([]);
        assert_eq!(serde_json::to_string(&book).unwrap(), "[]");
    }
}
