//! Everything live: what a fault costs, who is told what, and what slow peers, full queues and stops do.

mod by_hand;
mod crashes;
mod devices;
mod encodings;
mod floods;
mod going_live;
mod kill9;
mod membership;
mod passivation;
mod queues;
mod reviewed;
mod sessions;
mod shutdown;
mod slow_peers;
mod speaking;

use crate::support::User;
use crate::support::eventually::eventually;
use crate::support::socket::Socket;
use serde_json::{Value, json};

/// What a client reads when a queue of the node is full, or the home of the conversation has just failed: nothing was
/// stored, try again.
const BUSY: &str = "发送过于频繁，请稍后再试";
/// What a message that was taken is answered with.
const SENT: &str = "发送成功";

/// A text to an account, as its sender writes it. The text is the client's own id as well.
fn to_account(peer: &User, text: &str) -> Value {
    json!({"toId": peer.id, "ope": "friend", "type": "text", "body": text, "clientMsgId": text})
}

/// A text to a group.
fn to_group(group: i64, text: &str) -> Value {
    json!({"toId": group, "ope": "group", "type": "text", "body": text, "clientMsgId": text})
}

/// Says something, again and again while the node is busy; gives the message's number.
async fn insist(from: &User, message: Value) -> i64 {
    let mut id = 0;
    eventually(async || {
        let answer = from.post("/chat/send", message.clone()).await;
        if answer.body["code"] == 1 {
            answer.fails(BUSY);
            return false;
        }
        id = number(answer.succeeds(SENT));
        true
    })
    .await;
    id
}

/// The next so many messages that come.
async fn hear(socket: &mut Socket, count: usize) -> Vec<i64> {
    let mut heard = Vec::with_capacity(count);
    for _ in 0..count {
        heard.push(number(&socket.next_of("text").await));
    }
    heard
}

/// A conversation as operation 54 tells it, oldest first; at most 500 messages.
async fn history(reader: &User, target: i64) -> Vec<Value> {
    let fields = json!({"toId": target, "limit": 500});
    let answer = reader.get("/chat/messages", fields).await;
    answer.succeeds("")["items"].as_array().unwrap().clone()
}

/// A message's number.
fn number(message: &Value) -> i64 {
    message["id"].as_i64().unwrap()
}

/// The numbers of messages.
fn numbers(messages: &[Value]) -> Vec<i64> {
    messages.iter().map(number).collect()
}
