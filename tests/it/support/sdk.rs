//! The real client of the WuKong dialect: the WuKongIM SDK from npm.

use super::driven::{Driven, bundle};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::path::Path;

/// One user of the SDK.
pub struct Sdk(Driven);

impl Deref for Sdk {
    type Target = Driven;

    fn deref(&self) -> &Driven {
        &self.0
    }
}

impl DerefMut for Sdk {
    fn deref_mut(&mut self) -> &mut Driven {
        &mut self.0
    }
}

impl Sdk {
    /// Starts the client for somebody of this name in a test of that name.
    pub async fn start(built: &Path, test: &str, name: &str) -> Self {
        let mut command = bundle(built, "wukong.cjs");
        Self(Driven::start(&mut command, test, name).await)
    }

    /// Connects as an account, to wherever the node says.
    pub async fn connect(&mut self, node: SocketAddr, uid: &str, token: &str) {
        let base = format!("http://{node}");
        let line = json!({"do": "connect", "base": base, "uid": uid, "token": token});
        self.tell(line).await;
    }

    /// Tells it where the node is now.
    pub async fn moved(&mut self, node: SocketAddr) {
        let base = format!("http://{node}");
        self.tell(json!({"do": "base", "base": base})).await;
    }

    /// Sends a text to a channel of a type.
    pub async fn send(&mut self, channel: &str, kind: u8, text: &str) {
        let line = json!({"do": "send", "channel": channel, "channel_type": kind, "text": text});
        self.tell(line).await;
    }

    /// The next message with this text.
    pub async fn hears_text(&mut self, text: &str) -> Value {
        self.hears("message", |event| event["payload"]["content"] == text)
            .await
    }

    /// The next command of this name.
    pub async fn hears_command(&mut self, cmd: &str) -> Value {
        self.hears("command", |event| event["cmd"] == cmd).await
    }

    /// The next connection status that is this with this reason.
    pub async fn hears_status(&mut self, (status, reason): (u8, u8)) -> Value {
        let fits = |event: &Value| event["status"] == status && event["reason"] == reason;
        self.hears("status", fits).await
    }
}
