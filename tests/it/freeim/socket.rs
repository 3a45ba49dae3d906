//! Operation 50, the socket: opening it, heartbeats, typing, and what is pushed to whom.

use super::chat::MESSAGE;
use super::me::names;
use crate::support::http::{LOG_IN, send};
use crate::support::{TestNode, User};
use reqwest::Method;
use serde_json::{Value, json};

/// The fields of every frame; one of a reader has `read` before the last.
const FRAME: [&str; 11] = MESSAGE;

fn ids(frame: &Value) -> (i64, i64) {
    let id = |name: &str| frame[name].as_i64().unwrap();
    (id("fromId"), id("toId"))
}

fn typing(to: i64, status: &str) -> Value {
    json!({"toId": to, "ope": "friend", "type": "input", "status": status})
}

#[tokio::test]
async fn a_socket_without_a_valid_token_is_refused_like_a_request() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let upgrade = |path: &str| {
        let request = node.guest().request(Method::GET, path);
        let request = request
            .header("Upgrade", "websocket")
            .header("Connection", "Upgrade");
        let request = request.header("Sec-WebSocket-Version", "13");
        request.header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
    };
    for path in ["/api/v1/ws", "/api/v1/ws?t=", "/api/v1/ws?t=a.b.c"] {
        send(upgrade(path)).await.fails(LOG_IN);
    }
    let forged = format!("/api/v1/ws?t={}x", ann.token);
    send(upgrade(&forged)).await.fails(LOG_IN);
    node.admin().await.lock(ann.id).await;
    send(upgrade(&node.ws_path(&ann))).await.fails(LOG_IN);
}

#[tokio::test]
async fn the_node_greets_with_its_heartbeat() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    for query in ["", "protocol=json", "protocol=nonsense&platform=toaster"] {
        let greeting = ann.connect_with(query).await.next_frame().await;
        assert_eq!(names(&greeting), FRAME);
        assert_eq!(greeting["type"], "ping");
        for name in ["id", "fromId", "toId"] {
            assert_eq!(greeting[name], 0);
        }
        for name in ["ope", "body", "status"] {
            assert_eq!(greeting[name], "");
        }
    }
}

#[tokio::test]
async fn a_clients_heartbeat_comes_back_as_its_own() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let mut socket = ann.connect().await;
    socket.next_frame().await;
    for (frame, body, to) in [
        (json!({"type": "ping"}), "", 0),
        (
            json!({"type": "ping", "fromId": 7, "toId": "42", "body": "é😀", "ope": "x"}),
            "é😀",
            42,
        ),
    ] {
        socket.send(frame).await;
        let echo = socket.next_frame().await;
        assert_eq!(
            (&echo["type"], &echo["body"]),
            (&json!("ping"), &json!(body))
        );
        assert_eq!(ids(&echo), (ann.id, to));
    }
    // Binary is tolerated.
    socket.send_bytes(br#"{"type":"ping"}"#.to_vec()).await;
    assert_eq!(ids(&socket.next_frame().await), (ann.id, 0));
}

#[tokio::test]
async fn typing_is_forwarded_and_never_stored() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let (mut hers, mut his) = (ann.connect().await, bob.connect().await);
    for status in ["normal", "finish"] {
        hers.send(typing(bob.id, status)).await;
        let frame = his.next_of("input").await;
        assert_eq!(names(&frame), FRAME);
        assert_eq!(
            (ids(&frame), &frame["status"]),
            ((ann.id, bob.id), &json!(status))
        );
        assert_eq!((&frame["ope"], &frame["id"]), (&json!("friend"), &json!(0)));
    }
    // Ids may be strings, and the sender is who the token says.
    let forged = json!({"fromId": bob.id, "toId": bob.id.to_string(), "ope": "friend", "type": "input", "status": "normal"});
    hers.send(forged).await;
    assert_eq!(ids(&his.next_of("input").await), (ann.id, bob.id));
    let history = bob.get("/chat/messages", json!({"toId": ann.id})).await;
    assert_eq!(history.succeeds("")["total"], 0);
    his.close().await;
    hers.send(typing(bob.id, "normal")).await;
    hers.flush().await;
    let mut again = bob.connect().await;
    again.is_quiet().await;
    hers.is_quiet().await;
}

#[tokio::test]
async fn typing_is_dropped_where_it_is_not_wanted() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    let (mut hers, mut his) = (ann.connect().await, bob.connect().await);
    let group = ann.found("hikers").await;
    ann.invite(group, [&bob]).await;
    for frame in [
        json!({"toId": bob.id, "ope": "group", "type": "input", "status": "normal"}),
        json!({"toId": bob.id, "type": "input", "status": "normal"}),
        json!({"toId": bob.id, "ope": "friend", "type": "input", "status": "revocation"}),
        json!({"toId": group, "ope": "friend", "type": "input", "status": "normal"}),
        typing(2_000_000_000, "normal"),
        typing(cat.id, "normal"),
        typing(ann.id, "normal"),
    ] {
        hers.send(frame).await;
    }
    hers.flush().await;
    his.is_quiet().await;
    hers.is_quiet().await;
    let blocked = bob.post("/friends/blaklist", json!({"toId": ann.id})).await;
    blocked.succeeds("添加成功");
    hers.send(typing(bob.id, "normal")).await;
    hers.flush().await;
    // He may still type to her; what she typed before it would be here first.
    his.send(typing(ann.id, "normal")).await;
    hers.next_of("input").await;
    his.is_quiet().await;
}

#[tokio::test]
async fn somebody_who_types_without_end_is_heard_five_times_a_second() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let (mut hers, mut his) = (ann.connect().await, bob.connect().await);
    for _ in 0..40 {
        hers.send(typing(bob.id, "normal")).await;
    }
    hers.flush().await;
    let said = ann.say(&bob, "done").await;
    let mut heard = 0;
    loop {
        let frame = his.next().await;
        if frame["id"] == said["id"] {
            break;
        }
        heard += 1;
    }
    // The clock may have begun another second or two meanwhile.
    assert!((5..=20).contains(&heard), "{heard}");
}

#[tokio::test]
async fn what_no_client_has_to_say_is_ignored() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let (mut hers, mut his) = (ann.connect().await, bob.connect().await);
    for frame in [
        json!({}),
        json!([]),
        json!(null),
        json!("ping"),
        json!({"type": "text", "ope": "friend", "toId": bob.id, "body": "over the socket"}),
        json!({"type": "read", "ope": "friend", "toId": bob.id}),
        json!({"type": "addFreind", "ope": "system", "toId": bob.id}),
        json!({"type": 5, "toId": {}}),
    ] {
        hers.send(frame).await;
    }
    hers.send_bytes(vec![0xff; 300]).await;
    hers.flush().await;
    hers.is_quiet().await;
    his.is_quiet().await;
}

#[tokio::test]
async fn a_frame_over_sixty_four_kibibytes_ends_the_socket() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let mut socket = ann.connect().await;
    let mut frame = json!({"type": "ping", "body": ""});
    frame["body"] = "x".repeat(64 * 1024 - frame.to_string().len()).into();
    socket.send(frame.clone()).await;
    while socket.next_frame().await["body"] != frame["body"] {}
    frame["body"] = "x".repeat(64 * 1024).into();
    socket.send(frame).await;
    // The node hangs up on what it has not read, which may overtake its last word.
    let code = socket.closed().await;
    assert!(matches!(code, Some(1009) | None), "{code:?}");
}

#[tokio::test]
async fn a_direct_message_goes_to_its_recipient_alone() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    let (mut hers, mut his) = (ann.connect().await, bob.connect().await);
    let mut others = cat.connect().await;
    let said = ann.say(&bob, "hello").await;
    let frame = his.next().await;
    assert_eq!(names(&frame), FRAME);
    assert_eq!(frame, said);
    hers.is_quiet().await;
    others.is_quiet().await;
}

#[tokio::test]
async fn a_group_message_goes_to_every_member_the_sender_included() {
    let node = TestNode::start().await;
    let [ann, bob, cat, dan] = node.users(["ann", "bob", "cat", "dan"]).await;
    let group = ann.found("hikers").await;
    ann.invite(group, [&bob, &cat]).await;
    let mut outside = dan.connect().await;
    let mut inside = Vec::new();
    for member in [&ann, &bob, &cat] {
        inside.push(member.connect().await);
    }
    let said = bob.say_in(group, "hello").await;
    assert_eq!(
        (ids(&said), &said["ope"]),
        ((bob.id, group), &json!("group"))
    );
    for socket in &mut inside {
        assert_eq!(socket.next().await, said);
    }
    outside.is_quiet().await;
    // Who has been removed hears nothing more.
    let kick = json!({"groupId": group, "toId": cat.id});
    ann.post("/chatGroups/kick", kick)
        .await
        .succeeds("处理成功");
    ann.say_in(group, "without Cat").await;
    for socket in &mut inside[..2] {
        assert_eq!(socket.next().await["body"], "without Cat");
    }
    inside[2].is_quiet().await;
}

#[tokio::test]
async fn a_revocation_is_pushed_with_the_whole_message_to_who_got_it() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let group = ann.found("hikers").await;
    ann.invite(group, [&bob]).await;
    let (mut hers, mut his) = (ann.connect().await, bob.connect().await);
    for (said, ope, to, hers_too) in [
        (ann.say(&bob, "direct").await, "friend", bob.id, false),
        (ann.say_in(group, "group").await, "group", group, true),
    ] {
        let fields = json!({"toId": to, "id": said["id"], "ope": ope});
        for _ in 0..2 {
            ann.post("/chat/revocation", fields.clone())
                .await
                .succeeds("成功");
        }
        let sockets = if hers_too {
            vec![&mut his, &mut hers]
        } else {
            vec![&mut his]
        };
        for socket in sockets {
            // Both messages were said before the first was taken back.
            let mut frame = socket.next().await;
            while frame["status"] != "revocation" {
                frame = socket.next().await;
            }
            for name in ["id", "createdAt", "fromId", "toId", "ope", "type", "body"] {
                assert_eq!(frame[name], said[name], "{name}");
            }
        }
    }
    his.is_quiet().await;
    hers.is_quiet().await;
}

#[tokio::test]
async fn reading_is_told_once_to_who_wrote() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let group = ann.found("hikers").await;
    ann.invite(group, [&bob]).await;
    ann.say(&bob, "hello").await;
    ann.say_in(group, "hello").await;
    let (mut hers, mut his) = (ann.connect().await, bob.connect().await);
    hers.next_of("text").await;
    his.next_of("text").await;
    his.next_of("text").await;
    for _ in 0..2 {
        bob.post("/chat/read", json!({"toId": ann.id}))
            .await
            .succeeds("成功");
        bob.post("/chat/read", json!({"toId": group}))
            .await
            .succeeds("成功");
    }
    let frame = hers.next_of("read").await;
    let mut fields = FRAME.to_vec();
    fields.insert(10, "read");
    assert_eq!(names(&frame), fields);
    assert_eq!((ids(&frame), &frame["id"]), ((bob.id, ann.id), &json!(0)));
    assert_eq!(
        (&frame["read"], &frame["isRead"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(
        (&frame["ope"], &frame["status"]),
        (&json!("friend"), &json!("normal"))
    );
    assert_eq!(frame["body"], "");
    hers.is_quiet().await;
    his.is_quiet().await;
}

#[tokio::test]
async fn a_request_to_join_is_pushed_to_the_owner_and_the_managers() {
    let node = TestNode::start().await;
    let [ann, bob, cat, dan] = node.users(["ann", "bob", "cat", "dan"]).await;
    let group = ann.found("hikers").await;
    ann.invite(group, [&bob, &cat]).await;
    let appoint = json!({"groupId": group, "toId": bob.id, "isManager": 1});
    ann.post("/chatGroups/manager", appoint)
        .await
        .succeeds("设置成功");
    let (mut owner, mut manager) = (ann.connect().await, bob.connect().await);
    let (mut member, mut stranger) = (cat.connect().await, dan.connect().await);
    dan.post("/chatGroups/join", json!({"groupId": group}))
        .await
        .succeeds("申请成功");
    for socket in [&mut owner, &mut manager] {
        let frame = socket.next_of("joinGroup").await;
        assert_eq!(
            (ids(&frame), &frame["ope"]),
            ((dan.id, group), &json!("system"))
        );
    }
    let reply = json!({"groupId": group, "accountId": dan.id, "status": "pass"});
    bob.post("/chatGroups/join/reply", reply)
        .await
        .succeeds("处理成功");
    for socket in [&mut owner, &mut manager, &mut member, &mut stranger] {
        socket.is_quiet().await;
    }
    // Let in, the stranger hears what is said.
    ann.say_in(group, "welcome").await;
    assert_eq!(stranger.next().await["body"], "welcome");
}

/// How a user is seen by a friend.
async fn status(of: &User, by: &User) -> String {
    let info = by.get("/friends/info", json!({"toId": of.id})).await;
    let status = &info.succeeds("")["account"]["onlineStatus"];
    status.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_device_of_an_account_gets_everything_and_the_last_to_go_turns_off_the_light() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    assert_eq!(status(&bob, &ann).await, "offline");
    let (mut phone, mut desk) = (bob.connect().await, bob.connect_with("platform=pc").await);
    assert_eq!(status(&bob, &ann).await, "online");
    ann.say(&bob, "both").await;
    assert_eq!(phone.next().await["body"], "both");
    assert_eq!(desk.next().await["body"], "both");
    phone.close().await;
    ann.say(&bob, "one").await;
    assert_eq!(desk.next().await["body"], "one");
    assert_eq!(status(&bob, &ann).await, "online");
    desk.close().await;
    crate::support::eventually::eventually(async || status(&bob, &ann).await == "offline").await;
}

#[tokio::test]
async fn one_socket_too_many_closes_the_oldest() {
    let node = TestNode::with(|config| config.session.per_account = 2).await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let oldest = bob.connect().await;
    let (mut second, mut third) = (bob.connect().await, bob.connect().await);
    assert_eq!(oldest.closed().await, Some(1008));
    ann.say(&bob, "hello").await;
    assert_eq!(second.next().await["body"], "hello");
    assert_eq!(third.next().await["body"], "hello");
}

#[tokio::test]
async fn a_conversation_of_many_is_heard_in_one_order_by_everybody() {
    let node = TestNode::start().await;
    let users = node.users(["ann", "bob", "cat"]).await;
    let [ann, bob, cat] = &users;
    let group = ann.found("hikers").await;
    ann.invite(group, [bob, cat]).await;
    let mut sockets = Vec::new();
    for user in &users {
        sockets.push(user.connect().await);
    }
    let speakers: Vec<_> = (0..users.len())
        .map(|n| {
            let user = users[n].clone();
            tokio::spawn(async move {
                for m in 0..20 {
                    user.say_in(group, &format!("{n} {m}")).await;
                }
            })
        })
        .collect();
    for speaker in speakers {
        speaker.await.unwrap();
    }
    let mut heard = Vec::new();
    for socket in &mut sockets {
        let mut ids = Vec::new();
        for _ in 0..20 * users.len() {
            ids.push(socket.next_of("text").await["id"].as_i64().unwrap());
        }
        socket.is_quiet().await;
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
        heard.push(ids);
    }
    assert!(heard.iter().all(|ids| *ids == heard[0]));
}
