//! Operations 3 and 5 to 9: logging in, registering, setting a forgotten password.

use super::Answer;
use super::args::{EMAIL, NAME, password, required, text};
use super::caller::Open;
use super::codes::destination;
use super::reply::{Reply, said};
use crate::dialect::body::Fields;
use crate::error::Result;
use crate::service::login::{CodeProof, LoggedIn, Medium, PictureAnswer};
use crate::service::signup::{Platform, Registration};
use serde_json::json;

/// 3: logs in by user name, e-mail address or phone number, and password.
pub async fn basic(ask: Open) -> Answer {
    ask.limits.login(ask.address)?;
    let account = required(&ask.fields, "account", EMAIL)?;
    let (password, picture) = (password(&ask.fields)?, picture(&ask.fields));
    let login = ask
        .services
        .login
        .by_password(account, password, picture, ask.address)
        .await?;
    Ok(logged_in(said::LOGGED_IN, &login))
}

/// 5: registers a user name.
pub async fn register(ask: Open) -> Answer {
    ask.limits.registration(ask.address)?;
    let new = Registration {
        name: required(&ask.fields, "account", NAME)?,
        password: password(&ask.fields)?,
        platform: platform(&ask.fields),
        invite_code: invite_code(&ask.fields)?,
    };
    let login = ask
        .services
        .signup
        .register(new, picture(&ask.fields), ask.address)
        .await?;
    Ok(logged_in(said::REGISTERED, &login))
}

/// 6: logs in by an e-mailed code, or registers.
pub async fn email(open: Open) -> Answer {
    by_code(open, Medium::Email).await
}

/// 7: logs in by a texted code, or registers.
pub async fn mobile(open: Open) -> Answer {
    by_code(open, Medium::Sms).await
}

/// 8: sets a password by an e-mailed code.
pub async fn reset_by_email(open: Open) -> Answer {
    reset(open, Medium::Email).await
}

/// 9: sets a password by a texted code.
pub async fn reset_by_mobile(open: Open) -> Answer {
    reset(open, Medium::Sms).await
}

async fn by_code(ask: Open, medium: Medium) -> Answer {
    ask.limits.login(ask.address)?;
    let (proof, invite_code) = (proof(&ask.fields, medium)?, invite_code(&ask.fields)?);
    let login = ask
        .services
        .login
        .by_code(
            medium,
            proof,
            platform(&ask.fields),
            invite_code,
            ask.address,
        )
        .await?;
    Ok(logged_in(said::LOGGED_IN, &login))
}

async fn reset(ask: Open, medium: Medium) -> Answer {
    ask.limits.login(ask.address)?;
    ask.services
        .login
        .reset_password(medium, proof(&ask.fields, medium)?, password(&ask.fields)?)
        .await?;
    Ok(Reply::done(said::SET))
}

fn logged_in(said: &'static str, login: &LoggedIn) -> Reply {
    Reply::ok(
        said,
        &json!({ "token": login.token, "needUpdatePassword": login.needs_password }),
    )
}

fn proof(fields: &Fields, medium: Medium) -> Result<CodeProof> {
    Ok(CodeProof {
        to: destination(fields, medium)?,
        code: required(fields, "captcha", NAME)?,
    })
}

/// Whether a picture was needed is the service's to say.
fn picture(fields: &Fields) -> PictureAnswer {
    let sent = |name| fields.text(name).unwrap_or_default().to_owned();
    PictureAnswer {
        key: sent("captchaKey"),
        digits: sent("captcha"),
    }
}

fn platform(fields: &Fields) -> Platform {
    Platform::parse(fields.text("platform").unwrap_or_default())
}

fn invite_code(fields: &Fields) -> Result<String> {
    Ok(text(fields, "inviteCode", NAME)?.unwrap_or_default())
}
