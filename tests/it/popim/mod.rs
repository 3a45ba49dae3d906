//! The PopIM dialect as its clients meet it: over HTTP and Pusher sockets alone.
//!
//! Each noun has a table of cases, which [`cases`] holds against the list of all operations, and tests of what takes more
//! than one answer to see. [`pusher_js`] and [`popobot`] run the real clients.

mod account;
mod cases;
mod envelope;
mod friends;
mod groups;
mod home;
mod hostile;
mod login;
mod members;
mod messages;
mod messages_again;
mod popobot;
mod publish;
mod push;
mod pusher_js;
mod replies;
mod settings;
mod socket;
mod texts;
mod uploads;
mod world;
