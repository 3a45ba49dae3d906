//! Conversations and those they are with, as the web client wants them.

use super::Place;
use super::message::Full;
use crate::service::conversations::Prefs;
use serde::Serialize;

/// A conversation with its newest messages.
#[derive(Serialize)]
pub struct Conversation {
    /// With whom.
    #[serde(flatten)]
    pub place: Place,
    /// How many messages are unread.
    pub unread: i64,
    /// Whether nothing is rung for it.
    pub mute: u8,
    /// Whether it stands on top.
    pub stick: u8,
    /// When the newest message came, in seconds.
    pub timestamp: i64,
    /// The newest message's place.
    pub last_msg_seq: i64,
    /// The client's own number of the newest message.
    pub last_client_msg_no: String,
    /// Everything up to this place is hidden.
    pub offset_msg_seq: i64,
    /// When it last changed, in milliseconds.
    pub version: i64,
    /// The newest messages, newest first.
    pub recents: Vec<Full>,
    /// What the account has begun to write in it.
    pub extra: Extra,
}

/// How far somebody had looked in a conversation, and what they had begun to write.
#[derive(Serialize)]
pub struct Extra {
    #[serde(flatten)]
    place: Place,
    browse_to: i64,
    keep_message_seq: i64,
    keep_offset_y: i64,
    draft: String,
    version: i64,
}

impl Extra {
    /// What is kept of that with a conversation.
    pub fn of(place: Place, prefs: &Prefs) -> Self {
        Self {
            place,
            browse_to: prefs.browse_seq,
            keep_message_seq: prefs.keep_seq,
            keep_offset_y: prefs.keep_offset,
            draft: prefs.draft.clone(),
            version: prefs.draft_version,
        }
    }
}
