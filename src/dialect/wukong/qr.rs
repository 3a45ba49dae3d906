//! Operations 9 and 47, and their like: what pictures stand for, and logging in by one.

use super::Answer;
use super::caller::{Authed, Open};
use super::login::{described, enter, kind};
use super::reply::{Failure, NO_USER, Reply, Wording};
use super::types::user::{APP, Found, LoginResp, vercode};
use crate::domain::presence::DeviceKind;
use crate::domain::{AccountId, ChannelId, time};
use crate::error::ErrorKind;
use crate::service::channel_invites::Entry;
use crate::service::opaque::Kind;
use crate::service::qr_login::QrStatus;
use futures_util::FutureExt;
use serde::Serialize;
use serde_json::{Value, json};

/// What a client that was let in by a picture is given.
#[derive(Serialize)]
struct ByPicture {
    #[serde(flatten)]
    entered: LoginResp,
    avatar: String,
    im_pub_key: &'static str,
}

const GONE: &str = "二维码或已过期！";
/// What stands before the code of somebody's card.
const CARD: &str = "vercode_";
/// What stands before a bare uid.
const USER: &str = "user_";
/// Characters of a code.
const CODE: usize = 64;

/// 47: what a picture stands for.
pub async fn resolve(ask: Authed) -> Answer {
    let code = ask.path("code");
    if let Some(uid) = code.strip_prefix(USER) {
        let account = ask.ids.account(uid).ok_or_else(|| Failure::said(NO_USER))?;
        ask.services.accounts.view(ask.me(), account).await?;
        return Ok(native("userInfo", json!({ "uid": ask.ids.uid(account) })));
    }
    if let Some(card) = code.strip_prefix(CARD) {
        return resolve_card(&ask, card).await;
    }
    if code.contains('_') {
        return Err(Failure::said("不支持的扫码类型！"));
    }
    if let Some((channel, host)) = group_of(&ask, &code) {
        return resolve_group(&ask, channel, host).await;
    }
    let auth_code = ask
        .services
        .qr_login
        .scan(ask.caller, &code)
        .worded(&[(ErrorKind::CodeExpired, GONE)])?;
    Ok(native(
        "loginConfirm",
        json!({ "auth_code": auth_code, "pub_key": "" }),
    ))
}

async fn resolve_card(ask: &Authed, card: &str) -> Answer {
    let now = time::now();
    let account = ask.ids.opaque.open(Kind::Vercode, card, now);
    let account = AccountId(account.ok_or_else(|| Failure::said(GONE))?);
    ask.services.accounts.view(ask.me(), account).await?;
    Ok(native(
        "userInfo",
        json!({
            "uid": ask.ids.uid(account),
            "vercode": vercode(account, Found::Card, &ask.ids),
        }),
    ))
}

/// The code of a channel's picture, which tells who made it, too.
pub fn group_code(ask: &Authed, channel: ChannelId, expires: time::Millis) -> String {
    let code = ask.ids.opaque.seal(Kind::GroupQr, channel.0, Some(expires));
    format!("{code}{}", ask.ids.uid(ask.me()))
}

/// The channel behind such a code, and who made it.
fn group_of(ask: &Authed, code: &str) -> Option<(ChannelId, AccountId)> {
    let (code, host) = code.split_at_checked(32)?;
    let channel = ask.ids.opaque.open(Kind::GroupQr, code, time::now())?;
    Some((ChannelId(channel), ask.ids.account(host)?))
}

async fn resolve_group(ask: &Authed, channel: ChannelId, host: AccountId) -> Answer {
    let sight = ask.services.channels.look(ask.me(), channel).await;
    let sight = sight.worded(&[(ErrorKind::ChannelUnknown, GONE)])?;
    if sight.dissolved {
        return Err(Failure::said(GONE));
    }
    let group_no = ask.ids.group(channel);
    if sight.mine.is_some() {
        return Ok(native("group", json!({ "group_no": group_no })));
    }
    let auth_code = ask.services.channel_invites.entering(Entry {
        account: ask.me(),
        host,
        channel,
    });
    let base = &ask.services.core.public_url;
    let url = format!("{base}/h5/join_group.html?group_no={group_no}&auth_code={auth_code}");
    Ok(Reply::data(
        &json!({ "forward": "h5", "type": "webview", "data": { "url": url } }),
    ))
}

fn native(kind: &str, data: Value) -> Reply {
    Reply::data(&json!({ "forward": "native", "type": kind, "data": data }))
}

/// The caller's card.
pub async fn card(ask: Authed) -> Answer {
    let code = ask.ids.opaque.seal(Kind::Vercode, ask.me().0, None);
    let url = ask.url(&format!("/qrcode/{CARD}{code}"));
    Ok(Reply::data(&json!({ "data": url })))
}

/// 9: the caller lets the client in whose picture they scanned.
pub async fn grant(ask: Authed) -> Answer {
    let code = ask.args.required("auth_code", CODE, "授权码不能为空！")?;
    if ask.services.channel_invites.knows(&code) {
        return Err(Failure::said("授权码不是登录授权码！"));
    }
    ask.services
        .qr_login
        .authorize(ask.caller, &code)
        .worded(&[
            (ErrorKind::CodeExpired, "授权码失效或不存在！"),
            (ErrorKind::CodeWrong, "扫描者与授权者不是同一个用户！"),
        ])?;
    Ok(Reply::ok())
}

/// Begins to log in by a picture.
pub async fn begin(ask: Open) -> Answer {
    let uuid = ask.services.qr_login.begin(described(&ask.args)?);
    let qrcode = ask.url(&format!("/qrcode/{uuid}"));
    Ok(Reply::data(&json!({ "uuid": uuid, "qrcode": qrcode })))
}

/// How far that has come; waits a while for something to happen.
pub async fn status(ask: Open) -> Answer {
    let uuid = ask.args.optional("uuid", CODE)?.unwrap_or_default();
    let logins = &ask.services.qr_login;
    // Who asks again after a scan waits for the next thing to happen.
    let known = match logins.status(&uuid, &QrStatus::Waiting).now_or_never() {
        Some(known) => known,
        None => QrStatus::Waiting,
    };
    let status = match known {
        over @ (QrStatus::Expired | QrStatus::Authorized { .. }) => over,
        known => logins.status(&uuid, &known).await,
    };
    Ok(Reply::data(&match status {
        QrStatus::Waiting => json!({ "app_id": APP, "status": "waitScan" }),
        QrStatus::Scanned(account) => {
            json!({ "app_id": APP, "status": "scanned", "uid": ask.ids.uid(account) })
        }
        QrStatus::Authorized { account, code } => json!({
            "app_id": APP, "status": "authed", "uid": ask.ids.uid(account), "auth_code": code,
        }),
        QrStatus::Expired => json!({ "app_id": APP, "status": "expired" }),
    }))
}

/// Logs in by the code of a picture that somebody agreed to.
pub async fn redeem(ask: Open) -> Answer {
    ask.limits.login(ask.address)?;
    let code = ask.path("auth_code");
    let redeemed = ask.services.qr_login.redeem(&code);
    let (account, device) = redeemed.worded(&[(ErrorKind::CodeExpired, "授权码失效或不存在！")])?;
    let kind = match ask.args.int("flag")? {
        None => DeviceKind::Web,
        Some(_) => kind(&ask.args)?,
    };
    let login = &ask.services.login;
    let account = login.by_proof(account, ask.address).await?.id;
    let entered = enter(&ask, account, kind, Some(device)).await?;
    let avatar = format!("users/{}/avatar", entered.uid());
    Ok(Reply::data(&ByPicture {
        entered,
        avatar,
        im_pub_key: "",
    }))
}
