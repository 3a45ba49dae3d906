//! Peers that stop reading, or stop answering: they are let go, cost no more than their outbox, and harm nobody else.

use super::{hear, number};
use crate::support::eventually::eventually;
use crate::support::{TestNode, User};
use parlance::config::Config;
use parlance::domain::AccountId;
use socket2::{Domain, Socket, Type};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// A text near the longest that may be said.
pub(super) const LONG: usize = 60_000;
/// How soon a deaf peer must be gone.
const LIMIT: Duration = Duration::from_secs(15);

/// A client that shakes hands with as small a receive buffer as it gets, and then reads no more.
pub(super) fn connect_deaf(node: &TestNode, user: &User) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(1).unwrap();
    socket.connect(&node.address().into()).unwrap();
    let mut stream = TcpStream::from(socket);
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: node\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        node.ws_path(user)
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "));
    stream
}

/// Alice talks to a group in which bob is deaf, until he is gone. Carol hears everything as it is said, and so does bob when he
/// comes back. Gives how many bytes were said until bob was gone.
async fn talk_until_the_deaf_is_gone(change: impl FnOnce(&mut Config)) -> usize {
    let node = TestNode::with(change).await;
    let [alice, bob, carol] = node.users(["alice", "bob", "carol"]).await;
    let group = alice.found("reading circle").await;
    alice.invite(group, [&bob, &carol]).await;
    let online = || node.services().core.hub.is_online(AccountId(bob.id));
    let mut hearing = carol.connect().await;
    let _deaf = connect_deaf(&node, &bob);
    eventually(async || online()).await;

    let text = "x".repeat(LONG);
    let mut said = Vec::new();
    let began = Instant::now();
    while online() {
        assert!(began.elapsed() < LIMIT, "he is still there");
        said.push(number(&alice.say_in(group, &text).await));
        let heard = timeout(Duration::from_secs(5), hearing.next_of("text")).await;
        let heard = heard.expect("a bystander waits");
        assert_eq!(number(&heard), *said.last().unwrap());
    }
    let mut back = bob.connect().await;
    assert_eq!(hear(&mut back, said.len()).await, said);
    said.len() * LONG
}

#[tokio::test]
async fn a_peer_that_does_not_read_costs_no_more_than_its_outbox() {
    let absorbed = talk_until_the_deaf_is_gone(|config| {
        config.session.outbox_frames = 16;
        config.session.outbox_kib = 64;
        config.session.stall_seconds = 600;
    });
    // Nearly all of it is in the buffers of the operating system, which grow to a few MiB.
    let mib = absorbed.await >> 20;
    assert!(mib < 8, "{mib} MiB were kept for him");
}

#[tokio::test]
async fn a_peer_that_takes_no_bytes_is_gone_in_time_however_large_its_outbox_is() {
    talk_until_the_deaf_is_gone(|config| {
        config.session.outbox_frames = 100_000;
        config.session.outbox_kib = 1024 * 1024;
        config.session.stall_seconds = 1;
    })
    .await;
}

#[tokio::test]
async fn a_peer_that_answers_no_ping_is_gone_while_others_stay() {
    let node = TestNode::with(|config| {
        config.session.ping_seconds = 1;
        config.session.idle_seconds = 14;
    })
    .await;
    let [bob, carol] = node.users(["bob", "carol"]).await;
    let hub = &node.services().core.hub;
    let mut answering = carol.connect().await;
    let _mute = connect_deaf(&node, &bob);
    eventually(async || hub.is_online(AccountId(bob.id))).await;
    tokio::select! {
        frame = answering.next() => panic!("nobody said {frame}"),
        () = eventually(async || !hub.is_online(AccountId(bob.id))) => {}
    }
    assert!(hub.is_online(AccountId(carol.id)));
}
