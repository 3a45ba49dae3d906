//! A row of the tables in this folder: what the client sends, what it must hear, and how the connection ends.

use crate::support::echo::Echo;
use crate::support::raw_ws::{Frame, RawWs};

/// The largest message the echo socket has to take, where a test does not say otherwise.
pub const LIMIT: usize = 16 * 1024 * 1024;

/// How the bytes are cut into writes.
#[derive(Debug, Clone, Copy)]
pub enum Chop {
    /// Everything at once.
    Whole,
    /// Frame by frame.
    Frames,
    /// So many bytes at a time, across frames.
    Bytes(usize),
}

enum End {
    Open,
    Closed(Vec<u16>),
    Failed(Vec<u16>),
}

/// One conversation with the echo socket.
pub struct Case {
    about: String,
    sent: Vec<Vec<u8>>,
    heard: Vec<Frame>,
    end: End,
}

impl Case {
    /// A conversation in which nothing is said and the connection stays open. The words show when it fails.
    pub fn new(about: impl Into<String>) -> Self {
        Self {
            about: about.into(),
            sent: Vec::new(),
            heard: Vec::new(),
            end: End::Open,
        }
    }

    /// Sends a frame.
    pub fn send(self, frame: Frame) -> Self {
        self.send_bytes(frame.encode())
    }

    /// Sends frames one after the other.
    pub fn send_all(self, frames: impl IntoIterator<Item = Frame>) -> Self {
        frames.into_iter().fold(self, Self::send)
    }

    /// Sends what a [`Frame`] cannot express.
    pub fn send_bytes(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.sent.push(bytes.into());
        self
    }

    /// Must hear this frame next.
    pub fn hear(mut self, frame: Frame) -> Self {
        self.heard.push(frame);
        self
    }

    /// Sends a message and must hear it come back.
    pub fn echo(self, message: Frame) -> Self {
        self.send(message.clone()).hear(message)
    }

    /// The client said goodbye, and the answer has one of these codes.
    pub fn closed(mut self, codes: &[u16]) -> Self {
        self.end = End::Closed(codes.to_vec());
        self
    }

    /// The peer gives the connection up, with one of these codes or without a word.
    pub fn failed(mut self, codes: &[u16]) -> Self {
        self.end = End::Failed(codes.to_vec());
        self
    }

    /// Runs it with the bytes cut in each way.
    pub async fn run(&self, echo: &Echo) {
        for chop in [Chop::Whole, Chop::Frames, Chop::Bytes(1)] {
            self.run_chopped(echo, chop).await;
        }
    }

    /// Runs it with the bytes cut in one way.
    pub async fn run_chopped(&self, echo: &Echo, chop: Chop) {
        println!("{} ({chop:?})", self.about);
        let mut ws = RawWs::connect(echo.address(), "/").await;
        self.speak(&mut ws, chop).await;
        for expected in &self.heard {
            let heard = ws.frame().await;
            assert_eq!(heard.as_ref(), Some(expected));
        }
        match &self.end {
            End::Open => ws.expect_idle().await,
            End::Failed(codes) => ws.expect_failure(codes).await,
            End::Closed(codes) => {
                ws.expect_close(codes).await;
            }
        }
    }

    async fn speak(&self, ws: &mut RawWs, chop: Chop) {
        let (writes, size) = match chop {
            Chop::Whole => (vec![self.sent.concat()], usize::MAX),
            Chop::Frames => (self.sent.clone(), usize::MAX),
            Chop::Bytes(size) => (vec![self.sent.concat()], size),
        };
        for bytes in writes {
            // Whether the peer had the right to hang up before the last byte shows in what it said.
            if ws.write(&bytes, size).await.is_err() {
                return;
            }
        }
    }
}

/// Text of exactly `size` bytes, in which a lost or swapped piece shows.
pub fn words(size: usize) -> String {
    const PATTERN: &str = "the quick brown fox jumps over the lazy dog 0123456789!";
    let mut text = PATTERN.repeat(size / PATTERN.len() + 1);
    text.truncate(size);
    text
}

/// Exactly `size` bytes that are not UTF-8, in which a lost or swapped piece shows.
pub fn octets(size: usize) -> Vec<u8> {
    let mut pattern: Vec<u8> = (0..=u8::MAX).rev().collect();
    // A length that divides no power of two.
    pattern.truncate(251);
    let mut bytes = pattern.repeat(size / pattern.len() + 1);
    bytes.truncate(size);
    bytes
}
