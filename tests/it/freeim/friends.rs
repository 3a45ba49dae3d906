//! Operations 13, 17 to 22, 30 and 31: finding, listing, naming and blocking; the cases of asking as well.

use super::cases::{self, cases};
use super::me::{FIELDS, names};
use super::world::CODE;
use crate::support::http::INVALID;
use crate::support::{TestNode, User};
use serde_json::{Value, json};

const NO_FRIEND: &str = "对方还不是您的好友";
const NOBODY: i64 = 2_000_000_000;

cases! {
    13 a_name Succeeds "", |w| w.ann.get("/friends/search", json!({"account": w.dan.name})).await;
    13 nothing Fails "参数不合法", |w| w.ann.get("/friends/search", json!({})).await;

    14 a_stranger_is_asked Succeeds "成功", |w| {
        w.ann.post("/friends/add", json!({"toId": w.dan.id, "reason": "hello"})).await
    };
    14 nobody_is_asked Fails "参数不合法", |w| w.ann.post("/friends/add", json!({})).await;
    14 an_endless_reason Fails "参数不合法", |w| {
        w.ann.post("/friends/add", json!({"toId": w.dan.id, "reason": "x".repeat(101)})).await
    };
    14 a_friend_is_asked Fails "对方已经是您的好友", |w| {
        w.ann.post("/friends/add", json!({"toId": w.bob.id})).await
    };
    14 somebody_on_the_blacklist_is_asked Fails "对方已经是您的好友", |w| {
        w.ann.post("/friends/blaklist", json!({"toId": w.dan.id})).await.succeeds("添加成功");
        w.ann.post("/friends/add", json!({"toId": w.dan.id})).await
    };
    14 a_stranger_is_asked_twice Fails "对方还未验证您的好友请求", |w| {
        w.ann.post("/friends/add", json!({"toId": w.dan.id})).await.succeeds("成功");
        w.ann.post("/friends/add", json!({"toId": w.dan.id})).await
    };
    14 an_unknown_account_is_asked Fails "账号不存在", |w| {
        w.ann.post("/friends/add", json!({"toId": NOBODY})).await
    };
    14 the_caller_is_asked Fails "不能对自己进行此操作", |w| {
        w.ann.post("/friends/add", json!({"toId": w.ann.id})).await
    };
    14 asking_is_switched_off Fails "添加好友通道已关闭", |w| {
        w.admin.set("add_freind", "TRUE").await;
        w.ann.post("/friends/add", json!({"toId": w.dan.id})).await
    };
    14 only_the_staff_may_be_asked Fails "当前不允许添加该用户为好友", |w| {
        w.admin.set("add_friend_mode", "manager").await;
        w.ann.post("/friends/add", json!({"toId": w.dan.id})).await
    };
    14 one_too_many_a_day Fails "好友请求次数已达上限", |w| {
        w.admin.set("add_friend_apply_limit", "1").await;
        w.dan.post("/friends/add", json!({"toId": w.ann.id})).await.succeeds("成功");
        w.dan.post("/friends/add", json!({"toId": w.bob.id})).await
    };

    15 a_request_is_accepted Succeeds "成功", |w| {
        w.dan.post("/friends/add", json!({"toId": w.ann.id})).await.succeeds("成功");
        w.ann.post("/friends/add/reply", json!({"toId": w.dan.id, "status": "pass"})).await
    };
    15 a_request_is_denied Succeeds "成功", |w| {
        w.dan.post("/friends/add", json!({"toId": w.ann.id})).await.succeeds("成功");
        let reply = json!({"toId": w.dan.id, "status": "deny", "reason": "who are you?"});
        w.ann.post("/friends/add/reply", reply).await
    };
    15 nobody_asked Fails "请求不存在", |w| {
        w.ann.post("/friends/add/reply", json!({"toId": w.dan.id, "status": "pass"})).await
    };
    15 the_applicant_replies Fails "请求不存在", |w| {
        w.dan.post("/friends/add", json!({"toId": w.ann.id})).await.succeeds("成功");
        w.dan.post("/friends/add/reply", json!({"toId": w.ann.id, "status": "pass"})).await
    };
    15 neither_yes_nor_no Fails "参数不合法", |w| {
        w.dan.post("/friends/add", json!({"toId": w.ann.id})).await.succeeds("成功");
        w.ann.post("/friends/add/reply", json!({"toId": w.dan.id, "status": "maybe"})).await
    };

    16 what_waits_for_an_answer Succeeds "", |w| w.ann.get("/friends/add/applies", json!({})).await;
    16 what_waits_for_nobody Fails "登录超时", |w| w.guest.get("/friends/add/applies", json!({})).await;

    17 friends Succeeds "", |w| w.ann.get("/friends", json!({"blacklist": 0})).await;
    17 blocked_accounts Succeeds "", |w| w.ann.get("/friends", json!({"blacklist": 1})).await;
    17 neither_list Fails "参数不合法", |w| w.ann.get("/friends", json!({"blacklist": "both"})).await;

    18 a_friend_is_removed Succeeds "删除成功", |w| w.ann.delete("/friends", json!({"toId": w.bob.id})).await;
    18 a_stranger_is_removed Fails "对方还不是您的好友", |w| {
        w.ann.delete("/friends", json!({"toId": w.dan.id})).await
    };

    19 a_friend_is_blocked Succeeds "添加成功", |w| {
        w.ann.post("/friends/blaklist", json!({"toId": w.bob.id})).await
    };
    19 a_stranger_is_blocked_twice Succeeds "添加成功", |w| {
        w.ann.post("/friends/blaklist", json!({"toId": w.dan.id})).await.succeeds("添加成功");
        w.ann.post("/friends/blaklist", json!({"toId": w.dan.id})).await
    };
    19 an_unknown_account_is_blocked Fails "账号不存在", |w| {
        w.ann.post("/friends/blaklist", json!({"toId": NOBODY})).await
    };
    19 the_caller_is_blocked Fails "不能对自己进行此操作", |w| {
        w.ann.post("/friends/blaklist", json!({"toId": w.ann.id})).await
    };

    20 a_block_is_lifted Succeeds "移除成功", |w| {
        w.ann.post("/friends/blaklist", json!({"toId": w.dan.id})).await.succeeds("添加成功");
        w.ann.delete("/friends/blaklist", json!({"toId": w.dan.id})).await
    };
    20 a_friend_is_unblocked Fails "黑名单不存在", |w| {
        w.ann.delete("/friends/blaklist", json!({"toId": w.bob.id})).await
    };

    21 a_friend_is_named Succeeds "设置成功", |w| {
        w.ann.put("/friends/remark", json!({"toId": w.bob.id, "remark": "Bobby"})).await
    };
    21 a_friend_gets_no_name Fails "参数不合法", |w| w.ann.put("/friends/remark", json!({"toId": w.bob.id})).await;
    21 a_stranger_is_named Fails "对方还不是您的好友", |w| {
        w.ann.put("/friends/remark", json!({"toId": w.dan.id, "remark": "Danny"})).await
    };

    22 a_friend_is_labelled Succeeds "设置成功", |w| {
        w.ann.put("/friends/label", json!({"toId": w.bob.id, "label": "[\"work\"]"})).await
    };
    22 a_stranger_is_labelled Fails "对方还不是您的好友", |w| {
        w.ann.put("/friends/label", json!({"toId": w.dan.id, "label": "work"})).await
    };

    30 a_friend Succeeds "", |w| w.ann.get("/friends/info", json!({"toId": w.bob.id})).await;
    30 a_stranger Fails "对方还不是您的好友", |w| w.ann.get("/friends/info", json!({"toId": w.dan.id})).await;

    31 whether_a_stranger_lists_me Succeeds "", |w| w.ann.get("/friends/verify", json!({"toId": w.dan.id})).await;
    31 whether_nobody_lists_me Fails "参数不合法", |w| w.ann.get("/friends/verify", json!({})).await;
}

#[tokio::test]
async fn every_case_of_friends_holds() {
    cases::run(CASES).await;
}

/// The ids on one of a user's lists: 0 friends, 1 blocked.
async fn list(user: &User, blacklist: u8) -> Vec<i64> {
    let list = user.get("/friends", json!({"blacklist": blacklist})).await;
    let ids = list.items();
    ids.iter()
        .map(|friend| friend["account"]["id"].as_i64().unwrap())
        .collect()
}

async fn verify(user: &User, other: &User) -> (bool, bool) {
    let answer = user.get("/friends/verify", json!({"toId": other.id})).await;
    let result = answer.succeeds("");
    let flag = |name: &str| result[name].as_bool().unwrap();
    (flag("isFriend"), flag("isBlacklist"))
}

async fn block(user: &User, other: &User) {
    let answer = user
        .post("/friends/blaklist", json!({"toId": other.id}))
        .await;
    answer.succeeds("添加成功");
}

#[tokio::test]
async fn friends_are_listed_in_the_order_in_which_they_came() {
    let node = TestNode::start().await;
    let [ann, bob, cat, dan] = node.users(["ann", "bob", "cat", "dan"]).await;
    for other in [&dan, &bob, &cat] {
        ann.befriend(other).await;
    }
    assert_eq!(list(&ann, 0).await, [dan.id, bob.id, cat.id]);
    assert_eq!(list(&bob, 0).await, [ann.id]);
    let without_parameter = ann.get("/friends", json!({})).await;
    assert_eq!(without_parameter.items().len(), 3);
}

#[tokio::test]
async fn a_removal_is_one_sided() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    ann.delete("/friends", json!({"toId": bob.id}))
        .await
        .succeeds("删除成功");
    assert!(list(&ann, 0).await.is_empty());
    assert_eq!(list(&bob, 0).await, [ann.id]);
    assert_eq!(verify(&ann, &bob).await, (true, false));
    assert_eq!(verify(&bob, &ann).await, (false, false));
    ann.delete("/friends", json!({"toId": bob.id}))
        .await
        .fails(NO_FRIEND);
}

#[tokio::test]
async fn either_side_of_a_removal_may_ask_again() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    for (applicant, other) in [(&ann, &bob), (&bob, &ann)] {
        ann.befriend(&bob).await;
        ann.delete("/friends", json!({"toId": bob.id}))
            .await
            .succeeds("删除成功");
        applicant.befriend(other).await;
        assert_eq!(verify(&ann, &bob).await, (true, false));
        assert_eq!(verify(&bob, &ann).await, (true, false));
        ann.delete("/friends", json!({"toId": bob.id}))
            .await
            .succeeds("删除成功");
        bob.delete("/friends", json!({"toId": ann.id}))
            .await
            .succeeds("删除成功");
    }
}

#[tokio::test]
async fn a_block_moves_a_friend_and_its_end_ends_the_friendship() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    assert_eq!(verify(&bob, &ann).await, (true, false));
    block(&ann, &bob).await;
    assert!(list(&ann, 0).await.is_empty());
    assert_eq!(list(&ann, 1).await, [bob.id]);
    assert_eq!(list(&bob, 0).await, [ann.id]);
    assert_eq!(verify(&bob, &ann).await, (false, true));
    let unblocked = ann
        .delete("/friends/blaklist", json!({"toId": bob.id}))
        .await;
    unblocked.succeeds("移除成功");
    assert!(list(&ann, 0).await.is_empty());
    assert!(list(&ann, 1).await.is_empty());
    assert_eq!(verify(&bob, &ann).await, (false, false));
}

#[tokio::test]
async fn who_is_blocked_writes_in_vain_until_the_block_ends() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    block(&ann, &bob).await;
    let message = || json!({"toId": ann.id, "ope": "friend", "type": "text", "body": "hello"});
    bob.post("/chat/send", message())
        .await
        .fails("对方已将您拉黑");
    ann.say(&bob, "I may still write").await;
    let unblocked = ann
        .delete("/friends/blaklist", json!({"toId": bob.id}))
        .await;
    unblocked.succeeds("移除成功");
    bob.post("/chat/send", message()).await.succeeds("发送成功");
}

#[tokio::test]
async fn an_account_is_found_by_exactly_what_it_is_called() {
    let node = TestNode::with(|config| config.auth.fixed_code = CODE.to_owned()).await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let nickname = json!({"nickname": "Robert"});
    bob.put("/me/update/info", nickname.clone())
        .await
        .succeeds("设置成功");
    let sent = node
        .guest()
        .get("/captcha/email", json!({"email": "cat@mail.example"}))
        .await;
    sent.succeeds("发送成功");
    let login = json!({"email": "cat@mail.example", "captcha": CODE, "platform": "h5"});
    let login = node.guest().post("/login/email", login).await;
    let cat = User::of(&node.guest(), "cat", login.succeeds("登陆成功"));
    cat.put("/me/update/info", nickname)
        .await
        .succeeds("设置成功");

    let (bob_id, cat_id) = (bob.id.to_string(), cat.id.to_string());
    let loose = format!("{bob_id}x");
    let cases: [(&str, Vec<i64>); 9] = [
        (&bob_id, vec![bob.id]),
        ("bob", vec![bob.id]),
        ("Robert", vec![bob.id, cat.id]),
        ("cat@mail.example", vec![cat.id]),
        (&cat_id, vec![cat.id]),
        (&loose, vec![]),
        ("bo", vec![]),
        ("%", vec![]),
        ("ann", vec![]),
    ];
    for (text, expected) in cases {
        let found = ann
            .get("/friends/search", json!({"account": text}))
            .await
            .items();
        let mut ids: Vec<i64> = found.iter().map(|a| a["id"].as_i64().unwrap()).collect();
        ids.sort_unstable();
        assert_eq!(ids, expected, "{text}");
        assert!(found.iter().all(|account| names(account) == FIELDS));
        // Strangers do not see each other's addresses.
        assert!(found.iter().all(|account| account["email"] == ""));
    }
}

#[tokio::test]
async fn friends_see_each_others_address_and_strangers_do_not() {
    let node = TestNode::with(|config| config.auth.fixed_code = CODE.to_owned()).await;
    let ann = node.register("ann").await;
    let guest = node.guest();
    guest
        .get("/captcha/mobile", json!({"mobile": "13800000001"}))
        .await
        .succeeds("发送成功");
    let login = json!({"mobile": "13800000001", "captcha": CODE, "platform": "ios"});
    let login = guest.post("/login/mobile", login).await;
    let bob = User::of(&guest, "bob", login.succeeds("登陆成功"));
    ann.befriend(&bob).await;
    let mobile = async |user: &User| {
        let info = user.get("/friends/info", json!({"toId": bob.id})).await;
        info.succeeds("")["account"]["mobile"].clone()
    };
    assert_eq!(mobile(&ann).await, "13800000001");
    // Not to somebody whom Bob has taken off his list.
    bob.delete("/friends", json!({"toId": ann.id}))
        .await
        .succeeds("删除成功");
    assert_eq!(mobile(&ann).await, "");
}

#[tokio::test]
async fn a_friend_is_shown_as_a_list_of_one_and_by_itself() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    let name = json!({"toId": bob.id, "remark": "Bobby", "label": "{\"a\":[1]}"});
    ann.put("/friends/remark", name.clone())
        .await
        .succeeds("设置成功");
    ann.put("/friends/label", name).await.succeeds("设置成功");
    let new = json!({"name": "close", "members": [bob.id]});
    ann.post("/friends/groups", new).await.succeeds("添加成功");

    let answer = ann.get("/friends/info", json!({"toId": bob.id})).await;
    let result = answer.succeeds("");
    assert_eq!(result["total"], 1);
    let friend = &result["items"][0];
    assert_eq!(
        names(friend),
        ["account", "friendGroups", "remark", "label"]
    );
    for name in names(friend) {
        assert_eq!(result[name], friend[name]);
    }
    assert_eq!(names(&friend["account"]), FIELDS);
    assert_eq!(friend["account"]["id"], bob.id);
    assert_eq!(friend["remark"], "Bobby");
    assert_eq!(friend["label"], "{\"a\":[1]}");
    let group = &friend["friendGroups"][0];
    assert_eq!(names(group), ["id", "friends", "name"]);
    assert_eq!(
        (&group["friends"], &group["name"]),
        (&Value::Null, &json!("close"))
    );
    let listed = ann.get("/friends", json!({"blacklist": 0})).await.items();
    assert_eq!(listed[0], *friend);
    // What Ann calls him is hers alone.
    let hers = bob.get("/friends/info", json!({"toId": ann.id})).await;
    let hers = hers.succeeds("");
    assert_eq!(
        (&hers["remark"], &hers["friendGroups"]),
        (&json!(""), &json!([]))
    );
}

#[tokio::test]
async fn a_name_for_a_friend_can_be_taken_back_and_has_a_hundred_characters() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    let name = |length: usize| json!({"toId": bob.id, "remark": "名".repeat(length)});
    for length in [100, 0] {
        ann.put("/friends/remark", name(length))
            .await
            .succeeds("设置成功");
        let info = ann.get("/friends/info", json!({"toId": bob.id})).await;
        assert_eq!(info.succeeds("")["remark"], "名".repeat(length));
    }
    ann.put("/friends/remark", name(101)).await.fails(INVALID);
    let label = json!({"toId": bob.id, "label": "x".repeat(1001)});
    ann.put("/friends/label", label).await.fails(INVALID);
}

#[tokio::test]
async fn nobody_else_gets_to_see_or_change_a_friendship() {
    let node = TestNode::start().await;
    let [ann, bob, eve] = node.users(["ann", "bob", "eve"]).await;
    ann.befriend(&bob).await;
    let of_bob = || json!({"toId": bob.id, "remark": "mine", "label": "mine"});
    eve.put("/friends/remark", of_bob()).await.fails(NO_FRIEND);
    eve.put("/friends/label", of_bob()).await.fails(NO_FRIEND);
    eve.delete("/friends", of_bob()).await.fails(NO_FRIEND);
    eve.get("/friends/info", of_bob()).await.fails(NO_FRIEND);
    let info = ann.get("/friends/info", json!({"toId": bob.id})).await;
    assert_eq!(info.succeeds("")["remark"], "");
}
