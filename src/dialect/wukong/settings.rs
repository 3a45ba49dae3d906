//! Operations 6 to 8 and 13, and the caller's own switches: what clients keep with the node.

use super::Answer;
use super::args::Args;
use super::caller::{Authed, Request};
use super::reply::{Failure, Reply, Wording};
use super::types::user::SWITCHES;
use crate::domain::AccountId;
use crate::error::{Error, ErrorKind, Result};
use crate::service::client_settings::{Numbers, PushTarget};
use crate::service::numbers::read;

/// Characters of an address for pushes, of the kind of device, of a bundle id.
const TOKEN: usize = 512;
const KIND: usize = 32;
const BUNDLE: usize = 191;
/// Characters of a password.
const PASSWORD: usize = 50;

/// 6: where pushes for the caller go.
pub async fn set_push(ask: Authed) -> Answer {
    let args = &ask.args;
    let token = args.required("device_token", TOKEN, "设备token不能为空！")?;
    let kind = args.required("device_type", KIND, "设备类型不能为空！")?;
    let bundle = args.required("bundle_id", BUNDLE, "bundleID不能为空！")?;
    let settings = &ask.services.client_settings;
    let target = PushTarget {
        token,
        kind,
        bundle,
    };
    settings.set_push(ask.me(), target).await?;
    Ok(Reply::ok())
}

/// 7: pushes go nowhere any more.
pub async fn clear_push(ask: Authed) -> Answer {
    ask.services.client_settings.clear_push(ask.me()).await?;
    Ok(Reply::ok())
}

/// 8: the number that the client shows on its icon.
pub async fn set_badge(ask: Authed) -> Answer {
    let badge = ask
        .args
        .int("badge")?
        .and_then(|badge| badge.try_into().ok());
    let badge: i32 = badge.ok_or_else(|| Error::invalid("field `badge`: a number is needed"))?;
    let settings = &ask.services.client_settings;
    settings.set_badge(ask.me(), badge).await?;
    Ok(Reply::ok())
}

/// 13: the password that the client asks for before it shows certain chats.
pub async fn set_chat_password(ask: Authed) -> Answer {
    let chat = ask
        .args
        .required("chat_pwd", PASSWORD, "聊天密码不能为空")?;
    let login = ask
        .args
        .required("login_pwd", PASSWORD, "登录密码不能为空！")?;
    let settings = &ask.services.client_settings;
    settings
        .set_chat_password(ask.me(), chat, login)
        .await
        .worded(&[(ErrorKind::WrongPassword, "登录密码错误")])?;
    Ok(Reply::ok())
}

/// Changes the caller's switches.
pub async fn change(ask: Authed) -> Answer {
    let changed = switches(&ask.args, SWITCHES.iter().map(|(name, _)| *name))?;
    if !changed.is_empty() {
        let settings = &ask.services.client_settings;
        settings.patch(ask.me(), changed).await?;
    }
    Ok(Reply::ok())
}

/// Those of some switches that are among the arguments.
pub fn switches<'a>(args: &Args, names: impl IntoIterator<Item = &'a str>) -> Result<Numbers> {
    let mut changed = Numbers::new();
    for name in names {
        if let Some(value) = args.flag(name)? {
            changed.insert(name.to_owned(), i64::from(value));
        }
    }
    Ok(changed)
}

/// Whether an account wants unknown devices to prove themselves.
pub async fn locks_devices(request: &Request, account: AccountId) -> Result<bool, Failure> {
    let settings = request.services.client_settings.get(account).await?;
    Ok(read(&settings.prefs).get("device_lock") == Some(&1))
}
