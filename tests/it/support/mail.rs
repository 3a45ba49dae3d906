//! A mail server that takes everything and hands it to the test.

use super::PATIENCE;
use std::io;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

/// A mail as it was handed over.
#[derive(Debug, Default)]
pub struct Mail {
    /// The command that named the sender.
    pub from: String,
    /// The command that named the recipient.
    pub to: String,
    /// Headers and text.
    pub data: String,
}

/// The server.
pub struct MailServer {
    url: String,
    mails: UnboundedReceiver<Mail>,
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (sender, mails) = unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Session::new(stream, sender.clone()).run());
            }
        });
        Self { url, mails }
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The next mail that arrives.
    pub async fn next(&mut self) -> Mail {
        let mail = timeout(PATIENCE, self.mails.recv()).await;
        mail.expect("no mail comes").unwrap()
    }
}

struct Session {
    lines: Lines<BufReader<OwnedReadHalf>>,
    out: OwnedWriteHalf,
    mails: UnboundedSender<Mail>,
}

impl Session {
    fn new(stream: TcpStream, mails: UnboundedSender<Mail>) -> Self {
        let (read, out) = stream.into_split();
        let lines = BufReader::new(read).lines();
        Self { lines, out, mails }
    }

    /// Ends when the client does.
    async fn run(mut self) -> io::Result<()> {
        let mut mail = Mail::default();
        self.say("220 sink").await?;
        while let Some(line) = self.lines.next_line().await? {
            let command = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            match command.as_str() {
                "MAIL" => mail.from = line,
                "RCPT" => mail.to = line,
                "DATA" => {
                    self.say("354 go ahead").await?;
                    mail.data = self.data().await?;
                    // The test may have ended.
                    let _ = self.mails.send(std::mem::take(&mut mail));
                }
                "QUIT" => return self.say("221 bye").await,
                _ => {}
            }
            self.say("250 ok").await?;
        }
        Ok(())
    }

    async fn data(&mut self) -> io::Result<String> {
        let mut data = String::new();
        while let Some(line) = self.lines.next_line().await? {
            if line == "." {
                break;
            }
            data += &line;
            data += "\n";
        }
        Ok(data)
    }

    async fn say(&mut self, line: &str) -> io::Result<()> {
        self.out.write_all(format!("{line}\r\n").as_bytes()).await
    }
}
