//! Operations 4, 54 and 55: registering, logging in, logging out.

use super::account::{profile, proof, sends_codes, username};
use super::caller::{Knowing, Open, Request, Who};
use super::proof::{COOKIE_NAME, set_cookie};
use super::reply::{Failure, Reply, WRONG_CAPTCHA, WRONG_LOGIN, Wording};
use super::types::group::{Looks, name};
use super::{Answer, captcha};
use crate::domain::AccountId;
use crate::error::ErrorKind;
use crate::service::login::Scope;
use crate::service::signup::{Companions, Platform, Registration, application};
use serde::Serialize;

/// The words for a login that does not work: they do not tell what of it was wrong.
pub const NO_LOGIN: &str = "用户名或密码错误";
/// What a wrong answer to a picture is called.
const PICTURE: &[(ErrorKind, i64, &str)] = &[
    (ErrorKind::CodeWrong, WRONG_CAPTCHA, "图形验证码错误"),
    (ErrorKind::CodeExpired, WRONG_CAPTCHA, "图形验证码错误"),
];
/// Seconds.
const DAY: u64 = 86_400;

/// What a login is answered with.
#[derive(Serialize)]
struct Entered<'a> {
    uid: AccountId,
    username: String,
    nickname: String,
    avatar: String,
    token: &'a str,
}

/// 4: registers a name. Nobody is logged in by it.
pub async fn join(ask: Open) -> Answer {
    ask.limits.registration(ask.address)?;
    let (name, password) = (username(&ask)?, ask.args.need("password")?.to_owned());
    ask.args.need("nickname")?;
    let profile = profile(&ask)?;
    // Without a way to send codes nobody can prove a number.
    let proof = sends_codes(&ask).then(|| proof(&ask)).transpose()?;
    check_picture_read(&ask)?;
    let new = Registration {
        name,
        password,
        platform: Platform::H5,
        invite_code: String::new(),
        profile,
        mobile: proof.as_ref().map(|proof| proof.to.clone()),
        companions: Companions::Nobody,
    };
    // Neither a picture nor a code is used up by what could not be registered anyway.
    let application = application(new, ask.address)?;
    let login = &ask.services.login;
    login
        .check_picture(Scope::Register, &captcha::answer(&ask))
        .worded(PICTURE)?;
    let signup = &ask.services.signup;
    signup.register_proved(application, proof).await?;
    Ok(Reply::nothing())
}

/// 54: logs in, and gives a token, also as a cookie.
pub async fn check(ask: Open) -> Answer {
    ask.limits.login(ask.address)?;
    let name_given = ask.args.need("username")?.to_owned();
    let password = ask.args.need("password")?.to_owned();
    check_picture_read(&ask)?;
    let login = &ask.services.login;
    let picture = captcha::answer(&ask);
    let checked = login.check_password(name_given, password, picture, ask.address);
    let account = checked.await.worded(&[
        PICTURE[0],
        PICTURE[1],
        // A text that can be no name or no password is a wrong one.
        (ErrorKind::Invalid, WRONG_LOGIN, NO_LOGIN),
        (ErrorKind::AccountUnknown, WRONG_LOGIN, NO_LOGIN),
        (ErrorKind::WrongPassword, WRONG_LOGIN, NO_LOGIN),
    ])?;
    let core = &ask.services.core;
    let token = ask.services.web_sessions.open(account.id).await?;
    let looks = Looks::of(core);
    let entered = Entered {
        uid: account.id,
        username: looks.text(&account.name),
        nickname: looks.text(name(&account)),
        avatar: looks.avatar(&account.profile.avatar),
        token: &token,
    };
    let life = core.config.popim.session_days.saturating_mul(DAY);
    let cookie = set_cookie(COOKIE_NAME, &token, life, ask.is_secure());
    Ok(Reply::data(&entered).with_cookie(cookie))
}

/// 55: ends the login by which this is asked, and closes its sockets. A server has none.
pub async fn leave(ask: Knowing) -> Answer {
    if let Who::User(proven) = ask.who {
        let sessions = &ask.services.web_sessions;
        sessions.end(proven.caller.id, proven.session).await?;
    }
    let cookie = set_cookie(COOKIE_NAME, "", 0, ask.is_secure());
    Ok(Reply::nothing().with_cookie(cookie))
}

/// Where pictures are asked for, there has to be an answer.
fn check_picture_read(ask: &Request) -> Result<(), Failure> {
    if ask.services.settings.policy().captcha_required {
        ask.args.need("captcha")?;
    }
    Ok(())
}
