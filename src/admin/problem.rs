//! How this API says no: an HTTP status and `{"error": "..."}`.

use crate::error::{Error, ErrorKind};
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};
use serde_json::json;
use std::fmt;

/// An error on its way to the dashboard.
#[derive(Debug)]
pub(super) struct Problem(Error);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<ErrorKind> for Problem {
    #[track_caller]
    fn from(kind: ErrorKind) -> Self {
        Self(kind.into())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        told(self.0.kind()).0
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        if self.0.is_fault() {
            log::error!("an administrator's request failed: {}", self.0);
        }
        let (status, words) = told(self.0.kind());
        HttpResponse::build(status).json(json!({ "error": self.0.info().unwrap_or(words) }))
    }
}

impl Responder for Problem {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse<BoxBody> {
        self.error_response()
    }
}

/// The status and the words for a kind of error. Those at the end are about what accounts do; administrators do not meet them.
fn told(kind: ErrorKind) -> (StatusCode, &'static str) {
    match kind {
        ErrorKind::Invalid => (StatusCode::BAD_REQUEST, "the request is malformed"),
        ErrorKind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "the request is too large"),
        ErrorKind::NotLoggedIn | ErrorKind::SessionEnded => {
            (StatusCode::UNAUTHORIZED, "log in first")
        }
        ErrorKind::WrongPassword => (StatusCode::FORBIDDEN, "the name or the password is wrong"),
        ErrorKind::LoginsExhausted => (
            StatusCode::TOO_MANY_REQUESTS,
            "too many failed logins from your address, try again in 15 minutes",
        ),
        ErrorKind::AccountUnknown => (StatusCode::NOT_FOUND, "there is no such account"),
        ErrorKind::ChannelUnknown => (StatusCode::NOT_FOUND, "there is no such group"),
        ErrorKind::NotFound => (StatusCode::NOT_FOUND, "there is no such thing"),
        ErrorKind::NameTaken => (StatusCode::CONFLICT, "the name is taken"),
        ErrorKind::SelfTarget => (StatusCode::CONFLICT, "it is so already"),
        ErrorKind::TargetNotMember => (
            StatusCode::CONFLICT,
            "the account is not a member of the group",
        ),
        ErrorKind::Busy => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the node is busy, try again",
        ),
        ErrorKind::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "the node is stopping"),
        ErrorKind::DeliveryFailed => (
            StatusCode::BAD_GATEWAY,
            "the message could not be handed over",
        ),
        ErrorKind::Internal => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "a fault of the node, see its log",
        ),
        ErrorKind::CodesTooOften
        | ErrorKind::TooFast
        | ErrorKind::Repeated
        | ErrorKind::RequestQuota => (StatusCode::TOO_MANY_REQUESTS, "too often, try again later"),
        ErrorKind::AccountLocked
        | ErrorKind::ReadOnly
        | ErrorKind::AddressNotAllowed
        | ErrorKind::CodeWrong
        | ErrorKind::CodeExpired
        | ErrorKind::NameNotAllowed
        | ErrorKind::HandleTaken
        | ErrorKind::HandleFixed
        | ErrorKind::DeviceUnproven
        | ErrorKind::InviteInvalid
        | ErrorKind::AddressBanned
        | ErrorKind::AddressLimited
        | ErrorKind::SignupClosed
        | ErrorKind::EmailSignupClosed
        | ErrorKind::MobileSignupClosed
        | ErrorKind::NotContact
        | ErrorKind::AlreadyContact
        | ErrorKind::RequestPending
        | ErrorKind::RequestUnknown
        | ErrorKind::NotBlocked
        | ErrorKind::ContactGroupTaken
        | ErrorKind::ContactGroupUnknown
        | ErrorKind::ContactsClosed
        | ErrorKind::ContactNotAllowed
        | ErrorKind::ChannelDissolved
        | ErrorKind::InvitesClosed
        | ErrorKind::ChannelsPerDay
        | ErrorKind::JoinClosed
        | ErrorKind::ChannelFull
        | ErrorKind::JoinRequestUnknown
        | ErrorKind::JoinRequestPending
        | ErrorKind::AlreadyMember
        | ErrorKind::NotManager
        | ErrorKind::NotOwner
        | ErrorKind::NotMember
        | ErrorKind::OwnerMustStay
        | ErrorKind::RankTooHigh
        | ErrorKind::ChannelQuota
        | ErrorKind::ChannelCreationClosed
        | ErrorKind::LeavingClosed
        | ErrorKind::NotYourMessage
        | ErrorKind::RevokeTooLate
        | ErrorKind::Muted
        | ErrorKind::Barred
        | ErrorKind::BlockedByPeer
        | ErrorKind::MessageTooLong
        | ErrorKind::BannedWords => (StatusCode::CONFLICT, "that is refused"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::to_bytes;

    async fn answer(error: impl Into<Problem>) -> (u16, String) {
        let problem: Problem = error.into();
        let response = problem.error_response();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body()).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[actix_web::test]
    async fn an_error_says_what_is_wrong_and_not_why_the_node_failed() {
        assert_eq!(
            answer(ErrorKind::NotLoggedIn).await,
            (401, r#"{"error":"log in first"}"#.to_owned())
        );
        assert_eq!(
            answer(Error::invalid("too long")).await,
            (400, r#"{"error":"too long"}"#.to_owned())
        );
        let (status, body) = answer(Error::internal("secret detail")).await;
        assert_eq!(status, 500);
        assert!(!body.contains("secret"));
    }
}
