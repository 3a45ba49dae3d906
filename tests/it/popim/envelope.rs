//! The ways in which requests come, and the shape of answers.

use super::world::World;
use crate::support::http::{send, try_send};
use crate::support::popim::{Answers, Asker, Person, friends, node};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::json;

#[tokio::test]
async fn every_operation_is_under_each_prefix() {
    let node = node(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    for prefix in ["/api", "/h5", "/web"] {
        assert_eq!(ann.under(prefix).home().await["mine"]["uid"], ann.uid);
        // However it is written.
        for path in ["/pop/get/", "/Pop/Get", "/pop/GET"] {
            ann.under(prefix).get(path, json!({})).await.data();
        }
    }
}

#[tokio::test]
async fn an_unknown_path_is_told_in_the_envelope() {
    let node = node(|_| {}).await;
    for path in [
        "/h5/pop/none",
        "/api/none/get",
        "/web/",
        "/api/user/get/more",
    ] {
        let answer = send(node.guest().request(Method::GET, path)).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (404, &json!(404)),
            "{path}: {}",
            answer.text()
        );
        assert_eq!(answer.body["data"], json!([]), "{path}");
    }
}

#[tokio::test]
async fn reads_take_get_and_post_and_writes_post_alone() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let reads = [
        ("/friend/getlist", json!({})),
        (
            "/message/get",
            json!({"id": world.bob.uid, "type": "friend"}),
        ),
        ("/group/detail", json!({"gid": world.gid})),
        ("/pop/get", json!({})),
        ("/user/multiGet", json!({"uid": [world.bob.uid]})),
    ];
    for (path, fields) in reads {
        world.ann.get(path, fields.clone()).await.data();
        world.ann.post(path, fields).await.data();
    }
    let writes = [
        (
            "/message/send",
            json!({"to": world.bob.uid, "type": "friend", "content": "hi"}),
        ),
        ("/friend/delete", json!({"friend_uid": world.bob.uid})),
        ("/group/delete", json!({"gid": world.gid})),
        ("/user/update", json!({"nickname": "x"})),
        ("/login/logout", json!({})),
        (
            "/pop/delchat",
            json!({"id": world.bob.uid, "type": "friend"}),
        ),
    ];
    for (path, fields) in writes {
        let answer = world.ann.get(path, fields).await;
        assert_ne!(answer.body["code"], json!(0), "{path}: {}", answer.text());
    }
    let home = world.ann.home().await;
    assert_eq!(home["mine"]["nickname"], *world.ann.name);
    assert!(home["chatting"][format!("friend{}", world.bob.uid)].is_object());
}

#[tokio::test]
async fn fields_come_in_every_encoding() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let uids = [world.ann.uid, world.dan.uid];
    let text = |body: String, kind: &str| {
        let request = world.ann.ask(Method::POST, "/user/multiGet");
        request.header(CONTENT_TYPE, kind).body(body)
    };
    let [ann, dan] = uids;
    let form = "application/x-www-form-urlencoded";
    let json_type = "application/json";
    let asked = [
        text(format!("uid%5B%5D={ann}&uid%5B%5D={dan}"), form),
        text(format!("uid[]={ann}&uid[]={dan}"), form),
        text(format!("uid[0]={ann}&uid[1]={dan}"), form),
        text(format!("uid={ann}&uid={dan}"), form),
        text(format!("uid={ann},{dan}"), form),
        text(format!("uid=[{ann},\"{dan}\"]"), form),
        text(json!({"uid": uids}).to_string(), json_type),
        text(
            json!({"uid": [ann.to_string(), dan.to_string()]}).to_string(),
            json_type,
        ),
        world
            .ann
            .ask(Method::GET, "/user/multiGet")
            .query(&[("uid[]", ann), ("uid[]", dan)]),
    ];
    for (number, request) in asked.into_iter().enumerate() {
        let answer = send(request).await;
        let users = answer.data().as_array().unwrap();
        let found: Vec<_> = users
            .iter()
            .map(|user| user["uid"].as_i64().unwrap())
            .collect();
        assert_eq!(found, uids, "{number}");
    }
    let words =
        "to={}&type=friend&content=one+two%20three".replace("{}", &world.bob.uid.to_string());
    let request = world
        .ann
        .ask(Method::POST, "/message/send")
        .header(CONTENT_TYPE, form);
    send(request.body(words)).await.data();
    let items = world.bob.history("friend", world.ann.uid).await;
    assert_eq!(items.last().unwrap()["content"], "one two three");
}

#[tokio::test]
async fn a_field_in_the_body_goes_over_one_in_the_query() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let path = format!("/message/send?to={}&type=group&content=query", jerry.uid);
    let request = tom
        .ask(Method::POST, &path)
        .form(&[("type", "friend"), ("content", "body")]);
    send(request).await.data();
    assert_eq!(jerry.history("friend", tom.uid).await[1]["content"], "body");
}

#[tokio::test]
async fn numbers_that_are_none_are_bad_values() {
    let node = World::node().await;
    let world = World::new(&node).await;
    for value in [
        "x",
        "1.5",
        "-1",
        "0x10",
        "99999999999999999999",
        "1;drop table",
    ] {
        let answer = world.ann.get("/group/detail", json!({"gid": value})).await;
        assert!(
            matches!(answer.code(), 2 | 701),
            "{value}: {}",
            answer.text()
        );
        let fields = json!({"id": world.bob.uid, "type": "friend", "mid": value, "ty": 1});
        let answer = world.ann.post("/message/delete", fields).await;
        assert!(
            matches!(answer.code(), 2 | 404),
            "{value}: {}",
            answer.text()
        );
    }
    // Empty is missing.
    world
        .ann
        .get("/group/detail", json!({"gid": ""}))
        .await
        .refuses(1);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let fields = json!({"to": jerry.uid, "type": "friend", "content": "x".repeat(2 * 1024 * 1024)});
    let request = tom.ask(Method::POST, "/message/send").form(&fields);
    if let Ok(answer) = try_send(request).await {
        assert_eq!(answer.status, 413, "{}", answer.text());
    }
    tom.say(&jerry, "fine").await;
}

#[tokio::test]
async fn pages_of_known_hosts_alone_may_use_the_cookie() {
    let node =
        node(|config| config.popim.allowed_origins = vec!["https://im.example".to_owned()]).await;
    let ann = Person::register(&node, "ann").await;
    let own = format!("http://{}", node.address());
    let ask = async |origin: &str| {
        let request = ann
            .ask(Method::POST, "/user/update")
            .header("Origin", origin);
        send(request.form(&[("sign", origin)])).await
    };
    let allowed = ask("https://im.example").await;
    allowed.is_ok();
    assert_eq!(
        allowed.header("access-control-allow-origin"),
        "https://im.example"
    );
    assert_eq!(allowed.header("access-control-allow-credentials"), "true");
    ask(&own).await.is_ok();
    for origin in [
        "https://evil.example",
        "null",
        "https://im.example.evil.example",
        "http://im.example",
    ] {
        let answer = ask(origin).await;
        answer.refuses(3);
        assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
    }
    assert_eq!(ann.home().await["mine"]["sign"], own);
    // Whoever proves it otherwise is no page that borrows a cookie.
    let request = Asker::new(&node.guest())
        .with_token(&ann.token)
        .ask(Method::POST, "/user/update");
    let request = request.header("Origin", "https://evil.example");
    send(request.form(&[("sign", "by token")])).await.is_ok();
}
