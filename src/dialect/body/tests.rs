mod encodings;
mod random;
mod sizes;
mod values;

use super::*;
use crate::error::ErrorKind;
use actix_web::test::TestRequest;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const MULTIPART: &str = "multipart/form-data; boundary=-B-";

/// `a=1&name=` and a thousand `x`, as gzip and as zlib.
const GZIP: [u8; 37] = [
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 75, 180, 53, 84, 203, 75, 204, 77, 181, 173, 24, 5, 163, 96,
    20, 12, 123, 0, 0, 13, 90, 229, 159, 241, 3, 0, 0,
];
const ZLIB: [u8; 25] = [
    120, 218, 75, 180, 53, 84, 203, 75, 204, 77, 181, 173, 24, 5, 163, 96, 20, 12, 123, 0, 0, 193,
    94, 215, 163,
];

async fn read(request: TestRequest) -> Result<Fields> {
    let (req, payload) = request.to_http_parts();
    Fields::read(&req, payload, 4096).await
}

fn post(content_type: &'static str, body: impl Into<actix_web::web::Bytes>) -> TestRequest {
    TestRequest::post()
        .insert_header(("content-type", content_type))
        .set_payload(body)
}

async fn json(body: &'static str) -> Fields {
    read(post(JSON, body)).await.unwrap()
}

async fn query(text: &str) -> Fields {
    read(TestRequest::with_uri(&format!("/?{text}")))
        .await
        .unwrap()
}

fn multipart(parts: &[(&str, &str)]) -> String {
    let parts = parts.iter().map(|(disposition, value)| {
        format!("---B-\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{value}\r\n")
    });
    parts.collect::<String>() + "---B---\r\n"
}

fn kind<T>(result: Result<T>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}
