//! Messages: saying, taking back, reading, looking back.

mod editing;
mod history;
mod reacting;
mod reading;
mod revoking;
mod saying;
mod unread;

pub use crate::domain::conversation::Target;
pub use crate::store::Committed;
pub use crate::store::messages::{Change, Only, Reaction};
pub use history::{Look, Range, Seen};
pub use reacting::Reacted;
pub(super) use reading::read_on;
pub use revoking::Revoke;
pub use saying::{Saying, Spoken};

use super::Core;
use super::pace::Pace;
use super::telling::Telling;
use crate::config::Limits;
use crate::domain::conversation::Exchange;
use crate::domain::time::Millis;
use crate::domain::{AccountId, ChannelId, Event, Message, time};
use crate::error::{ErrorKind, Result};
use crate::store::{AnyConnection, channels, client_ids, contacts, conversations, messages};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;

/// How long a client id is remembered.
const REMEMBERED: Millis = time::DAY;

/// The use cases.
pub struct Chat {
    core: Arc<Core>,
    pace: Arc<Pace>,
    flood: Flood,
    repeats: Flood,
}

/// How much an account may send.
struct Flood(Option<DefaultKeyedRateLimiter<AccountId>>);

impl Flood {
    fn new(limits: &Limits) -> Self {
        let per_second = NonZeroU32::new(limits.sends_per_second as u32);
        let burst = NonZeroU32::new(limits.sends_burst as u32);
        Self(per_second.map(|rate| {
            let quota = Quota::per_second(rate);
            RateLimiter::keyed(burst.map_or(quota, |burst| quota.allow_burst(burst)))
        }))
    }

    /// Counts one more, unless that is too much.
    fn admits(&self, account: AccountId) -> bool {
        let Self(limiter) = self;
        limiter
            .as_ref()
            .is_none_or(|limiter| limiter.check_key(&account).is_ok())
    }

    /// Forgets who was not heard of for a while.
    fn tidy(&self) {
        if let Self(Some(limiter)) = self {
            limiter.retain_recent();
        }
    }
}

impl Chat {
    pub(super) fn new(core: Arc<Core>) -> Self {
        let limits = &core.config.limits;
        Self {
            pace: Arc::default(),
            flood: Flood::new(limits),
            repeats: Flood::new(limits),
            core,
        }
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

    /// [`ErrorKind::TooFast`] when an account does too much in a short time.
    fn check_flood(&self, account: AccountId) -> Result<()> {
        if self.flood.admits(account) {
            Ok(())
        } else {
            Err(ErrorKind::TooFast.into())
        }
    }

    /// Forgets client ids that are out of date, and senders not heard of for a while.
    pub async fn tidy(&self) -> Result<()> {
        self.flood.tidy();
        self.repeats.tidy();
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
pub(super) fn place(me: AccountId, target: Target) -> Result<Exchange> {
    match target {
        Target::Account(peer) if AccountId::holds(peer.0) => Ok(Exchange::direct(me, peer)),
        Target::Account(_) => Err(ErrorKind::AccountUnknown.into()),
        Target::Channel(id) if (1..AccountId::FIRST.0).contains(&id.0) => Ok(Exchange::Channel(id)),
        Target::Channel(_) => Err(ErrorKind::ChannelUnknown.into()),
    }
}

/// The place after which somebody may look back.
fn start(conn: &mut AnyConnection, me: AccountId, to: Exchange) -> Result<i64> {
    match to {
        Exchange::Channel(channel) => channel_start(conn, me, channel),
        Exchange::Direct(..) => Ok(conversations::cursors(conn, me, to.key())?.0),
    }
}

/// Whether somebody could say something new there. What they said before they may change only then.
fn check_voice(conn: &mut AnyConnection, me: AccountId, to: Exchange) -> Result<()> {
    match to {
        Exchange::Channel(id) => match channels::roster(conn, id)? {
            Some(Ok(roster)) => Ok(roster.may_post(me, time::now())?),
            _ => Err(ErrorKind::ChannelUnknown.into()),
        },
        Exchange::Direct(..) => match to.peer_of(me) {
            Some(peer) if contacts::find(conn, peer, me)?.is_some_and(|held| held.blocked) => {
                Err(ErrorKind::BlockedByPeer.into())
            }
            _ => Ok(()),
        },
    }
}

/// Notes what happened to a message for everybody who sees it.
fn tell_of(conn: &mut AnyConnection, message: &Message, event: Event) -> Result<Telling> {
    let mut telling = Telling::default();
    match (message.exchange(), &message.draft.audience) {
        (Exchange::Channel(channel), None) => telling.add_channel(conn, channel, event)?,
        (Exchange::Channel(channel), Some(audience)) => {
            let present = channels::members_among(conn, channel, audience)?;
            telling.add_all(conn, &present, event)?;
        }
        (Exchange::Direct(low, high), _) => {
            let mut both = vec![low, high];
            both.retain(|account| message.is_for(*account));
            telling.add_all(conn, &both, event)?;
        }
    }
    Ok(telling)
}

/// The place after which a member may look back.
fn channel_start(conn: &mut AnyConnection, me: AccountId, id: ChannelId) -> Result<i64> {
    let channel = channels::find(conn, id)?.ok_or(ErrorKind::ChannelUnknown)?;
    channels::role(conn, id, me)?.ok_or(ErrorKind::NotMember)?;
    let key = Exchange::Channel(id).key();
    if channel.flags.history_open {
        return conversations::cleared(conn, me, key);
    }
    Ok(conversations::cursors(conn, me, key)?.0)
}
