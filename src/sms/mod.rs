//! Outgoing text messages: through a gateway that is asked by HTTP, or for development as files in `outbox`.

use crate::config;
use crate::error::{Error, ErrorKind, Result};
use actix_web::rt;
use awc::Client;
use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// From connecting to the end of the gateway's answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read.
const ANSWER: usize = 4096;
/// Characters of a refusal that reach the log; a longer part might repeat the message.
const QUOTED: usize = 16;

/// Sends text messages.
#[derive(Clone)]
pub struct Texter {
    gateway: config::Sms,
    outbox: PathBuf,
}

impl Texter {
    /// Connects to nothing yet.
    pub fn new(config: &config::Sms, data_dir: &Path) -> Self {
        Self {
            gateway: config.clone(),
            outbox: data_dir.join("outbox"),
        }
    }

    /// Sends a text to a phone number, from a thread of the actix system.
    ///
    /// # Errors
    /// `Invalid` when `mobile` is no phone number; `DeliveryFailed` when the gateway did not take the text within ten
    /// seconds.
    pub async fn send(&self, mobile: &str, text: &str) -> Result<()> {
        let mobile = mobile.trim();
        if !is_number(mobile) {
            return Err(Error::invalid("not a phone number"));
        }
        if self.gateway.gateway_url.is_empty() {
            return self.file(mobile, text).await.map_err(failed);
        }
        // The client is bound to its thread; spawned, it does not bind our caller.
        let asked = rt::spawn(tokio::time::timeout(
            PATIENCE,
            fetch(self.url(mobile, text)),
        ));
        let answer = asked.await.map_err(failed)?.map_err(failed)?;
        let answer = answer.map_err(failed)?;
        self.judge(&String::from_utf8_lossy(&answer))
    }

    /// Encoded, neither value can bring a placeholder or a parameter of its own.
    fn url(&self, mobile: &str, text: &str) -> String {
        let encoded = |value: &str| utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
        let url = self
            .gateway
            .gateway_url
            .replace("{mobile}", &encoded(mobile));
        url.replace("{text}", &encoded(text))
    }

    fn judge(&self, answer: &str) -> Result<()> {
        if answer.starts_with(&self.gateway.success_prefix) {
            return Ok(());
        }
        let start = answer.chars().take(QUOTED).collect::<String>();
        Err(failed(format!("the gateway answered {start:?}")))
    }

    async fn file(&self, mobile: &str, text: &str) -> std::io::Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let name = format!(
            "sms-{}-{}.txt",
            now.map_or(0, |now| now.as_millis()),
            Uuid::new_v4()
        );
        tokio::fs::create_dir_all(&self.outbox).await?;
        tokio::fs::write(self.outbox.join(name), format!("To: {mobile}\n\n{text}\n")).await
    }
}

/// Digits, with a + in front if need be; the longest in the world has 15 of them.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (3..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The body of a successful answer. Errors do not show the URL, which holds the gateway's password.
async fn fetch(url: String) -> Result<Bytes, String> {
    let client = Client::builder()
        .timeout(PATIENCE)
        .disable_redirects()
        .finish();
    let answer = client.get(url).send().await;
    let mut answer = answer.map_err(|fault| fault.to_string())?;
    if !answer.status().is_success() {
        return Err(format!("the gateway answered {}", answer.status()));
    }
    let body = answer.body().limit(ANSWER).await;
    body.map_err(|fault| fault.to_string())
}

#[track_caller]
fn failed(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::caused(ErrorKind::DeliveryFailed, cause)
}

#[cfg(test)]
mod tests;
