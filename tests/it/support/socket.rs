//! A socket of the freeim dialect, as a client holds it.

use super::eventually::eventually;
use super::http::Client;
use super::{PATIENCE, proto};
use actix_web::web::Data;
use futures_util::{SinkExt, StreamExt};
use parlance::domain::{AccountId, Event, Target};
use parlance::service::Services;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// How long a marker may be on its way before it is taken for one that nobody was there to hear.
const MARKER_LOST: Duration = Duration::from_millis(20);

/// One live connection of an account. Frames of Protobuf are read into the names they have in JSON.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    account: AccountId,
    services: Data<Services>,
    heard: VecDeque<Value>,
    /// The highest id of a message that came.
    received: i64,
    close_code: Option<u16>,
}

impl Socket {
    /// Opens a socket and waits until the node has it on its list: whatever happens from then on is heard here.
    pub async fn open(client: &Client, account: i64, token: &str, query: &str) -> Self {
        let url = format!("ws://{}/api/v1/ws?t={token}&{query}", client.address());
        // Without delay: frames are small and follow each other.
        let connected = timeout(PATIENCE, connect_async_with_config(url, None, true)).await;
        let (stream, _) = connected.expect("no answer to the handshake").unwrap();
        let mut socket = Self {
            stream,
            account: AccountId(account),
            services: client.services().clone(),
            heard: VecDeque::new(),
            received: 0,
            close_code: None,
        };
        socket.reach(MARKER_LOST).await;
        socket
    }

    /// The next frame, the node's heartbeat as well.
    pub async fn next_frame(&mut self) -> Value {
        loop {
            if let Some(frame) = self.heard.pop_front() {
                return frame;
            }
            let frame = timeout(PATIENCE, self.read()).await;
            let frame = frame.expect("no frame comes");
            let frame = frame.expect("the node closed the socket");
            self.keep(frame);
        }
    }

    /// The next frame that is no heartbeat.
    pub async fn next(&mut self) -> Value {
        loop {
            let frame = self.next_frame().await;
            if frame["type"] != "ping" {
                return frame;
            }
        }
    }

    /// The next frame that is no heartbeat; it is of this type.
    pub async fn next_of(&mut self, kind: &str) -> Value {
        let frame = self.next().await;
        assert_eq!(frame["type"], kind, "{frame}");
        frame
    }

    /// Nothing but heartbeats came that was not read: whatever was under way is here by now.
    pub async fn is_quiet(&mut self) {
        self.reach(PATIENCE).await;
        self.heard.retain(|frame| frame["type"] != "ping");
        assert!(self.heard.is_empty(), "not quiet: {:?}", self.heard);
    }

    /// Sends a frame as JSON.
    pub async fn send(&mut self, frame: Value) {
        self.send_message(Message::text(frame.to_string())).await;
    }

    /// Sends a frame as bytes.
    pub async fn send_bytes(&mut self, frame: Vec<u8>) {
        self.send_message(Message::binary(frame)).await;
    }

    /// Sends a heartbeat and waits for its return: the node has acted upon everything that was sent before.
    pub async fn flush(&mut self) {
        self.send(json!({"type": "ping", "body": "flush"})).await;
        while self.next_frame().await["body"] != "flush" {}
    }

    async fn send_message(&mut self, message: Message) {
        let sent = timeout(PATIENCE, self.stream.send(message)).await;
        sent.expect("the node does not read").unwrap();
    }

    /// Parts in order, once the node knows that what was pushed to this socket has been received.
    pub async fn close(mut self) {
        eventually(async || {
            self.reach(PATIENCE).await;
            self.services.core.hub.delivered(self.account).0 >= self.received
        })
        .await;
        self.stream.close(None).await.unwrap();
        self.closed().await;
    }

    /// Waits until the node ends the connection; gives the code it did so with, if any.
    pub async fn closed(mut self) -> Option<u16> {
        let end = async { while self.read().await.is_some() {} };
        timeout(PATIENCE, end).await.expect("the socket stays open");
        self.close_code
    }

    /// Lets everything come in that was said before. The node drops a frame for an account without sockets, so that at
    /// first it may have to be told again.
    async fn reach(&mut self, again_after: Duration) {
        static MARKERS: AtomicI64 = AtomicI64::new(1);
        let deadline = Instant::now() + PATIENCE;
        // Under load one may come only after the next was told; each from here on says the same.
        let first = MARKERS.load(Ordering::Relaxed);
        while Instant::now() < deadline {
            // No account has so small a number.
            let marker = MARKERS.fetch_add(1, Ordering::Relaxed);
            let event = Event::Typing {
                from: AccountId(marker),
                name: "".into(),
                to: Target::Account(self.account),
                finished: false,
            };
            self.services.core.hub.tell(&[self.account], event, None);
            let found = timeout(again_after, self.read_to(first)).await;
            match found {
                Ok(true) => return,
                Ok(false) => panic!("the node closed the socket"),
                Err(_) => {}
            }
        }
        panic!("the socket is deaf");
    }

    /// Reads up to this marker or a later one; false when the connection ends before.
    async fn read_to(&mut self, first: i64) -> bool {
        while let Some(frame) = self.read().await {
            if is_marker(&frame) && frame["fromId"].as_i64() >= Some(first) {
                return true;
            }
            self.keep(frame);
        }
        false
    }

    fn keep(&mut self, frame: Value) {
        if !is_marker(&frame) {
            self.heard.push_back(frame);
        }
    }

    /// Reads a frame; nothing when the connection ended.
    async fn read(&mut self) -> Option<Value> {
        let frame: Value = loop {
            match self.stream.next().await?.ok()? {
                Message::Text(text) => break serde_json::from_str(text.as_str()).unwrap(),
                Message::Binary(bytes) => break proto::decode(&bytes),
                Message::Close(reason) => self.close_code = reason.map(|reason| reason.code.into()),
                // The library answers pings by itself.
                _ => {}
            }
        };
        let id = frame["id"].as_i64().unwrap_or_default();
        self.received = self.received.max(id);
        Some(frame)
    }
}

/// Whether a frame is one of [`Socket::reach`], perhaps for another socket of the account.
fn is_marker(frame: &Value) -> bool {
    let from = frame["fromId"].as_i64().unwrap_or_default();
    frame["type"] == "input" && from < AccountId::FIRST.0
}
