//! Races that a client can lose at the worst moment: asking too early, going away in the middle, coming in while locked out.

use super::{SENT, insist, number, to_account, to_group};
use crate::store::bench::hold;
use crate::support::eventually::eventually;
use crate::support::http::BASE;
use crate::support::socket::Socket;
use crate::support::{PATIENCE, TestNode, User};
use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt};
use parlance::domain::AccountId;
use serde_json::{Value, json};
use socket2::SockRef;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// How long a connection that has nothing more to say is listened to.
const LULL: Duration = Duration::from_millis(50);

#[tokio::test]
async fn a_group_that_was_asked_for_before_it_existed_is_known_once_it_does() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let next = ann.found("reading circle").await + 1;
    let early = ann.post("/chat/send", to_group(next, "too early")).await;
    early.fails("群聊不存在");
    assert_eq!(ann.found("writing circle").await, next);
    let said = ann.post("/chat/send", to_group(next, "in time")).await;
    said.succeeds(SENT);
}

#[tokio::test]
async fn a_member_who_reconnects_while_two_groups_go_on_misses_nothing() {
    let node = TestNode::start().await;
    let [ann, bob, carol] = node.users(["ann", "bob", "carol"]).await;
    let reading = ann.found("reading circle").await;
    let writing = bob.found("writing circle").await;
    ann.invite(reading, [&carol]).await;
    bob.invite(writing, [&carol]).await;

    let done = Cell::new(false);
    let talks = async {
        let (one, other) = tokio::join!(talk(&ann, reading), talk(&bob, writing));
        done.set(true);
        BTreeSet::from_iter(one.into_iter().chain(other))
    };
    let comes_and_goes = async {
        let mut heard = BTreeSet::new();
        while !done.get() {
            let mut socket = carol.connect().await;
            hear_some(&mut socket, 7, &mut heard).await;
            drop(socket);
        }
        heard
    };
    let (said, mut heard) = tokio::join!(talks, comes_and_goes);
    let mut last = carol.connect().await;
    eventually(async || {
        hear_some(&mut last, 100, &mut heard).await;
        said.is_subset(&heard)
    })
    .await;
}

/// Says much in a group, one thing after the other; gives the numbers of what was taken.
async fn talk(from: &User, group: i64) -> Vec<i64> {
    let mut said = Vec::new();
    for n in 0..150 {
        said.push(insist(from, to_group(group, &format!("{n} in {group}"))).await);
    }
    said
}

/// Takes down some messages and then all that have come in as well, because the node may know by now that they did.
async fn hear_some(socket: &mut Socket, some: usize, heard: &mut BTreeSet<i64>) {
    let mut note = |frame: Value| {
        if frame["ope"] == "group" && frame["type"] == "text" {
            heard.insert(number(&frame));
        }
    };
    for _ in 0..some {
        let Ok(frame) = timeout(LULL, socket.next()).await else {
            break;
        };
        note(frame);
    }
    while let Some(frame) = socket.next().now_or_never() {
        note(frame);
    }
}

#[tokio::test]
async fn what_follows_from_a_change_happens_though_the_client_hangs_up() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let store = &node.services().core.store;
    let is_listed = async || {
        let list = ann.get("/friends", json!({"blacklist": 1})).await;
        !list.items().is_empty()
    };
    for round in 0..20 {
        // Nothing is left of the rounds before, and the node has read into memory whom ann blocks.
        eventually(async || {
            let _ = ann
                .delete("/friends/blaklist", json!({"toId": bob.id}))
                .await;
            let text = format!("round {round}");
            let answer = bob.post("/chat/send", to_account(&ann, &text)).await;
            answer.message() == SENT
        })
        .await;
        let held = if round % 2 == 0 {
            // The client is gone while its change waits to be written.
            let held = hold(store).await;
            let request = begin_to_block(&ann, &bob);
            eventually(async || store.queue_depth().0 > 0).await;
            reset(request);
            Some(held)
        } else {
            reset(begin_to_block(&ann, &bob));
            None
        };
        // Time for the node to notice.
        is_listed().await;
        let must_be = held.is_some();
        drop(held);
        if must_be {
            eventually(async || is_listed().await).await;
        } else if !is_listed().await {
            // The node may never have read it. If it does so later, the next round finds it.
            continue;
        }
        let mut tries = 0;
        eventually(async || {
            tries += 1;
            let text = format!("round {round}, try {tries}");
            let answer = bob.post("/chat/send", to_account(&ann, &text)).await;
            answer.message() == "对方已将您拉黑"
        })
        .await;
    }
}

/// Sends the request with which one account blocks another, and does not wait for its answer.
fn begin_to_block(who: &User, whom: &User) -> TcpStream {
    let mut stream = TcpStream::connect(who.address()).unwrap();
    let fields = format!("toId={}", whom.id);
    let request = format!(
        "POST {BASE}/friends/blaklist HTTP/1.1\r\nHost: node\r\nAuthorization: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{fields}",
        who.token,
        fields.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

/// Ends a connection without a farewell.
fn reset(stream: TcpStream) {
    let linger = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
    linger.unwrap();
}

type Stream = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

#[tokio::test]
async fn a_socket_opened_while_the_password_changes_does_not_outlive_it() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let url = format!("ws://{}{}", node.address(), node.ws_path(&ann));
    let opening = join_all((0..4).map(|_| open_until_refused(&url)));
    let change = async {
        let hub = &node.services().core.hub;
        eventually(async || hub.is_online(AccountId(ann.id))).await;
        let new = json!({"password": "battery staple"});
        let changed = ann.put("/me/update/password", new).await;
        changed.succeeds("设置成功");
    };
    let both = async { tokio::join!(opening, change) };
    let (opened, ()) = timeout(PATIENCE, both).await.expect("the token stays good");
    let ends = join_all(opened.into_iter().flatten().map(closed)).await;
    assert!(!ends.is_empty());
    for code in ends {
        assert!(matches!(code, None | Some(1008)), "closed with {code:?}");
    }
}

/// Opens sockets with a token until it is void.
async fn open_until_refused(url: &str) -> Vec<Stream> {
    let mut opened = Vec::new();
    loop {
        match connect_async_with_config(url, None, true).await {
            Ok((stream, _)) => opened.push(stream),
            Err(Error::Http(_)) => return opened,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Waits until the node ends a connection; gives the code it did so with, if any.
async fn closed(mut stream: Stream) -> Option<u16> {
    let mut code = None;
    let end = async {
        while let Some(Ok(message)) = stream.next().await {
            if let Message::Close(reason) = message {
                code = reason.map(|reason| reason.code.into());
            }
        }
    };
    timeout(PATIENCE, end).await.expect("the socket stays open");
    code
}
