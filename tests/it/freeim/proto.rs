//! Sockets that speak Protobuf: the same events under the contract's field numbers.

use crate::support::TestNode;
use crate::support::proto::{number, text};
use parlance::domain::time::now;
use serde_json::json;

#[tokio::test]
async fn a_message_has_the_contracts_field_numbers() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let before = now();
    let message =
        json!({"toId": bob.id, "ope": "friend", "type": "text", "body": "hé😀", "isPrivate": 1});
    let said = ann.post("/chat/send", message).await;
    let id = &said.succeeds("发送成功")["id"];
    let mut socket = bob.connect_with("protocol=proto").await;
    let frame = socket.next().await;
    let at = frame["createdAt"].as_i64().expect("the time is filled in");
    assert!((before..=now()).contains(&at), "{at}");
    let expected = json!({
        "id": id, "fromId": ann.id, "toId": bob.id, "ope": "friend", "type": "text", "body": "hé😀",
        "isPrivate": true, "status": "normal", "isRead": false, "createdAt": at,
    });
    assert_eq!(frame, expected);
}

#[tokio::test]
async fn every_kind_of_frame_is_pushed_as_with_json() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let (mut json_socket, mut proto) = (
        ann.connect().await,
        ann.connect_with("protocol=proto").await,
    );
    let mut his = bob.connect().await;
    let group = ann.found("hikers").await;

    bob.post("/friends/add", json!({"toId": ann.id}))
        .await
        .succeeds("成功");
    bob.post("/chatGroups/join", json!({"groupId": group}))
        .await
        .succeeds("申请成功");
    ann.say(&bob, "hello").await;
    his.next_of("text").await;
    bob.post("/chat/read", json!({"toId": ann.id}))
        .await
        .succeeds("成功");
    assert_eq!(proto.next_of("addFreind").await["ope"], "system");
    proto.next_of("joinGroup").await;
    proto.next_of("read").await;
    his.send(json!({"toId": ann.id, "ope": "friend", "type": "input", "status": "finish"}))
        .await;
    assert_eq!(proto.next_of("input").await["status"], "finish");
    let said = bob.say(&ann, "wrong").await;
    let fields = json!({"toId": ann.id, "id": said["id"], "ope": "friend"});
    bob.post("/chat/revocation", fields).await.succeeds("成功");
    ann.say_in(group, "to myself").await;

    for kind in ["addFreind", "joinGroup", "read", "input"] {
        json_socket.next_of(kind).await;
    }
    for _ in 0..3 {
        let (plain, mut packed) = (
            json_socket.next_of("text").await,
            proto.next_of("text").await,
        );
        packed.as_object_mut().unwrap().remove("createdAt");
        for (name, value) in packed.as_object().unwrap() {
            assert_eq!(plain[name], *value, "{name}");
        }
    }
    json_socket.is_quiet().await;
    proto.is_quiet().await;
}

#[tokio::test]
async fn heartbeat_and_typing_are_understood_in_protobuf() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let mut socket = ann.connect_with("protocol=proto").await;
    let mut his = bob.connect().await;
    assert_eq!(socket.next_frame().await["type"], "ping");
    socket
        .send_bytes([text(5, "ping"), text(6, "é")].concat())
        .await;
    let echo = socket.next_frame().await;
    assert_eq!(
        (&echo["type"], &echo["body"], &echo["fromId"]),
        (&json!("ping"), &json!("é"), &json!(ann.id))
    );
    let typing = [
        number(3, bob.id as u64),
        text(4, "friend"),
        text(5, "input"),
        text(8, "normal"),
    ];
    socket.send_bytes(typing.concat()).await;
    assert_eq!(his.next_of("input").await["fromId"], ann.id);
    // What is no Protobuf is ignored.
    socket.send_bytes(vec![0xff; 64]).await;
    socket.is_quiet().await;
}
