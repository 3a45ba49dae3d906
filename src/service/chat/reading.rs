//! Who has read how far.

use super::{Chat, Target, place};
use crate::domain::conversation::Exchange;
use crate::domain::{AccountId, Event, MessageId};
use crate::error::{ErrorKind, Result};
use crate::service::accounts::AccountView;
use crate::service::{Caller, Core};
use crate::store::{AnyConnection, channels, conversations, messages};

impl Chat {
    /// Notes that the caller has read what `peer` wrote, and tells them if there was something new.
    pub async fn read(&self, caller: Caller, peer: AccountId) -> Result<()> {
        let me = caller.id;
        let key = place(me, Target::Account(peer))?.key();
        let unread = move |conn: &mut AnyConnection| {
            let (_, read) = conversations::cursors(conn, me, key)?;
            messages::wrote_after(conn, key, peer, read)
        };
        if !self.core.store.read(unread).await? {
            return Ok(());
        }
        let changed = self
            .core
            .store
            .write(move |conn| {
                let changed = unread(conn)?;
                let head = messages::head(conn, key)?;
                conversations::read_up_to(conn, me, key, head)?;
                Ok(changed)
            })
            .await?;
        if changed {
            self.core.tell_read(me, Target::Account(peer)).await;
        }
        Ok(())
    }

    /// Notes that the caller has read a conversation up to the place `seq`, and tells who is in it if that is further than
    /// before.
    pub async fn read_to(&self, caller: Caller, target: Target, seq: i64) -> Result<()> {
        let me = caller.id;
        let to = place(me, target)?;
        let key = to.key();
        let behind = move |conn: &mut AnyConnection| {
            let seq = seq.min(messages::head(conn, key)?);
            Ok((seq > conversations::cursors(conn, me, key)?.1).then_some(seq))
        };
        if self.core.store.read(behind).await?.is_none() {
            return Ok(());
        }
        let advance = move |conn: &mut AnyConnection| match behind(conn)? {
            Some(seq) => conversations::read_up_to(conn, me, key, seq),
            None => Ok(false),
        };
        if self.core.store.write(advance).await? {
            self.core.tell_read(me, target).await;
        }
        Ok(())
    }

    /// Who of those in a message's conversation, other than its sender, has read it, or has not. [`ErrorKind::NotFound`].
    pub async fn readers(
        &self,
        caller: Caller,
        id: MessageId,
        read: bool,
    ) -> Result<Vec<AccountView>> {
        let message = self.find(caller, id).await?;
        if !self.core.settings.policy().read_shown {
            return Err(ErrorKind::NotFound.into());
        }
        let list = move |conn: &mut AnyConnection| {
            let readers = conversations::readers(conn, message.conversation, message.seq)?;
            let mut others = match message.exchange() {
                Exchange::Direct(low, high) => vec![low, high],
                Exchange::Channel(channel) => {
                    let members = channels::members(conn, channel)?;
                    members.into_iter().map(|member| member.account).collect()
                }
            };
            others.retain(|account| {
                *account != message.sender
                    && message.is_for(*account)
                    && readers.contains(account) == read
            });
            Ok(others)
        };
        let wanted = self.core.store.read(list).await?;
        let mut views = self.core.views(caller.id, wanted.clone()).await?;
        Ok(wanted
            .iter()
            .filter_map(|account| views.remove(account))
            .collect())
    }
}

impl Core {
    /// Tells who is in a conversation that somebody has read on, as far as that is shown.
    pub(in crate::service) async fn tell_read(&self, reader: AccountId, place: Target) {
        if !self.settings.policy().read_shown {
            return;
        }
        match place {
            Target::Account(peer) => {
                let event = Event::Read { reader, peer };
                self.hub.tell(&[peer, reader], event);
            }
            Target::Channel(channel) => {
                let event = Event::ReadIn { reader, channel };
                // A channel that is gone has nobody to tell.
                drop(self.hub.tell_channel(channel, event).await);
            }
        }
    }
}
