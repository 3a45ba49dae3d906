//! What somebody has not read yet.

use super::{Chat, Target, place, start};
use crate::domain::{Message, MessageStatus};
use crate::error::Result;
use crate::service::Caller;
use crate::store::messages::Stretch;
use crate::store::{AnyConnection, conversations, messages};

/// How far back from the newest message is looked.
const LOOKED: i64 = 200;

impl Chat {
    /// What others said and the caller has not read, among the newest 200 messages of a conversation, oldest first.
    ///
    /// [`crate::error::ErrorKind::ChannelUnknown`], [`crate::error::ErrorKind::NotMember`].
    pub async fn unread(&self, caller: Caller, target: Target) -> Result<Vec<Message>> {
        let me = caller.id;
        let to = place(me, target)?;
        let load = move |conn: &mut AnyConnection| {
            let (_, read) = conversations::cursors(conn, me, to.key())?;
            let stretch = Stretch {
                conversation: to.key(),
                viewer: me,
                start: 0,
                end: 0,
                floor: start(conn, me, to)?.max(read),
                limit: LOOKED,
                up: false,
            };
            let (mut found, _) = messages::range(conn, &stretch)?;
            found.retain(|message| message.sender != me && message.status == MessageStatus::Normal);
            Ok(found)
        };
        self.core.store.read(load).await
    }
}
