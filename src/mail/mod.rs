//! Outgoing e-mail: over SMTP, or for development as files in `outbox`.

use crate::config;
use crate::error::{Error, ErrorKind, Result};
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// From connecting to the server's last answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends plain text mails.
#[derive(Clone)]
pub struct Mailer {
    from: String,
    /// `None`: mails become files.
    server: Option<AsyncSmtpTransport<Tokio1Executor>>,
    outbox: PathBuf,
}

impl Mailer {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// When the server's URL makes no sense.
    pub fn new(config: &config::Mail, data_dir: &Path) -> Result<Self> {
        let server = match config.smtp_url.as_str() {
            "" => None,
            url => Some(transport(url)?),
        };
        Ok(Self {
            from: config.from.clone(),
            server,
            outbox: data_dir.join("outbox"),
        })
    }

    /// Sends a mail to one address. Without a sender, or with an empty one, it comes from the configured sender.
    ///
    /// # Errors
    /// `Invalid` when `to` is no e-mail address; `DeliveryFailed` when nobody took the mail within ten seconds.
    pub async fn send(
        &self,
        to: &str,
        from: Option<&str>,
        subject: &str,
        text: &str,
    ) -> Result<()> {
        let to = recipient(to)?;
        let from = from.map(str::trim).filter(|from| !from.is_empty());
        let from = from.unwrap_or(&self.from).parse::<Mailbox>();
        let from = from.map_err(failed)?;
        match &self.server {
            Some(server) => post(server, message(from, to, subject, text)?).await,
            None => self.file(&from, &to, subject, text).await,
        }
    }

    async fn file(&self, from: &Mailbox, to: &Mailbox, subject: &str, text: &str) -> Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let name = format!(
            "mail-{}-{}.txt",
            now.map_or(0, |now| now.as_millis()),
            Uuid::new_v4()
        );
        let text = format!("From: {from}\nTo: {to}\nSubject: {subject}\n\n{text}\n");
        tokio::fs::create_dir_all(&self.outbox)
            .await
            .map_err(failed)?;
        tokio::fs::write(self.outbox.join(name), text)
            .await
            .map_err(failed)
    }
}

fn transport(url: &str) -> Result<AsyncSmtpTransport<Tokio1Executor>> {
    let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url);
    Ok(builder.map_err(Error::internal)?.build())
}

/// A bare address only: no name, no list, no line break, so that nobody adds recipients or headers.
fn recipient(text: &str) -> Result<Mailbox> {
    let text = text.trim();
    let address = text.parse::<Address>().ok();
    let address = address.filter(|_| !text.contains(char::is_control));
    let address = address.ok_or_else(|| Error::invalid("not an e-mail address"))?;
    Ok(Mailbox::new(None, address))
}

fn message(from: Mailbox, to: Mailbox, subject: &str, text: &str) -> Result<Message> {
    Message::builder()
        .from(from)
        .to(to)
        .subject(subject)
        .header(ContentType::TEXT_PLAIN)
        .body(text.to_owned())
        .map_err(failed)
}

async fn post(server: &AsyncSmtpTransport<Tokio1Executor>, message: Message) -> Result<()> {
    let sent = tokio::time::timeout(PATIENCE, server.send(message)).await;
    sent.map_err(failed)?.map_err(failed)?;
    Ok(())
}

#[track_caller]
fn failed(cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::caused(ErrorKind::DeliveryFailed, cause)
}

#[cfg(test)]
mod tests;
