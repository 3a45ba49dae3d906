//! What the answers of all dialects have in common: they are JSON, whatever their status.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

/// An answer of JSON text.
pub fn json(status: StatusCode, body: String) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("application/json; charset=utf-8")
        .body(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_type_names_the_charset() {
        let answer = json(StatusCode::OK, "null".to_owned());
        let kind = answer.headers().get("content-type").unwrap();
        assert_eq!(kind, "application/json; charset=utf-8");
    }
}
