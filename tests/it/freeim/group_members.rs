//! Operations 36 to 38, 41 to 45 and 49: joining, leaving and leading groups.

use super::cases::{self, cases};
use super::chat_groups::SHORT;
use super::me::{FIELDS, names};
use super::world::World;
use crate::support::http::{Answer, INVALID};
use crate::support::{TestNode, User};
use serde_json::{Value, json};

const NO_MANAGER: &str = "您不是群聊管理员";
const NO_OWNER: &str = "您不是群主";
const NO_MEMBER: &str = "成员不在本群聊";
const PROTECTED: &str = "不允许踢出群主或管理员";
const FULL: &str = "当前群聊人数已满";
const HANDLED: &str = "处理成功";

fn member(w: &World, user: &User) -> Value {
    json!({"groupId": w.group, "toId": user.id})
}

/// The world's group takes no more members.
async fn fill(w: &World) {
    w.admin
        .post(&format!("/groups/{}/limit", w.group), json!({"limit": 3}))
        .await;
}

async fn ask(w: &World) {
    let asked = w
        .dan
        .post("/chatGroups/join", json!({"groupId": w.group}))
        .await;
    asked.succeeds("申请成功");
}

fn answer(w: &World, status: &str) -> Value {
    json!({"groupId": w.group, "accountId": w.dan.id, "status": status, "reason": "no reason"})
}

cases! {
    36 a_stranger_asks_to_join Succeeds "申请成功", |w| {
        w.dan.post("/chatGroups/join", json!({"groupId": w.group, "reason": "let me in"})).await
    };
    36 an_unknown_group Fails "群聊不存在", |w| w.dan.post("/chatGroups/join", json!({"groupId": 9_999_999})).await;
    36 nobody_may_join Fails "当前群聊禁止新成员加入", |w| {
        let change = json!({"groupId": w.group, "disbaleAddGroup": 1});
        w.ann.put("/chatGroups", change).await.succeeds("修改成功");
        w.dan.post("/chatGroups/join", json!({"groupId": w.group})).await
    };
    36 the_group_is_full Fails FULL, |w| {
        fill(w).await;
        w.dan.post("/chatGroups/join", json!({"groupId": w.group})).await
    };
    36 a_member_asks_to_join Fails "你已经是此群聊成员", |w| {
        w.cat.post("/chatGroups/join", json!({"groupId": w.group})).await
    };
    36 a_stranger_asks_twice Fails "已发送过加群申请", |w| {
        ask(w).await;
        w.dan.post("/chatGroups/join", json!({"groupId": w.group})).await
    };
    37 what_waits_for_an_answer Succeeds "", |w| w.bob.get("/chatGroups/join", json!({})).await;
    37 what_waits_for_nobody Fails "登录超时", |w| w.guest.get("/chatGroups/join", json!({})).await;
    38 a_manager_lets_a_stranger_in Succeeds HANDLED, |w| {
        ask(w).await;
        w.bob.post("/chatGroups/join/reply", answer(w, "pass")).await
    };
    38 the_owner_refuses_a_stranger Succeeds HANDLED, |w| {
        ask(w).await;
        w.ann.post("/chatGroups/join/reply", answer(w, "deny")).await
    };
    38 nobody_asked Fails "加群申请不存在", |w| w.ann.post("/chatGroups/join/reply", answer(w, "pass")).await;
    38 a_member_lets_a_stranger_in Fails NO_MANAGER, |w| {
        ask(w).await;
        w.cat.post("/chatGroups/join/reply", answer(w, "pass")).await
    };
    38 the_stranger_lets_himself_in Fails NO_MANAGER, |w| {
        ask(w).await;
        w.dan.post("/chatGroups/join/reply", answer(w, "pass")).await
    };
    38 the_group_is_full Fails FULL, |w| {
        ask(w).await;
        fill(w).await;
        w.ann.post("/chatGroups/join/reply", answer(w, "pass")).await
    };
    38 neither_yes_nor_no Fails "参数不合法", |w| {
        ask(w).await;
        w.ann.post("/chatGroups/join/reply", answer(w, "")).await
    };
    41 a_member_leaves Succeeds "退出成功", |w| w.cat.post("/chatGroups/exit", json!({"groupId": w.group})).await;
    41 a_stranger_leaves Fails "你不是是此群聊成员", |w| {
        w.dan.post("/chatGroups/exit", json!({"groupId": w.group})).await
    };
    41 the_owner_leaves Fails "群主无法退群，请转让群", |w| {
        w.ann.post("/chatGroups/exit", json!({"groupId": w.group})).await
    };
    41 leaving_is_switched_off Fails "当前不允许退出群聊", |w| {
        w.admin.set("chatgroup_exit", "false").await;
        w.cat.post("/chatGroups/exit", json!({"groupId": w.group})).await
    };
    42 a_new_owner Succeeds "转让成功", |w| w.ann.post("/chatGroups/transfer", member(w, &w.cat)).await;
    42 a_manager_hands_it_over Fails NO_OWNER, |w| w.bob.post("/chatGroups/transfer", member(w, &w.cat)).await;
    42 to_a_stranger Fails NO_MEMBER, |w| w.ann.post("/chatGroups/transfer", member(w, &w.dan)).await;
    42 to_the_owner Fails "不能对自己进行此操作", |w| w.ann.post("/chatGroups/transfer", member(w, &w.ann)).await;
    43 a_member_is_removed Succeeds HANDLED, |w| w.bob.post("/chatGroups/kick", member(w, &w.cat)).await;
    43 a_member_removes_a_manager Fails NO_MANAGER, |w| w.cat.post("/chatGroups/kick", member(w, &w.bob)).await;
    43 the_owner_removes_a_manager Fails PROTECTED, |w| w.ann.post("/chatGroups/kick", member(w, &w.bob)).await;
    43 a_manager_removes_the_owner Fails PROTECTED, |w| w.bob.post("/chatGroups/kick", member(w, &w.ann)).await;
    43 a_stranger_is_removed Fails NO_MEMBER, |w| w.ann.post("/chatGroups/kick", member(w, &w.dan)).await;
    44 a_manager_is_appointed Succeeds "设置成功", |w| {
        w.ann.post("/chatGroups/manager", json!({"groupId": w.group, "toId": w.cat.id, "isManager": 1})).await
    };
    44 a_manager_is_dismissed Succeeds "设置成功", |w| w.ann.post("/chatGroups/manager", member(w, &w.bob)).await;
    44 a_manager_appoints_another Fails NO_OWNER, |w| {
        w.bob.post("/chatGroups/manager", json!({"groupId": w.group, "toId": w.cat.id, "isManager": 1})).await
    };
    44 a_stranger_is_appointed Fails NO_MEMBER, |w| {
        w.ann.post("/chatGroups/manager", json!({"groupId": w.group, "toId": w.dan.id, "isManager": 1})).await
    };
    44 the_owner_is_dismissed Fails "不能对自己进行此操作", |w| {
        w.ann.post("/chatGroups/manager", member(w, &w.ann)).await
    };
    45 a_member_is_muted Succeeds HANDLED, |w| {
        w.bob.post("/chatGroups/banned", json!({"groupId": w.group, "toId": w.cat.id, "minute": 5})).await
    };
    45 a_manager_is_muted_by_himself Succeeds HANDLED, |w| {
        w.bob.post("/chatGroups/banned", json!({"groupId": w.group, "toId": w.bob.id, "minute": 5})).await
    };
    45 for_no_time Fails "参数不合法", |w| w.bob.post("/chatGroups/banned", member(w, &w.cat)).await;
    45 the_owner_is_muted Fails PROTECTED, |w| {
        w.bob.post("/chatGroups/banned", json!({"groupId": w.group, "toId": w.ann.id, "minute": 5})).await
    };
    45 a_member_mutes_a_manager Fails NO_MANAGER, |w| {
        w.cat.post("/chatGroups/banned", json!({"groupId": w.group, "toId": w.bob.id, "minute": 5})).await
    };
    45 a_stranger_is_muted Fails NO_MEMBER, |w| {
        w.ann.post("/chatGroups/banned", json!({"groupId": w.group, "toId": w.dan.id, "minute": 5})).await
    };
    49 a_manager_invites_a_stranger Succeeds HANDLED, |w| {
        let fields = json!({"groupId": w.group, "toIdList": [w.dan.id, w.cat.id, 2_000_000_000]});
        w.bob.post("/chatGroups/invite", fields).await
    };
    49 a_member_invites_a_stranger Fails NO_MANAGER, |w| {
        w.cat.post("/chatGroups/invite", json!({"groupId": w.group, "toIdList": [w.dan.id]})).await
    };
    49 more_than_fit Fails FULL, |w| {
        fill(w).await;
        w.ann.post("/chatGroups/invite", json!({"groupId": w.group, "toIdList": [w.dan.id]})).await
    };
    49 nobody_named Fails "参数不合法", |w| w.ann.post("/chatGroups/invite", json!({"groupId": w.group})).await;
}

#[tokio::test]
async fn every_case_of_members_holds() {
    cases::run(CASES).await;
}

/// Who is in the group and in which role, as its owner or a manager sees it.
async fn roster(user: &User, group: i64) -> Vec<(i64, String)> {
    let info = user
        .get("/chatGroups/info", json!({"groupId": group}))
        .await;
    let info = info.succeeds("");
    let members = info["membersList"].as_array().unwrap();
    assert_eq!(info["members"], members.len());
    members
        .iter()
        .map(|m| {
            (
                m["account"]["id"].as_i64().unwrap(),
                m["role"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

fn roles<const N: usize>(roles: [(&User, &str); N]) -> Vec<(i64, String)> {
    roles
        .map(|(user, role)| (user.id, role.to_owned()))
        .to_vec()
}

async fn mute(user: &User, group: i64, member: &User, minutes: i64) {
    let fields = json!({"groupId": group, "toId": member.id, "minute": minutes});
    user.post("/chatGroups/banned", fields)
        .await
        .succeeds(HANDLED);
}

async fn speak(user: &User, group: i64) -> Answer {
    let message = json!({"toId": group, "ope": "group", "type": "text", "body": "hello"});
    user.post("/chat/send", message).await
}

async fn appoint(owner: &User, group: i64, member: &User, manager: u8) {
    let fields = json!({"groupId": group, "toId": member.id, "isManager": manager});
    owner
        .post("/chatGroups/manager", fields)
        .await
        .succeeds("设置成功");
}

#[tokio::test]
async fn a_request_to_join_waits_for_the_owner_and_the_managers() {
    let node = TestNode::start().await;
    let [ann, bob, cat, dan] = node.users(["ann", "bob", "cat", "dan"]).await;
    let group = ann.found("hikers").await;
    ann.invite(group, [&bob, &cat]).await;
    appoint(&ann, group, &bob, 1).await;
    let request = json!({"groupId": group, "reason": "I hike"});
    dan.post("/chatGroups/join", request)
        .await
        .succeeds("申请成功");
    for (user, count) in [(&ann, 1), (&bob, 1), (&cat, 0), (&dan, 0)] {
        let waiting = user.get("/chatGroups/join", json!({})).await.items();
        assert_eq!(waiting.len(), count, "{}", user.name);
    }
    let waiting = ann.get("/chatGroups/join", json!({})).await.items();
    let fields = [
        "createdAt",
        "account",
        "chatGroup",
        "applyReason",
        "denyReason",
        "status",
        "replyTime",
    ];
    assert_eq!(names(&waiting[0]), fields);
    assert_eq!(names(&waiting[0]["account"]), FIELDS);
    assert_eq!(names(&waiting[0]["chatGroup"])[..SHORT.len()], SHORT);
    assert_eq!(waiting[0]["account"]["id"], dan.id);
    assert_eq!(
        (&waiting[0]["applyReason"], &waiting[0]["status"]),
        (&json!("I hike"), &json!("wait"))
    );
    assert_eq!(waiting[0]["replyTime"], Value::Null);
    // Who may answer is decided now, not when it was asked.
    appoint(&ann, group, &bob, 0).await;
    appoint(&ann, group, &cat, 1).await;
    assert!(
        bob.get("/chatGroups/join", json!({}))
            .await
            .items()
            .is_empty()
    );
    assert_eq!(
        cat.get("/chatGroups/join", json!({})).await.items().len(),
        1
    );
}

#[tokio::test]
async fn a_stranger_comes_in_by_approval_and_a_refused_one_may_ask_again() {
    let node = TestNode::start().await;
    let [ann, dan] = node.users(["ann", "dan"]).await;
    let group = ann.found("hikers").await;
    for (status, members) in [("deny", 1), ("pass", 2)] {
        dan.post("/chatGroups/join", json!({"groupId": group}))
            .await
            .succeeds("申请成功");
        let reply = json!({"groupId": group, "accountId": dan.id, "status": status});
        ann.post("/chatGroups/join/reply", reply.clone())
            .await
            .succeeds(HANDLED);
        ann.post("/chatGroups/join/reply", reply)
            .await
            .fails("加群申请不存在");
        assert_eq!(roster(&ann, group).await.len(), members);
    }
    assert_eq!(
        roster(&ann, group).await,
        roles([(&ann, "owner"), (&dan, "general")])
    );
}

#[tokio::test]
async fn who_was_invited_meanwhile_cannot_be_let_in_again() {
    let node = TestNode::start().await;
    let [ann, dan] = node.users(["ann", "dan"]).await;
    let group = ann.found("hikers").await;
    dan.post("/chatGroups/join", json!({"groupId": group}))
        .await
        .succeeds("申请成功");
    ann.invite(group, [&dan]).await;
    let reply = json!({"groupId": group, "accountId": dan.id, "status": "pass"});
    let answer = ann.post("/chatGroups/join/reply", reply).await;
    // Whether the invitation answered the request is not the contract's business.
    assert!(
        ["你已经是此群聊成员", "加群申请不存在"].contains(&answer.message()),
        "{}",
        answer.text()
    );
    assert_eq!(roster(&ann, group).await.len(), 2);
}

#[tokio::test]
async fn members_are_listed_by_their_rank() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    let group = cat.found("hikers").await;
    cat.invite(group, [&ann]).await;
    cat.invite(group, [&bob]).await;
    appoint(&cat, group, &bob, 1).await;
    let ranks = roles([(&cat, "owner"), (&bob, "manager"), (&ann, "general")]);
    assert_eq!(roster(&cat, group).await, ranks);
}

#[tokio::test]
async fn an_owner_who_hands_a_group_over_has_left_it() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let group = ann.found("hikers").await;
    ann.invite(group, [&bob]).await;
    let fields = json!({"groupId": group, "toId": bob.id});
    ann.post("/chatGroups/transfer", fields)
        .await
        .succeeds("转让成功");
    assert_eq!(roster(&bob, group).await, roles([(&bob, "owner")]));
    assert!(ann.get("/chatGroups", json!({})).await.items().is_empty());
    speak(&ann, group).await.fails("你不是是此群聊成员");
    ann.post("/chatGroups/dissolve", json!({"groupId": group}))
        .await
        .fails(NO_OWNER);
    let exit = bob
        .post("/chatGroups/exit", json!({"groupId": group}))
        .await;
    exit.fails("群主无法退群，请转让群");
}

#[tokio::test]
async fn a_muted_member_cannot_speak_until_the_mute_is_lifted() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let group = ann.found("hikers").await;
    ann.invite(group, [&bob]).await;
    let said = speak(&bob, group).await;
    let said = said.succeeds("发送成功");
    mute(&ann, group, &bob, 5).await;
    speak(&bob, group).await.fails("您已被禁言");
    let info = bob.get("/chatGroups/info", json!({"groupId": group})).await;
    let myself = &info.succeeds("")["selfInfo"];
    assert_eq!(
        *myself,
        json!({"chatGroupMemberRole": "general", "isBanned": true})
    );
    // They may still read, and take back what they said.
    let history = bob.get("/chat/messages", json!({"toId": group})).await;
    assert_eq!(history.succeeds("")["total"], 1);
    let revocation = json!({"toId": group, "id": said["id"], "ope": "group"});
    bob.post("/chat/revocation", revocation)
        .await
        .succeeds("成功");
    mute(&ann, group, &bob, 0).await;
    speak(&bob, group).await.succeeds("发送成功");
}

#[tokio::test]
async fn a_mute_survives_an_appointment_and_leaving() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let group = ann.found("hikers").await;
    ann.invite(group, [&bob]).await;
    mute(&ann, group, &bob, i64::from(u32::MAX)).await;
    appoint(&ann, group, &bob, 1).await;
    speak(&bob, group).await.fails("您已被禁言");
    bob.post("/chatGroups/exit", json!({"groupId": group}))
        .await
        .succeeds("退出成功");
    ann.invite(group, [&bob]).await;
    speak(&bob, group).await.fails("您已被禁言");
}

#[tokio::test]
async fn a_mute_outlives_a_restart() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let group = ann.found("hikers").await;
    ann.invite(group, [&bob]).await;
    mute(&ann, group, &bob, 5).await;
    let node = node.restart().await;
    speak(&bob.at(&node), group).await.fails("您已被禁言");
    speak(&ann.at(&node), group).await.succeeds("发送成功");
}

#[tokio::test]
async fn a_removed_member_is_out_at_once_and_may_ask_to_come_back() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let group = ann.found("hikers").await;
    ann.invite(group, [&bob]).await;
    let fields = json!({"groupId": group, "toId": bob.id});
    ann.post("/chatGroups/kick", fields).await.succeeds(HANDLED);
    speak(&bob, group).await.fails("你不是是此群聊成员");
    let history = bob.get("/chat/messages", json!({"toId": group})).await;
    history.fails("你不是是此群聊成员");
    assert_eq!(roster(&ann, group).await, roles([(&ann, "owner")]));
    bob.post("/chatGroups/join", json!({"groupId": group}))
        .await
        .succeeds("申请成功");
}

#[tokio::test]
async fn an_invitation_skips_who_is_in_unknown_named_twice_or_has_blocked_the_inviter() {
    let node = TestNode::start().await;
    let [ann, bob, cat, dan] = node.users(["ann", "bob", "cat", "dan"]).await;
    let group = ann.found("hikers").await;
    ann.invite(group, [&bob]).await;
    let blocked = dan.post("/friends/blaklist", json!({"toId": ann.id})).await;
    blocked.succeeds("添加成功");
    let list = json!([bob.id, cat.id, cat.id, ann.id, dan.id, 2_000_000_000]);
    let fields = json!({"groupId": group, "toIdList": list});
    ann.post("/chatGroups/invite", fields)
        .await
        .succeeds(HANDLED);
    let mut members: Vec<i64> = roster(&ann, group)
        .await
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    members.sort_unstable();
    assert_eq!(members, [ann.id, bob.id, cat.id]);
}

#[tokio::test]
async fn an_invitation_that_does_not_fit_whole_adds_nobody() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    node.admin().await.set("chatgroup_members_limit", "2").await;
    let group = ann.found("hikers").await;
    let invite = |list: Value| json!({"groupId": group, "toIdList": list});
    let two = invite(json!([bob.id, cat.id]));
    ann.post("/chatGroups/invite", two).await.fails(FULL);
    assert_eq!(roster(&ann, group).await.len(), 1);
    // Repetitions need no room.
    let one = invite(json!([bob.id, bob.id, ann.id]));
    ann.post("/chatGroups/invite", one).await.succeeds(HANDLED);
    assert_eq!(roster(&ann, group).await.len(), 2);
}

#[tokio::test]
async fn a_group_nobody_may_ask_to_join_can_still_be_invited_to() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let new = json!({"name": "closed", "disbaleAddGroup": true});
    let answer = ann.post("/chatGroups", new).await;
    let group = answer.succeeds("创建成功")["id"].as_i64().unwrap();
    ann.invite(group, [&bob]).await;
    assert_eq!(roster(&ann, group).await.len(), 2);
}

#[tokio::test]
async fn many_at_once_do_not_overfill_a_group() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let admin = node.admin().await;
    admin.set("chatgroup_members_limit", "4").await;
    let group = ann.found("hikers").await;
    let mut guests = Vec::new();
    for n in 0..8 {
        let guest = node.register(&format!("guest{n}")).await;
        let ask = json!({"groupId": group});
        guest
            .post("/chatGroups/join", ask)
            .await
            .succeeds("申请成功");
        guests.push(guest.id);
    }
    let mut joins = Vec::new();
    for guest in guests {
        let ann = ann.clone();
        joins.push(tokio::spawn(async move {
            let reply = json!({"groupId": group, "accountId": guest, "status": "pass"});
            ann.post("/chatGroups/join/reply", reply).await
        }));
    }
    let mut inside = 1;
    for join in joins {
        let answer = join.await.unwrap();
        match answer.message() {
            HANDLED => inside += 1,
            _ => answer.fails(FULL),
        }
    }
    assert_eq!(inside, 4);
    assert_eq!(roster(&ann, group).await.len(), 4);
}

#[tokio::test]
async fn the_words_with_a_request_and_an_answer_have_a_hundred_characters() {
    let node = TestNode::start().await;
    let [ann, dan] = node.users(["ann", "dan"]).await;
    let group = ann.found("hikers").await;
    let request = |length: usize| json!({"groupId": group, "reason": "请".repeat(length)});
    dan.post("/chatGroups/join", request(101))
        .await
        .fails(INVALID);
    dan.post("/chatGroups/join", request(100))
        .await
        .succeeds("申请成功");
    let reply = |length: usize| json!({"groupId": group, "accountId": dan.id, "status": "deny", "reason": "不".repeat(length)});
    ann.post("/chatGroups/join/reply", reply(101))
        .await
        .fails(INVALID);
    ann.post("/chatGroups/join/reply", reply(100))
        .await
        .succeeds(HANDLED);
}
