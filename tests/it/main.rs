//! Every test that needs a running node, in one program.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod architecture;
mod cli;
mod cross;
mod freeim;
mod hub;
mod ops;
mod popim;
mod store;
mod support;
mod transport;
mod wukong;
