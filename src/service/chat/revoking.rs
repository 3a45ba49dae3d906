//! Taking messages back.

use super::{Chat, Target, place, tell_of};
use crate::domain::conversation::Exchange;
use crate::domain::event::Event;
use crate::domain::message::Mentions;
use crate::domain::time::Millis;
use crate::domain::{AccountId, Content, Message, MessageId, MessageStatus, Role, time};
use crate::error::{ErrorKind, Result};
use crate::service::Caller;
use crate::service::telling::Telling;
use crate::store::client_ids::{self, Named};
use crate::store::{AnyConnection, channels, messages, reminders};
use std::sync::Arc;

/// Who may take a message back, and for how long. Dialects differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoke {
    /// How old the message may be; `None` for any age.
    pub within: Option<Millis>,
    /// Whether those who lead a channel may take back what others said in it.
    pub managers: bool,
}

impl Chat {
    /// Takes a message back. Doing it again changes nothing.
    ///
    /// In this order: [`ErrorKind::NotYourMessage`], also for what the node itself has said; [`ErrorKind::RevokeTooLate`].
    pub async fn revoke(&self, caller: Caller, id: MessageId, rules: Revoke) -> Result<()> {
        self.withdraw(caller, id, rules, MessageStatus::Revoked)
            .await
    }

    /// Takes a message back without a trace, as [`Self::revoke`] does with one. What was taken back in one way stays so.
    pub async fn delete(&self, caller: Caller, id: MessageId, rules: Revoke) -> Result<()> {
        self.withdraw(caller, id, rules, MessageStatus::Deleted)
            .await
    }

    async fn withdraw(
        &self,
        caller: Caller,
        id: MessageId,
        rules: Revoke,
        status: MessageStatus,
    ) -> Result<()> {
        let me = caller.id;
        let load = move |conn: &mut AnyConnection| {
            let message = messages::find(conn, id)?.ok_or(ErrorKind::NotYourMessage)?;
            check(conn, me, &message, rules.managers)?;
            Ok(message)
        };
        let message = self.core.store.read(load).await?;
        if message.status != MessageStatus::Normal {
            return Ok(());
        }
        if rules
            .within
            .is_some_and(|within| time::now() - message.created_at > within)
        {
            return Err(ErrorKind::RevokeTooLate.into());
        }
        self.take_back(message, me, status).await
    }

    /// The message that the caller's client gave an id, or else that of somebody else in the conversation, unless that was long
    /// ago.
    pub async fn named(
        &self,
        caller: Caller,
        target: Target,
        client_id: String,
    ) -> Result<Option<MessageId>> {
        let to = place(caller.id, target)?;
        let me = caller.id;
        let find = move |conn: &mut AnyConnection| {
            let named_by = |sender| Named {
                sender,
                conversation: to.key(),
                client_id: &client_id,
            };
            if let Some(own) = client_ids::find(conn, named_by(me))? {
                return Ok(Some(own.id));
            }
            match (to, to.peer_of(me)) {
                (Exchange::Channel(channel), _) => {
                    client_ids::find_in_channel(conn, channel, &client_id)
                }
                (_, Some(peer)) => {
                    let theirs = client_ids::find(conn, named_by(peer))?;
                    Ok(theirs.map(|message| message.id))
                }
                (_, None) => Ok(None),
            }
        };
        self.core.store.read(find).await
    }

    /// One message of a conversation the caller is in. [`ErrorKind::NotFound`].
    pub async fn find(&self, caller: Caller, id: MessageId) -> Result<Message> {
        let me = caller.id;
        let find = move |conn: &mut AnyConnection| {
            let message = messages::find(conn, id)?.filter(|message| message.is_for(me));
            let message = message.ok_or(ErrorKind::NotFound)?;
            match message.exchange() {
                Exchange::Channel(channel) => {
                    channels::role(conn, channel, me)?.ok_or(ErrorKind::NotFound)?;
                }
                direct => {
                    direct.peer_of(me).ok_or(ErrorKind::NotFound)?;
                }
            }
            Ok(message)
        };
        self.core.store.read(find).await
    }

    /// Takes any message back.
    pub async fn revoke_as_admin(&self, id: MessageId) -> Result<()> {
        let message = self
            .core
            .store
            .read(move |conn| messages::find(conn, id))
            .await?;
        let message = message.ok_or(ErrorKind::NotFound)?;
        let by = message.sender;
        self.take_back(message, by, MessageStatus::Revoked).await
    }

    async fn take_back(
        &self,
        mut message: Message,
        by: AccountId,
        status: MessageStatus,
    ) -> Result<()> {
        message.status = status;
        // What was changed shows by that.
        message.updated_at = time::now().max(message.created_at + 1);
        let message = Arc::new(message);
        let told = message.clone();
        let revoke = move |conn: &mut AnyConnection| {
            let now = message.updated_at;
            if messages::take_back(conn, message.id, status, by, now)?.is_none() {
                return Ok((Telling::default(), Mentions::default()));
            }
            let called = reminders::withdraw(conn, &message)?;
            let event = match status {
                MessageStatus::Deleted => Event::Deleted {
                    message: message.clone(),
                    by,
                },
                _ => Event::Revoked {
                    message: message.clone(),
                    by,
                },
            };
            Ok((tell_of(conn, &message, event)?, called))
        };
        let (telling, called) = self.core.store.write(revoke).await?;
        self.core.tell(telling).await;
        crate::service::reminders::tell(&self.core, &told, &called).await;
        Ok(())
    }
}

fn check(conn: &mut AnyConnection, me: AccountId, message: &Message, managers: bool) -> Result<()> {
    let said_by_the_node = matches!(message.draft.content, Content::Notice { .. });
    if message.sender == me && !said_by_the_node {
        return Ok(());
    }
    let Exchange::Channel(channel) = message.exchange() else {
        return Err(ErrorKind::NotYourMessage.into());
    };
    if said_by_the_node || !managers {
        return Err(ErrorKind::NotYourMessage.into());
    }
    let mine = channels::role(conn, channel, me)?.unwrap_or(Role::General);
    // Who has left has no rank any more.
    let theirs = channels::role(conn, channel, message.sender)?.unwrap_or(Role::General);
    if mine > theirs {
        Ok(())
    } else {
        Err(ErrorKind::NotYourMessage.into())
    }
}
