use super::*;
use crate::error::ErrorKind;
use actix_web::http::Method;
use actix_web::test::TestRequest;
use proptest::prelude::*;

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

#[actix_web::test]
async fn every_encoding_is_read_on_every_method() {
    let parts = [
        ("name=\"toId\"", "7"),
        ("name=\"text\"", "a b"),
        ("name=\"on\"", "1"),
        ("name=\"x\"", "-0.5"),
    ];
    let cases = [
        (FORM, "toId=7&text=a+b&on=1&x=-0.5".to_owned()),
        (
            "text/plain; charset=utf-8",
            "toId=7&text=a%20b&on=t&x=-0.5".to_owned(),
        ),
        ("", "toId=7&text=a+b&on=true&x=-.5".to_owned()),
        (MULTIPART, multipart(&parts)),
        (
            JSON,
            r#"{"toId":7,"text":"a b","on":true,"x":-0.5}"#.to_owned(),
        ),
        (
            "Application/JSON; charset=UTF-8",
            r#"{"TOID":"7","text":"a b","on":1,"x":"-0.5"}"#.to_owned(),
        ),
    ];
    for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
        for (content_type, body) in cases.clone() {
            let request = TestRequest::default()
                .method(method.clone())
                .set_payload(body);
            let fields = read(request.insert_header(("content-type", content_type)))
                .await
                .unwrap();
            let case = format!("{method} {content_type}");
            assert_eq!(fields.required_int("toId").unwrap(), 7, "{case}");
            assert_eq!(fields.required_text("text", 3).unwrap(), "a b", "{case}");
            assert_eq!(fields.flag("on").unwrap(), Some(true), "{case}");
            assert_eq!(fields.required_float("x").unwrap(), -0.5, "{case}");
            assert_eq!(fields.text("other"), None, "{case}");
        }
    }
}

#[actix_web::test]
async fn the_query_wins_on_get_and_the_body_elsewhere() {
    for (method, winner) in [
        (Method::GET, 1),
        (Method::POST, 2),
        (Method::PUT, 2),
        (Method::DELETE, 2),
    ] {
        let request = TestRequest::with_uri("/?a=1&query=3&l=1&l=2").method(method.clone());
        let request = request
            .insert_header(("content-type", FORM))
            .set_payload("a=2&a=9&body=4&l=5");
        let fields = read(request).await.unwrap();
        assert_eq!(fields.int("a").unwrap(), Some(winner), "{method}");
        assert_eq!(fields.int("query").unwrap(), Some(3), "{method}");
        assert_eq!(fields.int("body").unwrap(), Some(4), "{method}");
        let list = if winner == 1 { vec![1, 2] } else { vec![5] };
        assert_eq!(fields.ids("l").unwrap(), Some(list), "{method}");
    }
}

#[actix_web::test]
async fn integers_are_unsigned_decimals_below_two_to_the_fifty_third() {
    let cases = [
        ("0", Some(0)),
        ("", Some(0)),
        ("007", Some(7)),
        ("9007199254740991", Some(9_007_199_254_740_991)),
        ("9007199254740992", None),
        ("99999999999999999999999", None),
        ("-1", None),
        ("%2B1", None),
        ("1.0", None),
        ("+1", None),
        ("1x", None),
        ("0x10", None),
        ("true", None),
        ("%D9%A1", None),
    ];
    for (text, expected) in cases {
        let found = query(&format!("n={text}")).await.int("n");
        match expected {
            Some(number) => assert_eq!(found.unwrap(), Some(number), "{text}"),
            None => assert_eq!(kind(found), Some(ErrorKind::Invalid), "{text}"),
        }
    }
}

#[actix_web::test]
async fn numbers_are_finite() {
    for (text, expected) in [
        ("", 0.0),
        ("1", 1.0),
        ("-113.264385", -113.264385),
        ("1e2", 100.0),
        (".5", 0.5),
    ] {
        assert_eq!(
            query(&format!("n={text}")).await.float("n").unwrap(),
            Some(expected),
            "{text}"
        );
    }
    for text in ["NaN", "inf", "-inf", "infinity", "1e400", "1,5", "x", "+1"] {
        assert_eq!(
            kind(query(&format!("n={text}")).await.float("n")),
            Some(ErrorKind::Invalid),
            "{text}"
        );
    }
}

#[actix_web::test]
async fn flags_have_fixed_spellings() {
    for text in ["1", "t", "T", "true", "True", "TRUE"] {
        assert_eq!(
            query(&format!("f={text}")).await.flag("f").unwrap(),
            Some(true),
            "{text}"
        );
    }
    for text in ["", "0", "f", "F", "false", "False", "FALSE"] {
        assert_eq!(
            query(&format!("f={text}")).await.flag("f").unwrap(),
            Some(false),
            "{text}"
        );
    }
    for text in ["2", "yes", "tRUE", "on"] {
        assert_eq!(
            kind(query(&format!("f={text}")).await.flag("f")),
            Some(ErrorKind::Invalid),
            "{text}"
        );
    }
}

#[actix_web::test]
async fn what_is_required_is_neither_absent_nor_zero_nor_empty() {
    let fields = query("zero=0&none=&n=2").await;
    for name in ["zero", "none", "absent"] {
        assert_eq!(
            kind(fields.required_int(name)),
            Some(ErrorKind::Invalid),
            "{name}"
        );
        assert_eq!(
            kind(fields.required_float(name)),
            Some(ErrorKind::Invalid),
            "{name}"
        );
    }
    for name in ["none", "absent"] {
        assert_eq!(
            kind(fields.required_text(name, 9)),
            Some(ErrorKind::Invalid),
            "{name}"
        );
    }
    assert_eq!(fields.optional_text("none", 9).unwrap(), Some(""));
    assert_eq!(fields.optional_text("absent", 9).unwrap(), None);
    assert_eq!(fields.required_ids("none").unwrap(), Vec::<i64>::new());
    assert_eq!(
        kind(fields.required_ids("absent")),
        Some(ErrorKind::Invalid)
    );
    let error = fields.required_int("absent").unwrap_err();
    assert_eq!(
        error.info(),
        Some("field `absent`: a number other than 0 is needed")
    );
}

#[actix_web::test]
async fn text_is_measured_in_characters_and_not_trimmed() {
    let fields = query("name=+%E5%BC%A0%E4%B8%89+").await;
    assert_eq!(fields.required_text("name", 4).unwrap(), " 张三 ");
    assert_eq!(
        kind(fields.required_text("name", 3)),
        Some(ErrorKind::Invalid)
    );
    assert_eq!(
        kind(fields.optional_text("name", 3)),
        Some(ErrorKind::Invalid)
    );
}

#[actix_web::test]
async fn lists_come_in_five_spellings() {
    let expected = Some(vec![10, 20]);
    for text in [
        "l=10&l=20",
        "l[]=10&l[]=20",
        "l%5B0%5D=10&l%5B1%5D=20",
        "l=10,20",
        "l=+10+,+20+&l=0",
        "l=[10,20]",
        "l=[%2210%22,+20]",
        "l=&l=10&lx=5&l=20",
    ] {
        assert_eq!(query(text).await.ids("l").unwrap(), expected, "{text}");
    }
    for body in [
        r#"{"l":[10, 20]}"#,
        r#"{"L":["10","20"]}"#,
        r#"{"l":"10,20"}"#,
        r#"{"l":"[10,20]"}"#,
    ] {
        assert_eq!(json(body).await.ids("l").unwrap(), expected, "{body}");
    }
    let body = multipart(&[("name=\"l[]\"", "10"), ("name=\"l[]\"", "20")]);
    assert_eq!(
        read(post(MULTIPART, body)).await.unwrap().ids("l").unwrap(),
        expected
    );
    assert_eq!(json(r#"{"l":7}"#).await.ids("l").unwrap(), Some(vec![7]));
    assert_eq!(json(r#"{"l":[]}"#).await.ids("l").unwrap(), Some(vec![]));
    assert_eq!(json(r#"{"l":null}"#).await.ids("l").unwrap(), None);
    for text in [
        "l=1&l=x",
        "l=[1",
        "l=[[1]]",
        "l=-1",
        "l={}",
        "l=1.5",
        "l=9007199254740992",
    ] {
        assert_eq!(
            kind(query(text).await.ids("l")),
            Some(ErrorKind::Invalid),
            "{text}"
        );
    }
}

#[actix_web::test]
async fn a_list_of_more_than_a_thousand_is_refused() {
    let thousand = "l=".to_owned() + &vec!["1"; 1000].join(",");
    assert_eq!(
        query(&thousand).await.ids("l").unwrap().unwrap().len(),
        1000
    );
    assert_eq!(
        kind(query(&(thousand + ",1")).await.ids("l")),
        Some(ErrorKind::Invalid)
    );
}

#[actix_web::test]
async fn json_values_that_are_not_text_keep_their_digits_and_spelling() {
    let fields =
        json(r#"{"n":0.30000000000000004,"o":{"content": "嗨 😀", "k":1.10},"s":"\u55e8","none":null,"w":12}"#).await;
    assert_eq!(fields.float("n").unwrap(), Some(0.30000000000000004));
    assert_eq!(fields.text("o"), Some(r#"{"content": "嗨 😀", "k":1.10}"#));
    assert_eq!(fields.text("s"), Some("嗨"));
    assert_eq!(fields.text("none"), None);
    assert_eq!(fields.text("w"), Some("12"));
}

#[actix_web::test]
async fn the_exact_json_name_wins_over_another_case() {
    let fields = json(r#"{"TOID":1,"toId":2,"Name":"x"}"#).await;
    assert_eq!(fields.int("toId").unwrap(), Some(2));
    assert_eq!(fields.text("name"), Some("x"));
    assert_eq!(query("Name=x").await.text("name"), None);
}

#[actix_web::test]
async fn an_empty_body_of_any_type_has_no_fields() {
    for content_type in [FORM, JSON, MULTIPART, "application/octet-stream", ""] {
        for body in ["", "\r\n"] {
            assert!(
                read(post(content_type, body))
                    .await
                    .unwrap()
                    .text("a")
                    .is_none(),
                "{content_type}"
            );
        }
    }
    for body in ["null", "{}"] {
        assert!(read(post(JSON, body)).await.is_ok(), "{body}");
    }
    assert!(read(post(MULTIPART, "---B---\r\n")).await.is_ok());
}

#[actix_web::test]
async fn malformed_bodies_are_invalid() {
    let cases: [(&str, &[u8]); 15] = [
        (JSON, b"{"),
        (JSON, b"[1]"),
        (JSON, b"\"a\""),
        (JSON, b"{\"a\":1}}"),
        (JSON, b"{\"a\":\"\\ud800\"}"),
        (JSON, b"{\"a\":\"\xff\"}"),
        (JSON, b"{\"a\":\"\\u0000\"}"),
        (FORM, b"a=\xff"),
        (FORM, b"a=%00"),
        ("multipart/form-data", b"---B---\r\n"),
        (MULTIPART, b"nonsense"),
        (
            MULTIPART,
            b"---B-\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1",
        ),
        (
            MULTIPART,
            b"---B-\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\xff\r\n---B---\r\n",
        ),
        (MULTIPART, b"---B-\r\n\r\n1\r\n---B---\r\n"),
        ("application/xml", b"<a>1</a>"),
    ];
    for (content_type, body) in cases {
        let found = read(post(content_type, body)).await;
        assert_eq!(
            kind(found),
            Some(ErrorKind::Invalid),
            "{content_type} {}",
            body.escape_ascii()
        );
    }
}

#[actix_web::test]
async fn controls_and_emoji_pass_untouched() {
    let text = "\u{1}\t\r\n😀\u{feff}\u{202e}";
    let parts = multipart(&[("name=\"a\"", text)]);
    assert_eq!(
        read(post(MULTIPART, parts)).await.unwrap().text("a"),
        Some(text)
    );
    let body = serde_json::json!({ "a": text }).to_string();
    assert_eq!(read(post(JSON, body)).await.unwrap().text("a"), Some(text));
    let fields = query("a=%01%09%0D%0A%F0%9F%98%80%EF%BB%BF%E2%80%AE").await;
    assert_eq!(fields.text("a"), Some(text));
}

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

const TYPES: &[&str] = &[
    "",
    FORM,
    JSON,
    MULTIPART,
    "text/plain",
    "multipart/form-data",
    "multipart/form-data; boundary=\"\"",
    "?",
];

const CODINGS: &[&str] = &["", "gzip", "deflate"];

const PIECES: &[&[u8]] = &[
    b"---B-\r\n",
    b"\r\n---B-\r\n",
    b"\r\n---B---\r\n",
    b"Content-Disposition: form-data; name=\"l[]\"\r\n",
    b"Content-Disposition: form-data; name=\"a\"; filename*=UTF-8''%ff\r\n",
    b"Content-Length: 5\r\n",
    b"\r\n\r\n",
    b"\r",
    b"{\"l\":[1,\"",
    b"\\ud83d",
    b"\"]}",
    b"l=1&l[]=2&a=%f0%9f",
    &GZIP,
    &ZLIB,
];

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::sample::select(PIECES).prop_map(<[u8]>::to_vec),
        proptest::collection::vec(any::<u8>(), 0..24),
    ]
}

proptest! {
    #[test]
    fn no_bytes_of_any_type_panic(
        pieces in proptest::collection::vec(piece(), 0..12),
        content_type in proptest::sample::select(TYPES),
        coding in proptest::sample::select(CODINGS),
    ) {
        let request = post(content_type, pieces.concat()).insert_header(("content-encoding", coding));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        if let Ok(fields) = runtime.block_on(read(request)) {
            for name in ["a", "l", ""] {
                let _ = (fields.text(name), fields.int(name), fields.float(name), fields.flag(name), fields.ids(name));
            }
        }
    }
}
