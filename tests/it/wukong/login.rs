//! Operations 1, 2 and 17 to 19: registering and logging in, and what goes with that.

use super::cases::{self, cases};
use super::world::{CODE, World};
use crate::support::TestNode;
use crate::support::wukong::{APP, Answers, Asker, PASSWORD, Person, WEB};
use serde_json::{Value, json};

const UNPROVEN: &str = "登录设备已过期，请重新登录";

/// A login of Eve's, who has a phone, from a device.
fn from_device(w: &World, device: &str) -> Value {
    let username = format!("0086{}", w.phone());
    json!({
        "username": username, "password": PASSWORD, "flag": 0,
        "device": {"device_id": device, "device_name": "Phone", "device_model": "P1"},
    })
}

/// Eve wants every device to prove itself, and logs in from one that is not known.
async fn locked(w: &World) -> Person {
    let eve = w.eve().await;
    let lock = json!({"device_lock": 1});
    eve.put("/user/my/setting", lock).await.is_ok();
    eve
}

cases! {
    1 a_name Succeeds "", |w| {
        w.guest.post("/user/register", json!({"username": w.name(), "password": PASSWORD})).await
    };
    1 a_phone Succeeds "", |w| {
        let number = json!({"zone": "0086", "phone": w.phone()});
        w.guest.post("/user/sms/registercode", number).await;
        let fields = json!({"zone": "0086", "phone": w.phone(), "code": CODE, "password": PASSWORD});
        w.guest.post("/user/register", fields).await
    };
    1 a_phone_without_a_country Fails "区号不能为空！", |w| {
        w.guest.post("/user/register", json!({"phone": w.phone(), "password": PASSWORD})).await
    };
    1 no_phone Fails "手机号不能为空！", |w| w.guest.post("/user/register", json!({"zone": "0086"})).await;
    1 no_code Fails "验证码不能为空！", |w| {
        w.guest.post("/user/register", json!({"zone": "0086", "phone": w.phone(), "password": PASSWORD})).await
    };
    1 a_wrong_code Fails "验证码无效！", |w| {
        let fields = json!({"zone": "0086", "phone": w.phone(), "code": "0000", "password": PASSWORD});
        w.guest.post("/user/register", fields).await
    };
    1 a_name_like_a_phone_s Fails "该用户名已存在", |w| {
        let username = format!("0086{}", w.phone());
        w.guest.post("/user/register", json!({"username": username, "password": PASSWORD})).await
    };
    1 the_platform_s_name Fails "该用户名已存在", |w| {
        w.guest.post("/user/register", json!({"username": "admin", "password": PASSWORD})).await
    };
    1 a_taken_name Fails "该用户名已存在", |w| {
        w.guest.post("/user/register", json!({"username": w.ann.name, "password": PASSWORD})).await
    };
    1 no_password Fails "密码不能为空！", |w| w.guest.post("/user/register", json!({"username": w.name()})).await;
    1 a_short_password Fails "密码长度必须大于6位！", |w| {
        w.guest.post("/user/register", json!({"username": w.name(), "password": "12345"})).await
    };

    2 a_name Succeeds "", |w| {
        w.guest.post("/user/login", json!({"username": w.ann.name, "password": PASSWORD, "flag": 1})).await
    };
    2 a_phone_with_its_country Succeeds "", |w| {
        w.eve().await;
        let username = format!("0086{}", w.phone());
        w.guest.post("/user/login", json!({"username": username, "password": PASSWORD})).await
    };
    2 nobody Fails "用户不存在", |w| {
        w.guest.post("/user/login", json!({"username": w.name(), "password": PASSWORD})).await
    };
    2 no_name Fails "用户名不能为空！", |w| w.guest.post("/user/login", json!({"password": PASSWORD})).await;
    2 no_password Fails "密码不能为空！", |w| w.guest.post("/user/login", json!({"username": w.ann.name})).await;
    2 a_wrong_password Fails "密码不正确！", |w| {
        w.guest.post("/user/login", json!({"username": w.ann.name, "password": "wrong horse"})).await
    };
    2 an_unknown_flag Fails "数据格式有误！", |w| {
        w.guest.post("/user/login", json!({"username": w.ann.name, "password": PASSWORD, "flag": 7})).await
    };

    17 a_device_that_has_to_prove_itself Succeeds "", |w| {
        let eve = locked(w).await;
        w.guest.post("/user/login", from_device(w, "new")).await;
        w.guest.post("/user/sms/login_check_phone", json!({"uid": eve.uid})).await
    };
    17 nobody Fails "该用户不存在", |w| w.guest.post("/user/sms/login_check_phone", json!({"uid": "x"})).await;

    18 the_right_code Succeeds "", |w| {
        let eve = locked(w).await;
        w.guest.post("/user/login", from_device(w, "new")).await;
        w.guest.post("/user/sms/login_check_phone", json!({"uid": eve.uid})).await.is_ok();
        w.guest.post("/user/login/check_phone", json!({"uid": eve.uid, "code": CODE})).await
    };
    18 no_code Fails "验证码不能为空！", |w| {
        w.guest.post("/user/login/check_phone", json!({"uid": w.ann.uid})).await
    };
    18 a_wrong_code Fails "验证码无效！", |w| {
        let eve = locked(w).await;
        w.guest.post("/user/login", from_device(w, "new")).await;
        w.guest.post("/user/sms/login_check_phone", json!({"uid": eve.uid})).await.is_ok();
        w.guest.post("/user/login/check_phone", json!({"uid": eve.uid, "code": "0000"})).await
    };
    18 nothing_to_prove Fails UNPROVEN, |w| {
        let eve = w.eve().await;
        w.guest.post("/user/login/check_phone", json!({"uid": eve.uid, "code": CODE})).await
    };

    19 a_new_number Succeeds "", |w| {
        w.guest.post("/user/sms/registercode", json!({"zone": "0086", "phone": w.phone()})).await
    };
    19 no_number Fails "手机号不能为空！", |w| {
        w.guest.post("/user/sms/registercode", json!({"zone": "0086"})).await
    };
}

#[tokio::test]
async fn every_case_of_login_holds() {
    cases::run(CASES).await;
}

#[tokio::test]
async fn a_login_shows_what_clients_need() {
    let node = TestNode::start().await;
    let guest = Asker::new(&node.guest());
    let fields = json!({"username": "ann", "password": PASSWORD, "name": "Ann", "flag": WEB});
    let answer = guest.post("/user/register", fields).await;
    let login = answer.data();
    assert_eq!(login["uid"].as_str().unwrap().len(), 32);
    assert_eq!(login["token"].as_str().unwrap().len(), 32);
    let shown = [
        "username",
        "name",
        "sex",
        "category",
        "app_id",
        "short_status",
        "phone",
    ];
    let shown = shown.map(|name| login[name].clone());
    let expected = [
        json!("ann"),
        json!("Ann"),
        json!(0),
        json!(""),
        json!("wukongchat"),
        json!(0),
        json!(""),
    ];
    assert_eq!(shown, expected);
    assert_eq!(login["setting"]["search_by_phone"], 1);
    assert_eq!(login["setting"]["device_lock"], 0);
}

#[tokio::test]
async fn a_new_account_has_the_platform_s_friends_and_its_welcome() {
    let node = TestNode::with(|config| {
        config.wukong.welcome_text = "welcome!".to_owned();
    })
    .await;
    let ann = Person::register(&node, "ann").await;
    let friends = ann.get("/friend/sync").await;
    let friends = friends.data().as_array().unwrap();
    let mut uids: Vec<&str> = friends.iter().map(|f| f["uid"].as_str().unwrap()).collect();
    uids.sort_unstable();
    assert_eq!(uids, ["fileHelper", "u_10000"]);
    for logins in 1..3 {
        let history = ann.history("u_10000", 1).await;
        assert_eq!(history.len(), logins);
        for greeting in history {
            assert_eq!(greeting["payload"]["content"], "welcome!");
            assert_eq!(greeting["from_uid"], "u_10000");
        }
        Person::log_in(&Asker::new(&node.guest()), "ann", WEB).await;
    }
}

#[tokio::test]
async fn who_registers_by_phone_is_not_called_by_the_number() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let number = json!({"zone": "0086", "phone": world.phone()});
    world.guest.post("/user/sms/registercode", number).await;
    let fields =
        json!({"zone": "0086", "phone": world.phone(), "code": CODE, "password": PASSWORD});
    let login = world.guest.post("/user/register", fields).await;
    let name = login.data()["name"].as_str().unwrap();
    let digits = name.strip_prefix("用户").unwrap();
    assert!(
        digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit()),
        "{name}"
    );
}

#[tokio::test]
async fn a_device_that_is_refused_leaves_no_account() {
    let node = World::node().await;
    let world = World::new(&node).await;
    for device in [
        json!("phone"),
        json!({"device_id": "a\nb"}),
        json!({"device_id": "x".repeat(192)}),
    ] {
        let fields = json!({"username": world.name(), "password": PASSWORD, "device": device});
        let refused = world.guest.post("/user/register", fields).await;
        refused.refuses("数据格式有误！");
    }
    let fields = json!({"username": world.name(), "password": PASSWORD});
    world.guest.post("/user/register", fields).await.data();
}

#[tokio::test]
async fn a_strict_registration_wants_names_of_8_to_22_characters() {
    let node = TestNode::start().await;
    let guest = Asker::new(&node.guest());
    for (name, good) in [
        ("seven77", false),
        ("eight888", true),
        (&*"x".repeat(23), false),
    ] {
        let fields = json!({"username": name, "password": PASSWORD});
        let answer = guest.post("/user/usernameregister", fields).await;
        if good {
            answer.data();
        } else {
            answer.refuses("用户名必须在8-22位");
        }
    }
}

#[tokio::test]
async fn a_new_app_token_voids_the_old_one_and_web_pages_share_theirs() {
    let node = TestNode::start().await;
    let guest = Asker::new(&node.guest());
    let first = Person::register_through(&guest, "ann", APP).await;
    let second = Person::log_in(&guest, "ann", APP).await;
    assert_ne!(first.token, second.token);
    first.get("/user/devices").await.refuses("请先登录！");
    second.get("/user/devices").await.data();
    let web = Person::log_in(&guest, "ann", WEB).await;
    assert_eq!(web.token, Person::log_in(&guest, "ann", WEB).await.token);
    second.get("/user/devices").await.data();
    web.post("/user/quit", Value::Null).await.is_ok();
    web.get("/user/devices").await.refuses("请先登录！");
}

#[tokio::test]
async fn nobody_without_a_token_is_let_in() {
    let node = TestNode::start().await;
    let guest = Asker::new(&node.guest());
    let refusal = guest.get("/user/devices").await;
    refusal.refuses("token不能为空，请先登录！");
    let forged = guest.with_token("00112233445566778899aabbccddeeff");
    forged.get("/user/devices").await.refuses("请先登录！");
}

#[tokio::test]
async fn a_device_proves_itself_by_a_texted_code() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let eve = locked(&world).await;
    let answer = world
        .guest
        .post("/user/login", from_device(&world, "new"))
        .await;
    assert_eq!((answer.status, &answer.body["status"]), (400, &json!(110)));
    assert_eq!(answer.body["uid"], *eve.uid);
    let (phone, shown) = (world.phone(), answer.body["phone"].as_str().unwrap());
    assert!(shown.starts_with(&phone[..3]) && shown.contains("***") && shown != phone);
    let ask = json!({"uid": eve.uid});
    world
        .guest
        .post("/user/sms/login_check_phone", ask)
        .await
        .is_ok();
    let prove = json!({"uid": eve.uid, "code": CODE});
    let proved = world.guest.post("/user/login/check_phone", prove).await;
    assert_eq!(proved.data()["uid"], *eve.uid);
    // It is known from now on.
    let again = world
        .guest
        .post("/user/login", from_device(&world, "new"))
        .await;
    assert_eq!(again.data()["uid"], *eve.uid);
}

#[tokio::test]
async fn who_does_not_say_on_what_device_has_to_prove_it_too() {
    let node = World::node().await;
    let world = World::new(&node).await;
    locked(&world).await;
    let mut fields = from_device(&world, "new");
    fields.as_object_mut().unwrap().remove("device");
    for _ in 0..2 {
        let answer = world.guest.post("/user/login", fields.clone()).await;
        assert_eq!((answer.status, &answer.body["status"]), (400, &json!(110)));
    }
}

#[tokio::test]
async fn a_device_that_has_proved_itself_is_of_the_kind_it_said() {
    let node = World::node().await;
    let world = World::new(&node).await;
    // Her token is for web pages, which share it.
    let eve = locked(&world).await;
    for (flag, shared) in [(WEB, true), (APP, false)] {
        let mut fields = from_device(&world, &format!("new {flag}"));
        fields["flag"] = flag.into();
        let answer = world.guest.post("/user/login", fields).await;
        assert_eq!(answer.body["status"], 110);
        let ask = json!({"uid": eve.uid});
        world
            .guest
            .post("/user/sms/login_check_phone", ask)
            .await
            .is_ok();
        let prove = json!({"uid": eve.uid, "code": CODE});
        let proved = world.guest.post("/user/login/check_phone", prove).await;
        assert_eq!(proved.data()["token"] == *eve.token, shared);
    }
}

#[tokio::test]
async fn three_wrong_codes_lock_a_phone_whatever_codes_come_after_them() {
    let node = World::node().await;
    let world = World::new(&node).await;
    world.eve().await;
    let number = json!({"zone": "0086", "phone": world.phone()});
    let reset =
        |code: &str| json!({"zone": "0086", "phone": world.phone(), "code": code, "pwd": PASSWORD});
    let send = async || {
        world
            .guest
            .post("/user/sms/forgetpwd", number.clone())
            .await
            .is_ok()
    };
    send().await;
    for _ in 0..3 {
        let wrong = world.guest.post("/user/pwdforget", reset("0000")).await;
        wrong.refuses("验证码无效！");
    }
    send().await;
    let late = world.guest.post("/user/pwdforget", reset(CODE)).await;
    late.refuses("验证码无效！");
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_by_code() {
    let node = World::node().await;
    let world = World::new(&node).await;
    world.eve().await;
    let number = json!({"zone": "0086", "phone": world.phone()});
    world
        .guest
        .post("/user/sms/forgetpwd", number)
        .await
        .is_ok();
    let new = json!({"zone": "0086", "phone": world.phone(), "code": CODE, "pwd": "another horse"});
    world.guest.post("/user/pwdforget", new).await.is_ok();
    let login = |password: &str| {
        let username = format!("0086{}", world.phone());
        json!({"username": username, "password": password})
    };
    let old = world.guest.post("/user/login", login(PASSWORD)).await;
    old.refuses("密码不正确！");
    world
        .guest
        .post("/user/login", login("another horse"))
        .await
        .data();
}
