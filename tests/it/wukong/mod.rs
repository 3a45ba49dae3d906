//! The WuKong dialect as its clients meet it: over HTTP, WebSockets and TCP alone.
//!
//! Each noun has a table of cases, which [`cases`] holds against the list of all operations, and tests of what takes more
//! than one answer to see. [`sdk`] runs the real client.

mod beats;
mod cases;
mod conversations;
mod edits;
mod friends;
mod groups;
mod hostile;
mod kept;
mod kicks;
mod login;
mod members;
mod messages;
mod qr;
mod reactions;
mod revoking;
mod rpc;
mod sdk;
mod socket;
mod sync;
mod tcp;
mod users;
mod world;
