//! Random and broken requests at every operation.

use crate::support::http::{Answer, send};
use crate::support::wukong::{Answers, Asker, BASE};
use crate::wukong::world::World;
use parlance::dialect::wukong::{HELPERS, ROUTES};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// Requests with random fields.
const CASES: u32 = 500;

/// Every operation and helper, but those that end the caller's login or wait for somebody else, and the socket.
fn operations() -> Vec<(Method, &'static str)> {
    let operations = ROUTES.iter().map(|(_, method, path)| (*method, *path));
    let all = operations.chain(HELPERS.iter().copied());
    let left_out = ["/ws", "/user/quit", "/user/pc/quit", "/user/loginstatus"];
    all.filter(|(_, path)| !left_out.contains(path))
        .map(|(method, path)| (method.parse().unwrap(), path))
        .collect()
}

/// It is an answer of the contract, and not the node's fault.
#[track_caller]
fn assert_orderly(answer: &Answer, body: &Value) {
    let known = [200, 400, 401, 404].contains(&answer.status);
    assert!(
        known,
        "{:?} {body}: {} {}",
        answer.asked,
        answer.status,
        answer.text()
    );
    if [400, 401].contains(&answer.status) {
        assert!(
            answer.body["msg"].is_string(),
            "{:?} {body}: {}",
            answer.asked,
            answer.text()
        );
    }
}

/// A path with something in every place for a name.
fn filled(path: &str, world: &World, other: Option<&str>) -> String {
    let mut filled = String::new();
    for part in path.split_inclusive('/') {
        let (name, slash) = match part.strip_suffix('/') {
            Some(name) => (name, "/"),
            None => (part, ""),
        };
        let value = match (name, other) {
            (name, Some(other)) if name.starts_with('{') => other,
            ("{group_no}", None) => &world.group,
            ("{uid}" | "{to_uid}" | "{id}", None) => &world.bob.uid,
            (name, None) if name.starts_with('{') => "1",
            (name, _) => name,
        };
        filled += value;
        filled += slash;
    }
    filled
}

#[tokio::test]
async fn broken_bodies_get_the_contract_s_errors() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let deep = "[".repeat(50_000);
    let bodies = [
        ("{", "application/json"),
        ("\u{0}", "application/json"),
        ("{\"a\":1} more", "application/json"),
        ("nul", "application/json"),
        ("{\"type\":\"\u{1}\"}", "application/json"),
        (&deep, "application/json"),
        ("a=1", "text/plain"),
        ("a=%00%ff", "application/x-www-form-urlencoded"),
        ("--x\r\n", "multipart/form-data; boundary=x"),
        ("x", "nonsense"),
    ];
    for (method, path) in operations() {
        let path = format!("{BASE}{}", filled(path, &world, None));
        for (body, kind) in bodies {
            let request = world.dan.client().request(method.clone(), &path);
            let request = request.header("token", &world.dan.token);
            let request = request.header("content-type", kind).body(body.to_owned());
            assert_orderly(&send(request).await, &json!([kind, body.len()]));
        }
    }
    let client = world.dan.client();
    for (body, kind) in &bodies[..2] {
        let request = client.request(Method::POST, &format!("{BASE}/friend/apply"));
        let request = request
            .header("token", &world.dan.token)
            .header("content-type", *kind);
        send(request.body((*body).to_owned()))
            .await
            .refuses("数据格式有误！");
    }
    let long = json!({"username": "x".repeat(200_000)});
    let long = Asker::new(client).post("/user/login", long).await;
    assert_eq!(long.status, 400);
}

#[tokio::test]
async fn names_in_paths_may_be_anything() {
    let node = World::node().await;
    let world = World::new(&node).await;
    for (method, path) in operations() {
        for other in [
            "%00",
            "%ff%fe",
            "-1",
            "..%2f..",
            "0",
            "%20",
            "%F0%9F%98%80",
            &"9".repeat(400),
        ] {
            let path = filled(path, &world, Some(other));
            let answer = world.dan.call(method.clone(), &path, json!({})).await;
            assert_orderly(&answer, &json!(other));
        }
    }
}

/// Names of fields that operations read, and some that none does.
const NAMES: &[&str] = &[
    "channel_id",
    "channel_type",
    "uid",
    "to_uid",
    "uids",
    "members",
    "member_uids",
    "name",
    "token",
    "remark",
    "code",
    "phone",
    "zone",
    "username",
    "usename",
    "password",
    "flag",
    "device",
    "message_id",
    "message_ids",
    "messages",
    "message_seq",
    "version",
    "api_version",
    "limit",
    "page_index",
    "page_size",
    "last_msg_seqs",
    "msg_count",
    "start_message_seq",
    "end_message_seq",
    "pull_mode",
    "type",
    "unique_key",
    "author_uid",
    "payload",
    "notice",
    "forbidden",
    "invite",
    "mute",
    "top",
    "save",
    "chat_pwd",
    "login_pwd",
    "device_token",
    "device_type",
    "bundle_id",
    "badge",
    "unread",
    "draft",
    "ids",
    "action",
    "seconds",
    "key",
    "vercode",
    "keyword",
    "max_message_seq",
    "",
    "__proto__",
];

fn value() -> impl Strategy<Value = Value> {
    let odd = select(vec![
        json!(null),
        json!(true),
        json!([]),
        json!({}),
        json!([[]]),
        json!([null]),
        json!(-1),
        json!(0.5),
        json!(1e300),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(""),
        json!("0"),
        json!("-9223372036854775808"),
        json!("\u{0}"),
        json!("' OR 1=1 --"),
        json!("\u{202e}😀"),
        json!(2),
        json!(1),
    ]);
    prop_oneof![
        6 => odd.clone(),
        2 => any::<String>().prop_map(Value::from),
        1 => (1..20_000_usize).prop_map(|length| "长".repeat(length).into()),
        1 => vec(odd, 0..300).prop_map(Value::from),
    ]
}

#[test]
fn random_fields_get_an_answer_of_the_contract() {
    let runtime = Runtime::new().unwrap();
    let (node, world) = runtime.block_on(async {
        let node = World::node().await;
        let world = World::new(&node).await;
        (node, world)
    });
    let fields = vec((select(NAMES), value()), 0..12);
    let strategy = (select(operations()), fields, any::<bool>());
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&strategy, |((method, path), fields, in_list)| {
        let object = Value::Object(
            fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        );
        let body = if in_list { json!([object]) } else { object };
        let path = filled(path, &world, None);
        // Somebody who may do things, so that not all is refused at once.
        let answer = runtime.block_on(world.bob.call(method, &path, body.clone()));
        assert_orderly(&answer, &body);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    runtime.block_on(async {
        let answer = send(node.guest().request(Method::GET, "/readyz")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    });
}
