//! What this API shows (contract, section 1.7). Flags are 0 or 1, and empty lists are lists.

pub mod conversation;
pub mod group;
pub mod member;
pub mod message;
pub mod user;

use super::ids::Ids;
use crate::domain::conversation::Target;
use crate::service::opaque::Uid;
use serde::Serialize;

/// A conversation as one side of it addresses it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Place {
    channel_id: Uid,
    channel_type: u8,
}

impl Place {
    /// How clients name a target.
    pub fn of(target: Target, ids: &Ids) -> Self {
        let (channel_id, channel_type) = ids.place(target);
        Self {
            channel_id,
            channel_type,
        }
    }
}
