//! Making channels.

use super::{Channels, checks, known};
use crate::domain::channel::Change;
use crate::domain::{AccountId, Channel, Event, Lasting, time};
use crate::error::{Error, ErrorKind, Result};
use crate::service::policy::Policy;
use crate::service::telling::Telling;
use crate::store::channels::{self, NewChannel};
use crate::store::{AnyConnection, contacts};

/// How many accounts a new channel may begin with.
const FIRST: usize = 1000;

/// Who may found a channel with whom. Dialects differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Founding {
    /// Whether only the founder's contacts may be members from the beginning.
    pub contacts_only: bool,
    /// How many channels an account may make on a day; 0 is no limit.
    pub per_day: i64,
    /// Whether the founder may be the only member.
    pub alone: bool,
}

impl Channels {
    /// Makes a channel that the caller owns.
    ///
    /// In this order: [`ErrorKind::ReadOnly`], [`ErrorKind::Invalid`], [`ErrorKind::ChannelCreationClosed`], [`ErrorKind::ChannelQuota`].
    pub async fn create(&self, caller: AccountId, new: NewChannel) -> Result<Channel> {
        let (new, limit, most) = self.prepare(caller, new).await?;
        let found = move |conn: &mut AnyConnection| found(conn, caller, &new, limit, most);
        let channel = self.core.store.write(found).await?;
        self.tell_founder(caller, &channel);
        Ok(channel)
    }

    fn tell_founder(&self, by: AccountId, made: &Channel) {
        let channel = made.id;
        let event = Event::Founded { channel, by };
        self.core.hub.tell(&[by], event, None);
    }

    /// Makes a channel that the caller owns, with members from the beginning, who are told. Unknown accounts, repetitions and
    /// those who have blocked the caller are skipped. Gives those who came.
    ///
    /// In this order: [`ErrorKind::ReadOnly`], [`ErrorKind::Invalid`], also when nobody would come who has to; [`ErrorKind::ChannelCreationClosed`],
    /// [`ErrorKind::ChannelsPerDay`], [`ErrorKind::NotContact`], [`ErrorKind::ChannelQuota`], [`ErrorKind::ChannelFull`].
    pub async fn create_with(
        &self,
        caller: AccountId,
        new: NewChannel,
        members: Vec<AccountId>,
        founding: Founding,
    ) -> Result<(Channel, Vec<AccountId>)> {
        if members.len() > FIRST {
            return Err(Error::invalid("a channel begins with at most 1000 members"));
        }
        let (new, limit, most) = self.prepare(caller, new).await?;
        let create = move |conn: &mut AnyConnection| {
            let day = time::day_start(time::now());
            if founding.per_day > 0 && channels::made_since(conn, caller, day)? >= founding.per_day
            {
                return Err(ErrorKind::ChannelsPerDay.into());
            }
            let accounts = first_members(conn, caller, &members, founding)?;
            let channel = found(conn, caller, &new, limit, most)?;
            if limit > 0 && accounts.len() >= limit as usize {
                return Err(ErrorKind::ChannelFull.into());
            }
            let mut telling = Telling::default();
            if accounts.is_empty() {
                return Ok((channel, accounts, telling));
            }
            let change = Change::Invited {
                by: caller,
                accounts: accounts.clone(),
            };
            channels::persist(conn, channel.id, &change, time::now())?;
            let event = Lasting::Invited {
                channel: channel.id,
                by: caller,
                members: accounts.clone(),
                founding: true,
            };
            telling.add_channel(conn, channel.id, event)?;
            Ok((known(conn, channel.id)?, accounts, telling))
        };
        let (channel, accounts, telling) = self.core.store.write(create).await?;
        self.tell_founder(caller, &channel);
        self.core.tell(telling).await;
        Ok((channel, accounts))
    }

    /// The channel as it is to be stored, how many members it may have, and how many its owner may own.
    async fn prepare(&self, founder: AccountId, new: NewChannel) -> Result<(NewChannel, i32, i64)> {
        self.core.check_may_write(founder).await?;
        let mut new = checks::new_channel(new)?;
        let policy = self.core.settings.policy();
        let Policy {
            channel_creation_open,
            default_channel_avatar,
            channel_members_limit,
            channels_per_owner,
            ..
        } = &*policy;
        if !channel_creation_open {
            return Err(ErrorKind::ChannelCreationClosed.into());
        }
        if new.avatar.is_empty() {
            new.avatar = default_channel_avatar.clone();
        }
        Ok((new, *channel_members_limit, *channels_per_owner))
    }
}

fn found(
    conn: &mut AnyConnection,
    owner: AccountId,
    new: &NewChannel,
    limit: i32,
    most: i64,
) -> Result<Channel> {
    if most > 0 && channels::owned_count(conn, owner)? >= most {
        return Err(ErrorKind::ChannelQuota.into());
    }
    let id = channels::insert(conn, owner, new, limit, time::now())?;
    known(conn, id)
}

/// Who comes, in the order in which they were named.
fn first_members(
    conn: &mut AnyConnection,
    founder: AccountId,
    named: &[AccountId],
    founding: Founding,
) -> Result<Vec<AccountId>> {
    let mut coming = channels::invitable(conn, founder, named)?;
    coming.retain(|account| *account != founder);
    if coming.is_empty() && !founding.alone {
        return Err(Error::invalid("nobody would come"));
    }
    if founding.contacts_only {
        let listed = contacts::listed_among(conn, founder, &coming)?;
        if !coming.iter().all(|account| listed.contains(account)) {
            return Err(ErrorKind::NotContact.into());
        }
    }
    let place = |account: &AccountId| named.iter().position(|other| other == account);
    coming.sort_by_cached_key(place);
    Ok(coming)
}
