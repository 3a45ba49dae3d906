//! Who has read how far.

use super::{Chat, Target, place};
use crate::domain::conversation::Exchange;
use crate::domain::{AccountId, Event, MessageId};
use crate::error::{ErrorKind, Result};
use crate::service::accounts::AccountView;
use crate::service::{Caller, Core};
use crate::store::{AnyConnection, channels, conversations, messages};
use std::collections::HashSet;

/// How many places that were read in a channel are looked through for whom to tell.
const TOLD: i64 = 200;

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
            self.core.tell_read(me, Target::Account(peer), &[peer, me]);
        }
        Ok(())
    }

    /// Notes that the caller has read a conversation up to the place `seq`, and tells those whose messages that were, if it is
    /// further than before.
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
            Some(seq) => read_on(conn, me, to, seq),
            None => Ok(Vec::new()),
        };
        let told = self.core.store.write(advance).await?;
        self.core.tell_read(me, target, &told);
        Ok(())
    }

    /// Tells the caller's clients that a voice message was listened to. Nothing of it is kept.
    pub fn heard(&self, caller: Caller, place: Target, message: MessageId) {
        let event = Event::VoiceHeard { message, place };
        self.core.hub.tell(&[caller.id], event, None);
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
            let readers: HashSet<AccountId> = readers.into_iter().collect();
            let mut others = match message.exchange() {
                Exchange::Direct(low, high) => vec![low, high],
                Exchange::Channel(channel) => channels::member_ids(conn, channel)?,
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

/// Notes that an account has read a conversation up to the place `seq`. Gives who has to know, if that is further than before:
/// those whose messages were read, of whom others than they see nothing, and the account itself.
pub(in crate::service) fn read_on(
    conn: &mut AnyConnection,
    me: AccountId,
    to: Exchange,
    seq: i64,
) -> Result<Vec<AccountId>> {
    let Some(before) = conversations::read_up_to(conn, me, to.key(), seq)? else {
        return Ok(Vec::new());
    };
    let mut told = match to {
        Exchange::Direct(low, high) => vec![low, high],
        Exchange::Channel(channel) => {
            let senders = messages::senders(conn, to.key(), before.max(seq - TOLD), seq)?;
            channels::members_among(conn, channel, &senders)?
        }
    };
    told.retain(|account| *account != me);
    told.push(me);
    Ok(told)
}

impl Core {
    /// Tells accounts that somebody has read on, as far as that is shown.
    pub(in crate::service) fn tell_read(&self, reader: AccountId, place: Target, to: &[AccountId]) {
        if to.is_empty() || !self.settings.policy().read_shown {
            return;
        }
        let event = match place {
            Target::Account(peer) => Event::Read { reader, peer },
            Target::Channel(channel) => Event::ReadIn { reader, channel },
        };
        self.hub.tell(to, event, None);
    }
}
