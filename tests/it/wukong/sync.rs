//! What is missed is fetched.

use crate::support::TestNode;
use crate::support::wukong::{Answers, GROUP, PERSON, Person};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The commands that somebody's clients have not acknowledged, with their payloads decoded.
async fn commands(person: &Person) -> Vec<(i64, Value)> {
    let answer = person.post("/message/sync", json!({"limit": 1000})).await;
    let items = answer.data().as_array().unwrap().clone();
    items
        .into_iter()
        .map(|item| {
            assert_eq!(item["header"]["sync_once"], 1, "{item}");
            let payload = STANDARD.decode(item["payload"].as_str().unwrap()).unwrap();
            let seq = item["message_seq"].as_i64().unwrap();
            (seq, serde_json::from_slice(&payload).unwrap())
        })
        .collect()
}

fn names(commands: &[(i64, Value)]) -> Vec<&str> {
    let names = commands.iter().map(|(_, payload)| payload["cmd"].as_str());
    names.map(Option::unwrap).collect()
}

#[tokio::test]
async fn commands_missed_while_away_are_fetched_once() {
    let node = TestNode::start().await;
    let ann = Person::register(&node, "ann").await;
    let bob = Person::register(&node, "bob").await;
    let ask = json!({"to_uid": ann.uid, "remark": "hi"});
    bob.post("/friend/apply", ask).await.is_ok();
    let missed = commands(&ann).await;
    let last = missed.last().unwrap();
    assert_eq!(last.1["cmd"], "friendRequest");
    // The token of a missed command is as good as that of one that was heard.
    let token = json!({"token": last.1["param"]["token"]});
    ann.post("/friend/sure", token).await.is_ok();
    ann.post(&format!("/message/syncack/{}", last.0), Value::Null)
        .await
        .is_ok();
    let more = commands(&ann).await;
    assert!(!names(&more).contains(&"friendRequest"), "{more:?}");
    assert!(names(&more).contains(&"friendAccept"), "{more:?}");
    assert!(more.is_sorted_by_key(|(seq, _)| *seq));
    let live = ann.connect().await;
    drop(live);
    assert_eq!(commands(&ann).await, more);
}

#[tokio::test]
async fn a_command_is_the_same_live_and_fetched() {
    let node = TestNode::start().await;
    let ann = Person::register(&node, "ann").await;
    let bob = Person::register(&node, "bob").await;
    ann.befriend(&bob).await;
    let group = ann.found("duo", &[&bob]).await;
    let mut line = bob.connect().await;
    line.flush().await;
    let rename = json!({"name": "two"});
    ann.put(&format!("/groups/{group}"), rename).await.is_ok();
    let heard = line.hears_command("channelUpdate").await;
    let answer = bob.post("/message/sync", json!({})).await;
    let fetched = answer.data().as_array().unwrap().last().unwrap().clone();
    assert_eq!(fetched["message_idstr"], heard.recv.message_id.to_string());
    assert_eq!(fetched["message_seq"], heard.recv.message_seq);
    assert_eq!(fetched["channel_id"], &*heard.recv.channel_id);
    let payload = STANDARD
        .decode(fetched["payload"].as_str().unwrap())
        .unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&payload).unwrap(),
        heard.payload
    );
}

#[tokio::test]
async fn whoever_was_away_learns_that_a_group_is_gone() {
    let node = TestNode::start().await;
    let ann = Person::register(&node, "ann").await;
    let bob = Person::register(&node, "bob").await;
    ann.befriend(&bob).await;
    let group = ann.found("duo", &[&bob]).await;
    let known = commands(&bob).await.last().map_or(0, |(seq, _)| *seq);
    let path = format!("/groups/{group}/disband");
    ann.delete(&path, Value::Null).await.is_ok();
    let missed = commands(&bob).await;
    let told = missed.iter().any(|(seq, payload)| {
        *seq > known
            && payload["cmd"] == "channelUpdate"
            && payload["param"]["channel_id"] == *group
    });
    assert!(told, "{missed:?}");
}

#[tokio::test]
async fn fetched_payloads_are_objects_where_that_is_configured() {
    let node = TestNode::with(|config| config.wukong.sync_objects = true).await;
    let ann = Person::register(&node, "ann").await;
    let bob = Person::register(&node, "bob").await;
    ann.befriend(&bob).await;
    let answer = ann.post("/message/sync", json!({})).await;
    assert_eq!(answer.data()[0]["payload"]["type"], 99);
}

#[tokio::test]
async fn nothing_falls_between_connack_and_sync() {
    let node = TestNode::start().await;
    let ann = Person::register(&node, "ann").await;
    let bob = Person::register(&node, "bob").await;
    ann.befriend(&bob).await;
    let mut a = ann.connect().await;
    const ROUNDS: u32 = 30;
    let talking = async {
        for n in 0..ROUNDS {
            a.say(&bob.uid, PERSON, &format!("n{n}")).await;
        }
    };
    let listening = async {
        for _ in 0..ROUNDS / 3 {
            let mut b = bob.connect().await;
            // What was said before it was let in is in the history, the rest is heard.
            let history = bob.history(&ann.uid, PERSON).await;
            let before = history
                .last()
                .map_or(0, |last| last["message_seq"].as_u64().unwrap());
            let heard = b.flush().await;
            let places = heard.iter().filter(|heard| heard.payload["type"] == 1);
            let mut next = None;
            for place in places.map(|heard| u64::from(heard.recv.message_seq)) {
                let expected = *next.get_or_insert(place);
                assert_eq!(place, expected, "in order and without gaps");
                next = Some(place + 1);
            }
            let first = heard.iter().find(|heard| heard.payload["type"] == 1);
            if let Some(first) = first {
                assert!(
                    u64::from(first.recv.message_seq) <= before + 1,
                    "a gap after {before}"
                );
            }
        }
    };
    tokio::join!(talking, listening);
    let history = bob.history(&ann.uid, PERSON).await;
    let said = history.iter().filter(|m| {
        m["payload"]["content"]
            .as_str()
            .is_some_and(|text| text.starts_with('n'))
    });
    assert_eq!(said.count() as u32, ROUNDS);
}

#[tokio::test]
async fn new_members_of_a_group_made_here_may_read_what_was_said_before() {
    let node = TestNode::start().await;
    let ann = Person::register(&node, "ann").await;
    let [bob, cat] = [
        Person::register(&node, "bob").await,
        Person::register(&node, "cat").await,
    ];
    ann.befriend(&bob).await;
    ann.befriend(&cat).await;
    let group = ann.found("duo", &[&bob]).await;
    ann.connect().await.say(&group, GROUP, "early").await;
    let setting = format!("/groups/{group}/members");
    ann.post(&setting, json!({"members": [cat.uid]}))
        .await
        .is_ok();
    let says = |history: Vec<Value>| history.iter().any(|m| m["payload"]["content"] == "early");
    assert!(says(cat.history(&group, GROUP).await));
    let close = json!({"allow_view_history_msg": 0});
    ann.put(&format!("/groups/{group}/setting"), close)
        .await
        .is_ok();
    assert!(!says(cat.history(&group, GROUP).await) && says(bob.history(&group, GROUP).await));
}
