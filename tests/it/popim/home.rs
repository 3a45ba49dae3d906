//! Operations 51 to 53: everything for the home screen.

use super::cases::{self, cases};
use super::world::World;
use crate::support::popim::{Answers, Asker, PASSWORD, Person, friends, node};
use serde_json::{Value, json};

cases! {
    51 the_own Succeeds "", |w| w.ann.get("/pop/get", json!({})).await;
    51 nobody Fails "-1", |w| w.guest.get("/pop/get", json!({})).await;
    52 a_friend_s Succeeds "", |w| w.ann.post("/pop/delchat", json!({"id": w.bob.uid, "type": "friend"})).await;
    52 a_group_s Succeeds "", |w| w.ann.post("/pop/delchat", json!({"id": w.gid, "type": "group"})).await;
    52 no_id Fails "1", |w| w.ann.post("/pop/delchat", json!({"type": "friend"})).await;
    52 another_type Fails "2", |w| w.ann.post("/pop/delchat", json!({"id": w.gid, "type": "x"})).await;
    53 everybody Succeeds "", |w| w.guest.get("/pop/getsetting", json!({})).await;
    53 a_wrong_server_s_key Fails "3", |w| w.guest.with_key("wrong").get("/pop/getsetting", json!({})).await;
}

#[tokio::test]
async fn every_case_of_the_home_screen_holds() {
    cases::run(CASES).await;
}

#[tokio::test]
async fn a_new_user_s_home_is_empty_in_the_way_of_the_original() {
    let node = node(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    let home = ann.home().await;
    for name in ["friend", "group", "chatting"] {
        assert_eq!(home[name], json!([]), "{name}");
    }
    let mine = &home["mine"];
    let expected = json!({
        "uid": ann.uid, "username": "ann", "nickname": "ann", "sign": "", "avatar": "/static/img/avatar.jpg",
        "unread_friend_apply_count": 0, "is_member": 0, "account_state": "normal",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(mine[name], *value, "{name}");
    }
}

#[tokio::test]
async fn conversations_are_shown_with_their_newest_message() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let remark = json!({"gid": world.gid, "remark": "home"});
    world.bob.post("/group/remark", remark).await.is_ok();
    let home = world.bob.home().await;
    let friend = &home["chatting"][format!("friend{}", world.ann.uid)];
    assert_eq!(
        (&friend["type"], &friend["id"]),
        (&json!("friend"), &json!(world.ann.uid))
    );
    assert_eq!(
        (&friend["name"], &friend["unread_count"]),
        (&json!(world.ann.name), &json!(1))
    );
    let item = &friend["items"][0];
    assert_eq!(
        (&item["mid"], &item["content"]),
        (&json!(world.mid), &json!("hello"))
    );
    assert_eq!(item["from"], world.ann.uid.to_string());
    assert_eq!(item["to"], world.bob.uid.to_string());
    assert!(item.get("name").is_none(), "{item}");
    let group = &home["chatting"][format!("group{}", world.gid)];
    let expected = json!({
        "type": "group", "id": world.gid, "url": format!("/pop/group/chat/{}", world.gid),
        "key": format!("group-{}", world.gid), "name": "home", "unread_count": 1, "top": 0,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(group[name], *value, "{name}");
    }
    let item = &group["items"][0];
    assert_eq!(
        (&item["content"], &item["name"]),
        (&json!("hello all"), &json!(world.cat.name))
    );
    let listed = &home["group"][0];
    assert_eq!(
        (&listed["gid"], &listed["uid"], &listed["name"]),
        (&json!(world.gid), &json!(world.ann.uid), &json!("home"))
    );
}

#[tokio::test]
async fn a_removed_conversation_comes_back_with_what_was_said() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let fields = json!({"id": tom.uid, "type": "friend"});
    jerry.post("/pop/delchat", fields).await.is_ok();
    assert_eq!(jerry.home().await["chatting"], json!([]));
    assert_eq!(jerry.history("friend", tom.uid).await.len(), 1);
    tom.say(&jerry, "still there?").await;
    let home = jerry.home().await;
    let shown = &home["chatting"][format!("friend{}", tom.uid)];
    assert_eq!(shown["items"][0]["content"], "still there?");
}

#[tokio::test]
async fn thirty_conversations_are_shown_at_most() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut uids = Vec::new();
    for number in 0..35 {
        let name = format!("{}x{number}", world.name());
        let fields = json!({"username": name, "nickname": name, "password": PASSWORD});
        let answer = world.server.get("/user/add", fields).await;
        let uid = answer.data()["uid"].as_i64().unwrap();
        let fields = json!({"to": uid, "type": "friend", "content": "hi"});
        world.dan.post("/message/send", fields).await.data();
        uids.push(uid);
    }
    let back =
        json!({"login_uid": uids[0], "to": world.dan.uid, "type": "friend", "content": "hey"});
    world.server.post("/message/send", back).await.is_ok();
    for uid in &uids[1..] {
        let fields = json!({"to": uid, "type": "friend", "content": "again"});
        world.dan.post("/message/send", fields).await.data();
    }
    let home = world.dan.home().await;
    let shown = home["chatting"].as_object().unwrap();
    assert_eq!(shown.len(), 30);
    let key = |uid: &i64| shown.contains_key(&format!("friend{uid}"));
    assert!(key(&uids[0]), "what is unread stays");
    assert!(uids[6..].iter().all(key));
    assert!(!uids[1..6].iter().any(key));
}

#[tokio::test]
async fn whoever_is_connected_is_online() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let user = async || {
        let answer = tom.get("/user/detail", json!({"uid": jerry.uid})).await;
        answer.data().clone()
    };
    assert_eq!(user().await["state"], "offline");
    let socket = jerry.connect().await;
    assert_eq!(user().await["state"], "online");
    let listed = tom.get("/friend/getlist", json!({})).await;
    assert_eq!(listed.data()["J"][jerry.uid.to_string()]["state"], "online");
    socket.close().await;
    crate::support::eventually::eventually(async || user().await["state"] == "offline").await;
    let left = user().await["logout_timestamp"].as_i64();
    assert!(left > Some(1_600_000_000), "{left:?}");
}

#[tokio::test]
async fn everybody_sees_the_settings_and_nobody_the_secrets() {
    let node =
        node(|config| config.popim.app_secret = "a-secret-of-the-push-service".to_owned()).await;
    let ann = Person::register(&node, "ann").await;
    node.admin()
        .await
        .set("sensitive_words", "darn;a-forbidden-word")
        .await;
    let public = Asker::new(&node.guest()).public_setting().await;
    let home = ann.home().await;
    let own = &home["setting"];
    let names = |value: &Value| {
        let mut names: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    let mut expected = [
        "id",
        "voice",
        "audio",
        "video",
        "prompt_tone",
        "group_chat",
        "private_chat",
        "add_friend",
        "create_group",
        "upload_file",
        "upload_img",
        "emoji",
        "dirty_words",
        "stranger_chat",
        "member_detail",
        "appkey",
        "ws_address",
        "app_name",
        "register",
        "register_captcha",
        "login_captcha",
        "explore_url",
        "qrcode_friend",
        "qrcode_group",
        "qrcode_scan",
    ];
    expected.sort();
    assert_eq!(names(&public), expected);
    assert_eq!(names(own), expected);
    assert!(public["id"].is_string() && own["id"].is_i64());
    let base = public["appkey"].as_str().unwrap();
    let key = own["appkey"].as_str().unwrap();
    let token = key
        .strip_prefix(base)
        .and_then(|rest| rest.strip_prefix('.'));
    assert!(token.is_some_and(|token| token.len() >= 32), "{key}");
    assert!(
        key.chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c)),
        "{key}"
    );
    assert_eq!(own["ws_address"], format!("ws://{}", node.address()));
    for text in [public.to_string(), own.to_string()] {
        for secret in [
            "a-secret-of-the-push-service",
            "a-forbidden-word",
            "api_key",
        ] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    assert_eq!(public["dirty_words"], "");
}
