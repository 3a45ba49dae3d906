//! Parlance: a self-hosted real-time messaging node that speaks several public chat APIs ("dialects") over one core, so that
//! clients written for any of them connect unmodified and their users talk to each other. A message is acknowledged only after
//! it is durably committed.
//!
//! # The map of the house
//!
//! | module | what lives there | may use |
//! |---|---|---|
//! | [`domain`], [`error`] | plain types and rules; no I/O | each other |
//! | [`config`] | one struct per concern; defaults < file < environment < flags | nothing |
//! | [`store`] | the database; the only module that names diesel | `config` |
//! | [`auth`], [`mail`], [`sms`], [`media`] | passwords, tokens, codes; senders; file contents | `config`, `store` |
//! | [`hub`] | the actors and sockets: everything live | `config`, `store` |
//! | [`service`] | use cases: one file per noun, one method per verb | everything above |
//! | [`dialect`] | the public APIs: parse, one service call, reply; socket protocols as pure state machines | `service`, the hub's wire and transport |
//! | [`admin`] | the administrators' JSON API | `service` |
//! | [`ops`] | health, readiness, metrics | `service` |
//! | [`node`] | builds all of it, starts and stops it in order | everything |
//!
//! Everybody may use `domain` and `error`. A dialect never uses another dialect, the store or an actor; two dialects that want the
//! same thing means that a service method is missing. A test holds these rules against the code.
//!
//! # The way of a message
//!
//! 1. A dialect parses the request and calls [`service::chat::Chat::say`], which checks words, length and pace.
//! 2. The message goes to its *home*: the [`hub::channel`] actor, or for a direct message the recipient's [`hub::mailbox`], which
//!    alone knows whom the recipient has blocked. It lives on the thread of whoever first asked for it.
//! 3. The home hands it with its audience to the [`store::writer`]: one thread that commits what is queued in one transaction,
//!    and alone gives out ids and places in a conversation. So ids ascend over the node and places have no gaps.
//! 4. After the commit it is acknowledged, and then told by the [`hub::publisher`], one thread, in commit order: to the outboxes
//!    of the live sessions that the [`hub::directory`] lists. A frame is encoded once per dialect and encoding.
//! 5. Each [`hub::session`] takes what its outbox holds whenever its socket accepts more. One that does not keep up is ended; on
//!    reconnecting it reads from the store whatever it has not confirmed. A peer that takes no bytes is cut off below HTTP, in
//!    [`hub::transport::link`], since an actor on its connection would not be polled.
//!
//! # Glossary
//!
//! An **account** is a user; a **contact** what one account holds of another (two directed rows, with independent flags); a
//! **channel** a group; a **conversation** one account's view of a direct exchange or a channel; a **mailbox** an account's live
//! presence; a **session** one live socket; an **event** something that happened; an **envelope** an event on its way; a **frame**
//! its bytes in a dialect; an **intent** a request decoded from a socket; a **draft** a message that has no place in the log yet; a
//! **grant** a proof of login that can be withdrawn; an [opaque name](service::opaque) an id encrypted for clients that expect
//! 32 hexadecimal digits, so that no table holds another name of anything.

pub mod admin;
pub mod auth;
pub mod config;
pub mod dialect;
pub mod domain;
pub mod error;
pub mod hub;
pub mod mail;
pub mod media;
pub mod node;
pub mod ops;
pub mod service;
pub mod sms;
pub mod store;
