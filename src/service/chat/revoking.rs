//! Taking messages back.

use super::saying::named;
use super::{Chat, Target, place};
use crate::domain::conversation::Exchange;
use crate::domain::event::Event;
use crate::domain::time::Millis;
use crate::domain::{AccountId, Content, Message, MessageId, MessageStatus, Role, time};
use crate::error::{ErrorKind, Result};
use crate::service::Caller;
use crate::service::telling::Telling;
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
        let me = caller.id;
        let load = move |conn: &mut AnyConnection| {
            let message = messages::find(conn, id)?.ok_or(ErrorKind::NotYourMessage)?;
            check(conn, me, &message, rules.managers)?;
            Ok(message)
        };
        let message = self.core.store.read(load).await?;
        if message.status == MessageStatus::Revoked {
            return Ok(());
        }
        if rules
            .within
            .is_some_and(|within| time::now() - message.created_at > within)
        {
            return Err(ErrorKind::RevokeTooLate.into());
        }
        self.take_back(message, me).await
    }

    /// The message that the caller's client gave an id, unless that was long ago.
    pub async fn named(
        &self,
        caller: Caller,
        target: Target,
        client_id: String,
    ) -> Result<Option<MessageId>> {
        let to = place(caller.id, target)?;
        let find = move |conn: &mut AnyConnection| named(conn, caller.id, to, &client_id);
        let message = self.core.store.read(find).await?;
        Ok(message.map(|message| message.id))
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
        self.take_back(message, by).await
    }

    async fn take_back(&self, mut message: Message, by: AccountId) -> Result<()> {
        let (id, now) = (message.id, time::now());
        message.status = MessageStatus::Revoked;
        message.updated_at = now;
        let exchange = message.exchange();
        let message = Arc::new(message);
        let noted = Event::Revoked {
            message: message.clone(),
            by,
        };
        let revoke = move |conn: &mut AnyConnection| {
            if messages::revoke(conn, id, by, now)?.is_none() {
                return Ok(None);
            }
            reminders::withdraw(conn, &message)?;
            let mut telling = Telling::default();
            match exchange {
                Exchange::Direct(low, high) => {
                    telling.add(conn, low, noted.clone())?;
                    telling.add(conn, high, noted)?;
                }
                Exchange::Channel(channel) => telling.add_channel(conn, channel, noted)?,
            }
            Ok(Some(telling))
        };
        if let Some(telling) = self.core.store.write(revoke).await? {
            self.core.tell_all(telling).await;
        }
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
