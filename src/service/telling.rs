//! What is told of a change: noted for the devices that are away in the unit that makes the change, told to the others once it
//! is committed.

use super::Core;
use crate::domain::{AccountId, ChannelId, Event, time};
use crate::error::Result;
use crate::store::{AnyConnection, events};

/// Who is told.
#[derive(Clone, Copy)]
enum Audience {
    Account(AccountId),
    Channel(ChannelId),
}

/// Events and who is told, in order, each with its number in the store if it lasts.
#[derive(Default)]
pub(super) struct Telling(Vec<(Audience, Event, Option<i64>)>);

impl Telling {
    /// Notes one event for one account.
    pub(super) fn one(
        conn: &mut AnyConnection,
        to: AccountId,
        event: impl Into<Event>,
    ) -> Result<Self> {
        let mut telling = Self::default();
        telling.add(conn, to, event)?;
        Ok(telling)
    }

    /// Notes an event for an account.
    pub(super) fn add(
        &mut self,
        conn: &mut AnyConnection,
        to: AccountId,
        event: impl Into<Event>,
    ) -> Result<()> {
        self.add_all(conn, &[to], event)
    }

    /// Notes an event for many accounts.
    pub(super) fn add_all(
        &mut self,
        conn: &mut AnyConnection,
        to: &[AccountId],
        event: impl Into<Event>,
    ) -> Result<()> {
        let event = event.into();
        let numbers: Vec<i64> = to.iter().map(|account| account.0).collect();
        let stored = events::keep_all(conn, &numbers, &event, time::now())?;
        let told = to.iter().zip(stored);
        let told = told.map(|(account, id)| (Audience::Account(*account), event.clone(), id));
        self.0.extend(told);
        Ok(())
    }

    /// Notes an event for the members of a channel.
    pub(super) fn add_channel(
        &mut self,
        conn: &mut AnyConnection,
        to: ChannelId,
        event: impl Into<Event>,
    ) -> Result<()> {
        let event = event.into();
        let stored = events::keep(conn, to.0, &event, time::now())?;
        self.0.push((Audience::Channel(to), event, stored));
        Ok(())
    }
}

impl Core {
    /// Tells what was noted. Call it after the unit is committed.
    pub(super) async fn tell(&self, telling: Telling) {
        for (to, event, stored) in telling.0 {
            match to {
                Audience::Account(account) => self.hub.tell(&[account], event, stored),
                // A channel that is gone has nobody to tell.
                Audience::Channel(channel) => {
                    drop(self.hub.tell_channel(channel, event, stored).await)
                }
            }
        }
    }
}
