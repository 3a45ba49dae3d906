//! The ways to a node's sockets, and what carries the bytes.

use crate::support::PATIENCE;
use crate::support::http::Client;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// A way to a node's sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A WebSocket on the HTTP port.
    Http,
    /// A WebSocket on a port of its own.
    Ws,
    /// TCP.
    Tcp,
}

/// Every way. Only a [listening](super::listening) node has them all.
pub const WAYS: [Way; 3] = [Way::Http, Way::Ws, Way::Tcp];

impl Way {
    /// Where a node is to be found that way.
    pub fn address(self, node: &Client) -> SocketAddr {
        let config = &node.services().core.config.wukong;
        match self {
            Self::Http => node.address(),
            Self::Ws => config.ws().expect("the node listens for WebSockets"),
            Self::Tcp => config.tcp().expect("the node listens for TCP"),
        }
    }

    /// Connects, and says nothing yet.
    pub async fn pipe(self, node: &Client) -> Pipe {
        let address = self.address(node);
        match self {
            Self::Http => Pipe::ws(address, "/v1/ws").await,
            Self::Ws => Pipe::ws(address, "/").await,
            Self::Tcp => Pipe::tcp(address).await,
        }
    }
}

/// What carries the bytes.
pub enum Pipe {
    Ws(Box<WebSocketStream<MaybeTlsStream<TcpStream>>>),
    Tcp(TcpStream),
}

impl Pipe {
    /// A WebSocket at an address with a path.
    pub async fn ws(address: SocketAddr, path: &str) -> Self {
        let url = format!("ws://{address}{path}");
        let connected = timeout(PATIENCE, connect_async_with_config(url, None, true)).await;
        let (stream, _) = connected.expect("no answer to the handshake").unwrap();
        Self::Ws(Box::new(stream))
    }

    /// A TCP connection.
    pub async fn tcp(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self::Tcp(stream)
    }

    /// Sends bytes: over a WebSocket one message. Fails once the peer has hung up.
    pub async fn write(&mut self, bytes: impl Into<Bytes>) -> Result<(), ()> {
        self.put(Message::binary(bytes)).await
    }

    /// The same as text.
    pub async fn write_text(&mut self, text: impl Into<String>) -> Result<(), ()> {
        self.put(Message::text(text.into())).await
    }

    async fn put(&mut self, message: Message) -> Result<(), ()> {
        let sent = match self {
            Self::Ws(stream) => {
                let sent = timeout(PATIENCE, stream.send(message)).await;
                sent.map(|sent| sent.map_err(drop))
            }
            Self::Tcp(stream) => {
                let sent = timeout(PATIENCE, stream.write_all(&message.into_data())).await;
                sent.map(|sent| sent.map_err(drop))
            }
        };
        sent.expect("the node does not read")
    }

    /// What comes next; nothing when the connection ended.
    pub async fn read(&mut self) -> Option<Bytes> {
        timeout(PATIENCE, self.read_on())
            .await
            .expect("the node keeps silent")
    }

    async fn read_on(&mut self) -> Option<Bytes> {
        match self {
            Self::Ws(stream) => loop {
                let message = stream.next().await?.ok()?;
                if let Message::Binary(_) | Message::Text(_) = message {
                    return Some(message.into_data());
                }
            },
            Self::Tcp(stream) => {
                let mut bytes = vec![0; 64 * 1024];
                let length = stream.read(&mut bytes).await.ok()?;
                bytes.truncate(length);
                (length > 0).then(|| bytes.into())
            }
        }
    }

    /// All that still comes until the connection ends.
    pub async fn rest(mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        while let Some(bytes) = self.read().await {
            rest.extend(bytes);
        }
        rest
    }
}
