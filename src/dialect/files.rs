//! Uploading and reading files: what the clients of every dialect use instead of a cloud store. The upload form and its answer
//! are those of the store whose tokens freeIM hands out (contract of freeim, section 5.5).

use super::caller::address;
use super::limits::Limits;
use crate::error::{Error, ErrorKind, Result};
use crate::service::Services;
use crate::service::files::{Files, Opened, Upload};
use actix_cors::Cors;
use actix_files::NamedFile;
use actix_multipart::{Field, Multipart};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, ContentDisposition, DispositionType, HeaderValue, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use futures_util::StreamExt;
use futures_util::stream::Take;
use serde_json::json;
use std::fmt;
use std::time::Duration;
use tokio::time::timeout;

/// Bytes of a token or a key.
const TEXT: usize = 4096;
/// Parts of a form that are looked at.
const PARTS: usize = 32;
/// How long an upload may make no progress.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is behind a key never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Mounts `POST /files` and `GET /files/{key}`.
pub fn mount(app: &mut ServiceConfig) {
    let files = web::scope("/files")
        .route("", web::post().to(upload))
        .route("/{key:.+}", web::get().to(read))
        .route("/{key:.+}", web::head().to(read));
    app.service(files.wrap(cors()));
}

/// Lets pages of every origin read files: whoever knows a file's address may.
pub fn cors() -> Cors {
    Cors::default()
        .allow_any_origin()
        .send_wildcard()
        .allow_any_method()
        .allow_any_header()
        .max_age(3600)
}

/// Takes a multipart form with the parts `token`, then `file` and, if the file is to have a name, `key` anywhere.
async fn upload(
    req: HttpRequest,
    services: Data<Services>,
    limits: Data<Limits>,
    form: Multipart,
) -> Result<HttpResponse, Refused> {
    limits.request_from(address(&req))?;
    let Form { token, key, file } = Form::read(form, &services.files, &limits).await?;
    let (Some(token), Some(file)) = (token, file) else {
        return Err(Error::invalid("the part `file` is needed").into());
    };
    let kept = services.files.keep(&token, key, file).await?;
    Ok(HttpResponse::Ok().json(json!({ "hash": kept.hash, "key": kept.key })))
}

#[derive(Default)]
struct Form {
    token: Option<String>,
    key: Option<String>,
    file: Option<Upload>,
}

impl Form {
    /// The token comes first and once: nothing is written for who may not upload, and an upload counts once.
    async fn read(parts: Multipart, files: &Files, limits: &Limits) -> Result<Self> {
        let mut form = Self::default();
        let mut parts = parts.take(PARTS);
        while let Some(part) = arriving(parts.next(), PATIENCE).await? {
            let mut part = part.map_err(malformed)?;
            match part.name() {
                Some("token") if form.token.is_some() => return Err(twice("token")),
                Some("token") => {
                    let token = text(&mut part).await?;
                    limits.upload(files.check(&token)?)?;
                    form.token = Some(token);
                }
                Some("key") => form.key = Some(text(&mut part).await?),
                Some("file") if form.token.is_none() => {
                    let info = "the part `token` must come before the part `file`";
                    return Err(Error::invalid(info));
                }
                Some("file") if form.file.is_some() => return Err(twice("file")),
                Some("file") => form.file = Some(content(&mut part, files, u64::MAX).await?),
                _ => {}
            }
        }
        Ok(form)
    }
}

/// The text of a part, of some thousand bytes at most.
pub async fn text(part: &mut Field) -> Result<String> {
    let bytes = arriving(part.bytes(TEXT), PATIENCE)
        .await?
        .map_err(malformed)?
        .map_err(malformed)?;
    String::from_utf8(bytes.to_vec()).map_err(malformed)
}

/// The content of a part. More than `most` bytes are [`ErrorKind::TooLarge`].
pub async fn content(part: &mut Field, files: &Files, most: u64) -> Result<Upload> {
    let mut upload = files.begin().await?;
    while let Some(piece) = arriving(part.next(), PATIENCE).await? {
        upload.write(&piece.map_err(malformed)?).await?;
        if upload.size() > most {
            return Err(ErrorKind::TooLarge.into());
        }
    }
    Ok(upload)
}

/// The content of a part in memory, for what has to be looked at whole; as [`content`].
pub async fn bytes(part: &mut Field, most: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(piece) = arriving(part.next(), PATIENCE).await? {
        bytes.extend_from_slice(&piece.map_err(malformed)?);
        if bytes.len() > most {
            return Err(ErrorKind::TooLarge.into());
        }
    }
    Ok(bytes)
}

/// The parts of a form, for dialects with forms of their own.
pub struct Parts(Take<Multipart>);

impl Parts {
    /// Those of a request's body.
    pub fn of(req: &HttpRequest, body: web::Payload) -> Self {
        Self(Multipart::new(req.headers(), body).take(PARTS))
    }

    /// The next one, if it comes in time. What is left of the one before is lost.
    pub async fn next(&mut self) -> Result<Option<Field>> {
        let part = arriving(self.0.next(), PATIENCE).await?;
        part.transpose().map_err(malformed)
    }
}

/// The part `file` of a form that has no other, for dialects with forms of their own. Whether somebody may upload is for the
/// caller to ask before.
pub async fn received(parts: Multipart, files: &Files) -> Result<Option<Upload>> {
    let mut parts = parts.take(PARTS);
    while let Some(part) = arriving(parts.next(), PATIENCE).await? {
        let mut part = part.map_err(malformed)?;
        if part.name() == Some("file") {
            return content(&mut part, files, u64::MAX).await.map(Some);
        }
    }
    Ok(None)
}

/// What comes next, if it comes in time.
async fn arriving<T>(next: impl Future<Output = T>, patience: Duration) -> Result<T> {
    let next = timeout(patience, next).await;
    next.map_err(|_| Error::invalid("the upload stalled"))
}

fn twice(part: &str) -> Error {
    Error::invalid(format!("the part `{part}` may come only once"))
}

fn malformed(error: impl fmt::Display) -> Error {
    Error::invalid(format!("body: {error}"))
}

/// Serves a file, whole or in part.
pub async fn read(
    req: HttpRequest,
    services: Data<Services>,
    key: Path<String>,
) -> Result<HttpResponse, Refused> {
    serve(&req, &services, key.into_inner()).await
}

/// Serves the file under a key, whole or in part, so that it can do nothing in our name.
pub async fn serve(
    req: &HttpRequest,
    services: &Services,
    key: String,
) -> Result<HttpResponse, Refused> {
    let Opened {
        content,
        media_type,
        ..
    } = services.files.open(key).await?;
    let disposition = ContentDisposition {
        disposition: disposition(&media_type),
        parameters: Vec::new(),
    };
    // Its name is not shown; without an ending it tells no type either.
    let file = NamedFile::from_file(content, "file")
        .map_err(Error::internal)?
        .set_content_disposition(disposition);
    let file = match media_type.parse() {
        Ok(kind) => file.set_content_type(kind),
        Err(_) => file,
    };
    let mut response = file.into_response(req);
    response
        .headers_mut()
        .insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static(FOREVER));
    Ok(response)
}

/// Only what can run no script is shown in our origin; everything else is to be saved.
fn disposition(media_type: &str) -> DispositionType {
    match media_type.split_once('/') {
        Some(("image", subtype)) if !subtype.starts_with("svg") => DispositionType::Inline,
        Some(("audio" | "video", _)) => DispositionType::Inline,
        _ => DispositionType::Attachment,
    }
}

/// An error in the shape of the cloud store's: a status and a text for the client's developer.
#[derive(Debug)]
pub struct Refused(Error);

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<ErrorKind> for Refused {
    #[track_caller]
    fn from(kind: ErrorKind) -> Self {
        Self(kind.into())
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Refused {
    fn verdict(&self) -> (StatusCode, &'static str) {
        match self.0.kind() {
            ErrorKind::NotLoggedIn => (StatusCode::UNAUTHORIZED, "bad token"),
            ErrorKind::Invalid => (StatusCode::BAD_REQUEST, "invalid form"),
            ErrorKind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "file too large"),
            ErrorKind::NotFound => (StatusCode::NOT_FOUND, "no such file"),
            ErrorKind::NameTaken => (StatusCode::CONFLICT, "file exists"),
            ErrorKind::TooFast => (StatusCode::TOO_MANY_REQUESTS, "too many requests"),
            ErrorKind::Busy | ErrorKind::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            // No rule about people or channels applies to files.
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "internal error"),
        }
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        self.verdict().0
    }

    fn error_response(&self) -> HttpResponse {
        let Self(error) = self;
        if error.is_fault() {
            log::error!("{error}");
        }
        let (status, text) = self.verdict();
        HttpResponse::build(status).json(json!({ "error": error.info().unwrap_or(text) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::to_bytes;

    #[actix_web::test]
    async fn a_stalled_upload_is_not_waited_for() {
        let stalled = arriving(std::future::pending::<()>(), Duration::ZERO).await;
        assert_eq!(stalled.unwrap_err().info(), Some("the upload stalled"));
    }

    #[test]
    fn only_media_that_run_no_script_are_shown_inline() {
        for shown in ["image/png", "audio/amr", "video/mp4"] {
            assert_eq!(disposition(shown), DispositionType::Inline, "{shown}");
        }
        for saved in [
            "image/svg+xml",
            "text/html",
            "text/plain",
            "application/pdf",
            "application/octet-stream",
            "",
        ] {
            assert_eq!(disposition(saved), DispositionType::Attachment, "{saved}");
        }
    }

    #[actix_web::test]
    async fn a_refusal_has_a_status_and_a_text() {
        let cases = [
            (
                ErrorKind::NotLoggedIn.into(),
                401,
                r#"{"error":"bad token"}"#,
            ),
            (
                Error::invalid("the part `file` is needed"),
                400,
                r#"{"error":"the part `file` is needed"}"#,
            ),
            (
                Error::internal("disk full"),
                500,
                r#"{"error":"internal error"}"#,
            ),
        ];
        for (error, status, body) in cases {
            let response = Refused(error).error_response();
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(to_bytes(response.into_body()).await.unwrap(), body);
        }
    }
}
