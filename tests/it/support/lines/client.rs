//! The client's end of a line.

use crate::support::PATIENCE;
use futures_util::{SinkExt, StreamExt};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// What carries a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Tcp,
    Ws,
}

/// Both.
pub const WAYS: [Way; 2] = [Way::Tcp, Way::Ws];

enum Stream {
    Tcp(TcpStream),
    Ws(Box<WebSocketStream<MaybeTlsStream<TcpStream>>>),
}

/// One connection.
pub struct Line {
    stream: Stream,
    inbox: Vec<u8>,
}

impl Line {
    pub(super) async fn connect(way: Way, address: SocketAddr) -> Self {
        let stream = match way {
            Way::Tcp => {
                let stream = TcpStream::connect(address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                Stream::Tcp(stream)
            }
            Way::Ws => {
                let url = format!("ws://{address}/any/path");
                let (stream, _) = connect_async_with_config(url, None, true).await.unwrap();
                Stream::Ws(Box::new(stream))
            }
        };
        Self {
            stream,
            inbox: Vec::new(),
        }
    }

    /// Sends one line.
    pub async fn send(&mut self, line: &str) {
        self.send_bytes(format!("{line}\n").as_bytes()).await;
    }

    /// Sends bytes as one message, where there are messages.
    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        let sent = async {
            match &mut self.stream {
                Stream::Tcp(stream) => stream.write_all(bytes).await.unwrap(),
                Stream::Ws(stream) => {
                    let message = Message::binary(bytes.to_vec());
                    stream.send(message).await.unwrap();
                }
            }
        };
        let sent = timeout(PATIENCE, sent).await;
        sent.expect("the node does not read");
    }

    /// The next line.
    pub async fn next(&mut self) -> String {
        self.read().await.expect("the connection ended")
    }

    /// The next lines.
    pub async fn take(&mut self, count: usize) -> Vec<String> {
        let mut lines = Vec::with_capacity(count);
        for _ in 0..count {
            lines.push(self.next().await);
        }
        lines
    }

    /// The lines that come before the connection ends.
    pub async fn rest(mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(line) = self.read().await {
            lines.push(line);
        }
        lines
    }

    /// Nothing more came before the answer to what is asked now.
    pub async fn is_quiet(&mut self) {
        self.send("echo quiet?").await;
        assert_eq!(self.next().await, "quiet?");
    }

    async fn read(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.inbox.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.inbox.drain(..=end).collect();
                line.pop();
                return Some(String::from_utf8(line).unwrap());
            }
            let more = timeout(PATIENCE, self.fill()).await;
            if !more.expect("the node keeps silent") {
                return None;
            }
        }
    }

    /// Reads on; false when the connection has ended.
    async fn fill(&mut self) -> bool {
        match &mut self.stream {
            Stream::Tcp(stream) => {
                let read = stream.read_buf(&mut self.inbox).await;
                matches!(read, Ok(length) if length > 0)
            }
            Stream::Ws(stream) => match stream.next().await {
                Some(Ok(message)) => {
                    if message.is_binary() {
                        self.inbox.extend(message.into_data());
                    }
                    true
                }
                _ => false,
            },
        }
    }
}
