//! The settings that the node enforces (contract, section 4): each changes what users may do as soon as an administrator
//! changes it. Those that one case can show are in the tables of the nouns; those about groups in [`super::group_info`]
//! and [`super::events`], about places in [`super::nearby`], about codes in [`super::codes`].

use super::world::World;
use crate::support::http::{Answer, Client};
use crate::support::user::PASSWORD;
use crate::support::{TestNode, User};
use serde_json::{Value, json};

const SENT: &str = "发送成功";

async fn ask(user: &User, other: &User) -> Answer {
    user.post("/friends/add", json!({"toId": other.id})).await
}

async fn are_friends(a: &User, b: &User) -> bool {
    let answer = a.get("/friends/info", json!({"toId": b.id})).await;
    answer.body["code"] == 0
}

async fn send(user: &User, to: i64, body: &str) -> Answer {
    let message = json!({"toId": to, "ope": "friend", "type": "text", "body": body});
    user.post("/chat/send", message).await
}

#[tokio::test]
async fn a_setting_counts_from_the_next_request_on_and_leaves_an_audit_entry() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let admin = node.admin().await;
    for (value, fails) in [("false", true), ("true", false)] {
        admin.set("add_freind", value).await;
        let answer = ask(&ann, &bob).await;
        assert_eq!(
            answer.message() == "添加好友通道已关闭",
            fails,
            "{}",
            answer.text()
        );
    }
    let log = admin.get("/audit").await;
    let entry = &log["items"][0];
    assert_eq!(
        (&entry["action"], &entry["target"]),
        (&json!("configs.set"), &json!("add_freind"))
    );
    assert_eq!(
        (&entry["before"], &entry["after"]),
        (&json!("false"), &json!("true"))
    );
    assert_eq!(
        (&entry["admin"], &entry["address"]),
        (&json!("admin"), &json!("127.0.0.1"))
    );
}

#[tokio::test]
async fn in_the_mode_auto_a_request_makes_friends_at_once() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    node.admin().await.set("add_friend_mode", "auto").await;
    let mut socket = bob.connect().await;
    ask(&ann, &bob).await.succeeds("成功");
    assert!(are_friends(&ann, &bob).await && are_friends(&bob, &ann).await);
    socket.is_quiet().await;
}

#[tokio::test]
async fn in_the_mode_none_nobody_is_asked_and_an_unknown_mode_is_as_usual() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let admin = node.admin().await;
    admin.set("add_friend_mode", "none").await;
    ask(&ann, &bob).await.fails("添加好友通道已关闭");
    admin.set("add_friend_mode", "sometimes").await;
    ask(&ann, &bob).await.succeeds("成功");
    assert!(!are_friends(&ann, &bob).await);
}

#[tokio::test]
async fn the_staff_is_added_without_its_approval_while_that_is_free() {
    let node = TestNode::start().await;
    let [ann, bob, staff, other] = node.users(["ann", "bob", "staff", "other"]).await;
    let admin = node.admin().await;
    admin.promote(staff.id).await;
    admin.set("add_friend_mode", "manager").await;
    let mut socket = staff.connect().await;
    ask(&ann, &staff).await.succeeds("成功");
    assert!(are_friends(&ann, &staff).await && are_friends(&staff, &ann).await);
    socket.is_quiet().await;
    admin.set("add_manager_free", "false").await;
    ask(&bob, &staff).await.succeeds("成功");
    assert!(!are_friends(&bob, &staff).await);
    socket.next_of("addFreind").await;
    // The staff itself may ask whom it likes.
    ask(&staff, &other).await.succeeds("成功");
}

#[tokio::test]
async fn requests_are_counted_by_who_makes_them() {
    let node = TestNode::start().await;
    let [ann, bob, cat, dan] = node.users(["ann", "bob", "cat", "dan"]).await;
    node.admin().await.set("add_friend_apply_limit", "2").await;
    ask(&ann, &bob).await.succeeds("成功");
    ask(&ann, &cat).await.succeeds("成功");
    ask(&ann, &dan).await.fails("好友请求次数已达上限");
    ask(&dan, &bob).await.succeeds("成功");
    // An answer is no request.
    ask(&bob, &ann).await.succeeds("成功");
    assert!(are_friends(&ann, &bob).await);
}

#[tokio::test]
async fn typing_is_told_unless_it_is_switched_off() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let (mut hers, mut his) = (ann.connect().await, bob.connect().await);
    let admin = node.admin().await;
    let typing = json!({"toId": bob.id, "ope": "friend", "type": "input", "status": "normal"});
    for (value, told) in [("false", false), ("true", true)] {
        admin.set("chat_display_input", value).await;
        hers.send(typing.clone()).await;
        hers.flush().await;
        if told {
            his.next_of("input").await;
        }
        his.is_quiet().await;
    }
}

#[tokio::test]
async fn reading_is_told_and_shown_unless_it_is_switched_off() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let admin = node.admin().await;
    admin.set("chat_display_read", "false").await;
    let mut hers = ann.connect().await;
    send(&ann, bob.id, "hello").await.succeeds(SENT);
    bob.post("/chat/read", json!({"toId": ann.id}))
        .await
        .succeeds("成功");
    hers.is_quiet().await;
    for (value, shown) in [("false", false), ("true", true)] {
        admin.set("chat_display_read", value).await;
        for (user, other) in [(&ann, &bob), (&bob, &ann)] {
            let history = user.get("/chat/messages", json!({"toId": other.id})).await;
            assert_eq!(history.succeeds("")["items"][0]["isRead"], shown);
        }
    }
}

#[tokio::test]
async fn the_pause_between_messages_is_not_for_the_staff_and_not_for_refused_ones() {
    let node = TestNode::start().await;
    let [ann, bob, staff] = node.users(["ann", "bob", "staff"]).await;
    let admin = node.admin().await;
    admin.promote(staff.id).await;
    admin.set("chat_rate", "3600").await;
    for n in 0..3 {
        send(&staff, bob.id, &n.to_string()).await.succeeds(SENT);
    }
    send(&ann, 2_000_000_000, "to nobody")
        .await
        .fails("账号不存在");
    send(&ann, bob.id, "one").await.succeeds(SENT);
    send(&ann, staff.id, "two")
        .await
        .fails("发送过于频繁，请稍后再试");
    admin.set("chat_rate", "0").await;
    send(&ann, staff.id, "two").await.succeeds(SENT);
}

#[tokio::test]
async fn a_repetition_is_the_same_body_to_the_same_recipient() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    node.admin().await.set("chat_repeat_rate", "3600").await;
    send(&ann, bob.id, "same").await.succeeds(SENT);
    send(&ann, bob.id, "Same").await.succeeds(SENT);
    send(&ann, cat.id, "same").await.succeeds(SENT);
    send(&bob, ann.id, "same").await.succeeds(SENT);
    let voice = json!({"toId": bob.id, "ope": "friend", "type": "voice", "body": "same"});
    ann.post("/chat/send", voice).await.succeeds(SENT);
    send(&ann, bob.id, "same")
        .await
        .fails("请勿重复发送相同内容");
}

#[tokio::test]
async fn the_length_counts_the_characters_of_readable_text_alone() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let admin = node.admin().await;
    admin.set("chat_text_max_length", "5").await;
    let object = |content: &str| json!({"content": content, "thumb": "x".repeat(99)}).to_string();
    let (five, six, long) = (object("12345"), object("123456"), "x".repeat(99));
    for (kind, body, private, fits) in [
        ("text", "汉字😀汉字", 0, true),
        ("text", "汉字😀汉字!", 0, false),
        ("text", five.as_str(), 0, true),
        ("text", six.as_str(), 0, false),
        ("text", long.as_str(), 1, true),
        ("pic", long.as_str(), 0, true),
    ] {
        let message = json!({"toId": bob.id, "ope": "friend", "type": kind, "body": body, "isPrivate": private});
        let answer = ann.post("/chat/send", message).await;
        let expected = if fits {
            SENT
        } else {
            "消息内容超过长度限制"
        };
        assert_eq!(answer.message(), expected, "{kind} {body}");
    }
}

#[tokio::test]
async fn the_limit_of_members_is_copied_when_a_group_is_made_and_none_is_no_limit() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    let admin = node.admin().await;
    admin.set("chatgroup_members_limit", "1").await;
    let narrow = ann.found("narrow").await;
    admin.set("chatgroup_members_limit", "0").await;
    let wide = ann.found("wide").await;
    let invite = |group: i64| json!({"groupId": group, "toIdList": [bob.id, cat.id]});
    ann.post("/chatGroups/invite", invite(narrow))
        .await
        .fails("当前群聊人数已满");
    ann.post("/chatGroups/invite", invite(wide))
        .await
        .succeeds("处理成功");
    let groups = ann.get("/chatGroups", json!({})).await.items();
    let limits: Vec<_> = groups.iter().map(|group| &group["members_limit"]).collect();
    assert_eq!(limits, [1, 0]);
}

#[tokio::test]
async fn groups_are_found_by_number_unless_that_is_switched_off() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let group = ann.found("hikers").await;
    let admin = node.admin().await;
    for (value, found) in [("false", 0), ("true", 1)] {
        admin.set("chatgroup_search_id", value).await;
        let fields = json!({"name": group.to_string()});
        let groups = ann.post("/chatGroups/search", fields).await.items();
        assert_eq!(groups.len(), found, "{value}");
    }
}

#[tokio::test]
async fn an_owner_may_have_any_number_of_groups_when_the_limit_is_none() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    for n in 0..20 {
        ann.found(&format!("group {n}")).await;
    }
    let new = || json!({"name": "one more"});
    ann.post("/chatGroups", new())
        .await
        .fails("您的创建群聊数量超过限制");
    node.admin().await.set("chatgroup_create_limit", "0").await;
    ann.post("/chatGroups", new()).await.succeeds("创建成功");
}

async fn avatar(user: &User) -> Value {
    let me = user.get("/me/info", json!({})).await;
    me.succeeds("")["account"]["avatar"].clone()
}

#[tokio::test]
async fn new_accounts_and_groups_get_the_default_pictures() {
    let node = TestNode::start().await;
    let admin = node.admin().await;
    admin
        .set("default_account_avatar", "https://a.example/person.png")
        .await;
    admin
        .set("default_chatgroup_avatar", "https://a.example/group.png")
        .await;
    let ann = node.register("ann").await;
    assert_eq!(avatar(&ann).await, "https://a.example/person.png");
    admin.set("default_avatar", "false").await;
    let bob = node.register("bob").await;
    assert_eq!(avatar(&bob).await, "");
    for (given, expected) in [("", "https://a.example/group.png"), ("own.png", "own.png")] {
        let new = json!({"name": "hikers", "avatar": given});
        let answer = ann.post("/chatGroups", new).await;
        assert_eq!(answer.succeeds("创建成功")["avatar"], expected);
    }
}

#[tokio::test]
async fn nobody_looks_online_when_that_is_not_shown() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    let _socket = bob.connect().await;
    let status = async || {
        let info = ann.get("/friends/info", json!({"toId": bob.id})).await;
        info.succeeds("")["account"]["onlineStatus"].clone()
    };
    assert_eq!(status().await, "online");
    node.admin()
        .await
        .set("display_online_status", "false")
        .await;
    assert_eq!(status().await, "offline");
    let me = bob.get("/me/info", json!({})).await;
    assert_eq!(me.succeeds("")["account"]["onlineStatus"], "online");
}

async fn register(guest: &Client, name: &str, platform: &str) -> Answer {
    let fields = json!({"account": name, "password": PASSWORD, "platform": platform});
    guest.post("/register/basic", fields).await
}

#[tokio::test]
async fn handsets_and_desktops_can_be_shut_out_of_registration() {
    let node = TestNode::start().await;
    let (admin, guest) = (node.admin().await, node.guest());
    for (setting, closed) in [
        ("register_mobile", ["android", "ios", "h5"].as_slice()),
        ("register_pc", ["pc", "web"].as_slice()),
    ] {
        admin.set(setting, "false").await;
        for platform in ["android", "ios", "h5", "pc", "web", "unknown"] {
            let answer = register(&guest, &format!("{setting} {platform}"), platform).await;
            match closed.contains(&platform) {
                true => answer.fails("账号注册通道已关闭"),
                false => drop(answer.succeeds("注册成功").clone()),
            }
        }
        admin.set(setting, "true").await;
    }
}

#[tokio::test]
async fn a_listed_address_may_register_in_spite_of_everything_and_a_banned_one_not_at_all() {
    let node = World::node().await;
    let admin = node.admin().await;
    admin
        .set("ip_register_blacklist", "192.0.2.0/24; 2001:db8::/32")
        .await;
    admin.set("ip_register_whitelist", "192.0.2.7").await;
    for (n, (address, open)) in [
        ("192.0.2.8", false),
        ("192.0.2.7", true),
        ("2001:db8::1", false),
        ("198.51.100.1", true),
    ]
    .into_iter()
    .enumerate()
    {
        let guest = node.guest().at_address(address);
        let answer = register(&guest, &format!("user{n}"), "ios").await;
        let expected = if open {
            "注册成功"
        } else {
            "您的IP无法注册"
        };
        assert_eq!(answer.message(), expected, "{address}");
    }
}

#[tokio::test]
async fn a_rate_without_days_locks_nobody() {
    let node = TestNode::start().await;
    node.admin().await.set("ip_register_rate", "1").await;
    for name in ["ann", "bob", "cat"] {
        node.register(name).await;
    }
}

#[tokio::test]
async fn existing_accounts_log_in_by_number_though_registration_is_closed() {
    let node = World::node().await;
    let guest = node.guest();
    let log_in = async || {
        guest
            .get("/captcha/mobile", json!({"mobile": "13800000001"}))
            .await
            .succeeds(SENT);
        let fields =
            json!({"mobile": "13800000001", "captcha": super::world::CODE, "platform": "ios"});
        guest.post("/login/mobile", fields).await
    };
    log_in().await.succeeds("登陆成功");
    node.admin().await.set("register_sms", "false").await;
    log_in().await.succeeds("登陆成功");
}

#[tokio::test]
async fn the_staff_logs_in_from_listed_addresses_only_where_that_is_asked() {
    let node = World::node().await;
    let [ann, staff] = node.users(["ann", "staff"]).await;
    let admin = node.admin().await;
    admin.promote(staff.id).await;
    admin
        .set("manager_ip_whitelist", "192.0.2.0/24;198.51.100.1")
        .await;
    let log_in = async |user: &User, address: &str| {
        let fields = json!({"account": user.name, "password": PASSWORD, "platform": "pc"});
        let answer = node
            .guest()
            .at_address(address)
            .post("/login/basic", fields)
            .await;
        answer.message().to_owned()
    };
    assert_eq!(log_in(&staff, "203.0.113.5").await, "登陆成功");
    admin.set("manager_ip_limit", "true").await;
    for (user, address, expected) in [
        (&staff, "203.0.113.5", "您的IP无法登录"),
        (&staff, "192.0.2.200", "登陆成功"),
        (&staff, "198.51.100.1", "登陆成功"),
        (&ann, "203.0.113.5", "登陆成功"),
    ] {
        assert_eq!(log_in(user, address).await, expected, "{address}");
    }
}

#[tokio::test]
async fn accounts_are_searched_by_what_the_setting_names() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let nickname = json!({"nickname": "Robert"});
    bob.put("/me/update/info", nickname)
        .await
        .succeeds("设置成功");
    let admin = node.admin().await;
    let id = bob.id.to_string();
    for (mode, found) in [
        ("all", [true, true, true]),
        ("id", [true, false, false]),
        ("username;nickname", [false, true, true]),
        ("mobile;email", [false, false, false]),
        ("starsign", [true, true, true]),
    ] {
        admin.set("search_account_mode", mode).await;
        for (text, expected) in [id.as_str(), "bob", "Robert"].into_iter().zip(found) {
            let answer = ann.get("/friends/search", json!({"account": text})).await;
            assert_eq!(answer.items().len() == 1, expected, "{mode}: {text}");
        }
    }
}

#[tokio::test]
async fn banned_words_are_replaced_once_each_wherever_text_can_be_read() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let admin = node.admin().await;
    admin
        .set("sensitive_words", "赌；赌博; Darn \nheck;;")
        .await;
    let mut socket = bob.connect().await;
    for (kind, body, private, expected) in [
        ("text", "网上赌博 DARN darn", 0, "网上?? ?? ??"),
        ("text", "fine", 0, "fine"),
        (
            "text",
            r#"{"z":1,"content":"oh heck","a":["heck"]}"#,
            0,
            r#"{"z":1,"content":"oh ??","a":["heck"]}"#,
        ),
        ("text", "heck", 1, "heck"),
        ("pic", "heck", 0, "heck"),
    ] {
        let message = json!({"toId": bob.id, "ope": "friend", "type": kind, "body": body, "isPrivate": private});
        let answer = ann.post("/chat/send", message).await;
        assert_eq!(answer.succeeds(SENT)["body"], expected);
        assert_eq!(socket.next().await["body"], expected);
    }
    admin.set("sensitive_replace", "🌸").await;
    let answer = send(&ann, bob.id, "darn").await;
    assert_eq!(answer.succeeds(SENT)["body"], "🌸");
    // The length counts what is sent.
    admin.set("chat_text_max_length", "1").await;
    send(&ann, bob.id, "heck").await.succeeds(SENT);
    let history = bob
        .get(
            "/chat/messages",
            json!({"toId": ann.id, "sort": "id:desc", "limit": 2}),
        )
        .await;
    for item in history.succeeds("")["items"].as_array().unwrap() {
        assert_eq!(item["body"], "🌸");
    }
}
