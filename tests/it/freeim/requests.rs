//! Operations 14 to 16 at greater length: asking to be friends, and being answered.

use super::me::{FIELDS, names};
use crate::support::{TestNode, User};
use serde_json::{Value, json};

const OK: &str = "成功";

async fn ask(user: &User, other: &User, reason: &str) {
    let request = json!({"toId": other.id, "reason": reason});
    user.post("/friends/add", request).await.succeeds(OK);
}

async fn reply(user: &User, applicant: &User, status: &str) {
    let reply = json!({"toId": applicant.id, "status": status});
    user.post("/friends/add/reply", reply).await.succeeds(OK);
}

async fn waiting(user: &User) -> Vec<Value> {
    user.get("/friends/add/applies", json!({})).await.items()
}

async fn are_friends(a: &User, b: &User) -> bool {
    let mut listed = Vec::new();
    for (user, other) in [(a, b), (b, a)] {
        let answer = user.get("/friends/info", json!({"toId": other.id})).await;
        listed.push(answer.body["code"] == 0);
    }
    assert_eq!(listed[0], listed[1], "friends on one side only");
    listed[0]
}

#[tokio::test]
async fn a_request_waits_with_its_words_for_the_one_who_was_asked() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    ask(&bob, &ann, "we met <b>yesterday</b>").await;
    ask(&cat, &ann, "").await;
    assert!(waiting(&bob).await.is_empty());
    let requests = waiting(&ann).await;
    let applicants: Vec<_> = requests.iter().map(|r| &r["fromAccount"]["id"]).collect();
    assert_eq!(applicants, [cat.id, bob.id], "newest first");
    let request = &requests[1];
    assert_eq!(
        names(request),
        [
            "createdAt",
            "fromAccount",
            "applyReason",
            "denyReason",
            "status",
            "replyTime"
        ]
    );
    assert_eq!(names(&request["fromAccount"]), FIELDS);
    assert_eq!(request["applyReason"], "we met <b>yesterday</b>");
    assert_eq!(
        (&request["denyReason"], &request["status"]),
        (&json!(""), &json!("wait"))
    );
    assert_eq!(request["replyTime"], Value::Null);
}

#[tokio::test]
async fn an_accepted_request_makes_friends_on_both_sides_and_waits_no_more() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    ask(&bob, &ann, "").await;
    reply(&ann, &bob, "pass").await;
    assert!(are_friends(&ann, &bob).await);
    assert!(waiting(&ann).await.is_empty());
    let again = json!({"toId": bob.id, "status": "pass"});
    ann.post("/friends/add/reply", again)
        .await
        .fails("请求不存在");
}

#[tokio::test]
async fn who_was_denied_may_ask_again() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    ask(&bob, &ann, "").await;
    reply(&ann, &bob, "deny").await;
    assert!(!are_friends(&ann, &bob).await);
    assert!(waiting(&ann).await.is_empty());
    ask(&bob, &ann, "please").await;
    assert_eq!(waiting(&ann).await[0]["applyReason"], "please");
}

#[tokio::test]
async fn asking_whoever_has_asked_is_a_yes() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    ask(&bob, &ann, "").await;
    ask(&ann, &bob, "").await;
    assert!(are_friends(&ann, &bob).await);
    assert!(waiting(&ann).await.is_empty() && waiting(&bob).await.is_empty());
}

#[tokio::test]
async fn both_asking_at_the_same_time_become_friends() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    tokio::join!(ask(&ann, &bob, ""), ask(&bob, &ann, ""));
    assert!(are_friends(&ann, &bob).await);
    assert!(waiting(&ann).await.is_empty() && waiting(&bob).await.is_empty());
}

#[tokio::test]
async fn a_request_to_who_has_blocked_the_applicant_looks_sent_and_is_not() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let blocked = ann.post("/friends/blaklist", json!({"toId": bob.id})).await;
    blocked.succeeds("添加成功");
    let mut socket = ann.connect().await;
    ask(&bob, &ann, "").await;
    assert!(waiting(&ann).await.is_empty());
    socket.is_quiet().await;
}

#[tokio::test]
async fn a_request_is_pushed_to_the_one_who_was_asked() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let (mut hers, mut his) = (ann.connect().await, bob.connect().await);
    ask(&bob, &ann, "").await;
    let frame = hers.next_of("addFreind").await;
    assert_eq!(frame["ope"], "system");
    assert_eq!(
        (frame["fromId"].as_i64(), frame["toId"].as_i64()),
        (Some(bob.id), Some(ann.id))
    );
    reply(&ann, &bob, "pass").await;
    his.is_quiet().await;
    hers.is_quiet().await;
}
