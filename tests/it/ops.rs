//! What operators see of a node: health, readiness, metrics, and how it stops.

use crate::support::http::{Answer, BASE, send};
use crate::support::{TestNode, User};
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};

async fn ask(node: &TestNode, path: &str) -> Answer {
    send(node.guest().request(Method::GET, path)).await
}

/// The value of a metric.
fn metric(text: &str, name: &str) -> f64 {
    let line = text
        .lines()
        .find(|line| line.split(' ').next() == Some(name));
    let value = line.and_then(|line| line.split(' ').nth(1));
    value
        .unwrap_or_else(|| panic!("no {name}:\n{text}"))
        .parse()
        .unwrap()
}

#[tokio::test]
async fn a_node_that_runs_is_healthy_and_ready() {
    let node = TestNode::start().await;
    let (health, ready) = (ask(&node, "/healthz").await, ask(&node, "/readyz").await);
    assert_eq!((health.status, ready.status), (200, 200));
    assert_eq!(ready.text().trim(), "ready");
}

/// Lets the tables be changed under the node's feet.
async fn run(node: &TestNode, sql: &'static str) {
    let change = node.services().core.store.write(move |conn| {
        diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?;
        Ok(())
    });
    change.await.unwrap();
}

#[tokio::test]
async fn a_node_that_cannot_write_messages_is_not_ready_until_it_can_again() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    ann.say(&bob, "before").await;
    run(&node, "ALTER TABLE messages RENAME TO lost").await;
    let message = || json!({"toId": bob.id, "ope": "friend", "type": "text", "body": "meanwhile"});
    ann.post("/chat/send", message()).await.fails("服务器错误");
    let ready = ask(&node, "/readyz").await;
    assert_eq!(ready.status, 503);
    assert!(ready.text().contains("write"), "{}", ready.text());
    assert_eq!(ask(&node, "/healthz").await.status, 200);

    run(&node, "ALTER TABLE lost RENAME TO messages").await;
    ann.say(&bob, "after").await;
    assert_eq!(ask(&node, "/readyz").await.status, 200);
    let history = bob.get("/chat/messages", json!({"toId": ann.id})).await;
    assert_eq!(history.succeeds("")["total"], 2);
}

#[tokio::test]
async fn metrics_count_what_happens() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let mut socket = bob.connect().await;
    for n in 0..3 {
        ann.say(&bob, &n.to_string()).await;
        socket.next_of("text").await;
    }
    let answer = ask(&node, "/metrics").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with("text/plain"));
    let text = answer.text();
    assert_eq!(metric(&text, "parlance_sessions"), 1.0);
    assert_eq!(metric(&text, "parlance_messages_total"), 3.0);
    assert!(metric(&text, "parlance_write_batches_total") >= 1.0);
    assert!(metric(&text, "parlance_deliveries_total") >= 3.0);
    assert!(metric(&text, "parlance_resident_memory_bytes") > 1e6);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        assert!(line.starts_with("parlance_"), "{line}");
    }
}

#[tokio::test]
async fn metrics_are_for_this_machine_or_who_has_the_token() {
    let node = TestNode::with(|config| {
        config.metrics.token = "s3cret".to_owned();
        config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let far = node.guest().at_address("192.0.2.1");
    for (token, status) in [
        ("", 403),
        ("s3cret", 403),
        ("Bearer ", 403),
        ("Bearer wrong", 403),
        ("Bearer s3cret", 200),
    ] {
        let client = far.with_token(token);
        let answer = send(client.request(Method::GET, "/metrics")).await;
        assert_eq!(answer.status, status, "{token:?}");
        assert_eq!(answer.text().contains("parlance_sessions"), status == 200);
    }
    assert_eq!(ask(&node, "/metrics").await.status, 200);
}

#[tokio::test]
async fn what_operators_see_needs_no_login_and_shows_no_secret() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    for path in ["/healthz", "/readyz", "/metrics"] {
        let text = ask(&node, path).await.text();
        assert!(!text.contains(&ann.token), "{text}");
    }
    for path in ["/debug/pprof/", "/api/v1/debug/pprof/", "/api/v1/metrics"] {
        assert_eq!(ask(&node, path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_stopping_node_says_goodbye_to_its_sockets_and_does_not_wait_for_them() {
    let mut node = TestNode::start().await;
    let users = node.users(["ann", "bob", "cat"]).await;
    let mut sockets = Vec::new();
    for user in &users {
        sockets.push(user.connect().await);
        sockets.push(user.connect_with("protocol=proto&ext=1").await);
    }
    let began = Instant::now();
    node.begin_to_stop();
    for socket in sockets {
        assert_eq!(socket.closed().await, Some(1001));
    }
    node.stop();
    let took = began.elapsed();
    assert!(took < Duration::from_secs(4), "{took:?}");
}

#[tokio::test]
async fn a_peer_that_does_not_answer_the_goodbye_does_not_hold_up_the_end() {
    let mut node = TestNode::start().await;
    let ann = node.register("ann").await;
    // Nobody reads these any more.
    let _sockets = (ann.connect().await, ann.connect().await);
    let began = Instant::now();
    node.stop();
    let took = began.elapsed();
    assert!(took < Duration::from_secs(4), "{took:?}");
}

#[tokio::test]
async fn a_stopped_node_is_gone_and_what_it_acknowledged_is_there_after_the_next_start() {
    let mut node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    // Many on their way at the moment it stops.
    let sending: Vec<_> = (0..30)
        .map(|n| tokio::spawn(try_to_say(ann.clone(), bob.id, n)))
        .collect();
    tokio::task::yield_now().await;
    node.begin_to_stop();
    let mut acknowledged = Vec::new();
    for sent in sending {
        acknowledged.extend(sent.await.unwrap());
    }
    node.stop();
    let closed = tokio::net::TcpStream::connect(node.address()).await;
    assert!(closed.is_err());

    let node = node.restart().await;
    let fields = json!({"toId": bob.id, "limit": 500});
    let history = ann.at(&node).get("/chat/messages", fields).await;
    let stored = history.succeeds("")["items"].as_array().unwrap().clone();
    for id in &acknowledged {
        let times = stored.iter().filter(|message| message["id"] == *id).count();
        assert_eq!(times, 1, "message {id}");
    }
}

/// Sends a message; gives its number if that was acknowledged.
async fn try_to_say(user: User, to: i64, n: i32) -> Option<i64> {
    let message = json!({"toId": to, "ope": "friend", "type": "text", "body": n.to_string()});
    let request = user.request(Method::POST, &format!("{BASE}/chat/send"));
    let answer = crate::support::http::try_send(request.json(&message)).await;
    answer.ok()?.body["result"]["id"].as_i64()
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn a_node_on_mysql_keeps_what_it_was_told() {
    use crate::support::database::{Backend, server};
    if server().is_none() {
        return;
    }
    let node = TestNode::on(Backend::Mysql, |_| {}).await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    let said = ann.say(&bob, "héllo 😀").await;
    let node = node.restart().await;
    let mut socket = bob.at(&node).connect().await;
    assert_eq!(socket.next().await, said);
}
