//! Operations 3 and 5 to 9: logging in, registering, setting a forgotten password.

use super::cases::{self, cases};
use super::world::{CODE, World};
use crate::support::TestNode;
use crate::support::http::{Client, LOG_IN};
use crate::support::user::{PASSWORD, User, claims};
use serde_json::{Value, json};

const LOGGED_IN: &str = "登陆成功";
const REGISTERED: &str = "注册成功";
const WRONG_PASSWORD: &str = "账号或密码错误";

fn basic(account: &str, password: &str) -> Value {
    json!({"account": account, "password": password, "platform": "android"})
}

fn by_email(w: &World, code: &str) -> Value {
    json!({"email": w.email(), "captcha": code, "platform": "h5"})
}

fn by_mobile(w: &World, code: &str) -> Value {
    json!({"mobile": w.mobile(), "captcha": code, "platform": "h5"})
}

async fn mail(w: &World) {
    let answer = w
        .guest
        .get("/captcha/email", json!({"email": w.email()}))
        .await;
    answer.succeeds("发送成功");
}

async fn text(w: &World) {
    let answer = w
        .guest
        .get("/captcha/mobile", json!({"mobile": w.mobile()}))
        .await;
    answer.succeeds("发送成功");
}

cases! {
    3 the_right_password Succeeds LOGGED_IN, |w| {
        w.guest.post("/login/basic", basic(&w.ann.name, PASSWORD)).await
    };
    3 a_password_too_short_to_be_anybodys Fails "参数不合法", |w| {
        w.guest.post("/login/basic", basic(&w.ann.name, "12345")).await
    };
    3 nobody Fails "参数不合法", |w| w.guest.post("/login/basic", basic("", PASSWORD)).await;
    3 an_unknown_account Fails "账号不存在", |w| {
        w.guest.post("/login/basic", basic(&w.name(), PASSWORD)).await
    };
    3 a_wrong_password Fails WRONG_PASSWORD, |w| {
        w.guest.post("/login/basic", basic(&w.ann.name, "battery staple")).await
    };
    3 an_account_without_a_password Fails WRONG_PASSWORD, |w| {
        w.eve().await;
        w.guest.post("/login/basic", basic(&w.email(), PASSWORD)).await
    };
    3 a_locked_account Fails "账号被封禁", |w| {
        w.admin.lock(w.ann.id).await;
        w.guest.post("/login/basic", basic(&w.ann.name, PASSWORD)).await
    };
    3 no_picture_where_one_is_needed Fails "验证码过期，请刷新后重试", |w| {
        w.admin.set("login_captcha", "yes").await;
        w.guest.post("/login/basic", basic(&w.ann.name, PASSWORD)).await
    };
    3 a_misread_picture Fails "验证码错误", |w| {
        w.admin.set("login_captcha", "true").await;
        let picture = w.guest.get("/captcha/image", json!({"type": "login"})).await;
        let mut fields = basic(&w.ann.name, PASSWORD);
        fields["captchaKey"] = picture.succeeds("")["key"].clone();
        fields["captcha"] = "00000".into();
        w.guest.post("/login/basic", fields).await
    };
    3 one_wrong_password_too_many Fails "登录失败次数过多，请稍后再试", |w| {
        w.admin.set("login_fail_limit", "2").await;
        for _ in 0..2 {
            w.guest.post("/login/basic", basic(&w.ann.name, "battery staple")).await.fails(WRONG_PASSWORD);
        }
        w.guest.post("/login/basic", basic(&w.ann.name, PASSWORD)).await
    };
    3 one_of_the_staff_from_elsewhere Fails "您的IP无法登录", |w| {
        w.admin.promote(w.ann.id).await;
        w.admin.set("manager_ip_limit", "true").await;
        w.guest.post("/login/basic", basic(&w.ann.name, PASSWORD)).await
    };

    5 a_new_name Succeeds REGISTERED, |w| {
        w.guest.post("/register/basic", basic(&w.name(), PASSWORD)).await
    };
    5 a_password_of_five_characters Fails "参数不合法", |w| {
        w.guest.post("/register/basic", basic(&w.name(), "12345")).await
    };
    5 a_name_of_fifty_one_characters Fails "参数不合法", |w| {
        w.guest.post("/register/basic", basic(&"x".repeat(51), PASSWORD)).await
    };
    5 a_name_that_is_taken Fails "账号已存在", |w| {
        w.guest.post("/register/basic", basic(&w.ann.name, PASSWORD)).await
    };
    5 a_name_that_is_somebodys_address Fails "账号已存在", |w| {
        w.eve().await;
        w.guest.post("/register/basic", basic(&w.email(), PASSWORD)).await
    };
    5 a_chinese_name Fails "用户名不能包含中文", |w| {
        w.guest.post("/register/basic", basic("安", PASSWORD)).await
    };
    5 an_invite_code_nobody_gave Fails "非法邀请码", |w| {
        w.admin.set("register_invite", "true").await;
        w.guest.post("/register/basic", basic(&w.name(), PASSWORD)).await
    };
    5 an_address_that_is_banned Fails "您的IP无法注册", |w| {
        w.admin.set("ip_register_blacklist", &format!("192.0.2.1;{}", w.address())).await;
        w.guest.at_address(&w.address()).post("/register/basic", basic(&w.name(), PASSWORD)).await
    };
    5 an_address_with_too_many_accounts Fails "您的IP受到注册限制", |w| {
        w.admin.set("ip_register_rate", "1").await;
        w.admin.set("ip_register_limit", "1").await;
        let guest = w.guest.at_address(&w.address());
        guest.post("/register/basic", basic(&w.name(), PASSWORD)).await.succeeds(REGISTERED);
        guest.post("/register/basic", basic(&format!("{}x", w.name()), PASSWORD)).await
    };
    5 registration_by_name_is_closed Fails "账号注册通道已关闭", |w| {
        w.admin.set("register_account", "false").await;
        w.guest.post("/register/basic", basic(&w.name(), PASSWORD)).await
    };
    5 no_picture_where_one_is_needed Fails "验证码过期，请刷新后重试", |w| {
        w.admin.set("login_captcha", "true").await;
        w.guest.post("/register/basic", basic(&w.name(), PASSWORD)).await
    };

    6 a_code_that_was_mailed Succeeds LOGGED_IN, |w| {
        mail(w).await;
        w.guest.post("/login/email", by_email(w, CODE)).await
    };
    6 another_code Fails "验证码错误", |w| {
        mail(w).await;
        w.guest.post("/login/email", by_email(w, "54321")).await
    };
    6 a_code_that_was_never_mailed Fails "验证码过期，请刷新后重试", |w| {
        w.guest.post("/login/email", by_email(w, CODE)).await
    };
    6 no_code Fails "参数不合法", |w| w.guest.post("/login/email", by_email(w, "")).await;
    6 registration_by_mail_is_closed Fails "邮箱注册通道已关闭", |w| {
        w.admin.set("register_email", "false").await;
        mail(w).await;
        w.guest.post("/login/email", by_email(w, CODE)).await
    };
    6 an_invite_code_nobody_gave Fails "非法邀请码", |w| {
        w.admin.set("register_invite", "true").await;
        mail(w).await;
        w.guest.post("/login/email", by_email(w, CODE)).await
    };
    6 a_locked_account Fails "账号被封禁", |w| {
        w.admin.lock(w.eve().await.id).await;
        mail(w).await;
        w.guest.post("/login/email", by_email(w, CODE)).await
    };
    6 an_address_that_is_banned Fails "您的IP无法注册", |w| {
        w.admin.set("ip_register_blacklist", "198.18.0.0/15").await;
        mail(w).await;
        w.guest.at_address(&w.address()).post("/login/email", by_email(w, CODE)).await
    };

    7 a_code_that_was_texted Succeeds LOGGED_IN, |w| {
        text(w).await;
        w.guest.post("/login/mobile", by_mobile(w, CODE)).await
    };
    7 another_code Fails "验证码错误", |w| {
        text(w).await;
        w.guest.post("/login/mobile", by_mobile(w, "54321")).await
    };
    7 a_code_that_was_never_texted Fails "验证码过期，请刷新后重试", |w| {
        w.guest.post("/login/mobile", by_mobile(w, CODE)).await
    };
    7 registration_by_number_is_closed Fails "手机号注册通道已关闭", |w| {
        w.admin.set("register_sms", "no").await;
        text(w).await;
        w.guest.post("/login/mobile", by_mobile(w, CODE)).await
    };

    8 a_new_password_by_mail Succeeds "设置成功", |w| {
        w.eve().await;
        mail(w).await;
        let fields = json!({"email": w.email(), "captcha": CODE, "password": "battery staple"});
        w.guest.post("/reset/password/email", fields).await
    };
    8 an_address_without_an_account Fails "账号不存在", |w| {
        mail(w).await;
        let fields = json!({"email": w.email(), "captcha": CODE, "password": "battery staple"});
        w.guest.post("/reset/password/email", fields).await
    };
    8 no_code Fails "验证码过期，请刷新后重试", |w| {
        let fields = json!({"email": w.email(), "captcha": CODE, "password": "battery staple"});
        w.guest.post("/reset/password/email", fields).await
    };
    8 a_password_that_could_never_log_in Fails "参数不合法", |w| {
        let fields = json!({"email": w.email(), "captcha": CODE, "password": "12345"});
        w.guest.post("/reset/password/email", fields).await
    };

    9 a_new_password_by_text_message Succeeds "设置成功", |w| {
        text(w).await;
        w.guest.post("/login/mobile", by_mobile(w, CODE)).await.succeeds(LOGGED_IN);
        text(w).await;
        let fields = json!({"mobile": w.mobile(), "captcha": CODE, "password": "battery staple"});
        w.guest.post("/reset/password/mobile", fields).await
    };
    9 another_code Fails "验证码错误", |w| {
        text(w).await;
        let fields = json!({"mobile": w.mobile(), "captcha": "54321", "password": "battery staple"});
        w.guest.post("/reset/password/mobile", fields).await
    };
    9 a_number_without_an_account Fails "账号不存在", |w| {
        text(w).await;
        let fields = json!({"mobile": w.mobile(), "captcha": CODE, "password": "battery staple"});
        w.guest.post("/reset/password/mobile", fields).await
    };
}

#[tokio::test]
async fn every_case_of_login_holds() {
    cases::run(CASES).await;
}

async fn log_in(guest: &Client, account: &str, password: &str) -> Value {
    let answer = guest.post("/login/basic", basic(account, password)).await;
    answer.succeeds(LOGGED_IN).clone()
}

#[tokio::test]
async fn a_registered_account_is_called_by_its_name_and_logged_in() {
    let node = TestNode::start().await;
    let answer = node
        .guest()
        .post("/register/basic", basic("ann", PASSWORD))
        .await;
    let result = answer.succeeds(REGISTERED);
    assert_eq!(result["needUpdatePassword"], false);
    let ann = User::of(&node.guest(), "ann", result);
    let me = ann.get("/me/info", json!({})).await;
    let account = &me.succeeds("")["account"];
    assert_eq!(account["username"], "ann");
    assert_eq!(account["nickname"], "ann");
    assert_eq!(
        log_in(&node.guest(), "ann", PASSWORD).await["needUpdatePassword"],
        false
    );
}

#[tokio::test]
async fn who_logs_in_by_code_gets_an_account_and_finds_it_again() {
    let node = World::node().await;
    let guest = node.guest();
    for (path, field, value) in [
        ("email", "email", "ann@mail.example"),
        ("mobile", "mobile", "13800000001"),
    ] {
        let mut ids = Vec::new();
        for _ in 0..2 {
            let sent = guest
                .get(&format!("/captcha/{path}"), json!({field: value}))
                .await;
            sent.succeeds("发送成功");
            let fields = json!({field: value, "captcha": CODE, "platform": "ios"});
            let answer = guest.post(&format!("/login/{path}"), fields).await;
            let result = answer.succeeds(LOGGED_IN);
            assert_eq!(result["needUpdatePassword"], true);
            let user = User::of(&guest, value, result);
            let me = user.get("/me/info", json!({})).await;
            let account = &me.succeeds("")["account"];
            for name in ["username", "nickname", field] {
                assert_eq!(account[name], value, "{name}");
            }
            ids.push(user.id);
        }
        assert_eq!(ids[0], ids[1]);
    }
}

#[tokio::test]
async fn an_account_with_an_address_can_have_a_password_too() {
    let node = World::node().await;
    let guest = node.guest();
    let to = || json!({"email": "ann@mail.example"});
    guest.get("/captcha/email", to()).await.succeeds("发送成功");
    let fields = json!({"email": "ann@mail.example", "captcha": CODE, "platform": "ios"});
    let login = guest.post("/login/email", fields.clone()).await;
    let ann = User::of(&guest, "ann", login.succeeds(LOGGED_IN));
    let new = json!({"password": PASSWORD});
    ann.put("/me/update/password", new)
        .await
        .succeeds("设置成功");
    log_in(&guest, "ann@mail.example", PASSWORD).await;
    guest.get("/captcha/email", to()).await.succeeds("发送成功");
    let login = guest.post("/login/email", fields).await;
    assert_eq!(login.succeeds(LOGGED_IN)["needUpdatePassword"], false);
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_and_every_device_logged_out() {
    let node = World::node().await;
    let guest = node.guest();
    let send = || json!({"email": "ann@mail.example"});
    guest
        .get("/captcha/email", send())
        .await
        .succeeds("发送成功");
    let fields = json!({"email": "ann@mail.example", "captcha": CODE, "platform": "ios"});
    let login = guest.post("/login/email", fields).await;
    let ann = User::of(&guest, "ann", login.succeeds(LOGGED_IN));
    let socket = ann.connect().await;

    guest
        .get("/captcha/email", send())
        .await
        .succeeds("发送成功");
    let fields =
        json!({"email": "ann@mail.example", "captcha": CODE, "password": "battery staple"});
    guest
        .post("/reset/password/email", fields)
        .await
        .succeeds("设置成功");
    ann.get("/me/info", json!({})).await.fails(LOG_IN);
    assert_eq!(socket.closed().await, Some(1008));
    let again = log_in(&guest, "ann@mail.example", "battery staple").await;
    let again = User::of(&guest, "ann", &again);
    again.get("/me/info", json!({})).await.succeeds("");
}

#[tokio::test]
async fn a_right_password_forgives_the_wrong_ones() {
    let node = TestNode::start().await;
    node.register("ann").await;
    node.admin().await.set("login_fail_limit", "2").await;
    for _ in 0..3 {
        let wrong = basic("ann", "battery staple");
        node.guest()
            .post("/login/basic", wrong)
            .await
            .fails(WRONG_PASSWORD);
        log_in(&node.guest(), "ann", PASSWORD).await;
    }
}

#[tokio::test]
async fn a_login_leaves_its_time_address_and_number_with_the_account() {
    let node = World::node().await;
    let guest = node.guest().at_address("192.0.2.44");
    guest
        .post("/register/basic", basic("ann", PASSWORD))
        .await
        .succeeds(REGISTERED);
    log_in(&guest.at_address("192.0.2.45"), "ann", PASSWORD).await;
    let accounts = node.admin().await.get("/accounts?q=ann").await;
    let account = &accounts["items"][0];
    assert_eq!(account["login_count"], 2);
    assert_eq!(account["last_login_address"], "192.0.2.45");
    assert!(account["last_login_at"].as_i64() >= account["created_at"].as_i64());
}

#[tokio::test]
async fn an_invite_code_is_good_any_number_of_times_until_it_is_locked() {
    let node = TestNode::start().await;
    let admin = node.admin().await;
    admin.set("register_invite", "true").await;
    admin.post("/invites", json!({"code": "welcome"})).await;
    let with = |name: &str, code: &str| {
        let mut fields = basic(name, PASSWORD);
        fields["inviteCode"] = code.into();
        fields
    };
    let guest = node.guest();
    for name in ["ann", "bob"] {
        guest
            .post("/register/basic", with(name, "welcome"))
            .await
            .succeeds(REGISTERED);
    }
    assert_eq!(admin.get("/invites").await[0]["uses"], 2);
    guest
        .post("/register/basic", with("cat", "WELCOME"))
        .await
        .fails("非法邀请码");
    admin.post("/invites/welcome/lock", json!({})).await;
    guest
        .post("/register/basic", with("cat", "welcome"))
        .await
        .fails("非法邀请码");
    let accounts = admin.get("/accounts?q=bob").await;
    assert_eq!(accounts["items"][0]["invite_code"], "welcome");
}

#[tokio::test]
async fn an_address_is_locked_for_days_once_it_has_its_number_of_accounts() {
    let node = World::node().await;
    let admin = node.admin().await;
    admin.set("ip_register_rate", "2").await;
    admin.set("ip_register_limit", "3").await;
    let guest = node.guest().at_address("192.0.2.44");
    for name in ["ann", "bob"] {
        guest
            .post("/register/basic", basic(name, PASSWORD))
            .await
            .succeeds(REGISTERED);
    }
    guest
        .post("/register/basic", basic("cat", PASSWORD))
        .await
        .fails("您的IP受到注册限制");
    let other = node.guest().at_address("192.0.2.45");
    other
        .post("/register/basic", basic("cat", PASSWORD))
        .await
        .succeeds(REGISTERED);
    // A lock outlives the setting that made it, but not the list of those who are free.
    admin.set("ip_register_whitelist", "192.0.2.0/24").await;
    guest
        .post("/register/basic", basic("dan", PASSWORD))
        .await
        .succeeds(REGISTERED);
}

#[tokio::test]
async fn a_locked_account_loses_its_tokens_and_sockets_and_unlocked_logs_in_anew() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let socket = ann.connect().await;
    let admin = node.admin().await;
    admin.lock(ann.id).await;
    ann.get("/me/info", json!({})).await.fails(LOG_IN);
    assert_eq!(socket.closed().await, Some(1008));
    admin
        .post(&format!("/accounts/{}/unlock", ann.id), json!({}))
        .await;
    let again = User::of(
        &node.guest(),
        "ann",
        &log_in(&node.guest(), "ann", PASSWORD).await,
    );
    assert_eq!(again.id, ann.id);
    again.get("/me/info", json!({})).await.succeeds("");
}

#[tokio::test]
async fn logins_and_registrations_have_a_rate_for_each_network_address() {
    let node = TestNode::with(|config| {
        config.limits.logins_per_minute = 1;
        config.limits.registrations_per_minute = 1;
    })
    .await;
    node.register("ann").await;
    let guest = node.guest();
    let bob = guest.post("/register/basic", basic("bob", PASSWORD)).await;
    bob.fails("发送过于频繁，请稍后再试");
    log_in(&guest, "ann", PASSWORD).await;
    let again = guest.post("/login/basic", basic("ann", PASSWORD)).await;
    again.fails("登录失败次数过多，请稍后再试");
}

#[tokio::test]
async fn a_registration_at_the_same_time_by_the_same_name_succeeds_once() {
    let node = TestNode::start().await;
    let attempts = (0..8).map(|_| {
        let guest = node.guest();
        tokio::spawn(async move { guest.post("/register/basic", basic("ann", PASSWORD)).await })
    });
    let mut registered = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        let answer = attempt.await.unwrap();
        match answer.message() {
            REGISTERED => registered += 1,
            _ => answer.fails("账号已存在"),
        }
    }
    assert_eq!(registered, 1);
}

#[tokio::test]
async fn a_token_names_its_account() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let me = ann.get("/me/info", json!({})).await;
    assert_eq!(me.succeeds("")["account"]["id"], claims(&ann.token)["id"]);
}

#[tokio::test]
async fn a_token_of_another_node_is_refused() {
    let (node, other) = (TestNode::start().await, TestNode::start().await);
    let theirs = other.register("ann").await;
    let ours = node.register("ann").await;
    // Only the signature tells them apart.
    assert_eq!(ours.id, theirs.id);
    theirs.get("/me/info", json!({})).await.succeeds("");
    let foreign = ours.at(&other);
    foreign.get("/me/info", json!({})).await.fails(LOG_IN);
}
