//! Users: accounts that make requests and open sockets.

use super::TestNode;
use super::http::Client;
use super::socket::Socket;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::ops::Deref;

/// Everybody's.
pub const PASSWORD: &str = "correct horse";

/// A user who is logged in, and through [`Deref`] a client that proves it.
#[derive(Clone)]
pub struct User {
    pub id: i64,
    pub name: String,
    pub token: String,
    client: Client,
}

impl Deref for User {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl User {
    pub async fn register(guest: &Client, name: &str) -> Self {
        let fields = json!({"account": name, "password": PASSWORD, "platform": "h5"});
        let answer = guest.post("/register/basic", fields).await;
        Self::of(guest, name, answer.succeeds("注册成功"))
    }

    /// The user whom an answer to a login is for.
    pub fn of(guest: &Client, name: &str, login: &Value) -> Self {
        let token = login["token"].as_str().expect("a login has a token");
        let id = claims(token)["id"].as_i64().expect("a token has an id");
        let (name, token) = (name.to_owned(), token.to_owned());
        let client = guest.with_token(&token);
        Self {
            id,
            name,
            token,
            client,
        }
    }

    /// The same user with the same token at a node that was started again.
    pub fn at(&self, node: &TestNode) -> Self {
        let client = node.guest().with_token(&self.token);
        Self {
            client,
            ..self.clone()
        }
    }

    /// The same user through another client.
    pub fn through(&self, change: impl FnOnce(&Client) -> Client) -> Self {
        let client = change(&self.client);
        Self {
            client,
            ..self.clone()
        }
    }

    /// Opens a socket.
    pub async fn connect(&self) -> Socket {
        self.connect_with("platform=h5").await
    }

    /// Opens a socket with these words in its query.
    pub async fn connect_with(&self, query: &str) -> Socket {
        Socket::open(&self.client, self.id, &self.token, query).await
    }

    /// Becomes friends with another user.
    pub async fn befriend(&self, other: &User) {
        let asked = self.post("/friends/add", json!({"toId": other.id})).await;
        asked.succeeds("成功");
        let answer = json!({"toId": self.id, "status": "pass"});
        let answered = other.post("/friends/add/reply", answer).await;
        answered.succeeds("成功");
    }

    /// Says something to another user; gives the message.
    pub async fn say(&self, other: &User, text: &str) -> Value {
        self.say_to("friend", other.id, text).await
    }

    /// Says something in a group; gives the message.
    pub async fn say_in(&self, group: i64, text: &str) -> Value {
        self.say_to("group", group, text).await
    }

    async fn say_to(&self, ope: &str, to: i64, text: &str) -> Value {
        let message = json!({"toId": to, "ope": ope, "type": "text", "body": text});
        let answer = self.post("/chat/send", message).await;
        answer.succeeds("发送成功").clone()
    }

    /// Makes a group; gives its number.
    pub async fn found(&self, name: &str) -> i64 {
        let answer = self.post("/chatGroups", json!({"name": name})).await;
        answer.succeeds("创建成功")["id"].as_i64().unwrap()
    }

    /// Adds others to a group.
    pub async fn invite<const N: usize>(&self, group: i64, others: [&User; N]) {
        let others = Vec::from(others.map(|other| other.id));
        let fields = json!({"groupId": group, "toIdList": others});
        let answer = self.post("/chatGroups/invite", fields).await;
        answer.succeeds("处理成功");
    }
}

/// What a token says of its owner.
pub fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("a token has three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
