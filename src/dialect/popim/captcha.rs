//! Operations 56 and 57: pictures of digits that somebody has to read before they log in or register. A cookie tells which picture
//! an answer belongs to.

use super::Answer;
use super::caller::{Open, Request};
use super::proof::set_cookie;
use super::reply::Reply;
use crate::service::login::{PictureAnswer, Scope};

const COOKIE: &str = "popim_captcha";
/// Seconds for which a picture may be answered.
const LIFE: u64 = 300;

/// 56: a picture to log in with.
pub async fn login(ask: Open) -> Answer {
    picture(&ask, Scope::Login).await
}

/// 57: a picture to register with.
pub async fn join(ask: Open) -> Answer {
    picture(&ask, Scope::Register).await
}

async fn picture(ask: &Request, scope: Scope) -> Answer {
    let login = &ask.services.login;
    let picture = login.new_picture(scope, ask.address).await?;
    let cookie = set_cookie(COOKIE, &picture.key, LIFE, ask.is_secure());
    Ok(Reply::image(picture.png, "image/png").with_cookie(cookie))
}

/// What somebody read in their last picture; empty if there is none.
pub fn answer(ask: &Request) -> PictureAnswer {
    PictureAnswer {
        key: ask.cookie(COOKIE).unwrap_or_default(),
        digits: ask.args.text("captcha").unwrap_or_default().to_owned(),
        once: true,
    }
}
