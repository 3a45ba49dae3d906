//! Operations 3 and 5 to 9: logging in, registering, setting a forgotten password.

use super::Answer;
use super::args::{Args, EMAIL, NAME};
use super::caller::Open;
use super::codes::destination;
use super::reply::{Reply, said};
use crate::error::Result;
use crate::service::accounts::ProfilePatch;
use crate::service::login::{CodeProof, LoggedIn, Medium, PictureAnswer};
use crate::service::signup::{Companions, Platform, Registration};
use serde_json::json;

/// 3: logs in by user name, e-mail address or phone number, and password.
pub async fn basic(ask: Open) -> Answer {
    ask.limits.login(ask.address)?;
    let (account, password) = (ask.args.required("account", EMAIL)?, ask.args.password()?);
    let picture = picture(&ask.args);
    let login = &ask.services.login;
    let entered = login
        .by_password(account, password, picture, ask.address)
        .await?;
    Ok(logged_in(said::LOGGED_IN, &entered))
}

/// 5: registers a user name.
pub async fn register(ask: Open) -> Answer {
    ask.limits.registration(ask.address)?;
    let new = Registration {
        name: ask.args.required("account", NAME)?,
        password: ask.args.password()?,
        platform: platform(&ask.args),
        invite_code: invite_code(&ask.args)?,
        profile: ProfilePatch::default(),
        mobile: None,
        companions: Companions::Nobody,
    };
    let picture = picture(&ask.args);
    let entered = ask
        .services
        .signup
        .register(new, picture, ask.address)
        .await?;
    Ok(logged_in(said::REGISTERED, &entered))
}

/// 6: logs in by an e-mailed code, or registers.
pub async fn email(ask: Open) -> Answer {
    by_code(ask, Medium::Email).await
}

/// 7: logs in by a texted code, or registers.
pub async fn mobile(ask: Open) -> Answer {
    by_code(ask, Medium::Sms).await
}

/// 8: sets a password by an e-mailed code.
pub async fn reset_by_email(ask: Open) -> Answer {
    reset(ask, Medium::Email).await
}

/// 9: sets a password by a texted code.
pub async fn reset_by_mobile(ask: Open) -> Answer {
    reset(ask, Medium::Sms).await
}

async fn by_code(ask: Open, medium: Medium) -> Answer {
    ask.limits.login(ask.address)?;
    let (proof, invite) = (proof(&ask.args, medium)?, invite_code(&ask.args)?);
    let platform = platform(&ask.args);
    let login = &ask.services.login;
    let entered = login
        .by_code(medium, proof, platform, invite, ask.address)
        .await?;
    Ok(logged_in(said::LOGGED_IN, &entered))
}

async fn reset(ask: Open, medium: Medium) -> Answer {
    ask.limits.login(ask.address)?;
    let (proof, password) = (proof(&ask.args, medium)?, ask.args.password()?);
    ask.services
        .login
        .reset_password(medium, proof, password)
        .await?;
    Ok(Reply::done(said::SET))
}

fn logged_in(said: &'static str, entered: &LoggedIn) -> Reply {
    let result = json!({ "token": entered.token, "needUpdatePassword": entered.needs_password });
    Reply::ok(said, &result)
}

fn proof(args: &Args, medium: Medium) -> Result<CodeProof> {
    let (to, code) = (destination(args, medium)?, args.required("captcha", NAME)?);
    Ok(CodeProof {
        to,
        code,
        short: false,
    })
}

/// Whether one is needed is for the service to say.
fn picture(args: &Args) -> PictureAnswer {
    let sent = |name| args.text(name).unwrap_or_default().to_owned();
    PictureAnswer {
        key: sent("captchaKey"),
        digits: sent("captcha"),
        once: false,
    }
}

fn platform(args: &Args) -> Platform {
    Platform::parse(args.text("platform").unwrap_or_default())
}

fn invite_code(args: &Args) -> Result<String> {
    Ok(args.optional("inviteCode", NAME)?.unwrap_or_default())
}
