//! How a channel stands, for anybody who knows it.

use super::Channels;
use crate::domain::conversation::Exchange;
use crate::domain::{AccountId, Channel, ChannelId, Member};
use crate::error::{ErrorKind, Result};
use crate::store::prefs::{self, Prefs};
use crate::store::{AnyConnection, channels};
use std::collections::HashMap;

/// A channel as an account finds it, member or not.
#[derive(Debug, Clone)]
pub struct ChannelSight {
    /// The channel.
    pub channel: Channel,
    /// It was dissolved.
    pub dissolved: bool,
    /// The account's own membership, if it has one.
    pub mine: Option<Member>,
    /// How the account treats it.
    pub prefs: Prefs,
    /// How many members are online; 0 for an outsider, and when it is not shown.
    pub online: usize,
}

impl Channels {
    /// A channel, also one that was dissolved or of which the caller is no member. [`ErrorKind::ChannelUnknown`].
    pub async fn look(&self, caller: AccountId, channel: ChannelId) -> Result<ChannelSight> {
        let shown = self.core.settings.policy().online_shown;
        let load = move |conn: &mut AnyConnection| {
            let sight = stand(conn, caller, channel)?;
            let members = if sight.mine.is_some() && shown {
                channels::member_ids(conn, channel)?
            } else {
                Vec::new()
            };
            Ok((sight, members))
        };
        let (sight, members) = self.core.store.read(load).await?;
        let members = members.into_iter();
        let online = members.filter(|member| self.core.hub.is_online(*member));
        Ok(ChannelSight {
            online: online.count(),
            ..sight
        })
    }

    /// The same without who is online. [`ErrorKind::ChannelUnknown`].
    pub async fn stand(&self, caller: AccountId, channel: ChannelId) -> Result<ChannelSight> {
        let load = move |conn: &mut AnyConnection| stand(conn, caller, channel);
        self.core.store.read(load).await
    }

    /// Whether an account is a member of a channel.
    pub async fn is_member(&self, account: AccountId, channel: ChannelId) -> Result<bool> {
        let find = move |conn: &mut AnyConnection| channels::role(conn, channel, account);
        Ok(self.core.store.read(find).await?.is_some())
    }

    /// The channels among some of which the caller is a member, without who is online.
    pub async fn look_all(
        &self,
        caller: AccountId,
        wanted: Vec<ChannelId>,
    ) -> Result<HashMap<ChannelId, ChannelSight>> {
        let load = move |conn: &mut AnyConnection| load(conn, caller, &wanted);
        self.core.store.read(load).await
    }

    /// The channels that the caller keeps among its contacts, without who is online; by name.
    pub async fn saved(&self, caller: AccountId) -> Result<Vec<ChannelSight>> {
        let load = move |conn: &mut AnyConnection| {
            let saved = prefs::saved(conn, caller)?.into_iter();
            let saved = saved.filter_map(|key| match key.exchange() {
                Exchange::Channel(channel) => Some(channel),
                Exchange::Direct(..) => None,
            });
            let saved: Vec<ChannelId> = saved.collect();
            load(conn, caller, &saved)
        };
        let found = self.core.store.read(load).await?;
        let mut found: Vec<ChannelSight> = found.into_values().collect();
        found.sort_by(|a, b| {
            let by = |sight: &ChannelSight| (sight.channel.name.clone(), sight.channel.id);
            by(a).cmp(&by(b))
        });
        Ok(found)
    }
}

fn stand(conn: &mut AnyConnection, caller: AccountId, channel: ChannelId) -> Result<ChannelSight> {
    let found = channels::find_any(conn, channel)?.ok_or(ErrorKind::ChannelUnknown)?;
    let (found, dissolved) = found;
    Ok(ChannelSight {
        channel: found,
        dissolved,
        mine: channels::member(conn, channel, caller)?,
        prefs: prefs::find(conn, caller, Exchange::Channel(channel).key())?,
        online: 0,
    })
}

fn load(
    conn: &mut AnyConnection,
    account: AccountId,
    wanted: &[ChannelId],
) -> Result<HashMap<ChannelId, ChannelSight>> {
    let mut memberships = channels::memberships(conn, account)?;
    let key = |channel: &ChannelId| Exchange::Channel(*channel).key();
    let keys: Vec<_> = wanted.iter().map(key).collect();
    let mut prefs = prefs::among(conn, account, &keys)?;
    let found = channels::by_ids(conn, wanted)?.into_iter();
    let seen = found.filter_map(|(id, channel)| {
        let sight = ChannelSight {
            channel,
            dissolved: false,
            mine: Some(memberships.remove(&id)?),
            prefs: prefs.remove(&key(&id)).unwrap_or_default(),
            online: 0,
        };
        Some((id, sight))
    });
    Ok(seen.collect())
}
