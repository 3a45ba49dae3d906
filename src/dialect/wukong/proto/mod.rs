//! The WuKongIM binary protocol, versions 1 to 5: packets and the frames that carry them, as bytes only. It reads and writes
//! both directions, so that tests and the load generator can be clients with it.
//!
//! A frame is one byte of type and flags, the length of the body as a [`varint`], and the body. PING and PONG are that one byte.

mod packet;
#[cfg(test)]
mod random;
mod read;
#[cfg(test)]
mod tests;
mod varint;
mod write;

pub use packet::{
    Connack, Connect, Flags, Packet, Recv, Recvack, Send, Sendack, Setting, Sub, Suback,
};
pub use read::{Decoder, Malformed};

/// The newest version this node speaks. A connection uses the smaller of this and the client's.
pub const NEWEST: u8 = 5;

/// The longest body of a frame, in bytes.
pub const MAX_BODY: usize = 1 << 20;

/// The longest string and the longest payload, in bytes.
pub const MAX_TEXT: usize = 32_767;

/// The reason code of success.
pub const SUCCESS: u8 = 1;
