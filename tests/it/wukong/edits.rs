//! Messages that say something else later, or are gone for everybody.

use super::world::World;
use crate::support::http::Answer;
use crate::support::wukong::{Answers, GROUP, PERSON, Person};
use serde_json::{Value, json};

const NO_MESSAGE: &str = "消息不存在！";
const NOT_YOURS: &str = "无权限编辑此消息！";

/// Asks for another payload in the place of a message's.
async fn edit(person: &Person, id: i64, payload: &Value) -> Answer {
    let fields = json!({"message_id": id.to_string(), "content_edit": payload.to_string()});
    person.post("/message/edit", fields).await
}

fn text(words: &str) -> Value {
    json!({"type": 1, "content": words})
}

/// A message where somebody looks back.
async fn found(person: &Person, channel: &str, kind: u8, id: i64) -> Option<Value> {
    let history = person.history(channel, kind).await;
    history.into_iter().find(|item| item["message_id"] == id)
}

/// What became of messages of a conversation since a version.
async fn extras(
    person: &Person,
    (channel, kind): (&str, u8),
    version: i64,
    limit: u8,
) -> Vec<Value> {
    let fields = json!({
        "channel_id": channel, "channel_type": kind, "extra_version": version, "limit": limit,
    });
    let answer = person.post("/message/extra/sync", fields).await;
    answer.data().as_array().unwrap().clone()
}

#[tokio::test]
async fn an_edited_message_says_the_new_text_to_everybody_who_sees_it() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut bob = world.bob.connect().await;
    let new = text("good bye");
    let fields = json!({
        "message_id": world.message, "message_seq": 1, "channel_id": world.bob.uid, "channel_type": 1,
        "content_edit": new.to_string(),
    });
    world.ann.post("/message/edit", fields).await.is_ok();
    let command = bob.hears_command("syncMessageExtra").await;
    assert_eq!(command.recv.channel_id, *world.ann.uid);
    for (person, other) in [(&world.bob, &world.ann), (&world.ann, &world.bob)] {
        let extras = extras(person, (&other.uid, PERSON), 0, 100).await;
        let extra = extras.iter().find(|e| e["message_id"] == world.message);
        let extra = extra.unwrap();
        assert_eq!(
            (&extra["content_edit"], &extra["revoke"]),
            (&new, &json!(0))
        );
        assert!(extra["edited_at"].as_i64().unwrap() > 1_700_000_000);
        let shown = found(person, &other.uid, PERSON, world.message).await;
        let shown = shown.unwrap();
        assert_eq!(shown["payload"], new);
        assert_eq!(shown["message_extra"]["content_edit"], new);
        assert_eq!(shown["client_msg_no"], *world.message_no);
    }
}

#[tokio::test]
async fn only_own_texts_that_stand_can_be_edited_and_only_into_texts() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let message = world.message;
    edit(&world.bob, message, &text("x"))
        .await
        .refuses(NOT_YOURS);
    edit(&world.dan, message, &text("x"))
        .await
        .refuses(NO_MESSAGE);
    edit(&world.ann, 1 << 50, &text("x"))
        .await
        .refuses(NO_MESSAGE);
    let picture = json!({"type": 2, "url": "x.png", "width": 1, "height": 1});
    let malformed = "数据格式有误！";
    edit(&world.ann, message, &picture).await.refuses(malformed);
    let mut ann = world.ann.connect().await;
    let sent = ann.send(&world.group, GROUP, &picture).await.message_id;
    edit(&world.ann, sent, &text("x")).await.refuses(NOT_YOURS);
    let path = format!("/message/revoke?message_id={message}");
    world.ann.post(&path, Value::Null).await.is_ok();
    edit(&world.ann, message, &text("x"))
        .await
        .refuses(NOT_YOURS);
}

#[tokio::test]
async fn who_may_not_speak_in_a_group_may_not_edit_there_either() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut cat = world.cat.connect().await;
    let said = cat.say(&world.group, GROUP, "kind").await.message_id;
    let silence = world.in_group("/forbidden/1");
    world.ann.post(&silence, Value::Null).await.is_ok();
    edit(&world.cat, said, &text("rude"))
        .await
        .refuses("已被禁言");
}

#[tokio::test]
async fn a_full_page_of_changes_skips_nothing() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut ann = world.ann.connect().await;
    let mut said = Vec::new();
    for n in 0..4 {
        let text = n.to_string();
        said.push(ann.say(&world.group, GROUP, &text).await.message_id);
    }
    for id in &said[..3] {
        edit(&world.ann, *id, &text("new")).await.is_ok();
    }
    // Reading is newer than all of the edits.
    let read = json!({
        "channel_id": world.group, "channel_type": 2, "message_ids": [said[3].to_string()],
    });
    world.bob.post("/message/readed", read).await.is_ok();
    let mut version = 0;
    let mut told = Vec::new();
    loop {
        let page = extras(&world.ann, (&world.group, GROUP), version, 2).await;
        let Some(last) = page
            .iter()
            .map(|e| e["extra_version"].as_i64().unwrap())
            .max()
        else {
            break;
        };
        assert!(last > version);
        version = last;
        let new = page
            .into_iter()
            .map(|e| (e["message_id"].as_i64().unwrap(), e["readed_count"] == 1));
        told.extend(new);
    }
    for id in said {
        assert!(told.contains(&(id, true)), "{id} in {told:?}");
    }
}

#[tokio::test]
async fn what_was_said_before_somebody_came_is_not_among_the_changes_for_them() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut ann = world.ann.connect().await;
    let said = ann.say(&world.group, GROUP, "early").await.message_id;
    let only = json!({"type": 1, "content": "for Bob", "visibles": [world.bob.uid]});
    let aside = ann.send(&world.group, GROUP, &only).await.message_id;
    edit(&world.ann, said, &text("later")).await.is_ok();
    edit(&world.ann, aside, &text("still for Bob"))
        .await
        .is_ok();
    let ids = async |person: &Person| {
        let extras = extras(person, (&world.group, GROUP), 0, 100).await;
        let ids = extras.iter().map(|extra| extra["message_id"].as_i64());
        ids.map(Option::unwrap).collect::<Vec<_>>()
    };
    assert_eq!(ids(&world.bob).await, [said, aside]);
    assert_eq!(ids(&world.cat).await, [said]);
    let clear = json!({"channel_id": world.group, "channel_type": 2, "message_seq": 1000});
    world.cat.post("/message/offset", clear).await.is_ok();
    assert!(ids(&world.cat).await.is_empty());
}

#[tokio::test]
async fn a_message_deleted_for_everybody_is_gone_and_its_place_stays_empty() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut bob = world.bob.connect().await;
    let path = format!("/message/mutual?message_id={}", world.message);
    world
        .bob
        .delete(&path, Value::Null)
        .await
        .refuses("无权限删除此消息！");
    let fields = json!({
        "message_id": world.message.to_string(), "channel_id": world.bob.uid, "channel_type": 1,
    });
    world.ann.delete("/message/mutual", fields).await.is_ok();
    bob.hears_command("syncMessageExtra").await;
    for (person, other) in [(&world.bob, &world.ann), (&world.ann, &world.bob)] {
        let shown = found(person, &other.uid, PERSON, world.message).await;
        assert!(shown.is_none(), "{shown:?}");
        let extras = extras(person, (&other.uid, PERSON), 0, 100).await;
        let extra = extras.iter().find(|e| e["message_id"] == world.message);
        let extra = extra.unwrap();
        assert_eq!(extra["is_mutual_deleted"], 1);
        assert!(extra.get("content_edit").is_none());
    }
    // Again, and taking it back, change nothing.
    world.ann.delete(&path, Value::Null).await.is_ok();
    let path = format!("/message/revoke?message_id={}", world.message);
    world.ann.post(&path, Value::Null).await.is_ok();
    let list = world.bob.get("/conversations").await;
    assert!(!list.text().contains(&world.message_no));
}

#[tokio::test]
async fn those_who_lead_a_group_delete_what_members_said() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut cat = world.cat.connect().await;
    let said = cat.say(&world.group, GROUP, "said").await.message_id;
    let path = format!("/message/mutual?message_id={said}");
    world.bob.delete(&path, Value::Null).await.is_ok();
    cat.hears_command("syncMessageExtra").await;
    let shown = found(&world.cat, &world.group, GROUP, said).await;
    assert!(shown.is_none(), "{shown:?}");
}
