//! The real clients from npm, unmodified: pusher-js, with which the contract's smallest scenario (section 6) is played step by
//! step, and the library with which other servers publish.

use crate::support::TestNode;
use crate::support::driven::{self, Driven, bundle};
use crate::support::popim::{Answers, Asker, PASSWORD, Person, node};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};
use std::path::Path;

/// What a subscription that is granted or refused is told as.
const GRANTED: &str = "pusher:subscription_succeeded";
const REFUSED: &str = "pusher:subscription_error";
/// What stands where a message was taken back.
const REVOKED: &str = "此消息已撤回";

/// One user of pusher-js.
struct Page(Driven);

impl Deref for Page {
    type Target = Driven;

    fn deref(&self) -> &Driven {
        &self.0
    }
}

impl DerefMut for Page {
    fn deref_mut(&mut self) -> &mut Driven {
        &mut self.0
    }
}

impl Page {
    /// Starts the library with an app key and connects; with a token for its auth requests, or none.
    async fn open(
        built: &Path,
        test: &str,
        name: &str,
        node: &TestNode,
        key: &str,
        token: &str,
    ) -> Self {
        let mut command = bundle(built, "pusher_js.cjs");
        let mut page = Self(Driven::start(&mut command, &format!("popim_{test}"), name).await);
        let port = node.address().port();
        page.tell(json!({"do": "connect", "port": port, "key": key, "token": token}))
            .await;
        page.connected().await;
        page
    }

    /// Starts the library for somebody, with the key that the home screen gives.
    async fn of(built: &Path, test: &str, node: &TestNode, person: &Person) -> Self {
        let key = person.app_key().await;
        Self::open(built, test, &person.name, node, &key, &person.token).await
    }

    /// Waits until it is connected; gives the id of the socket.
    async fn connected(&mut self) -> String {
        let state = self
            .hears("state", |event| event["state"] == "connected")
            .await;
        let socket = state["socket"].as_str().unwrap().to_owned();
        let digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let parts: Vec<&str> = socket.split('.').collect();
        assert!(
            parts.len() == 2 && parts.into_iter().all(digits),
            "{socket}"
        );
        socket
    }

    /// Subscribes to a channel and is told how that went.
    async fn subscribe(&mut self, channel: &str) -> Value {
        self.tell(json!({"do": "subscribe", "channel": channel}))
            .await;
        let answers = |event: &Value| {
            event["channel"] == channel
                && [GRANTED, REFUSED].contains(&event["name"].as_str().unwrap())
        };
        self.hears("told", answers).await
    }

    /// Subscribes to a channel.
    async fn is_granted(&mut self, channel: &str) {
        let answer = self.subscribe(channel).await;
        assert_eq!(answer["name"], GRANTED, "{answer}");
    }

    /// Asks for a channel and does not get it.
    async fn is_refused(&mut self, channel: &str) {
        let answer = self.subscribe(channel).await;
        assert_eq!(answer["name"], REFUSED, "{answer}");
        let why = (&answer["data"]["type"], &answer["data"]["status"]);
        assert_eq!(why, (&json!("AuthError"), &json!(403)), "{answer}");
    }

    /// The next event of a name on a channel; gives its data.
    async fn told(&mut self, channel: &str, name: &str) -> Value {
        let fits = |event: &Value| event["channel"] == channel && event["name"] == name;
        self.hears("told", fits).await["data"].clone()
    }

    /// The message with this content on a channel.
    async fn told_message(&mut self, channel: &str, content: &str) -> Value {
        let fits = |event: &Value| {
            let said = (&event["channel"], &event["name"], &event["data"]["content"]);
            said == (&json!(channel), &json!("message"), &json!(content))
        };
        self.hears("told", fits).await["data"].clone()
    }
}

#[tokio::test]
async fn the_real_client_passes_the_contract_s_scenario() {
    let Some(built) = driven::built() else { return };
    let node = node(|_| {}).await;
    let guest = Asker::new(&node.guest());

    // 1. Two who are friends.
    for name in ["tom", "jerry"] {
        let fields = json!({"username": name, "password": PASSWORD, "nickname": name});
        guest
            .under("/api")
            .post("/login/join", fields)
            .await
            .is_ok();
    }
    let tom = Person::log_in(&guest, "tom").await;
    let jerry = Person::log_in(&guest, "jerry").await;
    tom.befriend(&jerry).await;

    // 2 to 4. What the home screen gives is all that a client needs.
    let home = jerry.home().await;
    let key = home["setting"]["appkey"].as_str().unwrap();
    assert_eq!(home["mine"]["uid"], jerry.uid);
    let own = format!("user-{}", jerry.uid);
    let mut his = Page::open(&built, "scenario", "jerry", &node, key, &jerry.token).await;
    his.is_granted(&own).await;
    let of_tom = format!("user-{}", tom.uid);
    let mut other = Page::of(&built, "scenario", &node, &tom).await;
    other.is_granted(&of_tom).await;

    // 5 and 6. A message reaches both.
    let content = "hello [表情1]";
    let fields = json!({"to": jerry.uid, "type": "friend", "content": content, "uniqueId": "u1"});
    let sent = tom.post("/message/send", fields).await;
    let mid = sent.data()["mid"].as_i64().unwrap();
    let heard = his.told_message(&own, content).await;
    let of = (
        &heard["from"],
        &heard["type"],
        &heard["sub_type"],
        &heard["mid"],
    );
    assert_eq!(
        of,
        (
            &json!(tom.uid.to_string()),
            &json!("friend"),
            &json!("message"),
            &json!(mid)
        )
    );
    let echo = other.told_message(&of_tom, content).await;
    assert_eq!(
        (&echo["mid"], &echo["uniqueId"]),
        (&json!(mid), &json!("u1"))
    );

    // 7. The channel of another.
    his.is_refused(&of_tom).await;

    // 8. Signed names: through the library's own requests, and by the cookie.
    let private = format!("private-user-{}", jerry.uid);
    his.is_granted(&private).await;
    his.is_refused(&format!("private-user-{}", tom.uid)).await;
    for (channel, status) in [(private, 200), (format!("private-user-{}", tom.uid), 403)] {
        let fields = json!({"socket_id": "1234.5678", "channel_name": channel});
        assert_eq!(jerry.post("/push/auth", fields).await.status, status);
    }
    // 9. A group, until he is out of it.
    let gid = tom.found(&[&jerry]).await;
    assert_eq!(his.told(&own, "addGroup").await["gid"], gid);
    let notice = |event: &Value| event["channel"] == own && event["data"]["sub_type"] == "notice";
    his.hears("told", notice).await;
    let group = format!("group-{gid}");
    his.is_granted(&group).await;
    let taken_back = tom.say_in(gid, "to the group").await;
    assert_eq!(
        his.told_message(&group, "to the group").await["mid"],
        taken_back
    );
    // 10. Taken back before he is out, so that he hears of it.
    let revoke = json!({"id": gid, "type": "group", "mid": taken_back});
    tom.post("/message/revoke", revoke).await.is_ok();
    assert_eq!(his.told(&group, "revoke").await["mid"], taken_back);
    let items = jerry.history("group", gid).await;
    let item = items.iter().find(|item| item["mid"] == taken_back).unwrap();
    assert_eq!(
        (&item["content"], &item["sub_type"]),
        (&json!(REVOKED), &json!("notice"))
    );
    let revoke = json!({"id": jerry.uid, "type": "friend", "mid": mid});
    tom.post("/message/revoke", revoke).await.is_ok();
    assert_eq!(his.told(&own, "revoke").await["mid"], mid);
    let kick = json!({"gid": gid, "members": [jerry.uid]});
    tom.post("/group/memberdel", kick).await.is_ok();
    assert_eq!(his.told(&own, "removeGroup").await["gid"], gid);
    tom.say_in(gid, "without him").await;
    tom.say(&jerry, "nothing to see").await;
    his.told_message(&own, "nothing to see").await;
    let unasked = his.unasked("told");
    let overheard: Vec<_> = unasked
        .iter()
        .filter(|event| event["data"]["content"] == "without him")
        .collect();
    assert!(overheard.is_empty(), "{overheard:?}");
    let of_others: Vec<_> = unasked
        .iter()
        .filter(|event| event["channel"] == of_tom)
        .collect();
    assert!(of_others.is_empty(), "{of_others:?}");

    // 11. Nobody.
    let base = guest.public_setting().await["appkey"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut stranger = Page::open(&built, "scenario", "stranger", &node, &base, "").await;
    stranger.is_refused(&own).await;
    stranger.is_granted("global").await;
}

#[tokio::test]
async fn the_real_client_hears_friends_groups_and_deletions() {
    let Some(built) = driven::built() else { return };
    let node = node(|_| {}).await;
    let tom = Person::register(&node, "tom").await;
    let jerry = Person::register(&node, "jerry").await;
    let own = format!("user-{}", jerry.uid);
    let mut his = Page::of(&built, "events", &node, &jerry).await;
    his.is_granted(&own).await;
    his.is_granted("global").await;
    let nid = tom.apply(&jerry, "hi").await;
    assert_eq!(his.told(&own, "friendApply").await, json!({"uid": tom.uid}));
    jerry
        .post("/friend/agree", json!({"nid": nid}))
        .await
        .is_ok();
    assert_eq!(his.told(&own, "addFriend").await["uid"], tom.uid);
    let mid = tom.say(&jerry, "a & b").await;
    his.told_message(&own, "a &amp; b").await;
    let fields = json!({"id": jerry.uid, "type": "friend", "mid": mid, "ty": 2});
    tom.post("/message/delete", fields).await.is_ok();
    assert_eq!(his.told(&own, "message_delete").await["mid"], mid);
    let gid = tom.found(&[&jerry]).await;
    his.told(&own, "addGroup").await;
    let group = format!("group-{gid}");
    his.is_granted(&group).await;
    tom.post("/group/update", json!({"gid": gid, "groupname": "us"}))
        .await
        .is_ok();
    assert_eq!(his.told(&group, "updateGroup").await["groupname"], "us");
    tom.post("/group/delete", json!({"gid": gid})).await.is_ok();
    assert_eq!(his.told(&group, "removeGroup").await["gid"], gid);
    tom.post("/friend/delete", json!({"friend_uid": jerry.uid}))
        .await
        .is_ok();
    assert_eq!(
        his.told(&own, "removeFriend").await,
        json!({"uid": tom.uid})
    );
    node.admin().await.set("popim_app_name", "Bubbles").await;
    assert_eq!(
        his.told("global", "settingChange").await["app_name"],
        "Bubbles"
    );
}

#[tokio::test]
async fn the_real_client_signs_in_is_present_and_tells() {
    let Some(built) = driven::built() else { return };
    let node = node(|_| {}).await;
    let [tom, jerry] = crate::support::popim::friends(&node).await;
    let gid = tom.found(&[&jerry]).await;
    let channel = format!("presence-group-{gid}");
    let mut his = Page::of(&built, "presence", &node, &jerry).await;
    let alone = his.subscribe(&channel).await;
    assert_eq!(
        (&alone["name"], &alone["data"]["count"]),
        (&json!(GRANTED), &json!(1))
    );
    // The public key: what the auth endpoint signed for the socket says who it is.
    let base = Asker::new(&node.guest()).public_setting().await["appkey"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut other = Page::open(&built, "presence", "tom", &node, &base, &tom.token).await;
    other.tell(json!({"do": "signin"})).await;
    other.hears("signed_in", |_| true).await;
    other.is_granted(&channel).await;
    let came = his.told(&channel, "pusher:member_added").await;
    assert_eq!(
        (&came["id"], &came["info"]["name"]),
        (&json!(tom.uid.to_string()), &json!("tom"))
    );
    let trigger =
        json!({"do": "trigger", "channel": channel, "name": "client-typing", "data": {"on": true}});
    other.tell(trigger).await;
    assert_eq!(
        his.told(&channel, "client-typing").await,
        json!({"on": true})
    );
    other.is_granted(&format!("user-{}", tom.uid)).await;
}

#[tokio::test]
async fn the_real_client_comes_back_after_a_restart_and_has_lost_nothing() {
    const AMID_TALK: usize = 50;
    let Some(built) = driven::built() else { return };
    let node = node(|_| {}).await;
    let [tom, jerry] = crate::support::popim::friends(&node).await;
    let own = format!("user-{}", jerry.uid);
    let mut his = Page::of(&built, "restart", &node, &jerry).await;
    his.is_granted(&own).await;
    let mut said = Vec::new();
    for number in 0..AMID_TALK {
        let content = format!("amid {number}");
        tom.say(&jerry, &content).await;
        said.push(content);
    }
    // Until it is told where the node is again, nobody is there.
    his.tell(json!({"do": "moved", "port": 1})).await;
    let node = node.restart().await;
    let (tom, jerry) = (tom.at(&node), jerry.at(&node));
    tom.say(&jerry, "while he was away").await;
    said.push("while he was away".to_owned());
    his.tell(json!({"do": "moved", "port": node.address().port()}))
        .await;
    his.connected().await;
    // It subscribes again by itself.
    let again = |event: &Value| event["channel"] == own && event["name"] == GRANTED;
    his.hears("told", again).await;
    tom.say(&jerry, "after").await;
    said.push("after".to_owned());
    his.told_message(&own, "after").await;
    let heard: Vec<Value> = his
        .unasked("told")
        .into_iter()
        .filter(|event| event["name"] == "message")
        .collect();
    let mids: BTreeSet<i64> = heard
        .iter()
        .map(|event| event["data"]["mid"].as_i64().unwrap())
        .collect();
    assert_eq!(mids.len(), heard.len(), "something came twice: {heard:?}");
    // With the greeting of a new friend.
    let items = jerry.history("friend", tom.uid).await;
    let contents: Vec<&str> = items[1..]
        .iter()
        .map(|item| item["content"].as_str().unwrap())
        .collect();
    assert_eq!(contents, said);
    let mids: BTreeSet<i64> = items
        .iter()
        .map(|item| item["mid"].as_i64().unwrap())
        .collect();
    assert_eq!(mids.len(), items.len());
}

#[tokio::test]
async fn the_real_client_stays_away_after_a_logout() {
    let Some(built) = driven::built() else { return };
    let node = node(|_| {}).await;
    let tom = Person::register(&node, "tom").await;
    let mut his = Page::of(&built, "logout", &node, &tom).await;
    tom.post("/login/logout", json!({})).await.is_ok();
    let error = his.hears("error", |_| true).await;
    assert_eq!(error["code"], 4009);
    his.hears("state", |event| event["state"] == "disconnected")
        .await;
}

#[tokio::test]
async fn the_real_publisher_publishes_and_counts() {
    let Some(built) = driven::built() else { return };
    let secret = "popim-secret-0123456789abcdef";
    let node = node(|config| {
        config.popim.push_http_api = true;
        config.popim.app_key = "base".to_owned();
        config.popim.app_secret = secret.to_owned();
    })
    .await;
    let tom = Person::register(&node, "tom").await;
    let mut his = tom.connect().await;
    let mut command = bundle(&built, "pusher.cjs");
    let mut server = Driven::start(&mut command, "popim_publish", "server").await;
    let port = node.address().port();
    server
        .tell(json!({"do": "begin", "port": port, "key": "base", "secret": secret}))
        .await;
    let own = format!("user-{}", tom.uid);
    let trigger = json!({"do": "trigger", "channels": [own, "global"], "name": "order", "data": {"id": 7, "text": "猫"}});
    server.tell(trigger).await;
    assert_eq!(server.hears("trigger", |_| true).await["result"], 200);
    for _ in 0..2 {
        assert_eq!(
            his.next_of("order").await.data,
            json!({"id": 7, "text": "猫"})
        );
    }
    // Not to the socket that it came from.
    let trigger = json!({"do": "trigger", "channels": ["global"], "name": "order", "data": 8, "socket": his.id});
    server.tell(trigger).await;
    assert_eq!(server.hears("trigger", |_| true).await["result"], 200);
    let batch = json!([{"channel": "global", "name": "order", "data": "9"}]);
    server.tell(json!({"do": "batch", "events": batch})).await;
    assert_eq!(server.hears("batch", |_| true).await["result"], 200);
    assert_eq!(his.next_of("order").await.data, 9);
    let path = "/channels";
    server
        .tell(json!({"do": "get", "path": path, "params": {"filter_by_prefix": "user-"}}))
        .await;
    let counted = server.hears("get", |_| true).await;
    assert_eq!(
        counted["result"]["channels"],
        json!({(&*own): {}}),
        "{counted}"
    );
    server
        .tell(json!({"do": "terminate", "user": tom.uid.to_string()}))
        .await;
    assert_eq!(server.hears("terminate", |_| true).await["result"], 200);
    assert_eq!(his.closed().await, (Some(4009), Some(4009)));
    // Under another secret it is nobody.
    server
        .tell(json!({"do": "begin", "port": port, "key": "base", "secret": "another-0123456789"}))
        .await;
    let trigger = json!({"do": "trigger", "channels": ["global"], "name": "order", "data": 1});
    server.tell(trigger).await;
    assert_eq!(
        server.hears("trigger", |_| true).await["result"],
        json!({"failed": 401})
    );
}
