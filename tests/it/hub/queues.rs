//! Full queues: some are told that the node is busy, and nobody is told a lie.

use super::{BUSY, SENT, hear, history, number, numbers, to_account};
use crate::store::bench::hold;
use crate::support::TestNode;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use parlance::config::Config;

/// Ten messages come at once while the writer is held up and four may wait: six are refused at once, four are stored later.
async fn four_of_ten_find_room(change: impl FnOnce(&mut Config)) {
    let node = TestNode::with(change).await;
    let [alice, bob] = node.users(["alice", "bob"]).await;
    let mut socket = bob.connect().await;
    let held = hold(&node.services().core.store).await;
    let (alice, bob) = (&alice, &bob);
    let send = |n| async move {
        let message = to_account(bob, &format!("message {n}"));
        alice.post("/chat/send", message).await
    };
    let mut answers: FuturesUnordered<_> = (0..10).map(send).collect();
    for _ in 0..6 {
        answers.next().await.unwrap().fails(BUSY);
    }
    drop(held);
    let mut taken = Vec::new();
    while let Some(answer) = answers.next().await {
        taken.push(number(answer.succeeds(SENT)));
    }
    taken.sort();
    assert_eq!(taken.len(), 4);
    assert_eq!(hear(&mut socket, 4).await, taken);
    socket.is_quiet().await;
    assert_eq!(numbers(&history(alice, bob.id).await), taken);
    let next = alice.say(bob, "there is room again").await;
    assert_eq!(hear(&mut socket, 1).await, [number(&next)]);
}

#[tokio::test]
async fn a_conversation_with_too_much_waiting_is_busy() {
    four_of_ten_find_room(|config| config.session.home_queue = 4).await;
}

#[tokio::test]
async fn a_writer_with_too_much_waiting_is_busy() {
    four_of_ten_find_room(|config| config.database.queue = 4).await;
}
