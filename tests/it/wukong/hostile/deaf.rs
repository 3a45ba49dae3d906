//! Clients that stop reading: they are let go, cost no more than their outbox, and harm nobody else.

use crate::support::raw_ws::Frame;
use crate::support::wukong::{GROUP, Hello, Person, WAYS, Way, friends, listening, text};
use parlance::config::Config;
use parlance::dialect::wukong::crypto::KeyPair;
use parlance::dialect::wukong::proto::{Packet, SUCCESS, Setting, Sub};
use socket2::{Domain, Socket, Type};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// How soon a deaf client must be gone.
const LIMIT: Duration = Duration::from_secs(20);
/// As long as a text can be said.
const LONG: usize = 24_000;

/// A frame as it goes into the bytes of a connection.
fn wrapped(way: Way, frame: &[u8]) -> Vec<u8> {
    match way {
        Way::Tcp => frame.to_vec(),
        Way::Http | Way::Ws => Frame::binary(frame.to_vec()).encode(),
    }
}

/// Lets a person in, with as small a receive buffer as there is; nothing is read after the first byte of the welcome.
fn connect_deaf(way: Way, person: &Person) -> TcpStream {
    let address = way.address(person.client());
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(1).unwrap();
    socket.connect(&address.into()).unwrap();
    let mut stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    if way != Way::Tcp {
        let request = "GET /v1/ws HTTP/1.1\r\nHost: node\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
        stream.write_all(request.as_bytes()).unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
    }
    let key = KeyPair::new([7; 32]).public();
    let connect = Hello::of(person, "deaf").with_key(&key).encode(5);
    stream.write_all(&wrapped(way, &connect)).unwrap();
    stream.read_exact(&mut [0]).unwrap();
    stream
}

/// Ann talks in a group in which Bob is deaf, until he is gone. Cat hears everything as it is said. Gives how many bytes were
/// said until then.
async fn talk_until_the_deaf_is_gone(way: Way, change: impl FnOnce(&mut Config)) -> usize {
    let node = listening(change).await;
    let [ann, bob] = friends(&node).await;
    let cat = Person::register(&node, "cat").await;
    ann.befriend(&cat).await;
    let group = ann.found("trio", &[&bob, &cat]).await;
    let (mut line, mut hearing) = (ann.connect().await, cat.connect().await);
    let _deaf = connect_deaf(way, &bob);
    let there = line.hears_command("onlineStatus").await;
    let mut param = there.payload["param"].clone();
    while param["uid"] != *bob.uid {
        let next = line.hears_command("onlineStatus").await;
        param = next.payload["param"].clone();
    }
    assert_eq!(param["online"], 1);

    let words = "x".repeat(LONG);
    let (mut said, began) = (0, Instant::now());
    loop {
        assert!(began.elapsed() < LIMIT, "he is still there");
        assert_eq!(
            line.send(&group, GROUP, &text(&words)).await.reason,
            SUCCESS
        );
        hearing.hears(&words).await;
        said += LONG;
        let news = line.flush().await;
        let gone = |param: &serde_json::Value| param["uid"] == *bob.uid && param["online"] == 0;
        if news
            .iter()
            .any(|news| news.is("onlineStatus") && gone(&news.payload["param"]))
        {
            return said;
        }
    }
}

#[tokio::test]
async fn a_reader_that_stops_is_cut_and_costs_its_outbox() {
    for way in WAYS {
        let absorbed = talk_until_the_deaf_is_gone(way, |config| {
            config.session.outbox_frames = 16;
            config.session.outbox_kib = 64;
            config.session.stall_seconds = 600;
        });
        // Nearly all of it is in the buffers of the operating system, which grow to a few MiB.
        let mib = absorbed.await >> 20;
        assert!(mib < 8, "{way:?}: {mib} MiB were kept for him");
    }
}

#[tokio::test]
async fn a_reader_that_takes_no_bytes_is_gone_in_time_however_large_its_outbox_is() {
    for way in WAYS {
        talk_until_the_deaf_is_gone(way, |config| {
            config.session.outbox_frames = 100_000;
            config.session.outbox_kib = 1024 * 1024;
            config.session.stall_seconds = 1;
        })
        .await;
    }
}

/// Writes the same again and again until the node has hung up; gives how much the node took.
fn shout(stream: &mut TcpStream, bytes: &[u8]) -> usize {
    let (mut taken, began) = (0, Instant::now());
    loop {
        match stream.write(bytes) {
            Ok(count) => taken += count,
            Err(error) => {
                assert_ne!(error.kind(), ErrorKind::WouldBlock, "it is still there");
                return taken;
            }
        }
        assert!(
            began.elapsed() < LIMIT,
            "it is still heard after {taken} bytes"
        );
    }
}

#[tokio::test]
async fn whoever_asks_without_end_and_reads_no_answer_is_heard_no_longer() {
    let node = listening(|config| config.session.stall_seconds = 1).await;
    let [ann, bob] = friends(&node).await;
    let question = Packet::Sub(Sub {
        setting: Setting::default(),
        sub_no: "x".repeat(30_000).into(),
        channel_id: "data".into(),
        channel_type: 7,
        action: 0,
        param: "".into(),
    });
    for way in WAYS {
        let bytes = wrapped(way, &question.encode(5)).repeat(8);
        let person = bob.clone();
        let taken = tokio::task::spawn_blocking(move || {
            let mut deaf = connect_deaf(way, &person);
            shout(&mut deaf, &bytes)
        });
        // Answers are as long as questions, so that what was taken is what could have been kept.
        let mib = taken.await.unwrap() >> 20;
        assert!(mib < 32, "{way:?}: {mib} MiB were taken");
        let (mut line, mut hearing) = (ann.connect().await, bob.connect().await);
        line.say(&bob.uid, crate::support::wukong::PERSON, "fine")
            .await;
        hearing.hears("fine").await;
    }
}
