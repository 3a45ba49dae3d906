//! What carries a session's bytes.

pub mod door;
pub mod fragments;
pub mod link;
pub mod server;
pub mod sizes;
pub mod ws;
