//! A stop: what was accepted is finished, everybody is told, and nobody can hold it up.

use super::slow_peers::{LONG, connect_deaf};
use super::{SENT, history, number, numbers, to_account};
use crate::store::bench::hold;
use crate::support::eventually::eventually;
use crate::support::http::{BASE, send, try_send};
use crate::support::{PATIENCE, TestNode, User};
use futures_util::future::join_all;
use parlance::domain::AccountId;
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use std::cell::RefCell;
use std::io::{Read, Write};
use std::net;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// The two seconds that are allowed, and what a busy machine adds.
const SOON: Duration = Duration::from_secs(10);

/// A message on its way, through a node that may be gone.
fn saying(from: &User, to: &User, text: &str) -> RequestBuilder {
    let request = from.request(Method::POST, "/api/v1/chat/send");
    request.json(&to_account(to, text))
}

/// Says one thing after the other until the node no longer takes it.
async fn talk(from: &User, to: &User, acknowledged: &RefCell<Vec<i64>>) {
    for n in 0.. {
        let text = format!("{} says {n}", from.name);
        match try_send(saying(from, to, &text)).await {
            Ok(answer) if answer.body["code"] == 0 => {
                let id = number(answer.succeeds(SENT));
                acknowledged.borrow_mut().push(id);
            }
            _ => return,
        }
    }
}

#[tokio::test]
async fn what_was_acknowledged_before_a_stop_is_there_after_it() {
    let mut node = TestNode::start().await;
    let users = node.users(["alice", "bob", "carol", "dave"]).await;
    let acknowledged = RefCell::new(Vec::new());
    let [alice, others @ ..] = &users;
    let talk = others.iter().map(|user| talk(user, alice, &acknowledged));
    let stop = async {
        eventually(async || acknowledged.borrow().len() >= 60).await;
        node.begin_to_stop();
    };
    tokio::join!(join_all(talk), stop);

    let node = node.restart().await;
    let mut stored = Vec::new();
    for user in others {
        let history = history(&user.at(&node), alice.id).await;
        let mut texts: Vec<_> = history
            .iter()
            .map(|m| m["body"].as_str().unwrap())
            .collect();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), history.len(), "stored twice");
        stored.extend(numbers(&history));
    }
    let acknowledged = acknowledged.into_inner();
    let lost: Vec<_> = acknowledged
        .iter()
        .filter(|id| !stored.contains(id))
        .collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
}

#[tokio::test]
async fn what_waits_when_a_stop_begins_is_finished_and_acknowledged() {
    let mut node = TestNode::start().await;
    let [alice, bob] = node.users(["alice", "bob"]).await;
    let store = node.services().core.store.clone();
    let held = hold(&store).await;
    let (from, to) = (&alice, &bob);
    let sending = (0..5).map(|n| async move {
        let answer = send(saying(from, to, &format!("message {n}"))).await;
        number(answer.succeeds(SENT))
    });
    let stop = async {
        eventually(async || store.queue_depth().0 == 5).await;
        node.begin_to_stop();
        drop(held);
    };
    let (mut said, ()) = tokio::join!(join_all(sending), stop);
    said.sort();
    let node = node.restart().await;
    let stored = history(&alice.at(&node), bob.id).await;
    assert_eq!(numbers(&stored), said);
}

#[tokio::test]
async fn a_stop_tells_every_socket_that_the_node_goes_away() {
    let mut node = TestNode::start().await;
    let [alice, bob] = node.users(["alice", "bob"]).await;
    let sockets = [
        alice.connect().await,
        bob.connect().await,
        bob.connect_with("protocol=proto").await,
    ];
    node.begin_to_stop();
    for socket in sockets {
        assert_eq!(socket.closed().await, Some(1001));
    }
}

#[tokio::test]
async fn connections_that_say_nothing_hold_a_stop_up_no_longer_than_allowed() {
    let mut node = TestNode::with(|config| config.server.shutdown_seconds = 2).await;
    let alice = node.register("alice").await;
    let _silent = TcpStream::connect(node.address()).await.unwrap();
    let _unread = alice.connect().await;
    let began = Instant::now();
    node.stop();
    assert!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
}

/// A change of somebody's name, in two parts.
const CHANGE: [&str; 2] = [r#"{"nickname":"#, r#""Alice the Second"}"#];

/// Sends the first part of a change. The node is reading it by then, and waits for the second.
fn begin_to_change(who: &User) -> net::TcpStream {
    const GO_ON: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut stream = net::TcpStream::connect(who.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!(
        "PUT {BASE}/me/update/info HTTP/1.1\r\nHost: node\r\nAuthorization: {}\r\nConnection: close\r\n\
         Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        who.token,
        CHANGE.concat().len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; GO_ON.len()];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer, GO_ON);
    stream.write_all(CHANGE[0].as_bytes()).unwrap();
    stream
}

#[tokio::test]
async fn a_request_that_never_ends_holds_a_stop_up_no_longer_than_allowed() {
    let mut node = TestNode::with(|config| config.server.shutdown_seconds = 2).await;
    let alice = node.register("alice").await;
    let _unfinished = begin_to_change(&alice);
    let began = Instant::now();
    node.stop();
    assert!(began.elapsed() < SOON, "it took {:?}", began.elapsed());
}

#[tokio::test]
async fn a_request_that_ends_while_the_node_stops_is_answered_and_takes_effect() {
    let mut node = TestNode::start().await;
    let alice = node.register("alice").await;
    let witness = alice.connect().await;
    let mut change = begin_to_change(&alice);
    node.begin_to_stop();
    assert_eq!(witness.closed().await, Some(1001));
    change.write_all(CHANGE[1].as_bytes()).unwrap();
    let mut answer = String::new();
    change.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("设置成功"), "{answer}");

    let node = node.restart().await;
    let me = alice.at(&node).get("/me/info", json!({})).await;
    assert_eq!(me.succeeds("")["account"]["nickname"], "Alice the Second");
}

#[tokio::test]
async fn a_peer_that_takes_no_bytes_is_cut_when_half_of_the_time_is_over() {
    let allowed = Duration::from_secs(8);
    let mut node = TestNode::with(|config| {
        config.server.shutdown_seconds = allowed.as_secs();
        // Nothing but the stop ends his session.
        config.session.outbox_frames = 100_000;
        config.session.outbox_kib = 1024 * 1024;
        config.session.stall_seconds = 600;
    })
    .await;
    let [alice, bob] = node.users(["alice", "bob"]).await;
    let _deaf = connect_deaf(&node, &bob);
    let hub = &node.services().core.hub;
    eventually(async || hub.is_online(AccountId(bob.id))).await;
    // More than the operating system keeps for him.
    let text = "x".repeat(LONG);
    join_all((0..250).map(|_| alice.say(&bob, &text))).await;

    let began = Instant::now();
    node.stop();
    let took = began.elapsed();
    assert!(took >= allowed / 2, "he was told: it took {took:?}");
    assert!(took < allowed, "he was not cut: it took {took:?}");
}
