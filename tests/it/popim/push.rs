//! Operations 66 to 68: signatures for channels and users, and events of other servers. Private and presence channels.

use super::cases::{self, cases};
use super::world::World;
use crate::support::http::send;
use crate::support::popim::{Answers, Asker, PASSWORD, Person, Pusher, friends, node, signature};
use reqwest::Method;
use reqwest::header::COOKIE;
use serde_json::{Value, json};

/// An id of a socket that there is not.
const SOCKET: &str = "1234.5678";
/// What signs in the nodes of these tests.
const SECRET: &str = "popim-secret-0123456789abcdef";
/// The key in the vectors of the contract.
const KEY: &str = "063a5f0aca64b1ba87c776b8f8343c1c";

cases! {
    66 the_own_channel Succeeds "", |w| w.ann.post("/push/auth", asking(&format!("private-user-{}", w.ann.uid))).await;
    66 a_group_s Succeeds "", |w| w.cat.post("/push/auth", asking(&format!("presence-group-{}", w.gid))).await;
    66 everybody_s Succeeds "", |w| w.ann.post("/push/auth", asking("private-global")).await;
    66 a_server_with_any_name Succeeds "", |w| w.server.post("/push/auth", asking("private-anything")).await;
    66 another_s_channel Fails "403", |w| w.ann.post("/push/auth", asking(&format!("private-user-{}", w.bob.uid))).await;
    66 a_stranger_s_group Fails "403", |w| w.dan.post("/push/auth", asking(&format!("private-group-{}", w.gid))).await;
    66 any_name Fails "403", |w| w.ann.post("/push/auth", asking("private-anything")).await;
    66 an_encrypted_channel Fails "403", |w| {
        w.ann.post("/push/auth", asking(&format!("private-encrypted-user-{}", w.ann.uid))).await
    };
    66 a_socket_that_is_none Fails "403", |w| {
        let fields = json!({"socket_id": "1:x", "channel_name": format!("private-user-{}", w.ann.uid)});
        w.ann.post("/push/auth", fields).await
    };

    67 the_own Succeeds "", |w| w.ann.post("/pusher/user-auth", json!({"socket_id": SOCKET})).await;
    67 no_socket Fails "403", |w| w.ann.post("/pusher/user-auth", json!({})).await;

    68 by_a_server Succeeds "", |w| {
        w.server.post("/push/emit", json!({"channel": "global", "event": "weather", "data": "{\"rain\":1}"})).await
    };
    68 no_event Fails "1", |w| w.server.post("/push/emit", json!({"channel": "global"})).await;
    68 no_channel Fails "1", |w| w.server.post("/push/emit", json!({"event": "weather"})).await;
    68 nobody Fails "-1", |w| w.guest.post("/push/emit", json!({"channel": "global", "event": "weather"})).await;
}

fn asking(channel: &str) -> Value {
    json!({"socket_id": SOCKET, "channel_name": channel})
}

#[tokio::test]
async fn every_case_of_push_holds() {
    cases::run(CASES).await;
}

#[tokio::test]
async fn signatures_are_those_of_the_official_libraries() {
    let node = node(|config| {
        config.popim.app_key = KEY.to_owned();
        config.popim.app_secret = SECRET.to_owned();
    })
    .await;
    let [tom, _] = friends(&node).await;
    let channel = format!("private-user-{}", tom.uid);
    let answer = tom.post("/push/auth", asking(&channel)).await;
    let expected = format!(
        "{KEY}:{}",
        signature(SECRET, &format!("{SOCKET}:{channel}"))
    );
    assert_eq!(answer.body, json!({"auth": expected}));
    let gid = tom.found(&[]).await;
    let channel = format!("presence-group-{gid}");
    let answer = tom.post("/push/auth", asking(&channel)).await;
    let data = answer.body["channel_data"].as_str().unwrap();
    let signed = signature(SECRET, &format!("{SOCKET}:{channel}:{data}"));
    assert_eq!(answer.body["auth"], format!("{KEY}:{signed}"));
    let member: Value = serde_json::from_str(data).unwrap();
    assert_eq!(member["user_id"], tom.uid.to_string());
    assert_eq!(member["user_info"]["name"], "tom");
    let answer = tom
        .post("/pusher/user-auth", json!({"socket_id": SOCKET}))
        .await;
    let data = answer.body["user_data"].as_str().unwrap();
    let signed = signature(SECRET, &format!("{SOCKET}::user::{data}"));
    assert_eq!(answer.body["auth"], format!("{KEY}:{signed}"));
    let user: Value = serde_json::from_str(data).unwrap();
    assert_eq!(user["id"], tom.uid.to_string());
    // The vectors of the contract, for the function that checks.
    let vector = signature(SECRET, "1234.5678:private-user-9");
    assert_eq!(
        vector,
        "769ea46081e528920f91ed81153af4b4330483553f6a77e2e3f30f48c9ebcc34"
    );
}

#[tokio::test]
async fn the_auth_endpoint_has_the_paths_that_clients_are_built_with() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let own = asking(&format!("private-user-{}", tom.uid));
    let other = asking(&format!("private-user-{}", jerry.uid));
    for path in [
        "/api/push/auth",
        "/h5/push/auth",
        "/web/push/auth",
        "/plugin/webman/push/auth",
        "/pusher/auth",
    ] {
        let ask = async |fields: &Value| {
            let request = node
                .guest()
                .request(Method::POST, path)
                .header(COOKIE, &tom.cookie);
            send(request.form(fields)).await
        };
        let answer = ask(&own).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert!(answer.body["auth"].is_string());
        let answer = ask(&other).await;
        assert_eq!(answer.status, 403, "{path}");
        let nobody = send(node.guest().request(Method::POST, path).form(&own)).await;
        assert!(
            matches!(nobody.status, 401 | 403),
            "{path}: {}",
            nobody.status
        );
        assert!(!nobody.text().contains("auth\""), "{}", nobody.text());
    }
    let request = node.guest().request(Method::POST, "/pusher/user-auth");
    let answer = send(
        request
            .header(COOKIE, &tom.cookie)
            .form(&[("socket_id", SOCKET)]),
    )
    .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn a_private_channel_carries_what_the_plain_one_does() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let base = Asker::new(&node.guest()).public_setting().await["appkey"]
        .as_str()
        .unwrap()
        .to_owned();
    // With the public key: the signature is what says who it is.
    let mut socket = Pusher::open(&node.guest(), &base).await;
    let channel = format!("private-user-{}", jerry.uid);
    let grant = jerry.sign(&socket, &channel).await.body;
    socket.subscribe_with(&channel, &grant).await;
    tom.say(&jerry, "in private").await;
    assert_eq!(socket.hears("in private").await.channel, channel);
    let gid = tom.found(&[&jerry]).await;
    let channel = format!("private-group-{gid}");
    let grant = jerry.sign(&socket, &channel).await.body;
    socket.subscribe_with(&channel, &grant).await;
    tom.say_in(gid, "among us").await;
    assert_eq!(socket.hears("among us").await.channel, channel);
    // The identity of a socket is for good.
    let other = format!("private-user-{}", tom.uid);
    let grant = tom.sign(&socket, &other).await.body;
    socket.ask_with(&other, &grant).await;
    socket.was_refused(&other).await;
}

#[tokio::test]
async fn each_name_of_a_channel_gets_its_own_frame() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let mut socket = jerry.connect().await;
    let channel = format!("private-user-{}", jerry.uid);
    let grant = jerry.sign(&socket, &channel).await.body;
    socket.subscribe_with(&channel, &grant).await;
    tom.say(&jerry, "twice").await;
    let mut channels = [
        socket.hears("twice").await.channel,
        socket.hears("twice").await.channel,
    ];
    channels.sort();
    assert_eq!(channels, [channel, format!("user-{}", jerry.uid)]);
    // Asked for twice it is answered twice and told once.
    socket.subscribe(&format!("user-{}", jerry.uid)).await;
    tom.say(&jerry, "first").await;
    tom.say(&jerry, "second").await;
    for content in ["first", "first", "second", "second"] {
        socket.hears(content).await;
    }
    socket
        .unsubscribe(&format!("private-user-{}", jerry.uid))
        .await;
    tom.say(&jerry, "once").await;
    tom.say(&jerry, "and once").await;
    socket.hears("once").await;
    socket.hears("and once").await;
}

#[tokio::test]
async fn members_of_a_presence_channel_see_each_other() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let channel = format!("presence-group-{}", world.gid);
    let mut hers = Pusher::open(&node.guest(), &world.ann.app_key().await).await;
    let grant = world.ann.sign(&hers, &channel).await.body;
    let alone = hers.subscribe_with(&channel, &grant).await;
    let (ann, bob) = (world.ann.uid.to_string(), world.bob.uid.to_string());
    assert_eq!(
        (&alone["presence"]["count"], &alone["presence"]["ids"]),
        (&json!(1), &json!([ann]))
    );
    let mut his = Pusher::open(&node.guest(), &world.bob.app_key().await).await;
    let grant = world.bob.sign(&his, &channel).await.body;
    let both = his.subscribe_with(&channel, &grant).await;
    assert_eq!(both["presence"]["count"], 2);
    assert_eq!(both["presence"]["hash"][&ann]["name"], *world.ann.name);
    let came = hers.hears_of("pusher_internal:member_added").await;
    assert_eq!(
        (&came.channel, &came.data["user_id"]),
        (&channel, &json!(bob))
    );
    assert_eq!(came.data["user_info"]["name"], *world.bob.name);
    // A second socket of his is no second member.
    let mut second = Pusher::open(&node.guest(), &world.bob.app_key().await).await;
    let grant = world.bob.sign(&second, &channel).await.body;
    let three = second.subscribe_with(&channel, &grant).await;
    assert_eq!(three["presence"]["count"], 2);
    second.close().await;
    his.send(json!({"event": "client-typing", "channel": channel, "data": {"on": true}}))
        .await;
    let typing = hers.next_of("client-typing").await;
    assert_eq!(
        (typing.user_id, typing.data),
        (Some(bob.clone()), json!({"on": true}))
    );
    his.close().await;
    let left = hers.hears_of("pusher_internal:member_removed").await;
    assert_eq!(left.data, json!({"user_id": bob}));
    assert!(hers.unread().is_empty(), "{:?}", hers.unread());
}

#[tokio::test]
async fn whoever_signs_in_is_known() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let base = Asker::new(&node.guest()).public_setting().await["appkey"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut socket = Pusher::open(&node.guest(), &base).await;
    let own = format!("#server-to-user-{}", jerry.uid);
    socket.is_refused(&own).await;
    let answer = jerry
        .post("/pusher/user-auth", json!({"socket_id": socket.id}))
        .await;
    socket
        .send(json!({"event": "pusher:signin", "data": answer.body}))
        .await;
    let success = socket.hears_of("pusher:signin_success").await;
    assert_eq!(success.data["user_data"], answer.body["user_data"]);
    socket.subscribe(&own).await;
    socket
        .is_refused(&format!("#server-to-user-{}", tom.uid))
        .await;
    tom.say(&jerry, "to the user").await;
    assert_eq!(socket.hears("to the user").await.channel, own);
    socket.subscribe(&format!("user-{}", jerry.uid)).await;
    // What was signed for one socket is nothing to another.
    let mut other = Pusher::open(&node.guest(), &base).await;
    other
        .send(json!({"event": "pusher:signin", "data": answer.body}))
        .await;
    assert_eq!(other.closed().await, (Some(4009), Some(4009)));
}

/// A socket with the public key alone, and a signature for the own channel on it.
async fn visiting(person: &Person) -> (Pusher, String, Value) {
    let setting = Asker::new(person.client()).public_setting().await;
    let base = setting["appkey"].as_str().unwrap();
    let socket = Pusher::open(person.client(), base).await;
    let channel = format!("private-user-{}", person.uid);
    let grant = person.sign(&socket, &channel).await.body;
    (socket, channel, grant)
}

#[tokio::test]
async fn a_visitor_who_became_somebody_goes_with_the_login_that_said_so() {
    let node = node(|_| {}).await;
    let [_, jerry] = friends(&node).await;
    let again = Person::log_in(&Asker::new(&node.guest()), &jerry.name).await;
    let (mut socket, channel, grant) = visiting(&jerry).await;
    socket.subscribe_with(&channel, &grant).await;
    let (mut other, channel, grant) = visiting(&again).await;
    other.subscribe_with(&channel, &grant).await;
    jerry.post("/login/logout", json!({})).await.is_ok();
    assert_eq!(socket.closed().await, (Some(4009), Some(4009)));
    other.flush().await;
}

#[tokio::test]
async fn a_signature_that_was_hoarded_goes_with_the_login_that_said_so() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let (mut socket, channel, grant) = visiting(&jerry).await;
    // What another account asks for on the same socket hides nothing.
    let other = format!("private-user-{}", tom.uid);
    assert_eq!(tom.sign(&socket, &other).await.status, 200);
    jerry.post("/login/logout", json!({})).await.is_ok();
    socket.ask_with(&channel, &grant).await;
    assert_eq!(socket.closed().await, (Some(4009), Some(4009)));
}

#[tokio::test]
async fn a_signature_that_was_hoarded_does_not_outlive_the_password() {
    let node = node(|config| {
        config.popim.app_key = "base".to_owned();
        config.popim.app_secret = SECRET.to_owned();
    })
    .await;
    let [_, jerry] = friends(&node).await;
    let channel = format!("private-user-{}", jerry.uid);
    let mut used = Pusher::open(&node.guest(), "base").await;
    // Other servers sign by themselves, so that no login stands behind it.
    let sign = |socket: &Pusher| {
        let signed = signature(SECRET, &format!("{}:{channel}", socket.id));
        json!({"auth": format!("base:{signed}")})
    };
    let grant = sign(&used);
    used.subscribe_with(&channel, &grant).await;
    let mut hoarded = Pusher::open(&node.guest(), "base").await;
    let grant = sign(&hoarded);
    let fields = json!({
        "password_old": PASSWORD, "password1": "another horse", "password2": "another horse",
    });
    jerry.post("/user/updatepassword", fields).await.is_ok();
    assert_eq!(used.closed().await, (Some(4009), Some(4009)));
    hoarded.ask_with(&channel, &grant).await;
    assert_eq!(hoarded.closed().await, (Some(4009), Some(4009)));
}

#[tokio::test]
async fn what_a_client_tells_a_channel_reaches_the_others_there() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let gid = tom.found(&[&jerry]).await;
    let channel = format!("private-group-{gid}");
    let (mut his, mut other) = (tom.connect().await, jerry.connect().await);
    for (socket, person) in [(&mut his, &tom), (&mut other, &jerry)] {
        let grant = person.sign(socket, &channel).await.body;
        socket.subscribe_with(&channel, &grant).await;
    }
    let typing = |data: Value| json!({"event": "client-typing", "channel": channel, "data": data});
    his.send(typing(json!({"uid": tom.uid}))).await;
    his.send(typing(json!("\"as it is\""))).await;
    let heard = other.hears_of("client-typing").await;
    assert_eq!(
        (&heard.channel, &heard.data),
        (&channel, &json!({"uid": tom.uid}))
    );
    assert_eq!(
        other.hears_of("client-typing").await.data,
        json!("as it is")
    );
    his.flush().await;
    assert!(
        his.unread()
            .iter()
            .all(|heard| heard.event != "client-typing")
    );
    // Where one may not, one is told and stays.
    let bad = [
        json!({"event": "client-typing", "channel": format!("user-{}", tom.uid), "data": {}}),
        json!({"event": "client-typing", "channel": "private-global", "data": {}}),
        json!({"event": "typing", "channel": channel, "data": {}}),
        json!({"event": "client-typing", "data": {}}),
        json!({"event": "client-typing", "channel": channel, "data": "x".repeat(10 * 1024 + 1)}),
        json!({"event": format!("client-{}", "x".repeat(200)), "channel": channel, "data": {}}),
    ];
    for frame in bad {
        his.send(frame.clone()).await;
        assert!(his.hears_error().await["code"].is_null(), "{frame}");
    }
    jerry.say(&tom, "still here").await;
    his.hears("still here").await;
}

#[tokio::test]
async fn whoever_tells_too_much_is_told_so() {
    let node = node(|_| {}).await;
    let [tom, _] = friends(&node).await;
    let mut socket = tom.connect().await;
    let channel = format!("private-user-{}", tom.uid);
    let grant = tom.sign(&socket, &channel).await.body;
    socket.subscribe_with(&channel, &grant).await;
    for number in 0..40 {
        let frame = json!({"event": "client-typing", "channel": channel, "data": {"n": number}});
        socket.send(frame).await;
    }
    assert_eq!(socket.hears_error().await["code"], 4301);
    socket.flush().await;
}

#[tokio::test]
async fn what_a_server_emits_is_heard_where_it_says() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut hers = world.ann.connect().await;
    let mut other = world.dan.connect().await;
    let emit = async |channel: &str, event: &str, data: &str| {
        let fields = json!({"channel": channel, "event": event, "data": data});
        world.server.post("/push/emit", fields).await.is_ok();
    };
    emit(&format!("user-{}", world.ann.uid), "order", r#"{"id":7}"#).await;
    emit("global", "weather", r#"{"rain":true}"#).await;
    let order = hers.next_of("order").await;
    assert_eq!(
        (order.channel, order.data),
        (format!("user-{}", world.ann.uid), json!({"id": 7}))
    );
    for socket in [&mut hers, &mut other] {
        assert_eq!(socket.next_of("weather").await.data, json!({"rain": true}));
    }
    for event in ["pusher:error", "pusher_internal:subscription_succeeded"] {
        let fields = json!({"channel": "global", "event": event, "data": "{}"});
        world.server.post("/push/emit", fields).await.refuses(2);
    }
    let fields = json!({"channel": "global", "event": "weather"});
    assert_ne!(world.ann.post("/push/emit", fields).await.code(), 0);
}
