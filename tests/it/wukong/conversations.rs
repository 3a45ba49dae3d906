//! The list of conversations, and what others learn of how far one has read.

use super::world::World;
use crate::support::wukong::{Answers, GROUP, Heard, PERSON, Person};
use serde_json::{Value, json};

/// One of somebody's conversations, as the web client gets it.
async fn conversation(person: &Person, place: &str) -> Value {
    let asked = json!({"msg_count": 5, "version": 0});
    let answer = person.post("/conversation/sync", asked).await;
    let all = answer.data()["conversations"].as_array().unwrap();
    let found = all.iter().find(|item| item["channel_id"] == *place);
    found.unwrap().clone()
}

fn recent(conversation: &Value, message: i64) -> Value {
    let recents = conversation["recents"].as_array().unwrap();
    let found = recents.iter().find(|item| item["message_id"] == message);
    found.unwrap().clone()
}

async fn clear(person: &Person, place: &str, kind: u8) {
    let all = json!({"channel_id": place, "channel_type": kind, "unread": 0});
    person.put("/coversation/clearUnread", all).await.is_ok();
}

#[tokio::test]
async fn nobody_is_shown_their_own_messages_as_read_by_themselves() {
    let node = World::node().await;
    let world = World::new(&node).await;
    clear(&world.ann, &world.bob.uid, PERSON).await;
    let shown = conversation(&world.ann, &world.bob.uid).await;
    assert_eq!(recent(&shown, world.message)["readed"], 0);
    clear(&world.bob, &world.ann.uid, PERSON).await;
    let shown = conversation(&world.bob, &world.ann.uid).await;
    assert_eq!(recent(&shown, world.message)["readed"], 1);
}

#[tokio::test]
async fn the_list_names_who_took_a_message_back() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut cat = world.cat.connect().await;
    let said = cat.say(&world.group, GROUP, "oops").await.message_id;
    let revoke = format!("/message/revoke?message_id={said}");
    world.bob.post(&revoke, Value::Null).await.is_ok();
    let shown = conversation(&world.ann, &world.group).await;
    let shown = recent(&shown, said);
    assert_eq!(
        (&shown["revoke"], &shown["revoker"]),
        (&json!(1), &json!(world.bob.uid))
    );
    assert!(shown["extra_version"].as_i64().unwrap() > 0);
}

#[tokio::test]
async fn only_what_is_newer_than_the_version_is_listed() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let shown = conversation(&world.bob, &world.ann.uid).await;
    let version = shown["version"].as_i64().unwrap();
    let asked = json!({"msg_count": 5, "version": version});
    let answer = world.bob.post("/conversation/sync", asked).await;
    let all = answer.data()["conversations"].as_array().unwrap();
    assert!(all.iter().all(|item| item["channel_id"] != *world.ann.uid));
}

#[tokio::test]
async fn what_one_changed_in_a_group_is_unread_for_oneself_too() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut ann = world.ann.connect().await;
    clear(&world.ann, &world.group, GROUP).await;
    let rename = json!({"name": "New"});
    world.ann.put(&world.in_group(""), rename).await.is_ok();
    ann.next_where(|heard| heard.payload["type"] == 1005).await;
    let shown = conversation(&world.ann, &world.group).await;
    assert_eq!(shown["unread"], 1);
}

#[tokio::test]
async fn in_a_group_only_those_who_wrote_are_told_that_somebody_read_on() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut ann = world.ann.connect().await;
    let mut bob = world.bob.connect().await;
    let mut cat = world.cat.connect().await;
    ann.say(&world.group, GROUP, "who reads this?").await;
    clear(&world.bob, &world.group, GROUP).await;
    ann.hears_command("syncMessageExtra").await;
    bob.hears_command("syncMessageExtra").await;
    let heard = cat.flush().await;
    let told = |heard: &Heard| heard.is("syncMessageExtra");
    assert!(!heard.iter().any(told), "{heard:?}");
}

#[tokio::test]
async fn nothing_is_kept_of_a_group_that_one_is_not_in() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let path = format!("/conversations/{}/2/extra", world.group);
    let kept = world.dan.post(&path, json!({"draft": "let me in"})).await;
    assert_eq!(kept.status, 400, "{}", kept.text());
    let synced = json!({"version": 0});
    let synced = world.dan.post("/conversation/extra/sync", synced).await;
    assert_eq!(*synced.data(), json!([]));
}

async fn reminders(person: &Person, version: &Value) -> Vec<Value> {
    let asked = json!({"version": version});
    let answer = person.post("/message/reminder/sync", asked).await;
    answer.data().as_array().unwrap().clone()
}

#[tokio::test]
async fn a_call_upon_everybody_is_not_upon_those_who_come_later() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut ann = world.ann.connect().await;
    let mut cat = world.cat.connect().await;
    let payload = json!({"type": 1, "content": "@all", "mention": {"all": 1}});
    ann.send(&world.group, GROUP, &payload).await;
    cat.hears_command("syncReminders").await;
    world.ann.befriend(&world.dan).await;
    let members = json!({"members": [world.dan.uid]});
    let path = world.in_group("/members");
    world.ann.post(&path, members).await.is_ok();
    assert_eq!(reminders(&world.cat, &json!(0)).await.len(), 1);
    assert_eq!(reminders(&world.dan, &json!(0)).await.len(), 0);
}

#[tokio::test]
async fn a_call_is_done_once_its_message_is_taken_back() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut ann = world.ann.connect().await;
    let mut cat = world.cat.connect().await;
    let everybody = json!({"all": 1});
    let one = json!({"uids": [world.cat.uid]});
    for mention in [everybody, one] {
        let payload = json!({"type": 1, "content": "@", "mention": mention});
        let said = ann.send(&world.group, GROUP, &payload).await.message_id;
        cat.hears_command("syncReminders").await;
        let calls = reminders(&world.cat, &json!(0)).await;
        let call = calls.last().unwrap();
        assert_eq!(call["done"], 0);
        let revoke = format!("/message/revoke?message_id={said}");
        world.ann.post(&revoke, Value::Null).await.is_ok();
        cat.hears_command("syncReminders").await;
        let news = reminders(&world.cat, &call["version"]).await;
        assert_eq!(
            (news.len(), &news[0]["id"], &news[0]["done"]),
            (1, &call["id"], &json!(1))
        );
    }
}
