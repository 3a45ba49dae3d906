//! Operations 31 to 34 and 41 to 45: groups as a whole.

use super::cases::{self, cases};
use super::world::{NOBODY, World};
use crate::support::TestNode;
use crate::support::wukong::{Answers, GROUP, Line, Person};
use serde_json::{Value, json};

cases! {
    31 friends Succeeds "", |w| w.ann.post("/group/create", json!({"name": "Trio", "members": [w.bob.uid, w.cat.uid]})).await;
    31 nobody Fails "群成员不能为空！", |w| w.ann.post("/group/create", json!({"name": "Solo", "members": []})).await;
    31 nobody_who_is_known Fails "群成员不能为空！", |w| w.ann.post("/group/create", json!({"members": [NOBODY]})).await;
    31 a_stranger Fails "添加用户非好友关系，请先添加好友", |w| {
        w.ann.post("/group/create", json!({"members": [w.bob.uid, w.dan.uid]})).await
    };

    32 a_member Succeeds "", |w| w.cat.get(&w.in_group("")).await;
    32 an_outsider Succeeds "", |w| w.dan.get(&w.in_group("")).await;
    32 no_group Fails "群不存在", |w| w.ann.get(&format!("/groups/{NOBODY}")).await;

    33 the_creator Succeeds "", |w| w.ann.put(&w.in_group(""), json!({"name": "New", "notice": "read", "invite": "1"})).await;
    33 a_manager Succeeds "", |w| w.bob.put(&w.in_group(""), json!({"notice": ""})).await;
    33 a_member Fails "只有群管理者才能修改！", |w| w.cat.put(&w.in_group(""), json!({"name": "Mine"})).await;
    33 nothing Fails "没有需要更新的属性！", |w| w.ann.put(&w.in_group(""), json!({"colour": 7})).await;

    34 the_own_settings Succeeds "", |w| w.cat.put(&w.in_group("/setting"), json!({"mute": 1, "save": 1, "show_nick": 0})).await;
    34 nothing Succeeds "", |w| w.cat.put(&w.in_group("/setting"), json!({})).await;
    34 the_group_s_by_a_member Fails "没有权限！", |w| w.cat.put(&w.in_group("/setting"), json!({"forbidden": 1})).await;
    34 an_outsider Fails "没有权限！", |w| w.dan.put(&w.in_group("/setting"), json!({"mute": 1})).await;

    41 on_and_off Succeeds "", |w| {
        w.bob.post(&w.in_group("/forbidden/1"), Value::Null).await.is_ok();
        w.ann.post(&w.in_group("/forbidden/0"), Value::Null).await
    };
    41 a_member Fails "只有创建者或管理员才能禁言！", |w| w.cat.post(&w.in_group("/forbidden/1"), Value::Null).await;
    41 neither Fails "数据格式有误！", |w| w.ann.post(&w.in_group("/forbidden/maybe"), Value::Null).await;

    42 a_member Succeeds "", |w| w.cat.get(&w.in_group("/qrcode")).await;
    42 an_outsider Fails "只有群内用户才能生成二维码！", |w| w.dan.get(&w.in_group("/qrcode")).await;

    43 to_a_member Succeeds "", |w| w.ann.post(&w.in_group(&format!("/transfer/{}", w.cat.uid)), Value::Null).await;
    43 by_a_manager Fails "不是群主，不能转让", |w| w.bob.post(&w.in_group(&format!("/transfer/{}", w.cat.uid)), Value::Null).await;
    43 to_an_outsider Fails "转让的用户没在群内！", |w| w.ann.post(&w.in_group(&format!("/transfer/{}", w.dan.uid)), Value::Null).await;

    44 by_a_member Succeeds "", |w| w.cat.post(&w.in_group("/member/invite"), json!({"uids": [w.dan.uid], "remark": "a friend"})).await;
    44 nobody Fails "被邀请者不能为空！", |w| w.cat.post(&w.in_group("/member/invite"), json!({"uids": []})).await;
    44 members_only Fails "被邀请者不能为空！", |w| w.cat.post(&w.in_group("/member/invite"), json!({"uids": [w.bob.uid, NOBODY]})).await;
    44 who_blocked_the_caller Fails "被邀请者不能为空！", |w| {
        w.dan.post(&format!("/user/blacklist/{}", w.cat.uid), Value::Null).await.is_ok();
        w.cat.post(&w.in_group("/member/invite"), json!({"uids": [w.dan.uid]})).await
    };
    44 by_an_outsider Fails "没有权限！", |w| w.dan.post(&w.in_group("/member/invite"), json!({"uids": [w.bob.uid]})).await;

    45 a_manager Succeeds "", |w| {
        let no = proposed(w).await;
        w.bob.get(&w.in_group(&format!("/member/h5confirm?invite_no={no}"))).await
    };
    45 a_member Fails "你不是群主或管理员！", |w| {
        let no = proposed(w).await;
        w.cat.get(&w.in_group(&format!("/member/h5confirm?invite_no={no}"))).await
    };
    45 nothing_proposed Fails "邀请信息不存在！", |w| w.ann.get(&w.in_group(&format!("/member/h5confirm?invite_no={NOBODY}"))).await;
}

#[tokio::test]
async fn every_case_of_groups_holds() {
    cases::run(CASES).await;
}

/// Cat proposes Dan; gives the number of that, as the managers are told.
async fn proposed(w: &World) -> String {
    let mut ann = w.ann.connect().await;
    let fields = json!({"uids": [w.dan.uid]});
    w.cat
        .post(&w.in_group("/member/invite"), fields)
        .await
        .is_ok();
    let notice = system(&mut ann, 1009).await;
    notice["invite_no"].as_str().unwrap().to_owned()
}

/// The payload of the next system message, which is of this type. None has a sender.
async fn system(line: &mut Line, kind: u16) -> Value {
    let heard = line.next_where(|heard| heard.payload["type"] == kind).await;
    assert!(heard.recv.from_uid.is_empty(), "{heard:?}");
    heard.payload
}

async fn befriended<const N: usize>(node: &TestNode, names: [&str; N]) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    for name in names {
        people.push(Person::register(node, name).await);
    }
    for other in &people[1..] {
        people[0].befriend(other).await;
    }
    people
}

#[tokio::test]
async fn a_new_group_is_announced_to_all_its_members() {
    let node = TestNode::start().await;
    let people = befriended(&node, ["ann", "bob", "cat"]).await;
    let [ann, bob, cat] = &people[..] else {
        unreachable!()
    };
    let mut lines = [ann.connect().await, bob.connect().await];
    let fields = json!({"members": [bob.uid, cat.uid, cat.uid, NOBODY]});
    let made = ann.post("/group/create", fields).await;
    let group = made.data();
    assert_eq!(group["name"], "ann、bob、cat");
    assert_eq!(
        (&group["role"], &group["member_count"], &group["quit"]),
        (&json!(1), &json!(3), &json!(0))
    );
    assert_eq!(
        (&group["allow_view_history_msg"], &group["status"]),
        (&json!(1), &json!(1))
    );
    for line in &mut lines {
        let notice = system(line, 1001).await;
        assert_eq!(notice["content"], "ann邀请{0},{1}加入群聊");
        assert_eq!(
            notice["extra"],
            json!([{"uid": bob.uid, "name": "bob"}, {"uid": cat.uid, "name": "cat"}])
        );
        assert_eq!(notice["creator"], *ann.uid);
    }
    let number = group["group_no"].as_str().unwrap();
    let history = cat.history(number, GROUP).await;
    assert_eq!(
        (&history[0]["payload"]["type"], &history[0]["from_uid"]),
        (&json!(1001), &json!(""))
    );
}

#[tokio::test]
async fn groups_are_limited_per_day() {
    let node = TestNode::with(|config| config.wukong.groups_per_day = 1).await;
    let people = befriended(&node, ["ann", "bob"]).await;
    people[0].found("one", &[&people[1]]).await;
    let second = json!({"members": [people[1].uid]});
    let refused = people[0].post("/group/create", second).await;
    refused.refuses("当天建群数量已达上限");
}

#[tokio::test]
async fn every_change_is_said_in_the_group() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut cat = world.cat.connect().await;
    let rename = json!({"name": "New", "invite": 1});
    world.ann.put(&world.in_group(""), rename).await.is_ok();
    let name = system(&mut cat, 1005).await;
    assert_eq!(name["content"], "{0}修改群名为\"New\"");
    assert_eq!(
        (&name["data"]["name"], &name["extra"][0]["uid"]),
        (&json!("New"), &json!(world.ann.uid))
    );
    assert_eq!(system(&mut cat, 1005).await["data"]["invite"], "1");
    cat.hears_command("channelUpdate").await;
    world
        .ann
        .post(&world.in_group("/forbidden/1"), Value::Null)
        .await
        .is_ok();
    assert_eq!(system(&mut cat, 1005).await["data"]["forbidden"], "1");
    let seen = world.cat.get(&world.in_group("")).await;
    let shown = ["name", "invite", "forbidden"].map(|name| seen.data()[name].clone());
    assert_eq!(shown, [json!("New"), json!(1), json!(1)]);
}

#[tokio::test]
async fn a_muted_group_hears_its_managers_only() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let (mut bob, mut cat) = (world.bob.connect().await, world.cat.connect().await);
    world
        .ann
        .post(&world.in_group("/forbidden/1"), Value::Null)
        .await
        .is_ok();
    let payload = json!({"type": 1, "content": "hi"});
    assert_eq!(cat.send(&world.group, GROUP, &payload).await.reason, 13);
    bob.say(&world.group, GROUP, "still here").await;
    world
        .ann
        .post(&world.in_group("/forbidden/0"), Value::Null)
        .await
        .is_ok();
    cat.say(&world.group, GROUP, "back").await;
}

#[tokio::test]
async fn own_settings_are_nobody_else_s() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut cat = world.cat.connect().await;
    let set = json!({"save": 1, "mute": 1, "top": 1, "remark": "mine", "flame": 1});
    world
        .cat
        .put(&world.in_group("/setting"), set)
        .await
        .is_ok();
    cat.hears_command("channelUpdate").await;
    let shown = world.cat.get(&world.in_group("")).await;
    let shown = ["save", "mute", "top", "remark", "flame"].map(|name| shown.data()[name].clone());
    assert_eq!(
        shown,
        [json!(1), json!(1), json!(1), json!("mine"), json!(1)]
    );
    let saved = world.cat.get("/group/my").await;
    assert_eq!(saved.data()[0]["group_no"], *world.group);
    assert_eq!(*world.bob.get("/group/my").await.data(), json!([]));
    assert_eq!(
        world.bob.get(&world.in_group("")).await.data()["remark"],
        ""
    );
}

#[tokio::test]
async fn a_disbanded_group_answers_24() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut cat = world.cat.connect().await;
    let path = world.in_group("/disband");
    world
        .bob
        .delete(&path, Value::Null)
        .await
        .refuses("用户无权执行此操作");
    world.ann.delete(&path, Value::Null).await.is_ok();
    assert_eq!(system(&mut cat, 2000).await["content"], "{0}已解散该群聊");
    let payload = json!({"type": 1, "content": "hello?"});
    assert_eq!(cat.send(&world.group, GROUP, &payload).await.reason, 24);
    assert_eq!(world.cat.get(&world.in_group("")).await.data()["status"], 2);
}

#[tokio::test]
async fn an_owner_who_leaves_is_succeeded_by_the_oldest_member() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let (mut bob, mut cat) = (world.bob.connect().await, world.cat.connect().await);
    world
        .ann
        .post(&world.in_group("/exit"), Value::Null)
        .await
        .is_ok();
    let heir = system(&mut cat, 1008).await["extra"][0]["uid"].clone();
    assert!([&*world.bob.uid, &*world.cat.uid].contains(&heir.as_str().unwrap()));
    let left = system(&mut bob, 1021).await;
    assert_eq!(left["extra"][0]["uid"], *world.ann.uid);
    let seen = world.ann.get(&world.in_group("")).await;
    assert_eq!(
        (&seen.data()["quit"], &seen.data()["role"]),
        (&json!(1), &json!(0))
    );
    let roles = [&world.bob, &world.cat];
    let mut owners = Vec::new();
    for person in roles {
        let group = person.get(&world.in_group("")).await;
        if group.data()["role"] == 1 {
            owners.push(json!(person.uid));
        }
    }
    assert_eq!(owners, [heir]);
}

#[tokio::test]
async fn a_picture_brings_somebody_into_the_group() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut cat = world.cat.connect().await;
    let picture = world.bob.get(&world.in_group("/qrcode")).await;
    assert_eq!(picture.data()["day"], 7);
    let url = picture.data()["qrcode"].as_str().unwrap();
    let code = url.rsplit('/').next().unwrap();
    let seen = world.cat.get(&format!("/qrcode/{code}")).await;
    assert_eq!(seen.data()["data"]["group_no"], *world.group);
    let seen = world.dan.get(&format!("/qrcode/{code}")).await;
    assert_eq!(
        (&seen.data()["forward"], &seen.data()["type"]),
        (&json!("h5"), &json!("webview"))
    );
    let url = seen.data()["data"]["url"].as_str().unwrap();
    let auth_code = url.split("auth_code=").nth(1).unwrap();
    let join = world.in_group(&format!("/scanjoin?auth_code={auth_code}"));
    world.guest.get(&join).await.is_ok();
    let notice = system(&mut cat, 1007).await;
    assert_eq!(notice["extra"][0]["uid"], *world.dan.uid);
    assert_eq!(notice["extra"][1]["uid"], *world.bob.uid);
    world.guest.get(&join).await.refuses("授权码失效或不存在！");
    assert_eq!(world.dan.get(&world.in_group("")).await.data()["quit"], 0);
}

#[tokio::test]
async fn a_proposal_is_seen_and_confirmed_by_those_who_lead() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut cat = world.cat.connect().await;
    let no = proposed(&world).await;
    let confirm = world.in_group(&format!("/member/h5confirm?invite_no={no}"));
    let answer = world.bob.get(&confirm).await;
    let url = answer.data()["url"].as_str().unwrap().to_owned();
    let auth_code = url.split("auth_code=").nth(1).unwrap();
    let invite = world.guest.get(&format!("/group/invites/{no}")).await;
    let shown = invite.data();
    assert_eq!(
        (&shown["status"], &shown["inviter"]),
        (&json!(0), &json!(world.cat.uid))
    );
    assert_eq!(
        shown["items"],
        json!([{"uid": world.dan.uid, "name": world.dan.name}])
    );
    let sure = format!("/group/invite/sure?auth_code={auth_code}");
    world.guest.post(&sure, Value::Null).await.is_ok();
    assert_eq!(
        system(&mut cat, 1002).await["extra"][0]["uid"],
        *world.dan.uid
    );
    assert_eq!(world.guest.post(&sure, Value::Null).await.status, 400);
    // What only managers may see is not in the history of others.
    let history = world.cat.history(&world.group, GROUP).await;
    assert!(
        history
            .iter()
            .all(|message| message["payload"]["type"] != 1009)
    );
}

#[tokio::test]
async fn a_proposal_outlives_a_confirmation_that_may_not_be() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let no = proposed(&world).await;
    let confirm = world.in_group(&format!("/member/h5confirm?invite_no={no}"));
    let sure = async |person: &Person| {
        let answer = person.get(&confirm).await;
        let url = answer.data()["url"].as_str().unwrap();
        let code = url.split("auth_code=").nth(1).unwrap();
        format!("/group/invite/sure?auth_code={code}")
    };
    let by_bob = sure(&world.bob).await;
    let managers = world.in_group("/managers");
    let dismiss = json!([world.bob.uid]);
    world.ann.delete(&managers, dismiss).await.is_ok();
    let refused = world.guest.post(&by_bob, Value::Null).await;
    refused.refuses("你不是群主或管理员！");
    let invite = format!("/group/invites/{no}");
    let shown = world.guest.get(&invite).await;
    assert_eq!(shown.data()["status"], 0);

    let by_ann = [sure(&world.ann).await, sure(&world.ann).await];
    world.guest.post(&by_ann[0], Value::Null).await.is_ok();
    let again = world.guest.post(&by_ann[1], Value::Null).await;
    again.refuses("邀请信息不存在！");
    let shown = world.guest.get(&invite).await;
    assert_eq!(shown.data()["status"], 1);
}
