//! Operations 51 to 54: saying something, taking it back, reading, looking back.

use super::cases::{self, cases};
use super::me::names;
use super::world::World;
use crate::support::http::{Answer, INVALID};
use crate::support::{TestNode, User};
use serde_json::{Value, json};

const SENT: &str = "发送成功";

/// A text to a friend.
fn text(to: i64, body: &str) -> Value {
    json!({"toId": to, "ope": "friend", "type": "text", "body": body})
}

/// A text to the world's group.
fn in_group(w: &World, body: &str) -> Value {
    json!({"toId": w.group, "ope": "group", "type": "text", "body": body})
}

async fn block_bob(w: &World) {
    let blocked = w
        .ann
        .post("/friends/blaklist", json!({"toId": w.bob.id}))
        .await;
    blocked.succeeds("添加成功");
}

cases! {
    51 a_text_to_a_friend Succeeds SENT, |w| w.ann.post("/chat/send", text(w.bob.id, "hello")).await;
    51 a_text_to_a_stranger Succeeds SENT, |w| w.ann.post("/chat/send", text(w.dan.id, "hello")).await;
    51 a_text_to_the_group Succeeds SENT, |w| w.cat.post("/chat/send", in_group(w, "hello")).await;
    51 something_encrypted Succeeds SENT, |w| {
        w.ann.post("/chat/send", json!({
            "toId": w.bob.id, "ope": "friend", "type": "text", "body": "AAAA", "isPrivate": 1, "clientMsgId": "one",
        })).await
    };
    51 a_type_of_the_clients_own Succeeds SENT, |w| {
        w.ann.post("/chat/send", json!({"toId": w.bob.id, "ope": "friend", "type": "poke", "body": "!"})).await
    };
    51 a_control_word Fails "参数不合法", |w| {
        w.ann.post("/chat/send", json!({"toId": w.bob.id, "ope": "friend", "type": "read", "body": "!"})).await
    };
    51 a_notice_of_the_system Fails "参数不合法", |w| {
        w.ann.post("/chat/send", json!({"toId": w.bob.id, "ope": "system", "type": "text", "body": "!"})).await
    };
    51 nothing Fails "参数不合法", |w| w.ann.post("/chat/send", text(w.bob.id, "")).await;
    51 to_nobody Fails "参数不合法", |w| w.ann.post("/chat/send", text(0, "hello")).await;
    51 to_an_unknown_account Fails "账号不存在", |w| w.ann.post("/chat/send", text(2_000_000_000, "hello")).await;
    51 to_the_sender Fails "不能对自己进行此操作", |w| w.ann.post("/chat/send", text(w.ann.id, "hello")).await;
    51 to_who_has_blocked_the_sender Fails "对方已将您拉黑", |w| {
        block_bob(w).await;
        w.bob.post("/chat/send", text(w.ann.id, "hello")).await
    };
    51 to_an_unknown_group Fails "群聊不存在", |w| {
        w.ann.post("/chat/send", json!({"toId": 9_999_999, "ope": "group", "type": "text", "body": "hello"})).await
    };
    51 to_somebody_elses_group Fails "你不是是此群聊成员", |w| w.dan.post("/chat/send", in_group(w, "hello")).await;
    51 by_a_muted_member Fails "您已被禁言", |w| {
        let mute = json!({"groupId": w.group, "toId": w.cat.id, "minute": 1});
        w.bob.post("/chatGroups/banned", mute).await.succeeds("处理成功");
        w.cat.post("/chat/send", in_group(w, "hello")).await
    };
    51 too_soon_after_another Fails "发送过于频繁，请稍后再试", |w| {
        w.admin.set("chat_rate", "3600").await;
        w.ann.post("/chat/send", text(w.bob.id, "one")).await.succeeds(SENT);
        w.ann.post("/chat/send", in_group(w, "two")).await
    };
    51 the_same_again_too_soon Fails "请勿重复发送相同内容", |w| {
        w.admin.set("chat_repeat_rate", "3600").await;
        w.ann.post("/chat/send", text(w.bob.id, "same")).await.succeeds(SENT);
        w.ann.post("/chat/send", text(w.bob.id, "same")).await
    };
    51 more_characters_than_allowed Fails "消息内容超过长度限制", |w| {
        w.admin.set("chat_text_max_length", "5").await;
        w.ann.post("/chat/send", text(w.bob.id, "hello!")).await
    };
    51 a_banned_word Fails "消息包含敏感词，无法发送", |w| {
        w.admin.set("sensitive_words", "heck;darn").await;
        w.admin.set("sensitive_send", "false").await;
        w.ann.post("/chat/send", text(w.bob.id, "what the HECK")).await
    };

    52 an_own_message Succeeds "成功", |w| {
        w.ann.post("/chat/revocation", json!({"toId": w.bob.id, "id": w.message, "ope": "friend"})).await
    };
    52 an_own_message_twice Succeeds "成功", |w| {
        let fields = json!({"toId": w.bob.id, "id": w.message, "ope": "friend"});
        w.ann.post("/chat/revocation", fields.clone()).await.succeeds("成功");
        w.ann.post("/chat/revocation", fields).await
    };
    52 somebody_elses_message Fails "只能撤回自己的消息", |w| {
        w.bob.post("/chat/revocation", json!({"toId": w.ann.id, "id": w.message, "ope": "friend"})).await
    };
    52 a_members_message_by_the_owner Fails "只能撤回自己的消息", |w| {
        let said = w.cat.say_in(w.group, "hello").await;
        w.ann.post("/chat/revocation", json!({"toId": w.group, "id": said["id"], "ope": "group"})).await
    };
    52 an_unknown_message Fails "只能撤回自己的消息", |w| {
        w.ann.post("/chat/revocation", json!({"toId": w.bob.id, "id": 1_000_000_000, "ope": "friend"})).await
    };
    52 an_old_message Fails "超过2分钟消息无法撤回", |w| {
        w.age(w.message, 121_000).await;
        w.ann.post("/chat/revocation", json!({"toId": w.bob.id, "id": w.message, "ope": "friend"})).await
    };
    52 no_message Fails "参数不合法", |w| w.ann.post("/chat/revocation", json!({"toId": w.bob.id})).await;

    53 a_friends_messages Succeeds "成功", |w| w.bob.post("/chat/read", json!({"toId": w.ann.id})).await;
    53 a_groups_messages Succeeds "成功", |w| w.bob.post("/chat/read", json!({"toId": w.group})).await;
    53 nobodys_messages Fails "参数不合法", |w| w.bob.post("/chat/read", json!({})).await;

    54 a_conversation Succeeds "", |w| {
        w.ann.get("/chat/messages", json!({"toId": w.bob.id, "page": 1, "limit": 10, "sort": "id:desc"})).await
    };
    54 a_group Succeeds "", |w| w.cat.get("/chat/messages", json!({"toId": w.group})).await;
    54 somebody_elses_group Fails "你不是是此群聊成员", |w| w.dan.get("/chat/messages", json!({"toId": w.group})).await;
    54 an_unknown_group Fails "群聊不存在", |w| w.ann.get("/chat/messages", json!({"toId": 9_999_999})).await;
    54 nobody Fails "参数不合法", |w| w.ann.get("/chat/messages", json!({})).await;
    54 a_sort_by_the_body Fails "参数不合法", |w| {
        w.ann.get("/chat/messages", json!({"toId": w.bob.id, "sort": "body;DROP TABLE messages:asc"})).await
    };
    54 a_sort_by_nothing Fails "参数不合法", |w| {
        w.ann.get("/chat/messages", json!({"toId": w.bob.id, "sort": ""})).await
    };
}

#[tokio::test]
async fn every_case_of_chat_holds() {
    cases::run(CASES).await;
}

/// The fields of a message.
pub const MESSAGE: [&str; 11] = [
    "id",
    "createdAt",
    "updatedAt",
    "fromId",
    "toId",
    "ope",
    "type",
    "body",
    "isPrivate",
    "status",
    "isRead",
];

async fn history(user: &User, fields: Value) -> (Vec<Value>, i64) {
    let answer = user.get("/chat/messages", fields).await;
    let result = answer.succeeds("");
    let items = result["items"].as_array().unwrap().clone();
    (items, result["total"].as_i64().unwrap())
}

/// The bodies of a conversation as the user finds them.
async fn bodies(user: &User, with: i64) -> Vec<String> {
    let (items, _) = history(user, json!({"toId": with})).await;
    let bodies = items
        .iter()
        .map(|item| item["body"].as_str().unwrap().to_owned());
    bodies.collect()
}

async fn send(user: &User, message: Value) -> Answer {
    user.post("/chat/send", message).await
}

#[tokio::test]
async fn a_sent_message_is_answered_with_all_of_it() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let answer = send(&ann, text(bob.id, "hello")).await;
    let message = answer.succeeds(SENT);
    assert_eq!(names(message), MESSAGE);
    assert_eq!(
        (message["id"].as_i64(), &message["createdAt"]),
        (Some(1), &message["updatedAt"])
    );
    assert_eq!(
        (&message["fromId"], &message["toId"]),
        (&json!(ann.id), &json!(bob.id))
    );
    assert_eq!(
        (&message["ope"], &message["type"]),
        (&json!("friend"), &json!("text"))
    );
    assert_eq!(
        (&message["body"], &message["status"]),
        (&json!("hello"), &json!("normal"))
    );
    assert_eq!(
        (&message["isPrivate"], &message["isRead"]),
        (&json!(false), &json!(false))
    );
    let next = bob.say(&ann, "hi").await;
    assert_eq!(next["id"], 2);
}

#[tokio::test]
async fn every_body_comes_back_exactly_as_it_was_sent() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let mut socket = bob.connect().await;
    let bodies = [
        "plain",
        " blanks \n and lines\t",
        "😀👨‍👩‍👧‍👦 \u{200d} e\u{301}",
        "'; DROP TABLE messages; --",
        "<script>alert(1)</script>",
        "\u{1}\u{7f}\u{feff}\u{202e}",
        "\\u0000 % _ \"",
        "{\"content\":\"hi\",\"thumb\":\"AAAA\",\"z\":1,\"a\":2}",
        "{\"content\": 5}",
        "{broken",
        "null",
    ];
    for kind in ["text", "pic", "voice", "video", "geo", "file", "x-own"] {
        for body in bodies {
            for private in [0, 1] {
                let message = json!({
                    "toId": bob.id, "ope": "friend", "type": kind, "body": body, "isPrivate": private,
                });
                let answer = send(&ann, message).await;
                let said = answer.succeeds(SENT);
                assert_eq!((&said["type"], &said["body"]), (&json!(kind), &json!(body)));
                assert_eq!(said["isPrivate"], private == 1);
                assert_eq!(socket.next().await, *said);
            }
        }
    }
    let (items, total) = history(&bob, json!({"toId": ann.id, "limit": 500})).await;
    assert_eq!(total, 7 * 2 * bodies.len() as i64);
    for (n, item) in items.iter().enumerate() {
        assert_eq!(item["body"], bodies[n / 2 % bodies.len()]);
    }
}

#[tokio::test]
async fn a_message_has_room_for_so_many_bytes() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    for (kind, most) in [("text", 65_535), ("pic", 256 * 1024)] {
        let message = |length: usize| json!({"toId": bob.id, "ope": "friend", "type": kind, "body": "x".repeat(length)});
        send(&ann, message(most)).await.succeeds(SENT);
        send(&ann, message(most + 1))
            .await
            .fails("消息内容超过长度限制");
    }
    let wide = text(bob.id, &"汉".repeat(65_535 / 3 + 1));
    send(&ann, wide).await.fails("消息内容超过长度限制");
}

#[tokio::test]
async fn history_is_paged_sorted_and_filtered() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    for n in 1..=7 {
        let (from, to) = if n % 2 == 0 {
            (&bob, &ann)
        } else {
            (&ann, &bob)
        };
        from.say(to, &n.to_string()).await;
    }
    let poke = json!({"toId": bob.id, "ope": "friend", "type": "poke", "body": "8"});
    send(&ann, poke).await.succeeds(SENT);
    ann.say(&cat, "elsewhere").await;
    for (fields, expected, total) in [
        (json!({}), "12345678", 8),
        (json!({"page": 1, "limit": 3}), "123", 8),
        (json!({"page": 3, "limit": 3}), "78", 8),
        (json!({"page": 4, "limit": 3}), "", 8),
        (json!({"page": 0, "limit": 0}), "1", 8),
        (json!({"limit": 501}), "12345678", 8),
        (json!({"sort": "id:desc", "limit": 2}), "87", 8),
        (
            json!({"sort": "createdAt:desc|id:desc", "limit": 1}),
            "8",
            8,
        ),
        (json!({"sort": "id:asc"}), "12345678", 8),
        (json!({"messageType": "poke"}), "8", 1),
        (json!({"messageType": "text", "limit": 2}), "12", 7),
        (json!({"messageType": "voice"}), "", 0),
        (json!({"ope": "friend"}), "12345678", 8),
    ] {
        let mut fields = fields;
        fields["toId"] = bob.id.into();
        let (items, all) = history(&ann, fields.clone()).await;
        let bodies: String = items
            .iter()
            .map(|item| item["body"].as_str().unwrap())
            .collect();
        assert_eq!((bodies.as_str(), all), (expected, total), "{fields}");
    }
    let (items, _) = history(&bob, json!({"toId": ann.id})).await;
    let mut fields = MESSAGE.to_vec();
    fields.push("self");
    assert_eq!(names(&items[0]), fields);
    assert_eq!(
        (&items[0]["self"], &items[1]["self"]),
        (&json!(false), &json!(true))
    );
    // Nothing was ever said between these two.
    assert_eq!(history(&bob, json!({"toId": cat.id})).await, (vec![], 0));
}

#[tokio::test]
async fn a_page_that_is_no_number_is_invalid() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    for (name, value) in [
        ("page", "-1"),
        ("limit", "many"),
        ("ope", "system"),
        ("sort", "id:up"),
        ("sort", "id"),
    ] {
        let fields = json!({"toId": bob.id, name: value});
        ann.get("/chat/messages", fields).await.fails(INVALID);
    }
}

#[tokio::test]
async fn a_member_sees_what_was_said_since_joining_or_everything() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let group = ann.found("hikers").await;
    ann.say_in(group, "before").await;
    ann.invite(group, [&bob]).await;
    bob.say_in(group, "after").await;
    assert_eq!(bodies(&bob, group).await, ["after"]);
    assert_eq!(bodies(&ann, group).await, ["before", "after"]);
    for (open, expected) in [(1, vec!["before", "after"]), (0, vec!["after"])] {
        let change = json!({"groupId": group, "enbaleBeforeMsg": open});
        ann.put("/chatGroups", change).await.succeeds("修改成功");
        assert_eq!(bodies(&bob, group).await, expected);
    }
    bob.post("/chatGroups/exit", json!({"groupId": group}))
        .await
        .succeeds("退出成功");
    ann.say_in(group, "meanwhile").await;
    ann.invite(group, [&bob]).await;
    ann.say_in(group, "again").await;
    assert_eq!(bodies(&bob, group).await, ["again"]);
}

#[tokio::test]
async fn a_revoked_message_is_in_no_history() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let said = ann.say(&bob, "wrong").await;
    ann.say(&bob, "right").await;
    let fields = json!({"toId": bob.id, "id": said["id"], "ope": "friend"});
    let answer = ann.post("/chat/revocation", fields).await;
    assert!(answer.succeeds("成功").is_null());
    for (user, other) in [(&ann, &bob), (&bob, &ann)] {
        let (items, total) = history(user, json!({"toId": other.id})).await;
        assert_eq!(
            (items.len(), total, &items[0]["body"]),
            (1, 1, &json!("right"))
        );
    }
}

#[tokio::test]
async fn what_was_read_is_marked_for_both() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    ann.say(&bob, "one").await;
    bob.say(&ann, "two").await;
    let read = async |user: &User, other: &User| {
        let (items, _) = history(user, json!({"toId": other.id})).await;
        let read = items.iter().map(|item| item["isRead"].as_bool().unwrap());
        read.collect::<Vec<_>>()
    };
    assert_eq!(read(&ann, &bob).await, [false, false]);
    bob.post("/chat/read", json!({"toId": ann.id}))
        .await
        .succeeds("成功");
    assert_eq!(read(&ann, &bob).await, [true, false]);
    assert_eq!(read(&bob, &ann).await, [true, false]);
    ann.say(&bob, "three").await;
    assert_eq!(read(&ann, &bob).await, [true, false, false]);
    ann.post("/chat/read", json!({"toId": bob.id}))
        .await
        .succeeds("成功");
    assert_eq!(read(&bob, &ann).await, [true, true, false]);
}

fn with_id(to: i64, body: &str, client_id: &str) -> Value {
    json!({"toId": to, "ope": "friend", "type": "text", "body": body, "clientMsgId": client_id})
}

#[tokio::test]
async fn a_repeated_client_id_gives_the_first_message_again_and_pushes_nothing() {
    let node = TestNode::start().await;
    let [ann, bob, cat] = node.users(["ann", "bob", "cat"]).await;
    let mut socket = bob.connect().await;
    let first = send(&ann, with_id(bob.id, "first", "a1")).await;
    let again = send(&ann, with_id(bob.id, "again", "a1")).await;
    assert_eq!(first.succeeds(SENT), again.succeeds(SENT));
    assert_eq!(socket.next_of("text").await["body"], "first");
    // The same id of another sender, or to another recipient, is another message.
    for (from, to) in [(&bob, &ann), (&ann, &cat)] {
        let other = send(from, with_id(to.id, "other", "a1")).await;
        assert_ne!(other.succeeds(SENT)["id"], first.body["result"]["id"]);
    }
    assert_eq!(bodies(&ann, bob.id).await, ["first", "other"]);
    socket.is_quiet().await;
}

#[tokio::test]
async fn a_repeated_client_id_is_subject_to_no_rule_against_new_messages() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let first = send(&ann, with_id(bob.id, "first", "a1")).await;
    let admin = node.admin().await;
    for (name, value) in [
        ("chat_rate", "3600"),
        ("chat_repeat_rate", "3600"),
        ("chat_text_max_length", "1"),
    ] {
        admin.set(name, value).await;
    }
    let blocked = bob.post("/friends/blaklist", json!({"toId": ann.id})).await;
    blocked.succeeds("添加成功");
    let again = send(&ann, with_id(bob.id, "first", "a1")).await;
    assert_eq!(first.succeeds(SENT), again.succeeds(SENT));
    send(&ann, with_id(bob.id, "second", "a2"))
        .await
        .fails("对方已将您拉黑");
}

#[tokio::test]
async fn a_client_id_repeated_at_the_same_time_makes_one_message() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let sending: Vec<_> = (0..16)
        .map(|n| {
            let (ann, to) = (ann.clone(), bob.id);
            tokio::spawn(async move { send(&ann, with_id(to, &n.to_string(), "a1")).await })
        })
        .collect();
    let mut results = Vec::new();
    for sent in sending {
        results.push(sent.await.unwrap().succeeds(SENT).clone());
    }
    assert!(results.iter().all(|result| *result == results[0]));
    assert_eq!(history(&ann, json!({"toId": bob.id})).await.1, 1);
}

#[tokio::test]
async fn a_client_id_is_known_after_a_restart() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let first = send(&ann, with_id(bob.id, "first", "a1")).await;
    let node = node.restart().await;
    let ann = ann.at(&node);
    let again = send(&ann, with_id(bob.id, "again", "a1")).await;
    assert_eq!(first.succeeds(SENT), again.succeeds(SENT));
    let next = send(&ann, with_id(bob.id, "next", "a2")).await;
    let id = |answer: &Answer| answer.succeeds(SENT)["id"].as_i64();
    assert!(id(&next) > id(&first));
}

#[tokio::test]
async fn a_client_id_has_at_most_sixty_four_characters() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    send(&ann, with_id(bob.id, "long", &"号".repeat(64)))
        .await
        .succeeds(SENT);
    send(&ann, with_id(bob.id, "longer", &"号".repeat(65)))
        .await
        .fails(INVALID);
    // No id at all: two messages.
    for _ in 0..2 {
        send(&ann, with_id(bob.id, "none", "")).await.succeeds(SENT);
    }
    assert_eq!(bodies(&ann, bob.id).await.len(), 3);
}

#[tokio::test]
async fn where_friendship_is_required_strangers_cannot_write() {
    let node = TestNode::with(|config| config.freeim.require_friend = true).await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    send(&ann, text(bob.id, "hello"))
        .await
        .fails("对方还不是您的好友");
    ann.befriend(&bob).await;
    send(&ann, text(bob.id, "hello")).await.succeeds(SENT);
    bob.delete("/friends", json!({"toId": ann.id}))
        .await
        .succeeds("删除成功");
    send(&ann, text(bob.id, "hello?"))
        .await
        .fails("对方还不是您的好友");
}

#[tokio::test]
async fn an_account_sends_so_many_messages_at_once() {
    let node = TestNode::with(|config| {
        config.limits.sends_per_second = 1;
        config.limits.sends_burst = 2;
    })
    .await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let mut refused = 0;
    for n in 0..5 {
        let answer = send(&ann, text(bob.id, &n.to_string())).await;
        match answer.message() {
            SENT => {}
            _ => {
                answer.fails("发送过于频繁，请稍后再试");
                refused += 1;
            }
        }
    }
    assert!(refused >= 1, "five messages at once passed");
    send(&bob, text(ann.id, "mine")).await.succeeds(SENT);
}

#[tokio::test]
async fn an_administrator_takes_any_message_back() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let said = ann.say(&bob, "spam").await;
    let mut socket = bob.connect().await;
    assert_eq!(socket.next_of("text").await["id"], said["id"]);
    let path = format!("/messages/{}/revoke", said["id"]);
    node.admin().await.post(&path, json!({})).await;
    let frame = socket.next_of("text").await;
    assert_eq!(
        (&frame["id"], &frame["status"]),
        (&said["id"], &json!("revocation"))
    );
    assert!(bodies(&ann, bob.id).await.is_empty());
}
