//! The events that only connections with `ext=1` are told.

use crate::support::eventually::eventually;
use crate::support::socket::Socket;
use crate::support::{TestNode, User};
use parlance::domain::AccountId;
use serde_json::{Value, json};

async fn connect(user: &User) -> Socket {
    user.connect_with("ext=1").await
}

/// The next frame: a notice of this kind, with these ids; gives what its body says.
async fn notice(socket: &mut Socket, kind: &str, from: i64, to: i64) -> Value {
    let frame = socket.next_of(kind).await;
    let told = (
        &frame["ope"],
        frame["fromId"].as_i64(),
        frame["toId"].as_i64(),
    );
    assert_eq!(told, (&json!("system"), Some(from), Some(to)), "{frame}");
    let body = frame["body"].as_str().unwrap();
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_str(body).unwrap_or_else(|_| body.into())
}

#[tokio::test]
async fn an_applicant_is_told_the_answer_to_a_friend_request() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let (mut extended, mut plain) = (connect(&bob).await, bob.connect().await);
    for (status, reason) in [("deny", "who are you?"), ("pass", "ah!")] {
        bob.post("/friends/add", json!({"toId": ann.id}))
            .await
            .succeeds("成功");
        let reply = json!({"toId": bob.id, "status": status, "reason": reason});
        ann.post("/friends/add/reply", reply).await.succeeds("成功");
        let told = notice(&mut extended, "addFriendResult", ann.id, bob.id).await;
        assert_eq!(told, json!({"status": status, "reason": reason}));
    }
    plain.is_quiet().await;
    // Removals are nobody's business.
    ann.delete("/friends", json!({"toId": bob.id}))
        .await
        .succeeds("删除成功");
    extended.is_quiet().await;
}

#[tokio::test]
async fn an_applicant_is_told_the_answer_to_a_request_to_join() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let group = ann.found("hikers").await;
    let mut socket = connect(&bob).await;
    for (status, reason) in [("deny", "full"), ("pass", "")] {
        bob.post("/chatGroups/join", json!({"groupId": group}))
            .await
            .succeeds("申请成功");
        let reply =
            json!({"groupId": group, "accountId": bob.id, "status": status, "reason": reason});
        ann.post("/chatGroups/join/reply", reply)
            .await
            .succeeds("处理成功");
        let told = notice(&mut socket, "joinGroupResult", group, bob.id).await;
        assert_eq!(told, json!({"status": status, "reason": reason}));
    }
}

#[tokio::test]
async fn members_are_told_what_becomes_of_their_group() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    let group = ann.found("hikers").await;
    let (mut hers, mut his, mut plain) = (
        connect(&ann).await,
        connect(&bob).await,
        bob.connect().await,
    );
    let member = |user: &User| json!({"groupId": group, "toId": user.id});

    ann.invite(group, [&bob, &cat]).await;
    let mut told = notice(&mut his, "groupInvite", ann.id, group).await;
    let invited = told["members"].as_array_mut().unwrap();
    invited.sort_by_key(Value::as_i64);
    assert_eq!(*invited, [bob.id, cat.id]);
    notice(&mut hers, "groupInvite", ann.id, group).await;

    let change =
        json!({"groupId": group, "intro": "we hike", "disbaleAddGroup": 1, "longitude": 121});
    ann.put("/chatGroups", change).await.succeeds("修改成功");
    let told = notice(&mut his, "groupUpdate", ann.id, group).await;
    assert_eq!(
        (&told["intro"], &told["disbaleAddGroup"]),
        (&json!("we hike"), &json!(true))
    );
    assert_eq!(told["longitude"].as_f64(), Some(121.0));
    assert_eq!(told.as_object().unwrap().len(), 3);

    let mut appoint = member(&bob);
    appoint["isManager"] = json!(1);
    ann.post("/chatGroups/manager", appoint)
        .await
        .succeeds("设置成功");
    let told = notice(&mut his, "groupManager", ann.id, group).await;
    assert_eq!(told, json!({"accountId": bob.id, "isManager": true}));

    for (minutes, muted) in [(5, true), (0, false)] {
        let mut mute = member(&cat);
        mute["minute"] = json!(minutes);
        bob.post("/chatGroups/banned", mute)
            .await
            .succeeds("处理成功");
        let told = notice(&mut his, "groupBanned", bob.id, group).await;
        assert_eq!(
            (&told["accountId"], told["until"].is_string()),
            (&json!(cat.id), muted)
        );
    }

    cat.post("/chatGroups/exit", json!({"groupId": group}))
        .await
        .succeeds("退出成功");
    let told = notice(&mut his, "groupExit", cat.id, group).await;
    assert_eq!(told["accountId"], cat.id);

    ann.post("/chatGroups/transfer", member(&bob))
        .await
        .succeeds("转让成功");
    let told = notice(&mut his, "groupTransfer", ann.id, group).await;
    assert_eq!(told["owner"], bob.id);

    bob.post("/chatGroups/dissolve", json!({"groupId": group}))
        .await
        .succeeds("处理成功");
    notice(&mut his, "groupDissolve", bob.id, group).await;
    his.is_quiet().await;
    plain.is_quiet().await;

    // She left with the transfer and heard everything until then.
    for kind in [
        "groupUpdate",
        "groupManager",
        "groupBanned",
        "groupBanned",
        "groupExit",
        "groupTransfer",
    ] {
        hers.next_of(kind).await;
    }
    hers.is_quiet().await;
}

#[tokio::test]
async fn who_is_removed_is_told_and_the_others_are_not() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    let group = ann.found("hikers").await;
    ann.invite(group, [&bob, &cat]).await;
    let (mut his, mut others) = (connect(&bob).await, connect(&cat).await);
    let kick = json!({"groupId": group, "toId": bob.id});
    ann.post("/chatGroups/kick", kick)
        .await
        .succeeds("处理成功");
    assert_eq!(
        notice(&mut his, "groupKick", ann.id, group).await,
        Value::Null
    );
    others.is_quiet().await;
}

#[tokio::test]
async fn invitations_are_told_to_the_invited_alone_when_the_setting_says_so() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    let group = ann.found("hikers").await;
    ann.invite(group, [&bob]).await;
    node.admin()
        .await
        .set("chatgroup_display_invite", "false")
        .await;
    let (mut his, mut others) = (connect(&bob).await, connect(&cat).await);
    ann.invite(group, [&cat]).await;
    notice(&mut others, "groupInvite", ann.id, group).await;
    his.is_quiet().await;
}

#[tokio::test]
async fn friends_are_told_who_comes_and_goes_unless_the_setting_says_no() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    let (mut hers, mut stranger) = (connect(&ann).await, connect(&cat).await);
    ann.befriend(&bob).await;
    hers.next_of("addFriendResult").await;
    let socket = bob.connect().await;
    assert_eq!(notice(&mut hers, "online", bob.id, ann.id).await, "online");
    socket.close().await;
    assert_eq!(notice(&mut hers, "online", bob.id, ann.id).await, "offline");
    stranger.is_quiet().await;

    node.admin()
        .await
        .set("display_online_status", "false")
        .await;
    bob.connect().await.close().await;
    let online = || node.services().core.hub.is_online(AccountId(bob.id));
    eventually(async || !online()).await;
    hers.is_quiet().await;
}

#[tokio::test]
async fn the_senders_and_the_readers_other_devices_follow() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let (mut desk, mut phone) = (connect(&ann).await, ann.connect().await);
    let mut his = connect(&bob).await;
    let said = ann.say(&bob, "hello").await;
    assert_eq!(desk.next().await, said);
    assert_eq!(his.next().await, said);
    bob.post("/chat/read", json!({"toId": ann.id}))
        .await
        .succeeds("成功");
    let (copy, told) = (his.next_of("read").await, desk.next_of("read").await);
    assert_eq!(
        (&copy["fromId"], &copy["toId"]),
        (&json!(bob.id), &json!(ann.id))
    );
    assert_eq!(
        (&told["fromId"], &told["toId"]),
        (&json!(bob.id), &json!(ann.id))
    );
    phone.next_of("read").await;
    phone.is_quiet().await;
}
