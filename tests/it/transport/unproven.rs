//! Connections whose peer proves its login in the protocol itself, over TCP and WebSocket.

use crate::support::eventually::eventually;
use crate::support::lines::{self, WAYS, Way};
use crate::support::raw_ws::{Frame, RawWs};
use crate::support::{PATIENCE, TestNode};
use parlance::domain::AccountId;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

/// Less than any test waits, and more than a proof takes.
const SHORT: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_stranger_who_says_nothing_is_let_go_in_time() {
    let node = TestNode::start().await;
    let lines = lines::serve(&node, SHORT).await;
    for way in WAYS {
        let silent = lines.connect(way).await;
        assert!(silent.rest().await.is_empty());
        let mut slow = lines.connect(way).await;
        slow.send_bytes(b"I am").await;
        assert!(slow.rest().await.is_empty());
    }
}

#[tokio::test]
async fn a_proof_that_takes_too_long_counts_as_none() {
    let node = TestNode::start().await;
    let lines = lines::serve(&node, SHORT).await;
    for way in WAYS {
        let mut thinking = lines.connect(way).await;
        thinking.send("I am thinking").await;
        assert!(thinking.rest().await.is_empty());
    }
}

#[tokio::test]
async fn a_stranger_who_is_turned_away_is_told_why() {
    let node = TestNode::start().await;
    let lines = lines::serve(&node, PATIENCE).await;
    for way in WAYS {
        for (said, told) in [
            ("hello", "who are you?"),
            ("I am somebody", "who?"),
            ("I am lying", "you are not"),
        ] {
            let mut stranger = lines.connect(way).await;
            stranger.send(said).await;
            assert_eq!(stranger.rest().await, [told]);
        }
    }
    assert_eq!(node.services().core.hub.census().sessions, 0);
}

#[tokio::test]
async fn a_stranger_who_announces_a_long_message_is_let_go_at_once() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let lines = lines::serve(&node, PATIENCE).await;
    let mut stranger = RawWs::connect(lines.address(Way::Ws), "/").await;
    let length = (1_u64 << 20).to_be_bytes();
    let head = [&[0x82, 0xff][..], &length, &[0; 4]].concat();
    stranger.write(&head, usize::MAX).await.unwrap();
    stranger.expect_close(&[1009]).await;

    let mut stranger = RawWs::connect(lines.address(Way::Ws), "/").await;
    let part = vec![b'x'; 40 << 10];
    for mut frame in [Frame::binary(part.clone()), Frame::continuation(part)] {
        frame.fin = false;
        stranger.send(&frame).await;
    }
    stranger.expect_close(&[1009]).await;

    let mut guest = lines.enter(Way::Ws, ann.id, "web", "tab").await;
    let long = "x".repeat(500 << 10);
    guest.send(&format!("echo {long}")).await;
    assert_eq!(guest.next().await, long);
}

#[tokio::test]
async fn what_comes_with_the_proof_is_taken_in_after_the_welcome() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let lines = lines::serve(&node, PATIENCE).await;
    for way in WAYS {
        let mut line = lines.connect(way).await;
        let all = format!("I am {} web tab\necho one\necho two\nech", ann.id);
        line.send_bytes(all.as_bytes()).await;
        line.send("o three").await;
        assert_eq!(line.take(4).await, ["welcome", "one", "two", "three"]);
    }
}

#[tokio::test]
async fn a_proof_may_come_in_pieces() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let lines = lines::serve(&node, PATIENCE).await;
    for way in WAYS {
        let mut line = lines.connect(way).await;
        for byte in format!("I am {} web tab\necho one\n", ann.id).bytes() {
            line.send_bytes(&[byte]).await;
        }
        assert_eq!(line.take(2).await, ["welcome", "one"]);
    }
}

#[tokio::test]
async fn a_peer_that_asks_to_part_hears_the_last_word_and_no_more() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let lines = lines::serve(&node, PATIENCE).await;
    for way in WAYS {
        let mut line = lines.enter(way, ann.id, "web", "tab").await;
        line.send_bytes(b"echo one\nquit\necho two\n").await;
        assert_eq!(line.rest().await, ["one", "bye"]);
    }
    let hub = &node.services().core.hub;
    eventually(async || !hub.is_online(AccountId(ann.id))).await;
}

#[tokio::test]
async fn strangers_do_not_hold_up_a_stop_and_guests_are_told() {
    let mut node = TestNode::start().await;
    let ann = node.register("ann").await;
    let lines = lines::serve(&node, PATIENCE * 2).await;
    let (mut strangers, mut guests) = (Vec::new(), Vec::new());
    for way in WAYS {
        strangers.push(lines.connect(way).await);
        guests.push(lines.enter(way, ann.id, "web", &format!("{way:?}")).await);
    }
    node.stop();
    for stranger in strangers {
        assert!(stranger.rest().await.is_empty());
    }
    for guest in guests {
        assert_eq!(guest.rest().await, ["farewell Shutdown"]);
    }
}

#[tokio::test]
async fn a_peer_over_tcp_that_does_not_read_is_cut_off_and_harms_nobody() {
    let node = TestNode::with(|config| {
        config.session.outbox_frames = 16;
        config.session.outbox_kib = 64;
    })
    .await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let hub = &node.services().core.hub;
    let lines = lines::serve(&node, PATIENCE).await;
    let mut deaf = TcpStream::connect(lines.address(Way::Tcp)).unwrap();
    let greeting = format!("I am {} web deaf\n", bob.id);
    deaf.write_all(greeting.as_bytes()).unwrap();
    eventually(async || hub.is_online(AccountId(bob.id))).await;

    let text = "x".repeat(60_000);
    let mut hearing = lines.enter(Way::Ws, ann.id, "web", "tab").await;
    eventually(async || {
        let said = ann.say(&bob, &text).await;
        let seq = hearing.next().await;
        assert!(seq.starts_with(&format!("heard {} ", ann.id)), "{said}");
        !hub.is_online(AccountId(bob.id))
    })
    .await;
    hearing.is_quiet().await;
}
