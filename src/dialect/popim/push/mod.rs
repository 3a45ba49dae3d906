//! The push service (contract, section 3): the Pusher Channels protocol over WebSocket, who may listen to what, and the ways in
//! which other servers publish.

pub mod auth;
pub mod events;
mod http_api;
pub mod names;
pub mod proto;
pub mod publish;
pub mod sign;
pub mod socket;
pub mod wire;
