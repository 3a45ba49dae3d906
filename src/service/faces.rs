//! What accounts and channels look like to others, kept in memory for a while: pushed messages show names and pictures, and
//! each of them would ask the store otherwise.

use super::Core;
use crate::domain::time::{self, Millis};
use crate::domain::{AccountId, ChannelId};
use crate::error::{Error, Result};
use crate::store::{AnyConnection, accounts, channels, contacts};
use moka::sync::Cache;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long what was learned is good: what another process changes in the database shows after so long.
const FRESH: Millis = 60_000;
/// How long it is there, for whoever found it fresh a moment ago.
const KEPT: Duration = Duration::from_secs(300);
/// How many of each kind are remembered.
const REMEMBERED: u64 = 100_000;
/// How many ask the store at a time.
const TURNS: usize = 16;

/// What others see of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// The name under which it logs in.
    pub username: Arc<str>,
    /// The name that is shown.
    pub nickname: Arc<str>,
    /// Its picture; may be empty.
    pub avatar: Arc<str>,
}

impl Face {
    /// What others know it by.
    pub fn name(&self) -> &Arc<str> {
        if self.nickname.is_empty() {
            &self.username
        } else {
            &self.nickname
        }
    }
}

/// What its members see of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// Its name.
    pub name: Arc<str>,
    /// Its picture; may be empty.
    pub avatar: Arc<str>,
    /// Who owns it.
    pub owner: AccountId,
}

/// Of whom somebody wants to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Accounts.
    pub accounts: HashSet<AccountId>,
    /// Channels.
    pub channels: HashSet<ChannelId>,
    /// What the first calls the second.
    pub remarks: HashSet<(AccountId, AccountId)>,
}

impl Wanted {
    /// The same with others.
    pub fn add(&mut self, others: Self) {
        self.accounts.extend(others.accounts);
        self.channels.extend(others.channels);
        self.remarks.extend(others.remarks);
    }

    /// In which row those stand who want it: all who want the same in one.
    fn turn(&self) -> usize {
        let channel = self.channels.iter().map(|id| id.0).min();
        let first = channel.or_else(|| self.accounts.iter().map(|id| id.0).min());
        first.unwrap_or_default().unsigned_abs() as usize % TURNS
    }

    fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.channels.is_empty() && self.remarks.is_empty()
    }
}

/// Something learned, and when; `None` where there is nothing to know.
type Known<V> = (Millis, Option<V>);

/// What is known of one kind.
struct Memory<K, V>(Cache<K, Known<V>>)
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static;

impl<K, V> Memory<K, V>
where
    K: Copy + Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    fn new() -> Self {
        let known = Cache::builder().max_capacity(REMEMBERED);
        Self(known.time_to_live(KEPT).build())
    }

    fn get(&self, key: K) -> Option<V> {
        self.0.get(&key).and_then(|(_, value)| value)
    }

    fn is_fresh(&self, key: K, now: Millis) -> bool {
        let known = self.0.get(&key);
        known.is_some_and(|(at, _)| now < at.saturating_add(FRESH))
    }

    fn learn(&self, at: Millis, asked: HashSet<K>, mut found: HashMap<K, V>) {
        for key in asked {
            self.0.insert(key, (at, found.remove(&key)));
        }
    }

    /// Forgets what was read before something changed, or in the same moment.
    fn outdate(&self, key: K, changed: Millis) {
        if self.0.get(&key).is_some_and(|(at, _)| at <= changed) {
            self.0.invalidate(&key);
        }
    }
}

/// What is known. Cheap to clone.
#[derive(Clone)]
pub struct Faces(Arc<Shared>);

struct Shared {
    core: Arc<Core>,
    accounts: Memory<AccountId, Face>,
    channels: Memory<ChannelId, Sign>,
    remarks: Memory<(AccountId, AccountId), Arc<str>>,
    turns: [Mutex<()>; TURNS],
}

/// What the store says.
struct Found {
    accounts: HashMap<AccountId, Face>,
    channels: HashMap<ChannelId, Sign>,
    remarks: HashMap<(AccountId, AccountId), Arc<str>>,
}

impl Faces {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(Arc::new(Shared {
            core,
            accounts: Memory::new(),
            channels: Memory::new(),
            remarks: Memory::new(),
            turns: Default::default(),
        }))
    }

    /// An account, as last [learned](Faces::ensure).
    pub fn account(&self, id: AccountId) -> Option<Face> {
        self.0.accounts.get(id)
    }

    /// A channel, as last learned. One that was dissolved is unknown.
    pub fn channel(&self, id: ChannelId) -> Option<Sign> {
        self.0.channels.get(id)
    }

    /// What an account calls another, as last learned, if it gave them a name.
    pub fn remark(&self, owner: AccountId, peer: AccountId) -> Option<Arc<str>> {
        self.0.remarks.get((owner, peer))
    }

    /// The part of it that is not known.
    pub fn unknown(&self, mut wanted: Wanted) -> Option<Wanted> {
        let (shared, now) = (&self.0, time::now());
        wanted
            .accounts
            .retain(|id| !shared.accounts.is_fresh(*id, now));
        wanted
            .channels
            .retain(|id| !shared.channels.is_fresh(*id, now));
        wanted
            .remarks
            .retain(|pair| !shared.remarks.is_fresh(*pair, now));
        (!wanted.is_empty()).then_some(wanted)
    }

    /// Asks the store.
    async fn learn(&self, wanted: Wanted) -> Result<()> {
        let at = time::now();
        let asked = wanted.clone();
        let find = move |conn: &mut AnyConnection| look_up(conn, &asked);
        let found = self.0.core.store.read(find).await?;
        self.0.accounts.learn(at, wanted.accounts, found.accounts);
        self.0.channels.learn(at, wanted.channels, found.channels);
        self.0.remarks.learn(at, wanted.remarks, found.remarks);
        Ok(())
    }

    /// Asks the store for what is not known. Many who want the same ask it once.
    pub async fn ensure(&self, wanted: Wanted) -> Result<()> {
        let turn = wanted.turn();
        let Some(wanted) = self.unknown(wanted) else {
            return Ok(());
        };
        let faces = self.clone();
        // Whoever has the turn must not be held up by who asked, nor lose what was asked when they go.
        let learned = tokio::spawn(async move {
            let _turn = faces.0.turns[turn].lock().await;
            match faces.unknown(wanted) {
                Some(wanted) => faces.learn(wanted).await,
                None => Ok(()),
            }
        });
        learned.await.map_err(Error::internal)?
    }

    /// An account changed then.
    pub fn account_changed(&self, id: AccountId, at: Millis) {
        self.0.accounts.outdate(id, at);
    }

    /// A channel changed then.
    pub fn channel_changed(&self, id: ChannelId, at: Millis) {
        self.0.channels.outdate(id, at);
    }

    /// What an account holds of another changed then.
    pub fn contact_changed(&self, owner: AccountId, peer: AccountId, at: Millis) {
        self.0.remarks.outdate((owner, peer), at);
    }
}

fn look_up(conn: &mut AnyConnection, wanted: &Wanted) -> Result<Found> {
    let ids: Vec<AccountId> = wanted.accounts.iter().copied().collect();
    let found = accounts::by_ids(conn, &ids)?.into_iter();
    let accounts = found.map(|(id, account)| {
        let face = Face {
            username: account.name.into(),
            nickname: account.profile.nickname.into(),
            avatar: account.profile.avatar.into(),
        };
        (id, face)
    });
    let ids: Vec<ChannelId> = wanted.channels.iter().copied().collect();
    let found = channels::by_ids(conn, &ids)?.into_iter();
    let channels = found.map(|(id, channel)| {
        let sign = Sign {
            name: channel.name.into(),
            avatar: channel.avatar.into(),
            owner: channel.owner,
        };
        (id, sign)
    });
    Ok(Found {
        accounts: accounts.collect(),
        channels: channels.collect(),
        remarks: remarks(conn, &wanted.remarks)?,
    })
}

/// One query for each owner, who is one nearly always: the one who is told.
fn remarks(
    conn: &mut AnyConnection,
    pairs: &HashSet<(AccountId, AccountId)>,
) -> Result<HashMap<(AccountId, AccountId), Arc<str>>> {
    let mut by_owner: HashMap<AccountId, Vec<AccountId>> = HashMap::new();
    for (owner, peer) in pairs {
        by_owner.entry(*owner).or_default().push(*peer);
    }
    let mut remarks = HashMap::new();
    for (owner, peers) in by_owner {
        let held = contacts::held(conn, owner, &peers)?.into_iter();
        let named = held.filter(|(_, contact)| !contact.remark.is_empty());
        remarks.extend(named.map(|(peer, contact)| ((owner, peer), contact.remark.into())));
    }
    Ok(remarks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learned_is_good_for_a_minute_also_that_there_is_nothing() {
        let memory: Memory<i64, i64> = Memory::new();
        memory.learn(1000, [1, 2].into(), [(1, 10)].into());
        assert_eq!(
            (memory.get(1), memory.get(2), memory.get(3)),
            (Some(10), None, None)
        );
        let fresh = |key, now| memory.is_fresh(key, now);
        assert!(fresh(1, 1000 + FRESH - 1) && fresh(2, 1000));
        assert!(!fresh(1, 1000 + FRESH) && !fresh(3, 1000));
        // It is still there for whoever found it fresh a moment ago.
        assert_eq!(memory.get(1), Some(10));
    }

    #[test]
    fn who_wants_the_same_stands_in_one_row() {
        let wanted = |accounts: &[i64], channels: &[i64]| Wanted {
            accounts: accounts.iter().copied().map(AccountId).collect(),
            channels: channels.iter().copied().map(ChannelId).collect(),
            ..Wanted::default()
        };
        assert_eq!(wanted(&[1, 2], &[50]).turn(), wanted(&[3], &[50]).turn());
        assert_eq!(wanted(&[18, 2, 33], &[]).turn(), wanted(&[2], &[]).turn());
        assert_ne!(wanted(&[1], &[]).turn(), wanted(&[2], &[]).turn());
        assert!(wanted(&[], &[]).turn() < TURNS);
    }

    #[test]
    fn what_was_read_before_a_change_is_forgotten() {
        let memory: Memory<i64, i64> = Memory::new();
        memory.learn(1000, [1].into(), [(1, 10)].into());
        memory.outdate(1, 999);
        assert_eq!(memory.get(1), Some(10));
        memory.outdate(1, 1000);
        assert_eq!(memory.get(1), None);
    }
}
