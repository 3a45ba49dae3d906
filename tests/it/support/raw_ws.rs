//! A WebSocket client that does as it is told: it sends any bytes, in any pieces, and reads what comes back frame by
//! frame. Every wait ends after [`PATIENCE`].

mod frame;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

pub use frame::{Frame, NO_CODE};

/// How long a peer may stay silent, or refuse to read, before the test fails.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The handshake of RFC 6455, section 1.3: this key has this answer.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// The client's end of one connection.
pub struct RawWs {
    stream: TcpStream,
    inbox: Vec<u8>,
}

impl RawWs {
    /// Connects and shakes hands; the peer has to agree.
    pub async fn connect(address: SocketAddr, path: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let inbox = Vec::new();
        let mut ws = Self { stream, inbox };
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        ws.write(request.as_bytes(), usize::MAX).await.unwrap();
        let head = ws.head().await;
        assert!(head.starts_with("HTTP/1.1 101 "), "no upgrade: {head}");
        let accepted = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .any(|(name, value)| {
                name.eq_ignore_ascii_case("sec-websocket-accept") && value.trim() == ACCEPT
            });
        assert!(accepted, "a wrong answer to the key: {head}");
        ws
    }

    async fn head(&mut self) -> String {
        const END: &[u8] = b"\r\n\r\n";
        loop {
            if let Some(end) = self.inbox.windows(END.len()).position(|bytes| bytes == END) {
                let head = self.inbox.drain(..end + END.len()).collect();
                return String::from_utf8(head).unwrap();
            }
            let open = self.fill().await;
            assert!(open, "no answer to the handshake");
        }
    }

    /// Sends bytes in pieces of at most `chop`, each in a segment of its own. Fails once the peer has hung up.
    pub async fn write(&mut self, bytes: &[u8], chop: usize) -> io::Result<()> {
        for piece in bytes.chunks(chop) {
            timeout(PATIENCE, self.stream.write_all(piece))
                .await
                .expect("the peer stopped reading")?;
        }
        Ok(())
    }

    /// Sends one frame to a peer that has to be there.
    pub async fn send(&mut self, frame: &Frame) {
        self.write(&frame.encode(), usize::MAX).await.unwrap();
    }

    /// Ends the client's half of the connection without a close frame.
    pub async fn hang_up(&mut self) {
        // A peer that has hung up already is no mistake.
        let _ = self.stream.shutdown().await;
    }

    /// The next frame; `None` when the peer ended the connection.
    pub async fn frame(&mut self) -> Option<Frame> {
        loop {
            if let Some((frame, length)) = Frame::decode(&self.inbox) {
                self.inbox.drain(..length);
                return Some(frame);
            }
            if !self.fill().await {
                return None;
            }
        }
    }

    /// Reads on; `false` when the peer ended the connection, orderly or by a reset.
    async fn fill(&mut self) -> bool {
        self.inbox.reserve(64 * 1024);
        let read = timeout(PATIENCE, self.stream.read_buf(&mut self.inbox))
            .await
            .expect("the peer keeps silent");
        matches!(read, Ok(length) if length > 0)
    }

    /// The peer has nothing more to say, agrees to part, and hangs up first.
    pub async fn expect_idle(mut self) {
        self.send(&Frame::close(1000, "")).await;
        self.expect_close(&[1000]).await;
    }

    /// The next frame closes with one of these codes, and the connection ends; returns that frame.
    pub async fn expect_close(&mut self, codes: &[u16]) -> Frame {
        let close = self.frame().await.expect("no close frame");
        self.expect_farewell(&close, codes).await;
        close
    }

    /// The peer gives up: a close frame with one of these codes, or an end without one.
    pub async fn expect_failure(&mut self, codes: &[u16]) {
        if let Some(close) = self.frame().await {
            // The answer is due, but the peer need not wait for it.
            let _ = self.write(&close.encode(), usize::MAX).await;
            self.expect_farewell(&close, codes).await;
        }
    }

    async fn expect_farewell(&mut self, close: &Frame, codes: &[u16]) {
        assert!(close.is_close(), "not a close frame: {close:?}");
        let code = close.close_code();
        assert!(codes.contains(&code), "closed with {code}, not {codes:?}");
        let next = self.frame().await;
        assert_eq!(next, None, "nothing follows a close frame");
    }
}
