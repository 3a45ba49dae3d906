//! Operations 4 and 54 to 57, sessions and what proves them.

use super::cases::{self, cases};
use super::world::{CODE, World};
use crate::support::TestNode;
use crate::support::http::send;
use crate::support::popim::{
    Answers, Asker, H5, PASSWORD, Person, Pusher, SERVER_KEY, SERVER_SECRET, cookies, node,
};
use md5::{Digest, Md5};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, SET_COOKIE};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

cases! {
    4 a_new_account Succeeds "", |w| {
        w.send_code("register").await;
        w.guest.post("/login/join", w.eve_s()).await
    };
    4 no_username Fails "1", |w| {
        w.send_code("register").await;
        w.guest.post("/login/join", without(w.eve_s(), "username")).await
    };
    4 no_password Fails "1", |w| {
        w.send_code("register").await;
        w.guest.post("/login/join", without(w.eve_s(), "password")).await
    };
    4 no_nickname Fails "1", |w| {
        w.send_code("register").await;
        w.guest.post("/login/join", without(w.eve_s(), "nickname")).await
    };
    4 a_username_with_other_characters Fails "2", |w| {
        w.send_code("register").await;
        w.guest.post("/login/join", with(w.eve_s(), "username", "eve's")).await
    };
    4 a_long_username Fails "2", |w| {
        w.send_code("register").await;
        w.guest.post("/login/join", with(w.eve_s(), "username", &"e".repeat(61))).await
    };
    4 a_username_that_is_taken Fails "901", |w| {
        w.send_code("register").await;
        w.guest.post("/login/join", with(w.eve_s(), "username", &w.ann.name)).await
    };
    4 a_wrong_code Fails "904", |w| {
        w.send_code("register").await;
        w.guest.post("/login/join", with(w.eve_s(), "code", "4321")).await
    };

    54 name_and_password Succeeds "", |w| {
        w.guest.post("/login/check", json!({"username": w.ann.name, "password": PASSWORD, "captcha": "x"})).await
    };
    54 no_password Fails "1", |w| w.guest.post("/login/check", json!({"username": w.ann.name})).await;
    54 a_wrong_password Fails "902", |w| {
        w.guest.post("/login/check", json!({"username": w.ann.name, "password": "wrong horse"})).await
    };
    54 nobody Fails "902", |w| {
        w.guest.post("/login/check", json!({"username": w.name(), "password": PASSWORD})).await
    };

    55 whoever_is_logged_in Succeeds "", |w| w.ann.post("/login/logout", json!({"logout_uid": w.ann.uid})).await;
    55 whoever_is_not Fails "-1", |w| w.guest.post("/login/logout", json!({})).await;

    56 a_picture Succeeds "", |w| w.guest.get("/login/logincaptcha", json!({"rand": "0.5"})).await;
    56 a_wrong_server_s_key Fails "3", |w| {
        w.guest.with_key("wrong").get("/login/logincaptcha", json!({})).await
    };
    57 a_picture Succeeds "", |w| w.guest.get("/login/joincaptcha", json!({})).await;
    57 a_wrong_server_s_key Fails "3", |w| {
        w.guest.with_key("wrong").get("/login/joincaptcha", json!({})).await
    };
}

/// The fields without one of them.
fn without(mut fields: Value, name: &str) -> Value {
    fields.as_object_mut().unwrap().remove(name);
    fields
}

/// The fields with another value for one of them.
fn with(mut fields: Value, name: &str, value: &str) -> Value {
    fields[name] = json!(value);
    fields
}

#[tokio::test]
async fn every_case_of_login_holds() {
    cases::run(CASES).await;
}

#[tokio::test]
async fn a_login_gives_a_cookie_that_scripts_do_not_see() {
    let node = TestNode::start().await;
    let ann = Person::register(&node, "ann").await;
    let fields = json!({"username": "ann", "password": PASSWORD});
    let answer = Asker::new(&node.guest()).post("/login/check", fields).await;
    let set = answer.headers.get(SET_COOKIE).unwrap().to_str().unwrap();
    assert!(set.starts_with("PHPSESSID="), "{set}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(set.contains(attribute), "{set}");
    }
    assert!(!set.contains("Secure"), "this is no TLS: {set}");
    let data = answer.data();
    assert_eq!(data["uid"], ann.uid);
    assert_eq!(
        (&data["username"], &data["nickname"]),
        (&json!("ann"), &json!("ann"))
    );
    assert!(data["avatar"].is_string());
}

#[tokio::test]
async fn each_proof_of_a_login_does() {
    let node = TestNode::start().await;
    let ann = Person::register(&node, "ann").await;
    let guest = Asker::new(&node.guest());
    let bearer = format!("Bearer {}", ann.token);
    let asked = [
        ann.ask(Method::GET, "/pop/get"),
        guest.with_token(&ann.token).ask(Method::GET, "/pop/get"),
        guest
            .ask(Method::GET, "/pop/get")
            .header(AUTHORIZATION, bearer),
        guest
            .ask(Method::GET, "/pop/get")
            .query(&[("token", &ann.token)]),
        guest
            .ask(Method::POST, "/pop/get")
            .form(&[("token", &ann.token)]),
    ];
    for request in asked {
        let answer = send(request).await;
        assert_eq!(answer.data()["mine"]["uid"], ann.uid);
    }
    guest.get("/pop/get", json!({})).await.refuses(-1);
    guest
        .with_token("wrong")
        .get("/pop/get", json!({}))
        .await
        .refuses(-1);
}

#[tokio::test]
async fn a_login_is_not_a_registration_s_business() {
    let node = TestNode::start().await;
    let fields = json!({"username": "ann", "password": PASSWORD, "nickname": "Ann"});
    let answer = Asker::new(&node.guest()).post("/login/join", fields).await;
    answer.is_ok();
    let session = Asker::new(&node.guest()).with_cookie(&cookies(&answer));
    session.get("/pop/get", json!({})).await.refuses(-1);
}

#[tokio::test]
async fn several_sessions_of_a_user_live_and_end_apart() {
    let node = TestNode::start().await;
    let ann = Person::register(&node, "ann").await;
    let again = Person::log_in(&Asker::new(&node.guest()), "ann").await;
    assert_ne!(ann.token, again.token);
    let (hers, other) = (ann.connect().await, again.connect().await);
    ann.post("/login/logout", json!({})).await.is_ok();
    assert_eq!(hers.closed().await, (Some(4009), Some(4009)));
    ann.get("/pop/get", json!({})).await.refuses(-2);
    again.home().await;
    other.close().await;
}

#[tokio::test]
async fn a_logout_kills_the_key_of_its_session() {
    let node = TestNode::start().await;
    let ann = Person::register(&node, "ann").await;
    let key = ann.app_key().await;
    ann.post("/login/logout", json!({})).await.is_ok();
    let path = format!("/app/{key}?protocol=7");
    let (code, close) = Pusher::refused(&node.guest(), &path).await;
    assert!((4000..4100).contains(&code), "{code}");
    assert_eq!(close.map(i64::from), Some(code));
}

#[tokio::test]
async fn somebody_else_s_name_at_the_logout_is_ignored() {
    let node = TestNode::start().await;
    let ann = Person::register(&node, "ann").await;
    let bob = Person::register(&node, "bob").await;
    ann.post("/login/logout", json!({"logout_uid": bob.uid}))
        .await
        .is_ok();
    bob.home().await;
    ann.get("/pop/get", json!({})).await.refuses(-2);
}

#[tokio::test]
async fn a_session_outlives_the_node() {
    let node = TestNode::start().await;
    let ann = Person::register(&node, "ann").await;
    let key = ann.app_key().await;
    let node = node.restart().await;
    let ann = ann.at(&node);
    assert_eq!(ann.app_key().await, key);
    let mut socket = Pusher::open(&node.guest(), &key).await;
    socket.subscribe(&format!("user-{}", ann.uid)).await;
}

#[tokio::test]
async fn a_captcha_is_asked_for_when_that_is_on_and_good_once() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let admin = node.admin().await;
    admin.set("login_captcha", "true").await;
    let fields =
        |code: &str| json!({"username": world.ann.name, "password": PASSWORD, "captcha": code});
    let picture = world.guest.get("/login/logincaptcha", json!({})).await;
    cases::is_picture(&picture);
    let guest = world.guest.with_cookie(&cookies(&picture));
    world
        .guest
        .post("/login/check", fields(CODE))
        .await
        .refuses(903);
    guest.post("/login/check", fields(CODE)).await.data();
    guest.post("/login/check", fields(CODE)).await.refuses(903);
    let picture = world.guest.get("/login/logincaptcha", json!({})).await;
    let guest = world.guest.with_cookie(&cookies(&picture));
    guest
        .post("/login/check", fields("0000"))
        .await
        .refuses(903);
    guest.post("/login/check", fields(CODE)).await.refuses(903);
    // One setting asks for both.
    world.send_code("register").await;
    world
        .guest
        .post("/login/join", world.eve_s())
        .await
        .refuses(903);
    let picture = world.guest.get("/login/joincaptcha", json!({})).await;
    let guest = world.guest.with_cookie(&cookies(&picture));
    world.send_code("register").await;
    guest.post("/login/join", world.eve_s()).await.is_ok();
}

#[tokio::test]
async fn a_server_acts_for_anybody_with_its_key() {
    let node = node(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    let guest = Asker::new(&node.guest());
    let fields = json!({"login_uid": ann.uid});
    let bearer = format!("Bearer {SERVER_KEY}");
    let asked = [
        guest.with_key(SERVER_KEY).ask(Method::GET, "/pop/get"),
        guest
            .ask(Method::GET, "/pop/get")
            .header(AUTHORIZATION, bearer),
    ];
    for request in asked {
        let answer = send(request.query(&fields)).await;
        assert_eq!(answer.data()["mine"]["uid"], ann.uid);
    }
    let server = guest.with_key(SERVER_KEY);
    server.get("/pop/get", json!({})).await.refuses(1);
    guest
        .with_key(&"x".repeat(32))
        .get("/pop/get", fields.clone())
        .await
        .refuses(3);
    guest.get("/pop/get", fields).await.refuses(-1);
    let differing = server.ask(Method::POST, "/friend/applylist?login_uid=1");
    send(differing.form(&[("login_uid", "2")])).await.refuses(2);
}

#[tokio::test]
async fn an_older_server_s_token_is_good_for_five_minutes() {
    let node = node(|config| config.popim.api_secret = SERVER_SECRET.to_owned()).await;
    let ann = Person::register(&node, "ann").await;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let ask = async |timestamp: u64, secret: &str| {
        let mut hash = Md5::new();
        hash.update(format!("{timestamp}{secret}"));
        let token: String = hash
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let path = format!(
            "{H5}/pop/get?timestamp={timestamp}&cpccc_token={token}&login_uid={}",
            ann.uid
        );
        send(node.guest().request(Method::GET, &path)).await
    };
    assert_eq!(ask(now, SERVER_SECRET).await.data()["mine"]["uid"], ann.uid);
    ask(now - 290, SERVER_SECRET).await.data();
    for timestamp in [now - 310, now + 310, 0, now + 1_000_000] {
        ask(timestamp, SERVER_SECRET).await.refuses(3);
    }
    ask(now, &"x".repeat(32)).await.refuses(3);
}

#[tokio::test]
async fn older_servers_tokens_are_off_without_a_secret() {
    let node = TestNode::start().await;
    let ann = Person::register(&node, "ann").await;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let hash = Md5::digest(now.to_string());
    let token: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let path = format!(
        "{H5}/pop/get?timestamp={now}&cpccc_token={token}&login_uid={}",
        ann.uid
    );
    let answer = send(node.guest().request(Method::GET, &path)).await;
    assert!(matches!(answer.code(), 3 | -1), "{}", answer.text());
}

#[tokio::test]
async fn a_code_is_not_used_up_by_a_registration_that_cannot_be() {
    let node = World::node().await;
    let world = World::new(&node).await;
    world.send_code("register").await;
    for (name, value, code) in [
        ("password", "short".to_owned(), 2),
        ("nickname", "n".repeat(250), 2),
        ("username", world.ann.name.clone(), 901),
    ] {
        let fields = with(world.eve_s(), name, &value);
        world.guest.post("/login/join", fields).await.refuses(code);
    }
    world.guest.post("/login/join", world.eve_s()).await.is_ok();
}

#[tokio::test]
async fn tokens_that_nobody_knows_are_counted_before_they_are_looked_up() {
    let node = node(|config| config.limits.requests_per_second = 2).await;
    let ann = Person::register(&node, "ann").await;
    ann.home().await;
    let guest = Asker::new(&node.guest()).with_token("guessed");
    let mut codes = Vec::new();
    for _ in 0..20 {
        codes.push(guest.get("/pop/get", json!({})).await.code());
    }
    assert!(codes.contains(&429), "{codes:?}");
    // Who is known already gets through.
    ann.home().await;
}
