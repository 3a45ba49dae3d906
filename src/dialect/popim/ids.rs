//! The numbers by which people know each other. They tell nothing of who registered when, and nothing is stored for them.

use crate::domain::AccountId;

/// The first number of seven digits, and how many there are.
const FIRST: i64 = 1_000_000;
const COUNT: i64 = 9_000_000;
/// Neighbours get numbers this far apart. It has no factor in common with [`COUNT`].
const STEP: i64 = 5_562_307;
/// The step that leads back: `STEP * BACK` is 1 modulo [`COUNT`].
const BACK: i64 = inverse(STEP, COUNT);
/// What the first account's number is moved by.
const SHIFT: i64 = 3_141_592;

/// The number of an account: seven digits for the first nine million accounts, the id of those after them.
pub fn number_of(account: AccountId) -> i64 {
    let place = account.0 - AccountId::FIRST.0;
    if (0..COUNT).contains(&place) {
        FIRST + (place * STEP + SHIFT) % COUNT
    } else {
        account.0
    }
}

/// The account with a number, if there can be one.
pub fn account_of(number: i64) -> Option<AccountId> {
    let place = number.checked_sub(FIRST)?;
    let id = if (0..COUNT).contains(&place) {
        AccountId::FIRST.0 + (place + COUNT - SHIFT) * BACK % COUNT
    } else if number >= AccountId::FIRST.0 + COUNT {
        number
    } else {
        return None;
    };
    AccountId::holds(id).then_some(AccountId(id))
}

/// The inverse of `a` modulo `m` by Euclid.
const fn inverse(a: i64, m: i64) -> i64 {
    let (mut r, mut next_r) = (m, a);
    let (mut t, mut next_t) = (0, 1);
    while next_r != 0 {
        let q = r / next_r;
        (r, next_r) = (next_r, r - q * next_r);
        (t, next_t) = (next_t, t - q * next_t);
    }
    t.rem_euclid(m)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_account_has_a_number_of_its_own_and_is_found_by_it() {
        assert_eq!(STEP * BACK % COUNT, 1);
        let mut seen = HashSet::new();
        let first = AccountId::FIRST.0;
        let some = (first..first + 1000)
            .chain(first + COUNT - 1000..first + COUNT + 1000)
            .chain([AccountId::END.0 - 1]);
        for id in some {
            let number = number_of(AccountId(id));
            assert!(seen.insert(number), "{number}");
            assert_eq!(account_of(number), Some(AccountId(id)), "{number}");
        }
    }

    #[test]
    fn the_numbers_of_the_first_accounts_have_seven_digits() {
        for id in AccountId::FIRST.0..AccountId::FIRST.0 + 100 {
            assert_eq!(number_of(AccountId(id)).to_string().len(), 7);
        }
    }

    #[test]
    fn numbers_that_no_account_can_have_find_none() {
        for number in [
            i64::MIN,
            -1,
            0,
            999_999,
            10_000_000,
            AccountId::END.0,
            i64::MAX,
        ] {
            assert_eq!(account_of(number), None, "{number}");
        }
    }
}
