//! A socket of the Pusher protocol as a client holds it. Every frame that comes is held against the rules for frames.

use crate::support::PATIENCE;
use crate::support::http::Client;
use futures_util::{SinkExt, StreamExt};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::VecDeque;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// What pusher-js puts behind the app key.
const QUERY: &str = "protocol=7&client=js&version=8.6.0&flash=false";

/// The signature of a text under a secret, in hex.
pub fn signature(secret: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    let bytes = mac.finalize().into_bytes();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One frame from the node.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    pub event: String,
    /// Empty when it is for the whole socket.
    pub channel: String,
    pub data: Value,
    /// Whose event it is, on presence channels.
    pub user_id: Option<String>,
}

impl Heard {
    /// Reads a frame and holds it against the rules of the protocol.
    fn read(text: &str) -> Self {
        let frame: Value = serde_json::from_str(text).expect("a frame is JSON");
        let keys = frame.as_object().expect("a frame is an object").keys();
        for key in keys {
            let known = ["event", "channel", "data", "user_id"].contains(&key.as_str());
            assert!(known, "{key}: {text}");
        }
        let event = frame["event"].as_str().expect("an event has a name");
        let data = match &frame["data"] {
            error @ Value::Object(_) if event.ends_with(":error") => error.clone(),
            Value::String(data) => {
                serde_json::from_str(data).unwrap_or_else(|_| panic!("data is no JSON: {text}"))
            }
            _ => panic!("data is no text: {text}"),
        };
        let word = |name: &str| frame[name].as_str().map(str::to_owned);
        Self {
            event: event.to_owned(),
            channel: word("channel").unwrap_or_default(),
            data,
            user_id: word("user_id"),
        }
    }

    /// Whether it is of the protocol itself and not of the product.
    fn is_internal(&self) -> bool {
        let prefix = self.event.split(':').next().unwrap_or_default();
        self.event.contains(':') && (prefix.starts_with("pusher") || prefix.starts_with("woker"))
    }
}

/// A live connection.
pub struct Pusher {
    /// Its id at the node.
    pub id: String,
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    heard: VecDeque<Heard>,
    /// The word that events of the protocol begin with.
    word: &'static str,
    close_code: Option<u16>,
}

impl Pusher {
    /// Connects with an app key as pusher-js does.
    pub async fn open(client: &Client, key: &str) -> Self {
        Self::open_at(client, &format!("/app/{key}?{QUERY}"), &[]).await
    }

    /// Connects to a path with these headers.
    pub async fn open_at(client: &Client, path: &str, headers: &[(&'static str, &str)]) -> Self {
        let mut socket = Self::dial(client, path, headers).await;
        let hello = socket.read().await.expect("the node closed the socket");
        socket.word = match hello.event.as_str() {
            "woker:connection_established" => "woker",
            event => {
                assert_eq!(event, "pusher:connection_established", "{hello:?}");
                "pusher"
            }
        };
        let id = hello.data["socket_id"].as_str().expect("a socket id");
        let parts: Vec<&str> = id.split('.').collect();
        let digits = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        assert!(parts.len() == 2 && parts.iter().all(digits), "{id}");
        assert!(
            hello.data["activity_timeout"].as_u64() > Some(0),
            "{hello:?}"
        );
        socket.id = id.to_owned();
        socket
    }

    /// Connects with an app key, if the node takes the connection at all.
    pub async fn try_open(client: &Client, key: &str) -> Option<Self> {
        let path = format!("/app/{key}?{QUERY}");
        let mut socket = Self::try_dial(client, &path, &[]).await?;
        socket.read().await.is_some().then_some(socket)
    }

    /// Connects to a path and is sent away; gives the code of the error and that of the close.
    pub async fn refused(client: &Client, path: &str) -> (i64, Option<u16>) {
        let mut socket = Self::dial(client, path, &[]).await;
        let error = socket.read().await.expect("no error before the close");
        assert!(error.event.ends_with(":error"), "{error:?}");
        let code = error.data["code"].as_i64().expect("an error has a code");
        while socket.read().await.is_some() {}
        (code, socket.close_code)
    }

    async fn dial(client: &Client, path: &str, headers: &[(&'static str, &str)]) -> Self {
        let dialled = Self::try_dial(client, path, headers).await;
        dialled.expect("the node does not take the connection")
    }

    async fn try_dial(
        client: &Client,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Option<Self> {
        let url = format!("ws://{}{path}", client.address());
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).unwrap();
            request
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        }
        let connected = timeout(PATIENCE, connect_async_with_config(request, None, true)).await;
        let (stream, _) = connected.expect("no answer to the handshake").ok()?;
        Some(Self {
            id: String::new(),
            stream,
            heard: VecDeque::new(),
            word: "pusher",
            close_code: None,
        })
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: Value) {
        self.send_text(&frame.to_string()).await;
    }

    /// Sends a text, a frame or not.
    pub async fn send_text(&mut self, text: &str) {
        self.send_message(Message::text(text)).await;
    }

    pub async fn send_message(&mut self, message: Message) {
        let sent = timeout(PATIENCE, self.stream.send(message)).await;
        sent.expect("the node does not read").unwrap();
    }

    /// Asks for a channel without a signature, as for any plain one.
    pub async fn ask_for(&mut self, channel: &str) {
        let event = format!("{}:subscribe", self.word);
        let data = json!({"auth": "", "channel": channel});
        self.send(json!({"event": event, "data": data})).await;
    }

    /// Subscribes to a plain channel.
    pub async fn subscribe(&mut self, channel: &str) -> Value {
        self.ask_for(channel).await;
        self.subscribed(channel).await
    }

    /// Subscribes with what the auth endpoint answered.
    pub async fn subscribe_with(&mut self, channel: &str, grant: &Value) -> Value {
        self.ask_with(channel, grant).await;
        self.subscribed(channel).await
    }

    /// Asks for a channel with a signature, good or bad.
    pub async fn ask_with(&mut self, channel: &str, grant: &Value) {
        let mut data = grant.clone();
        data["channel"] = json!(channel);
        self.send(json!({"event": "pusher:subscribe", "data": data}))
            .await;
    }

    /// Waits for the answer to a subscription, which is a success; gives its data.
    pub async fn subscribed(&mut self, channel: &str) -> Value {
        let answer = self.answer_for(channel).await;
        let success = format!("{}_internal:subscription_succeeded", self.word);
        assert_eq!(answer.event, success, "{answer:?}");
        answer.data
    }

    /// Asks for a channel and does not get it.
    pub async fn is_refused(&mut self, channel: &str) {
        self.ask_for(channel).await;
        self.was_refused(channel).await;
    }

    /// Waits for the answer to a subscription, which is a refusal that gives nothing away.
    pub async fn was_refused(&mut self, channel: &str) {
        let answer = self.answer_for(channel).await;
        let error = format!("{}:subscription_error", self.word);
        assert_eq!(answer.event, error, "{answer:?}");
        let fields = (&answer.data["type"], &answer.data["status"]);
        assert_eq!(fields, (&json!("AuthError"), &json!(403)), "{answer:?}");
        let text = answer.data.to_string();
        let digits = text.split(|c: char| !c.is_ascii_hexdigit());
        let longest = digits.map(str::len).max().unwrap_or_default();
        assert!(longest < 32, "a signature in a refusal: {text}");
    }

    async fn answer_for(&mut self, channel: &str) -> Heard {
        let success = format!("{}_internal:subscription_succeeded", self.word);
        let error = format!("{}:subscription_error", self.word);
        let answers =
            |heard: &Heard| heard.channel == channel && [&success, &error].contains(&&heard.event);
        self.next_where(answers).await
    }

    /// Gives a channel up.
    pub async fn unsubscribe(&mut self, channel: &str) {
        let data = json!({"channel": channel});
        self.send(json!({"event": "pusher:unsubscribe", "data": data}))
            .await;
        self.flush().await;
    }

    /// Waits until the node has acted upon everything that was sent before.
    pub async fn flush(&mut self) {
        let (ping, pong) = (format!("{}:ping", self.word), format!("{}:pong", self.word));
        self.send(json!({"event": ping, "data": {}})).await;
        self.next_where(|heard| heard.event == pong).await;
    }

    /// The next event of the product, whatever it is.
    pub async fn next(&mut self) -> Heard {
        self.next_where(|heard| !heard.is_internal()).await
    }

    /// The next event of the product; it has this name.
    pub async fn next_of(&mut self, event: &str) -> Heard {
        let heard = self.next().await;
        assert_eq!(heard.event, event, "{heard:?}");
        heard
    }

    /// The next message that somebody says, over notices and all else; it says this.
    pub async fn hears(&mut self, content: &str) -> Heard {
        let talk = |heard: &Heard| heard.event == "message" && heard.data["sub_type"] == "message";
        let heard = self.next_where(talk).await;
        assert_eq!(heard.data["content"], content, "{heard:?}");
        heard
    }

    /// The first event of this name; those before it are kept.
    pub async fn hears_of(&mut self, event: &str) -> Heard {
        self.next_where(|heard| heard.event == event).await
    }

    /// The next error within the connection.
    pub async fn hears_error(&mut self) -> Value {
        let heard = self
            .next_where(|heard| heard.event.ends_with(":error"))
            .await;
        heard.data
    }

    /// The first event that fits; those before it are kept.
    pub async fn next_where(&mut self, fits: impl Fn(&Heard) -> bool) -> Heard {
        if let Some(place) = self.heard.iter().position(&fits) {
            return self.heard.remove(place).unwrap();
        }
        loop {
            let heard = timeout(PATIENCE, self.read()).await;
            let heard = heard.unwrap_or_else(|_| panic!("it does not come: {:?}", self.heard));
            let heard = heard.unwrap_or_else(|| panic!("closed: {:?}", self.close_code));
            if fits(&heard) {
                return heard;
            }
            self.heard.push_back(heard);
        }
    }

    /// What came and was not read, of the product.
    pub fn unread(&self) -> Vec<&Heard> {
        let product = |heard: &&Heard| !heard.is_internal();
        self.heard.iter().filter(product).collect()
    }

    /// Waits until the node ends the connection; gives the code of the last error and that of the close.
    pub async fn closed(mut self) -> (Option<i64>, Option<u16>) {
        let end = async {
            while let Some(heard) = self.read().await {
                self.heard.push_back(heard);
            }
        };
        timeout(PATIENCE, end).await.expect("the socket stays open");
        let mut errors = self
            .heard
            .iter()
            .filter(|heard| heard.event.ends_with(":error"));
        let code = errors
            .next_back()
            .and_then(|error| error.data["code"].as_i64());
        (code, self.close_code)
    }

    /// Parts in order.
    pub async fn close(mut self) {
        self.stream.close(None).await.unwrap();
        while self.read().await.is_some() {}
    }

    /// Reads a frame; nothing when the connection ended.
    async fn read(&mut self) -> Option<Heard> {
        loop {
            match self.stream.next().await?.ok()? {
                Message::Text(text) => return Some(Heard::read(text.as_str())),
                Message::Binary(bytes) => panic!("a binary frame: {bytes:?}"),
                Message::Close(reason) => self.close_code = reason.map(|reason| reason.code.into()),
                // The library answers pings by itself.
                _ => {}
            }
        }
    }
}
