//! A client of the protocol's JSON-RPC form.

use super::{Person, Pipe, Way, is_talk};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// A live connection.
pub struct RpcLine {
    pipe: Pipe,
    asked: u64,
    /// What came that nobody asked for yet: the parameters of `recv`, with payloads that are read already.
    heard: VecDeque<Value>,
    answers: VecDeque<Value>,
    farewell: Option<Value>,
}

impl RpcLine {
    /// A connection on which nothing was said yet.
    pub fn new(pipe: Pipe) -> Self {
        Self {
            pipe,
            asked: 0,
            heard: VecDeque::new(),
            answers: VecDeque::new(),
            farewell: None,
        }
    }

    /// Connects a person's device; it is let in.
    pub async fn connect(person: &Person, device: &str) -> Self {
        let mut line = Self::new(Way::Http.pipe(person.client()).await);
        let answer = line.ask("connect", Self::hello(person, device)).await;
        assert_eq!(answer["result"]["reasonCode"], 1, "{answer}");
        line
    }

    /// What a person's client says of itself.
    pub fn hello(person: &Person, device: &str) -> Value {
        json!({
            "uid": person.uid, "token": person.token, "deviceId": device, "deviceFlag": person.flag,
            "clientTimestamp": 1_700_000_000_000_i64,
        })
    }

    /// The parameters that say something.
    pub fn saying(channel: &str, kind: u8, payload: &Value) -> Value {
        json!({
            "clientMsgNo": uuid::Uuid::new_v4().to_string(), "channelId": channel, "channelType": kind,
            "payload": STANDARD.encode(payload.to_string()), "header": {"redDot": true},
        })
    }

    /// Sends a text, which need be no JSON.
    pub async fn put(&mut self, text: impl Into<String>) {
        // A node that has hung up says so when it is read from.
        let _ = self.pipe.write_text(text).await;
    }

    /// Asks, and waits for the answer.
    pub async fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let id = self.asked.to_string();
        let request = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        self.put(request.to_string()).await;
        let answer = self.answer().await;
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }

    /// Says something that is accepted; gives the result.
    pub async fn say(&mut self, channel: &str, kind: u8, payload: &Value) -> Value {
        let answer = self.ask("send", Self::saying(channel, kind, payload)).await;
        assert_eq!(answer["result"]["reasonCode"], 1, "{answer}");
        answer["result"].clone()
    }

    /// The next answer.
    pub async fn answer(&mut self) -> Value {
        loop {
            if let Some(answer) = self.answers.pop_front() {
                return answer;
            }
            assert!(self.fill().await, "the node closed: {:?}", self.farewell);
        }
    }

    /// The next message that somebody says: no command, notice or greeting of a new friend.
    pub async fn next(&mut self) -> Value {
        let command = |heard: &Value| heard["header"]["syncOnce"] == true;
        self.next_where(|heard| !command(heard) && is_talk(&heard["payload"]))
            .await
    }

    /// The next command of this name.
    pub async fn command(&mut self, cmd: &str) -> Value {
        self.next_where(|heard| heard["payload"]["cmd"] == cmd)
            .await
    }

    async fn next_where(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            if let Some(place) = self.heard.iter().position(&fits) {
                return self.heard.remove(place).unwrap();
            }
            assert!(self.fill().await, "the node closed: {:?}", self.farewell);
        }
    }

    /// Waits until the node ends the connection; gives its `disconnect`, if it sent one.
    pub async fn closed(mut self) -> Option<Value> {
        while self.fill().await {}
        assert!(self.answers.is_empty(), "unasked: {:?}", self.answers);
        self.farewell
    }

    async fn fill(&mut self) -> bool {
        let Some(bytes) = self.pipe.read().await else {
            return false;
        };
        let object: Value = serde_json::from_slice(&bytes).expect("one object a message");
        assert_eq!(object["jsonrpc"], "2.0", "{object}");
        let mut params = object.get("params").cloned().unwrap_or_default();
        match object["method"].as_str() {
            None => self.answers.push_back(object),
            Some("disconnect") => self.farewell = Some(params),
            Some("recv") => {
                let payload = STANDARD
                    .decode(params["payload"].as_str().unwrap())
                    .unwrap();
                params["payload"] = serde_json::from_slice(&payload).unwrap();
                let id = &params["messageId"];
                let ack = json!({"messageId": id, "messageSeq": params["messageSeq"]});
                let ack = json!({"jsonrpc": "2.0", "method": "recvack", "params": ack});
                self.put(ack.to_string()).await;
                self.heard.push_back(params);
            }
            Some(method) => panic!("a node does not say {method}"),
        }
        true
    }
}
