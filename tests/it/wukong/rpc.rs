//! The JSON-RPC form of the protocol.

use crate::support::TestNode;
use crate::support::wukong::{
    APP, Asker, GROUP, PERSON, Person, RpcLine, WAYS, Way, friends, listening, text,
};
use parlance::dialect::wukong::proto::Flags;
use parlance::domain::time;
use serde_json::{Value, json};

/// A connection on which nothing was said yet.
async fn stranger(node: &TestNode) -> RpcLine {
    RpcLine::new(Way::Http.pipe(&node.guest()).await)
}

#[tokio::test]
async fn connect_is_answered_as_the_contract_says() {
    let node = listening(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    for way in [Way::Http, Way::Ws] {
        let mut line = RpcLine::new(way.pipe(&node.guest()).await);
        let mut answer = line.ask("connect", RpcLine::hello(&ann, "tab")).await;
        let ahead = answer["result"]["timeDiff"].take().as_i64().unwrap();
        let off = time::now() - 1_700_000_000_000 - ahead;
        assert!((0..60_000).contains(&off), "{off} ms");
        let result = json!({
            "serverKey": "", "salt": "", "timeDiff": null, "reasonCode": 1, "serverVersion": 5, "nodeId": 1,
        });
        assert_eq!(
            answer,
            json!({"jsonrpc": "2.0", "id": "1", "result": result})
        );
        assert_eq!(line.ask("ping", Value::Null).await["result"], json!({}));
    }
}

#[tokio::test]
async fn ids_come_back_as_they_were() {
    let node = TestNode::start().await;
    let ann = Person::register(&node, "ann").await;
    let hello = RpcLine::hello(&ann, "tab");
    for id in [
        "1",
        "-7",
        "\"x\"",
        "12345678901234567890123",
        "1.50",
        "\"\\u00e9\"",
    ] {
        let mut line = stranger(&node).await;
        // Blanks may come first.
        let connect = format!(" \r\n\t{{\"method\":\"connect\",\"id\":{id},\"params\":{hello}}}");
        line.put(connect).await;
        let answer = line.answer().await;
        assert_eq!(
            answer["id"].to_string(),
            serde_json::from_str::<Value>(id).unwrap().to_string()
        );
        assert_eq!(answer["result"]["reasonCode"], 1);
    }
}

#[tokio::test]
async fn a_token_that_does_not_fit_is_refused_with_2() {
    let node = TestNode::start().await;
    let [ann, bob] = friends(&node).await;
    let hello = RpcLine::hello(&ann, "tab");
    for (name, value) in [
        ("token", json!("nonsense")),
        ("token", json!(bob.token)),
        ("uid", json!(bob.uid)),
        ("uid", json!("")),
        ("deviceFlag", json!(APP)),
        ("deviceFlag", json!(7)),
        ("deviceFlag", json!("web")),
        ("uid", json!([])),
    ] {
        let mut wrong = hello.clone();
        wrong[name] = value;
        let mut line = stranger(&node).await;
        let answer = line.ask("connect", wrong).await;
        assert_eq!(answer["error"]["code"], 2, "{name}: {answer}");
        assert_eq!(line.closed().await, None);
    }
}

#[tokio::test]
async fn whoever_does_not_begin_with_connect_is_let_go() {
    let node = listening(|_| {}).await;
    let ann = Person::register(&node, "ann").await;
    let hello = RpcLine::hello(&ann, "tab");
    let long = format!(
        "{{\"method\":\"connect\",\"id\":1,\"x\":\"{}\"}}",
        "x".repeat(5000)
    );
    let batch = json!([{"method": "connect", "id": 1, "params": hello}]);
    let texts = [
        "{}".to_owned(),
        "{".to_owned(),
        "{\"method\":\"ping\",\"id\":1}".to_owned(),
        "{\"method\":\"send\",\"id\":1,\"params\":{}}".to_owned(),
        "{\"method\":1,\"id\":1}".to_owned(),
        "null".to_owned(),
        long,
        batch.to_string(),
    ];
    for text in texts {
        let mut line = stranger(&node).await;
        line.put(text.clone()).await;
        assert_eq!(line.closed().await, None, "{text}");
    }
    // Byte streams speak the binary form only, and binary messages are of that form.
    let connect = json!({"method": "connect", "id": 1, "params": hello}).to_string();
    for way in WAYS {
        let mut pipe = way.pipe(&node.guest()).await;
        pipe.write(connect.clone().into_bytes()).await.unwrap();
        assert!(pipe.rest().await.is_empty(), "{way:?}");
    }
}

#[tokio::test]
async fn both_forms_talk_to_each_other() {
    let node = TestNode::start().await;
    let [ann, bob] = friends(&node).await;
    let group = ann.found("pair", &[&bob]).await;
    let mut json_line = RpcLine::connect(&ann, "json").await;
    let mut own = RpcLine::connect(&ann, "also json").await;
    let mut line = bob.connect().await;
    for (channel, kind, seen) in [(&bob.uid, PERSON, &ann.uid), (&group, GROUP, &group)] {
        let said = json_line.say(channel, kind, &text("hi")).await;
        let heard = line.hears("hi").await.recv;
        assert_eq!(said["messageId"], heard.message_id.to_string());
        assert_eq!(said["messageSeq"], heard.message_seq);
        assert_eq!((&*heard.from_uid, &*heard.channel_id), (&*ann.uid, &**seen));
        assert_eq!(heard.flags, Flags::RED_DOT);
        let heard = own.next().await;
        assert_eq!(heard["channelId"], **channel);
        assert_eq!(heard["header"]["redDot"], false);

        let there = if kind == PERSON { &ann.uid } else { &group };
        let ack = line.say(there, kind, "hello").await;
        let heard = json_line.next().await;
        assert_eq!(heard["payload"], text("hello"));
        assert_eq!(heard["messageId"], ack.message_id.to_string());
        assert_eq!(heard["messageSeq"], ack.message_seq);
        assert_eq!(
            (&heard["fromUid"], &heard["channelType"]),
            (&json!(bob.uid), &json!(kind))
        );
        let seen = if kind == PERSON { &bob.uid } else { &group };
        assert_eq!(heard["channelId"], **seen);
        let header = json!({"noPersist": false, "redDot": true, "syncOnce": false, "dup": false});
        assert_eq!(heard["header"], header);
        assert_eq!(own.next().await["payload"], text("hello"));
    }
}

#[tokio::test]
async fn a_refusal_is_an_error_with_the_reason() {
    let node = TestNode::start().await;
    let [ann, bob] = friends(&node).await;
    let cat = Person::register(&node, "cat").await;
    let mut line = RpcLine::connect(&ann, "tab").await;
    let hi = text("hi");
    let with = |name: &str, value: Value| {
        let mut params = RpcLine::saying(&bob.uid, PERSON, &hi);
        params[name] = value;
        params
    };
    for (params, code) in [
        (with("channelId", json!(cat.uid)), 13),
        (with("channelId", json!(ann.uid)), 16),
        (with("channelId", json!("")), 16),
        (with("channelType", json!(GROUP)), 5),
        (with("channelType", json!(7)), 23),
        (with("channelType", json!("person")), 9),
        (with("channelType", json!(1000)), 9),
        (with("payload", json!("not base64!")), 9),
        (with("payload", json!("bm90IGpzb24=")), 9),
        (with("payload", json!("")), 9),
        (with("payload", json!("A".repeat(32_768))), 9),
        (with("payload", hi.clone()), 9),
        (with("clientMsgNo", json!("x".repeat(200))), 9),
        (with("header", json!({"syncOnce": true})), 20),
        (Value::Null, 16),
        (json!({}), 16),
        (json!("send"), 9),
    ] {
        let answer = line.ask("send", params.clone()).await;
        assert_eq!(answer["error"]["code"], code, "{params}: {answer}");
        assert!(answer["error"]["message"].is_string() && answer.get("result").is_none());
    }
    line.say(&bob.uid, PERSON, &hi).await;
}

#[tokio::test]
async fn a_repeated_client_number_gets_the_same_answer() {
    let node = TestNode::start().await;
    let [ann, bob] = friends(&node).await;
    let (mut line, mut hearing) = (RpcLine::connect(&ann, "tab").await, bob.connect().await);
    let once = RpcLine::saying(&bob.uid, PERSON, &text("once"));
    let first = line.ask("send", once.clone()).await;
    assert_eq!(line.ask("send", once).await["result"], first["result"]);
    line.say(&bob.uid, PERSON, &text("next")).await;
    hearing.hears("once").await;
    hearing.hears("next").await;
}

#[tokio::test]
async fn no_persist_has_no_place() {
    let node = TestNode::start().await;
    let [ann, bob] = friends(&node).await;
    let mut line = RpcLine::connect(&ann, "tab").await;
    let mut hearing = RpcLine::connect(&bob, "tab").await;
    let mut now = RpcLine::saying(&bob.uid, PERSON, &text("now"));
    now["header"] = json!({"noPersist": true});
    let said = line.ask("send", now).await;
    assert_eq!(said["result"]["messageSeq"], 0, "{said}");
    let heard = hearing.next().await;
    assert_eq!(
        (&heard["messageSeq"], &heard["header"]["noPersist"]),
        (&json!(0), &json!(true))
    );
}

#[tokio::test]
async fn many_requests_at_a_time_get_one_answer_each() {
    let node = TestNode::start().await;
    let [ann, bob] = friends(&node).await;
    let (mut line, mut hearing) = (RpcLine::connect(&ann, "tab").await, bob.connect().await);
    for number in 0..50 {
        let params = RpcLine::saying(&bob.uid, PERSON, &text(&number.to_string()));
        let request = json!({"jsonrpc": "2.0", "id": number, "method": "send", "params": params});
        line.put(request.to_string()).await;
    }
    let mut answered = Vec::new();
    for _ in 0..50 {
        let answer = line.answer().await;
        assert_eq!(answer["result"]["reasonCode"], 1, "{answer}");
        answered.push(answer["id"].as_i64().unwrap());
    }
    answered.sort_unstable();
    assert_eq!(answered, Vec::from_iter(0..50));
    for number in 0..50 {
        hearing.hears(&number.to_string()).await;
    }
}

#[tokio::test]
async fn unknown_requests_are_answered_and_unknown_notifications_are_not() {
    let node = TestNode::start().await;
    let ann = Person::register(&node, "ann").await;
    let mut line = RpcLine::connect(&ann, "tab").await;
    let answer = line.ask("dance", json!({})).await;
    assert_eq!(answer["error"]["code"], -32601, "{answer}");
    for notification in [
        json!({"method": "dance"}),
        json!({"method": "event", "params": {"id": "1"}}),
        json!({"method": "recvack", "params": {"messageId": "1", "messageSeq": 1}}),
        json!({"method": "recvack", "params": {"messageId": [], "messageSeq": 1e300}}),
        json!({"method": "recvack"}),
    ] {
        line.put(notification.to_string()).await;
    }
    assert_eq!(line.ask("ping", json!([])).await["result"], json!({}));
}

#[tokio::test]
async fn what_is_no_request_ends_the_connection() {
    let node = TestNode::start().await;
    let ann = Person::register(&node, "ann").await;
    let long = format!("{{\"method\":\"ping\",\"id\":\"{}\"}}", "x".repeat(200));
    for text in [
        "",
        "{",
        "[]",
        "null",
        "{}",
        "{\"id\":1}",
        "{\"method\":\"disconnect\"}",
        &long,
    ] {
        let mut line = RpcLine::connect(&ann, "tab").await;
        line.put(text).await;
        assert_eq!(line.closed().await, None, "{text}");
    }
    let mut line = RpcLine::connect(&ann, "tab").await;
    let again = json!({"method": "connect", "id": 1, "params": RpcLine::hello(&ann, "tab")});
    line.put(again.to_string()).await;
    assert_eq!(line.closed().await, None);
}

#[tokio::test]
async fn whoever_is_kicked_hears_a_disconnect() {
    let node = TestNode::start().await;
    let guest = Asker::new(&node.guest());
    let ann = Person::register_through(&guest, "ann", APP).await;
    let old = RpcLine::connect(&ann, "phone A").await;
    let _new = ann.connect_as("phone B").await;
    let told = old.closed().await.unwrap();
    assert_eq!(
        told,
        json!({"reasonCode": 12, "reason": "login in other device"})
    );
}

#[tokio::test]
async fn commands_come_as_they_do_in_the_binary_form() {
    let node = TestNode::start().await;
    let [ann, bob] = friends(&node).await;
    let mut binary = ann.connect_as("binary").await;
    let mut line = RpcLine::connect(&ann, "json").await;
    let _bob = bob.connect().await;
    let expected = binary.hears_command("onlineStatus").await;
    let heard = line.command("onlineStatus").await;
    assert_eq!(heard["payload"], expected.payload);
    assert_eq!(heard["channelId"], *expected.recv.channel_id);
    assert_eq!(heard["setting"], expected.recv.setting.0);
    assert_eq!(
        (&heard["fromUid"], &heard["messageSeq"]),
        (&json!(""), &json!(0))
    );
}
