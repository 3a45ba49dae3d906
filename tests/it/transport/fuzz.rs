//! Garbage thrown at a real node: it may refuse, it may hang up, but it lives on and serves the next client.

mod http;
mod socket;

use std::net::SocketAddr;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestRunner};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::support::TestNode;
use crate::support::raw_ws::{Frame, PATIENCE, RawWs};

/// Runs per property; each opens two or three connections.
const CASES: u32 = 64;

/// The node still answers `/healthz` and greets a new socket with its heartbeat.
pub async fn survives(address: SocketAddr, path_with_token: &str) {
    let question = b"GET /healthz HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n";
    let answer = exchange(address, question, false).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 200"), "unwell: {answer}");

    let mut ws = RawWs::connect(address, path_with_token).await;
    let greeting = ws.frame().await.expect("no heartbeat");
    let greeting: serde_json::Value = serde_json::from_slice(&greeting.payload).unwrap();
    assert_eq!(greeting["type"], "ping");
}

/// Sends bytes, ends the client's half if told to, and reads until the node hangs up, as it has to.
async fn exchange(address: SocketAddr, bytes: &[u8], hang_up: bool) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut answer = Vec::new();
    let talk = async {
        // The node may hang up, or reset, in the middle; what it said until then counts.
        if stream.write_all(bytes).await.is_ok() && hang_up {
            let _ = stream.shutdown().await;
        }
        let _ = stream.read_to_end(&mut answer).await;
    };
    timeout(PATIENCE, talk)
        .await
        .expect("the node does not hang up");
    answer
}

/// Where the garbage goes: a node, and one account's way to its socket.
#[derive(Clone)]
struct Target {
    address: SocketAddr,
    path: String,
}

/// Throws generated values at a node. It has to survive each, and a socket open since before has to outlive them all.
fn throw<S, F>(strategy: S, attempt: impl Fn(Target, S::Value) -> F)
where
    S: Strategy,
    F: Future<Output = ()>,
{
    let runtime = Runtime::new().unwrap();
    let (_node, target, bystander) = runtime.block_on(async {
        let node = TestNode::start().await;
        let bystander = node.register("bystander").await;
        let bystander = RawWs::connect(node.address(), &node.ws_path(&bystander)).await;
        let user = node.register("mallory").await;
        let target = Target {
            address: node.address(),
            path: node.ws_path(&user),
        };
        (node, target, bystander)
    });
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        max_shrink_time: 20_000,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&strategy, |value| {
        runtime.block_on(async {
            attempt(target.clone(), value).await;
            survives(target.address, &target.path).await;
        });
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    runtime.block_on(expect_open(bystander));
}

/// The node answers a ping on this socket, after whatever else it has to say.
async fn expect_open(mut ws: RawWs) {
    ws.send(&Frame::ping("still there?")).await;
    loop {
        let frame = ws.frame().await.expect("the socket was closed");
        assert!(!frame.is_close(), "{frame:?}");
        if frame == Frame::pong("still there?") {
            return;
        }
    }
}
