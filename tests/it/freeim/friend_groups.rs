//! Operations 23 to 29: groups in which a user sorts friends.

use super::cases::{self, cases};
use super::me::names;
use crate::support::http::Encoding;
use crate::support::{TestNode, User};
use reqwest::Method;
use serde_json::{Value, json};

const UNKNOWN: &str = "分组不存在";

cases! {
    23 a_new_group Succeeds "添加成功", |w| {
        w.ann.post("/friends/groups", json!({"name": "work", "members": [w.bob.id, w.dan.id]})).await
    };
    23 a_name_that_is_used Fails "分组已存在", |w| {
        w.ann.post("/friends/groups", json!({"name": w.circle_name})).await
    };
    23 no_name Fails "参数不合法", |w| w.ann.post("/friends/groups", json!({"members": [w.bob.id]})).await;
    23 a_name_of_a_hundred_and_ninety_two_characters Fails "参数不合法", |w| {
        w.ann.post("/friends/groups", json!({"name": "x".repeat(192)})).await
    };
    24 a_group_goes Succeeds "删除成功", |w| w.ann.delete("/friends/groups", json!({"groupId": w.circle})).await;
    24 somebody_elses_group Fails "分组不存在", |w| {
        w.bob.delete("/friends/groups", json!({"groupId": w.circle})).await
    };
    25 the_callers_groups Succeeds "", |w| w.ann.get("/friends/groups", json!({})).await;
    25 nobodys_groups Fails "登录超时", |w| w.guest.get("/friends/groups", json!({})).await;
    26 a_friend_comes_in_twice Succeeds "添加成功", |w| {
        let fields = json!({"groupId": w.circle, "members": [w.bob.id, w.bob.id]});
        w.ann.post("/friends/groups/members", fields).await
    };
    26 into_somebody_elses_group Fails "分组不存在", |w| {
        w.bob.post("/friends/groups/members", json!({"groupId": w.circle, "members": [w.ann.id]})).await
    };
    26 members_in_words Fails "参数不合法", |w| {
        w.ann.post("/friends/groups/members", json!({"groupId": w.circle, "members": ["bob"]})).await
    };
    27 a_friend_and_a_stranger_go_out Succeeds "删除成功", |w| {
        w.ann.delete("/friends/groups/members", json!({"groupId": w.circle, "members": [w.bob.id, w.dan.id]})).await
    };
    27 out_of_an_unknown_group Fails "分组不存在", |w| {
        w.ann.delete("/friends/groups/members", json!({"groupId": 1_000_000, "members": [w.bob.id]})).await
    };
    28 one_group Succeeds "", |w| w.ann.get("/friends/group", json!({"groupId": w.circle})).await;
    28 somebody_elses_group Fails "分组不存在", |w| w.bob.get("/friends/group", json!({"groupId": w.circle})).await;
    29 a_new_name Succeeds "", |w| {
        w.ann.put("/friends/groups/name", json!({"groupId": w.circle, "name": "closest"})).await
    };
    29 the_name_it_has Succeeds "", |w| {
        w.ann.put("/friends/groups/name", json!({"groupId": w.circle, "name": w.circle_name})).await
    };
    29 the_name_of_another Fails "分组已存在", |w| {
        w.ann.post("/friends/groups", json!({"name": "work"})).await.succeeds("添加成功");
        w.ann.put("/friends/groups/name", json!({"groupId": w.circle, "name": "work"})).await
    };
    29 somebody_elses_group Fails "分组不存在", |w| {
        w.bob.put("/friends/groups/name", json!({"groupId": w.circle, "name": "mine"})).await
    };
    29 a_name_of_fifty_one_characters Fails "参数不合法", |w| {
        w.ann.put("/friends/groups/name", json!({"groupId": w.circle, "name": "x".repeat(51)})).await
    };
}

#[tokio::test]
async fn every_case_of_friend_groups_holds() {
    cases::run(CASES).await;
}

async fn groups(user: &User) -> Vec<Value> {
    user.get("/friends/groups", json!({})).await.items()
}

async fn create(user: &User, name: &str, members: Value) -> i64 {
    let new = json!({"name": name, "members": members});
    user.post("/friends/groups", new).await.succeeds("添加成功");
    let groups = groups(user).await;
    let group = groups.iter().find(|group| group["name"] == name);
    group.unwrap()["id"].as_i64().unwrap()
}

fn members(group: &Value) -> Vec<i64> {
    let friends = group["friends"].as_array().unwrap();
    friends
        .iter()
        .map(|f| f["account"]["id"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn a_group_shows_its_friends_by_the_number_of_the_friendship() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    ann.befriend(&bob).await;
    let remark = json!({"toId": bob.id, "remark": "Bobby"});
    ann.put("/friends/remark", remark)
        .await
        .succeeds("设置成功");
    let id = create(&ann, "close", json!([bob.id, cat.id])).await;
    let answer = ann.get("/friends/group", json!({"groupId": id})).await;
    let group = answer.succeeds("");
    assert_eq!(names(group), ["id", "friends", "name"]);
    assert_eq!(members(group), [bob.id], "who is no friend is left out");
    let friend = &group["friends"][0];
    assert_eq!(names(friend), ["id", "account", "remark", "label"]);
    assert!(friend["id"].as_i64().unwrap() < 10_000_000);
    assert_eq!(friend["remark"], "Bobby");
    assert_eq!(groups(&ann).await, std::slice::from_ref(group));
}

#[tokio::test]
async fn members_come_and_go_and_a_friend_is_in_several_groups() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    ann.befriend(&bob).await;
    ann.befriend(&cat).await;
    let (work, home) = (
        create(&ann, "work", json!([])).await,
        create(&ann, "home", json!([bob.id])).await,
    );
    let change = |group: i64, member: &User| json!({"groupId": group, "members": [member.id]});
    for member in [&bob, &cat, &bob] {
        let added = ann
            .post("/friends/groups/members", change(work, member))
            .await;
        added.succeeds("添加成功");
    }
    let removed = ann
        .delete("/friends/groups/members", change(work, &cat))
        .await;
    removed.succeeds("删除成功");
    let shown = groups(&ann).await;
    let shown: Vec<_> = shown
        .iter()
        .map(|group| (group["id"].as_i64().unwrap(), members(group)))
        .collect();
    assert_eq!(shown, [(work, vec![bob.id]), (home, vec![bob.id])]);
    let info = ann.get("/friends/info", json!({"toId": bob.id})).await;
    assert_eq!(
        info.succeeds("")["friendGroups"].as_array().unwrap().len(),
        2
    );
}

#[tokio::test]
async fn a_removed_friend_is_in_no_group_and_comes_back_into_none() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    create(&ann, "close", json!([bob.id])).await;
    ann.delete("/friends", json!({"toId": bob.id}))
        .await
        .succeeds("删除成功");
    assert!(members(&groups(&ann).await[0]).is_empty());
    ann.befriend(&bob).await;
    assert!(members(&groups(&ann).await[0]).is_empty());
}

#[tokio::test]
async fn a_renamed_group_is_shown_whole() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    let id = create(&ann, "close", json!([bob.id])).await;
    let new = json!({"groupId": id, "name": "朋友"});
    let answer = ann.put("/friends/groups/name", new).await;
    let group = answer.succeeds("");
    assert_eq!((&group["id"], &group["name"]), (&json!(id), &json!("朋友")));
    assert_eq!(members(group), [bob.id]);
}

#[tokio::test]
async fn groups_of_one_user_are_nobody_elses_business() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    let id = create(&ann, "people I do not trust", json!([bob.id])).await;
    let of_hers = || json!({"groupId": id, "name": "x", "members": [ann.id]});
    bob.get("/friends/group", of_hers()).await.fails(UNKNOWN);
    bob.put("/friends/groups/name", of_hers())
        .await
        .fails(UNKNOWN);
    bob.post("/friends/groups/members", of_hers())
        .await
        .fails(UNKNOWN);
    bob.delete("/friends/groups/members", of_hers())
        .await
        .fails(UNKNOWN);
    bob.delete("/friends/groups", of_hers())
        .await
        .fails(UNKNOWN);
    assert!(groups(&bob).await.is_empty());
    for path in ["/friends", "/friends/groups"] {
        let answer = bob.get(path, json!({})).await;
        assert!(!answer.text().contains("trust"), "{}", answer.text());
    }
    // The same name is free for everybody.
    create(&bob, "people I do not trust", json!([])).await;
}

#[tokio::test]
async fn a_list_of_members_may_be_written_in_many_ways() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    ann.befriend(&bob).await;
    ann.befriend(&cat).await;
    let (b, c) = (bob.id, cat.id);
    let ways = [
        json!({"members": [b, c]}),
        json!({"members": [b, 0, c, ""]}),
        json!({"members[]": [b, c]}),
        json!({"members[0]": b, "members[1]": c}),
        json!({"members": format!("[{b}, {c}]")}),
        json!({"members": format!("[\"{b}\",\"{c}\"]")}),
        json!({"members": format!("{b},{c}")}),
    ];
    for (n, way) in ways.iter().enumerate() {
        for encoding in Encoding::ALL {
            let name = format!("{n} {encoding:?}");
            let mut fields = way.clone();
            fields["name"] = json!(name);
            let answer = ann
                .call(Method::POST, "/friends/groups", encoding, fields)
                .await;
            answer.succeeds("添加成功");
            let groups = groups(&ann).await;
            let group = groups.iter().find(|group| group["name"] == *name).unwrap();
            assert_eq!(members(group), [b, c], "{name}");
        }
    }
}
