//! What was missed while nobody was there to hear it.

use crate::support::eventually::eventually;
use crate::support::socket::Socket;
use crate::support::{TestNode, User};
use parlance::domain::{AccountId, MessageId};
use parlance::store::mailboxes;
use serde_json::{Value, json};

async fn heard(socket: &mut Socket, count: usize) -> Vec<Value> {
    let mut frames = Vec::with_capacity(count);
    for _ in 0..count {
        frames.push(socket.next().await);
    }
    frames
}

fn bodies(frames: &[Value]) -> Vec<&str> {
    frames
        .iter()
        .map(|frame| frame["body"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn missed_messages_come_once_and_in_the_order_in_which_they_were_said() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    let group = ann.found("hikers").await;
    ann.invite(group, [&bob, &cat]).await;
    let said = [
        ann.say(&bob, "one").await,
        cat.say_in(group, "two").await,
        cat.say(&bob, "three").await,
        ann.say_in(group, "four").await,
        ann.say(&bob, "five").await,
    ];
    let mut socket = bob.connect().await;
    assert_eq!(heard(&mut socket, 5).await, said);
    socket.is_quiet().await;
    ann.say(&bob, "six").await;
    assert_eq!(socket.next().await["body"], "six");
    socket.close().await;
    let mut again = bob.connect().await;
    again.is_quiet().await;
}

#[tokio::test]
async fn what_another_device_has_received_was_not_missed() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let mut phone = bob.connect().await;
    ann.say(&bob, "to the phone").await;
    phone.next_of("text").await;
    phone.close().await;
    ann.say(&bob, "to nobody").await;
    let mut desk = bob.connect_with("platform=pc").await;
    assert_eq!(desk.next().await["body"], "to nobody");
    desk.is_quiet().await;
}

#[tokio::test]
async fn more_than_a_page_of_messages_is_missed_and_none_lost() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    for n in 0..230 {
        ann.say(&bob, &n.to_string()).await;
    }
    let mut socket = bob.connect().await;
    let frames = heard(&mut socket, 230).await;
    let expected: Vec<String> = (0..230).map(|n| n.to_string()).collect();
    assert_eq!(bodies(&frames), expected);
    socket.is_quiet().await;
}

#[tokio::test]
async fn what_is_said_while_somebody_connects_comes_once() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    ann.say(&bob, "0").await;
    let speaker = tokio::spawn({
        let (ann, bob) = (ann.clone(), bob.clone());
        async move {
            for n in 1..60 {
                ann.say(&bob, &n.to_string()).await;
            }
        }
    });
    let mut socket = bob.connect().await;
    speaker.await.unwrap();
    let frames = heard(&mut socket, 60).await;
    let expected: Vec<String> = (0..60).map(|n| n.to_string()).collect();
    assert_eq!(bodies(&frames), expected);
    socket.is_quiet().await;
}

async fn revoke(user: &User, message: &Value) {
    let fields = json!({"toId": message["toId"], "id": message["id"], "ope": message["ope"]});
    user.post("/chat/revocation", fields).await.succeeds("成功");
}

#[tokio::test]
async fn typing_reading_and_revoked_messages_are_not_repeated() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    bob.say(&ann, "before").await;
    let wrong = ann.say(&bob, "wrong").await;
    ann.say(&bob, "right").await;
    revoke(&ann, &wrong).await;
    ann.post("/chat/read", json!({"toId": bob.id}))
        .await
        .succeeds("成功");
    let mut hers = ann.connect().await;
    hers.send(json!({"toId": bob.id, "ope": "friend", "type": "input", "status": "normal"}))
        .await;
    hers.flush().await;
    let mut socket = bob.connect().await;
    assert_eq!(socket.next().await["body"], "right");
    socket.is_quiet().await;
}

#[tokio::test]
async fn waiting_requests_come_with_every_connection_until_they_are_answered() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    let group = ann.found("hikers").await;
    bob.post("/friends/add", json!({"toId": ann.id}))
        .await
        .succeeds("成功");
    cat.post("/chatGroups/join", json!({"groupId": group}))
        .await
        .succeeds("申请成功");
    bob.say(&ann, "hello").await;
    for message in [true, false] {
        let mut socket = ann.connect().await;
        if message {
            socket.next_of("text").await;
        }
        let mut frames = heard(&mut socket, 2).await;
        frames.sort_by_key(|frame| frame["type"].to_string());
        let shown: Vec<_> = frames
            .iter()
            .map(|f| (&f["type"], &f["fromId"], &f["toId"]))
            .collect();
        let expected = [
            (&json!("addFreind"), &json!(bob.id), &json!(ann.id)),
            (&json!("joinGroup"), &json!(cat.id), &json!(group)),
        ];
        assert_eq!(shown, expected);
        socket.is_quiet().await;
        socket.close().await;
    }
    let reply = json!({"toId": bob.id, "status": "deny"});
    ann.post("/friends/add/reply", reply).await.succeeds("成功");
    let reply = json!({"groupId": group, "accountId": cat.id, "status": "deny"});
    ann.post("/chatGroups/join/reply", reply)
        .await
        .succeeds("处理成功");
    ann.connect().await.is_quiet().await;
}

#[tokio::test]
async fn missed_messages_outlive_a_restart() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let mut socket = bob.connect().await;
    ann.say(&bob, "heard").await;
    socket.next_of("text").await;
    socket.close().await;
    ann.say(&bob, "missed").await;
    let node = node.restart().await;
    let mut socket = bob.at(&node).connect().await;
    assert_eq!(socket.next().await["body"], "missed");
    socket.is_quiet().await;
}

#[tokio::test]
async fn a_member_is_not_told_what_was_said_before_or_after_the_membership() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let group = ann.found("hikers").await;
    ann.say_in(group, "before").await;
    ann.invite(group, [&bob]).await;
    ann.say_in(group, "while").await;
    let mut socket = bob.connect().await;
    assert_eq!(socket.next().await["body"], "while");
    socket.is_quiet().await;
    socket.close().await;
    ann.say_in(group, "later").await;
    bob.post("/chatGroups/exit", json!({"groupId": group}))
        .await
        .succeeds("退出成功");
    ann.say_in(group, "after").await;
    bob.connect().await.is_quiet().await;
}

#[tokio::test]
async fn what_was_heard_while_replaying_was_off_counts_as_received() {
    let node = TestNode::with(|config| config.freeim.replay = false).await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let mut socket = bob.connect().await;
    ann.say(&bob, "heard").await;
    let heard = socket.next().await["id"].as_i64().unwrap();
    let (bob, store) = (AccountId(bob.id), &node.services().core.store);
    eventually(async || {
        socket.is_quiet().await;
        // Notes are written along with something else.
        store.write(|_| Ok(())).await.unwrap();
        let noted = move |conn: &mut _| mailboxes::delivered(conn, bob);
        store.read(noted).await.unwrap() == MessageId(heard)
    })
    .await;
}

#[tokio::test]
async fn replaying_can_be_switched_off() {
    let node = TestNode::with(|config| config.freeim.replay = false).await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    ann.say(&bob, "missed").await;
    // It is acknowledged first and told second; who connects in between hears it after all.
    eventually(async || node.services().core.hub.deliveries() == 2).await;
    let mut socket = bob.connect().await;
    socket.is_quiet().await;
    ann.say(&bob, "heard").await;
    assert_eq!(socket.next().await["body"], "heard");
}
