//! The Pusher protocol: connecting, proving who one is, staying alive, what is refused.

use super::world::World;
use crate::support::http::Client;
use crate::support::popim::{Answers, Asker, NOBODY, Person, Pusher, friends, node};
use futures_util::future::{LocalBoxFuture, ready};
use parlance::dialect::popim::escape::Escape;
use parlance::dialect::popim::push::proto::{self, Flavour};
use parlance::dialect::popim::push::sign::Signer;
use parlance::dialect::popim::push::wire::{Me, Options, PopimWire, socket_id};
use parlance::domain::{AccountId, time};
use parlance::error::Result;
use parlance::hub::envelope::Frame;
use parlance::hub::session::{Out, Session};
use parlance::hub::wire::{Commands, Farewell, Intent};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn every_flavour_of_client_connects() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let key = jerry.app_key().await;
    let paths = [
        format!("/app/{key}?protocol=7&client=js&version=8.6.0&flash=false"),
        format!("/app/{key}"),
        format!("/ws/app/{key}"),
        format!("/app/{key}?protocol=5&client=java-client&version=2.4"),
    ];
    for path in paths {
        let mut socket = Pusher::open_at(&node.guest(), &path, &[]).await;
        socket.subscribe(&format!("user-{}", jerry.uid)).await;
        tom.say(&jerry, &path).await;
        socket.next_where(|heard| heard.event == "message").await;
    }
}

#[tokio::test]
async fn a_client_without_auth_in_its_frames_is_understood() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let mut socket = Pusher::open(&node.guest(), &jerry.app_key().await).await;
    let channel = format!("user-{}", jerry.uid);
    let frame =
        json!({"data": {"channel": channel, "more": 1}, "event": "pusher:subscribe", "more": []});
    socket.send(frame).await;
    assert_eq!(socket.subscribed(&channel).await, json!({}));
    socket.send(json!({"event": "pusher:ping"})).await;
    socket.hears_of("pusher:pong").await;
    socket
        .send(json!({"event": "pusher:ping", "data": "{}"}))
        .await;
    socket.hears_of("pusher:pong").await;
    socket
        .send(json!({"event": "pusher:pong", "data": {}}))
        .await;
    tom.say(&jerry, "hi").await;
    socket.hears("hi").await;
}

#[tokio::test]
async fn each_proof_opens_the_own_channels() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let base = Asker::new(&node.guest()).public_setting().await["appkey"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/app/{base}?protocol=7");
    let guest = node.guest();
    let with_token = format!("{path}&token={}", jerry.token);
    let sockets = [
        Pusher::open(&guest, &jerry.app_key().await).await,
        Pusher::open_at(&guest, &path, &[("cookie", &jerry.cookie)]).await,
        Pusher::open_at(&guest, &with_token, &[]).await,
    ];
    for mut socket in sockets {
        socket.subscribe(&format!("user-{}", jerry.uid)).await;
        socket.is_refused(&format!("user-{}", tom.uid)).await;
        tom.say(&jerry, "known").await;
        socket.hears("known").await;
    }
}

#[tokio::test]
async fn a_cookie_is_not_believed_from_another_page() {
    let node = node(|config| config.popim.app_key = "base".to_owned()).await;
    let [tom, jerry] = friends(&node).await;
    let guest = node.guest();
    let path = "/app/base?protocol=7";
    let own = format!("user-{}", jerry.uid);
    let here = format!("http://{}", node.address());
    for page in [
        "http://evil.example",
        "http://127.0.0.1.evil.example",
        "null",
    ] {
        let headers = [("cookie", &*jerry.cookie), ("origin", page)];
        let mut socket = Pusher::open_at(&guest, path, &headers).await;
        socket.is_refused(&own).await;
        socket.subscribe("global").await;
    }
    let headers = [("cookie", &*jerry.cookie), ("origin", &*here)];
    let mut socket = Pusher::open_at(&guest, path, &headers).await;
    socket.subscribe(&own).await;
    tom.say(&jerry, "at home").await;
    socket.hears("at home").await;
}

#[tokio::test]
async fn a_port_of_their_own_serves_the_sockets() {
    let node = node(|config| config.popim.listen = "127.0.0.1:0".to_owned()).await;
    let [tom, jerry] = friends(&node).await;
    let config = &node.services().core.config.popim;
    let own = config.own_port().expect("it listens there");
    assert_ne!(own, node.address());
    let there = Client::new(own, node.services().clone());
    let mut socket = Pusher::open(&there, &jerry.app_key().await).await;
    socket.subscribe(&format!("user-{}", jerry.uid)).await;
    tom.say(&jerry, "on the other port").await;
    socket.hears("on the other port").await;
}

#[tokio::test]
async fn who_has_left_a_group_is_deaf_to_it_from_then_on() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let (mut hers, mut his) = (world.cat.connect().await, world.bob.connect().await);
    let channel = format!("group-{}", world.gid);
    let emit = async |event: &str| {
        let fields = json!({"channel": channel, "event": event, "data": "1"});
        world.server.post("/push/emit", fields).await.is_ok();
    };
    emit("before").await;
    hers.hears_of("before").await;
    let left = world.cat.post("/group/leave", json!({"gid": world.gid}));
    left.await.is_ok();
    hers.hears_of("removeGroup").await;
    hers.flush().await;
    let known = hers.unread().len();
    world.ann.say_in(world.gid, "without her").await;
    emit("after").await;
    his.hears("without her").await;
    his.hears_of("after").await;
    hers.flush().await;
    assert_eq!(hers.unread().len(), known, "{:?}", hers.unread());
    hers.is_refused(&channel).await;
    // Those who are there when it is dissolved hear that, and nothing any more.
    let gone = world.ann.post("/group/delete", json!({"gid": world.gid}));
    gone.await.is_ok();
    his.hears_of("removeGroup").await;
    his.flush().await;
    let known = his.unread().len();
    emit("to_nobody").await;
    his.flush().await;
    assert_eq!(his.unread().len(), known, "{:?}", his.unread());
    his.is_refused(&channel).await;
}

#[tokio::test]
async fn the_oldest_of_too_many_logins_ends_with_its_sockets() {
    let node = node(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    let socket = ann.connect().await;
    let logins = &node.services().web_sessions;
    let mut tokens = Vec::new();
    for _ in 0..100 {
        tokens.push(logins.open(AccountId(ann.uid)).await.unwrap());
    }
    assert_eq!(socket.closed().await, (Some(4009), Some(4009)));
    ann.get("/pop/get", json!({})).await.refuses(-2);
    for token in [&tokens[0], &tokens[99]] {
        assert_eq!(logins.prove(token).await.unwrap().caller.id.0, ann.uid);
    }
}

/// Asks for nothing.
struct Nothing;

impl Commands for Nothing {
    fn heard(&self, _: Intent) {}

    fn still_welcome(&self) -> LocalBoxFuture<'static, Result<()>> {
        Box::pin(ready(Ok(())))
    }
}

#[tokio::test]
async fn a_socket_that_falls_silent_is_ended_so_that_its_client_comes_back() {
    let node = node(|config| config.session.idle_seconds = 90).await;
    let services = node.services();
    let options = Options {
        flavour: Flavour::Pusher,
        socket_id: socket_id(),
        signer: Signer::new("base", "secret"),
        keys: vec!["base".to_owned()],
        open: false,
        escape: Escape::of(&services.core),
        public_url: String::new(),
    };
    let me = Me::default();
    me.account.set(Some(AccountId::FIRST));
    let looks = Box::new(services.faces.clone());
    let wire = PopimWire::new(options, me, looks, Box::new(|_, _| None));
    let mut session = Session::new(
        services.core.hub.clone(),
        Some(AccountId::FIRST),
        None,
        Box::new(wire),
        Box::new(Nothing),
        Arc::default(),
    );
    assert!(session.hello().is_some());
    let (start, now) = (Instant::now(), time::now());
    // Its clients' transport answers what the node's asks.
    let asked = session.beat(start + Duration::from_secs(80), now).unwrap();
    assert!(matches!(asked[..], [Out::Probe(_)]), "{asked:?}");
    assert_eq!(session.beat(start + Duration::from_secs(100), now), None);
    let last = proto::error(Flavour::Pusher, Some(4201), "no sign of life");
    let last = Some(Out::Frame(Frame::Text(last)));
    assert_eq!(session.farewell(Farewell::Idle), last);
    assert_eq!(session.close_code(), Some(4201));
    // Any word is a sign of life.
    let ping = json!({"event": "pusher:ping", "data": {}}).to_string();
    session.receive(&Frame::Text(ping.into()));
    assert!(session.beat(Instant::now(), now).is_some());
}

#[tokio::test]
async fn whoever_has_the_public_key_alone_hears_what_is_for_all() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let base = world.guest.public_setting().await["appkey"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut socket = Pusher::open(&node.guest(), &base).await;
    for channel in [
        format!("user-{}", world.ann.uid),
        format!("group-{}", world.gid),
        format!("private-user-{}", world.ann.uid),
        format!("presence-group-{}", world.gid),
        format!("#server-to-user-{}", world.ann.uid),
        "anything".to_owned(),
    ] {
        socket.is_refused(&channel).await;
    }
    socket.subscribe("global").await;
    world.ann.say(&world.bob, "between us").await;
    world.cat.say_in(world.gid, "among us").await;
    let fields = json!({"channel": "global", "event": "weather", "data": "1"});
    world.server.post("/push/emit", fields).await.is_ok();
    assert_eq!(socket.next().await.event, "weather");
}

#[tokio::test]
async fn in_an_open_network_plain_channels_are_everybody_s() {
    let node =
        node(|config| config.popim.plain_channels = parlance::config::PlainChannels::Open).await;
    let [tom, jerry] = friends(&node).await;
    let base = Asker::new(&node.guest()).public_setting().await["appkey"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut socket = Pusher::open(&node.guest(), &base).await;
    socket.subscribe(&format!("user-{}", jerry.uid)).await;
    tom.say(&jerry, "overheard").await;
    socket.hears("overheard").await;
}

#[tokio::test]
async fn a_wrong_key_or_version_is_sent_away_for_good() {
    let node = node(|config| config.popim.app_key = "base".to_owned()).await;
    let ann = Person::register(&node, "ann").await;
    let key = ann.app_key().await;
    let wrong = format!("base.{}", "1-".to_owned() + &"0".repeat(32));
    let table = [
        ("/app/other?protocol=7".to_owned(), 4001),
        (format!("/app/{wrong}?protocol=7"), 4001),
        (format!("/app/{key}?protocol=3"), 4007),
        (format!("/app/{key}?protocol=8"), 4007),
    ];
    for (path, code) in table {
        let (error, close) = Pusher::refused(&node.guest(), &path).await;
        assert_eq!((error, close), (code, Some(code as u16)), "{path}");
    }
}

#[tokio::test]
async fn what_cannot_be_understood_is_told_and_does_no_harm() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let mut socket = jerry.connect().await;
    let bad = [
        "",
        "hello",
        "[]",
        "{}",
        "{\"event\":7}",
        "{\"event\":\"pusher:subscribe\"}",
        "{\"event\":\"pusher:subscribe\",\"data\":{}}",
        "{\"event\":\"pusher:subscribe\",\"data\":\"x\"}",
        "{\"event\":\"pusher:nothing\",\"data\":{}}",
        "{\"event\":\"nothing\"}",
    ];
    for text in bad {
        socket.send_text(text).await;
        assert!(socket.hears_error().await["code"].is_null(), "{text}");
    }
    socket.send_message(Message::binary(vec![0xff; 100])).await;
    tom.say(&jerry, "fine").await;
    socket.hears("fine").await;
}

#[tokio::test]
async fn channels_with_odd_names_are_refused() {
    let node = node(|_| {}).await;
    let [_, jerry] = friends(&node).await;
    let mut socket = jerry.connect().await;
    let names = [
        "a b".to_owned(),
        "user-1/2".to_owned(),
        "x".repeat(201),
        "猫".to_owned(),
        format!("user-{}x", jerry.uid),
        format!("user-0{}", jerry.uid),
        format!("user-+{}", jerry.uid),
        format!("group-{NOBODY}"),
        "user-".to_owned(),
        "user-99999999999999999999".to_owned(),
        format!("private-encrypted-user-{}", jerry.uid),
        "admin".to_owned(),
    ];
    for name in names {
        socket.is_refused(&name).await;
    }
}

#[tokio::test]
async fn a_frame_that_is_too_long_ends_the_connection() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let mut socket = jerry.connect().await;
    socket.send_text(&"x".repeat(64 * 1024 + 1)).await;
    assert_eq!(socket.closed().await.1, Some(1009));
    let mut again = jerry.connect().await;
    tom.say(&jerry, "fine").await;
    again.hears("fine").await;
}

#[tokio::test]
async fn a_restart_is_announced_so_that_clients_come_back_at_once() {
    let mut node = node(|_| {}).await;
    let [_, jerry] = friends(&node).await;
    let socket = jerry.connect().await;
    node.begin_to_stop();
    assert_eq!(socket.closed().await, (Some(4200), Some(4200)));
}

#[tokio::test]
async fn presence_of_many_is_counted_truly_and_listed_in_part() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut names = Vec::new();
    for number in 0..101 {
        let name = format!("{}x{number}", world.name());
        let fields = json!({"username": name, "nickname": name, "password": "correct horse"});
        let answer = world.server.get("/user/add", fields).await;
        names.push((answer.data()["uid"].as_i64().unwrap(), name));
    }
    let uids: Vec<i64> = names.iter().map(|(uid, _)| *uid).collect();
    let made = world
        .ann
        .post("/group/create", json!({"members": uids}))
        .await;
    let channel = format!("presence-group-{}", made.data()["gid"].as_str().unwrap());
    let mut sockets = Vec::new();
    let mut last = Value::Null;
    for (_, name) in &names {
        let person = Person::log_in(&world.guest, name).await;
        let mut socket = Pusher::open(&node.guest(), &person.app_key().await).await;
        let grant = person.sign(&socket, &channel).await.body;
        last = socket.subscribe_with(&channel, &grant).await;
        sockets.push(socket);
    }
    let presence = &last["presence"];
    assert_eq!(presence["count"], 101);
    assert_eq!(presence["ids"].as_array().unwrap().len(), 100);
    assert_eq!(presence["hash"].as_object().unwrap().len(), 100);
}
