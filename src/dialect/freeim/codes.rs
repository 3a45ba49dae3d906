//! Operations 1, 2 and 4: codes to type.

use super::Answer;
use super::args::{EMAIL, NAME, required};
use super::caller::Open;
use super::reply::{Reply, said};
use crate::dialect::body::Fields;
use crate::error::{Error, Result};
use crate::service::login::{Medium, Scope};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

/// 1: a picture of digits.
pub async fn picture(ask: Open) -> Answer {
    let picture = ask
        .services
        .login
        .new_picture(scope(&ask.fields)?, ask.address)
        .await?;
    Ok(Reply::ok(
        said::NOTHING,
        &json!({ "key": picture.key, "captcha": STANDARD.encode(&picture.png) }),
    ))
}

/// 2: a code by e-mail.
pub async fn email(open: Open) -> Answer {
    send(open, Medium::Email).await
}

/// 4: a code by text message.
pub async fn mobile(open: Open) -> Answer {
    send(open, Medium::Sms).await
}

async fn send(ask: Open, medium: Medium) -> Answer {
    ask.services
        .login
        .send_code(medium, destination(&ask.fields, medium)?, ask.address)
        .await?;
    Ok(Reply::done(said::SENT))
}

/// The e-mail address or phone number that a code goes to or comes from.
pub fn destination(fields: &Fields, medium: Medium) -> Result<String> {
    match medium {
        Medium::Email => required(fields, "email", EMAIL),
        Medium::Sms => required(fields, "mobile", NAME),
    }
}

fn scope(fields: &Fields) -> Result<Scope> {
    match fields.text("type") {
        Some("login") => Ok(Scope::Login),
        Some("register") => Ok(Scope::Register),
        _ => Err(Error::invalid("field `type`: login or register is needed")),
    }
}
