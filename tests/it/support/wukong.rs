//! Users of the WuKong dialect: accounts that make requests and open sockets.

mod line;
mod pipe;
mod rpc;

pub use line::{Heard, Hello, Line};
pub use pipe::{Pipe, WAYS, Way};
pub use rpc::RpcLine;

use super::TestNode;
use super::http::{Answer, Client, send};
use parlance::config::Config;
use reqwest::Method;
use serde_json::{Value, json};
use std::ops::Deref;

/// Under which the dialect has all its paths.
pub const BASE: &str = "/v1";
/// Everybody's.
pub const PASSWORD: &str = "correct horse";
/// The device flag of an app.
pub const APP: u8 = 0;
/// The device flag of a web page.
pub const WEB: u8 = 1;
/// The type of a conversation with a person.
pub const PERSON: u8 = 1;
/// The type of a conversation in a group.
pub const GROUP: u8 = 2;

/// A node that listens for clients in all [`WAYS`], with some settings changed.
pub async fn listening(change: impl FnOnce(&mut Config)) -> TestNode {
    TestNode::with(|config| {
        config.wukong.tcp_listen = "127.0.0.1:0".to_owned();
        config.wukong.ws_listen = "127.0.0.1:0".to_owned();
        change(config);
    })
    .await
}

/// Ann and Bob, who are friends.
pub async fn friends(node: &TestNode) -> [Person; 2] {
    let ann = Person::register(node, "ann").await;
    let bob = Person::register(node, "bob").await;
    ann.befriend(&bob).await;
    [ann, bob]
}

/// What befriending says. It may still come once that is done, since what is said is acknowledged first and told second.
pub const GREETING: &str = "shall we be friends?";

/// Whether a payload is what somebody says, and no notice of the node's or the greeting of a new friend.
fn is_talk(payload: &Value) -> bool {
    let notice = payload["type"]
        .as_i64()
        .is_some_and(|kind| (1000..=2000).contains(&kind));
    !notice && payload["content"] != GREETING
}

/// A text message.
pub fn text(words: &str) -> Value {
    json!({"content": words, "type": 1})
}

/// Somebody who asks a node, logged in or not.
#[derive(Clone)]
pub struct Asker {
    client: Client,
    token: Option<String>,
}

impl Asker {
    /// Somebody who is not logged in.
    pub fn new(client: &Client) -> Self {
        Self {
            client: client.clone(),
            token: None,
        }
    }

    /// The same with this for their `token` header.
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Asks for a path of the dialect; `Null` is no body.
    pub async fn call(&self, method: Method, path: &str, body: Value) -> Answer {
        let mut request = self.client.request(method, &format!("{BASE}{path}"));
        if let Some(token) = &self.token {
            request = request.header("token", token);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        send(request).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, Value::Null).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, body).await
    }

    pub async fn delete(&self, path: &str, body: Value) -> Answer {
        self.call(Method::DELETE, path, body).await
    }
}

/// What the answers of this dialect are like.
pub trait Answers {
    /// It is a success; gives the bare data.
    fn data(&self) -> &Value;
    /// It is a success that shows nothing.
    fn is_ok(&self);
    /// It is a refusal with this text.
    fn refuses(&self, text: &str);
}

impl Answers for Answer {
    #[track_caller]
    fn data(&self) -> &Value {
        assert_eq!(self.status, 200, "{:?}: {}", self.asked, self.text());
        assert!(!self.body.is_null(), "{:?}: {}", self.asked, self.text());
        &self.body
    }

    #[track_caller]
    fn is_ok(&self) {
        assert_eq!(self.data()["status"], 200, "{}", self.text());
    }

    #[track_caller]
    fn refuses(&self, text: &str) {
        assert_eq!(self.body["msg"], text, "{:?}: {}", self.asked, self.text());
        let login = ["token不能为空，请先登录！", "请先登录！"].contains(&text);
        let status = if login { 401 } else { 400 };
        assert_eq!(self.status, status, "{}", self.text());
    }
}

/// A user who is logged in, and through [`Deref`] an asker who proves it.
#[derive(Clone)]
pub struct Person {
    pub uid: String,
    pub name: String,
    pub token: String,
    /// The device flag that the token is for.
    pub flag: u8,
    asker: Asker,
}

impl Deref for Person {
    type Target = Asker;

    fn deref(&self) -> &Asker {
        &self.asker
    }
}

impl Person {
    /// A new account, on a web page.
    pub async fn register(node: &TestNode, name: &str) -> Self {
        Self::register_through(&Asker::new(&node.guest()), name, WEB).await
    }

    /// A new account, on a device of some kind.
    pub async fn register_through(guest: &Asker, name: &str, flag: u8) -> Self {
        let fields = json!({"username": name, "password": PASSWORD, "name": name, "flag": flag});
        let answer = guest.post("/user/register", fields).await;
        Self::of(guest, answer.data(), flag)
    }

    /// The user whom an answer to a login is for.
    pub fn of(guest: &Asker, login: &Value, flag: u8) -> Self {
        let text = |name: &str| login[name].as_str().expect(name).to_owned();
        Self {
            asker: guest.with_token(&text("token")),
            uid: text("uid"),
            name: text("name"),
            token: text("token"),
            flag,
        }
    }

    /// Logs in with the password, on a device of some kind.
    pub async fn log_in(guest: &Asker, name: &str, flag: u8) -> Self {
        let fields = json!({"username": name, "password": PASSWORD, "flag": flag});
        let answer = guest.post("/user/login", fields).await;
        Self::of(guest, answer.data(), flag)
    }

    /// The same user with the same token at a node that was started again.
    pub fn at(&self, node: &TestNode) -> Self {
        Self {
            asker: Asker::new(&node.guest()).with_token(&self.token),
            ..self.clone()
        }
    }

    /// Becomes friends with another user.
    pub async fn befriend(&self, other: &Person) {
        let fields = json!({"to_uid": other.uid, "remark": GREETING});
        self.post("/friend/apply", fields).await.is_ok();
        other.accept(self).await.is_ok();
    }

    /// Accepts the request of another user.
    pub async fn accept(&self, applicant: &Person) -> Answer {
        let token = self.request_of(applicant).await;
        self.post("/friend/sure", json!({"token": token})).await
    }

    /// The token of the request that another user made.
    pub async fn request_of(&self, applicant: &Person) -> String {
        let requests = self.get("/friend/apply").await;
        let requests = requests.data().as_array().unwrap().clone();
        let request = requests
            .iter()
            .find(|item| item["to_uid"] == *applicant.uid);
        let request = request.unwrap_or_else(|| panic!("no request: {requests:?}"));
        request["token"].as_str().unwrap().to_owned()
    }

    /// Makes a group with some friends; gives its number.
    pub async fn found(&self, name: &str, members: &[&Person]) -> String {
        let members: Vec<&str> = members.iter().map(|member| &*member.uid).collect();
        let fields = json!({"name": name, "members": members});
        let answer = self.post("/group/create", fields).await;
        answer.data()["group_no"].as_str().unwrap().to_owned()
    }

    /// What the messages of a conversation say, from its first on: their payloads.
    pub async fn history(&self, channel: &str, kind: u8) -> Vec<Value> {
        let fields = json!({
            "channel_id": channel, "channel_type": kind, "start_message_seq": 0, "end_message_seq": 0,
            "limit": 1000, "pull_mode": 1,
        });
        let answer = self.post("/message/channel/sync", fields).await;
        answer.data()["messages"].as_array().unwrap().clone()
    }

    /// Opens a WebSocket on the HTTP port.
    pub async fn connect(&self) -> Line {
        Line::connect(self, "web").await
    }

    /// Opens a WebSocket as a device of this name.
    pub async fn connect_as(&self, device: &str) -> Line {
        Line::connect(self, device).await
    }
}
