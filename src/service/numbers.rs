//! Numbers that only clients heed, kept under names as one text.

use crate::error::{Error, Result};
use std::collections::BTreeMap;

/// How many there are at most in one place.
const MOST: usize = 64;
/// Bytes of a name.
const NAME: usize = 64;

/// Numbers by name.
pub type Numbers = BTreeMap<String, i64>;

/// The numbers in a text.
pub fn read(text: &str) -> Numbers {
    serde_json::from_str(text).unwrap_or_default()
}

/// The text with some numbers changed.
pub(super) fn merged(text: &str, changes: Numbers) -> Result<String> {
    let mut numbers = read(text);
    numbers.extend(changes);
    if numbers.len() > MOST || numbers.keys().any(|name| name.len() > NAME) {
        return Err(Error::invalid(
            "too many settings, or one with too long a name",
        ));
    }
    serde_json::to_string(&numbers).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(named: &[(&str, i64)]) -> Numbers {
        named
            .iter()
            .map(|(name, n)| ((*name).to_owned(), *n))
            .collect()
    }

    #[test]
    fn what_is_not_changed_stays() {
        let first = merged("", numbers(&[("receipt", 1), ("flame", 1)])).unwrap();
        let second = merged(&first, numbers(&[("flame", 0)])).unwrap();
        assert_eq!(read(&second), numbers(&[("receipt", 1), ("flame", 0)]));
    }

    #[test]
    fn there_is_no_end_of_names_nobody_knows() {
        let many = (0..65).map(|n| (n.to_string(), n)).collect();
        assert!(merged("", many).is_err());
        assert!(merged("", numbers(&[(&"x".repeat(65), 1)])).is_err());
    }
}
