//! Operations 33 to 35, 40, 46 and 47: making, changing, finding and dissolving groups; the cases of looking at one as well.

use super::cases::{self, cases};
use super::me::names;
use crate::support::http::INVALID;
use crate::support::{TestNode, User};
use serde_json::{Value, json};

const UNKNOWN: &str = "群聊不存在";

cases! {
    33 a_new_group Succeeds "创建成功", |w| {
        let new = json!({"name": "hikers", "intro": "we hike", "disbaleAddGroup": 1, "longitude": 121.5, "latitude": 31.2});
        w.dan.post("/chatGroups", new).await
    };
    33 no_name Fails "参数不合法", |w| w.dan.post("/chatGroups", json!({"intro": "nameless"})).await;
    33 a_switch_that_is_neither_on_nor_off Fails "参数不合法", |w| {
        w.dan.post("/chatGroups", json!({"name": "hikers", "disbaleAddGroup": 2})).await
    };
    33 making_groups_is_switched_off Fails "创建群聊通道已关闭", |w| {
        w.admin.set("create_chatgroup", "false").await;
        w.dan.post("/chatGroups", json!({"name": "hikers"})).await
    };
    33 one_group_too_many Fails "您的创建群聊数量超过限制", |w| {
        w.admin.set("chatgroup_create_limit", "1").await;
        w.ann.post("/chatGroups", json!({"name": "hikers"})).await
    };
    34 the_owner_changes_it Succeeds "修改成功", |w| {
        w.ann.put("/chatGroups", json!({"groupId": w.group, "intro": "new", "latitude": "31.2"})).await
    };
    34 a_manager_changes_it Fails "您不是群主", |w| {
        w.bob.put("/chatGroups", json!({"groupId": w.group, "name": "mine"})).await
    };
    34 an_unknown_group Fails "群聊不存在", |w| {
        w.ann.put("/chatGroups", json!({"groupId": 9_999_999, "name": "mine"})).await
    };
    34 no_group Fails "参数不合法", |w| w.ann.put("/chatGroups", json!({"name": "mine"})).await;
    35 the_callers_groups Succeeds "", |w| w.cat.get("/chatGroups", json!({})).await;
    35 nobodys_groups Fails "登录超时", |w| w.guest.get("/chatGroups", json!({})).await;
    39 a_member_looks Succeeds "", |w| w.cat.get("/chatGroups/info", json!({"groupId": w.group})).await;
    39 a_stranger_looks Succeeds "", |w| w.dan.get("/chatGroups/info", json!({"groupId": w.group})).await;
    39 an_unknown_group Fails "群聊不存在", |w| w.ann.get("/chatGroups/info", json!({"groupId": 9_999_999})).await;
    40 the_owner_dissolves_it Succeeds "处理成功", |w| {
        w.ann.post("/chatGroups/dissolve", json!({"groupId": w.group})).await
    };
    40 a_manager_dissolves_it Fails "您不是群主", |w| {
        w.bob.post("/chatGroups/dissolve", json!({"groupId": w.group})).await
    };
    40 it_is_dissolved_already Fails "群聊不存在", |w| {
        w.ann.post("/chatGroups/dissolve", json!({"groupId": w.group})).await.succeeds("处理成功");
        w.ann.post("/chatGroups/dissolve", json!({"groupId": w.group})).await
    };
    46 a_part_of_its_name Succeeds "", |w| w.dan.post("/chatGroups/search", json!({"name": "roup"})).await;
    46 no_part_of_a_name Fails "参数不合法", |w| w.dan.post("/chatGroups/search", json!({"name": ""})).await;
    47 groups_with_a_stranger Succeeds "", |w| w.ann.get("/chatGroups/common", json!({"toId": w.dan.id})).await;
    47 groups_with_nobody Fails "参数不合法", |w| w.ann.get("/chatGroups/common", json!({})).await;
}

#[tokio::test]
async fn every_case_of_groups_holds() {
    cases::run(CASES).await;
}

/// The fields of a group in short.
pub const SHORT: [&str; 10] = [
    "id",
    "name",
    "avatar",
    "intro",
    "members",
    "members_limit",
    "disableAddMember",
    "disableViewMember",
    "disbaleAddGroup",
    "enbaleBeforeMsg",
];

/// The groups of a list, by number.
fn ids(groups: &[Value]) -> Vec<i64> {
    groups
        .iter()
        .map(|group| group["id"].as_i64().unwrap())
        .collect()
}

async fn mine(user: &User) -> Vec<Value> {
    user.get("/chatGroups", json!({})).await.items()
}

async fn search(user: &User, text: &str) -> Vec<i64> {
    let found = user.post("/chatGroups/search", json!({"name": text})).await;
    ids(&found.items())
}

#[tokio::test]
async fn a_new_group_is_shown_whole() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let answer = ann.post("/chatGroups", json!({"name": "hikers"})).await;
    let group = answer.succeeds("创建成功");
    assert_eq!(
        names(group),
        [
            "id",
            "createdAt",
            "updatedAt",
            "name",
            "avatar",
            "intro",
            "members",
            "members_limit",
            "longitude",
            "latitude",
            "country",
            "province",
            "city",
            "district",
            "address",
            "disableAddMember",
            "disableViewMember",
            "disbaleAddGroup",
            "enbaleBeforeMsg",
        ]
    );
    assert_eq!(group["id"], 1, "the first group has the number 1");
    assert_eq!(group["createdAt"], group["updatedAt"]);
    assert_eq!(
        (group["members"].as_i64(), group["members_limit"].as_i64()),
        (Some(1), Some(500))
    );
    assert!(
        answer.text().contains(r#""longitude":0,"latitude":0,"#),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn everything_about_a_group_can_be_given_and_changed() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let described = |text: &str, place: f64, on: bool| {
        json!({
            "name": format!("name {text}"), "avatar": format!("https://a.example/{text}"), "intro": text,
            "longitude": place, "latitude": -place, "country": text, "province": text, "city": text,
            "district": text, "address": text, "disableAddMember": on, "disableViewMember": !on,
            "disbaleAddGroup": on, "enbaleBeforeMsg": !on,
        })
    };
    let first = described("first", 12.25, true);
    let answer = ann.post("/chatGroups", first.clone()).await;
    let group = answer.succeeds("创建成功");
    for (name, value) in first.as_object().unwrap() {
        assert_eq!(group[name], *value, "{name}");
    }
    let mut second = described("zweite 😀", 13.5, false);
    second["groupId"] = group["id"].clone();
    ann.put("/chatGroups", second.clone())
        .await
        .succeeds("修改成功");
    let shown = &mine(&ann).await[0];
    assert_eq!(names(shown), SHORT);
    for name in SHORT.iter().filter(|name| second.get(**name).is_some()) {
        assert_eq!(shown[*name], second[*name], "{name}");
    }
    let near = json!({"longitude": 13.5, "latitude": -13.5});
    let near = ann.get("/chatGroups/near", near).await.items();
    for (name, value) in second.as_object().unwrap() {
        let field = if name == "groupId" {
            "id"
        } else {
            name.as_str()
        };
        assert_eq!(near[0][field], *value, "{name}");
    }
}

#[tokio::test]
async fn what_a_change_does_not_mention_stays_as_it_was() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let new =
        json!({"name": "hikers", "intro": "we hike", "disableAddMember": 1, "enbaleBeforeMsg": 1});
    let answer = ann.post("/chatGroups", new).await;
    let id = answer.succeeds("创建成功")["id"].clone();
    let before = mine(&ann).await;
    for change in [
        json!({}),
        json!({"name": "", "intro": "", "longitude": 0, "latitude": ""}),
    ] {
        let mut change = change;
        change["groupId"] = id.clone();
        ann.put("/chatGroups", change).await.succeeds("修改成功");
        assert_eq!(mine(&ann).await, before);
    }
    let change = json!({"groupId": id, "disableAddMember": 0});
    ann.put("/chatGroups", change).await.succeeds("修改成功");
    let after = &mine(&ann).await[0];
    assert_eq!(
        (&after["disableAddMember"], &after["enbaleBeforeMsg"]),
        (&json!(false), &json!(true))
    );
}

#[tokio::test]
async fn a_group_takes_texts_up_to_their_length() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let id = ann.found("hikers").await;
    for (field, most) in [
        ("name", 50),
        ("avatar", 500),
        ("intro", 1000),
        ("country", 50),
        ("province", 50),
        ("city", 50),
        ("district", 50),
        ("address", 10_000),
    ] {
        let change = |length: usize| json!({"groupId": id, field: "群".repeat(length)});
        ann.put("/chatGroups", change(most))
            .await
            .succeeds("修改成功");
        ann.put("/chatGroups", change(most + 1))
            .await
            .fails(INVALID);
    }
}

#[tokio::test]
async fn the_callers_groups_are_in_the_order_of_their_names() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let (b, a, c) = (
        ann.found("b").await,
        bob.found("a").await,
        ann.found("c").await,
    );
    bob.invite(a, [&ann]).await;
    assert_eq!(ids(&mine(&ann).await), [a, b, c]);
    assert_eq!(ids(&mine(&bob).await), [a]);
}

#[tokio::test]
async fn groups_are_found_by_a_part_of_their_name_or_by_their_number() {
    let node = TestNode::start().await;
    let [ann, dan] = node.users(["ann", "dan"]).await;
    let hikers = ann.found("The Hikers 山").await;
    let percent = ann.found("100% wool").await;
    let score = ann.found("snake_case").await;
    for (text, expected) in [
        ("Hike", vec![hikers]),
        ("山", vec![hikers]),
        ("%", vec![percent]),
        ("_", vec![score]),
        ("!", vec![]),
        ("zebra", vec![]),
    ] {
        assert_eq!(search(&dan, text).await, expected, "{text}");
    }
    assert_eq!(search(&dan, &score.to_string()).await, [score]);
    let found = dan
        .post("/chatGroups/search", json!({"name": "Hike"}))
        .await
        .items();
    assert_eq!(names(&found[0])[..SHORT.len()], SHORT);
}

#[tokio::test]
async fn groups_of_both_are_common_groups() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    let (one, two) = (ann.found("b one").await, bob.found("a two").await);
    let alone = ann.found("alone").await;
    ann.invite(one, [&bob, &cat]).await;
    bob.invite(two, [&ann]).await;
    let common = async |user: &User, other: &User| {
        let found = user
            .get("/chatGroups/common", json!({"toId": other.id}))
            .await;
        ids(&found.items())
    };
    assert_eq!(common(&ann, &bob).await, [two, one]);
    assert_eq!(common(&bob, &ann).await, [two, one]);
    assert_eq!(common(&cat, &bob).await, [one]);
    ann.post("/chatGroups/dissolve", json!({"groupId": one}))
        .await
        .succeeds("处理成功");
    assert!(common(&cat, &bob).await.is_empty());
    assert_eq!(ids(&mine(&ann).await), [two, alone]);
}

#[tokio::test]
async fn a_dissolved_group_is_gone_everywhere() {
    let node = TestNode::start().await;
    let [ann, bob, dan] = node.users(["ann", "bob", "dan"]).await;
    let place = json!({"longitude": 121.5, "latitude": 31.25});
    let mut new = place.clone();
    new["name"] = "hikers".into();
    let answer = ann.post("/chatGroups", new).await;
    let group = answer.succeeds("创建成功")["id"].as_i64().unwrap();
    ann.invite(group, [&bob]).await;
    ann.say_in(group, "hello").await;
    let about = || json!({"groupId": group});
    dan.post("/chatGroups/join", about())
        .await
        .succeeds("申请成功");

    ann.post("/chatGroups/dissolve", about())
        .await
        .succeeds("处理成功");
    assert!(mine(&bob).await.is_empty());
    assert!(search(&dan, "hikers").await.is_empty());
    assert!(search(&dan, &group.to_string()).await.is_empty());
    assert!(dan.get("/chatGroups/near", place).await.items().is_empty());
    assert!(
        ann.get("/chatGroups/join", json!({}))
            .await
            .items()
            .is_empty()
    );
    dan.post("/chatGroups/join", about()).await.fails(UNKNOWN);
    bob.post("/chatGroups/exit", about()).await.fails(UNKNOWN);
    bob.get("/chatGroups/info", about()).await.fails(UNKNOWN);
    let message = json!({"toId": group, "ope": "group", "type": "text", "body": "anybody?"});
    bob.post("/chat/send", message).await.fails(UNKNOWN);
    let history = bob.get("/chat/messages", json!({"toId": group})).await;
    history.fails(UNKNOWN);
}

#[tokio::test]
async fn a_dissolved_group_makes_room_for_another() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    node.admin().await.set("chatgroup_create_limit", "1").await;
    let group = ann.found("first").await;
    let new = || json!({"name": "second"});
    ann.post("/chatGroups", new())
        .await
        .fails("您的创建群聊数量超过限制");
    ann.post("/chatGroups/dissolve", json!({"groupId": group}))
        .await
        .succeeds("处理成功");
    ann.post("/chatGroups", new()).await.succeeds("创建成功");
}
