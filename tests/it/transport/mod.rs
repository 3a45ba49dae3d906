//! The WebSocket transport against RFC 6455, on a socket that sends every message back.
//!
//! The ground covered is that of the Autobahn test suite: `framing` its group 1, `pings` 2, `reserved` 3, `opcodes` 4,
//! `fragments` 5 and 10, `utf8` 6, `closing` 7, `limits` 9. `fuzz` goes for a real node instead, and `unproven` for what TCP and
//! WebSocket have in common.

mod case;
mod closing;
mod fragments;
mod framing;
mod fuzz;
mod limits;
mod opcodes;
mod pings;
mod reserved;
mod unproven;
mod utf8;
