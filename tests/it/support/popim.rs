//! Users of the PopIM dialect: accounts that make requests and open Pusher sockets.

mod pusher;

pub use pusher::{Pusher, signature};

use super::TestNode;
use super::http::{Answer, Client, send};
use parlance::config::Config;
use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use std::ops::Deref;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Everybody's.
pub const PASSWORD: &str = "correct horse";
/// A server's key to the nodes of [`node`].
pub const SERVER_KEY: &str = "0123456789abcdef0123456789abcdef";
/// The secret that older servers sign with.
pub const SERVER_SECRET: &str = "fedcba9876543210fedcba9876543210";
/// Under which of the three prefixes a user's client asks.
pub const H5: &str = "/h5";
/// Under which other servers ask.
pub const API: &str = "/api";
/// The text with which a new friend begins.
pub const GREETING: &str = "我通过了你的好友请求，我们来聊天吧";
/// An uid, gid or mid that nobody has.
pub const NOBODY: i64 = 2_000_000_000;

/// A node that knows [`SERVER_KEY`], with some settings changed.
pub async fn node(change: impl FnOnce(&mut Config)) -> TestNode {
    TestNode::with(|config| {
        config.popim.api_keys = vec![SERVER_KEY.to_owned()];
        config.popim.sends_per_ten_seconds = 0;
        change(config);
    })
    .await
}

/// A gateway that takes every text message, as long as the test runs; gives its URL.
pub async fn gateway() -> String {
    const TAKEN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nOK";
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // What is asked for does not matter, nor whether the answer is heard.
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(TAKEN).await;
        }
    });
    format!("http://{address}/?to={{mobile}}&text={{text}}")
}

/// Tom and Jerry, who are friends.
pub async fn friends(node: &TestNode) -> [Person; 2] {
    let tom = Person::register(node, "tom").await;
    let jerry = Person::register(node, "jerry").await;
    tom.befriend(&jerry).await;
    [tom, jerry]
}

/// How a request proves whose it is.
#[derive(Debug, Clone, Default)]
enum Proof {
    #[default]
    None,
    /// The `Cookie` header.
    Cookie(String),
    /// The header `token`.
    Token(String),
    /// The header `X-Api-Key`.
    Key(String),
}

/// Somebody who asks a node, logged in or not.
#[derive(Clone)]
pub struct Asker {
    client: Client,
    proof: Proof,
    prefix: &'static str,
}

impl Asker {
    /// Somebody who is not logged in, at a web page.
    pub fn new(client: &Client) -> Self {
        Self {
            client: client.clone(),
            proof: Proof::None,
            prefix: H5,
        }
    }

    /// Another server, with its key.
    pub fn server(client: &Client) -> Self {
        Self {
            client: client.clone(),
            proof: Proof::Key(SERVER_KEY.to_owned()),
            prefix: API,
        }
    }

    /// The same with this `Cookie` header for its proof.
    pub fn with_cookie(&self, cookie: &str) -> Self {
        self.proving(Proof::Cookie(cookie.to_owned()))
    }

    /// The same with this `token` header for its proof.
    pub fn with_token(&self, token: &str) -> Self {
        self.proving(Proof::Token(token.to_owned()))
    }

    /// The same with this server's key.
    pub fn with_key(&self, key: &str) -> Self {
        self.proving(Proof::Key(key.to_owned()))
    }

    /// The same below another of the three prefixes.
    pub fn under(&self, prefix: &'static str) -> Self {
        Self {
            prefix,
            ..self.clone()
        }
    }

    fn proving(&self, proof: Proof) -> Self {
        Self {
            proof,
            ..self.clone()
        }
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A request with the proof for a path from the root, to be filled and sent.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, path);
        match &self.proof {
            Proof::None => request,
            Proof::Cookie(cookie) => request.header(COOKIE, cookie),
            Proof::Token(token) => request.header("token", token),
            Proof::Key(key) => request.header("X-Api-Key", key),
        }
    }

    /// A request for a path of the dialect.
    pub fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.request(method, &format!("{}{path}", self.prefix))
    }

    /// Asks with the fields in the query.
    pub async fn get(&self, path: &str, fields: Value) -> Answer {
        send(self.ask(Method::GET, path).query(&pairs(&fields))).await
    }

    /// Asks with the fields in a form, as jQuery writes it.
    pub async fn post(&self, path: &str, fields: Value) -> Answer {
        send(self.ask(Method::POST, path).form(&pairs(&fields))).await
    }

    /// Uploads a file of this name, with these fields around it.
    pub async fn upload(&self, path: &str, name: &str, bytes: &[u8], fields: Value) -> Answer {
        let file = Part::bytes(bytes.to_vec()).file_name(name.to_owned());
        let form = pairs(&fields)
            .into_iter()
            .fold(Form::new(), |form, (name, value)| form.text(name, value));
        send(
            self.ask(Method::POST, path)
                .multipart(form.part("file", file)),
        )
        .await
    }

    /// Everything for the home screen.
    pub async fn home(&self) -> Value {
        self.get("/pop/get", json!({})).await.data().clone()
    }

    /// The parameters that everybody's clients see before a login.
    pub async fn public_setting(&self) -> Value {
        self.get("/pop/getsetting", json!({})).await.data().clone()
    }
}

/// The fields as a form has them: a list is `name[]` repeated.
pub fn pairs(fields: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    let fields = fields.as_object().expect("fields are an object");
    let mut pairs = Vec::new();
    for (name, value) in fields {
        match value {
            Value::Array(items) => {
                pairs.extend(items.iter().map(|item| (format!("{name}[]"), text(item))));
            }
            value => pairs.push((name.clone(), text(value))),
        }
    }
    pairs
}

/// The cookies that an answer sets, as a browser sends them back.
pub fn cookies(answer: &Answer) -> String {
    let set = answer.headers.get_all(SET_COOKIE).iter();
    let pairs = set.map(|cookie| {
        cookie
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned()
    });
    pairs.collect::<Vec<_>>().join("; ")
}

/// What the answers of this dialect are like.
pub trait Answers {
    /// It is a success; gives its data.
    fn data(&self) -> &Value;
    /// It is a success that has nothing to show.
    fn is_ok(&self);
    /// It is a refusal with this code.
    fn refuses(&self, code: i64);
    /// The code in the envelope, which is complete.
    fn code(&self) -> i64;
}

impl Answers for Answer {
    #[track_caller]
    fn data(&self) -> &Value {
        assert_eq!(self.code(), 0, "{:?}: {}", self.asked, self.text());
        &self.body["data"]
    }

    #[track_caller]
    fn is_ok(&self) {
        assert_eq!(*self.data(), json!([]), "{:?}: {}", self.asked, self.text());
    }

    #[track_caller]
    fn refuses(&self, code: i64) {
        assert_eq!(self.code(), code, "{:?}: {}", self.asked, self.text());
        assert_ne!(self.body["msg"], "ok", "{}", self.text());
        assert_ne!(self.body["msg"], "", "{}", self.text());
    }

    #[track_caller]
    fn code(&self) -> i64 {
        assert_eq!(self.status, 200, "{:?}: {}", self.asked, self.text());
        let kind = self.header("content-type").replace(' ', "");
        assert_eq!(kind, "application/json;charset=utf-8", "{:?}", self.asked);
        assert!(self.body["msg"].is_string(), "{}", self.text());
        assert!(self.body.get("data").is_some(), "{}", self.text());
        self.body["code"].as_i64().expect("a code is an integer")
    }
}

/// A user who is logged in, and through [`Deref`] an asker who proves it with a cookie.
#[derive(Clone)]
pub struct Person {
    pub uid: i64,
    pub name: String,
    pub cookie: String,
    pub token: String,
    asker: Asker,
}

impl Deref for Person {
    type Target = Asker;

    fn deref(&self) -> &Asker {
        &self.asker
    }
}

impl Person {
    /// A new account, whose nickname is its username, logged in.
    pub async fn register(node: &TestNode, name: &str) -> Self {
        let guest = Asker::new(&node.guest());
        Self::register_through(&guest, name, name).await
    }

    /// A new account with a nickname, logged in.
    pub async fn register_through(guest: &Asker, name: &str, nickname: &str) -> Self {
        let fields = json!({"username": name, "password": PASSWORD, "nickname": nickname});
        guest.post("/login/join", fields).await.is_ok();
        Self::log_in(guest, name).await
    }

    /// Logs in with the password.
    pub async fn log_in(guest: &Asker, name: &str) -> Self {
        let fields = json!({"username": name, "password": PASSWORD, "captcha": "none"});
        let answer = guest.post("/login/check", fields).await;
        Self::of(guest, &answer)
    }

    /// The user whom the answer to a login is for.
    pub fn of(guest: &Asker, login: &Answer) -> Self {
        let cookie = cookies(login);
        let data = login.data();
        Self {
            uid: data["uid"].as_i64().expect("a uid is an integer"),
            name: data["username"].as_str().expect("a username").to_owned(),
            token: data["token"].as_str().expect("a token").to_owned(),
            asker: guest.with_cookie(&cookie),
            cookie,
        }
    }

    /// The same user with the same session at a node that was started again.
    pub fn at(&self, node: &TestNode) -> Self {
        Self {
            asker: Asker::new(&node.guest()).with_cookie(&self.cookie),
            ..self.clone()
        }
    }

    /// Becomes friends with another user.
    pub async fn befriend(&self, other: &Person) {
        let nid = self.apply(other, "").await;
        other
            .post("/friend/agree", json!({"nid": nid}))
            .await
            .is_ok();
    }

    /// Asks another user to be friends; gives the request's number.
    pub async fn apply(&self, other: &Person, postscript: &str) -> i64 {
        let fields = json!({"friend_uid": other.uid, "postscript": postscript});
        self.post("/friend/apply", fields).await.is_ok();
        let requests = other.get("/friend/applylist", json!({})).await;
        let requests = requests.data().as_array().unwrap().clone();
        let request = requests.iter().find(|request| request["from"] == self.uid);
        let request = request.unwrap_or_else(|| panic!("no request: {requests:?}"));
        request["nid"].as_i64().unwrap()
    }

    /// Makes a group; gives its number.
    pub async fn found(&self, members: &[&Person]) -> i64 {
        let members: Vec<i64> = members.iter().map(|member| member.uid).collect();
        let answer = self
            .post("/group/create", json!({"members": members}))
            .await;
        answer.data()["gid"]
            .as_str()
            .expect("a text")
            .parse()
            .unwrap()
    }

    /// Says something to another user; gives the number of the message.
    pub async fn say(&self, other: &Person, content: &str) -> i64 {
        self.say_to("friend", other.uid, content).await
    }

    /// Says something in a group; gives the number of the message.
    pub async fn say_in(&self, gid: i64, content: &str) -> i64 {
        self.say_to("group", gid, content).await
    }

    async fn say_to(&self, kind: &str, to: i64, content: &str) -> i64 {
        let fields = json!({"to": to, "type": kind, "content": content});
        let answer = self.post("/message/send", fields).await;
        answer.data()["mid"].as_i64().expect("a mid is an integer")
    }

    /// The messages of a conversation, oldest first.
    pub async fn history(&self, kind: &str, id: i64) -> Vec<Value> {
        let fields = json!({"id": id, "type": kind, "limit": 100});
        let answer = self.get("/message/get", fields).await;
        answer.data().as_array().unwrap().clone()
    }

    /// The app key that says who is connecting.
    pub async fn app_key(&self) -> String {
        let home = self.home().await;
        home["setting"]["appkey"].as_str().unwrap().to_owned()
    }

    /// Opens a socket with the session's key and listens to all that the web page listens to.
    pub async fn connect(&self) -> Pusher {
        let home = self.home().await;
        let key = home["setting"]["appkey"].as_str().unwrap();
        let mut socket = Pusher::open(self.client(), key).await;
        socket.subscribe(&format!("user-{}", self.uid)).await;
        for group in home["group"].as_array().unwrap() {
            socket.subscribe(&format!("group-{}", group["gid"])).await;
        }
        socket.subscribe("global").await;
        socket
    }

    /// Asks for a signature for a channel.
    pub async fn sign(&self, socket: &Pusher, channel: &str) -> Answer {
        let fields = json!({"socket_id": socket.id, "channel_name": channel});
        self.post("/push/auth", fields).await
    }
}
