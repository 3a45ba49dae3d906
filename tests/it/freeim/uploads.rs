//! Files: uploaded with the parameters of operation 55, and read.

use crate::support::http::{Answer, send, try_send};
use crate::support::{TestNode, User};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

async fn token(user: &User) -> String {
    let answer = user.get("/upload/qiniu/params", json!({})).await;
    let token = answer.succeeds("")["uploadToken"].as_str().unwrap();
    token.to_owned()
}

async fn upload(node: &TestNode, form: Form) -> Answer {
    let request = node.guest().request(Method::POST, "/files");
    send(request.multipart(form)).await
}

fn form(token: &str, key: &str, content: &[u8]) -> Form {
    let file = Part::bytes(content.to_vec()).file_name("local name.png");
    let form = Form::new().text("token", token.to_owned());
    let form = match key {
        "" => form,
        key => form.text("key", key.to_owned()),
    };
    form.part("file", file)
}

async fn read(node: &TestNode, key: &str) -> Answer {
    let path = format!("/files/{key}");
    send(node.guest().request(Method::GET, &path)).await
}

/// The first bytes of a picture, and more than fits in one piece.
fn picture() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend((0..200_000_u32).map(|n| n as u8));
    bytes
}

#[tokio::test]
async fn an_uploaded_file_is_read_under_its_key() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let answer = upload(&node, form(&token(&ann).await, "2023/a b.png", &picture())).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.body["key"], "2023/a b.png");
    assert!(answer.body["hash"].is_string());

    let grant = ann.get("/upload/qiniu/params", json!({})).await;
    let domain = grant.succeeds("")["accessDomain"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = domain
        .strip_prefix(&format!("http://{}", node.address()))
        .unwrap();
    let file = send(
        node.guest()
            .request(Method::GET, &format!("{path}/2023/a%20b.png")),
    )
    .await;
    assert_eq!(file.status, 200);
    assert!(file.bytes == picture());
    assert_eq!(file.header("content-type"), "image/png");
    assert!(file.header("content-disposition").starts_with("inline"));
    assert_eq!(file.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn a_file_without_a_key_is_called_by_its_content() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let mut keys = Vec::new();
    for user in [&ann, &bob, &ann] {
        let answer = upload(&node, form(&token(user).await, "", b"the same")).await;
        keys.push(answer.body["key"].as_str().unwrap().to_owned());
    }
    assert!(keys.iter().all(|key| *key == keys[0]));
    assert_eq!(read(&node, &keys[0]).await.bytes, b"the same");
}

#[tokio::test]
async fn only_the_token_has_its_place_among_the_parts_of_a_form() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let token = token(&ann).await;
    let file = || Part::bytes(b"content".to_vec()).file_name("x");
    let form = Form::new()
        .text("more", "ignored")
        .text("token", token.clone())
        .part("file", file())
        .text("key", "x.txt");
    assert_eq!(upload(&node, form).await.status, 200);
    assert_eq!(read(&node, "x.txt").await.bytes, b"content");

    let late = Form::new()
        .text("key", "late.txt")
        .part("file", file())
        .text("token", token);
    let answer = upload(&node, late).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert_eq!(read(&node, "late.txt").await.status, 404);
}

#[tokio::test]
async fn a_form_has_one_token_and_one_file() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let token = token(&ann).await;
    let whole = || form(&token, "x.txt", b"content");
    let second = Part::bytes(b"more".to_vec()).file_name("y");
    for form in [
        whole().part("file", second),
        whole().text("token", token.clone()),
    ] {
        let answer = upload(&node, form).await;
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
    assert_eq!(read(&node, "x.txt").await.status, 404);
}

#[tokio::test]
async fn an_upload_counts_once_and_is_refused_over_the_limit() {
    let node = TestNode::with(|config| config.limits.uploads_per_minute = 1).await;
    let ann = node.register("ann").await;
    let token = token(&ann).await;
    let statuses = [
        upload(&node, form(&token, "a.txt", b"a")).await.status,
        upload(&node, form(&token, "b.txt", b"b")).await.status,
    ];
    assert_eq!(statuses, [200, 429]);
    assert_eq!(read(&node, "b.txt").await.status, 404);
}

#[tokio::test]
async fn what_a_browser_would_run_is_not_shown_inline() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let token = token(&ann).await;
    let contents: [&[u8]; 4] = [
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"\xef\xbb\xbf  <?xml version='1.0'?><x/>",
        b"alert(1)",
    ];
    for (n, content) in contents.into_iter().enumerate() {
        for ending in ["png", "html", "svg", "js"] {
            let key = format!("{n}.{ending}");
            assert_eq!(upload(&node, form(&token, &key, content)).await.status, 200);
            let file = read(&node, &key).await;
            assert_eq!(file.bytes, content);
            let shown = (
                file.header("content-type"),
                file.header("content-disposition"),
            );
            assert!(shown.1.starts_with("attachment"), "{key}: {shown:?}");
            for kind in ["html", "svg", "xml", "javascript"] {
                assert!(!shown.0.contains(kind), "{key}: {shown:?}");
            }
            assert_eq!(file.header("x-content-type-options"), "nosniff");
        }
    }
}

#[tokio::test]
async fn a_key_belongs_to_who_used_it_first() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let (hers, his) = (token(&ann).await, token(&bob).await);
    assert_eq!(
        upload(&node, form(&hers, "avatar.png", b"hers"))
            .await
            .status,
        200
    );
    assert_eq!(
        upload(&node, form(&his, "avatar.png", b"his")).await.status,
        409
    );
    assert_eq!(
        upload(&node, form(&hers, "avatar.png", b"new"))
            .await
            .status,
        409
    );
    assert_eq!(
        upload(&node, form(&hers, "avatar.png", b"hers"))
            .await
            .status,
        200
    );
    assert_eq!(read(&node, "avatar.png").await.bytes, b"hers");
}

#[tokio::test]
async fn a_key_leads_nowhere_else() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let token = token(&ann).await;
    for key in [
        "../login.key",
        "/etc/passwd",
        "a//b",
        "a/./b",
        "a/",
        "a\nb",
        &"k".repeat(192),
    ] {
        let answer = upload(&node, form(&token, key, b"x")).await;
        assert_eq!(answer.status, 400, "{key}");
        assert!(answer.body["error"].is_string(), "{}", answer.text());
    }
    for key in [
        "../login.key",
        "%2e%2e/login.key",
        "..%2flogin.key",
        "nothing.png",
        "%ff",
        "%00",
    ] {
        let answer = read(&node, key).await;
        assert!(
            matches!(answer.status, 400 | 404),
            "{key}: {}",
            answer.status
        );
    }
}

#[tokio::test]
async fn nobody_uploads_without_a_token_of_this_node() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let good = token(&ann).await;
    let mut forged = good.clone();
    forged.replace_range(..1, "X");
    let elsewhere = TestNode::start().await;
    let foreign = token(&elsewhere.register("ann").await).await;
    let cut_off = &good[..good.len() - 8];
    for token in ["", "a:b:c", &forged, &foreign, &ann.token, cut_off] {
        let answer = upload(&node, form(token, "x.png", b"x")).await;
        assert_eq!(answer.status, 401, "{}", answer.text());
    }
    assert_eq!(read(&node, "x.png").await.status, 404);
    node.admin().await.lock(ann.id).await;
    assert_eq!(upload(&node, form(&good, "x.png", b"x")).await.status, 401);
}

#[tokio::test]
async fn a_form_without_a_file_is_refused() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let token = token(&ann).await;
    let form = Form::new().text("token", token.clone()).text("file_", "x");
    assert_eq!(upload(&node, form).await.status, 400);
    let request = node.guest().request(Method::POST, "/files");
    let answer = send(request.json(&json!({"token": token}))).await;
    assert!((400..500).contains(&answer.status), "{}", answer.status);
}

#[tokio::test]
async fn a_file_over_the_limit_is_refused_and_leaves_nothing() {
    let node = TestNode::with(|config| config.media.max_mib = 1).await;
    let ann = node.register("ann").await;
    let token = token(&ann).await;
    let exactly = vec![7_u8; 1 << 20];
    assert_eq!(
        upload(&node, form(&token, "fits.bin", &exactly))
            .await
            .status,
        200
    );
    let more = form(&token, "more.bin", &vec![7_u8; (1 << 20) + 1]);
    let request = node.guest().request(Method::POST, "/files");
    // The node need not listen to the end of what it refuses.
    if let Ok(answer) = try_send(request.multipart(more)).await {
        assert_eq!(answer.status, 413);
    }
    assert_eq!(read(&node, "more.bin").await.status, 404);
}

#[tokio::test]
async fn a_part_of_a_file_can_be_read_and_a_page_of_any_origin_may_read_it() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    upload(&node, form(&token(&ann).await, "x.txt", b"0123456789")).await;
    let request = node.guest().request(Method::GET, "/files/x.txt");
    let request = request
        .header("Range", "bytes=2-4")
        .header("Origin", "https://a.example");
    let part = send(request).await;
    assert_eq!((part.status, part.bytes.as_slice()), (206, &b"234"[..]));
    assert_eq!(part.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn files_outlive_a_restart() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    upload(&node, form(&token(&ann).await, "x.txt", b"content")).await;
    let node = node.restart().await;
    assert_eq!(read(&node, "x.txt").await.bytes, b"content");
}

#[tokio::test]
async fn a_file_is_named_in_a_message_as_any_other_address() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let answer = upload(&node, form(&token(&ann).await, "", &picture())).await;
    let url = format!(
        "http://{}/files/{}",
        node.address(),
        answer.body["key"].as_str().unwrap()
    );
    let body = json!({"content": "", "thumb": "AAAA", "fileUrl": url, "filePath": "/tmp/a.png"})
        .to_string();
    let message = json!({"toId": bob.id, "ope": "friend", "type": "pic", "body": body});
    let mut socket = bob.connect().await;
    ann.post("/chat/send", message).await.succeeds("发送成功");
    let frame = socket.next_of("pic").await;
    let heard: Value = serde_json::from_str(frame["body"].as_str().unwrap()).unwrap();
    let path = heard["fileUrl"]
        .as_str()
        .unwrap()
        .split_once("/files/")
        .unwrap()
        .1
        .to_owned();
    assert!(read(&node, &path).await.bytes == picture());
}
