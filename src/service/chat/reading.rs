//! Who has read how far.

use super::{Chat, Target, place};
use crate::domain::conversation::Exchange;
use crate::domain::time::Millis;
use crate::domain::{AccountId, Event, Message, MessageId};
use crate::error::{ErrorKind, Result};
use crate::service::accounts::AccountView;
use crate::service::conversations::spoken_unread;
use crate::service::{Caller, Core};
use crate::store::{AnyConnection, channels, conversations, messages};
use std::collections::HashSet;

/// How many places that were read in a channel are looked through for whom to tell.
const TOLD: i64 = 200;
/// How many places before an own message are looked through for what it answers.
const ANSWERED: i64 = 50;

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
            let (_, read) = conversations::cursors(conn, me, key)?;
            let marked = seq == read && conversations::marked(conn, me, key)? > 0;
            Ok((seq > read || marked).then_some(seq))
        };
        if self.core.store.read(behind).await?.is_none() {
            return Ok(());
        }
        let advance = move |conn: &mut AnyConnection| match behind(conn)? {
            Some(seq) => {
                conversations::mark(conn, me, key, 0)?;
                read_on(conn, me, to, seq)
            }
            None => Ok(Vec::new()),
        };
        let told = self.core.store.write(advance).await?;
        self.core.tell_read(me, target, &told);
        Ok(())
    }

    /// Notes that the caller has read everything in a conversation that was said up to a moment, and tells as
    /// [`Chat::read_to`] does. What was read stays read.
    pub async fn read_until(&self, caller: Caller, target: Target, moment: Millis) -> Result<()> {
        let key = place(caller.id, target)?.key();
        let find = move |conn: &mut AnyConnection| {
            let (_, read) = conversations::cursors(conn, caller.id, key)?;
            messages::last_until(conn, key, read - 1, moment)
        };
        match self.core.store.read(find).await? {
            Some(seq) => self.read_to(caller, target, seq).await,
            None => Ok(()),
        }
    }

    /// Notes that the caller has read all but the newest `count` messages of others in a conversation, and tells as
    /// [`Chat::read_to`] does. What was read stays read: the caller claims more as long as nothing else is read.
    pub async fn leave_unread(&self, caller: Caller, target: Target, count: i64) -> Result<()> {
        let me = caller.id;
        let (to, count) = (place(me, target)?, count.max(0));
        let key = to.key();
        let leave = move |conn: &mut AnyConnection| {
            let (_, read) = conversations::cursors(conn, me, key)?;
            let unread = spoken_unread(conn, me, key)?;
            conversations::mark(conn, me, key, count.saturating_sub(unread).max(0))?;
            let upto = match count {
                0 => Some(messages::head(conn, key)?),
                count if count < unread => messages::before_newest(conn, me, key, read, count)?,
                _ => None,
            };
            match upto {
                Some(seq) => read_on(conn, me, to, seq),
                None => Ok(Vec::new()),
            }
        };
        let told = self.core.store.write(leave).await?;
        self.core.tell_read(me, target, &told);
        Ok(())
    }

    /// Notes that whoever says something has read what others said right before it, and tells them.
    pub async fn read_by_answering(&self, caller: Caller, said: &Message) -> Result<()> {
        let me = caller.id;
        let (to, seq) = (said.exchange(), said.seq);
        let answers = move |conn: &mut AnyConnection| {
            let (_, read) = conversations::cursors(conn, me, to.key())?;
            let senders = messages::senders(conn, to.key(), read.max(seq - ANSWERED), seq)?;
            let heard = senders.iter().any(|sender| *sender != me);
            Ok(heard || conversations::marked(conn, me, to.key())? > 0)
        };
        if !self.core.store.read(answers).await? {
            return Ok(());
        }
        let read = move |conn: &mut AnyConnection| read_on(conn, me, to, seq);
        let told = self.core.store.write(read).await?;
        if let Some(place) = to.seen_by(me) {
            self.core.tell_read(me, place, &told);
        }
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
