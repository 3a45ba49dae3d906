//! Operations 1, 2 and 4: codes to type.

use super::Answer;
use super::args::{Args, EMAIL, NAME};
use super::caller::Open;
use super::reply::{Reply, said};
use crate::error::{Error, Result};
use crate::service::login::{Medium, Scope};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

/// Digits of a code that is sent.
const DIGITS: usize = 5;

/// 1: a picture of digits.
pub async fn picture(ask: Open) -> Answer {
    let scope = scope(&ask.args)?;
    let picture = ask.services.login.new_picture(scope, ask.address).await?;
    let captcha = STANDARD.encode(&picture.png);
    Ok(Reply::ok(
        said::NOTHING,
        &json!({ "key": picture.key, "captcha": captcha }),
    ))
}

/// 2: a code by e-mail.
pub async fn email(ask: Open) -> Answer {
    send(ask, Medium::Email).await
}

/// 4: a code by text message.
pub async fn mobile(ask: Open) -> Answer {
    send(ask, Medium::Sms).await
}

async fn send(ask: Open, medium: Medium) -> Answer {
    let to = destination(&ask.args, medium)?;
    ask.services
        .login
        .send_code(medium, to, ask.address, DIGITS)
        .await?;
    Ok(Reply::done(said::SENT))
}

/// The e-mail address or phone number that a code goes to or comes from.
pub fn destination(args: &Args, medium: Medium) -> Result<String> {
    match medium {
        Medium::Email => args.required("email", EMAIL),
        Medium::Sms => args.required("mobile", NAME),
    }
}

fn scope(args: &Args) -> Result<Scope> {
    match args.text("type") {
        Some("login") => Ok(Scope::Login),
        Some("register") => Ok(Scope::Register),
        None | Some("") => Err(Error::invalid("field `type`: login or register is needed")),
        Some(_) => Ok(Scope::Other),
    }
}
