//! Permission to upload, in the shape that clients of the freeim dialect know from a public cloud store (contract,
//! section 5.5): `access key:signature:policy`, the last two in URL-safe Base64.

use crate::error::{Error, ErrorKind, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256, Sha512};

const ACCESS_KEY: &str = "parlance:";
/// What the scope says before the account's id.
const BUCKET: &str = "parlance:";

/// Issues and checks upload tokens.
#[derive(Clone)]
pub struct UploadTokens {
    mac: Hmac<Sha256>,
    seconds: u64,
}

#[derive(Deserialize)]
struct Policy {
    scope: String,
    /// Unix seconds.
    deadline: i64,
}

impl UploadTokens {
    /// Tokens signed with a key made from the secret that are good for so many seconds.
    pub fn new(secret: &[u8], seconds: u64) -> Self {
        // Not the secret itself, which signs login tokens: neither kind can be made into the other.
        let key = Sha512::new_with_prefix("upload").chain_update(secret);
        let mac: Hmac<Sha256> = KeyInit::new(&key.finalize());
        Self { mac, seconds }
    }

    /// A token that lets an account upload. `now` is in Unix milliseconds.
    pub fn issue(&self, account: i64, now: i64) -> String {
        let deadline = now.div_euclid(1000).saturating_add_unsigned(self.seconds);
        let policy = json!({"scope": format!("{BUCKET}{account}"), "deadline": deadline});
        let policy = URL_SAFE.encode(policy.to_string());
        let signature = self.mac.clone().chain_update(&policy).finalize();
        let signature = URL_SAFE.encode(signature.into_bytes());
        format!("{ACCESS_KEY}{signature}:{policy}")
    }

    /// The account that may upload with this token.
    ///
    /// # Errors
    /// `NotLoggedIn` when we did not issue it or it has expired.
    pub fn verify(&self, token: &str, now: i64) -> Result<i64> {
        let account = self.account(token, now);
        account.ok_or_else(|| Error::new(ErrorKind::NotLoggedIn))
    }

    fn account(&self, token: &str, now: i64) -> Option<i64> {
        let (signature, policy) = token.strip_prefix(ACCESS_KEY)?.split_once(':')?;
        let signature = URL_SAFE.decode(signature).ok()?;
        let mac = self.mac.clone().chain_update(policy);
        mac.verify_slice(&signature).ok()?;
        let policy = URL_SAFE.decode(policy).ok()?;
        let policy = serde_json::from_slice::<Policy>(&policy).ok()?;
        let account = policy.scope.strip_prefix(BUCKET)?.parse().ok()?;
        (policy.deadline > now.div_euclid(1000)).then_some(account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_672_000_000_999;
    const ME: i64 = 10_000_000;

    fn tokens() -> UploadTokens {
        UploadTokens::new(b"secret", 3600)
    }

    fn verdict(token: &str, now: i64) -> Result<i64, ErrorKind> {
        tokens().verify(token, now).map_err(|error| error.kind())
    }

    #[test]
    fn a_token_has_the_three_parts_of_the_cloud_store() {
        let token = tokens().issue(ME, NOW);
        let [key, signature, policy] = token.split(':').collect::<Vec<_>>()[..] else {
            panic!("three parts: {token}");
        };
        assert_eq!(key, "parlance");
        assert_eq!(URL_SAFE.decode(signature).unwrap().len(), 32);
        let policy = String::from_utf8(URL_SAFE.decode(policy).unwrap()).unwrap();
        let expected = r#"{"scope":"parlance:10000000","deadline":1672003600}"#;
        assert_eq!(policy, expected);
    }

    #[test]
    fn a_token_names_its_account_until_it_expires() {
        let token = tokens().issue(ME, NOW);
        assert_eq!(verdict(&token, NOW), Ok(ME));
        assert_eq!(verdict(&token, 1_672_003_599_999), Ok(ME));
        let expired = verdict(&token, 1_672_003_600_000);
        assert_eq!(expired, Err(ErrorKind::NotLoggedIn));
    }

    #[test]
    fn a_forged_token_is_refused() {
        let token = tokens().issue(ME, NOW);
        let (signed, _) = token.rsplit_once(':').unwrap();
        let policy = r#"{"scope":"parlance:10000001","deadline":1672003600}"#;
        let foreign = UploadTokens::new(b"another", 3600).issue(ME, NOW);
        let changed = format!("{signed}:{}", URL_SAFE.encode(policy));
        for forged in ["", "parlance:", "parlance::", "a:b:c", &foreign, &changed] {
            let verdict = verdict(forged, NOW);
            assert_eq!(verdict, Err(ErrorKind::NotLoggedIn), "{forged}");
        }
    }
}
