//! The fields of a request: from the query or the body in any of its forms. An empty field is a missing one.

use super::reply::{BAD, Failure, MISSING};
use crate::dialect::body::Fields;
use crate::domain::{AccountId, ChannelId, MessageId};
use crate::error::Error;

/// What is said when a field is missing.
const MISSING_TEXT: &str = "缺少参数";
/// What is said when a field has no place in the API.
const BAD_TEXT: &str = "参数错误";

/// The fields of one request. Not `Debug`: there may be passwords among them.
pub struct Args(Fields);

impl Args {
    /// The fields that were read.
    pub fn new(fields: Fields) -> Self {
        Self(fields)
    }

    /// The fields of a query, and on top of them those of a form that was read already.
    pub fn of(query: &str, form: Vec<(String, String)>) -> Result<Self, Failure> {
        Ok(Self(Fields::of(query, form)?))
    }

    /// A text that may be empty.
    pub fn present(&self, name: &str) -> Option<&str> {
        self.0.text(name)
    }

    /// A text, unless it is empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.present(name).filter(|text| !text.is_empty())
    }

    /// A text that is needed.
    pub fn need(&self, name: &str) -> Result<&str, Failure> {
        self.text(name).ok_or_else(missing)
    }

    /// A text that is needed, but may be empty.
    pub fn need_present(&self, name: &str) -> Result<&str, Failure> {
        self.present(name).ok_or_else(missing)
    }

    /// A whole number, which may have a sign.
    pub fn int(&self, name: &str) -> Result<Option<i64>, Failure> {
        let number = |text: &str| text.trim().parse().map_err(|_| bad());
        self.text(name).map(number).transpose()
    }

    /// A whole number that is needed. 0 is one.
    pub fn need_int(&self, name: &str) -> Result<i64, Failure> {
        self.int(name)?.ok_or_else(missing)
    }

    /// A yes or no: 1 or 0, `on` or `off`, `true` or `false`.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Failure> {
        let flag = |text: &str| match text {
            "1" | "on" | "true" => Ok(true),
            "0" | "off" | "false" => Ok(false),
            _ => Err(bad()),
        };
        self.text(name).map(flag).transpose()
    }

    /// An account's id that is needed. That it could be one does not say that it is.
    pub fn need_account(&self, name: &str) -> Result<AccountId, Failure> {
        self.need_int(name).map(AccountId)
    }

    /// A group's id that is needed. That it could be one does not say that it is.
    pub fn need_group(&self, name: &str) -> Result<ChannelId, Failure> {
        self.need_int(name).map(ChannelId)
    }

    /// A message's id that is needed.
    pub fn need_message(&self, name: &str) -> Result<MessageId, Failure> {
        self.need_int(name).map(MessageId)
    }

    /// A list of at most 1000 ids above 0: the name repeated, `name[]`, `name[0]`, a JSON array, or separated by commas.
    pub fn ids(&self, name: &str) -> Result<Option<Vec<i64>>, Failure> {
        if self.present(name).is_some_and(str::is_empty) {
            return Ok(None);
        }
        Ok(self.0.ids(name)?)
    }

    /// The accounts of such a list, each once.
    pub fn accounts(&self, name: &str) -> Result<Option<Vec<AccountId>>, Failure> {
        let ids = self.ids(name)?;
        Ok(ids.map(|ids| {
            let mut accounts = Vec::with_capacity(ids.len());
            for account in ids.into_iter().map(AccountId) {
                if !accounts.contains(&account) {
                    accounts.push(account);
                }
            }
            accounts
        }))
    }

    /// The accounts of such a list, which is needed and must not be empty.
    pub fn need_accounts(&self, name: &str) -> Result<Vec<AccountId>, Failure> {
        let accounts = self.accounts(name)?.ok_or_else(missing)?;
        if accounts.is_empty() {
            return Err(missing());
        }
        Ok(accounts)
    }

    /// What both the query and the body say of a number, if they say the same.
    pub(super) fn agreed_int(&self, name: &str) -> Result<Option<i64>, Failure> {
        if !self.0.agrees(name) {
            return Err(bad());
        }
        self.int(name)
    }
}

/// The refusal of a request without a field that it needs.
pub fn missing() -> Failure {
    Failure::code(MISSING, MISSING_TEXT)
}

/// The refusal of a value that makes no sense.
pub fn bad() -> Failure {
    Failure::code(BAD, BAD_TEXT)
}

/// A field of at most so many bytes.
pub fn at_most(text: &str, bytes: usize) -> Result<&str, Failure> {
    if text.len() > bytes {
        return Err(Error::invalid(format!("at most {bytes} bytes are taken")).into());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    async fn args(query: &str, form: &'static str) -> Args {
        let request = TestRequest::post()
            .uri(&format!("/?{query}"))
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .set_payload(form);
        let (request, payload) = request.to_http_parts();
        Args::new(Fields::read(&request, payload, 1 << 16).await.unwrap())
    }

    #[actix_web::test]
    async fn an_empty_field_is_missing_and_a_zero_is_not() {
        let args = args("", "a=&b=0&c=x&d=-3").await;
        assert_eq!(args.need("a").unwrap_err().number(), MISSING);
        assert_eq!(args.present("a"), Some(""));
        assert_eq!(args.int("a").unwrap(), None);
        assert_eq!(args.need_int("b").unwrap(), 0);
        assert_eq!(args.need_int("c").unwrap_err().number(), BAD);
        assert_eq!(args.need_int("d").unwrap(), -3);
    }

    #[actix_web::test]
    async fn a_list_is_taken_in_every_form() {
        for form in [
            "m[]=10&m[]=11&m[]=10",
            "m[0]=10&m[1]=11",
            "m=10&m=11",
            "m=10,11",
            "m=[10,\"11\"]",
        ] {
            let accounts = args("", form).await.need_accounts("m").unwrap();
            assert_eq!(accounts, [AccountId(10), AccountId(11)], "{form}");
        }
        assert_eq!(
            args("", "m=")
                .await
                .need_accounts("m")
                .unwrap_err()
                .number(),
            MISSING
        );
        assert_eq!(
            args("", "m=x")
                .await
                .need_accounts("m")
                .unwrap_err()
                .number(),
            BAD
        );
    }

    #[actix_web::test]
    async fn query_and_body_must_not_contradict_each_other() {
        let says = async |query, form| {
            let args = args(query, form).await;
            args.agreed_int("login_uid")
                .map_err(|failure| failure.number())
        };
        assert_eq!(says("login_uid=9", "login_uid=9").await, Ok(Some(9)));
        assert_eq!(says("login_uid=9", "").await, Ok(Some(9)));
        assert_eq!(says("", "login_uid=9").await, Ok(Some(9)));
        assert_eq!(says("login_uid=9", "login_uid=8").await, Err(BAD));
        assert_eq!(says("", "").await, Ok(None));
    }
}
