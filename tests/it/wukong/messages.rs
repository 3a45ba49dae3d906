//! Operations 27 to 30 and 46, and the web client's calls about conversations.

use super::cases::{self, cases};
use super::world::{NOBODY, World};
use crate::support::wukong::{Answers, GROUP, PERSON};
use serde_json::{Value, json};

const NOT_YOURS: &str = "无权限撤回此消息！";

cases! {
    27 the_own_commands Succeeds "", |w| w.ann.post("/message/sync", json!({"max_message_seq": "0", "limit": 5})).await;
    27 a_conversation Succeeds "", |w| {
        w.bob.post("/message/sync", json!({"channel_id": w.ann.uid, "channel_type": 1, "max_message_seq": 0})).await
    };
    27 a_wrong_seq Fails "数据格式有误！", |w| w.ann.post("/message/sync", json!({"max_message_seq": "x"})).await;

    28 one_message Succeeds "", |w| {
        w.ann.delete(&format!("/message?message_id={}", w.message), Value::Null).await
    };
    28 an_unknown_message Succeeds "", |w| {
        w.ann.delete("/message?message_id=18446744073709551615", Value::Null).await
    };
    28 a_conversation Succeeds "", |w| {
        w.ann.delete(&format!("/message?channel_id={}&channel_type=1", w.bob.uid), Value::Null).await
    };
    28 a_list Succeeds "", |w| {
        let listed = json!([{"message_id": w.message.to_string(), "channel_id": w.bob.uid, "channel_type": 1}]);
        w.ann.delete("/message", listed).await
    };
    28 nothing Fails "数据格式有误！", |w| w.ann.delete("/message", Value::Null).await;

    29 by_its_id Succeeds "", |w| {
        let path = format!("/message/revoke?message_id={}&channel_id={}&channel_type=1", w.message, w.bob.uid);
        w.ann.post(&path, Value::Null).await
    };
    29 by_the_client_s_number Succeeds "", |w| {
        let path = format!("/message/revoke?client_msg_no={}&channel_id={}&channel_type=1", w.message_no, w.bob.uid);
        w.ann.post(&path, Value::Null).await
    };
    29 twice Succeeds "", |w| {
        let path = format!("/message/revoke?message_id={}", w.message);
        w.ann.post(&path, Value::Null).await.is_ok();
        w.ann.post(&path, Value::Null).await
    };
    29 neither_of_them Fails "撤回主键参数错误！", |w| w.ann.post("/message/revoke", Value::Null).await;
    29 an_unknown_message Fails "未查询到撤回消息！", |w| {
        w.ann.post("/message/revoke?message_id=1234567890123456789", Value::Null).await
    };
    29 somebody_else_s Fails NOT_YOURS, |w| {
        w.bob.post(&format!("/message/revoke?message_id={}", w.message), Value::Null).await
    };

    30 everything Succeeds "", |w| w.ann.post("/message/syncack/99", Value::Null).await;
    30 no_number Fails "last_message_seq格式有误！", |w| w.ann.post("/message/syncack/all", Value::Null).await;

    46 the_own_ones Succeeds "", |w| w.ann.get("/conversations").await;
    46 a_guest Fails "token不能为空，请先登录！", |w| w.guest.get("/conversations").await;
}

#[tokio::test]
async fn every_case_of_messages_holds() {
    cases::run(CASES).await;
}

#[tokio::test]
async fn a_conversation_shows_what_was_last_said_and_how_much_is_unread() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let list = world.bob.get("/conversations").await;
    let list = list.data().as_array().unwrap();
    let with_ann = list
        .iter()
        .find(|item| item["channel_id"] == *world.ann.uid)
        .unwrap();
    let last = &with_ann["last_message"];
    assert_eq!(last["message_idstr"], world.message.to_string());
    assert_eq!(last["client_msg_no"], *world.message_no);
    assert_eq!(
        (&last["from_uid"], &last["to_uid"]),
        (&json!(world.ann.uid), &json!(world.bob.uid))
    );
    // The tip and the words of the new friendship are unread, too.
    let unread = with_ann["unread"].as_i64().unwrap();
    assert!(unread >= 1, "{with_ann}");
    let sync = world
        .bob
        .post("/conversation/sync", json!({"msg_count": 2}))
        .await;
    let sync = sync.data();
    let conversations = sync["conversations"].as_array().unwrap();
    let with_ann = conversations
        .iter()
        .find(|item| item["channel_id"] == *world.ann.uid)
        .unwrap();
    assert_eq!(with_ann["unread"], unread);
    assert_eq!(with_ann["recents"][0]["payload"]["content"], "hello");
    assert_eq!(with_ann["recents"].as_array().unwrap().len(), 2);
    assert!(
        sync["users"]
            .as_array()
            .unwrap()
            .iter()
            .any(|user| user["uid"] == *world.ann.uid)
    );
    assert!(
        sync["groups"]
            .as_array()
            .unwrap()
            .iter()
            .any(|group| group["group_no"] == *world.group)
    );
}

#[tokio::test]
async fn unread_counts_what_others_said_since_the_last_clear() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut bob = world.bob.connect().await;
    let unread = async || {
        let list = world.bob.get("/conversations").await;
        let list = list.data().as_array().unwrap().clone();
        let of = list
            .into_iter()
            .find(|item| item["channel_id"] == *world.ann.uid);
        of.unwrap()["unread"].as_i64().unwrap()
    };
    let clear = json!({"channel_id": world.ann.uid, "channel_type": 1, "unread": 0});
    world
        .bob
        .put("/coversation/clearUnread", clear)
        .await
        .is_ok();
    bob.hears_command("unreadClear").await;
    assert_eq!(unread().await, 0);
    let mut ann = world.ann.connect().await;
    ann.say(&world.bob.uid, PERSON, "one").await;
    bob.say(&world.ann.uid, PERSON, "my own do not count").await;
    ann.say(&world.bob.uid, PERSON, "two").await;
    assert_eq!(unread().await, 2);
}

#[tokio::test]
async fn channel_sync_pages_both_ways() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut ann = world.ann.connect().await;
    let first = ann.say(&world.group, GROUP, "0").await.message_seq;
    for n in 1..10 {
        ann.say(&world.group, GROUP, &n.to_string()).await;
    }
    let page = async |start: u32, end: u32, mode: u8| {
        let fields = json!({
            "channel_id": world.group, "channel_type": 2, "start_message_seq": start, "end_message_seq": end,
            "limit": 3, "pull_mode": mode,
        });
        let answer = world.bob.post("/message/channel/sync", fields).await;
        let messages = answer.data()["messages"].as_array().unwrap().clone();
        let said = messages
            .iter()
            .map(|m| m["payload"]["content"].as_str().unwrap().to_owned());
        (
            said.collect::<Vec<_>>().join(""),
            answer.data()["more"] == 1,
        )
    };
    assert_eq!(page(0, 0, 0).await, ("789".to_owned(), true));
    assert_eq!(page(first + 6, 0, 0).await, ("456".to_owned(), true));
    assert_eq!(
        page(first + 6, first + 4, 0).await,
        ("56".to_owned(), false)
    );
    assert_eq!(page(0, 0, 1).await, ("789".to_owned(), true));
    assert_eq!(page(first, 0, 1).await, ("012".to_owned(), true));
    assert_eq!(page(first, first + 2, 1).await, ("01".to_owned(), false));
    assert_eq!(page(first + 8, 0, 1).await, ("89".to_owned(), false));
}

#[tokio::test]
async fn outsiders_find_nothing_in_a_conversation() {
    let node = World::node().await;
    let world = World::new(&node).await;
    assert!(world.dan.history(&world.group, GROUP).await.is_empty());
    assert!(world.dan.history(NOBODY, GROUP).await.is_empty());
    assert!(world.dan.history(NOBODY, PERSON).await.is_empty());
    let fields = json!({"channel_id": world.group, "channel_type": 2, "max_message_seq": 0});
    let answer = world.dan.post("/message/sync", fields).await;
    assert_eq!(*answer.data(), json!([]));
}

#[tokio::test]
async fn a_revoked_message_keeps_its_place_and_everybody_is_told() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut bob = world.bob.connect().await;
    let mut ann = world.ann.connect().await;
    let path = format!("/message/revoke?message_id={}", world.message);
    world.ann.post(&path, Value::Null).await.is_ok();
    for (line, channel) in [(&mut bob, &world.ann.uid), (&mut ann, &world.bob.uid)] {
        let command = line.hears_command("messageRevoke").await;
        assert_eq!(
            command.payload["param"]["message_id"],
            world.message.to_string()
        );
        assert_eq!(command.recv.from_uid, *world.ann.uid);
        assert_eq!(command.recv.channel_id, **channel);
    }
    let history = world.bob.history(&world.ann.uid, PERSON).await;
    let revoked = history
        .iter()
        .find(|m| m["message_id"] == world.message)
        .unwrap();
    assert_eq!(
        (&revoked["revoke"], &revoked["revoker"]),
        (&json!(1), &json!(world.ann.uid))
    );
    let fields = json!({"channel_id": world.ann.uid, "channel_type": 1, "max_message_seq": 0});
    let synced = world.bob.post("/message/sync", fields).await;
    let synced = synced.data().as_array().unwrap().clone();
    let plain = synced.iter().find(|m| m["message_id"] == world.message);
    assert_eq!(plain.unwrap()["revoke"], 1);
    let fields = json!({"channel_id": world.ann.uid, "channel_type": 1, "extra_version": 0});
    let extras = world.bob.post("/message/extra/sync", fields).await;
    let extra = &extras.data()[0];
    assert_eq!(
        (&extra["message_id_str"], &extra["revoke"]),
        (&json!(world.message.to_string()), &json!(1))
    );
    assert!(extra["extra_version"].as_i64().unwrap() > 0);
}

#[tokio::test]
async fn those_who_lead_a_group_take_back_what_members_said() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut lines = [
        world.ann.connect().await,
        world.bob.connect().await,
        world.cat.connect().await,
    ];
    let mut said = Vec::new();
    for line in &mut lines {
        said.push(line.say(&world.group, GROUP, "said").await.message_id);
    }
    let [of_ann, of_bob, of_cat] = said.try_into().unwrap();
    let revoke = |id: i64| format!("/message/revoke?message_id={id}");
    world
        .bob
        .post(&revoke(of_ann), Value::Null)
        .await
        .refuses(NOT_YOURS);
    world
        .cat
        .post(&revoke(of_bob), Value::Null)
        .await
        .refuses(NOT_YOURS);
    world.bob.post(&revoke(of_cat), Value::Null).await.is_ok();
    world.ann.post(&revoke(of_bob), Value::Null).await.is_ok();
}

#[tokio::test]
async fn what_is_deleted_is_deleted_for_its_deleter_only() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut bob = world.bob.connect().await;
    let path = format!("/message?message_id={}", world.message);
    world.bob.delete(&path, Value::Null).await.is_ok();
    let command = bob.hears_command("messageDeleted").await;
    let item = &command.payload["param"]["messages"][0];
    assert_eq!(item["channel_id"], *world.ann.uid);
    let shows = |history: Vec<Value>| history.iter().any(|m| m["message_id"] == world.message);
    assert!(!shows(world.bob.history(&world.ann.uid, PERSON).await));
    assert!(shows(world.ann.history(&world.bob.uid, PERSON).await));
    let path = format!("/message?channel_id={}&channel_type=1", world.bob.uid);
    world.ann.delete(&path, Value::Null).await.is_ok();
    assert!(world.ann.history(&world.bob.uid, PERSON).await.is_empty());
    let left = world.ann.get("/conversations").await;
    let left = left.data().as_array().unwrap();
    assert!(left.iter().all(|item| item["channel_id"] != *world.bob.uid));
}

#[tokio::test]
async fn ids_tell_nothing_of_messages_that_one_does_not_see() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut ann = world.ann.connect().await;
    let only = json!({"type": 1, "content": "for Bob", "visibles": [world.bob.uid]});
    let aside = ann.send(&world.group, GROUP, &only).await.message_id;
    let aloud = ann.say(&world.group, GROUP, "for all").await.message_id;
    let (mut cat, mut dan) = (world.cat.connect().await, world.dan.connect().await);
    let list = json!([
        {"message_id": aside.to_string()}, {"message_id": aloud.to_string()},
        {"message_id": world.message.to_string()},
    ]);
    world.cat.delete("/message", list.clone()).await.is_ok();
    let told = cat.hears_command("messageDeleted").await;
    let told = told.payload["param"]["messages"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["message_id"], aloud);
    world.dan.delete("/message", list).await.is_ok();
    let heard = dan.flush().await;
    assert!(heard.iter().all(|heard| !heard.is("messageDeleted")));
}

#[tokio::test]
async fn who_has_read_a_message_is_told_to_those_who_ask() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut ann = world.ann.connect().await;
    let sent = ann.say(&world.group, GROUP, "read this").await;
    let read = json!({
        "channel_id": world.group, "channel_type": 2, "message_ids": [sent.message_id.to_string()],
    });
    world.bob.post("/message/readed", read).await.is_ok();
    ann.hears_command("syncMessageExtra").await;
    let readers = async |readed: u8| {
        let path = format!("/messages/{}/receipt?readed={readed}", sent.message_id);
        let answer = world.ann.get(&path).await;
        let readers = answer.data().as_array().unwrap().clone();
        readers
            .into_iter()
            .map(|reader| reader["uid"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(readers(1).await, [&*world.bob.uid]);
    assert_eq!(readers(0).await, [&*world.cat.uid]);
    let history = world.ann.history(&world.group, GROUP).await;
    let shown = history
        .iter()
        .find(|m| m["message_id"] == sent.message_id)
        .unwrap();
    assert_eq!(shown["readed_count"], 1);
}

#[tokio::test]
async fn a_draft_and_how_far_one_looked_follow_to_other_devices() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut ann = world.ann.connect().await;
    let path = format!("/conversations/{}/1/extra", world.bob.uid);
    let extra =
        json!({"browse_to": 1, "keep_message_seq": 1, "keep_offset_y": 20, "draft": "Dear Bob"});
    let saved = world.ann.post(&path, extra).await;
    let version = saved.data()["version"].as_i64().unwrap();
    ann.hears_command("syncConversationExtra").await;
    let synced = world
        .ann
        .post("/conversation/extra/sync", json!({"version": 0}))
        .await;
    let shown = &synced.data()[0];
    assert_eq!(
        (&shown["draft"], &shown["keep_offset_y"]),
        (&json!("Dear Bob"), &json!(20))
    );
    let later = world
        .ann
        .post("/conversation/extra/sync", json!({"version": version}))
        .await;
    assert_eq!(*later.data(), json!([]));
}

#[tokio::test]
async fn whoever_is_called_upon_is_reminded_until_they_have_seen_it() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut cat = world.cat.connect().await;
    let mut ann = world.ann.connect().await;
    let payload = json!({"type": 1, "content": "@Cat", "mention": {"uids": [world.cat.uid]}});
    let sent = ann.send(&world.group, GROUP, &payload).await;
    cat.hears_command("syncReminders").await;
    let sync = async || {
        let answer = world
            .cat
            .post("/message/reminder/sync", json!({"version": 0}))
            .await;
        answer.data().as_array().unwrap().clone()
    };
    let reminders = sync().await;
    assert_eq!(reminders.len(), 1, "{reminders:?}");
    assert_eq!(reminders[0]["message_id"], sent.message_id.to_string());
    assert_eq!(reminders[0]["done"], 0);
    let ids = json!([reminders[0]["id"]]);
    world.cat.post("/message/reminder/done", ids).await.is_ok();
    assert_eq!(sync().await[0]["done"], 1);
    let others = world
        .bob
        .post("/message/reminder/sync", json!({"version": 0}))
        .await;
    assert_eq!(*others.data(), json!([]));
}

#[tokio::test]
async fn a_channel_is_shown_as_the_web_client_wants_it() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let person = world
        .ann
        .get(&format!("/channels/{}/1", world.bob.uid))
        .await;
    let person = person.data();
    assert_eq!(
        (&person["name"], &person["follow"]),
        (&json!(world.bob.name), &json!(1))
    );
    assert!(person["extra"].is_object());
    let group = world.cat.get(&format!("/channels/{}/2", world.group)).await;
    let group = group.data();
    assert_eq!(
        group["channel"],
        json!({"channel_id": world.group, "channel_type": 2})
    );
    assert_eq!(
        (&group["extra"]["member_count"], &group["extra"]["role"]),
        (&json!(3), &json!(0))
    );
    world
        .dan
        .get(&format!("/channels/{}/1", world.ann.uid))
        .await
        .data();
    world
        .ann
        .get(&format!("/channels/{NOBODY}/2"))
        .await
        .refuses("群不存在");
}

#[tokio::test]
async fn who_types_is_shown_to_the_others() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let (mut bob, mut cat) = (world.bob.connect().await, world.cat.connect().await);
    let typing = json!({"channel_id": world.bob.uid, "channel_type": 1});
    world.ann.post("/message/typing", typing).await.is_ok();
    let command = bob.hears_command("typing").await;
    assert_eq!(command.payload["param"]["channel_id"], *world.ann.uid);
    let typing = json!({"channel_id": world.group, "channel_type": 2});
    world.ann.post("/message/typing", typing).await.is_ok();
    let command = cat.hears_command("typing").await;
    assert_eq!(command.payload["param"]["from_uid"], *world.ann.uid);
    assert_eq!(command.payload["param"]["from_name"], *world.ann.name);
}

#[tokio::test]
async fn a_voice_message_heard_on_one_device_is_heard_on_all() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut ann = world.ann.connect().await;
    let heard = json!({
        "message_id": world.message.to_string(), "channel_id": world.bob.uid, "channel_type": 1, "message_seq": 1,
    });
    world.ann.put("/message/voicereaded", heard).await.is_ok();
    let told = ann.hears_command("voiceReaded").await;
    let expected = json!({
        "message_id": world.message.to_string(), "channel_id": world.bob.uid, "channel_type": 1,
    });
    assert_eq!(told.payload["param"], expected);
}
