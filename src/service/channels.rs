//! Channels: making, joining, leading, finding. Everything that changes members is decided by the channel's roster, in its
//! actor; here are the rules that need more than the roster.

mod checks;
mod founding;
mod members;
mod order;
mod oversight;
mod sight;
mod status;

pub use crate::store::channels::{NewChannel, Stretch, SyncedMember};
pub use crate::store::join_requests::JoinRequest;
pub use founding::Founding;
pub use members::Departure;
pub(super) use members::came;
pub use order::Standing;
pub use oversight::MemberRecord;
pub use status::ChannelSight;

use super::Core;
use super::accounts::AccountView;
use crate::domain::channel::{ChannelPatch, Command};
use crate::domain::place::Point;
use crate::domain::time::{self, Millis};
use crate::domain::{AccountId, Channel, ChannelId, Event, Role};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{AnyConnection, channels, join_requests, places};
use std::sync::Arc;

/// How many channels a search finds at most.
const FOUND: usize = 100;
/// How many channels near a place are looked through when only some of them are wanted.
const LOOKED_THROUGH: usize = 1000;
/// How many requests to join are listed at most.
const LISTED: i64 = 1000;

/// A channel as one account sees it.
#[derive(Debug, Clone)]
pub struct ChannelInfo {
    /// The channel, without what the account may not see.
    pub channel: Channel,
    /// The members the account may see: the owner, then managers, then the others.
    pub members: Vec<MemberView>,
    /// The account's own role; `None` for an outsider.
    pub my_role: Option<Role>,
    /// Whether the account itself is muted now.
    pub muted: bool,
}

/// A member as one account sees it.
#[derive(Debug, Clone)]
pub struct MemberView {
    /// Who, as far as it may be seen.
    pub account: AccountView,
    /// With which rights.
    pub role: Role,
    /// The name they carry in the channel.
    pub alias: String,
    /// Whether they are muted now.
    pub muted: bool,
    /// Until when they are, or were last.
    pub muted_until: Millis,
    /// Whether the right to speak was taken from them.
    pub barred: bool,
    /// Who brought them in, if anybody.
    pub inviter: Option<AccountId>,
    /// When they came.
    pub joined_at: Millis,
    /// When their membership last changed.
    pub updated_at: Millis,
}

/// A waiting request to join, with what is shown beside it.
#[derive(Debug, Clone)]
pub struct JoinView {
    /// The request.
    pub request: JoinRequest,
    /// Who asks.
    pub account: AccountView,
    /// Where.
    pub channel: Channel,
}

/// The use cases.
pub struct Channels {
    core: Arc<Core>,
}

impl Channels {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Changes the description; only who has the role `least` may: [`ErrorKind::NotOwner`], [`ErrorKind::NotManager`].
    pub async fn update(
        &self,
        caller: AccountId,
        channel: ChannelId,
        patch: ChannelPatch,
        least: Role,
    ) -> Result<()> {
        let patch = Box::new(checks::patch(patch)?);
        self.govern(
            channel,
            Command::Update {
                by: caller,
                patch,
                least,
            },
        )
        .await
    }

    /// The channels of which the caller is a member, by name.
    pub async fn mine(&self, caller: AccountId) -> Result<Vec<Channel>> {
        self.core
            .store
            .read(move |conn| channels::of_account(conn, caller))
            .await
    }

    /// Asks to join, and tells those who may answer.
    ///
    /// In this order: [`ErrorKind::ChannelUnknown`], [`ErrorKind::JoinClosed`], [`ErrorKind::ChannelFull`],
    /// [`ErrorKind::AlreadyMember`], [`ErrorKind::JoinRequestPending`].
    pub async fn ask_to_join(
        &self,
        caller: AccountId,
        channel: ChannelId,
        reason: String,
    ) -> Result<()> {
        checks::reason(&reason)?;
        let ask = move |conn: &mut AnyConnection| ask(conn, caller, channel, &reason);
        let managers = self.core.store.write(ask).await?;
        let event = Event::JoinRequested {
            channel,
            from: caller,
        };
        self.core.hub.tell(&managers, event, None);
        Ok(())
    }

    /// The requests that wait at channels which the caller owns or manages now, newest first.
    pub async fn join_requests(&self, caller: AccountId) -> Result<Vec<JoinView>> {
        let found = self
            .core
            .store
            .read(move |conn| join_requests::waiting_for(conn, caller, LISTED))
            .await?;
        let applicants = found.iter().map(|(request, _)| request.account).collect();
        let views = self.core.views(caller, applicants).await?;
        let shown = found.into_iter().filter_map(|(request, channel)| {
            let account = views.get(&request.account)?.clone();
            Some(JoinView {
                request,
                account,
                channel,
            })
        });
        Ok(shown.collect())
    }

    /// Answers a request to join.
    ///
    /// In this order: [`ErrorKind::JoinRequestUnknown`], [`ErrorKind::NotManager`], [`ErrorKind::ChannelFull`],
    /// [`ErrorKind::AlreadyMember`].
    pub async fn answer(
        &self,
        caller: AccountId,
        channel: ChannelId,
        applicant: AccountId,
        accept: bool,
        reason: String,
    ) -> Result<()> {
        checks::reason(&reason)?;
        // Looked up first for the order of the errors only: the change itself looks again.
        if !self
            .core
            .store
            .read(move |conn| join_requests::is_waiting(conn, channel, applicant))
            .await?
        {
            return Err(ErrorKind::JoinRequestUnknown.into());
        }
        self.govern(
            channel,
            Command::Answer {
                by: caller,
                account: applicant,
                accept,
                reason,
            },
        )
        .await
    }

    /// The channel with its members, as far as the caller may see them.
    pub async fn info(&self, caller: AccountId, channel: ChannelId) -> Result<ChannelInfo> {
        let load = move |conn: &mut AnyConnection| {
            let channel = known(conn, channel)?;
            let members = match channels::role(conn, channel.id, caller)? {
                Some(_) => channels::members(conn, channel.id)?,
                None => Vec::new(),
            };
            Ok((channel, members))
        };
        let (channel, members) = self.core.store.read(load).await?;
        let policy = self.core.settings.policy();
        let sight = sight::Sight::new(caller, channel, members, &policy);
        let views = self
            .core
            .views(caller, sight.members.iter().map(|m| m.account).collect())
            .await?;
        Ok(sight.into_info(views, time::now()))
    }

    /// Dissolves a channel; only the owner may.
    pub async fn dissolve(&self, caller: AccountId, channel: ChannelId) -> Result<()> {
        self.govern(channel, Command::Dissolve { by: Some(caller) })
            .await
    }

    /// The channels whose name holds the text, and the one whose number it is, at most 100.
    pub async fn search(&self, text: String) -> Result<Vec<Channel>> {
        if text.is_empty() {
            return Err(Error::invalid("the text to search for must not be empty"));
        }
        let by_id = self.core.settings.policy().channel_search_by_id;
        let find = move |conn: &mut AnyConnection| {
            let id = if by_id { number(&text) } else { None };
            channels::search(conn, &text, id, 0, FOUND as i64)
        };
        self.core.store.read(find).await
    }

    /// The channels of which both are members, by name.
    pub async fn common(&self, caller: AccountId, other: AccountId) -> Result<Vec<Channel>> {
        self.core
            .store
            .read(move |conn| channels::common(conn, caller, other))
            .await
    }

    /// The channels near a place whose name holds `name`, with their distance in metres, nearest first, at most 100.
    pub async fn near(&self, point: Point, name: Option<String>) -> Result<Vec<(Channel, f64)>> {
        let km = self.core.settings.policy().near_channel_km;
        let look = move |conn: &mut AnyConnection| {
            let name = name.unwrap_or_default().to_lowercase();
            let wanted = if name.is_empty() {
                FOUND
            } else {
                LOOKED_THROUGH
            };
            let near = places::near(conn, places::CHANNEL, point, km, wanted, None)?;
            let ids: Vec<ChannelId> = near.iter().map(|(id, _)| ChannelId(*id)).collect();
            let mut found = channels::by_ids(conn, &ids)?;
            let near = near
                .into_iter()
                .filter_map(|(id, metres)| Some((found.remove(&ChannelId(id))?, metres)));
            Ok(near
                .filter(|(channel, _)| channel.name.to_lowercase().contains(&name))
                .take(FOUND)
                .collect())
        };
        self.core.store.read(look).await
    }

    async fn govern(&self, channel: ChannelId, command: Command) -> Result<()> {
        self.core.hub.govern(channel, command).await.map(drop)
    }
}

fn known(conn: &mut AnyConnection, id: ChannelId) -> Result<Channel> {
    Ok(channels::find(conn, id)?.ok_or(ErrorKind::ChannelUnknown)?)
}

/// Stores a request to join, if it may be made; says who is to be told.
fn ask(
    conn: &mut AnyConnection,
    applicant: AccountId,
    id: ChannelId,
    reason: &str,
) -> Result<Vec<AccountId>> {
    let channel = known(conn, id)?;
    if channel.flags.join_closed {
        return Err(ErrorKind::JoinClosed.into());
    }
    if channel.members_limit > 0 && channel.members >= channel.members_limit {
        return Err(ErrorKind::ChannelFull.into());
    }
    if channels::role(conn, id, applicant)?.is_some() {
        return Err(ErrorKind::AlreadyMember.into());
    }
    if join_requests::is_waiting(conn, id, applicant)? {
        return Err(ErrorKind::JoinRequestPending.into());
    }
    join_requests::insert(conn, id, applicant, reason, time::now())?;
    channels::managers(conn, id)
}

/// The channel whose number a text is.
fn number(text: &str) -> Option<ChannelId> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits).map(ChannelId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_of_digits_is_a_number() {
        assert_eq!(number("12"), Some(ChannelId(12)));
        for text in ["", "+12", "-12", "12x", "１２", "99999999999999999999"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
