//! Operations 27, 29 to 34 and 36: who is in a group, and what they may do there.

use super::cases::{self, cases};
use super::world::World;
use crate::support::popim::{Answers, NOBODY, PASSWORD};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

cases! {
    27 a_member Succeeds "", |w| w.cat.get("/group/members", json!({"gid": w.gid, "limit": 2})).await;
    27 by_initials Succeeds "", |w| w.cat.get("/group/members", json!({"gid": w.gid, "pinyin": 1})).await;
    27 no_group Fails "1", |w| w.cat.get("/group/members", json!({})).await;
    27 a_stranger Fails "2", |w| w.dan.get("/group/members", json!({"gid": w.gid})).await;

    29 a_member Succeeds "", |w| w.cat.get("/group/detail", json!({"gid": w.gid})).await;
    29 no_group Fails "1", |w| w.cat.get("/group/detail", json!({})).await;
    29 no_such_group Fails "701", |w| w.cat.get("/group/detail", json!({"gid": NOBODY})).await;
    29 a_stranger Fails "2", |w| w.dan.get("/group/detail", json!({"gid": w.gid})).await;

    30 a_name Succeeds "", |w| w.cat.post("/group/remark", json!({"gid": w.gid, "remark": "them"})).await;
    30 none Succeeds "", |w| w.cat.post("/group/remark", json!({"gid": w.gid, "remark": ""})).await;
    30 no_remark Fails "1", |w| w.cat.post("/group/remark", json!({"gid": w.gid})).await;
    30 a_stranger Fails "2", |w| w.dan.post("/group/remark", json!({"gid": w.gid, "remark": "them"})).await;
    30 a_long_one Fails "2", |w| w.cat.post("/group/remark", json!({"gid": w.gid, "remark": "r".repeat(256)})).await;

    31 the_owner Succeeds "", |w| w.ann.post("/group/manager", json!({"gid": w.gid, "uid": w.cat.uid, "value": 1})).await;
    31 no_longer Succeeds "", |w| w.ann.post("/group/manager", json!({"gid": w.gid, "uid": w.bob.uid, "value": 0})).await;
    31 no_value Fails "1", |w| w.ann.post("/group/manager", json!({"gid": w.gid, "uid": w.cat.uid})).await;
    31 another_value Fails "2", |w| w.ann.post("/group/manager", json!({"gid": w.gid, "uid": w.cat.uid, "value": 3})).await;
    31 a_manager Fails "2", |w| w.bob.post("/group/manager", json!({"gid": w.gid, "uid": w.cat.uid, "value": 1})).await;
    31 a_stranger_for_manager Fails "2", |w| w.ann.post("/group/manager", json!({"gid": w.gid, "uid": w.dan.uid, "value": 1})).await;
    31 the_owner_for_manager Fails "2", |w| w.ann.post("/group/manager", json!({"gid": w.gid, "uid": w.ann.uid, "value": 1})).await;
    31 no_such_group Fails "701", |w| w.ann.post("/group/manager", json!({"gid": NOBODY, "uid": w.cat.uid, "value": 1})).await;

    32 a_manager Succeeds "", |w| w.cat.post("/group/ismanager", json!({"gid": w.gid, "uid": w.bob.uid})).await;
    32 nobody_named Fails "1", |w| w.cat.post("/group/ismanager", json!({"gid": w.gid})).await;
    32 a_stranger Fails "2", |w| w.dan.post("/group/ismanager", json!({"gid": w.gid, "uid": w.bob.uid})).await;

    33 the_owner Succeeds "", |w| w.ann.post("/group/forbiddenuser", json!({"gid": w.gid, "uid": w.bob.uid, "time": 60})).await;
    33 a_manager Succeeds "", |w| w.bob.post("/group/forbiddenuser", json!({"gid": w.gid, "uid": w.cat.uid, "time": 0})).await;
    33 no_time Fails "1", |w| w.ann.post("/group/forbiddenuser", json!({"gid": w.gid, "uid": w.bob.uid})).await;
    33 a_manager_at_the_owner Fails "2", |w| w.bob.post("/group/forbiddenuser", json!({"gid": w.gid, "uid": w.ann.uid, "time": 60})).await;
    33 a_plain_member Fails "2", |w| w.cat.post("/group/forbiddenuser", json!({"gid": w.gid, "uid": w.bob.uid, "time": 60})).await;
    33 no_member Fails "2", |w| w.ann.post("/group/forbiddenuser", json!({"gid": w.gid, "uid": w.dan.uid, "time": 60})).await;
    33 no_such_group Fails "701", |w| w.ann.post("/group/forbiddenuser", json!({"gid": NOBODY, "uid": w.bob.uid, "time": 60})).await;

    34 the_owner Succeeds "", |w| w.ann.post("/group/forbiddenall", json!({"gid": w.gid, "value": 1})).await;
    34 a_manager Succeeds "", |w| w.bob.post("/group/forbiddenall", json!({"gid": w.gid, "value": 0})).await;
    34 no_value Fails "1", |w| w.ann.post("/group/forbiddenall", json!({"gid": w.gid})).await;
    34 a_plain_member Fails "2", |w| w.cat.post("/group/forbiddenall", json!({"gid": w.gid, "value": 1})).await;
    34 no_such_group Fails "701", |w| w.ann.post("/group/forbiddenall", json!({"gid": NOBODY, "value": 1})).await;

    36 hidden Succeeds "", |w| w.cat.post("/group/memberupdate", json!({"gid": w.gid, "state": "hidden", "last_read_time": 0})).await;
    36 nothing Fails "1", |w| w.cat.post("/group/memberupdate", json!({"gid": w.gid})).await;
    36 another_state Fails "2", |w| w.cat.post("/group/memberupdate", json!({"gid": w.gid, "state": "asleep"})).await;
    36 a_stranger Fails "2", |w| w.dan.post("/group/memberupdate", json!({"gid": w.gid, "state": "hidden"})).await;
}

#[tokio::test]
async fn every_case_of_members_holds() {
    cases::run(CASES).await;
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

#[tokio::test]
async fn members_come_page_by_page_in_the_order_they_came() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let remark = json!({"friend_uid": world.bob.uid, "remark": "Bobby"});
    world.ann.post("/friend/remark", remark).await.is_ok();
    let (mut seen, mut index) = (Vec::new(), 0);
    loop {
        let fields = json!({"gid": world.gid, "limit": 2, "index": index});
        let answer = world.ann.get("/group/members", fields).await;
        let empty = serde_json::Map::new();
        let page = answer.data().as_object().unwrap_or(&empty);
        let mut rows: Vec<&Value> = page.values().collect();
        rows.sort_by_key(|row| row["index"].as_i64());
        for row in &rows {
            assert!(row["index"].as_i64() > Some(index), "{row}");
            index = row["index"].as_i64().unwrap();
            seen.push((
                row["uid"].as_i64().unwrap(),
                row["name"].as_str().unwrap().to_owned(),
            ));
        }
        if rows.len() < 2 {
            break;
        }
    }
    let name = |name: &str| name.to_owned();
    let expected = [
        (world.ann.uid, name(&world.ann.name)),
        (world.bob.uid, name("Bobby")),
        (world.cat.uid, name(&world.cat.name)),
    ];
    assert_eq!(seen, expected);
    let fields =
        json!({"gid": world.gid, "exclude": format!("{},{}", world.ann.uid, world.cat.uid)});
    let answer = world.ann.get("/group/members", fields).await;
    let row = &answer.data()[world.bob.uid.to_string()];
    assert_eq!(
        (&row["is_manager"], &row["forbidden"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(answer.data().as_object().unwrap().len(), 1);
    let answer = world
        .ann
        .get("/group/members", json!({"gid": world.gid, "pinyin": "1"}))
        .await;
    assert_eq!(
        answer.data()["B"][world.bob.uid.to_string()]["initials"],
        "B"
    );
}

#[tokio::test]
async fn a_group_in_full_has_fifteen_faces_at_most() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut uids = Vec::new();
    for number in 0..15 {
        let fields = json!({
            "username": format!("{}x{number}", world.name()), "nickname": "x", "password": PASSWORD,
        });
        let answer = world.server.get("/user/add", fields).await;
        uids.push(answer.data()["uid"].clone());
    }
    let fields = json!({"gid": world.gid, "members": uids});
    world.ann.post("/group/memberadd", fields).await.is_ok();
    world
        .ann
        .post("/group/remark", json!({"gid": world.gid, "remark": "home"}))
        .await
        .is_ok();
    let answer = world
        .ann
        .get("/group/detail", json!({"gid": world.gid}))
        .await;
    assert_eq!(answer.data()["members"].as_object().unwrap().len(), 15);
    let bob = &answer.data()["members"][world.bob.uid.to_string()];
    let shown = (&bob["uid"], &bob["nickname"], &bob["remark"]);
    assert_eq!(
        shown,
        (&json!(world.bob.uid), &json!(world.bob.name), &json!(""))
    );
    let info = &answer.data()["info"];
    let expected =
        json!({"uid": world.ann.uid, "remark": "home", "member_count": 18, "forbidden_all": 0});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(info[name], *value, "{name}");
    }
    assert_eq!(world.ann.home().await["group"][0]["name"], "home");
    let flat = world
        .ann
        .get("/group/detail", json!({"gid": world.gid, "simple": 1}))
        .await;
    assert_eq!(*flat.data(), *info);
    let zero = world
        .ann
        .get(
            "/group/detail",
            json!({"gid": world.gid, "simple": 0, "at": 0}),
        )
        .await;
    assert!(zero.data()["info"].is_object());
}

#[tokio::test]
async fn mentions_are_found_among_what_is_unread() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let first = world
        .ann
        .say_in(world.gid, &format!("@{} look", world.cat.name))
        .await;
    world.ann.say_in(world.gid, "just so").await;
    let second = world.ann.say_in(world.gid, "@所有人 look").await;
    let fields = json!({"gid": world.gid, "simple": 1, "at": 1});
    let mentions = async || {
        let answer = world.cat.get("/group/detail", fields.clone()).await;
        let at = answer.data()["at"].as_array().cloned().unwrap_or_default();
        at.iter()
            .map(|at| at["mid"].as_i64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(mentions().await, [first, second]);
    world.cat.history("group", world.gid).await;
    assert_eq!(mentions().await, Vec::<i64>::new());
}

#[tokio::test]
async fn whoever_is_muted_is_silent_until_the_end() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut hers = world.ann.connect().await;
    let mute = async |time: Value| {
        let fields = json!({"gid": world.gid, "uid": world.cat.uid, "time": time});
        world.bob.post("/group/forbiddenuser", fields).await.is_ok();
    };
    let speak = json!({"to": world.gid, "type": "group", "content": "may I?"});
    for time in [json!(90), json!(now() + 90)] {
        mute(time).await;
        let notice = hers.hears_of("message").await;
        let content = notice.data["content"].as_str().unwrap();
        assert!(content.contains("2分钟"), "{content}");
        assert_eq!(notice.data["from"], world.cat.uid.to_string());
        world
            .cat
            .post("/message/send", speak.clone())
            .await
            .refuses(4);
        let info = world
            .cat
            .get("/group/detail", json!({"gid": world.gid, "simple": 1}))
            .await;
        let end = info.data()["forbidden"].as_u64().unwrap();
        assert!(end.abs_diff(now() + 90) < 30, "{end}");
    }
    mute(json!(0)).await;
    hers.hears_of("message").await;
    world.cat.say_in(world.gid, "thanks").await;
    mute(json!(now() - 1)).await;
    world.cat.say_in(world.gid, "of course").await;
}

#[tokio::test]
async fn while_all_are_muted_the_owner_and_managers_speak() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut hers = world.ann.connect().await;
    let speak = json!({"to": world.gid, "type": "group", "content": "may I?"});
    world
        .bob
        .post("/group/forbiddenall", json!({"gid": world.gid, "value": 1}))
        .await
        .is_ok();
    assert_eq!(hers.hears_of("message").await.data["sub_type"], "notice");
    world
        .cat
        .post("/message/send", speak.clone())
        .await
        .refuses(200);
    world.ann.say_in(world.gid, "I may").await;
    world.bob.say_in(world.gid, "so may I").await;
    let info = world
        .cat
        .get("/group/detail", json!({"gid": world.gid, "simple": 1}))
        .await;
    assert_eq!(
        (&info.data()["state"], &info.data()["forbidden_all"]),
        (&json!("forbidden"), &json!(1))
    );
    world
        .ann
        .post("/group/chattinggroup", json!({"gid": world.gid}))
        .await
        .is_ok();
    world.cat.say_in(world.gid, "at last").await;
}

#[tokio::test]
async fn managers_come_and_go() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let is_manager = async |uid: i64| {
        let answer = world
            .cat
            .post("/group/ismanager", json!({"gid": world.gid, "uid": uid}))
            .await;
        answer.data()["is_manager"].clone()
    };
    let uids = [world.ann.uid, world.bob.uid, world.cat.uid, world.dan.uid];
    for (uid, expected) in uids.into_iter().zip([1, 1, 0, 0]) {
        assert_eq!(is_manager(uid).await, expected);
    }
    let fields = json!({"gid": world.gid, "uid": world.bob.uid, "value": 0});
    world.ann.post("/group/manager", fields).await.is_ok();
    assert_eq!(is_manager(world.bob.uid).await, 0);
}

#[tokio::test]
async fn a_group_is_hidden_until_somebody_speaks() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let key = format!("group{}", world.gid);
    let shown = async || world.bob.home().await["chatting"].get(&key).cloned();
    assert_eq!(shown().await.unwrap()["unread_count"], 1);
    let time = shown().await.unwrap()["items"][0]["timestamp"].clone();
    let fields = json!({"gid": world.gid, "last_read_time": time});
    world.bob.post("/group/memberupdate", fields).await.is_ok();
    assert_eq!(shown().await.unwrap()["unread_count"], 0);
    let fields = json!({"gid": world.gid, "state": "hidden"});
    world.bob.post("/group/memberupdate", fields).await.is_ok();
    assert_eq!(shown().await, None);
    world.ann.say_in(world.gid, "news").await;
    assert_eq!(shown().await.unwrap()["unread_count"], 1);
}
