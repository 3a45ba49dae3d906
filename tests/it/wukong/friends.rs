//! Operations 23 to 26, and asking, refusing, parting.

use super::cases::{self, cases};
use super::world::{NOBODY, World};
use crate::support::wukong::{Answers, Heard, PERSON, Person};
use serde_json::{Value, json};

const GONE: &str = "好友申请无效或已过期！";

cases! {
    23 a_stranger Succeeds "", |w| {
        w.dan.post("/friend/apply", json!({"to_uid": w.ann.uid, "remark": "hi", "vercode": "x@1"})).await
    };
    23 a_stranger_twice Succeeds "", |w| {
        w.dan.post("/friend/apply", json!({"to_uid": w.ann.uid})).await.is_ok();
        w.dan.post("/friend/apply", json!({"to_uid": w.ann.uid, "remark": "again"})).await
    };
    23 nobody_named Fails "好友的ID不能为空！", |w| w.dan.post("/friend/apply", json!({})).await;
    23 the_caller Fails "不能添加自己为好友！", |w| w.dan.post("/friend/apply", json!({"to_uid": w.dan.uid})).await;
    23 a_friend Fails "已经是好友，不能再申请！", |w| {
        w.ann.post("/friend/apply", json!({"to_uid": w.bob.uid})).await
    };
    23 nobody Fails "接收好友请求的用户不存在！", |w| w.dan.post("/friend/apply", json!({"to_uid": NOBODY})).await;

    24 a_request Succeeds "", |w| {
        w.dan.post("/friend/apply", json!({"to_uid": w.ann.uid})).await.is_ok();
        w.ann.accept(&w.dan).await
    };
    24 no_token Fails "接收申请的token不能为空！", |w| w.ann.post("/friend/sure", json!({})).await;
    24 no_such_token Fails GONE, |w| w.ann.post("/friend/sure", json!({"token": NOBODY})).await;
    24 a_request_to_somebody_else Fails GONE, |w| {
        w.dan.post("/friend/apply", json!({"to_uid": w.ann.uid})).await.is_ok();
        let token = w.ann.request_of(&w.dan).await;
        w.bob.post("/friend/sure", json!({"token": token})).await
    };
    24 a_request_twice Fails GONE, |w| {
        w.dan.post("/friend/apply", json!({"to_uid": w.ann.uid})).await.is_ok();
        let token = w.ann.request_of(&w.dan).await;
        w.ann.post("/friend/sure", json!({"token": token})).await.is_ok();
        w.ann.post("/friend/sure", json!({"token": token})).await
    };

    25 the_document_s_form Succeeds "", |w| w.ann.post("/friend/sync?limit=2", Value::Null).await;
    25 the_clients_form Succeeds "", |w| w.ann.get("/friend/sync?version=0&limit=100&api_version=1").await;
    25 a_key_that_is_none Fails "数据格式有误！", |w| w.ann.post("/friend/sync?sync_key=yesterday", Value::Null).await;

    26 all_friends Succeeds "", |w| w.ann.post("/friend/online", Value::Null).await;
    26 some_friends Succeeds "", |w| w.ann.post("/friend/online", json!([w.bob.uid])).await;
    26 no_list Fails "数据格式有误！", |w| w.ann.post("/friend/online", json!({"uids": []})).await;
}

#[tokio::test]
async fn every_case_of_friends_holds() {
    cases::run(CASES).await;
}

#[tokio::test]
async fn a_request_brings_its_token_to_whom_it_is_for() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut ann = world.ann.connect().await;
    let fields = json!({"to_uid": world.ann.uid, "remark": "let us talk"});
    world.dan.post("/friend/apply", fields).await.is_ok();
    let command = ann.hears_command("friendRequest").await;
    let param = &command.payload["param"];
    assert_eq!(
        (&param["apply_uid"], &param["remark"]),
        (&json!(world.dan.uid), &json!("let us talk"))
    );
    assert_eq!(command.recv.from_uid, "");
    assert_eq!(command.recv.channel_id, *world.ann.uid);
    let token = param["token"].as_str().unwrap();
    let mut dan = world.dan.connect().await;
    world
        .ann
        .post("/friend/sure", json!({"token": token}))
        .await
        .is_ok();
    for line in [&mut ann, &mut dan] {
        let accepted = line.hears_command("friendAccept").await;
        let param = &accepted.payload["param"];
        assert_eq!(
            (&param["to_uid"], &param["from_uid"]),
            (&json!(world.dan.uid), &json!(world.ann.uid))
        );
    }
    let is_tip = |heard: &Heard| heard.payload["type"] == 2000;
    let tip = dan.next_where(is_tip).await;
    assert_eq!(
        (&*tip.recv.from_uid, &*tip.recv.channel_id),
        (&*world.ann.uid, &*world.ann.uid)
    );
    dan.hears("let us talk").await;
    ann.next_where(is_tip).await;
    let words = ann.hears("let us talk").await;
    assert_eq!(words.recv.from_uid, *world.dan.uid);
}

#[tokio::test]
async fn requests_are_listed_counted_refused_and_forgotten() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let dot = async || world.ann.get("/user/reddot/friendApply").await.data()["count"].clone();
    assert_eq!(dot().await, 0);
    world
        .dan
        .post("/friend/apply", json!({"to_uid": world.ann.uid}))
        .await
        .is_ok();
    assert_eq!(dot().await, 1);
    world
        .ann
        .delete("/user/reddot/friendApply", Value::Null)
        .await
        .is_ok();
    assert_eq!(dot().await, 0);
    let status = async || world.ann.get("/friend/apply").await.data()[0]["status"].clone();
    assert_eq!(status().await, 0);
    let path = format!("/friend/refuse/{}", world.dan.uid);
    world.ann.put(&path, Value::Null).await.is_ok();
    assert_eq!(status().await, 2);
    let path = format!("/friend/apply/{}", world.dan.uid);
    world.ann.delete(&path, Value::Null).await.is_ok();
    let left = world.ann.get("/friend/apply").await;
    let left = left.data().as_array().unwrap();
    assert!(
        left.iter()
            .all(|request| request["to_uid"] != *world.dan.uid)
    );
}

/// The relation to somebody in an answer of one of the two forms of operation 25.
fn relation(answer: &Value, other: &Person) -> Option<Value> {
    let all = answer.as_array().unwrap();
    all.iter()
        .find(|item| item["to_uid"] == *other.uid)
        .cloned()
}

#[tokio::test]
async fn a_deleted_friend_is_synced_as_deleted() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let all = world.ann.get("/friend/sync").await;
    let all = all.data();
    let version = all
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["version"].as_i64().unwrap())
        .max();
    let last = all.as_array().unwrap().last().unwrap().clone();
    assert_eq!(relation(all, &world.bob).unwrap()["is_deleted"], 0);
    let mut bob = world.bob.connect().await;
    let path = format!("/friends/{}", world.bob.uid);
    world.ann.delete(&path, Value::Null).await.is_ok();
    bob.hears_command("channelUpdate").await;
    let news = world
        .ann
        .get(&format!("/friend/sync?version={}", version.unwrap()))
        .await;
    let news = news.data();
    assert_eq!(relation(news, &world.bob).unwrap()["is_deleted"], 1);
    assert_eq!(relation(news, &world.cat), None);
    let first = world.ann.post("/friend/sync", Value::Null).await;
    assert_eq!(relation(first.data(), &world.bob), None);
    let key =
        format!("{}@{}", last["updated_at"].as_str().unwrap(), last["id"]).replace(' ', "%20");
    let news = world
        .ann
        .post(&format!("/friend/sync?sync_key={key}"), Value::Null)
        .await;
    assert_eq!(relation(news.data(), &world.bob).unwrap()["is_deleted"], 1);
    // Bob keeps Ann, but neither may write to the other.
    let seen = world.bob.get(&format!("/users/{}", world.ann.uid)).await;
    assert_eq!(
        (&seen.data()["follow"], &seen.data()["be_deleted"]),
        (&json!(1), &json!(1))
    );
    let payload = json!({"type": 1, "content": "hi"});
    assert_eq!(bob.send(&world.ann.uid, PERSON, &payload).await.reason, 13);
    let mut ann = world.ann.connect().await;
    assert_eq!(ann.send(&world.bob.uid, PERSON, &payload).await.reason, 13);
}

#[tokio::test]
async fn every_page_by_key_goes_on_where_the_last_one_ended() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut seen = Vec::new();
    let mut key = String::new();
    loop {
        let path = format!("/friend/sync?limit=1&sync_key={key}");
        let page = world.ann.post(&path, Value::Null).await;
        let Some(item) = page.data().as_array().unwrap().first().cloned() else {
            break;
        };
        key =
            format!("{}@{}", item["updated_at"].as_str().unwrap(), item["id"]).replace(' ', "%20");
        seen.push(item["to_uid"].as_str().unwrap().to_owned());
        assert!(seen.len() <= 4, "{seen:?}");
    }
    let mut expected = vec![
        "fileHelper".to_owned(),
        "u_10000".to_owned(),
        world.bob.uid.clone(),
        world.cat.uid.clone(),
    ];
    seen.sort();
    expected.sort();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_friend_is_named_and_found_by_that_name() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let name = json!({"uid": world.bob.uid, "remark": "Bobby"});
    world.ann.put("/friend/remark", name).await.is_ok();
    let found = world.ann.get("/friend/search?keyword=bobb").await;
    let found = found.data().as_array().unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["remark"], "Bobby");
}
