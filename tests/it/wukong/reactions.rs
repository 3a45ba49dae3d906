//! Emoji beside messages.

use super::world::World;
use crate::support::http::Answer;
use crate::support::wukong::{Answers, GROUP, PERSON, Person};
use serde_json::{Value, json};

const NO_MESSAGE: &str = "消息不存在！";

async fn react(person: &Person, id: i64, emoji: &str) -> Answer {
    let fields = json!({"message_id": id.to_string(), "emoji": emoji});
    person.post("/reactions", fields).await
}

/// The reactions in a conversation that changed since a version.
async fn since(person: &Person, channel: &str, kind: u8, version: i64) -> Vec<Value> {
    let fields = json!({"channel_id": channel, "channel_type": kind, "seq": version});
    let answer = person.post("/reaction/sync", fields).await;
    answer.data().as_array().unwrap().clone()
}

#[tokio::test]
async fn a_reaction_is_put_replaced_and_taken_away() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut ann = world.ann.connect().await;
    let mut seen = 0;
    for (emoji, removed) in [("👍", 0), ("👨‍👩‍👧‍👦", 0), ("👨‍👩‍👧‍👦", 1), ("👨‍👩‍👧‍👦", 0)]
    {
        react(&world.bob, world.message, emoji).await.is_ok();
        let command = ann.hears_command("syncMessageReaction").await;
        assert_eq!(command.recv.channel_id, *world.bob.uid);
        let new = since(&world.ann, &world.bob.uid, PERSON, seen).await;
        assert_eq!(new.len(), 1, "{new:?}");
        let reaction = &new[0];
        assert_eq!(
            (&reaction["emoji"], &reaction["is_deleted"]),
            (&json!(emoji), &json!(removed))
        );
        assert_eq!(
            (&reaction["uid"], &reaction["name"]),
            (&json!(world.bob.uid), &json!(world.bob.name))
        );
        assert_eq!(reaction["message_idstr"], world.message.to_string());
        seen = reaction["seq"].as_i64().unwrap();
    }
    assert!(
        since(&world.ann, &world.bob.uid, PERSON, seen)
            .await
            .is_empty()
    );
    let history = world.ann.history(&world.bob.uid, PERSON).await;
    let shown = history.iter().find(|m| m["message_id"] == world.message);
    let reactions = &shown.unwrap()["reactions"];
    assert_eq!(reactions.as_array().unwrap().len(), 1);
    assert_eq!(reactions[0]["emoji"], "👨‍👩‍👧‍👦");
}

#[tokio::test]
async fn nobody_reacts_to_what_they_do_not_see_or_with_what_is_no_emoji() {
    let node = World::node().await;
    let world = World::new(&node).await;
    react(&world.dan, world.message, "👍")
        .await
        .refuses(NO_MESSAGE);
    react(&world.bob, 1 << 50, "👍").await.refuses(NO_MESSAGE);
    for wrong in ["", &"x".repeat(21)] {
        react(&world.bob, world.message, wrong)
            .await
            .refuses("数据格式有误！");
    }
    let path = format!("/message/revoke?message_id={}", world.message);
    react(&world.bob, world.message, "👍").await.is_ok();
    world.ann.post(&path, Value::Null).await.is_ok();
    react(&world.bob, world.message, "👎")
        .await
        .refuses(NO_MESSAGE);
    let left = since(&world.ann, &world.bob.uid, PERSON, 0).await;
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn reactions_are_told_to_those_who_see_the_message() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let (mut ann, mut cat) = (world.ann.connect().await, world.cat.connect().await);
    let only = json!({"type": 1, "content": "for Bob", "visibles": [world.bob.uid]});
    let aside = ann.send(&world.group, GROUP, &only).await.message_id;
    let aloud = ann.say(&world.group, GROUP, "for all").await.message_id;
    react(&world.bob, aside, "🤫").await.is_ok();
    ann.hears_command("syncMessageReaction").await;
    react(&world.cat, aside, "🤔").await.refuses(NO_MESSAGE);
    react(&world.ann, aloud, "👍").await.is_ok();
    cat.hears_command("syncMessageReaction").await;
    assert!(
        cat.flush()
            .await
            .iter()
            .all(|h| !h.is("syncMessageReaction"))
    );
    let told = |reactions: Vec<Value>| {
        let emoji = reactions.into_iter().map(|r| r["emoji"].clone());
        emoji.collect::<Vec<_>>()
    };
    let group = &world.group;
    assert_eq!(told(since(&world.bob, group, GROUP, 0).await), ["🤫", "👍"]);
    assert_eq!(told(since(&world.cat, group, GROUP, 0).await), ["👍"]);
    assert!(since(&world.dan, group, GROUP, 0).await.is_empty());
}
