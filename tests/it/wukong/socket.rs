//! Connecting, in every way there is to a node. What is said over a connection is in [`sending`], what cannot be
//! said in [`refusing`].

mod refusing;
mod sending;

use crate::support::TestNode;
use crate::support::wukong::{
    APP, Answers, Asker, Hello, Line, PERSON, Person, Pipe, WAYS, friends, listening, text,
};
use futures_util::future::join_all;
use parlance::dialect::wukong::crypto::KeyPair;
use parlance::dialect::wukong::proto::{
    Connack, Flags, Packet, Recvack, SUCCESS, Send, Sendack, Setting, Sub, Suback,
};
use parlance::domain::time;
use serde_json::Value;
use std::time::{Duration, Instant};

/// A public key as a client sends it.
fn key() -> String {
    KeyPair::new([7; 32]).public()
}

/// A message in clear, which needs no key.
fn clear_send(to: &Person) -> Send {
    Send {
        flags: Flags::RED_DOT,
        setting: Setting::CLEAR,
        client_seq: 1,
        client_msg_no: "one".into(),
        stream_no: "".into(),
        channel_id: to.uid.as_str().into(),
        channel_type: PERSON,
        expire: 0,
        msg_key: "".into(),
        topic: "".into(),
        payload: text("at once").to_string().into_bytes().into(),
    }
}

fn goodbye() -> Packet {
    Packet::Disconnect {
        reason: 0,
        text: "bye".into(),
    }
}

#[tokio::test]
async fn a_first_frame_other_than_connect_ends_the_connection() {
    let node = listening(|_| {}).await;
    let [_, bob] = friends(&node).await;
    let ack = Recvack {
        flags: Flags::default(),
        message_id: 1,
        message_seq: 1,
    };
    let packets = [
        Packet::Ping,
        Packet::Pong,
        Packet::Send(clear_send(&bob)),
        Packet::Recvack(ack),
        Packet::Connack(Connack::refused(2)),
        goodbye(),
    ];
    let frames = packets.map(|packet| packet.encode(5).to_vec());
    let others = [
        vec![0x00, 0x00],
        vec![0xf0, 0x00],
        vec![0x10, 0x00],
        vec![0x10, 0x03, 5, 1, 0],
        vec![0xff; 5],
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        b"{\"method\":\"connect\",\"id\":1,\"params\":{}}".to_vec(),
    ];
    for way in WAYS {
        for bytes in frames.iter().chain(&others) {
            let mut pipe = way.pipe(&node.guest()).await;
            pipe.write(bytes.clone()).await.unwrap();
            assert_eq!(pipe.read().await, None, "{way:?}: {bytes:?}");
        }
    }
    assert_eq!(node.services().core.hub.census().sessions, 0);
}

#[tokio::test]
async fn nobody_waits_longer_than_configured_for_connect() {
    let node = listening(|config| config.wukong.connect_seconds = 1).await;
    let ann = Person::register(&node, "ann").await;
    let whole = Hello::of(&ann, "tab").with_key(&key()).encode(5);
    let halves = [&b""[..], &whole[..1], &whole[..whole.len() - 1]];
    let waits = WAYS
        .into_iter()
        .flat_map(|way| halves.map(|half| (way, half)));
    let begin = Instant::now();
    join_all(waits.map(async |(way, half)| {
        let mut pipe = way.pipe(&node.guest()).await;
        if !half.is_empty() {
            pipe.write(half.to_vec()).await.unwrap();
        }
        assert_eq!(pipe.read().await, None);
        let waited = begin.elapsed();
        let due = Duration::from_millis(900)..Duration::from_secs(10);
        assert!(due.contains(&waited), "{way:?}: {waited:?}");
    }))
    .await;
}

#[tokio::test]
async fn connect_may_come_in_pieces() {
    let node = listening(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    let connect = Hello::of(&ann, "tab").with_key(&key()).encode(5);
    for way in WAYS {
        let mut pipe = way.pipe(&node.guest()).await;
        for piece in connect.chunks(3) {
            pipe.write(piece.to_vec()).await.unwrap();
        }
        let answer = pipe.read().await.unwrap();
        assert_eq!(answer[0], 0x21, "{way:?}: {answer:?}");
    }
}

#[tokio::test]
async fn what_comes_with_connect_is_taken_in_after_the_welcome() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let mut hearing = bob.connect().await;
    for way in WAYS {
        let mut pipe = way.pipe(&node.guest()).await;
        let connect = Hello::of(&ann, "tab").with_key(&key());
        let mut said = clear_send(&bob);
        said.client_msg_no = format!("{way:?}").into();
        let frames = [connect, Packet::Send(said), Packet::Ping, goodbye()];
        let mut bytes = frames.map(|packet| packet.encode(5).to_vec()).concat();
        // The goodbye comes a little later.
        let bye = bytes.split_off(bytes.len() - 5);
        pipe.write(bytes).await.unwrap();
        assert_eq!(hearing.hears("at once").await.recv.from_uid, *ann.uid);
        pipe.write(bye).await.unwrap();
        let told = pipe.rest().await;
        assert_eq!(told[0], 0x21, "{way:?}: {told:?}");
        // Welcome, pong, and the answer to what was said unless the goodbye was faster.
        assert_eq!(told[2 + usize::from(told[1])], 0x80, "{way:?}: {told:?}");
    }
}

#[tokio::test]
async fn a_token_that_does_not_fit_is_refused() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let hello = Hello::of(&ann, "tab");
    let token = |token: &str| Hello {
        token: token.to_owned(),
        ..hello.clone()
    };
    let uid = |uid: &str| Hello {
        uid: uid.to_owned(),
        ..hello.clone()
    };
    let flag = |flag| Hello {
        flag,
        ..hello.clone()
    };
    let wrong = [
        token("nonsense"),
        token(""),
        token(&bob.token),
        token(&ann.token.to_uppercase()),
        token(&"x".repeat(2000)),
        uid(&bob.uid),
        uid("nobody"),
        uid(""),
        uid(&ann.uid.to_uppercase()),
        flag(APP),
        flag(2),
        flag(3),
        flag(99),
    ];
    for way in WAYS {
        for hello in &wrong {
            for version in [2, 5] {
                let pipe = way.pipe(&node.guest()).await;
                let refused = Line::open(pipe, &hello.clone().in_version(version)).await;
                assert_eq!(refused.err(), Some(Some(2)), "{way:?}: {hello:?}");
            }
        }
    }
    ann.post("/user/quit", Value::Null).await.is_ok();
    let pipe = WAYS[0].pipe(&node.guest()).await;
    assert_eq!(Line::open(pipe, &hello).await.err(), Some(Some(2)));
}

#[tokio::test]
async fn an_empty_key_gets_21_and_a_bad_one_2() {
    let node = listening(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    let zero = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let long = "A".repeat(88);
    let bad = [
        ("", 21),
        ("AAAA", 2),
        ("not base64!", 2),
        (zero, 2),
        (&long, 2),
    ];
    for way in WAYS {
        for (key, reason) in bad {
            for version in 1..=6 {
                let mut pipe = way.pipe(&node.guest()).await;
                let hello = Hello::of(&ann, "tab").in_version(version);
                pipe.write(hello.with_key(key).encode(5)).await.unwrap();
                // V4 of the contract, whatever the version.
                let head = [0x20, 0x0d, 0, 0, 0, 0, 0, 0, 0, 0];
                let expected = [&head[..], &[reason, 0, 0, 0, 0]].concat();
                assert_eq!(pipe.rest().await, expected, "{way:?}: {key}");
            }
        }
    }
}

#[tokio::test]
async fn the_welcome_is_written_as_the_client_s_version_asks() {
    let node = listening(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    let mut salts = Vec::new();
    for way in WAYS {
        for version in [1, 2, 3, 4, 5, 6, 255] {
            let mut pipe = way.pipe(&node.guest()).await;
            let hello = Hello::of(&ann, "tab").in_version(version);
            pipe.write(hello.with_key(&key()).encode(5)).await.unwrap();
            let told = pipe.read().await.unwrap();
            let newer = version > 3;
            // Type and flag, then the length, which fits one byte.
            assert_eq!(told[0], 0x20 | u8::from(newer), "{version}");
            assert_eq!(usize::from(told[1]), told.len() - 2);
            let (body, node) = match newer {
                true => (&told[3..told.len() - 8], &told[told.len() - 8..]),
                false => (&told[2..], &[][..]),
            };
            assert!(!newer || told[2] == 5, "{version}");
            assert!(!newer || node == 1_u64.to_be_bytes(), "{version}");
            let ahead = i64::from_be_bytes(body[..8].try_into().unwrap());
            let off = time::now() - 1_700_000_000_000 - ahead;
            assert!((0..60_000).contains(&off), "{off} ms");
            assert_eq!((body[8], body[9], body[10]), (SUCCESS, 0, 44));
            assert_eq!((body[55], body[56], body.len()), (0, 16, 73));
            assert!(body[57..].iter().all(u8::is_ascii_alphanumeric));
            salts.push(body[11..].to_vec());
        }
    }
    // Every connection has a key and a salt of its own.
    let count = salts.len();
    salts.sort();
    salts.dedup();
    assert_eq!(salts.len(), count);
}

#[tokio::test]
async fn every_version_of_the_protocol_talks_to_every_other() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let (mut speaking, mut hearing) = (Vec::new(), Vec::new());
    for (version, way) in (1..=6).zip(WAYS.into_iter().cycle()) {
        for (person, lines) in [(&ann, &mut speaking), (&bob, &mut hearing)] {
            let hello = Hello::of(person, &format!("v{version}")).in_version(version);
            let pipe = way.pipe(&node.guest()).await;
            lines.push((version, Line::open(pipe, &hello).await.unwrap()));
        }
    }
    for place in 0..speaking.len() {
        let (mine, line) = &mut speaking[place];
        let mut send = line.draft(&bob.uid, PERSON, &text("hello"));
        send.expire = 60;
        // What the version has that is passed on to nobody.
        send.setting = Setting(match *mine {
            1 | 2 => 0x84,
            3 | 4 => 0x82,
            _ => 0x80,
        });
        if *mine < 5 {
            send.stream_no = "stream".into();
        }
        assert_eq!(line.exchange(send).await.reason, SUCCESS, "from {mine}");
        let mine = *mine;
        let others = speaking
            .iter_mut()
            .enumerate()
            .filter(|(at, _)| *at != place);
        let others = others.map(|(_, line)| line);
        for (theirs, line) in hearing.iter_mut().chain(others) {
            let heard = line.hears("hello").await.recv;
            let lives = if mine >= 3 && *theirs >= 3 { 60 } else { 0 };
            assert_eq!(heard.expire, lives, "from {mine} to {theirs}");
            assert_eq!(heard.setting, Setting::RECEIPT, "from {mine} to {theirs}");
        }
    }
}

#[tokio::test]
async fn a_ping_is_one_byte_and_so_is_its_answer() {
    let node = listening(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    for way in WAYS {
        let mut pipe = way.pipe(&node.guest()).await;
        let connect = Hello::of(&ann, "tab").with_key(&key());
        pipe.write(connect.encode(5)).await.unwrap();
        pipe.read().await.unwrap();
        for _ in 0..3 {
            pipe.write(vec![0x70]).await.unwrap();
            assert_eq!(pipe.read().await.unwrap(), vec![0x80], "{way:?}");
        }
    }
}

#[tokio::test]
async fn a_subscription_is_answered_with_23() {
    let node = listening(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    for way in WAYS {
        let mut line = Line::connect_by(way, &ann, "tab").await;
        for action in [0, 1] {
            line.put(Packet::Sub(Sub {
                setting: Setting::default(),
                sub_no: "s1".into(),
                channel_id: "data".into(),
                channel_type: 7,
                action,
                param: "".into(),
            }))
            .await;
            let answer = Suback {
                sub_no: "s1".into(),
                channel_id: "data".into(),
                channel_type: 7,
                action,
                reason: 23,
            };
            assert_eq!(line.next_suback().await, answer, "{way:?}");
        }
    }
}

#[tokio::test]
async fn whoever_says_goodbye_or_what_clients_do_not_say_is_let_go_without_a_word() {
    let node = listening(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    let ack = Sendack {
        flags: Flags::default(),
        message_id: 1,
        client_seq: 1,
        message_seq: 1,
        reason: SUCCESS,
    };
    let packets = [
        goodbye(),
        Hello::of(&ann, "tab").with_key(&key()),
        Packet::Connack(Connack::refused(2)),
        Packet::Sendack(ack),
        Packet::Pong,
    ];
    for way in WAYS {
        for packet in &packets {
            let mut line = Line::connect_by(way, &ann, "tab").await;
            line.put(packet.clone()).await;
            assert_eq!(line.closed().await, None, "{way:?}: {packet:?}");
        }
    }
}

#[tokio::test]
async fn a_node_that_stops_lets_its_clients_come_again() {
    let mut node = listening(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    let mut lines = Vec::new();
    for way in WAYS {
        lines.push(Line::connect_by(way, &ann, &format!("{way:?}")).await);
    }
    node.stop();
    for line in lines {
        // After a reason the real clients would stay away.
        assert_eq!(line.closed().await, None);
    }
}

#[tokio::test]
async fn a_guest_of_one_node_is_none_of_another() {
    let (one, other) = (TestNode::start().await, TestNode::start().await);
    let ann = Person::register(&one, "ann").await;
    Person::register(&other, "ann").await;
    let pipe = Pipe::ws(other.address(), "/v1/ws").await;
    let refused = Line::open(pipe, &Hello::of(&ann, "tab")).await;
    assert_eq!(refused.err(), Some(Some(2)));
    let asker = Asker::new(&other.guest()).with_token(&ann.token);
    asker.get("/user/devices").await.refuses("请先登录！");
}
