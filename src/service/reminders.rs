//! Who was called upon by a message, and has not seen to it yet.

pub use crate::store::reminders::Reminder;

use super::{Caller, Core};
use crate::domain::conversation::{Exchange, Target};
use crate::domain::message::Mentions;
use crate::domain::{Event, Message};
use crate::error::{Error, Result};
use crate::store::{AnyConnection, channels, reminders};
use std::sync::Arc;

/// How many are listed at most.
const LISTED: i64 = 1000;
/// How many a message may name; the rest of the names is only words.
const NAMED: usize = 200;

/// The use cases.
pub struct Reminders {
    core: Arc<Core>,
}

impl Reminders {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// The caller's reminders that are newer than a version or were seen to since, oldest version first.
    pub async fn sync(&self, caller: Caller, version: i64, limit: i64) -> Result<Vec<Reminder>> {
        let limit = limit.clamp(1, LISTED);
        self.core
            .store
            .read(move |conn| reminders::since(conn, caller.id, version, limit))
            .await
    }

    /// The caller has seen to reminders, of which the caller's clients are told. Unknown ones are skipped.
    pub async fn done(&self, caller: Caller, ids: Vec<i64>) -> Result<()> {
        if ids.len() > LISTED as usize {
            return Err(Error::invalid("a request names at most 1000 reminders"));
        }
        let me = caller.id;
        self.core
            .store
            .write(move |conn| reminders::done(conn, me, &ids))
            .await?;
        let event = Event::Reminded {
            place: Target::Account(me),
        };
        self.core.hub.tell(&[me], event, None);
        Ok(())
    }
}

/// Notes whom a message calls upon, of those who may see it, and tells them.
pub(super) async fn remind(core: &Core, message: &Arc<Message>, mentions: Mentions) -> Result<()> {
    let said = message.clone();
    let find = move |conn: &mut AnyConnection| called(conn, &said, mentions);
    let called = core.store.read(find).await?;
    if called.is_empty() {
        return Ok(());
    }
    let (said, noted) = (message.clone(), called.clone());
    core.store
        .write(move |conn| reminders::insert(conn, &said, &noted))
        .await?;
    tell(core, message, &called).await;
    Ok(())
}

/// Whom a message calls upon. Who cannot see it is not called.
fn called(conn: &mut AnyConnection, message: &Message, mentions: Mentions) -> Result<Mentions> {
    let everybody = Mentions {
        all: true,
        accounts: Vec::new(),
    };
    let mut named = match &message.draft.audience {
        None if mentions.all => return Ok(everybody),
        Some(audience) if mentions.all => audience.to_vec(),
        _ => mentions.accounts,
    };
    named.retain(|account| *account != message.sender && message.is_for(*account));
    named.truncate(NAMED);
    let accounts = match message.exchange() {
        Exchange::Direct(low, high) => {
            named.retain(|account| [low, high].contains(account));
            named
        }
        Exchange::Channel(channel) => channels::members_among(conn, channel, &named)?,
    };
    Ok(Mentions {
        all: false,
        accounts,
    })
}

/// Tells those upon whom a message calls, or called, that there is something new about it.
pub(super) async fn tell(core: &Core, message: &Message, called: &Mentions) {
    let exchange = message.exchange();
    let place = match exchange {
        _ if called.is_empty() => return,
        Exchange::Channel(channel) => Target::Channel(channel),
        Exchange::Direct(..) => Target::Account(message.sender),
    };
    let event = Event::Reminded { place };
    match (exchange, exchange.peer_of(message.sender)) {
        (Exchange::Channel(channel), _) if called.all => {
            // A channel that is gone has nobody to tell.
            drop(core.hub.tell_channel(channel, event, None).await);
        }
        (Exchange::Direct(..), Some(peer)) => core.hub.tell(&[peer], event, None),
        _ => core.hub.tell(&called.accounts, event, None),
    }
}
