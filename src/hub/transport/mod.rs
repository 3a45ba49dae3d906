//! What carries a session's bytes.

mod carrier;
pub mod door;
pub mod fragments;
pub mod link;
mod lobby;
pub mod server;
pub mod sizes;
pub mod tcp;
pub mod ws;
