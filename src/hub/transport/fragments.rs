//! Puts fragmented WebSocket messages together.

use crate::hub::envelope::Frame;
use actix_http::ws::Item;
use bytes::{Bytes, BytesMut};
use bytestring::ByteString;

/// Why a message cannot be put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// It is longer than allowed.
    TooLong,
    /// Text that is not UTF-8.
    NotText,
}

/// The message under way.
#[derive(Default)]
pub struct Fragments {
    text: bool,
    parts: BytesMut,
}

impl Fragments {
    /// Takes a fragment of a message of `most` bytes in; with the last one gives the whole message.
    pub fn take(&mut self, item: Item, most: usize) -> Result<Option<Frame>, Broken> {
        let (part, last) = match item {
            Item::FirstText(part) => (self.begin(part, true), false),
            Item::FirstBinary(part) => (self.begin(part, false), false),
            Item::Continue(part) => (part, false),
            Item::Last(part) => (part, true),
        };
        if self.parts.len() + part.len() > most {
            return Err(Broken::TooLong);
        }
        self.parts.extend_from_slice(&part);
        if !last {
            return Ok(None);
        }
        let whole = std::mem::take(&mut self.parts).freeze();
        if !self.text {
            return Ok(Some(Frame::Binary(whole)));
        }
        let text = ByteString::try_from(whole).map_err(|_| Broken::NotText)?;
        Ok(Some(Frame::Text(text)))
    }

    fn begin(&mut self, part: Bytes, text: bool) -> Bytes {
        self.text = text;
        self.parts.clear();
        part
    }
}
