//! From the bytes of a body to pairs of name and value.

use super::Source;
use crate::error::{Error, ErrorKind, Result};
use actix_multipart::Multipart;
use actix_web::dev::{Decompress, Payload};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, ContentDisposition, ContentEncoding};
use actix_web::web::{Bytes, BytesMut, Query};
use actix_web::{HttpMessage, HttpRequest};
use futures_util::{Stream, StreamExt, stream};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::future::ready;
use std::pin::pin;

type Pairs = Vec<(String, String)>;

/// The most parts a multipart body may have.
const MAX_PARTS: usize = 256;

/// How much of a body over the limit is taken in and dropped, in bytes: a client that still sends when it is answered may never
/// read the answer.
const PATIENCE: usize = 4 << 20;

/// How much compressed data is inflated at once. Deflate grows data at most about a thousandfold, so that a bomb takes a
/// megabyte before the limit is seen; and so little is inflated in place, not on another thread.
const SLICE: usize = 1024;

/// The fields of the body. An empty body has none, whatever its type.
pub(super) async fn body(req: &HttpRequest, payload: Payload, limit: usize) -> Result<Source> {
    let bytes = collect(req, payload, limit).await?;
    if bytes.trim_ascii().is_empty() {
        return Ok(Source::default());
    }
    let content_type = req.content_type().to_ascii_lowercase();
    match content_type.as_str() {
        "multipart/form-data" => Ok(Source {
            pairs: multipart(req, bytes).await?,
            any_case: false,
        }),
        "application/x-www-form-urlencoded" | "text/plain" | "" => Ok(Source {
            pairs: urlencoded(utf8(&bytes)?)?,
            any_case: false,
        }),
        "application/json" | "text/json" => Ok(Source {
            pairs: json(utf8(&bytes)?)?,
            any_case: true,
        }),
        _ => Err(Error::invalid("body: the content type is not understood")),
    }
}

/// The pairs of a query or form. Percent-encoded bytes that are not UTF-8 become U+FFFD.
pub(super) fn urlencoded(text: &str) -> Result<Pairs> {
    Query::<Pairs>::from_query(text)
        .map(Query::into_inner)
        .map_err(malformed)
}

pub(super) async fn collect(req: &HttpRequest, payload: Payload, limit: usize) -> Result<Bytes> {
    let coding = req
        .headers()
        .get(CONTENT_ENCODING)
        .and_then(|value| value.to_str().ok());
    match coding.and_then(|name| name.parse().ok()) {
        Some(coding @ (ContentEncoding::Gzip | ContentEncoding::Deflate)) => {
            let slices = payload.flat_map(|chunk| stream::iter(sliced(chunk)));
            gather(Decompress::new(slices, coding), limit).await
        }
        _ => gather(payload, limit).await,
    }
}

async fn gather(
    chunks: impl Stream<Item = Result<Bytes, PayloadError>>,
    limit: usize,
) -> Result<Bytes> {
    let mut chunks = pin!(chunks);
    let mut bytes = BytesMut::new();
    let mut dropped = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(malformed)?;
        if dropped > 0 || bytes.len() + chunk.len() > limit {
            bytes = BytesMut::new();
            dropped += chunk.len();
            if dropped > PATIENCE {
                break;
            }
            continue;
        }
        bytes.extend_from_slice(&chunk);
    }
    if dropped > 0 {
        Err(Error::new(ErrorKind::TooLarge))
    } else {
        Ok(bytes.freeze())
    }
}

fn sliced(chunk: Result<Bytes, PayloadError>) -> Vec<Result<Bytes, PayloadError>> {
    match chunk {
        Ok(bytes) => {
            let starts = (0..bytes.len()).step_by(SLICE);
            starts
                .map(|start| Ok(bytes.slice(start..bytes.len().min(start + SLICE))))
                .collect()
        }
        error => vec![error],
    }
}

async fn multipart(req: &HttpRequest, body: Bytes) -> Result<Pairs> {
    let limit = body.len();
    let mut parts = Multipart::new(
        req.headers(),
        stream::once(ready(Ok::<_, PayloadError>(body))),
    );
    let mut pairs = Vec::new();
    let mut count = 0;
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(malformed)?;
        count += 1;
        if count > MAX_PARTS {
            return Err(Error::invalid(format!("body: more than {MAX_PARTS} parts")));
        }
        let Some(name) = part.content_disposition().and_then(text_name) else {
            continue;
        };
        let value = part
            .bytes(limit)
            .await
            .map_err(malformed)?
            .map_err(malformed)?;
        pairs.push((name, utf8(&value)?.to_owned()));
    }
    Ok(pairs)
}

/// The name of a part, unless it is a file.
fn text_name(disposition: &ContentDisposition) -> Option<String> {
    let is_file = disposition.get_filename().is_some() || disposition.get_filename_ext().is_some();
    disposition
        .get_name()
        .filter(|_| !is_file)
        .map(str::to_owned)
}

/// The members of a JSON object: `null` counts as absent, everything that is not a string stays JSON text. Numbers are not
/// parsed here, so that no digit of a coordinate is lost.
fn json(text: &str) -> Result<Pairs> {
    let members: Option<BTreeMap<String, &RawValue>> =
        serde_json::from_str(text).map_err(not_json)?;
    let mut pairs = Vec::new();
    for (name, value) in members.unwrap_or_default() {
        match value.get() {
            "null" => {}
            text if text.starts_with('"') => {
                pairs.push((name, serde_json::from_str(text).map_err(not_json)?))
            }
            text => pairs.push((name, text.to_owned())),
        }
    }
    Ok(pairs)
}

fn utf8(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(malformed)
}

/// Names the place only: the parser's own text may quote a value.
fn not_json(error: serde_json::Error) -> Error {
    Error::invalid(format!(
        "body: not a JSON object, line {} column {}",
        error.line(),
        error.column()
    ))
}

fn malformed(error: impl Display) -> Error {
    Error::invalid(format!("body: {error}"))
}
