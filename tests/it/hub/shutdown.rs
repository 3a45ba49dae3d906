//! A stop: what was accepted is finished, everybody is told, and nobody can hold it up.

use super::{SENT, history, number, numbers, to_account};
use crate::store::bench::hold;
use crate::support::eventually::eventually;
use crate::support::http::{send, try_send};
use crate::support::{TestNode, User};
use futures_util::future::join_all;
use reqwest::{Method, RequestBuilder};
use std::cell::RefCell;
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
