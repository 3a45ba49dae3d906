//! What clients are shown.

pub mod chatting;
pub mod friend;
pub mod group;
pub mod message;

use super::caller::Request;
use super::faces_picture::shown;

/// The address of somebody's picture as clients get it.
pub fn avatar(ask: &Request, avatar: &str) -> String {
    shown(avatar, &ask.services.core.public_url).into_owned()
}
pub mod user;
