//! Saying something else in the place of what was said.

use super::saying::check_text;
use super::{Chat, check_voice, tell_of};
use crate::domain::message::Draft;
use crate::domain::{AccountId, Content, Event, Message, MessageId, MessageStatus, time};
use crate::error::{Error, ErrorKind, Result};
use crate::service::Caller;
use crate::store::{AnyConnection, messages};
use std::sync::Arc;

impl Chat {
    /// Puts another text into one of the caller's own text messages. It stays where it is, for whom it was, and calls upon
    /// nobody anew.
    ///
    /// [`ErrorKind::NotFound`]; [`ErrorKind::NotYourMessage`], also for what is no text or was taken back; and what stands
    /// against saying it there now.
    pub async fn edit(
        &self,
        caller: Caller,
        id: MessageId,
        fresh: Draft,
        reword: fn(&mut Draft, String),
    ) -> Result<()> {
        let me = caller.id;
        self.check_flood(me)?;
        let message = self.find(caller, id).await?;
        if !is_editable(&message, me) {
            return Err(ErrorKind::NotYourMessage.into());
        }
        if !matches!(fresh.content, Content::Text { .. }) {
            return Err(Error::invalid("a text can become another text only"));
        }
        let to = message.exchange();
        self.core
            .store
            .read(move |conn| check_voice(conn, me, to))
            .await?;
        let was = &message.draft;
        let mut draft = Draft {
            quiet: was.quiet,
            marks: was.marks,
            audience: was.audience.clone(),
            ..fresh
        };
        check_text(&mut draft, reword, &self.core.settings.policy())?;
        let message = Arc::new(Message {
            draft: Arc::new(draft),
            // What was changed shows by that.
            updated_at: time::now().max(message.created_at + 1),
            ..message
        });
        let edit = move |conn: &mut AnyConnection| {
            // It may have been taken back meanwhile.
            messages::edit(conn, &message)?.ok_or(ErrorKind::NotYourMessage)?;
            tell_of(conn, &message, Event::Edited(message.clone()))
        };
        let telling = self.core.store.write(edit).await?;
        self.core.tell(telling).await;
        Ok(())
    }
}

fn is_editable(message: &Message, me: AccountId) -> bool {
    message.sender == me
        && message.status == MessageStatus::Normal
        && matches!(message.draft.content, Content::Text { .. })
}
