//! Requests nobody should send: each gets an answer of the contract, and the node lives on.

mod fields;
mod random;

use crate::support::http::{Answer, BASE, Encoding, INVALID, LOG_IN, send, try_send};
use crate::support::{TestNode, User};
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use parlance::dialect::freeim::ROUTES;
use parlance::domain::time::{DAY, now};
use reqwest::Method;
use serde_json::{Value, json};
use std::io::Write;

/// The operations that answer requests: all but the socket.
fn operations() -> impl Iterator<Item = (u8, Method, &'static str)> {
    let requests = ROUTES.iter().filter(|(_, _, path)| *path != "/ws");
    requests.map(|(number, method, path)| (*number, method.parse().unwrap(), *path))
}

/// Whatever it says, it is an answer of the contract and not the node's fault.
#[track_caller]
fn assert_orderly(answer: &Answer) {
    answer.assert_envelope();
    match answer.body["code"].as_i64() {
        Some(0) => {
            answer.succeeds(answer.message());
        }
        _ => answer.fails(answer.message()),
    }
    assert_ne!(answer.message(), "服务器错误", "{:?}", answer.asked);
}

async fn assert_healthy(node: &TestNode) {
    for path in ["/healthz", "/readyz"] {
        let answer = send(node.guest().request(Method::GET, path)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

/// A request with a body as it stands.
async fn raw(
    user: &User,
    path: &str,
    content_type: &str,
    body: impl Into<reqwest::Body>,
) -> Answer {
    let request = user.request(Method::POST, &format!("{BASE}{path}"));
    send(request.header("Content-Type", content_type).body(body)).await
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_invalid() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let brackets = "[".repeat(100_000);
    let form = "multipart/form-data; boundary=b";
    let parts =
        "--b\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nx\r\n".repeat(300) + "--b--\r\n";
    for (content_type, body) in [
        ("application/json", "{"),
        ("application/json", "[]"),
        ("application/json", "\"toId\""),
        ("application/json", "{\"toId\":10000000"),
        ("application/json", "{\"toId\":10000000} more"),
        ("application/json", "\u{feff}{}"),
        ("application/json", brackets.as_str()),
        ("multipart/form-data", "--b\r\n"),
        (
            form,
            "--b\r\nContent-Disposition: form-data; name=\"toId\"\r\n\r\n100",
        ),
        (form, "nothing of the kind"),
        (form, parts.as_str()),
        ("application/xml", "<toId>10000000</toId>"),
        ("application/octet-stream", "toId=10000000"),
        ("application/x-www-form-urlencoded", "toId=1\u{0}"),
        ("application/x-www-form-urlencoded", "toId=%00"),
    ] {
        let answer = raw(&ann, "/friends/add", content_type, body.to_owned()).await;
        assert_eq!(
            answer.message(),
            INVALID,
            "{content_type}: {}",
            answer.text()
        );
        answer.fails(INVALID);
    }
    let not_utf8 = raw(
        &ann,
        "/friends/add",
        "application/json",
        b"{\"reason\":\"\xff\"}".to_vec(),
    )
    .await;
    not_utf8.fails(INVALID);
    assert_healthy(&node).await;
}

#[tokio::test]
async fn wrong_types_are_invalid_and_null_is_absent() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    for to in [
        json!(null),
        json!(true),
        json!([]),
        json!({}),
        json!([bob.id]),
        json!("bob"),
        json!(-1),
        json!(0.5),
        json!(1e300),
        json!(9_007_199_254_740_992_i64),
        json!(u64::MAX),
        json!("１"),
        json!(" 1"),
        json!("0x10"),
        json!("1e3"),
    ] {
        let fields = json!({"toId": to, "reason": "hello"});
        let answer = ann
            .call(Method::POST, "/friends/add", Encoding::Json, fields)
            .await;
        assert_eq!(answer.message(), INVALID, "{to}");
    }
    let fields = json!({"toId": bob.id, "reason": null});
    let answer = ann
        .call(Method::POST, "/friends/add", Encoding::Json, fields)
        .await;
    answer.succeeds("成功");
}

#[tokio::test]
async fn of_a_repeated_field_the_first_counts() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    let twice = format!("toId={}&toId={}&toId=0", bob.id, cat.id);
    let form = "application/x-www-form-urlencoded";
    raw(&ann, "/friends/add", form, twice)
        .await
        .succeeds("成功");
    let waiting = async |user: &User| {
        let applies = user.get("/friends/add/applies", json!({})).await;
        applies.items().len()
    };
    assert_eq!((waiting(&bob).await, waiting(&cat).await), (1, 0));
    // The body before the query.
    let path = format!("/friends/add?toId={}", bob.id);
    let fields = json!({"toId": cat.id});
    ann.call(Method::POST, &path, Encoding::Multipart, fields)
        .await
        .succeeds("成功");
    assert_eq!((waiting(&bob).await, waiting(&cat).await), (1, 1));
}

#[tokio::test]
async fn every_operation_survives_fields_that_are_empty_null_nested_or_missing() {
    let node = TestNode::start().await;
    let user = node.register("ann").await;
    let names = fields::NAMES;
    let all = |value: Value| {
        Value::Object(
            names
                .iter()
                .map(|name| ((*name).to_owned(), value.clone()))
                .collect(),
        )
    };
    let mut token = user.token.clone();
    for (_, method, path) in operations() {
        for value in [
            json!(null),
            json!(""),
            json!({}),
            json!([[]]),
            json!(true),
            json!("😀\u{1}'\"<"),
            json!(-0.0),
        ] {
            let ann = user.with_token(&token);
            let answer = ann
                .call(method.clone(), path, Encoding::Json, all(value))
                .await;
            assert_orderly(&answer);
            // One of them may have set a password.
            renew(&mut token, &answer);
        }
        let ann = user.with_token(&token);
        let answer = ann.call(method, path, Encoding::Multipart, json!({})).await;
        assert_orderly(&answer);
        renew(&mut token, &answer);
    }
    assert_healthy(&node).await;
}

/// Keeps the token that is good after an answer.
fn renew(token: &mut String, answer: &Answer) {
    let fresh = answer.header("authorization");
    if !fresh.is_empty() {
        fresh.clone_into(token);
    }
}

#[tokio::test]
async fn every_operation_survives_a_megabyte_in_its_fields() {
    let node = TestNode::start().await;
    let user = node.register("ann").await;
    let share = 1_000_000 / fields::NAMES.len();
    let mut many = json!({});
    for name in fields::NAMES {
        many[*name] = "x".repeat(share).into();
    }
    for (_, method, path) in operations() {
        for encoding in [Encoding::Multipart, Encoding::Json] {
            let answer = user
                .call(method.clone(), path, encoding, many.clone())
                .await;
            assert_orderly(&answer);
        }
    }
    for (path, field) in [
        ("/login/basic", "account"),
        ("/register/basic", "account"),
        ("/login/email", "email"),
        ("/friends/groups", "name"),
        ("/chatGroups", "address"),
        ("/chatGroups/search", "name"),
    ] {
        let fields = json!({field: "x".repeat(1_000_000), "password": "correct horse"});
        user.post(path, fields).await.fails(INVALID);
    }
    assert_healthy(&node).await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let node = TestNode::with(|config| config.limits.body_kib = 64).await;
    let ann = node.register("ann").await;
    let fits = json!({"ignored": "x".repeat(60_000)});
    ann.put("/me/update/info", fits).await.succeeds("设置成功");
    for size in [70_000, 5_000_000] {
        let request = ann.request(Method::PUT, &format!("{BASE}/me/update/info"));
        // The node need not listen to the end of what it refuses.
        if let Ok(answer) = try_send(request.json(&json!({"intro": "x".repeat(size)}))).await {
            answer.fails(INVALID);
        }
    }
    assert_healthy(&node).await;
}

#[tokio::test]
async fn a_stranger_may_send_less_than_an_account() {
    let node = TestNode::with(|config| config.limits.body_kib = 1024).await;
    let ann = node.register("ann").await;
    let ignored = |size| json!({"ignored": "x".repeat(size)});
    ann.put("/me/update/info", ignored(70_000))
        .await
        .succeeds("设置成功");
    let path = format!("{BASE}/login/basic");
    let request = node.guest().request(Method::POST, &path);
    // The node need not listen to the end of what it refuses.
    if let Ok(answer) = try_send(request.json(&ignored(70_000))).await {
        answer.fails(INVALID);
        assert_eq!(answer.body["result"]["info"], "body: too large");
    }
    assert_healthy(&node).await;
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn compressed(user: &User, coding: &str, body: Vec<u8>) -> Answer {
    let request = user.request(Method::PUT, &format!("{BASE}/me/update/info"));
    let request = request.header("Content-Type", "application/json");
    send(request.header("Content-Encoding", coding).body(body)).await
}

#[tokio::test]
async fn bodies_may_be_compressed() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    for (coding, body) in [
        ("gzip", gzip(br#"{"nickname":"gzip"}"#)),
        ("deflate", deflate(br#"{"nickname":"deflate"}"#)),
    ] {
        compressed(&ann, coding, body).await.succeeds("设置成功");
        let me = ann.get("/me/info", json!({})).await;
        assert_eq!(me.succeeds("")["account"]["nickname"], coding);
    }
    compressed(&ann, "gzip", b"not compressed".to_vec())
        .await
        .fails(INVALID);
    let mut cut = gzip(br#"{"nickname":"cut"}"#);
    cut.truncate(cut.len() / 2);
    compressed(&ann, "gzip", cut).await.fails(INVALID);
}

#[tokio::test]
async fn a_body_that_grows_without_end_is_given_up() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    // 16 MiB in less than a hundredth of that.
    let bomb = gzip(&vec![b' '; 16 << 20]);
    assert!(bomb.len() < 160 << 10);
    for _ in 0..4 {
        compressed(&ann, "gzip", bomb.clone()).await.fails(INVALID);
    }
    assert_healthy(&node).await;
}

#[tokio::test]
async fn answers_are_compressed_for_who_asks_for_it() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let request = ann.request(Method::GET, &format!("{BASE}/configs"));
    let answer = send(request.header("Accept-Encoding", "gzip")).await;
    assert_eq!(answer.header("content-encoding"), "gzip");
    let mut text = Vec::new();
    std::io::Read::read_to_end(
        &mut flate2::read::GzDecoder::new(&answer.bytes[..]),
        &mut text,
    )
    .unwrap();
    let body: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(body["code"], 0);
}

#[tokio::test]
async fn a_token_that_is_not_one_opens_nothing() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let tokens = &node.services().core.tokens;
    let expired = tokens.issue(ann.id, now() - 8 * DAY).unwrap();
    let of_nobody = tokens.issue(2_000_000_000, now()).unwrap();
    let (head, signature) = ann.token.rsplit_once('.').unwrap();
    let (other_head, _) = bob.token.rsplit_once('.').unwrap();
    // {"alg":"none","typ":"JWT"}
    let unsigned = format!(
        "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.",
        head.split_once('.').unwrap().1
    );
    let key = jsonwebtoken::EncodingKey::from_secret(b"secret");
    let header = jsonwebtoken::Header::default();
    let claims =
        json!({"id": ann.id, "exp": now() / 1000 + 60, "iat": now() / 1000, "iss": "SZKJ"});
    let of_another_node = jsonwebtoken::encode(&header, &claims, &key).unwrap();
    let endless = "x".repeat(5000);
    for token in [
        "",
        " ",
        "null",
        "a.b.c",
        "Bearer",
        &format!("Token {}", ann.token),
        &format!("{head}."),
        &format!("{other_head}.{signature}"),
        &expired,
        &of_nobody,
        &unsigned,
        &of_another_node,
        &endless,
    ] {
        let thief = ann.with_token(token);
        thief.get("/me/info", json!({})).await.fails(LOG_IN);
        let answer = thief.get("/me/info", json!({"t": token})).await;
        answer.fails(LOG_IN);
        assert_eq!(answer.header("authorization"), "");
    }
}

/// Everything of Ann's that somebody else might want to change.
async fn belongings(ann: &User, group: i64, bob: &User) -> Vec<Value> {
    let mut all = Vec::new();
    for (path, fields) in [
        ("/me/info", json!({})),
        ("/friends", json!({})),
        ("/friends", json!({"blacklist": 1})),
        ("/friends/groups", json!({})),
        ("/chatGroups", json!({})),
        ("/chatGroups/info", json!({"groupId": group})),
        ("/chat/messages", json!({"toId": group})),
        ("/chat/messages", json!({"toId": bob.id})),
    ] {
        all.push(ann.get(path, fields).await.succeeds("").clone());
    }
    all
}

#[tokio::test]
async fn other_peoples_ids_change_nothing_of_theirs() {
    let node = TestNode::start().await;
    let [ann, bob, eve] = node.users(["ann", "bob", "eve"]).await;
    ann.befriend(&bob).await;
    let group = ann.found("hikers").await;
    ann.invite(group, [&bob]).await;
    let new = json!({"name": "close", "members": [bob.id]});
    ann.post("/friends/groups", new).await.succeeds("添加成功");
    let said = ann.say(&bob, "private").await;
    ann.say_in(group, "members only").await;
    let before = belongings(&ann, group, &bob).await;
    let circle = before[3]["items"][0]["id"].clone();

    // In the second round `groupId` is that of the friend group.
    for group_id in [json!(group), circle] {
        for (number, method, path) in operations().filter(|(_, method, _)| *method != Method::GET) {
            // She may change her own password, and log in.
            if matches!(number, 3..=9 | 11) {
                continue;
            }
            for target in [ann.id, bob.id, group] {
                let fields = json!({
                    "toId": target, "groupId": group_id, "accountId": eve.id, "id": said["id"], "status": "pass",
                    "name": "mine", "members": [eve.id, bob.id], "toIdList": [eve.id], "isManager": 1, "minute": 5,
                    "remark": "mine", "label": "mine", "ope": "group", "type": "text", "body": "mine",
                });
                let answer = eve.call(method.clone(), path, Encoding::Json, fields).await;
                assert_orderly(&answer);
                assert!(
                    !answer.text().contains("private") && !answer.text().contains("members only")
                );
            }
        }
    }
    for fields in [
        json!({"toId": group}),
        json!({"toId": bob.id}),
        json!({"toId": ann.id}),
    ] {
        let answer = eve.get("/chat/messages", fields).await;
        assert!(!answer.text().contains("private") && !answer.text().contains("members only"));
    }
    assert_eq!(belongings(&ann, group, &bob).await, before);
}

/// Texts that mean something to somebody on their way.
const TEXTS: &[&str] = &[
    "' OR '1'='1",
    "'; DROP TABLE accounts; --",
    "\" \\ ` %27 %% %s ${x} {{x}}",
    "<script>alert(1)</script>&lt;",
    "\u{1}\u{8}\u{1b}[31m\u{7f}",
    "😀👩‍🚀🏳️‍🌈",
    "\u{202e}abc\u{200b}\u{feff}",
    "null",
    "\t line\r\nbreak ",
];

#[tokio::test]
async fn texts_are_kept_exactly_as_they_are() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    let group = ann.found("hikers").await;
    for text in TEXTS {
        for encoding in Encoding::ALL {
            let call = async |method: Method, path: &str, fields: Value| {
                let answer = ann.call(method, path, encoding, fields).await;
                assert_eq!(
                    answer.body["code"],
                    0,
                    "{text} {encoding:?}: {}",
                    answer.text()
                );
            };
            call(
                Method::PUT,
                "/me/update/info",
                json!({"nickname": text, "intro": text}),
            )
            .await;
            call(
                Method::PUT,
                "/friends/remark",
                json!({"toId": bob.id, "remark": text}),
            )
            .await;
            call(
                Method::PUT,
                "/friends/label",
                json!({"toId": bob.id, "label": text}),
            )
            .await;
            call(
                Method::PUT,
                "/chatGroups",
                json!({"groupId": group, "name": text, "intro": text}),
            )
            .await;
            let account = &ann.get("/me/info", json!({})).await.body["result"]["account"];
            assert_eq!(
                (&account["nickname"], &account["intro"]),
                (&json!(text), &json!(text))
            );
            let friend = &ann.get("/friends/info", json!({"toId": bob.id})).await.body["result"];
            assert_eq!(
                (&friend["remark"], &friend["label"]),
                (&json!(text), &json!(text))
            );
            let info = &ann
                .get("/chatGroups/info", json!({"groupId": group}))
                .await
                .body["result"];
            assert_eq!(
                (&info["name"], &info["intro"]),
                (&json!(text), &json!(text))
            );
        }
        let found = bob
            .post("/chatGroups/search", json!({"name": text}))
            .await
            .items();
        assert_eq!(found.len(), 1, "{text}");
        let found = bob
            .get("/friends/search", json!({"account": text}))
            .await
            .items();
        assert_eq!(found.len(), 1, "{text}");
    }
}
