//! What is refused, and why.

use super::sending::{drafts, numbered, said, signed};
use crate::support::wukong::{
    Answers, GROUP, Line, PERSON, Person, WAYS, friends, listening, text,
};
use crate::wukong::world::NOBODY;
use parlance::dialect::wukong::proto::{Flags, SUCCESS, Send};
use serde_json::Value;

#[tokio::test]
async fn too_much_at_a_time_is_refused_and_every_send_answered_once() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let words = numbered(300);
    let mut line = ann.connect().await;
    let sends = drafts(&mut line, &bob.uid, PERSON, &words);
    line.put_all(&sends).await;
    let acks = line.next_acks(words.len()).await;
    let answered: Vec<u32> = acks.iter().map(|ack| ack.client_seq).collect();
    assert_eq!(answered, Vec::from_iter(1..=300));
    assert!(acks.iter().all(|ack| [SUCCESS, 22].contains(&ack.reason)));
    let accepted = acks.iter().filter(|ack| ack.reason == SUCCESS);
    let accepted: Vec<&String> = accepted
        .map(|ack| &words[ack.client_seq as usize - 1])
        .collect();
    assert!((64..300).contains(&accepted.len()), "{}", accepted.len());
    let kept = said(&bob, &ann.uid, PERSON).await;
    let kept: Vec<&String> = kept.iter().filter(|word| words.contains(word)).collect();
    assert_eq!(kept, accepted);
}

#[tokio::test]
async fn what_was_changed_on_the_way_is_refused_with_9() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let cat = Person::register(&node, "cat").await;
    ann.befriend(&cat).await;
    let mut hearing = bob.connect().await;
    for way in WAYS {
        let mut line = Line::connect_by(way, &ann, "tab").await;
        let other = Line::connect_by(way, &ann, "another tab").await;
        let foreign = other.seal(text("bad").to_string().as_bytes());
        let changes: [&dyn Fn(&mut Send); 8] = [
            &|send| send.msg_key = "".into(),
            &|send| send.msg_key = "0123456789abcdef0123456789abcdef".into(),
            &|send| send.msg_key = send.msg_key.to_uppercase().into(),
            &|send| send.client_seq += 1000,
            &|send| send.client_msg_no = "another".into(),
            &|send| send.channel_id = cat.uid.as_str().into(),
            &|send| send.payload = foreign.clone(),
            &|send| send.payload = text("bad").to_string().into_bytes().into(),
        ];
        for change in changes {
            let mut send = line.draft(&bob.uid, PERSON, &text("bad"));
            change(&mut send);
            let ack = line.exchange(send).await;
            assert_eq!((ack.reason, ack.message_id, ack.message_seq), (9, 0, 0));
        }
        // Signed as it should be, but not to be decrypted, or not to be read.
        let long = "x".repeat(32_768);
        let json = [
            "null",
            "1",
            "[]",
            "\"text\"",
            "{}",
            "{\"type\":",
            "{\"type\":1.5}",
            "x",
        ];
        let mut payloads: Vec<_> = json.map(|json| line.seal(json.as_bytes())).into();
        payloads.extend([
            foreign,
            "".into(),
            "AAAA".into(),
            "AAAAAAAAAAAAAAAAAAAAAA==".into(),
            line.seal(b"\xff\xfe"),
            long.into(),
        ]);
        for payload in payloads {
            let send = Send {
                payload: payload.clone(),
                ..line.draft(&bob.uid, PERSON, &Value::Null)
            };
            let send = signed(&line, send);
            assert_eq!(line.exchange(send).await.reason, 9, "{payload:?}");
        }
        line.say(&bob.uid, PERSON, "fine").await;
        hearing.hears("fine").await;
    }
}

#[tokio::test]
async fn a_refusal_has_its_reason_and_is_told_nobody() {
    let node = listening(|_| {}).await;
    let [ann, bob] = friends(&node).await;
    let [cat, dan] = [
        Person::register(&node, "cat").await,
        Person::register(&node, "dan").await,
    ];
    ann.befriend(&cat).await;
    cat.post(&format!("/user/blacklist/{}", ann.uid), Value::Null)
        .await
        .is_ok();
    ann.befriend(&dan).await;
    dan.delete(&format!("/friends/{}", ann.uid), Value::Null)
        .await
        .is_ok();
    let group = bob.found("quiet", &[&ann]).await;
    bob.post(&format!("/groups/{group}/forbidden/1"), Value::Null)
        .await
        .is_ok();
    let gone = ann.found("gone", &[&bob]).await;
    ann.delete(&format!("/groups/{gone}/disband"), Value::Null)
        .await
        .is_ok();
    bob.befriend(&cat).await;
    let foreign = bob.found("others", &[&cat]).await;
    let long = "x".repeat(41);
    let cases = [
        (cat.uid.as_str(), PERSON, 4),
        (&dan.uid, PERSON, 13),
        (&ann.uid, PERSON, 16),
        (NOBODY, PERSON, 3),
        (&group, PERSON, 3),
        ("bob", PERSON, 3),
        ("", PERSON, 16),
        ("a@b", PERSON, 16),
        ("a#b", GROUP, 16),
        (&long, PERSON, 16),
        (&long, GROUP, 16),
        (&group, GROUP, 13),
        (&gone, GROUP, 24),
        (&foreign, GROUP, 3),
        (&bob.uid, GROUP, 5),
        (NOBODY, GROUP, 5),
        ("", GROUP, 16),
    ];
    let others = [0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 255];
    let others = others.map(|kind| (bob.uid.as_str(), kind, 23));
    let mut hearing = [
        bob.connect().await,
        cat.connect().await,
        dan.connect().await,
    ];
    for way in WAYS {
        let mut line = Line::connect_by(way, &ann, "tab").await;
        for (channel, kind, reason) in cases.into_iter().chain(others) {
            let ack = line.send(channel, kind, &text("no")).await;
            assert_eq!(ack.reason, reason, "{way:?}: {kind} {channel}");
            assert_eq!((ack.message_id, ack.message_seq), (0, 0));
        }
        let mut once = line.draft(&bob.uid, PERSON, &text("no"));
        once.flags = once.flags.with(Flags::SYNC_ONCE);
        let flags = once.flags;
        let ack = line.exchange(once).await;
        assert_eq!((ack.reason, ack.flags), (20, flags));
        line.say(&bob.uid, PERSON, "yes").await;
        hearing[0].hears("yes").await;
    }
    for line in &mut hearing {
        let unheard = line.flush().await;
        let bad = unheard
            .iter()
            .find(|heard| heard.payload["content"] == "no");
        assert!(bad.is_none(), "{bad:?}");
    }
}
