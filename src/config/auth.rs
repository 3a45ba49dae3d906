//! Proof of who somebody is.

use super::key::section;
use super::mask;
use super::problem::Faults;

section! {
    /// Proof of who somebody is.
    Auth {
        /// Work per password hash, 4 to 31; each step doubles it. At 10 a login costs about 70 ms of a core.
        bcrypt_cost: u32 = 10;
        /// Passwords hashed at the same time. 0: one per processor core.
        bcrypt_threads: usize = 0;
        /// Seconds until a token that is not used expires.
        token_seconds: u64 = 604_800;
        /// When set, every e-mail, SMS and image code is this one. For tests only.
        fixed_code: String = String::new() => mask::whole;
    }
}

impl Auth {
    pub(super) fn check(&self, faults: &mut Faults) {
        faults.unless(
            (4..=31).contains(&self.bcrypt_cost),
            "auth.bcrypt_cost",
            "must be from 4 to 31",
        );
        faults.zero("auth.token_seconds", self.token_seconds);
        let plain = self.fixed_code.len() <= 8
            && self.fixed_code.chars().all(|c| c.is_ascii_alphanumeric());
        faults.unless(
            plain,
            "auth.fixed_code",
            "must be at most 8 letters or digits",
        );
    }
}
