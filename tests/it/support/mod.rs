//! What the tests share: nodes, their users and sockets, and what stands in for the outside world.

pub mod admin;
pub mod cases;
pub mod database;
pub mod driven;
pub mod echo;
pub mod eventually;
pub mod http;
pub mod lines;
pub mod mail;
#[cfg(feature = "mysql")]
pub mod mysql_proxy;
pub mod node;
pub mod popim;
pub mod program;
pub mod proto;
pub mod raw_ws;
pub mod sdk;
pub mod socket;
pub mod user;
pub mod wukong;

pub use node::TestNode;
pub use user::User;

use std::time::Duration;

/// How long anything may take before a test fails.
pub const PATIENCE: Duration = Duration::from_secs(30);
