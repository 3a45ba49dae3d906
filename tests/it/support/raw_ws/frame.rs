//! One WebSocket frame, legal or not, and its bytes.

use std::fmt;

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// How RFC 6455, section 7.1.5, calls a close frame without a code. Never on the wire.
pub const NO_CODE: u16 = 1005;

/// The masking key twice over, so that payloads can be masked eight bytes at a time.
const MASK: [u8; 8] = [0x37, 0xfa, 0x21, 0x3d, 0x37, 0xfa, 0x21, 0x3d];

/// A frame as the test wants it; nothing checks that it makes sense.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// Whether it ends its message.
    pub fin: bool,
    /// The three reserved bits, as a number from 0 to 7.
    pub rsv: u8,
    /// What it is, from 0 to 15.
    pub opcode: u8,
    /// What it carries, unmasked.
    pub payload: Vec<u8>,
}

impl Frame {
    /// A final frame without reserved bits.
    pub fn new(opcode: u8, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            fin: true,
            rsv: 0,
            opcode,
            payload: payload.into(),
        }
    }

    pub fn text(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(TEXT, payload)
    }

    pub fn binary(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(BINARY, payload)
    }

    pub fn continuation(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(CONTINUATION, payload)
    }

    pub fn ping(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(PING, payload)
    }

    pub fn pong(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(PONG, payload)
    }

    /// A close frame with a code and a reason, which need not be UTF-8.
    pub fn close(code: u16, reason: impl AsRef<[u8]>) -> Self {
        Self::closing([&code.to_be_bytes()[..], reason.as_ref()].concat())
    }

    /// A close frame with any payload.
    pub fn closing(payload: impl Into<Vec<u8>>) -> Self {
        Self::new(CLOSE, payload)
    }

    /// The same with more to follow.
    pub fn unfinished(self) -> Self {
        Self { fin: false, ..self }
    }

    /// The same with these reserved bits.
    pub fn with_rsv(self, rsv: u8) -> Self {
        Self { rsv, ..self }
    }

    /// The same message cut into frames of at most `size` bytes.
    pub fn fragments(self, size: usize) -> Vec<Self> {
        let mut frames: Vec<_> = self.payload.chunks(size).map(Self::continuation).collect();
        if frames.len() < 2 {
            return vec![self];
        }
        frames[0].opcode = self.opcode;
        let last = frames.len() - 1;
        for frame in &mut frames[..last] {
            frame.fin = false;
        }
        frames
    }

    pub fn is_close(&self) -> bool {
        self.opcode == CLOSE
    }

    /// The code of a close frame, [`NO_CODE`] if it has none.
    pub fn close_code(&self) -> u16 {
        self.payload
            .first_chunk::<2>()
            .map_or(NO_CODE, |code| u16::from_be_bytes(*code))
    }

    /// The reason of a close frame, empty if it has none.
    pub fn close_reason(&self) -> &[u8] {
        self.payload.get(2..).unwrap_or_default()
    }

    /// The bytes as a client has to send them, masked.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.header(0x80);
        bytes.extend_from_slice(&MASK[..4]);
        let start = bytes.len();
        bytes.extend_from_slice(&self.payload);
        mask(&mut bytes[start..]);
        bytes
    }

    /// The bytes as only a server may send them.
    pub fn encode_unmasked(&self) -> Vec<u8> {
        let mut bytes = self.header(0);
        bytes.extend_from_slice(&self.payload);
        bytes
    }

    fn header(&self, mask_bit: u8) -> Vec<u8> {
        let length = self.payload.len();
        let mut bytes = Vec::with_capacity(length + 14);
        bytes.push((u8::from(self.fin) << 7) | (self.rsv << 4) | self.opcode);
        if let Ok(short) = u8::try_from(length)
            && short < 126
        {
            bytes.push(mask_bit | short);
        } else if let Ok(medium) = u16::try_from(length) {
            bytes.push(mask_bit | 126);
            bytes.extend_from_slice(&medium.to_be_bytes());
        } else {
            bytes.push(mask_bit | 127);
            bytes.extend_from_slice(&(length as u64).to_be_bytes());
        }
        bytes
    }

    /// The first whole frame of what a server sent, and how many bytes it takes.
    ///
    /// Panics where a server broke the rules of RFC 6455, sections 5 and 7.4.
    pub fn decode(bytes: &[u8]) -> Option<(Self, usize)> {
        let &[first, second, ref rest @ ..] = bytes else {
            return None;
        };
        let (length, header) = match second {
            126 => (u64::from(u16::from_be_bytes(*rest.first_chunk::<2>()?)), 4),
            127 => (u64::from_be_bytes(*rest.first_chunk::<8>()?), 10),
            short => {
                assert!(short < 126, "a server never masks");
                (u64::from(short), 2)
            }
        };
        let end = header + usize::try_from(length).unwrap();
        let payload = bytes.get(header..end)?.to_vec();
        let frame = Self {
            fin: first & 0x80 != 0,
            rsv: (first >> 4) & 7,
            opcode: first & 15,
            payload,
        };
        frame.assert_sound();
        assert_eq!(
            frame.header(0).len(),
            header,
            "a length takes the shortest form"
        );
        Some((frame, end))
    }

    fn assert_sound(&self) {
        assert_eq!(self.rsv, 0, "no extension was agreed on: {self:?}");
        match self.opcode {
            CONTINUATION | TEXT | BINARY => {}
            CLOSE | PING | PONG => assert!(self.fin && self.payload.len() <= 125, "{self:?}"),
            _ => panic!("a reserved opcode: {self:?}"),
        }
        if self.is_close() && !self.payload.is_empty() {
            assert!(self.payload.len() >= 2, "half a close code: {self:?}");
            let reserved = matches!(self.close_code(), 0..=999 | 1004..=1006 | 1015..=2999);
            assert!(!reserved, "a close code that is never sent: {self:?}");
        }
    }
}

fn mask(bytes: &mut [u8]) {
    let key = u64::from_ne_bytes(MASK);
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ key).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(MASK) {
        *byte ^= key;
    }
}

/// Shows the head of the payload only: some tests send megabytes.
impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.payload[..self.payload.len().min(48)];
        f.debug_struct("Frame")
            .field("fin", &self.fin)
            .field("rsv", &self.rsv)
            .field("opcode", &self.opcode)
            .field("length", &self.payload.len())
            .field("payload", &format_args!("\"{}\"", shown.escape_ascii()))
            .finish()
    }
}
