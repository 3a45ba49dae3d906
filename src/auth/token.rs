//! Login tokens: JSON Web Tokens as the freeim contract lays them out (section 1.2), which the other dialects share.

use crate::error::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation, crypto};
use serde::{Deserialize, Serialize};

/// Written out, because the contract has `alg` first and the crate's own header `typ`.
const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
const ISSUER: &str = "SZKJ";

/// What a valid token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// The account's id.
    pub id: i64,
    /// When it was issued, in Unix seconds.
    pub iat: i64,
    /// From when it is void, in Unix seconds.
    pub exp: i64,
}

/// The claims in the contract's order.
#[derive(Serialize)]
struct Payload {
    id: i64,
    exp: i64,
    iat: i64,
    iss: &'static str,
}

/// Issues and checks tokens.
#[derive(Clone)]
pub struct Tokens {
    header: String,
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
    seconds: u64,
}

impl Tokens {
    /// Tokens signed with the secret that are good for so many seconds.
    pub fn new(secret: &[u8], seconds: u64) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        // The crate would ask its own clock.
        validation.validate_exp = false;
        Self {
            header: URL_SAFE_NO_PAD.encode(HEADER),
            signing: EncodingKey::from_secret(secret),
            verifying: DecodingKey::from_secret(secret),
            validation,
            seconds,
        }
    }

    /// A token for an account.
    pub fn issue(&self, account: i64, now: i64) -> Result<String> {
        let iat = now.div_euclid(1000);
        let payload = Payload {
            id: account,
            exp: iat.saturating_add_unsigned(self.seconds),
            iat,
            iss: ISSUER,
        };
        let payload = serde_json::to_vec(&payload).map_err(Error::internal)?;
        let message = format!("{}.{}", self.header, URL_SAFE_NO_PAD.encode(payload));
        let signature = crypto::sign(message.as_bytes(), &self.signing, Algorithm::HS256);
        Ok(format!("{message}.{}", signature.map_err(Error::internal)?))
    }

    /// What the token says, if we signed it and it has not expired. Whether the account still stands behind it (locked,
    /// password changed since) is for the caller to say.
    pub fn verify(&self, token: &str, now: i64) -> Option<Claims> {
        let token =
            jsonwebtoken::decode::<Claims>(token, &self.verifying, &self.validation).ok()?;
        Some(token.claims).filter(|claims| claims.exp > now.div_euclid(1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::Header;

    const NOW: i64 = 1_672_000_000_999;
    const WEEK: u64 = 604_800;

    fn tokens() -> Tokens {
        Tokens::new(b"0123456789abcdef0123456789abcdef", WEEK)
    }

    fn part(token: &str, index: usize) -> String {
        let part = token.split('.').nth(index).unwrap();
        String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    #[test]
    fn a_token_holds_exactly_the_contracts_header_and_claims() {
        let token = tokens().issue(10_000_000, NOW).unwrap();
        assert_eq!(part(&token, 0), r#"{"alg":"HS256","typ":"JWT"}"#);
        let claims = r#"{"id":10000000,"exp":1672604800,"iat":1672000000,"iss":"SZKJ"}"#;
        assert_eq!(part(&token, 1), claims);
    }

    #[test]
    fn a_token_is_good_until_the_second_it_expires() {
        let token = tokens().issue(10_000_007, NOW).unwrap();
        let claims = Claims {
            id: 10_000_007,
            iat: 1_672_000_000,
            exp: 1_672_604_800,
        };
        assert_eq!(tokens().verify(&token, NOW), Some(claims));
        let end = claims.exp * 1000;
        assert_eq!(tokens().verify(&token, end - 1), Some(claims));
        assert_eq!(tokens().verify(&token, end), None);
    }

    #[test]
    fn a_token_under_another_key_is_refused() {
        let token = Tokens::new(b"another", WEEK)
            .issue(10_000_000, NOW)
            .unwrap();
        assert_eq!(tokens().verify(&token, NOW), None);
    }

    #[test]
    fn a_token_with_other_claims_under_the_old_signature_is_refused() {
        let (mine, theirs) = (
            tokens().issue(10_000_000, NOW).unwrap(),
            tokens().issue(10_000_001, NOW).unwrap(),
        );
        let (_, signature) = mine.rsplit_once('.').unwrap();
        let (claims, _) = theirs.rsplit_once('.').unwrap();
        assert_eq!(tokens().verify(&format!("{claims}.{signature}"), NOW), None);
    }

    #[test]
    fn no_other_algorithm_is_accepted_under_the_same_key() {
        let tokens = tokens();
        let payload = Payload {
            id: 10_000_000,
            exp: 1_672_604_800,
            iat: 1_672_000_000,
            iss: ISSUER,
        };
        for algorithm in [Algorithm::HS384, Algorithm::HS512] {
            let header = Header::new(algorithm);
            let token = jsonwebtoken::encode(&header, &payload, &tokens.signing).unwrap();
            assert_eq!(tokens.verify(&token, NOW), None, "{algorithm:?}");
        }
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&payload).unwrap());
        let unsigned = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        assert_eq!(tokens.verify(&format!("{unsigned}.{claims}."), NOW), None);
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for token in ["", ".", "..", "a.b.c", "Bearer x"] {
            assert_eq!(tokens().verify(token, NOW), None, "{token}");
        }
    }
}
