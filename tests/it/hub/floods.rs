//! Floods: ten times what may wait comes at once, in several conversations. What finds no room is refused at once, and no more
//! waits than may.

use super::{BUSY, SENT, to_account};
use crate::store::bench::hold;
use crate::support::eventually::eventually;
use crate::support::http::send;
use crate::support::{PATIENCE, TestNode};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use parlance::config::Config;
use reqwest::Method;
use serde_json::json;
use tokio::time::timeout;

/// How many messages may wait.
const ROOM: usize = 16;
/// How many come.
const FLOOD: usize = 10 * ROOM;

/// Messages of so many bytes come to a node that has room for [`ROOM`] of them, while the writer is held up.
async fn no_more_waits_than_may(bytes: usize, change: impl FnOnce(&mut Config)) {
    let node = TestNode::with(change).await;
    let users = &node.users(["alice", "bob", "carol", "dave"]).await;
    let store = &node.services().core.store;
    let held = hold(store).await;
    let say = |n: usize| async move {
        let (from, to) = (&users[n % 4], &users[(n + 1) % 4]);
        let mut message = to_account(to, &format!("message {n}"));
        message["body"] = "x".repeat(bytes).into();
        from.post("/chat/send", message).await
    };
    let mut answers: FuturesUnordered<_> = (0..FLOOD).map(say).collect();
    for _ in ROOM..FLOOD {
        let answer = timeout(PATIENCE, answers.next()).await;
        let answer = answer.expect("one too many is left waiting");
        answer.unwrap().fails(BUSY);
        let (depth, _) = store.queue_depth();
        assert!(depth <= ROOM, "{depth} wait");
    }
    eventually(async || store.queue_depth().0 == ROOM).await;
    let metrics = send(node.guest().request(Method::GET, "/metrics")).await;
    let metrics = metrics.text();
    let depth = format!("parlance_write_queue_depth {ROOM}");
    assert!(metrics.lines().any(|line| line == depth), "{metrics}");
    // Reading goes on.
    users[0].get("/me/info", json!({})).await.succeeds("");

    drop(held);
    while let Some(answer) = answers.next().await {
        answer.succeeds(SENT);
    }
    users[0].say(&users[1], "there is room again").await;
    eventually(async || store.queue_depth().0 == 0).await;
}

#[tokio::test]
async fn a_flood_finds_so_much_room_in_each_conversation() {
    no_more_waits_than_may(1, |config| config.session.home_queue = ROOM / 4).await;
}

#[tokio::test]
async fn a_flood_finds_so_much_room_before_the_writer() {
    no_more_waits_than_may(1, |config| config.database.queue = ROOM).await;
}

#[tokio::test]
async fn a_flood_of_long_messages_finds_so_much_memory() {
    // Each counts as 61 KiB: sixteen fit into one MiB.
    no_more_waits_than_may(60 << 10, |config| config.database.queue_mib = 1).await;
}
