//! What is peculiar to the ports of its own. [`socket`](super::socket) tests what is the same everywhere.

use crate::support::TestNode;
use crate::support::http::{Client, send, try_send};
use crate::support::wukong::{
    Answers, Hello, Line, PERSON, Person, Pipe, WAYS, Way, friends, listening, text,
};
use parlance::dialect::wukong::proto::{Packet, SUCCESS};
use reqwest::Method;
use serde_json::json;
use std::net::TcpStream;
use std::time::Duration;

#[tokio::test]
async fn a_port_for_websockets_has_every_path() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let mut line = ann.connect().await;
    for path in ["/", "/ws", "/v1/ws", "/any/where?token=1"] {
        let pipe = Pipe::ws(Way::Ws.address(&node.guest()), path).await;
        let mut hearing = Line::open(pipe, &Hello::of(&bob, path)).await.unwrap();
        line.say(&bob.uid, PERSON, path).await;
        hearing.hears(path).await;
    }
}

#[tokio::test]
async fn a_port_for_websockets_has_nothing_else() {
    let node = listening(|_| {}).await;
    let guest = Client::new(Way::Ws.address(&node.guest()), node.services().clone());
    for path in ["/v1/health", "/healthz", "/api/v1/configs", "/"] {
        let answer = send(guest.request(Method::GET, path)).await;
        assert_eq!(answer.status, 400, "{path}");
    }
}

#[tokio::test]
async fn people_meet_whichever_way_they_came() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    for here in WAYS {
        for there in WAYS {
            let mut a = Line::connect_by(here, &ann, "tab").await;
            let mut b = Line::connect_by(there, &bob, "tab").await;
            a.say(&bob.uid, PERSON, "there").await;
            b.hears("there").await;
            b.say(&ann.uid, PERSON, "and back").await;
            a.hears("and back").await;
        }
    }
}

#[tokio::test]
async fn clients_are_told_the_ports() {
    let node = listening(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    let told = ann.get(&format!("/users/{}/im", ann.uid)).await;
    let port = |way: Way| way.address(&node.guest()).port();
    let tcp = told.data()["tcp_addr"].as_str().unwrap();
    assert!(tcp.ends_with(&format!(":{}", port(Way::Tcp))), "{tcp}");
    let ws = told.data()["ws_addr"].as_str().unwrap();
    assert!(ws.contains(&format!(":{}", port(Way::Ws))), "{ws}");
}

#[tokio::test]
async fn there_are_no_ports_unless_configured() {
    let node = TestNode::start().await;
    let config = &node.services().core.config.wukong;
    assert_eq!((config.tcp(), config.ws()), (None, None));
    // Nor when the dialect is off.
    let node = listening(|config| config.wukong.enabled = false).await;
    let config = &node.services().core.config.wukong;
    assert_eq!((config.tcp(), config.ws()), (None, None));
}

#[tokio::test]
async fn the_ports_are_closed_once_the_node_has_stopped() {
    let mut node = listening(|_| {}).await;
    let addresses = WAYS.map(|way| way.address(&node.guest()));
    let ann = Person::register(&node, "ann").await;
    let line = Line::connect_by(Way::Tcp, &ann, "tab").await;
    let silent = Way::Tcp.pipe(&node.guest()).await;
    node.stop();
    assert_eq!(line.closed().await, None);
    assert!(silent.rest().await.is_empty());
    for address in addresses {
        let connected = TcpStream::connect_timeout(&address, Duration::from_secs(5));
        assert!(connected.is_err(), "{address}");
    }
}

#[tokio::test]
async fn all_ports_have_one_door() {
    let node = listening(|config| config.limits.connections_per_address = 4).await;
    let ann = Person::register(&node, "ann").await;
    let mut inside = Vec::new();
    for number in 0..4 {
        let way = WAYS[number % WAYS.len()];
        inside.push(Line::connect_by(way, &ann, &number.to_string()).await);
    }
    // One too many is accepted by the system and let go at once; the others stay.
    let mut refused = Way::Tcp.pipe(&node.guest()).await;
    assert_eq!(refused.read().await, None);
    let request = node.guest().request(Method::GET, "/healthz");
    assert!(try_send(request).await.is_err());
    for line in &mut inside {
        line.flush().await;
    }
}

#[tokio::test]
async fn whoever_closes_only_one_half_has_gone() {
    use tokio::io::AsyncWriteExt;
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let mut hearing = bob.connect().await;
    let mut pipe = Way::Tcp.pipe(&node.guest()).await;
    let keys = parlance::dialect::wukong::crypto::KeyPair::new([7; 32]);
    let connect = Hello::of(&ann, "tab").with_key(&keys.public());
    pipe.write(connect.encode(5)).await.unwrap();
    pipe.read().await.unwrap();
    let came = hearing.hears_command("onlineStatus").await;
    assert_eq!(came.payload["param"]["online"], 1);
    let Pipe::Tcp(stream) = &mut pipe else {
        unreachable!()
    };
    stream.shutdown().await.unwrap();
    assert!(pipe.rest().await.is_empty());
    let left = hearing.hears_command("onlineStatus").await;
    assert_eq!(left.payload["param"]["online"], 0);
}

#[tokio::test]
async fn a_payload_as_long_as_it_may_be_comes_through() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    // As long as the text of the packet may be once it is encrypted and in base64.
    let words = "x".repeat(24_000);
    let payload = json!({"type": 1, "content": words});
    for way in WAYS {
        let mut line = Line::connect_by(way, &ann, "tab").await;
        let mut hearing = Line::connect_by(way, &bob, "tab").await;
        let sends: Vec<Packet> = (0..10)
            .map(|_| Packet::Send(line.draft(&bob.uid, PERSON, &payload)))
            .collect();
        line.put_all(&sends).await;
        for ack in line.next_acks(10).await {
            assert_eq!(ack.reason, SUCCESS, "{way:?}");
        }
        for _ in 0..10 {
            hearing.hears(&words).await;
        }
        assert_eq!(line.send(&bob.uid, PERSON, &text("")).await.reason, SUCCESS);
        assert_eq!(hearing.next().await.payload, text(""));
    }
}
