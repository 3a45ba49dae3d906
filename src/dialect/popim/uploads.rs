//! Operations 47 to 49 and 63: what is uploaded, and where it is read (contract, section 2.7).

mod names;

use super::Answer;
use super::args::{Args, missing};
use super::caller::{Acting, Request, Who};
use super::content::size;
use super::reply::{BAD, Failure, Reply, UPLOAD_REFUSED};
use super::settings::Rules;
use crate::dialect::files::{self, Parts, Refused};
use crate::domain::AccountId;
use crate::domain::channel::Role;
use crate::error::{Error, ErrorKind, Result};
use crate::service::files::{Upload, reduced};
use crate::service::{Core, Services, collages};
use ::time::OffsetDateTime;
use actix_multipart::Field;
use actix_web::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use serde_json::json;
use std::borrow::Cow;

/// Where everything that was uploaded here is read.
const ROOT: &str = "upload";
/// The picture of whoever has shown none.
pub const NO_PICTURE: &str = "/static/img/avatar.jpg";
const AVATAR: u32 = 640;
/// What is said of pictures that are none.
const NOT_TAKEN: &str = "只支持png、jpg、gif、webp格式的图片";
/// Bytes in a MiB.
const MIB: u64 = 1 << 20;

/// What is uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// A picture of a user, which is shown small.
    Avatar,
    /// A picture of a group, which is, too.
    GroupAvatar,
    /// A picture in a message.
    Image,
    /// Anything.
    File,
}

/// A form that was taken in.
struct Form {
    request: Request,
    /// What the file is called.
    name: String,
    upload: Upload,
}

/// 47: a picture of the caller. It is not put into the profile.
pub async fn avatar(http: HttpRequest, body: web::Payload) -> Answer {
    let form = received(http, body, What::Avatar).await?;
    let (name, upload) = (form.name, form.upload);
    let acting = writer(form.request).await?;
    let me = acting.caller.id;
    let folder = format!("avatars/{me}/{me}");
    let ending = picture_ending(&upload)?;
    keep(&acting.request, Some(me), &folder, &name, ending, upload).await
}

/// 48: a picture for a message.
pub async fn image(http: HttpRequest, body: web::Payload) -> Answer {
    let form = received(http, body, What::Image).await?;
    let ending = picture_ending(&form.upload)?;
    let (request, owner) = owner(form.request).await?;
    let folder = monthly("images");
    keep(&request, owner, &folder, &form.name, ending, form.upload).await
}

/// 49: a file, or a voice.
pub async fn file(http: HttpRequest, body: web::Payload) -> Answer {
    let form = received(http, body, What::File).await?;
    let ending = names::ending(&form.name);
    let is_voice = ending == "wav" || form.upload.kind().starts_with("audio/");
    let (request, owner) = owner(form.request).await?;
    if is_voice && !Rules::of(&request.services.settings).voice {
        return Err(refused("语音功能已关闭"));
    }
    let folder = monthly("files");
    keep(&request, owner, &folder, &form.name, &ending, form.upload).await
}

/// 63: a picture of a group, by its owner. It is not made the group's.
pub async fn group_avatar(http: HttpRequest, body: web::Payload) -> Answer {
    let form = received(http, body, What::GroupAvatar).await?;
    let (name, upload) = (form.name, form.upload);
    let acting = writer(form.request).await?;
    let (request, me) = (&acting.request, acting.caller.id);
    let group = request.args.need_group("gid")?;
    let sight = request.services.channels.stand(me, group).await?;
    if sight.mine.is_none_or(|mine| mine.role != Role::Owner) {
        return Err(Failure::code(BAD, "只有群主可以修改群头像"));
    }
    let ending = picture_ending(&upload)?;
    keep(request, Some(me), &monthly("images"), &name, ending, upload).await
}

/// Takes a form in. Its sender proves who they are in a header, a cookie or the query, or in a field before the file; everything
/// else may come in any order.
async fn received(http: HttpRequest, body: web::Payload, what: What) -> Result<Form, Failure> {
    let query = http.query_string().to_owned();
    let is_form = http.content_type() == "multipart/form-data";
    let mut parts = Parts::of(&http, body);
    let (mut fields, mut file) = (Vec::new(), None);
    while let Some(mut part) = if is_form { parts.next().await? } else { None } {
        match part.name().map(str::to_owned).as_deref() {
            Some("file") if file.is_none() => {
                let known = Request::of(http.clone(), Args::of(&query, fields.clone())?).await?;
                may_upload(&known, what).await?;
                let name = names::shown(&sent_name(&part));
                file = Some((name, content(&mut part, &known.services, what).await?));
            }
            Some("file") | None => {}
            Some(name) => fields.push((name.to_owned(), files::text(&mut part).await?)),
        }
    }
    let request = Request::of(http, Args::of(&query, fields)?).await?;
    match file {
        Some((name, upload)) if upload.size() > 0 => Ok(Form {
            request,
            name,
            upload,
        }),
        _ => {
            request.named_or_own().await?;
            Err(missing())
        }
    }
}

/// Whether a file is taken from who proved to be somebody.
async fn may_upload(request: &Request, what: What) -> Result<(), Failure> {
    request.named_or_own().await?;
    if let Who::User(proven) = request.who {
        request.limits.upload(proven.caller.id)?;
    }
    let rules = Rules::of(&request.services.settings);
    match what {
        What::Image | What::GroupAvatar if !rules.upload_img => Err(refused("图片上传已关闭")),
        What::File if !rules.upload_file => Err(refused("文件上传已关闭")),
        _ => Ok(()),
    }
}

/// The content of the file. A picture of somebody is made as small as it is shown.
async fn content(part: &mut Field, services: &Services, what: What) -> Result<Upload, Failure> {
    let popim = &services.core.config.popim;
    let most = match what {
        What::File => popim.file_mib,
        What::Avatar | What::GroupAvatar | What::Image => popim.image_mib,
    };
    let most = most as u64 * MIB;
    match what {
        What::Avatar | What::GroupAvatar => small(part, services, most).await,
        What::Image | What::File => files::content(part, &services.files, most)
            .await
            .map_err(too_large),
    }
}

async fn small(part: &mut Field, services: &Services, most: u64) -> Result<Upload, Failure> {
    let sent = files::bytes(part, most as usize).await.map_err(too_large)?;
    let mut kept = services.files.begin().await?;
    if sent.is_empty() {
        return Ok(kept);
    }
    let reduced = reduced(sent, AVATAR)
        .await
        .map_err(|error| match error.kind() {
            ErrorKind::Invalid => refused(NOT_TAKEN),
            _ => error.into(),
        })?;
    kept.write(&reduced).await?;
    Ok(kept)
}

fn too_large(error: Error) -> Failure {
    match error.kind() {
        ErrorKind::TooLarge => refused("文件太大"),
        _ => error.into(),
    }
}

/// How its sender calls a file.
fn sent_name(part: &Field) -> Cow<'_, str> {
    let Some(sent) = part.content_disposition() else {
        return Cow::Borrowed("");
    };
    match sent.get_filename_ext() {
        Some(name) => String::from_utf8_lossy(&name.value),
        None => Cow::Borrowed(sent.get_filename().unwrap_or_default()),
    }
}

fn picture_ending(upload: &Upload) -> Result<&'static str, Failure> {
    names::picture_ending(upload.kind()).ok_or_else(|| refused(NOT_TAKEN))
}

fn refused(why: &'static str) -> Failure {
    Failure::code(UPLOAD_REFUSED, why)
}

/// Who acts, if they may change anything.
async fn writer(request: Request) -> Result<Acting, Failure> {
    let acting = Acting::of(request).await?;
    acting.may_write()?;
    Ok(acting)
}

/// Whose an upload will be; nobody's if a server names nobody.
async fn owner(request: Request) -> Result<(Request, Option<AccountId>), Failure> {
    if request.by_server() && request.args.text("login_uid").is_none() {
        return Ok((request, None));
    }
    let acting = writer(request).await?;
    Ok((acting.request, Some(acting.caller.id)))
}

/// A folder for the uploads of a month.
fn monthly(folder: &str) -> String {
    let now = OffsetDateTime::now_utc();
    format!("{folder}/{}{:02}", now.year(), u8::from(now.month()))
}

/// Keeps a file under a name that nobody can guess, and tells where it is read.
async fn keep(
    request: &Request,
    owner: Option<AccountId>,
    folder: &str,
    name: &str,
    ending: &str,
    upload: Upload,
) -> Answer {
    let key = format!("{ROOT}/{folder}/{:032x}.{ending}", rand::random::<u128>());
    let size = size(upload.size());
    let kept = request.services.files.keep_for(owner, Some(key), upload);
    let key = kept.await?.key;
    let core = &request.services.core;
    let src = match core.config.popim.public_base.trim_end_matches('/') {
        "" => format!("//{}/{key}", request.host()),
        base => format!("{base}/{key}"),
    };
    let name = request.escape.text(name);
    Ok(Reply::data(
        &json!({ "src": src, "name": name, "size": size }),
    ))
}

/// Mounts the addresses at which uploads and the picture of whoever has shown none are read.
pub fn mount(app: &mut ServiceConfig) {
    let files = web::resource(format!("/{ROOT}/{{key:.+}}"))
        .route(web::get().to(read))
        .route(web::head().to(read));
    let face = web::resource(NO_PICTURE)
        .route(web::get().to(no_picture))
        .route(web::head().to(no_picture));
    app.service(files.wrap(files::cors()))
        .service(face.wrap(files::cors()));
}

async fn read(
    http: HttpRequest,
    services: Data<Services>,
    key: Path<String>,
) -> Result<HttpResponse, Refused> {
    files::serve(&http, &services, format!("{ROOT}/{key}")).await
}

async fn no_picture() -> Result<HttpResponse, Refused> {
    let drawn = collages::nobody().await?;
    Ok(HttpResponse::Ok()
        .content_type("image/jpeg")
        .insert_header((CACHE_CONTROL, "public, max-age=86400"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(drawn))
}

/// An address as clients of every dialect understand it: those of PopIM leave the scheme or the host out.
pub fn absolute(core: &Core, url: &str) -> String {
    completed(&core.public_url, url)
}

fn completed(public_url: &str, url: &str) -> String {
    if url.starts_with("//") {
        let scheme = public_url.split("//").next().unwrap_or_default();
        return format!("{scheme}{url}");
    }
    if url.starts_with('/') {
        return format!("{public_url}{url}");
    }
    url.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gets_the_scheme_and_host_that_it_lacks() {
        let cases = [
            (
                "//im.example/upload/a.png",
                "https://im.example/upload/a.png",
            ),
            ("/upload/a.png", "https://chat.example/upload/a.png"),
            ("http://other.example/a.png", "http://other.example/a.png"),
        ];
        for (url, absolute) in cases {
            assert_eq!(completed("https://chat.example", url), absolute, "{url}");
        }
    }

    #[test]
    fn a_month_has_six_digits() {
        let folder = monthly("files");
        let month = folder.strip_prefix("files/").unwrap();
        assert_eq!(month.len(), 6);
        assert!(month.bytes().all(|byte| byte.is_ascii_digit()));
    }
}
