//! The client end of a WebSocket (RFC 6455) that mostly listens.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Poll, ready};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;

use crate::Result;
use crate::bench::Clock;
use crate::node::Node;
use crate::rest::Rest;

/// The node never sends more in one message.
const MAX_MESSAGE: usize = 1 << 20;
const MAX_HEAD: usize = 16 << 10;

const CONTINUATION: u8 = 0;
/// A frame of text.
pub const TEXT: u8 = 1;
/// A frame of bytes.
pub const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// An open WebSocket.
pub struct Socket {
    stream: TcpStream,
    inbound: Inbound,
}

/// Connects and shakes hands. The server's `Sec-WebSocket-Accept` is not checked: a cache between us and the node, which it
/// guards against, would spoil a measurement anyway.
pub async fn shake_hands(
    node: &Node,
    nth: usize,
    path: &str,
    token: Option<&str>,
) -> Result<(TcpStream, Decoder)> {
    let mut stream = node.connect(nth).await?;
    // Sessions end by reset: no connection lingers in TIME_WAIT, and a storm cuts all at once.
    stream.set_zero_linger()?;
    let key = STANDARD.encode(rand::random::<[u8; 16]>());
    let login = token.map(|token| format!("Authorization: {token}\r\n"));
    let hello = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: {key}\r\n{}\r\n",
        node.host,
        login.unwrap_or_default()
    );
    stream.write_all(hello.as_bytes()).await?;
    let mut answer = Vec::with_capacity(512);
    let end = loop {
        if stream.read_buf(&mut answer).await? == 0 || answer.len() > MAX_HEAD {
            return Err("the node closed the connection during the handshake".into());
        }
        if let Some(end) = memmem::find(&answer, b"\r\n\r\n") {
            break end + 4;
        }
    };
    if answer.get(9..12) != Some(b"101") {
        let text: String = String::from_utf8_lossy(&answer).chars().take(300).collect();
        return Err(format!("no WebSocket: {text}").into());
    }
    // Frames may follow the answer in the same packet.
    let decoder = Decoder {
        rest: Rest::of(answer.split_off(end)),
        parts: Vec::new(),
    };
    Ok((stream, decoder))
}

impl Socket {
    /// Opens a WebSocket with a login.
    pub async fn open(node: &Node, nth: usize, path: &str, token: &str) -> Result<Self> {
        let (stream, decoder) = shake_hands(node, nth, path, Some(token)).await?;
        Ok(Self {
            stream,
            inbound: Inbound {
                decoder,
                pong: Vec::new(),
            },
        })
    }

    /// Answers pings and hands every message with its time of arrival to `hear`, until the
    /// connection ends; then says why it ended.
    pub async fn listen(
        self,
        scratch: &RefCell<Vec<u8>>,
        clock: &Clock,
        mut hear: impl FnMut(&[u8], u64),
    ) -> String {
        let Self {
            mut stream,
            mut inbound,
        } = self;
        let mut state = inbound.take(&[], clock.micros(), &mut hear);
        loop {
            if let Err(reason) = state {
                return reason;
            }
            if !inbound.pong.is_empty() {
                if let Err(error) = stream.write_all(&inbound.pong).await {
                    return error.to_string();
                }
                inbound.pong.clear();
            }
            let read = read_some(&mut stream, scratch, |bytes| match bytes {
                [] => Err("closed without a close frame".to_owned()),
                bytes => inbound.take(bytes, clock.micros(), &mut hear),
            });
            state = read.await.unwrap_or_else(|error| Err(error.to_string()));
        }
    }
}

/// Reads what is there into a buffer that all sockets share, so that an idle socket needs none of
/// its own.
pub async fn read_some<R>(
    stream: &mut (impl AsyncRead + Unpin),
    scratch: &RefCell<Vec<u8>>,
    mut digest: impl FnMut(&[u8]) -> R,
) -> io::Result<R> {
    poll_fn(|cx| {
        let mut scratch = scratch.borrow_mut();
        let mut buffer = ReadBuf::new(&mut scratch);
        let read = ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer));
        Poll::Ready(read.map(|()| digest(buffer.filled())))
    })
    .await
}

/// What a socket remembers between two reads.
struct Inbound {
    decoder: Decoder,
    pong: Vec<u8>,
}

impl Inbound {
    fn take(
        &mut self,
        bytes: &[u8],
        now: u64,
        hear: &mut impl FnMut(&[u8], u64),
    ) -> Result<(), String> {
        let Self { decoder, pong } = self;
        let mut closed = None;
        decoder.feed(bytes, |frame| match frame {
            Frame::Message(message) => hear(message, now),
            Frame::Ping(payload) => write_pong(payload, pong),
            Frame::Close(code) => closed = Some(code),
        })?;
        match closed {
            Some(code) => Err(format!("closed by the node with code {code}")),
            None => Ok(()),
        }
    }
}

/// What the server sends.
#[derive(Debug, PartialEq)]
pub enum Frame<'a> {
    /// A whole message.
    Message(&'a [u8]),
    /// To be repeated.
    Ping(&'a [u8]),
    /// The end, with its code.
    Close(u16),
}

/// Cuts a stream of bytes into frames; copies only what a read leaves unfinished, and messages in
/// parts.
#[derive(Default)]
pub struct Decoder {
    rest: Rest,
    parts: Vec<u8>,
}

impl Decoder {
    /// Takes what was read.
    pub fn feed(
        &mut self,
        bytes: &[u8],
        mut on: impl FnMut(Frame<'_>),
    ) -> Result<(), &'static str> {
        let Self { rest, parts } = self;
        rest.feed(bytes, |bytes| cut(bytes, parts, &mut on))
    }
}

fn cut(
    bytes: &[u8],
    parts: &mut Vec<u8>,
    on: &mut impl FnMut(Frame<'_>),
) -> Result<usize, &'static str> {
    let mut at = 0;
    while let Some(head) = Head::parse(&bytes[at..])? {
        let start = at + head.size;
        let Some(payload) = bytes.get(start..start + head.length) else {
            break;
        };
        sort(&head, payload, parts, on)?;
        at = start + head.length;
    }
    Ok(at)
}

fn sort(
    head: &Head,
    payload: &[u8],
    parts: &mut Vec<u8>,
    on: &mut impl FnMut(Frame<'_>),
) -> Result<(), &'static str> {
    match (head.opcode, head.last) {
        (TEXT | BINARY, true) => on(Frame::Message(payload)),
        (TEXT | BINARY, false) => {
            parts.clear();
            parts.extend_from_slice(payload);
        }
        (CONTINUATION, last) => {
            if parts.len() + payload.len() > MAX_MESSAGE {
                return Err("a message without end");
            }
            parts.extend_from_slice(payload);
            if last {
                on(Frame::Message(parts));
                parts.clear();
            }
        }
        (PING, _) => on(Frame::Ping(payload)),
        (PONG, _) => {}
        // 1005: a close frame without a code (RFC 6455, 7.1.5).
        (CLOSE, _) => on(Frame::Close(
            payload
                .first_chunk()
                .map_or(1005, |code| u16::from_be_bytes(*code)),
        )),
        _ => return Err("a frame of an unknown kind"),
    }
    Ok(())
}

struct Head {
    opcode: u8,
    last: bool,
    size: usize,
    length: usize,
}

impl Head {
    /// Reads a frame's head; nothing yet if bytes are missing.
    fn parse(bytes: &[u8]) -> Result<Option<Self>, &'static str> {
        let &[first, second, ref more @ ..] = bytes else {
            return Ok(None);
        };
        if first & 0x70 != 0 || second & 0x80 != 0 {
            return Err("a masked frame, or one of an extension nobody asked for");
        }
        let (size, length) = match second {
            126 => match more.first_chunk() {
                Some(length) => (4, u64::from(u16::from_be_bytes(*length))),
                None => return Ok(None),
            },
            127 => match more.first_chunk() {
                Some(length) => (10, u64::from_be_bytes(*length)),
                None => return Ok(None),
            },
            short => (2, u64::from(short)),
        };
        if length > MAX_MESSAGE as u64 {
            return Err("a frame over 1 MiB");
        }
        Ok(Some(Self {
            opcode: first & 0x0f,
            last: first & 0x80 != 0,
            size,
            length: length as usize,
        }))
    }
}

/// Appends a pong. Control frames hold at most 125 bytes (RFC 6455, 5.5).
pub fn write_pong(payload: &[u8], out: &mut Vec<u8>) {
    write_frame(PONG, &payload[..payload.len().min(125)], out);
}

/// Appends a frame of at most 64 KiB. Its mask is zero, which spares the work: masks guard caches on the way, and there are none.
pub fn write_frame(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    const MASKED: u8 = 0x80;
    out.push(0x80 | opcode);
    match payload.len() {
        short @ ..=125 => out.push(MASKED | short as u8),
        long => {
            out.push(MASKED | 126);
            out.extend_from_slice(&(long as u16).to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(chunks: &[&[u8]]) -> (Vec<String>, Result<(), &'static str>) {
        let (mut decoder, mut log) = (Decoder::default(), Vec::new());
        let mut state = Ok(());
        for chunk in chunks {
            state = state.and(decoder.feed(chunk, |frame| log.push(format!("{frame:?}"))));
        }
        (log, state)
    }

    #[test]
    fn frames_are_the_same_however_the_bytes_are_cut() {
        let mut stream = vec![0x81, 2, b'h', b'i', 0x89, 1, b'p', 0x82, 126, 0, 200];
        stream.extend([7; 200]);
        stream.extend([0x88, 2, 3, 0xe8]);
        let whole = heard(&[&stream]);
        assert_eq!(whole.0.len(), 4);
        assert_eq!(whole.0[3], "Close(1000)");
        for cut in 1..stream.len() {
            assert_eq!(heard(&[&stream[..cut], &stream[cut..]]), whole);
        }
    }

    #[test]
    fn a_message_in_parts_is_put_together_around_a_ping() {
        let (log, state) = heard(&[&[0x01, 1, b'a', 0x00, 1, b'b', 0x89, 0, 0x80, 1, b'c']]);
        assert_eq!(state, Ok(()));
        assert_eq!(log, ["Ping([])", "Message([97, 98, 99])"]);
    }

    #[test]
    fn masked_huge_and_unknown_frames_are_refused() {
        assert!(heard(&[&[0x81, 0x81, 0, 0, 0, 0, 1]]).1.is_err());
        assert!(heard(&[&[0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0]]).1.is_err());
        assert!(heard(&[&[0x83, 0]]).1.is_err());
    }

    #[test]
    fn a_pong_repeats_the_ping_under_its_mask() {
        let mut out = Vec::new();
        write_pong(b"abc", &mut out);
        assert_eq!(&out[..2], &[0x8a, 0x83]);
        let plain: Vec<u8> = (0..3).map(|i| out[6 + i] ^ out[2 + i]).collect();
        assert_eq!(plain, b"abc");
    }

    #[test]
    fn a_long_frame_has_its_length_in_two_bytes() {
        let mut out = Vec::new();
        write_frame(BINARY, &[7; 300], &mut out);
        assert_eq!(&out[..8], &[0x82, 0xfe, 1, 44, 0, 0, 0, 0]);
        assert_eq!(out.len(), 308);
    }
}
