//! Saying and hearing something over a connection.

use super::key;
use crate::support::TestNode;
use crate::support::wukong::{GROUP, Hello, Line, PERSON, Person, WAYS, friends, listening, text};
use parlance::dialect::wukong::proto::{Flags, Packet, SUCCESS, Send, Setting};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// As many SENDs as there are words.
pub(super) fn drafts(line: &mut Line, channel: &str, kind: u8, words: &[String]) -> Vec<Packet> {
    let drafts = words
        .iter()
        .map(|words| line.draft(channel, kind, &text(words)));
    drafts.map(Packet::Send).collect()
}

pub(super) fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|number| number.to_string()).collect()
}

/// What was said in a conversation, as far as it is text.
pub(super) async fn said(person: &Person, channel: &str, kind: u8) -> Vec<String> {
    let history = person.history(channel, kind).await;
    let words = history
        .iter()
        .filter_map(|m| m["payload"]["content"].as_str());
    words.map(str::to_owned).collect()
}

#[tokio::test]
async fn five_sends_in_one_message_get_five_acks_and_places_in_order() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let mut hearing = bob.connect().await;
    let mut place = 0;
    for way in WAYS {
        let mut line = Line::connect_by(way, &ann, "tab").await;
        for words in numbered(20).chunks(5) {
            let sends = drafts(&mut line, &bob.uid, PERSON, words);
            line.put_all(&sends).await;
            for ack in line.next_acks(5).await {
                assert_eq!(ack.reason, SUCCESS, "{way:?}: {ack:?}");
                assert!(ack.message_seq > place, "{way:?}: {ack:?}");
                place = ack.message_seq;
            }
        }
        for words in numbered(20) {
            hearing.hears(&words).await;
        }
    }
}

#[tokio::test]
async fn frames_may_be_cut_and_joined_anywhere() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let mut hearing = bob.connect().await;
    for way in WAYS {
        for cut in [1, 7, 33, 1000] {
            let mut line = Line::connect_by(way, &ann, "tab").await;
            let sends = drafts(&mut line, &bob.uid, PERSON, &numbered(4));
            let bytes: Vec<u8> = sends.iter().flat_map(|send| send.encode(5)).collect();
            for piece in bytes.chunks(cut) {
                line.put_bytes(piece.to_vec()).await;
            }
            let acks = line.next_acks(4).await;
            assert!(acks.iter().all(|ack| ack.reason == SUCCESS), "{acks:?}");
            for words in numbered(4) {
                hearing.hears(&words).await;
            }
        }
    }
}

#[tokio::test]
async fn sends_of_one_connection_keep_their_order() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let group = ann.found("pair", &[&bob]).await;
    for way in WAYS {
        let mut line = Line::connect_by(way, &ann, "tab").await;
        let mut hearing = Line::connect_by(way, &bob, "tab").await;
        let words = numbered(60);
        // Here and there in turn, without waiting for any answer.
        for word in &words {
            let (channel, kind) = match word.len() % 2 {
                0 => (&group, GROUP),
                _ => (&bob.uid, PERSON),
            };
            let send = line.draft(channel, kind, &text(word));
            line.put(Packet::Send(send)).await;
        }
        let acks = line.next_acks(words.len()).await;
        assert!(acks.iter().all(|ack| ack.reason == SUCCESS), "{acks:?}");
        let mut heard = [Vec::new(), Vec::new()];
        for _ in &words {
            let next = hearing.next().await;
            let number: u32 = next.payload["content"].as_str().unwrap().parse().unwrap();
            heard[usize::from(next.recv.channel_type - 1)].push(number);
        }
        assert!(heard.iter().all(|numbers| numbers.is_sorted()), "{heard:?}");
        assert_eq!(heard[0].len() + heard[1].len(), words.len());
    }
}

#[tokio::test]
async fn the_channel_of_a_direct_message_is_the_other_side() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    for way in WAYS {
        let mut line = Line::connect_by(way, &ann, "one").await;
        let mut own = Line::connect_by(way, &ann, "two").await;
        let mut other = Line::connect_by(way, &bob, "tab").await;
        let send = line.draft(&bob.uid, PERSON, &text("hi"));
        let number = send.client_msg_no.clone();
        let ack = line.exchange(send).await;
        assert_eq!((ack.reason, ack.flags), (SUCCESS, Flags::RED_DOT));
        for (line, channel, flags) in [
            (&mut other, &ann.uid, Flags::RED_DOT),
            (&mut own, &bob.uid, Flags::default()),
        ] {
            let heard = line.hears("hi").await.recv;
            assert_eq!(
                (&*heard.from_uid, &*heard.channel_id),
                (&*ann.uid, &**channel)
            );
            assert_eq!((heard.channel_type, heard.flags), (PERSON, flags));
            let place = (heard.message_id, heard.message_seq, &heard.client_msg_no);
            assert_eq!(place, (ack.message_id, ack.message_seq, &number));
        }
        // Whoever said it is not told: the next thing heard is something else.
        other.say(&ann.uid, PERSON, "so?").await;
        line.hears("so?").await;
    }
}

#[tokio::test]
async fn the_channel_of_a_group_is_the_group_for_all() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let group = ann.found("pair", &[&bob]).await;
    for way in WAYS {
        let mut line = Line::connect_by(way, &ann, "one").await;
        let mut own = Line::connect_by(way, &ann, "two").await;
        let mut other = Line::connect_by(way, &bob, "tab").await;
        let ack = line.say(&group, GROUP, "hi").await;
        for (line, flags) in [(&mut other, Flags::RED_DOT), (&mut own, Flags::default())] {
            let heard = line.hears("hi").await.recv;
            assert_eq!((&*heard.from_uid, &*heard.channel_id), (&*ann.uid, &*group));
            assert_eq!((heard.channel_type, heard.flags), (GROUP, flags));
            let place = (heard.message_id, heard.message_seq);
            assert_eq!(place, (ack.message_id, ack.message_seq));
        }
    }
}

#[tokio::test]
async fn a_repeated_client_number_is_told_once() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let cat = Person::register(&node, "cat").await;
    ann.befriend(&cat).await;
    let mut hearing = bob.connect().await;
    for way in WAYS {
        let mut line = Line::connect_by(way, &ann, "tab").await;
        let send = line.draft(&bob.uid, PERSON, &text("once"));
        let first = line.exchange(send.clone()).await;
        assert_eq!(first.reason, SUCCESS);
        assert_eq!(line.exchange(send.clone()).await, first);
        // The same on another connection, as after a lost answer, and with other words.
        let mut line = Line::connect_by(way, &ann, "another tab").await;
        let again = Send {
            payload: line.seal(text("twice").to_string().as_bytes()),
            ..send.clone()
        };
        let again = signed(&line, again);
        assert_eq!(line.exchange(again).await, first);
        // Elsewhere it is another message.
        let elsewhere = Send {
            channel_id: cat.uid.as_str().into(),
            payload: line.seal(text("elsewhere").to_string().as_bytes()),
            ..send
        };
        let elsewhere = signed(&line, elsewhere);
        let other = line.exchange(elsewhere).await;
        assert_eq!(other.reason, SUCCESS);
        assert_ne!(other.message_id, first.message_id);
        line.say(&bob.uid, PERSON, "next").await;
        hearing.hears("once").await;
        hearing.hears("next").await;
    }
}

#[tokio::test]
async fn a_repetition_of_one_who_sends_too_much_has_its_first_answer() {
    let node = listening(|config| {
        config.limits.sends_per_second = 1;
        config.limits.sends_burst = 5;
    })
    .await;
    let [ann, bob] = friends(&node).await;
    let mut line = ann.connect().await;
    let first = line.draft(&bob.uid, PERSON, &text("first"));
    let said = line.exchange(first.clone()).await;
    assert_eq!(said.reason, SUCCESS);
    let refused = loop {
        let next = line.draft(&bob.uid, PERSON, &text("next"));
        let ack = line.exchange(next).await;
        if ack.reason != SUCCESS {
            break ack;
        }
    };
    assert_eq!(refused.reason, 22);
    assert_eq!(line.exchange(first).await, said);
}

pub(super) fn signed(line: &Line, mut send: Send) -> Send {
    line.sign(&mut send);
    send
}

#[tokio::test]
async fn a_repetition_in_the_same_message_is_told_once() {
    let node = TestNode::start().await;
    let [ann, bob] = friends(&node).await;
    let (mut line, mut hearing) = (ann.connect().await, bob.connect().await);
    let send = Packet::Send(line.draft(&bob.uid, PERSON, &text("once")));
    line.put_all(&[send.clone(), send.clone(), send]).await;
    let acks = line.next_acks(3).await;
    assert!(acks.iter().all(|ack| *ack == acks[0]), "{acks:?}");
    line.say(&bob.uid, PERSON, "next").await;
    hearing.hears("once").await;
    hearing.hears("next").await;
}

#[tokio::test]
async fn what_is_said_in_clear_is_heard_encrypted() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    for way in WAYS {
        let mut line = Line::connect_by(way, &ann, "tab").await;
        let mut hearing = Line::connect_by(way, &bob, "tab").await;
        let mut send = line.draft(&bob.uid, PERSON, &Value::Null);
        send.setting = Setting::CLEAR;
        send.msg_key = "".into();
        send.payload = text("hi").to_string().into_bytes().into();
        assert_eq!(line.exchange(send).await.reason, SUCCESS);
        // The client fails for a payload that is not encrypted with its own key.
        let heard = hearing.hears("hi").await.recv;
        assert_eq!(heard.setting, Setting::default());
    }
}

#[tokio::test]
async fn no_persist_reaches_only_who_is_there() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let group = ann.found("pair", &[&bob]).await;
    for way in WAYS {
        let mut line = Line::connect_by(way, &ann, "tab").await;
        let mut hearing = Line::connect_by(way, &bob, "one").await;
        let mut ids = BTreeSet::new();
        for (channel, kind) in [(&bob.uid, PERSON), (&group, GROUP)] {
            let mut send = line.draft(channel, kind, &text("now"));
            send.flags = Flags::NO_PERSIST.with(Flags::RED_DOT);
            let flags = send.flags;
            let ack = line.exchange(send).await;
            assert_eq!(
                (ack.reason, ack.message_seq, ack.flags),
                (SUCCESS, 0, flags)
            );
            let heard = hearing.hears("now").await.recv;
            assert_eq!((heard.message_seq, heard.flags), (0, flags));
            assert_eq!(heard.message_id, ack.message_id);
            ids.insert(ack.message_id);
        }
        assert_eq!(ids.len(), 2);
        assert!(ids.iter().all(|id| (1..1 << 53).contains(id)), "{ids:?}");
        let mut late = Line::connect_by(way, &bob, "two").await;
        line.say(&bob.uid, PERSON, "later").await;
        late.hears("later").await;
        assert!(
            !said(&bob, &ann.uid, PERSON)
                .await
                .contains(&"now".to_owned())
        );
        assert!(!said(&bob, &group, GROUP).await.contains(&"now".to_owned()));
    }
}

#[tokio::test]
async fn nothing_is_replayed_to_who_was_away() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    for way in WAYS {
        let mut line = Line::connect_by(way, &ann, "tab").await;
        let mut hearing = Line::connect_by(way, &bob, "tab").await;
        // Heard, but not confirmed: that ends with the connection.
        hearing.confirms = false;
        line.say(&bob.uid, PERSON, "heard").await;
        hearing.hears("heard").await;
        hearing.put(super::goodbye()).await;
        hearing.closed().await;
        line.say(&bob.uid, PERSON, "missed").await;
        let mut hearing = Line::connect_by(way, &bob, "tab").await;
        line.say(&bob.uid, PERSON, "new").await;
        hearing.hears("new").await;
        assert!(
            said(&bob, &ann.uid, PERSON)
                .await
                .ends_with(&["heard", "missed", "new"].map(str::to_owned))
        );
    }
}

#[tokio::test]
async fn what_is_said_right_after_the_welcome_is_heard() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let mut line = ann.connect().await;
    for way in WAYS {
        for _ in 0..10 {
            let mut pipe = way.pipe(&node.guest()).await;
            let connect = Hello::of(&bob, "tab").with_key(&key());
            pipe.write(connect.encode(5)).await.unwrap();
            assert_eq!(pipe.read().await.unwrap()[0], 0x21);
            line.say(&bob.uid, PERSON, "hi").await;
            // Whatever else there is to tell comes first.
            while pipe.read().await.unwrap()[0] != 0x52 {}
        }
    }
}

#[tokio::test]
async fn what_is_for_some_eyes_is_told_and_kept_for_those() {
    let node = TestNode::start().await;
    let [ann, bob] = friends(&node).await;
    let cat = Person::register(&node, "cat").await;
    ann.befriend(&cat).await;
    let group = ann.found("trio", &[&bob, &cat]).await;
    let mut line = ann.connect().await;
    let (mut own, mut meant) = (ann.connect_as("two").await, bob.connect().await);
    let mut left_out = cat.connect().await;
    let payload = json!({"type": 1, "content": "psst", "visibles": [bob.uid]});
    assert_eq!(line.send(&group, GROUP, &payload).await.reason, SUCCESS);
    line.say(&group, GROUP, "aloud").await;
    for line in [&mut own, &mut meant] {
        assert_eq!(line.next().await.payload, payload);
        line.hears("aloud").await;
    }
    left_out.hears("aloud").await;
    let psst = "psst".to_owned();
    assert!(said(&bob, &group, GROUP).await.contains(&psst));
    assert!(said(&ann, &group, GROUP).await.contains(&psst));
    assert!(!said(&cat, &group, GROUP).await.contains(&psst));
}

#[tokio::test]
async fn unknown_payloads_come_as_they_are() {
    let node = TestNode::start().await;
    let [ann, bob] = friends(&node).await;
    let (mut line, mut hearing) = (ann.connect().await, bob.connect().await);
    for payload in [
        json!({"type": 4711, "nested": {"x": [1, 2.5, null]}, "content": "?"}),
        json!({"type": 1, "content": "with more", "mention": {"uids": [bob.uid]}, "x": {"y": []}}),
        json!({"type": 99, "cmd": "own", "param": {}}),
        json!({"type": -7}),
    ] {
        assert_eq!(line.send(&bob.uid, PERSON, &payload).await.reason, SUCCESS);
        assert_eq!(hearing.next().await.payload, payload);
        let history = bob.history(&ann.uid, PERSON).await;
        assert_eq!(history.last().unwrap()["payload"], payload);
    }
}
