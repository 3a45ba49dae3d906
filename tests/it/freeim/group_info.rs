//! Operation 39: what of a group is shown to whom.

use super::me::{FIELDS, names};
use crate::support::{TestNode, User};
use serde_json::{Value, json};

async fn info(user: &User, group: i64) -> Value {
    let answer = user
        .get("/chatGroups/info", json!({"groupId": group}))
        .await;
    answer.succeeds("").clone()
}

fn members(info: &Value) -> Vec<i64> {
    let members = info["membersList"].as_array().unwrap();
    members
        .iter()
        .map(|m| m["account"]["id"].as_i64().unwrap())
        .collect()
}

/// A group of an owner, a manager and two others.
async fn group(node: &TestNode, new: Value) -> (i64, [User; 4]) {
    let users = node.users(["ann", "bob", "cat", "dan"]).await;
    let [ann, bob, cat, dan] = &users;
    for user in &users {
        let profile = json!({"intro": "about me", "gender": "女", "city": "上海"});
        user.put("/me/update/info", profile)
            .await
            .succeeds("设置成功");
    }
    let answer = ann.post("/chatGroups", new).await;
    let group = answer.succeeds("创建成功")["id"].as_i64().unwrap();
    ann.invite(group, [bob]).await;
    ann.invite(group, [cat]).await;
    ann.invite(group, [dan]).await;
    let fields = json!({"groupId": group, "toId": bob.id, "isManager": 1});
    ann.post("/chatGroups/manager", fields)
        .await
        .succeeds("设置成功");
    (group, users)
}

#[tokio::test]
async fn a_member_sees_the_group_its_members_and_themselves() {
    let node = TestNode::start().await;
    let (id, [ann, bob, cat, dan]) =
        group(&node, json!({"name": "hikers", "intro": "we hike"})).await;
    let info = info(&cat, id).await;
    let fields = [
        "id",
        "name",
        "avatar",
        "intro",
        "members",
        "members_limit",
        "membersList",
        "selfInfo",
        "disableAddMember",
        "disableViewMember",
        "disbaleAddGroup",
        "enbaleBeforeMsg",
    ];
    let shown: Vec<_> = names(&info)
        .into_iter()
        .filter(|name| fields.contains(name))
        .collect();
    assert_eq!(shown, fields);
    assert_eq!(members(&info), [ann.id, bob.id, cat.id, dan.id]);
    assert_eq!(
        names(&info["membersList"][0]),
        ["account", "role", "remark", "isBanned"]
    );
    assert_eq!(names(&info["membersList"][0]["account"]), FIELDS);
    assert_eq!(
        info["selfInfo"],
        json!({"chatGroupMemberRole": "general", "isBanned": false})
    );
}

#[tokio::test]
async fn an_outsider_sees_the_short_fields_only() {
    let node = TestNode::start().await;
    let (id, _) = group(&node, json!({"name": "hikers", "intro": "we hike"})).await;
    let eve = node.register("eve").await;
    let info = info(&eve, id).await;
    assert_eq!(info["name"], "hikers");
    assert_eq!(
        (info["members"].as_i64(), members(&info).len()),
        (Some(4), 0)
    );
    assert_eq!(
        info["selfInfo"],
        json!({"chatGroupMemberRole": "", "isBanned": false})
    );
}

#[tokio::test]
async fn hidden_profiles_show_ordinary_members_no_more_than_names_and_pictures() {
    let node = TestNode::start().await;
    let new = json!({"name": "shy", "disableViewMember": 1});
    let (id, [_, bob, cat, _]) = group(&node, new).await;
    let seen = info(&cat, id).await;
    for member in seen["membersList"].as_array().unwrap() {
        let account = &member["account"];
        assert_eq!(names(account), FIELDS);
        let mine = account["id"] == cat.id;
        assert_eq!(account["intro"] == "about me", mine, "{account}");
        assert_eq!(account["city"] == "上海", mine, "{account}");
        assert_ne!(account["nickname"], "");
    }
    let seen = info(&bob, id).await;
    let seen = seen["membersList"].as_array().unwrap();
    assert!(
        seen.iter()
            .all(|member| member["account"]["intro"] == "about me")
    );
}

#[tokio::test]
async fn a_switched_off_list_of_members_leaves_those_who_lead_and_oneself() {
    let node = TestNode::start().await;
    let (id, [ann, bob, cat, dan]) = group(&node, json!({"name": "hikers"})).await;
    node.admin()
        .await
        .set("chatgroup_display_members", "false")
        .await;
    assert_eq!(members(&info(&cat, id).await), [ann.id, bob.id, cat.id]);
    assert_eq!(
        members(&info(&bob, id).await),
        [ann.id, bob.id, cat.id, dan.id]
    );
    assert_eq!(info(&cat, id).await["members"], 4);
}

#[tokio::test]
async fn a_switched_off_description_leaves_ordinary_members_themselves() {
    let node = TestNode::start().await;
    let (id, [ann, _, cat, _]) = group(&node, json!({"name": "hikers", "intro": "we hike"})).await;
    let eve = node.register("eve").await;
    node.admin()
        .await
        .set("chatgroup_display_info", "false")
        .await;
    let seen = info(&cat, id).await;
    assert_eq!(
        (&seen["name"], &seen["intro"]),
        (&json!("hikers"), &json!(""))
    );
    assert_eq!(members(&seen), [cat.id]);
    let seen = info(&eve, id).await;
    assert_eq!((&seen["intro"], members(&seen).len()), (&json!(""), 0));
    let seen = info(&ann, id).await;
    assert_eq!(
        (&seen["intro"], members(&seen).len()),
        (&json!("we hike"), 4)
    );
}

#[tokio::test]
async fn a_muted_member_is_marked_as_such() {
    let node = TestNode::start().await;
    let (id, [ann, _, cat, dan]) = group(&node, json!({"name": "hikers"})).await;
    let fields = json!({"groupId": id, "toId": dan.id, "minute": 1});
    ann.post("/chatGroups/banned", fields)
        .await
        .succeeds("处理成功");
    let info = info(&cat, id).await;
    for member in info["membersList"].as_array().unwrap() {
        assert_eq!(member["isBanned"], member["account"]["id"] == dan.id);
    }
}
