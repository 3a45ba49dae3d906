//! Proposals of members to take others into a channel, which those who lead it confirm.

pub use crate::store::channel_invites::ChannelInvite;

use super::accounts::AccountView;
use super::{Caller, Core, channels as service, fields};
use crate::domain::channel::{Command, Role};
use crate::domain::{AccountId, ChannelId, time};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{AnyConnection, channel_invites, channels};
use moka::sync::Cache;
use std::sync::Arc;
use std::time::Duration;

/// Characters of the words with a proposal.
const REMARK: usize = 191;
/// How many accounts a proposal may name.
const NAMED: usize = 200;
/// How long a code to confirm is good.
const CONFIRMABLE: Duration = Duration::from_secs(5 * 60);
/// How long a code to join is good.
const JOINABLE: Duration = Duration::from_secs(30 * 60);
/// How many codes there are at a time; beyond that the oldest is forgotten.
const CODES: u64 = 10_000;

/// A proposal with who is named in it.
#[derive(Debug, Clone)]
pub struct InviteView {
    /// The proposal.
    pub invite: ChannelInvite,
    /// Who made it.
    pub inviter: AccountView,
    /// Who would come.
    pub accounts: Vec<AccountView>,
}

/// Leave to enter a channel whose picture was scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Who may enter.
    pub account: AccountId,
    /// Who made the picture; they themselves when nobody knows.
    pub host: AccountId,
    /// Where.
    pub channel: ChannelId,
}

/// The use cases.
pub struct ChannelInvites {
    core: Arc<Core>,
    /// Who may confirm which proposal.
    confirming: Cache<String, (AccountId, i64)>,
    entering: Cache<String, Entry>,
}

impl ChannelInvites {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self {
            core,
            confirming: codes(CONFIRMABLE),
            entering: codes(JOINABLE),
        }
    }

    /// Proposes to take accounts into a channel; unknown ones, members and those who have blocked the caller are skipped. Gives
    /// the proposal and those who may confirm it.
    ///
    /// In this order: [`ErrorKind::Invalid`], [`ErrorKind::ChannelUnknown`], [`ErrorKind::NotMember`],
    /// [`ErrorKind::AccountUnknown`] when nobody is left.
    pub async fn create(
        &self,
        caller: Caller,
        channel: ChannelId,
        accounts: Vec<AccountId>,
        remark: String,
    ) -> Result<(ChannelInvite, Vec<AccountId>)> {
        fields::at_most("remark", &remark, REMARK)?;
        if accounts.is_empty() || accounts.len() > NAMED {
            return Err(Error::invalid("a proposal names 1 to 200 accounts"));
        }
        let me = caller.id;
        let create = move |conn: &mut AnyConnection| {
            channels::find(conn, channel)?.ok_or(ErrorKind::ChannelUnknown)?;
            channels::role(conn, channel, me)?.ok_or(ErrorKind::NotMember)?;
            let named = channels::invitable(conn, me, &accounts)?;
            let mut named = channels::outsiders(conn, channel, named)?;
            if named.is_empty() {
                return Err(ErrorKind::AccountUnknown.into());
            }
            named.sort_unstable();
            let now = time::now();
            let id = channel_invites::insert(conn, channel, me, &remark, &named, now)?;
            let invite = channel_invites::find(conn, id)?.ok_or(ErrorKind::NotFound)?;
            Ok((invite, channels::managers(conn, channel)?))
        };
        self.core.store.write(create).await
    }

    /// A proposal as anybody with its number may see it. [`ErrorKind::NotFound`].
    pub async fn find(&self, id: i64) -> Result<InviteView> {
        let invite = self
            .core
            .store
            .read(move |conn| channel_invites::find(conn, id))
            .await?
            .ok_or(ErrorKind::NotFound)?;
        let named = invite.accounts.iter().copied().chain([invite.inviter]);
        let mut views = self.core.views(invite.inviter, named.collect()).await?;
        let accounts = invite.accounts.iter();
        Ok(InviteView {
            accounts: accounts.filter_map(|id| views.get(id).cloned()).collect(),
            inviter: views.remove(&invite.inviter).ok_or(ErrorKind::NotFound)?,
            invite,
        })
    }

    /// A code with which the caller's browser confirms a proposal without logging in, for five minutes.
    ///
    /// In this order: [`ErrorKind::NotFound`], [`ErrorKind::NotManager`].
    pub async fn confirming(&self, caller: Caller, id: i64) -> Result<String> {
        let me = caller.id;
        let check = move |conn: &mut AnyConnection| {
            let invite = channel_invites::find(conn, id)?.ok_or(ErrorKind::NotFound)?;
            match channels::role(conn, invite.channel, me)? {
                Some(Role::Manager | Role::Owner) => Ok(()),
                _ => Err(ErrorKind::NotManager.into()),
            }
        };
        self.core.store.read(check).await?;
        let code = secret();
        self.confirming.insert(code.clone(), (me, id));
        Ok(code)
    }

    /// Confirms a proposal: whom it names is taken in. Gives it with those who came, and who confirmed it.
    ///
    /// In this order: [`ErrorKind::CodeExpired`], [`ErrorKind::NotFound`], also when it was confirmed before; and what
    /// [`service::Channels::invite`] says.
    pub async fn confirm(&self, code: &str) -> Result<(ChannelInvite, AccountId, Vec<AccountId>)> {
        let (by, id) = self.confirming.remove(code).ok_or(ErrorKind::CodeExpired)?;
        let invite = self
            .core
            .store
            .read(move |conn| channel_invites::find(conn, id))
            .await?
            .filter(|invite| !invite.confirmed)
            .ok_or(ErrorKind::NotFound)?;
        let command = Command::Invite {
            by,
            accounts: invite.accounts.clone(),
            least: Role::Manager,
        };
        let change = self.core.hub.govern(invite.channel, command).await?;
        // Marked last: whom it names comes only if `by` may let them in, and once however often it is confirmed.
        self.core
            .store
            .write(move |conn| channel_invites::confirm(conn, id, time::now()))
            .await?;
        Ok((invite, by, service::came(change)))
    }

    /// A code with which somebody's browser enters a channel without logging in, for half an hour.
    pub fn entering(&self, entry: Entry) -> String {
        let code = secret();
        self.entering.insert(code.clone(), entry);
        code
    }

    /// Whether a code confirms a proposal or lets somebody in.
    pub fn knows(&self, code: &str) -> bool {
        self.confirming.contains_key(code) || self.entering.contains_key(code)
    }

    /// Whom a code lets in, and where; once. [`ErrorKind::CodeExpired`].
    pub fn enter(&self, code: &str) -> Result<Entry> {
        Ok(self.entering.remove(code).ok_or(ErrorKind::CodeExpired)?)
    }
}

fn codes<V: Clone + Send + std::marker::Sync + 'static>(life: Duration) -> Cache<String, V> {
    Cache::builder()
        .max_capacity(CODES)
        .time_to_live(life)
        .build()
}

/// 32 hexadecimal digits that nobody can guess.
fn secret() -> String {
    format!("{:032x}", rand::random::<u128>())
}
