//! Arguments that several operations take. The lengths are those of the contract, section 1.9, in characters.

use crate::dialect::body::Fields;
use crate::domain::{AccountId, ChannelId};
use crate::error::{Error, Result};

/// The longest e-mail address.
pub const EMAIL: usize = 100;
/// The longest phone number, user name, name of a place or invite code.
pub const NAME: usize = 50;
/// The longest address of a picture.
pub const AVATAR: usize = 500;
/// The longest text about an account or channel.
pub const INTRO: usize = 1000;

const REASON: usize = 100;
const PASSWORD: std::ops::RangeInclusive<usize> = 6..=50;

/// The account a field names.
pub fn account(fields: &Fields, name: &str) -> Result<AccountId> {
    fields.required_int(name).map(AccountId)
}

/// The accounts a list names.
pub fn accounts(ids: Vec<i64>) -> Vec<AccountId> {
    ids.into_iter().map(AccountId).collect()
}

/// The channel of a request about one.
pub fn channel(fields: &Fields) -> Result<ChannelId> {
    fields.required_int("groupId").map(ChannelId)
}

/// A text that must be there.
pub fn required(fields: &Fields, name: &str, max: usize) -> Result<String> {
    fields.required_text(name, max).map(str::to_owned)
}

/// A text that may be absent or empty, which is the same.
pub fn text(fields: &Fields, name: &str, max: usize) -> Result<Option<String>> {
    Ok(fields
        .optional_text(name, max)?
        .filter(|text| !text.is_empty())
        .map(str::to_owned))
}

/// A coordinate that may be absent or 0, which is the same.
pub fn degrees(fields: &Fields, name: &str) -> Result<Option<f64>> {
    Ok(fields.float(name)?.filter(|degrees| *degrees != 0.0))
}

/// The words with a request or an answer to one.
pub fn reason(fields: &Fields) -> Result<String> {
    Ok(text(fields, "reason", REASON)?.unwrap_or_default())
}

/// Whether a request is accepted.
pub fn accepted(fields: &Fields) -> Result<bool> {
    match fields.text("status") {
        Some("pass") => Ok(true),
        Some("deny") => Ok(false),
        _ => Err(Error::invalid("field `status`: pass or deny is needed")),
    }
}

/// A password. At a login, too, since one of another length can be nobody's.
pub fn password(fields: &Fields) -> Result<String> {
    let password = fields.text("password").unwrap_or_default();
    if !PASSWORD.contains(&password.chars().count()) {
        return Err(Error::invalid(
            "field `password`: 6 to 50 characters are needed",
        ));
    }
    Ok(password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    async fn query(text: &str) -> Fields {
        let (req, payload) = TestRequest::with_uri(&format!("/?{text}")).to_http_parts();
        Fields::read(&req, payload, 0).await.unwrap()
    }

    #[actix_web::test]
    async fn a_password_has_6_to_50_characters() {
        let cases = [(0, false), (5, false), (6, true), (50, true), (51, false)];
        for (length, good) in cases {
            let fields = query(&format!("password={}", "%E5%AF%86".repeat(length))).await;
            assert_eq!(password(&fields).is_ok(), good, "{length}");
        }
    }

    #[actix_web::test]
    async fn an_answer_is_pass_or_deny() {
        assert!(accepted(&query("status=pass").await).unwrap());
        assert!(!accepted(&query("status=deny").await).unwrap());
        for other in ["status=", "status=PASS", "status=1", ""] {
            assert!(accepted(&query(other).await).is_err(), "{other}");
        }
    }

    #[actix_web::test]
    async fn an_empty_text_and_a_coordinate_of_0_count_as_absent() {
        let fields = query("a=&b=0&c=x&d=-1.5").await;
        assert_eq!(text(&fields, "a", 9).unwrap(), None);
        assert_eq!(degrees(&fields, "b").unwrap(), None);
        assert_eq!(text(&fields, "c", 9).unwrap().as_deref(), Some("x"));
        assert_eq!(degrees(&fields, "d").unwrap(), Some(-1.5));
    }
}
