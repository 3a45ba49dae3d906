//! Operations 37 to 42: saying, reading, taking back, deleting.

use super::cases::{self, cases};
use super::world::World;
use crate::support::eventually::eventually;
use crate::support::popim::{API, Answers, Asker, NOBODY, Person, friends, node};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// What stands where a message was taken back.
const REVOKED: &str = "此消息已撤回";

cases! {
    37 to_a_friend Succeeds "", |w| w.ann.post("/message/send", friend(w.bob.uid, "hi")).await;
    37 to_a_stranger Succeeds "", |w| w.ann.post("/message/send", friend(w.dan.uid, "hi")).await;
    37 in_a_group Succeeds "", |w| w.cat.post("/message/send", group(w.gid, "hi")).await;
    37 with_a_quote Succeeds "", |w| {
        let mut fields = friend(w.ann.uid, "well");
        fields["quote_mid"] = json!(w.mid);
        w.bob.post("/message/send", fields).await
    };
    37 no_receiver Fails "1", |w| w.ann.post("/message/send", json!({"type": "friend", "content": "hi"})).await;
    37 no_type Fails "1", |w| w.ann.post("/message/send", json!({"to": w.bob.uid, "content": "hi"})).await;
    37 no_content Fails "1", |w| w.ann.post("/message/send", json!({"to": w.bob.uid, "type": "friend"})).await;
    37 blank_content Fails "2", |w| w.ann.post("/message/send", friend(w.bob.uid, "  ")).await;
    37 another_type Fails "2", |w| {
        w.ann.post("/message/send", json!({"to": w.bob.uid, "type": "channel", "content": "hi"})).await
    };
    37 nobody Fails "101", |w| w.ann.post("/message/send", friend(NOBODY, "hi")).await;
    37 oneself Fails "2", |w| w.ann.post("/message/send", friend(w.ann.uid, "hi")).await;
    37 too_much Fails "2", |w| w.ann.post("/message/send", friend(w.bob.uid, &"x".repeat(20_001))).await;
    37 no_such_group Fails "701", |w| w.ann.post("/message/send", group(NOBODY, "hi")).await;
    37 a_stranger_s_group Fails "2", |w| w.dan.post("/message/send", group(w.gid, "hi")).await;
    37 a_quote_from_elsewhere Fails "2", |w| {
        let mut fields = friend(w.cat.uid, "well");
        fields["quote_mid"] = json!(w.mid);
        w.ann.post("/message/send", fields).await
    };

    38 a_friend_s Succeeds "", |w| w.ann.get("/message/get", json!({"id": w.bob.uid, "type": "friend"})).await;
    38 a_group_s Succeeds "", |w| w.ann.get("/message/get", json!({"id": w.gid, "type": "group"})).await;
    38 nobody_s Succeeds "", |w| w.ann.get("/message/get", json!({"id": NOBODY, "type": "friend"})).await;
    38 no_id Fails "1", |w| w.ann.get("/message/get", json!({"type": "friend"})).await;
    38 another_type Fails "2", |w| w.ann.get("/message/get", json!({"id": w.bob.uid, "type": "channel"})).await;
    38 a_stranger_s_group Fails "2", |w| w.dan.get("/message/get", json!({"id": w.gid, "type": "group"})).await;

    39 the_own Succeeds "", |w| w.ann.post("/message/revoke", friend_s(w.bob.uid, w.mid)).await;
    39 by_the_owner Succeeds "", |w| w.ann.post("/message/revoke", group_s(w.gid, w.group_mid)).await;
    39 by_a_manager Succeeds "", |w| w.bob.post("/message/revoke", group_s(w.gid, w.group_mid)).await;
    39 no_message Fails "1", |w| w.ann.post("/message/revoke", json!({"id": w.bob.uid, "type": "friend"})).await;
    39 another_type Fails "2", |w| {
        w.ann.post("/message/revoke", json!({"id": w.bob.uid, "type": "channel", "mid": w.mid})).await
    };
    39 the_other_s Fails "2", |w| w.bob.post("/message/revoke", friend_s(w.ann.uid, w.mid)).await;
    39 no_such_message Fails "404", |w| w.ann.post("/message/revoke", friend_s(w.bob.uid, NOBODY)).await;
    39 from_elsewhere Fails "404", |w| w.ann.post("/message/revoke", friend_s(w.cat.uid, w.mid)).await;
    39 a_group_s_as_a_friend_s Fails "404", |w| w.cat.post("/message/revoke", friend_s(w.ann.uid, w.group_mid)).await;
    39 a_stranger_s_group Fails "2", |w| w.dan.post("/message/revoke", group_s(w.gid, w.group_mid)).await;
    39 no_such_group Fails "701", |w| w.ann.post("/message/revoke", group_s(NOBODY, w.group_mid)).await;

    40 for_the_caller Succeeds "", |w| w.bob.post("/message/delete", deleting(friend_s(w.ann.uid, w.mid), 1)).await;
    40 for_everybody Succeeds "", |w| w.ann.post("/message/delete", deleting(friend_s(w.bob.uid, w.mid), 2)).await;
    40 no_kind Fails "1", |w| w.ann.post("/message/delete", friend_s(w.bob.uid, w.mid)).await;
    40 another_kind Fails "2", |w| w.ann.post("/message/delete", deleting(friend_s(w.bob.uid, w.mid), 3)).await;
    40 the_other_s_for_everybody Fails "2", |w| w.bob.post("/message/delete", deleting(friend_s(w.ann.uid, w.mid), 2)).await;
    40 no_such_message Fails "404", |w| w.ann.post("/message/delete", deleting(friend_s(w.bob.uid, NOBODY), 1)).await;
    40 from_elsewhere Fails "404", |w| w.ann.post("/message/delete", deleting(friend_s(w.cat.uid, w.mid), 1)).await;

    41 a_friend_s Succeeds "", |w| w.bob.get("/message/unreadcount", json!({"id": w.ann.uid, "type": "friend"})).await;
    41 a_group_s Succeeds "", |w| w.bob.get("/message/unreadcount", json!({"id": w.gid, "type": "group"})).await;
    41 no_id Fails "1", |w| w.bob.get("/message/unreadcount", json!({"type": "friend"})).await;
    41 another_type Fails "2", |w| w.bob.get("/message/unreadcount", json!({"id": w.gid, "type": "x"})).await;

    42 a_friend_s Succeeds "", |w| w.bob.post("/message/updateLastReadTime", json!({"id": w.ann.uid, "type": "friend"})).await;
    42 in_other_letters Succeeds "", |w| w.bob.post("/message/updatelastreadtime", json!({"id": w.gid, "type": "group"})).await;
    42 no_id Fails "1", |w| w.bob.post("/message/updateLastReadTime", json!({"type": "friend"})).await;
    42 oneself Fails "2", |w| w.bob.post("/message/updateLastReadTime", json!({"id": w.bob.uid, "type": "friend"})).await;
}

fn friend(to: i64, content: &str) -> Value {
    json!({"to": to, "type": "friend", "content": content})
}

fn group(to: i64, content: &str) -> Value {
    json!({"to": to, "type": "group", "content": content})
}

fn friend_s(id: i64, mid: i64) -> Value {
    json!({"id": id, "type": "friend", "mid": mid})
}

fn group_s(id: i64, mid: i64) -> Value {
    json!({"id": id, "type": "group", "mid": mid})
}

fn deleting(mut fields: Value, ty: u8) -> Value {
    fields["ty"] = json!(ty);
    fields
}

/// What messages say.
fn contents(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .map(|item| item["content"].as_str().unwrap())
        .collect()
}

/// The unread messages that somebody has from another.
async fn unread(person: &Person, kind: &str, id: i64) -> Value {
    let fields = json!({"id": id, "type": kind});
    person
        .get("/message/unreadcount", fields)
        .await
        .data()
        .clone()
}

#[tokio::test]
async fn every_case_of_messages_holds() {
    cases::run(CASES).await;
}

#[tokio::test]
async fn what_is_said_reaches_both_with_their_own_names() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let remark = json!({"friend_uid": tom.uid, "remark": "Tommy"});
    jerry.post("/friend/remark", remark).await.is_ok();
    let (mut his, mut other) = (tom.connect().await, jerry.connect().await);
    let mut fields = friend(jerry.uid, "hello [表情1]");
    fields["uniqueId"] = json!("u1");
    let answer = tom.post("/message/send", fields).await;
    let mid = answer.data()["mid"].clone();
    for (socket, person, from_name) in [(&mut his, &tom, "tom"), (&mut other, &jerry, "Tommy")] {
        let heard = socket.next_of("message").await;
        assert_eq!(heard.channel, format!("user-{}", person.uid));
        assert_eq!(heard.data["mid"], mid);
        assert!(heard.data["timestamp"].is_i64());
        let expected = json!({
            "from": tom.uid.to_string(), "from_name": from_name, "to": jerry.uid.to_string(), "to_name": "jerry",
            "content": "hello [表情1]", "type": "friend", "sub_type": "message", "uniqueId": "u1",
            "from_avatar": "/static/img/avatar.jpg", "to_avatar": "/static/img/avatar.jpg",
            "quote_mid": 0, "quote_content": "",
        });
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(heard.data[name], *value, "{name}");
        }
    }
}

#[tokio::test]
async fn what_is_said_in_a_group_reaches_its_members() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut sockets = [
        world.ann.connect().await,
        world.bob.connect().await,
        world.cat.connect().await,
    ];
    let mut outside = world.dan.connect().await;
    let mid = world.cat.say_in(world.gid, "hi all").await;
    for socket in &mut sockets {
        let heard = socket.hears("hi all").await;
        assert_eq!(heard.channel, format!("group-{}", world.gid));
        let of = (&heard.data["from"], &heard.data["to"], &heard.data["type"]);
        let expected = (
            &json!(world.cat.uid.to_string()),
            &json!(world.gid.to_string()),
            &json!("group"),
        );
        assert_eq!(of, expected);
        assert_eq!(
            (&heard.data["mid"], &heard.data["from_name"]),
            (&json!(mid), &json!(world.cat.name))
        );
    }
    world.ann.say(&world.dan, "not for you").await;
    assert_eq!(outside.next().await.data["content"], "not for you");
}

#[tokio::test]
async fn a_server_s_answer_has_its_number_beside_the_data() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut fields = friend(world.bob.uid, "from afar");
    fields["login_uid"] = json!(world.ann.uid);
    let answer = world.server.under(API).post("/message/send", fields).await;
    answer.is_ok();
    assert!(answer.body["mid"].is_i64(), "{}", answer.text());
    let items = world.bob.history("friend", world.ann.uid).await;
    assert_eq!(items.last().unwrap()["mid"], answer.body["mid"]);
}

#[tokio::test]
async fn history_comes_page_by_page_with_the_oldest_first() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    for number in 0..45 {
        tom.say(&jerry, &number.to_string()).await;
    }
    let (mut pages, mut before) = (Vec::new(), None);
    loop {
        let mut fields = json!({"id": tom.uid, "type": "friend"});
        if let Some(mid) = before {
            fields["mid"] = json!(mid);
        }
        let answer = jerry.get("/message/get", fields).await;
        let page = answer.data().as_array().unwrap().clone();
        assert!(page.is_sorted_by_key(|item| item["mid"].as_i64()));
        before = page[0]["mid"].as_i64();
        let full = page.len() == 20;
        pages.splice(0..0, page);
        if !full {
            break;
        }
    }
    // With the greeting.
    assert_eq!(pages.len(), 46);
    let said: Vec<String> = (0..45).map(|number| number.to_string()).collect();
    assert_eq!(contents(&pages[1..]), said);
    let item = pages.last().unwrap();
    let expected = json!({
        "from": tom.uid.to_string(), "to": jerry.uid.to_string(), "content": "44", "sub_type": "message",
        "quote_mid": 0, "quote_content": "", "name": "tom", "avatar": "/static/img/avatar.jpg",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(item[name], *value, "{name}");
    }
    let many = jerry
        .get(
            "/message/get",
            json!({"id": tom.uid, "type": "friend", "limit": 1000}),
        )
        .await;
    assert_eq!(many.data().as_array().unwrap().len(), 46);
}

#[tokio::test]
async fn a_quote_shows_what_was_said() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let mut hearing = tom.connect().await;
    let mid = tom.say(&jerry, "who?").await;
    let mut fields = friend(tom.uid, "me");
    fields["quote_mid"] = json!(mid);
    jerry.post("/message/send", fields).await.data();
    hearing.hears("who?").await;
    let heard = hearing.hears("me").await;
    assert_eq!(
        (&heard.data["quote_mid"], &heard.data["quote_content"]),
        (&json!(mid), &json!("who?"))
    );
    let quote = async || {
        let items = tom.history("friend", jerry.uid).await;
        let item = items.last().unwrap();
        (item["quote_mid"].clone(), item["quote_content"].clone())
    };
    assert_eq!(quote().await, (json!(mid), json!("who?")));
    tom.post("/message/revoke", friend_s(jerry.uid, mid))
        .await
        .is_ok();
    assert_eq!(quote().await, (json!(mid), json!(REVOKED)));
}

#[tokio::test]
async fn what_is_taken_back_becomes_a_notice_for_all() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let (mut his, mut hers) = (world.bob.connect().await, world.ann.connect().await);
    world
        .ann
        .post("/message/revoke", friend_s(world.bob.uid, world.mid))
        .await
        .is_ok();
    let data =
        json!({"type": "friend", "id": world.bob.uid, "mid": world.mid, "uid": world.ann.uid});
    for (socket, person) in [(&mut his, &world.bob), (&mut hers, &world.ann)] {
        let heard = socket.next_of("revoke").await;
        assert_eq!(heard.channel, format!("user-{}", person.uid));
        for (name, value) in data.as_object().unwrap() {
            assert_eq!(loosely(&heard.data[name]), loosely(value), "{name}");
        }
    }
    let items = world.bob.history("friend", world.ann.uid).await;
    let item = items.iter().find(|item| item["mid"] == world.mid).unwrap();
    assert_eq!(
        (&item["content"], &item["sub_type"]),
        (&json!(REVOKED), &json!("notice"))
    );
    world
        .bob
        .post("/message/revoke", group_s(world.gid, world.group_mid))
        .await
        .is_ok();
    let heard = hers.next_of("revoke").await;
    assert_eq!(heard.channel, format!("group-{}", world.gid));
    assert_eq!(
        (&heard.data["mid"], &heard.data["uid"]),
        (&json!(world.group_mid), &json!(world.bob.uid))
    );
}

/// Clients compare ids as JavaScript does.
fn loosely(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[tokio::test]
async fn what_was_said_long_ago_stays_unless_a_server_takes_it_back() {
    let node = node(|config| config.popim.revoke_seconds = 1).await;
    let [tom, jerry] = friends(&node).await;
    let mid = tom.say(&jerry, "oops").await;
    let said = tom.history("friend", jerry.uid).await.pop().unwrap()["timestamp"].as_u64();
    let is_long_ago = async || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Some(now.as_secs()) > said.map(|said| said + 2)
    };
    eventually(is_long_ago).await;
    tom.post("/message/revoke", friend_s(jerry.uid, mid))
        .await
        .refuses(505);
    // Neither a server nor a deletion is bound by that.
    let again = tom.say(&jerry, "oops again").await;
    let mut fields = friend_s(jerry.uid, mid);
    fields["login_uid"] = json!(tom.uid);
    let server = Asker::server(tom.client());
    server.post("/message/revoke", fields).await.is_ok();
    tom.post("/message/delete", deleting(friend_s(jerry.uid, again), 2))
        .await
        .is_ok();
}

#[tokio::test]
async fn what_one_deletes_for_oneself_stays_for_the_other() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let (mut his, mut other) = (tom.connect().await, jerry.connect().await);
    let mid = tom.say(&jerry, "a secret").await;
    his.hears("a secret").await;
    other.hears("a secret").await;
    jerry
        .post("/message/delete", deleting(friend_s(tom.uid, mid), 1))
        .await
        .is_ok();
    let heard = other.next_of("message_delete").await;
    assert_eq!(
        (&heard.data["mid"], &heard.data["ty"]),
        (&json!(mid), &json!(1))
    );
    assert_eq!(unread(&jerry, "friend", tom.uid).await, 0);
    let has = async |person: &Person, peer: &Person| {
        contents(&person.history("friend", peer.uid).await).contains(&"a secret")
    };
    assert!(!has(&jerry, &tom).await);
    assert!(has(&tom, &jerry).await);
    tom.post("/message/delete", deleting(friend_s(jerry.uid, mid), 2))
        .await
        .is_ok();
    for socket in [&mut his, &mut other] {
        let heard = socket.next_of("message_delete").await;
        assert_eq!(
            (&heard.data["mid"], &heard.data["ty"]),
            (&json!(mid), &json!(2))
        );
    }
    assert!(!has(&tom, &jerry).await);
}

#[tokio::test]
async fn what_is_unread_is_counted_until_it_is_read() {
    let node = World::node().await;
    let world = World::new(&node).await;
    world.ann.history("group", world.gid).await;
    for _ in 0..3 {
        world.ann.say(&world.bob, "hey").await;
        world.cat.say_in(world.gid, "hey").await;
    }
    let (ann, gid) = (world.ann.uid, world.gid);
    assert_eq!(unread(&world.bob, "friend", ann).await, 4);
    assert_eq!(unread(&world.ann, "friend", world.bob.uid).await, 0);
    assert_eq!(unread(&world.ann, "group", gid).await, 3);
    assert_eq!(unread(&world.cat, "group", gid).await, 0);
    // A look at older ones reads nothing.
    let fields = json!({"id": ann, "type": "friend", "mid": world.mid});
    world.bob.get("/message/get", fields).await.data();
    assert_eq!(unread(&world.bob, "friend", ann).await, 4);
    world.bob.history("friend", ann).await;
    assert_eq!(unread(&world.bob, "friend", ann).await, 0);
    let fields = json!({"id": gid, "type": "group"});
    world
        .ann
        .post("/message/updateLastReadTime", fields)
        .await
        .is_ok();
    assert_eq!(unread(&world.ann, "group", gid).await, 0);
    world.ann.say(&world.bob, "one more").await;
    assert_eq!(unread(&world.bob, "friend", ann).await, 1);
}

#[tokio::test]
async fn more_than_ninety_nine_are_many() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    for number in 0..100 {
        tom.say(&jerry, &number.to_string()).await;
    }
    jerry
        .post("/friend/update", json!({"friend_uid": tom.uid, "top": 1}))
        .await
        .is_ok();
    assert_eq!(unread(&jerry, "friend", tom.uid).await, 100);
    let home = jerry.home().await;
    let conversation = &home["chatting"][format!("friend{}", tom.uid)];
    assert_eq!(conversation["unread_count"], "99+");
    assert_eq!(conversation["items"][0]["content"], "99");
}

#[tokio::test]
async fn whoever_says_too_much_has_to_wait() {
    let node = node(|config| config.popim.sends_per_ten_seconds = 20).await;
    let [tom, jerry] = friends(&node).await;
    let mut codes = Vec::new();
    for number in 0..25 {
        let answer = tom
            .post("/message/send", friend(jerry.uid, &number.to_string()))
            .await;
        codes.push(answer.code());
    }
    assert!(codes[..20].iter().all(|code| *code == 0), "{codes:?}");
    assert!(codes.contains(&429), "{codes:?}");
    jerry.say(&tom, "calm down").await;
}
