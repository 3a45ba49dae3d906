//! What no good client sends: each is refused or let go, tells nothing, and harms nobody else.

mod bodies;
mod deaf;
mod random;

use super::world::{NOBODY, World};
use crate::support::TestNode;
use crate::support::wukong::{Answers, GROUP, Hello, Line, PERSON, WAYS, friends, listening, text};
use parlance::dialect::wukong::crypto::KeyPair;
use parlance::dialect::wukong::proto::{Flags, MAX_BODY, Packet, Recvack, SUCCESS, Send, Setting};
use serde_json::{Value, json};

/// The longest first frame, in bytes of its body.
const FIRST: usize = 4096;

/// The head of a frame whose body has so many bytes.
fn head(kind: u8, mut length: usize) -> Vec<u8> {
    let mut head = vec![kind << 4];
    loop {
        let more = if length > 127 { 0x80 } else { 0 };
        head.push((length & 0x7f) as u8 | more);
        length >>= 7;
        if length == 0 {
            return head;
        }
    }
}

/// A whole frame.
fn frame(kind: u8, body: &[u8]) -> Vec<u8> {
    [&head(kind, body.len()), body].concat()
}

#[tokio::test]
async fn a_replayed_send_changes_nothing() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let mut hearing = bob.connect().await;
    for way in WAYS {
        let mut line = Line::connect_by(way, &ann, "tab").await;
        let send = line.draft(&bob.uid, PERSON, &text("once"));
        let replayed = Packet::Send(send).encode(5);
        line.put_bytes(replayed.repeat(20)).await;
        let acks = line.next_acks(20).await;
        assert_eq!(acks[0].reason, SUCCESS);
        assert!(acks.iter().all(|ack| *ack == acks[0]), "{acks:?}");
        // Under the key of another connection it is nothing.
        for person in [&ann, &bob] {
            let mut other = Line::connect_by(way, person, "another").await;
            other.put_bytes(replayed.clone()).await;
            assert_eq!(other.next_ack().await.reason, 9);
        }
        line.say(&bob.uid, PERSON, "next").await;
        hearing.hears("once").await;
        hearing.hears("next").await;
    }
}

#[tokio::test]
async fn reordered_sends_stand_as_they_came() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let mut hearing = bob.connect().await;
    for way in WAYS {
        let mut line = Line::connect_by(way, &ann, "tab").await;
        let mut sends: Vec<Packet> = (0..10)
            .map(|number: u32| {
                Packet::Send(line.draft(&bob.uid, PERSON, &text(&number.to_string())))
            })
            .collect();
        sends.reverse();
        line.put_all(&sends).await;
        let acks = line.next_acks(10).await;
        assert!(acks.iter().all(|ack| ack.reason == SUCCESS), "{acks:?}");
        assert!(
            acks.is_sorted_by(|a, b| a.message_seq > b.message_seq),
            "{acks:?}"
        );
        for number in (0..10).rev() {
            hearing.hears(&number.to_string()).await;
        }
    }
}

#[tokio::test]
async fn a_number_for_two_sends_gets_two_answers() {
    let node = TestNode::start().await;
    let [ann, bob] = friends(&node).await;
    let (mut line, mut hearing) = (ann.connect().await, bob.connect().await);
    let mut sends = Vec::new();
    for words in ["one", "two"] {
        let mut send = line.draft(&bob.uid, PERSON, &text(words));
        send.client_seq = u32::MAX;
        line.sign(&mut send);
        sends.push(Packet::Send(send));
    }
    line.put_all(&sends).await;
    let acks = line.next_acks(2).await;
    assert!(
        acks.iter()
            .all(|ack| ack.reason == SUCCESS && ack.client_seq == u32::MAX)
    );
    hearing.hears("one").await;
    hearing.hears("two").await;
}

#[tokio::test]
async fn foreign_channels_tell_nothing() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let dan = &world.dan;
    let (mut line, mut hearing) = (dan.connect().await, world.ann.connect().await);
    let hi = text("hi");
    assert_eq!(line.send(&world.group, GROUP, &hi).await.reason, 3);
    assert_eq!(line.send(NOBODY, GROUP, &hi).await.reason, 5);
    assert_eq!(line.send(&world.ann.uid, PERSON, &hi).await.reason, 13);
    assert_eq!(line.send(NOBODY, PERSON, &hi).await.reason, 3);
    // What is not stored is no way around.
    for (channel, kind, reason) in [(&world.group, GROUP, 3), (&world.ann.uid, PERSON, 13)] {
        let mut now = line.draft(channel, kind, &hi);
        now.flags = Flags::NO_PERSIST;
        assert_eq!(line.exchange(now).await.reason, reason);
    }
    let typing = json!({"channel_id": world.group, "channel_type": 2});
    assert_eq!(dan.post("/message/typing", typing).await.status, 400);
    let fields = json!({"channel_id": world.group, "channel_type": 2, "extra_version": 0});
    let extras = dan.post("/message/extra/sync", fields).await;
    assert_eq!(*extras.data(), json!([]));
    let receipt = format!("/messages/{}/receipt", world.message);
    dan.get(&receipt).await.refuses("消息不存在！");
    let revoke = format!("/message/revoke?message_id={}", world.message);
    dan.post(&revoke, Value::Null)
        .await
        .refuses("未查询到撤回消息！");
    let members = dan.get(&world.in_group("/membersync")).await;
    assert_eq!(*members.data(), json!([]));
    let mut bob = world.bob.connect().await;
    bob.say(&world.group, GROUP, "among us").await;
    bob.say(&world.group, GROUP, "still").await;
    hearing.hears("among us").await;
    hearing.hears("still").await;
    let heard = line.flush().await;
    assert!(heard.is_empty(), "{heard:?}");
}

#[tokio::test]
async fn a_sender_s_number_is_its_own() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let (mut ann, mut bob) = (world.ann.connect().await, world.bob.connect().await);
    let mut theirs = ann.draft(&world.group, GROUP, &text("Ann's"));
    theirs.client_msg_no = "the same".into();
    ann.sign(&mut theirs);
    let theirs = ann.exchange(theirs).await;
    let mut mine = bob.draft(&world.group, GROUP, &text("Bob's"));
    mine.client_msg_no = "the same".into();
    bob.sign(&mut mine);
    let mine = bob.exchange(mine).await;
    assert_eq!((theirs.reason, mine.reason), (SUCCESS, SUCCESS));
    assert_ne!(theirs.message_id, mine.message_id);
    ann.hears("Bob's").await;
}

#[tokio::test]
async fn frames_that_are_none_end_the_connection() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let sub = |text: usize| {
        let length = (text as u16).to_be_bytes();
        [&[0][..], &length, &vec![b'x'; text.min(40_000)], &[0; 8]].concat()
    };
    let bad = [
        // Types that are none, or that nobody sends.
        frame(0, &[]),
        frame(13, &[0; 20]),
        frame(15, b""),
        // Lengths that are too long, in value or in bytes: nothing more need come.
        head(3, MAX_BODY + 1),
        head(6, 0x0fff_ffff),
        vec![0x30, 0xff, 0xff, 0xff, 0xff, 0x01],
        vec![0x60, 0x80, 0x80, 0x80, 0x80],
        // Bodies that end too soon, and texts that do or are none.
        frame(3, &[]),
        frame(3, &[0; 5]),
        frame(6, &[0; 11]),
        frame(10, &[0, 0xff, 0xff, b'x']),
        frame(10, &sub(32_768)),
        frame(10, &[0, 0, 2, 0xff, 0xfe, 0, 0, 0, 0, 0, 0]),
    ];
    let mut bystander = bob.connect().await;
    for way in WAYS {
        for bytes in &bad {
            let mut line = Line::connect_by(way, &ann, "tab").await;
            line.put_bytes(bytes.clone()).await;
            assert_eq!(
                line.closed().await,
                None,
                "{way:?}: {:x?}",
                &bytes[..bytes.len().min(8)]
            );
        }
        let mut line = Line::connect_by(way, &ann, "tab").await;
        line.put_bytes(frame(10, &sub(32_767))).await;
        assert_eq!(line.next_suback().await.sub_no.len(), 32_767);
        bystander.say(&ann.uid, PERSON, "fine").await;
        line.hears("fine").await;
    }
}

#[tokio::test]
async fn an_event_says_nothing_and_does_no_harm() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let mut hearing = bob.connect().await;
    for way in WAYS {
        let mut line = Line::connect_by(way, &ann, "tab").await;
        line.put_bytes(frame(12, &[0; 20])).await;
        line.say(&bob.uid, PERSON, "fine").await;
        hearing.hears("fine").await;
        // In older versions there is no such thing.
        let hello = Hello::of(&ann, "old").in_version(4);
        let pipe = way.pipe(&node.guest()).await;
        let mut old = Line::open(pipe, &hello).await.unwrap();
        old.put_bytes(frame(12, &[0; 20])).await;
        assert_eq!(old.closed().await, None, "{way:?}");
    }
}

#[tokio::test]
async fn a_stranger_s_first_frame_is_short() {
    let node = listening(|_| {}).await;
    let [ann, _] = friends(&node).await;
    let hello = |device: usize| {
        let key = KeyPair::new([7; 32]).public();
        Hello::of(&ann, &"d".repeat(device))
            .with_key(&key)
            .encode(5)
    };
    let rest = hello(0).len() - 2;
    for way in WAYS {
        // The head is enough to tell.
        for head in [
            head(1, FIRST + 1),
            head(1, MAX_BODY),
            vec![0x10, 0xff, 0xff, 0xff, 0xff],
        ] {
            let mut pipe = way.pipe(&node.guest()).await;
            pipe.write(head).await.unwrap();
            assert!(pipe.rest().await.is_empty(), "{way:?}");
        }
        let mut pipe = way.pipe(&node.guest()).await;
        pipe.write(hello(FIRST - rest)).await.unwrap();
        assert_eq!(pipe.read().await.unwrap()[0], 0x21, "{way:?}");
        let mut pipe = way.pipe(&node.guest()).await;
        pipe.write(hello(FIRST - rest + 1)).await.unwrap();
        assert!(pipe.rest().await.is_empty(), "{way:?}");
    }
}

#[tokio::test]
async fn the_longest_frame_is_read_and_refused() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    for way in WAYS {
        let mut line = Line::connect_by(way, &ann, "tab").await;
        let draft = line.draft(&bob.uid, PERSON, &Value::Null);
        let around = Packet::Send(Send {
            payload: "".into(),
            setting: Setting::CLEAR,
            ..draft.clone()
        });
        // The head of an empty one is two bytes long.
        let room = MAX_BODY - (around.encode(5).len() - 2);
        let longest = Packet::Send(Send {
            setting: Setting::CLEAR,
            payload: vec![b'x'; room].into(),
            ..draft
        });
        let bytes = longest.encode(5);
        assert_eq!(bytes.len(), MAX_BODY + 4);
        // In two messages, the second of which goes on with another frame.
        let (one, two) = bytes.split_at(MAX_BODY / 2);
        line.put_bytes(one.to_vec()).await;
        line.put_bytes([two, &[0x70]].concat()).await;
        assert_eq!(line.next_ack().await.reason, 9, "{way:?}");
        line.say(&bob.uid, PERSON, "fine").await;
    }
}

#[tokio::test]
async fn a_crowd_of_packets_in_one_message_is_too_much() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let mut bystander = bob.connect().await;
    for way in [WAYS[0], WAYS[1]] {
        let mut line = Line::connect_by(way, &ann, "tab").await;
        let mut once = line.draft(&bob.uid, PERSON, &text("no"));
        once.flags = Flags::SYNC_ONCE;
        line.put_bytes(Packet::Send(once).encode(5).repeat(2500))
            .await;
        assert_eq!(line.closed().await, None);
        // Pings cost nothing: however many come at once, one answer is enough.
        let mut line = Line::connect_by(way, &ann, "tab").await;
        line.put_bytes(vec![0x70; 500_000]).await;
        line.flush().await;
        bystander.say(&ann.uid, PERSON, "fine").await;
        line.hears("fine").await;
    }
}

#[tokio::test]
async fn acks_for_what_was_never_told_and_none_at_all_do_no_harm() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    for way in WAYS {
        let mut line = Line::connect_by(way, &ann, "tab").await;
        let mut hearing = Line::connect_by(way, &bob, "tab").await;
        hearing.confirms = false;
        for number in 0..200_i64 {
            let ack = line.say(&bob.uid, PERSON, &number.to_string()).await;
            for message_id in [number, -number, i64::MIN, ack.message_id + 1] {
                let ack = Recvack {
                    flags: Flags(0x0f),
                    message_id,
                    message_seq: u32::MAX,
                };
                hearing.put(Packet::Recvack(ack)).await;
            }
        }
        // Each comes once.
        for number in 0..200 {
            hearing.hears(&number.to_string()).await;
        }
        hearing.say(&ann.uid, PERSON, "here").await;
        line.hears("here").await;
    }
}
