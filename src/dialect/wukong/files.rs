//! Uploads and pictures of accounts and groups (contract, section 7.2).

use super::Answer;
use super::caller::{Authed, Open, Proved};
use super::ids::Ids;
use super::reply::{Failure, NO_GROUP, NOT_ALLOWED, Reply, Wording};
use crate::dialect::caller::address;
use crate::dialect::files::received;
use crate::dialect::limits::Limits;
use crate::domain::channel::{ChannelPatch, Role};
use crate::domain::{AccountId, ChannelId};
use crate::error::{Error, ErrorKind, Result};
use crate::service::Services;
use crate::service::accounts::ProfilePatch;
use crate::service::files::Upload;
use actix_multipart::Multipart;
use actix_web::http::header::{CACHE_CONTROL, ContentType, LOCATION};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

/// Where files are read from, below the API's root.
const PREVIEW: &str = "file/preview";
/// The picture of whoever has set none.
const NO_PICTURE: &str = concat!(
    r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 80"><rect width="80" height="80" fill="#c9ced6"/>"##,
    r##"<circle cx="40" cy="30" r="14" fill="#fff"/><path d="M12 76a28 28 0 0 1 56 0z" fill="#fff"/></svg>"##
);

/// Where the caller may upload a file to. The address is their permission.
pub async fn grant(ask: Authed) -> Answer {
    let grant = ask.services.files.grant(ask.me());
    let kind = match ask.args.optional("type", 32)?.as_deref() {
        Some(kind) if kind.bytes().all(|byte| byte.is_ascii_lowercase()) => kind.to_owned(),
        _ => "chat".to_owned(),
    };
    let url = ask.url(&format!(
        "/file/upload?type={kind}&token={}",
        grant.upload_token
    ));
    Ok(Reply::data(&json!({ "url": url })))
}

/// The permission in an address to upload to.
#[derive(Deserialize)]
pub struct Granted {
    #[serde(default)]
    token: String,
}

/// Takes a file in.
pub async fn upload(
    req: HttpRequest,
    services: Data<Services>,
    limits: Data<Limits>,
    granted: Query<Granted>,
    form: Multipart,
) -> Answer {
    limits.request_from(address(&req))?;
    let files = &services.files;
    // An upload's permission that is over is no login that is.
    let uploader = files
        .check(&granted.token)
        .worded(&[(ErrorKind::NotLoggedIn, "上传地址已失效！")])?;
    limits.upload(uploader)?;
    let file = file(form, &services).await?;
    let kept = files.keep(&granted.token, None, file).await?;
    let path = format!("{PREVIEW}/{}", kept.key);
    Ok(Reply::data(&json!({ "path": path })))
}

async fn file(form: Multipart, services: &Services) -> Result<Upload> {
    let file = received(form, &services.files).await?;
    file.ok_or_else(|| Error::invalid("the part `file` is needed"))
}

/// Keeps a picture; gives the address that it is read from.
async fn picture(
    form: Multipart,
    account: AccountId,
    services: &Services,
    limits: &Limits,
) -> Result<String> {
    limits.upload(account)?;
    let grant = services.files.grant(account);
    let file = file(form, services).await?;
    let kept = services.files.keep(&grant.upload_token, None, file).await?;
    Ok(format!("{}/{}", grant.access_domain, kept.key))
}

/// An account's picture.
pub async fn avatar(ask: Open) -> Result<HttpResponse, Failure> {
    let account = ask.account_in_path("uid")?;
    let view = ask.services.accounts.view(account, account).await?;
    Ok(shown(&view.account.profile.avatar))
}

/// A group's picture.
pub async fn group_avatar(ask: Open) -> Result<HttpResponse, Failure> {
    let channel = ask.group_in_path()?;
    let sight = ask.services.channels.look(AccountId(0), channel).await?;
    Ok(shown(&sight.channel.avatar))
}

fn shown(avatar: &str) -> HttpResponse {
    if avatar.is_empty() {
        return HttpResponse::Ok()
            .content_type("image/svg+xml")
            .insert_header((CACHE_CONTROL, "public, max-age=60"))
            .body(NO_PICTURE);
    }
    HttpResponse::Found()
        .content_type(ContentType::plaintext())
        .insert_header((LOCATION, avatar))
        .finish()
}

/// The caller's new picture.
pub async fn set_avatar(
    Proved(caller): Proved,
    uid: Path<String>,
    services: Data<Services>,
    limits: Data<Limits>,
    form: Multipart,
) -> Answer {
    if Ids::of(&services.core).account(&uid) != Some(caller.id) {
        return Err(Failure::said(NOT_ALLOWED));
    }
    let avatar = picture(form, caller.id, &services, &limits).await?;
    let patch = ProfilePatch {
        avatar: Some(avatar),
        ..ProfilePatch::default()
    };
    services.accounts.update_profile(caller.id, patch).await?;
    Ok(Reply::ok())
}

/// A group's new picture.
pub async fn set_group_avatar(
    Proved(caller): Proved,
    group_no: Path<String>,
    services: Data<Services>,
    limits: Data<Limits>,
    form: Multipart,
) -> Answer {
    let channel: Option<ChannelId> = Ids::of(&services.core).channel(&group_no);
    let channel = channel.ok_or_else(|| Failure::said(NO_GROUP))?;
    let sight = services.channels.look(caller.id, channel).await?;
    if sight.mine.is_none_or(|mine| mine.role < Role::Manager) {
        return Err(Failure::said(NOT_ALLOWED));
    }
    let avatar = picture(form, caller.id, &services, &limits).await?;
    let patch = ChannelPatch {
        avatar: Some(avatar),
        ..ChannelPatch::default()
    };
    let channels = &services.channels;
    channels
        .update(caller.id, channel, patch, Role::Manager)
        .await?;
    Ok(Reply::ok())
}
