//! The freeim dialect as its clients meet it: over HTTP and sockets alone, but for what only an administrator can do.
//!
//! Each noun has a table of cases, which [`cases`] holds against the list of all operations, and tests of what takes more
//! than one answer to see. [`acceptance`] is the checklist of the contract, point by point.

mod acceptance;
mod cases;
mod chat;
mod chat_groups;
mod codes;
mod configs;
mod events;
mod friend_groups;
mod friends;
mod group_info;
mod group_members;
mod hostile;
mod login;
mod me;
mod nearby;
mod offline;
mod others;
mod proto;
mod requests;
mod socket;
mod uploads;
mod world;
