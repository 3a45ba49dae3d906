//! The real client, unmodified: what the contract asks to be tried with it.

use crate::support::TestNode;
use crate::support::driven;
use crate::support::sdk::Sdk;
use crate::support::wukong::{Answers, GREETING, GROUP, PERSON, Person};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// The reason for what was accepted.
const SUCCESS: u8 = 1;
/// What the client tells of its connection: the status and the node's reason.
const CONNECTED: (u8, u8) = (1, SUCCESS);
const DISCONNECTED: (u8, u8) = (0, 0);
const REFUSED: (u8, u8) = (3, 2);
const SENT_AWAY: (u8, u8) = (4, 12);

/// Somebody's client in a test, connected.
async fn connected(built: &Path, test: &str, node: &TestNode, person: &Person) -> Sdk {
    let mut client = Sdk::start(built, test, &person.name).await;
    let at = node.address();
    client.connect(at, &person.uid, &person.token).await;
    client.hears_status(CONNECTED).await;
    client
}

/// Sends a text, which is accepted and heard; gives what its receiver heard.
async fn passes(from: &mut Sdk, to: &mut Sdk, channel: &str, kind: u8, text: &str) -> Value {
    from.send(channel, kind, text).await;
    let ack = from.hears("sendack", |_| true).await;
    assert_eq!(ack["reason"], SUCCESS, "{ack}");
    let heard = to.hears_text(text).await;
    assert_eq!((&heard["id"], &heard["seq"]), (&ack["id"], &ack["seq"]));
    assert_eq!(heard["channel_type"], kind);
    assert_eq!(heard["red_dot"], true);
    heard
}

/// It came from somebody, in a channel.
#[track_caller]
fn is_of(heard: &Value, from: &str, channel: &str) {
    let place = (heard["from"].as_str(), heard["channel"].as_str());
    assert_eq!(place, (Some(from), Some(channel)), "{heard}");
}

#[tokio::test]
async fn the_real_client_passes_the_contract_s_scenario() {
    const IN_A_ROW: usize = 20;
    let Some(built) = driven::built() else { return };
    let node = TestNode::start().await;
    let ann = Person::register(&node, "ann").await;
    let bob = Person::register(&node, "bob").await;
    let mut hers = connected(&built, "scenario", &node, &ann).await;
    let mut his = connected(&built, "scenario", &node, &bob).await;

    // Over HTTP, as their applications do when the commands have come.
    let apply = json!({"to_uid": bob.uid, "remark": "it is Ann"});
    ann.post("/friend/apply", apply).await.is_ok();
    let request = his.hears_command("friendRequest").await;
    assert_eq!(request["param"]["apply_uid"], ann.uid);
    let sure = json!({"token": request["param"]["token"]});
    bob.post("/friend/sure", sure).await.is_ok();
    for client in [&mut hers, &mut his] {
        let accepted = client.hears_command("friendAccept").await;
        assert_eq!(accepted["param"]["from_uid"], bob.uid);
        client.hears_text("it is Ann").await;
    }

    let hi = passes(&mut hers, &mut his, &bob.uid, PERSON, "hi").await;
    is_of(&hi, &ann.uid, &ann.uid);
    let back = passes(&mut his, &mut hers, &ann.uid, PERSON, "你好 \u{1F600}").await;
    is_of(&back, &bob.uid, &bob.uid);

    let group = ann.found("hikers", &[&bob]).await;
    for client in [&mut hers, &mut his] {
        let made = client.hears("message", |heard| heard["payload"]["type"] == 1001);
        is_of(&made.await, "", &group);
    }
    let hello = passes(&mut his, &mut hers, &group, GROUP, "hello").await;
    is_of(&hello, &bob.uid, &group);

    let typing = json!({"channel_id": bob.uid, "channel_type": PERSON});
    ann.post("/message/typing", typing).await.is_ok();
    let typing = his.hears_command("typing").await;
    assert_eq!(typing["param"]["channel_id"], ann.uid);

    let path = format!(
        "/message/revoke?message_id={}&channel_id={}&channel_type={PERSON}",
        hi["id"].as_str().unwrap(),
        bob.uid,
    );
    ann.post(&path, Value::Null).await.is_ok();
    for (client, channel) in [(&mut hers, &bob.uid), (&mut his, &ann.uid)] {
        let revoked = client.hears_command("messageRevoke").await;
        assert_eq!(revoked["param"]["message_id"], hi["id"]);
        is_of(&revoked, &ann.uid, channel);
    }

    for n in 0..IN_A_ROW {
        hers.send(&bob.uid, PERSON, &n.to_string()).await;
    }
    let (mut acks, mut heard) = (Vec::new(), Vec::new());
    for _ in 0..IN_A_ROW {
        acks.push(hers.hears("sendack", |_| true).await);
        let next = his.hears("message", |heard| heard["payload"]["type"] == 1);
        heard.push(next.await);
    }
    // They are heard in the order in which they were said; answers come as messages are stored.
    acks.sort_by_key(|ack| ack["client_seq"].as_i64());
    for (n, (ack, heard)) in acks.iter().zip(&heard).enumerate() {
        assert_eq!(ack["reason"], SUCCESS, "{ack}");
        assert_eq!(heard["payload"]["content"], n.to_string());
        assert_eq!((&heard["id"], &heard["seq"]), (&ack["id"], &ack["seq"]));
    }
    assert!(heard.is_sorted_by_key(|heard| heard["seq"].as_i64()));
}

#[tokio::test]
async fn the_real_client_survives_a_restart_and_repeats_nothing() {
    const AMID_TALK: usize = 50;
    let Some(built) = driven::built() else { return };
    let node = TestNode::start().await;
    let ann = Person::register(&node, "ann").await;
    let bob = Person::register(&node, "bob").await;
    ann.befriend(&bob).await;
    let mut hers = connected(&built, "restart", &node, &ann).await;
    let mut his = connected(&built, "restart", &node, &bob).await;

    let mut said: Vec<String> = (0..AMID_TALK).map(|n| format!("amid {n}")).collect();
    for text in &said {
        hers.send(&bob.uid, PERSON, text).await;
    }
    // What has no answer when the node ends, the client sends again.
    let mut acks = vec![hers.hears("sendack", |_| true).await];
    let node = node.restart().await;
    said.push("while nobody was there".to_owned());
    hers.send(&bob.uid, PERSON, &said[AMID_TALK]).await;
    for client in [&mut hers, &mut his] {
        client.hears_status(DISCONNECTED).await;
        client.moved(node.address()).await;
        client.hears_status(CONNECTED).await;
    }
    while acks.len() < said.len() {
        acks.push(hers.hears("sendack", |_| true).await);
    }
    let accepted = |ack: &Value| ack["reason"] == SUCCESS;
    assert!(acks.iter().all(accepted), "{acks:?}");
    assert_eq!(distinct(&acks, "client_seq"), said.len());
    assert_eq!(distinct(&acks, "id"), said.len());

    said.push("after".to_owned());
    passes(&mut hers, &mut his, &bob.uid, PERSON, "after").await;
    // Whatever was pushed before is there by now.
    let heard = his.unasked("message");
    assert_eq!(distinct(&heard, "id"), heard.len(), "{heard:?}");
    // With what she asked for his friendship.
    said.push(GREETING.to_owned());
    said.sort();
    for (person, other) in [(&ann, &bob), (&bob, &ann)] {
        let history = person.at(&node).history(&other.uid, PERSON).await;
        let hers = history.iter().filter(|item| item["from_uid"] == ann.uid);
        let texts = hers.map(|item| item["payload"]["content"].as_str().unwrap().to_owned());
        let mut texts: Vec<String> = texts.collect();
        texts.sort();
        assert_eq!(texts, said);
    }
}

/// How many different values a field has.
fn distinct(of: &[Value], field: &str) -> usize {
    let values = of.iter().map(|value| value[field].to_string());
    values.collect::<BTreeSet<String>>().len()
}

#[tokio::test]
async fn a_wrong_token_is_told_and_not_retried() {
    let Some(built) = driven::built() else { return };
    let node = TestNode::start().await;
    let ann = Person::register(&node, "ann").await;
    let mut client = Sdk::start(&built, "wrong_token", "ann").await;
    let wrong: String = ann.token.chars().rev().collect();
    client.connect(node.address(), &ann.uid, &wrong).await;
    for status in [REFUSED, DISCONNECTED] {
        let told = client.hears_status(status).await;
        assert_eq!(told["retries"], false);
    }
    client.connect(node.address(), &ann.uid, &ann.token).await;
    client.hears_status(CONNECTED).await;
}

#[tokio::test]
async fn the_real_client_is_told_when_its_login_ends_and_stays_away() {
    let Some(built) = driven::built() else { return };
    let node = TestNode::start().await;
    let ann = Person::register(&node, "ann").await;
    let mut client = connected(&built, "kicked", &node, &ann).await;
    ann.post("/user/quit", Value::Null).await.is_ok();
    for status in [SENT_AWAY, DISCONNECTED] {
        let told = client.hears_status(status).await;
        assert_eq!(told["retries"], false);
    }
}
