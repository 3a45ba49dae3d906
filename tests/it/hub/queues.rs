//! Full queues: some are told that the node is busy, and nobody is told a lie.

use super::{BUSY, SENT, hear, history, number, numbers, to_account};
use crate::store::bench::hold;
use crate::support::TestNode;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use parlance::config::Config;

/// Messages of so many bytes come at once, ten more than may wait while the writer is held up: ten are refused at once, the
/// others are stored later.
async fn those_who_find_no_room_are_refused(
    room: usize,
    bytes: usize,
    change: impl FnOnce(&mut Config),
) {
    let node = TestNode::with(change).await;
    let [alice, bob] = node.users(["alice", "bob"]).await;
    let mut socket = bob.connect().await;
    let held = hold(&node.services().core.store).await;
    let (alice, bob) = (&alice, &bob);
    let send = |n| async move {
        let mut message = to_account(bob, &format!("message {n}"));
        message["body"] = "x".repeat(bytes).into();
        alice.post("/chat/send", message).await
    };
    let mut answers: FuturesUnordered<_> = (0..room + 10).map(send).collect();
    for _ in 0..10 {
        answers.next().await.unwrap().fails(BUSY);
    }
    drop(held);
    let mut taken = Vec::new();
    while let Some(answer) = answers.next().await {
        taken.push(number(answer.succeeds(SENT)));
    }
    taken.sort();
    assert_eq!(taken.len(), room);
    assert_eq!(hear(&mut socket, room).await, taken);
    socket.is_quiet().await;
    assert_eq!(numbers(&history(alice, bob.id).await), taken);
    let next = alice.say(bob, "there is room again").await;
    assert_eq!(hear(&mut socket, 1).await, [number(&next)]);
}

#[tokio::test]
async fn a_conversation_with_too_much_waiting_is_busy() {
    those_who_find_no_room_are_refused(4, 1, |config| config.session.home_queue = 4).await;
}

#[tokio::test]
async fn a_writer_with_too_much_waiting_is_busy() {
    those_who_find_no_room_are_refused(4, 1, |config| config.database.queue = 4).await;
}

#[tokio::test]
async fn a_writer_with_too_many_bytes_waiting_is_busy() {
    // Each counts as 61 KiB: sixteen fit into one MiB.
    let change = |config: &mut Config| config.database.queue_mib = 1;
    those_who_find_no_room_are_refused(16, 60 << 10, change).await;
}
