//! Random bytes, packets and requests, before and after CONNECT.

use super::frame;
use crate::support::TestNode;
use crate::support::wukong::{
    GROUP, Line, PERSON, Person, RpcLine, WAYS, Way, friends, listening, text,
};
use parlance::dialect::wukong::proto::{Flags, Packet, Send, Setting};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// Runs per property.
const CASES: u32 = 60;

/// Where things are thrown.
struct Target {
    node: TestNode,
    /// Whoever throws.
    ann: Person,
    /// Her friend.
    bob: Person,
    group: String,
}

/// Throws generated values at a node. It has to survive each, and a connection open since before has to outlive them all.
fn throw<S: Strategy>(strategy: S, attempt: impl AsyncFn(&Target, S::Value)) {
    let runtime = Runtime::new().unwrap();
    let (target, mut bystander) = runtime.block_on(async {
        let node = listening(|config| config.wukong.connect_seconds = 60).await;
        let [ann, bob] = friends(&node).await;
        let group = ann.found("pair", &[&bob]).await;
        let bystander = bob.connect_as("bystander").await;
        let target = Target {
            node,
            ann,
            bob,
            group,
        };
        (target, bystander)
    });
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        max_shrink_time: 20_000,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&strategy, |value| {
        runtime.block_on(attempt(&target, value));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    runtime.block_on(async {
        bystander.flush().await;
        let mut line = target.ann.connect_as("afterwards").await;
        line.say(&target.bob.uid, PERSON, "fine").await;
        bystander
            .next_where(|heard| heard.payload == text("fine"))
            .await;
    });
}

fn way() -> impl Strategy<Value = Way> {
    select(WAYS.to_vec())
}

/// Random bytes, and what begins like a packet of any type.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let packet = (0..16_u8, vec(any::<u8>(), 0..200)).prop_map(|(kind, body)| frame(kind, &body));
    let packets = vec(packet, 1..20).prop_map(|packets| packets.concat());
    prop_oneof![vec(any::<u8>(), 1..2000), packets]
}

#[test]
fn random_bytes_before_connect_never_stop_the_node() {
    throw((way(), noise()), async |target, (way, bytes)| {
        let mut pipe = way.pipe(&target.node.guest()).await;
        let _ = pipe.write(bytes).await;
    });
}

#[test]
fn random_bytes_after_connect_never_stop_the_node() {
    throw((way(), noise()), async |target, (way, bytes)| {
        let mut line = Line::connect_by(way, &target.ann, "tab").await;
        line.put_bytes(bytes).await;
        line.put(Packet::Disconnect {
            reason: 0,
            text: "".into(),
        })
        .await;
    });
}

/// Changes somewhere in some bytes.
fn changes() -> impl Strategy<Value = Vec<(Index, u8)>> {
    vec((any::<Index>(), any::<u8>()), 0..4)
}

#[test]
fn frames_with_bytes_changed_or_cut_off_never_stop_the_node() {
    let strategy = (way(), changes(), any::<Index>(), any::<bool>());
    throw(strategy, async |target, (way, changes, end, cut)| {
        let mut line = Line::connect_by(way, &target.ann, "tab").await;
        let send = line.draft(&target.bob.uid, PERSON, &text("changed"));
        let mut bytes = Packet::Send(send).encode(5).repeat(3);
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if cut {
            bytes.truncate(end.index(bytes.len()));
        }
        line.put_bytes(bytes).await;
        line.put(Packet::Disconnect {
            reason: 0,
            text: "".into(),
        })
        .await;
    });
}

/// A JSON value, of no great depth.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((any::<String>(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Payloads, most of them with the fields that the node reads.
fn payload() -> impl Strategy<Value = Value> {
    let fields = select(vec![
        "type", "content", "url", "mention", "visibles", "size", "timeTrad", "second", "lat",
        "lng", "title", "uid", "name", "reply", "entities",
    ]);
    let kind = select(vec![1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 99, 1001, 2000]);
    let object = (kind, vec((fields, json_value()), 0..6)).prop_map(|(kind, members)| {
        let mut object = json!({"type": kind});
        for (name, value) in members {
            object[name] = value;
        }
        object
    });
    prop_oneof![3 => object, 1 => json_value()]
}

/// What a SEND says of itself: flags, setting, number, channel and its type, and how long it lives.
fn envelope() -> impl Strategy<Value = (u8, u8, String, Option<String>, Option<u8>, u32)> {
    let channel = prop::option::weighted(0.3, any::<String>());
    let kind = prop::option::weighted(0.3, any::<u8>());
    (
        0..16_u8,
        any::<u8>(),
        any::<String>(),
        channel,
        kind,
        any::<u32>(),
    )
}

#[test]
fn every_send_gets_one_answer_whatever_it_says() {
    let strategy = (way(), 1..6_u8, vec((envelope(), payload()), 1..8));
    throw(strategy, async |target, (way, version, sends)| {
        let hello = crate::support::wukong::Hello::of(&target.ann, "tab").in_version(version);
        let pipe = way.pipe(&target.node.guest()).await;
        let mut line = Line::open(pipe, &hello).await.unwrap();
        let count = sends.len();
        for (number, ((flags, setting, client_msg_no, channel, kind, expire), payload)) in
            sends.into_iter().enumerate()
        {
            let (known, its_kind) = match number % 2 {
                0 => (&target.bob.uid, PERSON),
                _ => (&target.group, GROUP),
            };
            let draft = line.draft(known, its_kind, &payload);
            let clear = setting & Setting::CLEAR.0 != 0;
            let mut send = Send {
                flags: Flags(flags),
                setting: Setting(setting),
                client_msg_no: client_msg_no.into(),
                channel_id: channel.unwrap_or_else(|| known.clone()).into(),
                channel_type: kind.unwrap_or(its_kind),
                expire,
                payload: if clear {
                    payload.to_string().into()
                } else {
                    draft.payload.clone()
                },
                ..draft
            };
            line.sign(&mut send);
            line.put(Packet::Send(send)).await;
        }
        for (ack, seq) in line.next_acks(count).await.into_iter().zip(1..) {
            assert_eq!(ack.client_seq, seq);
            // Neither is the node at fault nor at a loss.
            assert!(![0, 15].contains(&ack.reason), "{ack:?}");
        }
    });
}

#[test]
fn every_request_gets_one_answer_whatever_it_asks() {
    let members = select(vec![
        "clientMsgNo",
        "channelId",
        "channelType",
        "payload",
        "header",
        "setting",
        "expire",
        "messageId",
        "messageSeq",
    ]);
    let method = select(vec!["send", "ping", "event", "", "rpc"]);
    let params = vec((members, json_value()), 0..5);
    throw((method, params), async |target, (method, members)| {
        let mut line = RpcLine::connect(&target.ann, "tab").await;
        let mut params = RpcLine::saying(&target.bob.uid, PERSON, &text("random"));
        for (name, value) in members {
            params[name] = value;
        }
        let answer = line.ask(method, params).await;
        let code = &answer["error"]["code"];
        assert!(*code != 0 && *code != 15, "{answer}");
        line.ask("ping", Value::Null).await;
    });
}

#[test]
fn random_texts_never_stop_the_node() {
    let text = prop_oneof![
        any::<String>(),
        json_value().prop_map(|value| value.to_string())
    ];
    throw((any::<bool>(), text), async |target, (inside, text)| {
        let mut line = match inside {
            true => RpcLine::connect(&target.ann, "tab").await,
            false => RpcLine::new(Way::Ws.pipe(&target.node.guest()).await),
        };
        line.put(text).await;
        line.put("{\"method\":\"disconnect\"}").await;
    });
}
