//! Garbage instead of HTTP requests.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{Target, exchange, throw};

#[rustfmt::skip]
const METHODS: &[&str] = &["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE", "PRI", "get", ""];

#[rustfmt::skip]
const PATHS: &[&str] = &[
    "/", "*", "//", "http://elsewhere/", "/healthz", "/api/v1/ws", "/api/v1/ws?t=%00", "/api/v1/captcha/image",
    "/api/v1/login/basic", "/api/v1/register/basic", "/api/v1/me/update/info", "/api/v1/friends?t=a.b.c",
    "/api/v1/chatGroups/near?t=", "/api/v1/../../etc/passwd", "/api/v1/%2e%2e/%ff",
];

#[rustfmt::skip]
const VERSIONS: &[&str] = &["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/9.9", "HTTP", ""];

#[rustfmt::skip]
const HEADERS: &[&str] = &[
    "Host: node", "Connection: Upgrade", "Connection: close", "Upgrade: websocket", "Upgrade: h2c",
    "Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 99", "Sec-WebSocket-Key: short",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Content-Length: 5", "Content-Length: -1",
    "Content-Length: 18446744073709551616", "Transfer-Encoding: chunked", "Transfer-Encoding: x, chunked",
    "Content-Encoding: gzip", "Content-Encoding: deflate", "Content-Type: application/json",
    "Content-Type: multipart/form-data", "Content-Type: multipart/form-data; boundary=b",
    "Content-Type: application/x-www-form-urlencoded", "Authorization: Bearer", "Authorization: a.b.c",
    "Expect: 100-continue", "Range: bytes=9-1", "X-Forwarded-For: nowhere", " folded", ": nameless",
];

#[rustfmt::skip]
const BODIES: &[&str] = &[
    "", r#"{"username":null}"#, "[[[[[[", "--b\r\n\r\n", "--b\r\nContent-Disposition: form-data\r\n\r\n--b--",
    "5\r\nhello\r\n0\r\n\r\n", "ffffffffffffffff\r\n", "a=%&b=%zz&=&&", "username=%00&password[]=1",
];

/// Mostly one of the table, sometimes anything of that pattern.
fn one_of(table: &'static [&'static str], pattern: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![4 => select(table).prop_map(str::to_owned), 1 => pattern]
}

/// A request that looks like one at first: any part of it may be wrong.
fn hostile_request() -> impl Strategy<Value = Vec<u8>> {
    let method = one_of(METHODS, "[ -~]{0,12}");
    let path = one_of(PATHS, "/[!-~]{0,200}");
    let headers = vec(one_of(HEADERS, "[!-~]{1,20}: [ -~]{0,200}"), 0..8);
    let body = prop_oneof![
        vec(any::<u8>(), 0..600),
        select(BODIES).prop_map(|text| text.as_bytes().to_vec()),
    ];
    (method, path, select(VERSIONS), headers, body).prop_map(|parts| {
        let (method, path, version, headers, body) = parts;
        let headers = headers.join("\r\n");
        let head = format!("{method} {path} {version}\r\n{headers}\r\n\r\n");
        [head.into_bytes(), body].concat()
    })
}

/// Whatever the node answers, it does not blame itself.
async fn request(target: Target, bytes: Vec<u8>) {
    let answer = exchange(target.address, &bytes, true).await;
    if let Some(status) = answer.strip_prefix(b"HTTP/1.") {
        let status = String::from_utf8_lossy(&status[..status.len().min(80)]);
        assert!(!status[1..].starts_with(" 5"), "HTTP/1.{status}");
    }
}

#[test]
fn random_bytes_instead_of_a_request_harm_nobody() {
    throw(vec(any::<u8>(), 0..2_048), request);
}

#[test]
fn malformed_requests_harm_nobody_and_are_never_the_nodes_fault() {
    throw(hostile_request(), request);
}

#[test]
fn requests_cut_short_harm_nobody() {
    let cut = (hostile_request(), any::<Index>()).prop_map(|(mut bytes, end)| {
        bytes.truncate(end.index(bytes.len()));
        bytes
    });
    throw(cut, request);
}
