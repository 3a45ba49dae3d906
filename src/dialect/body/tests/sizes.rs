//! How much is read.

use super::*;

#[actix_web::test]
async fn compressed_bodies_count_with_their_full_size() {
    let cases: [(&str, &[u8]); 3] = [("gzip", &GZIP), ("GZIP", &GZIP), ("deflate", &ZLIB)];
    for (coding, body) in cases {
        for (limit, expected) in [(1009, None), (1008, Some(ErrorKind::TooLarge))] {
            let request = post(FORM, body.to_vec()).insert_header(("content-encoding", coding));
            let (req, payload) = request.to_http_parts();
            let found = Fields::read(&req, payload, limit).await;
            assert_eq!(
                found.as_ref().err().map(Error::kind),
                expected,
                "{coding} {limit}"
            );
            if let Ok(fields) = found {
                assert_eq!(fields.text("name").map(str::len), Some(1000), "{coding}");
            }
        }
    }
}

#[actix_web::test]
async fn what_is_not_gzip_is_not_read_as_gzip() {
    let request = post(FORM, "a=1").insert_header(("content-encoding", "gzip"));
    assert_eq!(kind(read(request).await), Some(ErrorKind::Invalid));
}

#[actix_web::test]
async fn a_body_over_the_limit_is_too_large() {
    for content_type in [FORM, JSON, MULTIPART] {
        assert_eq!(
            kind(read(post(content_type, vec![b' '; 4097])).await),
            Some(ErrorKind::TooLarge),
            "{content_type}"
        );
        assert!(
            read(post(content_type, vec![b' '; 4096])).await.is_ok(),
            "{content_type}"
        );
    }
}

#[actix_web::test]
async fn more_than_256_parts_are_refused() {
    for (count, expected) in [(256, None), (257, Some(ErrorKind::Invalid))] {
        let body = multipart(&vec![("name=\"a\"", "1"); count]);
        let (req, payload) = post(MULTIPART, body).to_http_parts();
        assert_eq!(
            kind(Fields::read(&req, payload, 1 << 20).await),
            expected,
            "{count}"
        );
    }
}

#[actix_web::test]
async fn a_part_may_be_larger_than_the_parsers_buffer() {
    let large = "\r\n--x".repeat(50_000);
    let body = multipart(&[
        ("name=\"a\"", &large),
        ("name=\"f\"; filename=\"f\"", &large),
        ("name=\"b\"", "2"),
    ]);
    let (req, payload) = post(MULTIPART, body).to_http_parts();
    let fields = Fields::read(&req, payload, 1 << 20).await.unwrap();
    assert_eq!(fields.text("a"), Some(large.as_str()));
    assert_eq!(fields.text("b"), Some("2"));
}

#[actix_web::test]
async fn file_parts_are_skipped() {
    let parts = [
        ("name=\"f\"; filename=\"a.png\"", "\u{0}binary"),
        ("name=\"a\"", "1"),
        ("name=\"g\"; filename*=UTF-8''%E5%BC%A0.png", "x"),
        ("name=\"b\"", "2"),
    ];
    let fields = read(post(MULTIPART, multipart(&parts))).await.unwrap();
    assert_eq!((fields.text("f"), fields.text("g")), (None, None));
    assert_eq!(
        (fields.int("a").unwrap(), fields.int("b").unwrap()),
        (Some(1), Some(2))
    );
}
