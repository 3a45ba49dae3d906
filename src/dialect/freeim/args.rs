//! Arguments that several operations take. The lengths are those of the contract, section 1.9, in characters.

use crate::dialect::body::Fields;
use crate::domain::place::Point;
use crate::domain::{AccountId, ChannelId};
use crate::error::{Error, Result};
use std::ops::{Deref, RangeInclusive};

/// The longest e-mail address.
pub const EMAIL: usize = 100;
/// The longest phone number, user name, name of a place or invite code.
pub const NAME: usize = 50;
/// The longest address of a picture.
pub const AVATAR: usize = 500;
/// The longest text about an account or channel.
pub const INTRO: usize = 1000;

const REASON: usize = 100;
const PASSWORD: RangeInclusive<usize> = 6..=50;

/// The fields of a request, and what this API makes of them.
pub struct Args(pub Fields);

impl Deref for Args {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.0
    }
}

impl Args {
    /// The account that `toId` names.
    pub fn to(&self) -> Result<AccountId> {
        self.required_int("toId").map(AccountId)
    }

    /// The accounts that a list names; without the list, none.
    pub fn accounts(&self, name: &str) -> Result<Vec<AccountId>> {
        let ids = self.ids(name)?.unwrap_or_default();
        Ok(ids.into_iter().map(AccountId).collect())
    }

    /// The channel that `groupId` names.
    pub fn channel(&self) -> Result<ChannelId> {
        self.required_int("groupId").map(ChannelId)
    }

    /// A text that must be there.
    pub fn required(&self, name: &str, max: usize) -> Result<String> {
        self.required_text(name, max).map(str::to_owned)
    }

    /// A text that may be absent or empty, which is the same.
    pub fn optional(&self, name: &str, max: usize) -> Result<Option<String>> {
        let text = self.optional_text(name, max)?;
        Ok(text.filter(|text| !text.is_empty()).map(str::to_owned))
    }

    /// A coordinate that may be absent or 0, which is the same.
    pub fn degrees(&self, name: &str) -> Result<Option<f64>> {
        Ok(self.float(name)?.filter(|degrees| *degrees != 0.0))
    }

    /// A place that must be there.
    pub fn point(&self) -> Result<Point> {
        let (x, y) = (
            self.required_float("longitude")?,
            self.required_float("latitude")?,
        );
        Point::new(x, y).ok_or_else(|| Error::invalid("the place is not on the globe"))
    }

    /// The words with a request or with the answer to one.
    pub fn reason(&self) -> Result<String> {
        Ok(self.optional("reason", REASON)?.unwrap_or_default())
    }

    /// Whether a request is accepted.
    pub fn accepted(&self) -> Result<bool> {
        match self.text("status") {
            Some("pass") => Ok(true),
            Some("deny") => Ok(false),
            _ => Err(Error::invalid("field `status`: pass or deny is needed")),
        }
    }

    /// A password. The length counts at a login, too: one that is shorter or longer can be nobody's.
    pub fn password(&self) -> Result<String> {
        let password = self.text("password").unwrap_or_default();
        if !PASSWORD.contains(&password.chars().count()) {
            return Err(Error::invalid(
                "field `password`: 6 to 50 characters are needed",
            ));
        }
        Ok(password.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    async fn query(text: &str) -> Args {
        let (req, payload) = TestRequest::with_uri(&format!("/?{text}")).to_http_parts();
        Args(Fields::read(&req, payload, 0).await.unwrap())
    }

    #[actix_web::test]
    async fn a_password_has_6_to_50_characters() {
        let cases = [(0, false), (5, false), (6, true), (50, true), (51, false)];
        for (length, good) in cases {
            let args = query(&format!("password={}", "%E5%AF%86".repeat(length))).await;
            assert_eq!(args.password().is_ok(), good, "{length}");
        }
    }

    #[actix_web::test]
    async fn an_answer_is_pass_or_deny() {
        assert!(query("status=pass").await.accepted().unwrap());
        assert!(!query("status=deny").await.accepted().unwrap());
        for other in ["status=", "status=PASS", "status=1", ""] {
            assert!(query(other).await.accepted().is_err(), "{other}");
        }
    }

    #[actix_web::test]
    async fn an_empty_text_and_a_coordinate_of_0_count_as_absent() {
        let args = query("a=&b=0&c=x&d=-1.5").await;
        assert_eq!(args.optional("a", 9).unwrap(), None);
        assert_eq!(args.degrees("b").unwrap(), None);
        assert_eq!(args.optional("c", 9).unwrap().as_deref(), Some("x"));
        assert_eq!(args.degrees("d").unwrap(), Some(-1.5));
    }

    #[actix_web::test]
    async fn a_place_has_two_coordinates_on_the_globe() {
        let good = query("longitude=-113.264385&latitude=39.9").await.point();
        assert_eq!(good.unwrap().longitude, -113.264385);
        let bad = [
            "",
            "longitude=1",
            "longitude=1&latitude=0",
            "longitude=1&latitude=90.1",
        ];
        for bad in bad {
            assert!(query(bad).await.point().is_err(), "{bad}");
        }
    }
}
