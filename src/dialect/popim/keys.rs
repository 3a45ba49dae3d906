//! The keys of the push service that no operator has chosen: made of the installation's secret, so that they stay the same for
//! as long as that does.

use crate::config::Popim;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};
use std::fmt::Write;

/// Hexadecimal digits of a key that everybody may know, as many as the product's have.
const KEY: usize = 32;
/// Those of the secret.
const SECRET: usize = 64;

/// Puts a key where the configuration has none.
pub fn complete(popim: &mut Popim, secret: &[u8]) {
    let keys = [
        (&mut popim.app_key, "app key", KEY),
        (&mut popim.woker_key, "woker key", KEY),
        (&mut popim.app_secret, "app secret", SECRET),
    ];
    for (key, name, digits) in keys {
        if key.is_empty() {
            *key = made(secret, name, digits);
        }
    }
}

/// At most 64 digits that tell nothing of the secret or of what is made with another name.
fn made(secret: &[u8], name: &str, digits: usize) -> String {
    let key = Sha512::new_with_prefix("popim").chain_update(secret);
    let mac: Hmac<Sha256> = KeyInit::new(&key.finalize());
    let bytes = mac.chain_update(name).finalize().into_bytes();
    let half = bytes.iter().take(digits / 2);
    half.fold(String::with_capacity(digits), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(mut popim: Popim, secret: &[u8]) -> Popim {
        complete(&mut popim, secret);
        popim
    }

    #[test]
    fn keys_that_are_missing_are_made_and_stay_the_same() {
        let made = completed(Popim::default(), b"secret");
        assert_eq!(made.app_key.len(), KEY);
        assert_eq!(made.woker_key.len(), KEY);
        assert_eq!(made.app_secret.len(), SECRET);
        assert_ne!(made.app_key, made.woker_key);
        assert!(!made.app_secret.starts_with(&made.app_key));
        assert!(made == completed(Popim::default(), b"secret"));
        assert_ne!(made.app_key, completed(Popim::default(), b"other").app_key);
    }

    #[test]
    fn chosen_keys_are_left_alone() {
        let chosen = Popim {
            app_key: "chosen".to_owned(),
            ..Popim::default()
        };
        let completed = completed(chosen, b"secret");
        assert_eq!(completed.app_key, "chosen");
        assert!(!completed.app_secret.is_empty());
    }
}
