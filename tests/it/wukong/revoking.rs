//! Which message operation 29 takes back.

use super::world::World;
use crate::support::wukong::{Answers, GREETING, GROUP, PERSON};
use serde_json::Value;

#[tokio::test]
async fn a_manager_takes_back_a_member_s_message_by_the_number_of_its_client() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut cat = world.cat.connect().await;
    let said = cat.say(&world.group, GROUP, "by a member").await;
    let history = world.bob.history(&world.group, GROUP).await;
    let shown = history
        .iter()
        .find(|message| message["message_id"] == said.message_id);
    let no = shown.unwrap()["client_msg_no"].as_str().unwrap();
    let channel = format!("channel_id={}&channel_type=2", world.group);
    let path = format!("/message/revoke?client_msg_no={no}&{channel}");
    let stranger = world.dan.post(&path, Value::Null).await;
    stranger.refuses("未查询到撤回消息！");
    world.bob.post(&path, Value::Null).await.is_ok();
}

#[tokio::test]
async fn a_message_without_a_number_is_taken_back_by_the_one_it_is_shown_with() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let history = world.ann.history(&world.bob.uid, PERSON).await;
    let greeting = history
        .iter()
        .find(|message| message["payload"]["content"] == GREETING)
        .unwrap();
    let no = greeting["client_msg_no"].as_str().unwrap();
    let path = format!("/message/revoke?client_msg_no={no}");
    world.ann.post(&path, Value::Null).await.is_ok();
    let history = world.ann.history(&world.bob.uid, PERSON).await;
    let revoked = history
        .iter()
        .find(|message| message["message_id"] == greeting["message_id"]);
    assert_eq!(revoked.unwrap()["revoke"], 1);
}
