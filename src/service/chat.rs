//! Messages: saying, taking back, reading, looking back.

use super::pace::{Intervals, Pace};
use super::policy::Policy;
use super::{Caller, Core};
use crate::domain::conversation::Exchange;
use crate::domain::message::Draft;
use crate::domain::time::Millis;
use crate::domain::{
    AccountId, ChannelId, Content, Event, Message, MessageId, MessageStatus, time,
};
use crate::error::{Error, ErrorKind, Result};
use crate::hub::post::{Admit, Post};
pub use crate::store::messages::Only;
use crate::store::messages::Slice;
use crate::store::{
    AnyConnection, Committed, channels, client_ids, conversations, messages, relations,
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;

/// The longest client id, in characters.
const CLIENT_ID: usize = 64;
/// How long a client id is remembered.
const REMEMBERED: Millis = time::DAY;

/// Where something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To one account.
    Account(AccountId),
    /// To a channel.
    Channel(ChannelId),
}

impl Target {
    /// What a bare number means: the ranges of account and channel ids do not overlap.
    pub fn from_number(id: i64) -> Self {
        if id < AccountId::FIRST.0 {
            Self::Channel(ChannelId(id))
        } else {
            Self::Account(AccountId(id))
        }
    }
}

/// Something to be said.
pub struct Saying {
    /// Where.
    pub target: Target,
    /// What.
    pub draft: Draft,
    /// Puts another text into the draft, as the sending dialect writes it; for replaced words.
    pub reword: fn(&mut Draft, String),
    /// The client's own id of the message.
    pub client_id: Option<String>,
    /// Whether only contacts may be written to.
    pub require_contact: bool,
}

/// Which part of a conversation to look at.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// Only one type.
    pub only: Option<Only>,
    /// Newest first.
    pub newest_first: bool,
    /// How many to skip.
    pub offset: i64,
    /// How many to show.
    pub limit: i64,
}

/// A message as somebody sees it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The message.
    pub message: Message,
    /// Whether its recipient has read it; never true in channels.
    pub read: bool,
}

/// The use cases.
pub struct Chat {
    core: Arc<Core>,
    pace: Arc<Pace>,
    flood: Option<DefaultKeyedRateLimiter<AccountId>>,
}

impl Chat {
    pub(super) fn new(core: Arc<Core>) -> Self {
        let limits = &core.config.limits;
        let per_second = NonZeroU32::new(limits.sends_per_second as u32);
        let burst = NonZeroU32::new(limits.sends_burst as u32);
        let flood = per_second.map(|rate| {
            let quota = Quota::per_second(rate);
            RateLimiter::keyed(burst.map_or(quota, |burst| quota.allow_burst(burst)))
        });
        Self {
            core,
            pace: Arc::default(),
            flood,
        }
    }

    /// Says something. The same client id again, from the same sender in the same place, gives the first message again.
    pub async fn say(&self, caller: Caller, saying: Saying) -> Result<Committed> {
        let Saying {
            target,
            draft,
            reword,
            client_id,
            require_contact,
        } = saying;
        if client_id
            .as_ref()
            .is_some_and(|id| id.is_empty() || id.chars().count() > CLIENT_ID)
        {
            return Err(Error::invalid(
                "the client's message id must have 1 to 64 characters",
            ));
        }
        if self
            .flood
            .as_ref()
            .is_some_and(|flood| flood.check_key(&caller.id).is_err())
        {
            return Err(ErrorKind::TooFast.into());
        }
        let to = exchange(caller.id, target)?;
        let policy = self.core.settings.policy();
        let mut admit = self.admit(caller, to, draft, reword, &policy);
        if require_contact && !self.lists(caller.id, to).await? {
            admit = Box::new(|| Err(ErrorKind::NotContact.into()));
        }
        let known = client_id.clone();
        let said = self
            .core
            .hub
            .post(Post {
                sender: caller.id,
                to,
                client_id,
                require_contact,
                admit,
            })
            .await;
        match (said, known) {
            // A repetition of something that was said is no new message, so no rule against new ones applies to it.
            (Err(error), Some(client_id)) if !error.is_passing() => self
                .said_before(caller.id, to, client_id)
                .await?
                .ok_or(error),
            (said, _) => said,
        }
    }

    /// Whether the other side of a direct exchange is on the sender's contact list. Channels have rules of their own.
    async fn lists(&self, me: AccountId, to: Exchange) -> Result<bool> {
        let Some(peer) = to.peer_of(me) else {
            return Ok(true);
        };
        self.core
            .store
            .read(move |conn| relations::lists(conn, me, peer))
            .await
    }

    fn admit(
        &self,
        caller: Caller,
        to: Exchange,
        draft: Draft,
        reword: fn(&mut Draft, String),
        policy: &Policy,
    ) -> Admit {
        let intervals = Intervals {
            any: if caller.manager {
                0
            } else {
                policy.post_interval
            },
            same: policy.repeat_interval,
        };
        let pace = self.pace.clone();
        let mut draft = draft;
        let words = check_text(&mut draft, reword, policy);
        Box::new(move || {
            // In this order: a message that is too long and too soon is told that it is too soon.
            pace.check(caller.id, to.key(), &draft, intervals, time::now(), words)?;
            Ok(draft)
        })
    }

    async fn said_before(
        &self,
        sender: AccountId,
        to: Exchange,
        client_id: String,
    ) -> Result<Option<Committed>> {
        let found = move |conn: &mut AnyConnection| match client_ids::find(
            conn,
            sender,
            to.key(),
            &client_id,
        )? {
            Some(id) => messages::find(conn, id),
            None => Ok(None),
        };
        let message = self.core.store.read(found).await?;
        Ok(message.map(|message| Committed {
            message: Arc::new(message),
            fresh: false,
        }))
    }

    /// Takes a message back, if the caller sent it no longer ago than `within`. Doing it again changes nothing.
    pub async fn revoke(&self, caller: Caller, id: MessageId, within: Millis) -> Result<()> {
        let message = self
            .core
            .store
            .read(move |conn| messages::find(conn, id))
            .await?;
        let message = message
            .filter(|m| m.sender == caller.id)
            .ok_or(ErrorKind::NotYourMessage)?;
        if message.status == MessageStatus::Revoked {
            return Ok(());
        }
        if time::now() - message.created_at > within {
            return Err(ErrorKind::RevokeTooLate.into());
        }
        self.take_back(message).await
    }

    /// Takes any message back.
    pub async fn revoke_as_admin(&self, id: MessageId) -> Result<()> {
        let message = self
            .core
            .store
            .read(move |conn| messages::find(conn, id))
            .await?;
        self.take_back(message.ok_or(ErrorKind::NotFound)?).await
    }

    async fn take_back(&self, mut message: Message) -> Result<()> {
        let (id, now) = (message.id, time::now());
        if !self
            .core
            .store
            .write(move |conn| messages::revoke(conn, id, now))
            .await?
        {
            return Ok(());
        }
        message.status = MessageStatus::Revoked;
        message.updated_at = now;
        let exchange = message.exchange();
        let event = Event::Revoked(Arc::new(message));
        match exchange {
            Exchange::Direct(low, high) => self.core.hub.tell(&[low, high], event),
            // A channel that is gone has nobody to tell.
            Exchange::Channel(channel) => drop(self.core.hub.tell_channel(channel, event).await),
        }
        Ok(())
    }

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
        if changed && self.core.settings.policy().read_shown {
            self.core
                .hub
                .tell(&[peer, me], Event::Read { reader: me, peer });
        }
        Ok(())
    }

    /// Tells an account that the caller types, or has stopped. Nothing of it is kept.
    pub fn typing(&self, from: AccountId, to: AccountId, finished: bool) {
        if self.core.settings.policy().typing_shown && from != to {
            self.core
                .hub
                .signal(from, to, Event::Typing { from, to, finished });
        }
    }

    /// Looks back in a conversation. Gives a page and how many messages there are in all.
    pub async fn history(
        &self,
        caller: Caller,
        target: Target,
        look: Look,
    ) -> Result<(Vec<Seen>, i64)> {
        let me = caller.id;
        let read_shown = self.core.settings.policy().read_shown;
        let to = place(me, target)?;
        let page = move |conn: &mut AnyConnection| {
            let (after_seq, my_read) = match to {
                Exchange::Channel(channel) => (channel_start(conn, me, channel)?, 0),
                Exchange::Direct(..) => conversations::cursors(conn, me, to.key())?,
            };
            let their_read = match to.peer_of(me) {
                Some(peer) => conversations::cursors(conn, peer, to.key())?.1,
                None => 0,
            };
            let slice = Slice {
                conversation: to.key(),
                after_seq,
                only: look.only,
                newest_first: look.newest_first,
                offset: look.offset,
                limit: look.limit,
            };
            let (found, total) = messages::list(conn, &slice)?;
            let seen = found.into_iter().map(|message| {
                let read_to = if message.sender == me {
                    their_read
                } else {
                    my_read
                };
                Seen {
                    read: read_shown && message.seq <= read_to,
                    message,
                }
            });
            Ok((seen.collect(), total))
        };
        self.core.store.read(page).await
    }

    /// The newest messages for an administrator, of one sender or with a text.
    pub async fn search(
        &self,
        sender: Option<AccountId>,
        text: Option<String>,
        limit: i64,
    ) -> Result<Vec<Message>> {
        self.core
            .store
            .read(move |conn| messages::search(conn, sender, text.as_deref(), limit))
            .await
    }

    /// Forgets client ids that are out of date, and senders not heard of for a while.
    pub async fn tidy(&self) -> Result<()> {
        if let Some(flood) = &self.flood {
            flood.retain_recent();
        }
        let before = time::now() - REMEMBERED;
        self.core
            .store
            .write(move |conn| client_ids::prune(conn, before))
            .await
            .map(drop)
    }
}

fn exchange(me: AccountId, target: Target) -> Result<Exchange> {
    match target {
        Target::Account(peer) if peer == me => Err(ErrorKind::SelfTarget.into()),
        target => place(me, target),
    }
}

/// The conversation of a target. Numbers out of range would run into each other in the log's keys.
fn place(me: AccountId, target: Target) -> Result<Exchange> {
    match target {
        Target::Account(peer) if AccountId::holds(peer.0) => Ok(Exchange::direct(me, peer)),
        Target::Account(_) => Err(ErrorKind::AccountUnknown.into()),
        Target::Channel(id) if (1..AccountId::FIRST.0).contains(&id.0) => Ok(Exchange::Channel(id)),
        Target::Channel(_) => Err(ErrorKind::ChannelUnknown.into()),
    }
}

/// The place after which a member may look back.
fn channel_start(conn: &mut AnyConnection, me: AccountId, id: ChannelId) -> Result<i64> {
    let channel = channels::find(conn, id)?.ok_or(ErrorKind::ChannelUnknown)?;
    channels::role(conn, id, me)?.ok_or(ErrorKind::NotMember)?;
    if channel.flags.history_open {
        return Ok(0);
    }
    Ok(conversations::cursors(conn, me, Exchange::Channel(id).key())?.0)
}

/// Replaces or refuses banned words and checks the length, of text the node can read.
fn check_text(
    draft: &mut Draft,
    reword: fn(&mut Draft, String),
    policy: &Policy,
) -> Result<(), ErrorKind> {
    let Content::Text { text } = &draft.content else {
        return Ok(());
    };
    let hit = policy.words.hits(text);
    let replaced =
        (hit && policy.banned_words_sendable).then(|| policy.words.replace(text).into_owned());
    let length = replaced.as_ref().unwrap_or(text).chars().count();
    if policy.text_max_chars > 0 && length as i64 > policy.text_max_chars {
        return Err(ErrorKind::MessageTooLong);
    }
    if hit && replaced.is_none() {
        return Err(ErrorKind::BannedWords);
    }
    if let Some(replaced) = replaced {
        reword(draft, replaced);
    }
    Ok(())
}
