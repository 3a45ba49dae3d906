//! The HTTP publish API of Pusher, for the libraries of other servers.

use crate::support::TestNode;
use crate::support::http::{Answer, send};
use crate::support::popim::{Asker, Pusher, friends, node, signature};
use md5::{Digest, Md5};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

const KEY: &str = "publishers-key";
const SECRET: &str = "popim-secret-0123456789abcdef";

async fn publishing() -> TestNode {
    node(|config| {
        config.popim.push_http_api = true;
        config.popim.app_key = KEY.to_owned();
        config.popim.app_secret = SECRET.to_owned();
    })
    .await
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

fn md5(bytes: &[u8]) -> String {
    Md5::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A call that can be signed rightly and wrongly.
struct Call<'a> {
    method: Method,
    path: &'a str,
    /// Sorted, as they are signed.
    query: Vec<(&'a str, String)>,
    body: String,
    secret: &'a str,
}

impl<'a> Call<'a> {
    fn new(method: Method, path: &'a str, body: &Value) -> Self {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let mut query = vec![
            ("auth_key", KEY.to_owned()),
            ("auth_timestamp", now().to_string()),
            ("auth_version", "1.0".to_owned()),
        ];
        if !body.is_empty() {
            query.push(("body_md5", md5(body.as_bytes())));
        }
        Self {
            method,
            path,
            query,
            body,
            secret: SECRET,
        }
    }

    fn get(path: &'a str) -> Self {
        Self::new(Method::GET, path, &Value::Null)
    }

    fn post(path: &'a str, body: &Value) -> Self {
        Self::new(Method::POST, path, body)
    }

    /// With another value for a part of the query; without it, when that is empty.
    fn with(mut self, name: &'a str, value: &str) -> Self {
        self.query.retain(|(other, _)| *other != name);
        if !value.is_empty() {
            self.query.push((name, value.to_owned()));
            self.query.sort();
        }
        self
    }

    fn signed_with(self, secret: &'a str) -> Self {
        Self { secret, ..self }
    }

    async fn send(self, node: &TestNode) -> Answer {
        let pairs: Vec<String> = self
            .query
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let message = format!("{}\n{}\n{}", self.method, self.path, pairs.join("&"));
        let signature = signature(self.secret, &message);
        let request = node.guest().request(self.method, self.path);
        let request = request
            .query(&self.query)
            .query(&[("auth_signature", signature)]);
        send(request.body(self.body)).await
    }
}

#[tokio::test]
async fn an_event_reaches_whoever_listens() {
    let node = publishing().await;
    let [tom, jerry] = friends(&node).await;
    let (mut his, mut other) = (tom.connect().await, jerry.connect().await);
    let own = format!("user-{}", tom.uid);
    let body = json!({"name": "order", "data": "{\"id\":7}", "channels": [own, "global"]});
    let answer = Call::post("/apps/1024/events", &body).send(&node).await;
    assert_eq!(
        (answer.status, &answer.body),
        (200, &json!({})),
        "{}",
        answer.text()
    );
    let mut channels = [
        his.next_of("order").await.channel,
        his.next_of("order").await.channel,
    ];
    channels.sort();
    assert_eq!(channels, ["global".to_owned(), own]);
    assert_eq!(other.next_of("order").await.data, json!({"id": 7}));
    // Not to whom it came from; without a version, as the webman library signs.
    let body = json!({"name": "order", "data": "8", "channel": "global", "socket_id": his.id});
    let call = Call::post("/apps/1/events", &body).with("auth_version", "");
    assert_eq!(call.send(&node).await.status, 200);
    let batch = json!({"batch": [
        {"name": "order", "channel": "global", "data": "9"},
        {"name": "order", "channel": "global", "data": "10"},
    ]});
    assert_eq!(
        Call::post("/apps/1/batch_events", &batch)
            .send(&node)
            .await
            .status,
        200
    );
    for expected in [8, 9, 10] {
        assert_eq!(other.next_of("order").await.data, expected);
    }
    for expected in [9, 10] {
        assert_eq!(his.next_of("order").await.data, expected);
    }
}

#[tokio::test]
async fn channels_and_their_users_are_counted() {
    let node = publishing().await;
    let [tom, jerry] = friends(&node).await;
    let gid = tom.found(&[&jerry]).await;
    let name = format!("presence-group-{gid}");
    let mut sockets = Vec::new();
    for person in [&tom, &tom, &jerry] {
        let mut socket = Pusher::open(&node.guest(), &person.app_key().await).await;
        let grant = person.sign(&socket, &name).await.body;
        socket.subscribe_with(&name, &grant).await;
        sockets.push(socket);
    }
    let call = Call::get("/apps/1/channels")
        .with("filter_by_prefix", "presence-")
        .with("info", "user_count");
    let answer = call.send(&node).await;
    assert_eq!(
        answer.body["channels"],
        json!({(&*name): {"user_count": 2}}),
        "{}",
        answer.text()
    );
    let path = format!("/apps/1/channels/{name}");
    let answer = Call::get(&path)
        .with("info", "subscription_count,user_count")
        .send(&node)
        .await;
    let expected = json!({"occupied": true, "subscription_count": 3, "user_count": 2});
    assert_eq!(answer.body, expected);
    let path = format!("/apps/1/channels/{name}/users");
    let answer = Call::get(&path).send(&node).await;
    let mut ids: Vec<String> = answer.body["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort_by_key(|id| id.parse::<i64>().unwrap());
    assert_eq!(ids, [tom.uid.to_string(), jerry.uid.to_string()]);
    let answer = Call::get("/apps/1/channels/nobody-here").send(&node).await;
    assert_eq!(answer.body["occupied"], false);
}

#[tokio::test]
async fn a_user_s_connections_are_ended() {
    let node = publishing().await;
    let [tom, jerry] = friends(&node).await;
    let (his, mut other) = (tom.connect().await, jerry.connect().await);
    let path = format!("/apps/1/users/{}/terminate_connections", tom.uid);
    let answer = Call::post(&path, &json!({})).send(&node).await;
    assert_eq!(
        (answer.status, &answer.body),
        (200, &json!({})),
        "{}",
        answer.text()
    );
    assert_eq!(his.closed().await, (Some(4009), Some(4009)));
    other.flush().await;
}

#[tokio::test]
async fn whoever_signs_wrongly_is_refused() {
    let node = publishing().await;
    let [tom, _] = friends(&node).await;
    let mut his = tom.connect().await;
    let body = json!({"name": "forged", "data": "1", "channel": "global"});
    let call = || Call::post("/apps/1/events", &body);
    let late = (now() - 700).to_string();
    let early = (now() + 700).to_string();
    let session_key = tom.app_key().await;
    let wrong = [
        call().signed_with("another-secret-0123456789"),
        call().with("auth_key", "another"),
        call().with("auth_key", &session_key),
        call().with("auth_timestamp", &late),
        call().with("auth_timestamp", &early),
        call().with("auth_timestamp", ""),
        call().with("auth_version", "2.0"),
        call().with("body_md5", &md5(b"another body")),
        call().with("body_md5", ""),
    ];
    for (number, call) in wrong.into_iter().enumerate() {
        let answer = call.send(&node).await;
        assert!(
            matches!(answer.status, 400 | 401),
            "{number}: {}",
            answer.text()
        );
        assert!(!answer.text().contains(SECRET));
        let hex = answer.text();
        let longest = hex
            .split(|c: char| !c.is_ascii_hexdigit())
            .map(str::len)
            .max();
        assert!(longest < Some(32), "a signature: {hex}");
    }
    let answer = send(
        node.guest()
            .request(Method::POST, "/apps/1/events")
            .json(&body),
    )
    .await;
    assert!(matches!(answer.status, 400 | 401), "{}", answer.text());
    let good = json!({"name": "true", "data": "1", "channel": "global"});
    assert_eq!(
        Call::post("/apps/1/events", &good).send(&node).await.status,
        200
    );
    assert_eq!(his.next().await.event, "true");
}

#[tokio::test]
async fn what_goes_beyond_the_limits_is_refused() {
    let node = publishing().await;
    let channels: Vec<String> = (0..101).map(|number| format!("c{number}")).collect();
    let bad = [
        (json!({"name": "x", "data": "1", "channels": channels}), 400),
        (
            json!({"name": "n".repeat(201), "data": "1", "channel": "global"}),
            400,
        ),
        (
            json!({"name": "x", "data": "d".repeat(10 * 1024 + 1), "channel": "global"}),
            413,
        ),
        (json!({"name": "x", "data": "1", "channel": "a b"}), 400),
        (json!({"name": "x", "data": "1"}), 400),
        (json!({"data": "1", "channel": "global"}), 400),
        (json!([]), 400),
    ];
    for (body, status) in bad {
        let answer = Call::post("/apps/1/events", &body).send(&node).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
}

#[tokio::test]
async fn it_is_off_until_it_is_switched_on() {
    let node = node(|config| config.popim.app_secret = SECRET.to_owned()).await;
    let base = Asker::new(&node.guest()).public_setting().await["appkey"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = json!({"name": "x", "data": "1", "channel": "global"});
    let answer = Call::post("/apps/1/events", &body)
        .with("auth_key", &base)
        .send(&node)
        .await;
    assert_eq!(answer.status, 404, "{}", answer.text());
}
