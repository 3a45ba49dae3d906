//! What bodies and queries are read from.

use super::*;
use actix_web::http::Method;

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
