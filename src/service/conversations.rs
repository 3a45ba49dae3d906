//! Each account's own view of its conversations: what is unread, what was put away, how it treats them.

mod sight;

pub use super::numbers::Numbers;
pub use crate::store::messages::Counted;
pub use crate::store::prefs::Prefs;
pub(super) use sight::{put_away, spoken_unread};

use super::chat::{self, Seen};
use super::{Caller, Core, fields, numbers};
use crate::domain::conversation::Target;
use crate::domain::time::Millis;
use crate::domain::{AccountId, ConversationId, Event, Lasting, Message, MessageId};
use crate::error::{Error, ErrorKind, Result};
use crate::service::telling::Telling;
use crate::store::conversations::{self, View};
use crate::store::messages::{self, Stretch};
use crate::store::{AnyConnection, accounts, channels, prefs, versions};
use sight::spoke;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

/// Characters of a remark.
const REMARK: usize = 100;
/// Bytes of a draft.
const BODY: usize = 60_000;
/// How many of the newest messages are shown of each conversation at most.
const RECENT: i64 = 50;
/// Beyond so many bytes a list has but the newest message of each conversation.
const WEIGHT: usize = 8 << 20;
/// Where those alone weigh more, a list ends.
const NEWEST_WEIGHT: usize = 4 * WEIGHT;
/// How far back from the newest message of a conversation is counted what is unread.
const COUNTED: i64 = 1000;

/// A conversation as one account sees it.
#[derive(Debug, Clone)]
pub struct Dialog {
    /// With whom.
    pub place: Target,
    /// How many messages of others the account has not read, among the newest 1000; with [`Counted::Spoken`] none after its own
    /// last word, and those that it claims besides.
    pub unread: i64,
    /// Everything up to this place is hidden from the account.
    pub cleared_seq: i64,
    /// The newest messages, newest first; never none.
    pub recent: Vec<Seen>,
    /// How the account treats it.
    pub prefs: Prefs,
}

/// How an account wants to treat a conversation; `None` leaves a part as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrefsPatch {
    /// Whether nothing is rung for it.
    pub muted: Option<bool>,
    /// Whether it stands on top.
    pub pinned: Option<bool>,
    /// Whether it is kept among the contacts.
    pub saved: Option<bool>,
    /// The account's own name for it.
    pub remark: Option<String>,
    /// What only clients heed.
    pub numbers: Numbers,
}

/// How far an account had looked in a conversation, and what it had begun to write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// What it had begun to write.
    pub text: String,
    /// The place up to which it had looked.
    pub browse_seq: i64,
    /// The place at which it stopped.
    pub keep_seq: i64,
    /// How far that was scrolled, in the client's own measure.
    pub keep_offset: i64,
}

/// The use cases.
pub struct Conversations {
    core: Arc<Core>,
}

impl Conversations {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// The caller's conversations in which something is to be seen that was said after a moment, newest first, each with its
    /// `recents` newest messages. Fewer messages when they are large, and fewer conversations when they still are.
    pub async fn list(
        &self,
        caller: Caller,
        recents: i64,
        after: Millis,
        counted: Counted,
    ) -> Result<Vec<Dialog>> {
        let list = List {
            me: caller.id,
            recents: recents.clamp(1, RECENT),
            after,
            counted,
            read_shown: self.core.settings.policy().read_shown,
        };
        self.core.store.read(move |conn| list.load(conn)).await
    }

    /// How the caller treats a conversation.
    pub async fn prefs(&self, caller: Caller, place: Target) -> Result<Prefs> {
        let key = chat::place(caller.id, place)?.key();
        let find = move |conn: &mut AnyConnection| prefs::find(conn, caller.id, key);
        self.core.store.read(find).await
    }

    /// Changes how the caller treats a conversation, and tells the caller's clients. Gives what it is now.
    ///
    /// [`ErrorKind::Invalid`], [`ErrorKind::AccountUnknown`], [`ErrorKind::NotMember`].
    pub async fn set_prefs(
        &self,
        caller: Caller,
        place: Target,
        patch: PrefsPatch,
    ) -> Result<Prefs> {
        fields::at_most(
            "remark",
            patch.remark.as_deref().unwrap_or_default(),
            REMARK,
        )?;
        let me = caller.id;
        let key = chat::place(me, place)?.key();
        let change = move |conn: &mut AnyConnection| {
            check(conn, me, place)?;
            let mut prefs = prefs::find(conn, me, key)?;
            apply(&mut prefs, patch)?;
            prefs::put(conn, me, key, &prefs)?;
            let event = Lasting::PrefsChanged { account: me, place };
            Ok((prefs, Telling::one(conn, me, event)?))
        };
        let (prefs, telling) = self.core.store.write(change).await?;
        self.core.tell(telling).await;
        Ok(prefs)
    }

    /// Counts all but the newest `unread` messages of a conversation as read, and tells the caller's clients, and those whose
    /// messages that were.
    pub async fn clear_unread(&self, caller: Caller, place: Target, unread: i64) -> Result<()> {
        let me = caller.id;
        let to = chat::place(me, place)?;
        let clear = move |conn: &mut AnyConnection| {
            let head = messages::head(conn, to.key())?;
            let upto = head.saturating_sub(unread.max(0)).max(0);
            chat::read_on(conn, me, to, upto)
        };
        let told = self.core.store.write(clear).await?;
        self.core.tell_read(me, place, &told);
        let event = Event::UnreadCleared {
            account: me,
            place,
            unread: unread.max(0),
        };
        self.core.hub.tell(&[me], event, None);
        Ok(())
    }

    /// Keeps what the caller has begun to write, and tells the caller's clients. Gives its version.
    ///
    /// [`ErrorKind::Invalid`], [`ErrorKind::AccountUnknown`], [`ErrorKind::NotMember`].
    pub async fn save_draft(&self, caller: Caller, place: Target, draft: Draft) -> Result<i64> {
        if draft.text.len() > BODY {
            return Err(Error::invalid("a draft has at most 60000 bytes"));
        }
        let me = caller.id;
        let key = chat::place(me, place)?.key();
        let save = move |conn: &mut AnyConnection| {
            check(conn, me, place)?;
            let mut prefs = prefs::find(conn, me, key)?;
            prefs.draft = draft.text;
            prefs.browse_seq = draft.browse_seq;
            prefs.keep_seq = draft.keep_seq;
            prefs.keep_offset = draft.keep_offset;
            prefs.draft_version = versions::next(conn)?;
            prefs::put(conn, me, key, &prefs)?;
            Ok(prefs.draft_version)
        };
        let version = self.core.store.write(save).await?;
        let event = Event::DraftSaved { account: me };
        self.core.hub.tell(&[me], event, None);
        Ok(version)
    }

    /// What the caller has begun to write since a version, oldest first.
    pub async fn extras_since(&self, caller: Caller, version: i64) -> Result<Vec<(Target, Prefs)>> {
        let me = caller.id;
        let list = move |conn: &mut AnyConnection| prefs::drafts_since(conn, me, version);
        let found = self.core.store.read(list).await?;
        let addressed = found
            .into_iter()
            .filter_map(|(key, prefs)| Some((key.exchange().seen_by(me)?, prefs)));
        Ok(addressed.collect())
    }
}

fn apply(prefs: &mut Prefs, patch: PrefsPatch) -> Result<()> {
    prefs.muted = patch.muted.unwrap_or(prefs.muted);
    prefs.pinned = patch.pinned.unwrap_or(prefs.pinned);
    prefs.saved = patch.saved.unwrap_or(prefs.saved);
    if let Some(remark) = patch.remark {
        prefs.remark = remark;
    }
    if !patch.numbers.is_empty() {
        prefs.extra = numbers::merged(&prefs.extra, patch.numbers)?;
    }
    Ok(())
}

/// Whether there is anything of which an account may keep something: whoever exists, and its own channels.
fn check(conn: &mut AnyConnection, me: AccountId, place: Target) -> Result<()> {
    let (there, missing) = match place {
        Target::Account(account) => (
            accounts::is_known(conn, account)?,
            ErrorKind::AccountUnknown,
        ),
        Target::Channel(channel) => (
            channels::role(conn, channel, me)?.is_some(),
            ErrorKind::NotMember,
        ),
    };
    there.then_some(()).ok_or_else(|| missing.into())
}

/// Which conversations to list.
struct List {
    me: AccountId,
    recents: i64,
    after: Millis,
    counted: Counted,
    read_shown: bool,
}

impl List {
    fn load(&self, conn: &mut AnyConnection) -> Result<Vec<Dialog>> {
        let mut dialogs = Vec::new();
        let shown = self.shown(conn)?;
        let unread = self.unread(conn, &shown)?;
        let keys: Vec<ConversationId> = shown.iter().map(|(view, _)| view.conversation).collect();
        let mut prefs = prefs::among(conn, self.me, &keys)?;
        let changed = shown.iter().flat_map(|(_, recent)| recent);
        let changed = changed.filter(|message| message.updated_at != message.created_at);
        let changed: Vec<MessageId> = changed.map(|message| message.id).collect();
        let changes = messages::changes_of(conn, &changed)?;
        for (view, recent) in shown {
            let key = view.conversation;
            let Some(place) = key.exchange().seen_by(self.me) else {
                continue;
            };
            let seen = recent.into_iter().map(|message| {
                let change = changes.get(&message.id).copied();
                // How far others have read is not asked for so many conversations.
                let others = self.read_shown && message.sender != self.me;
                let read = others && message.seq <= view.read_seq;
                Seen {
                    version: change.map_or(0, |change| change.version),
                    change,
                    ..Seen::of(message, read)
                }
            });
            let spoken = unread.get(&key).copied().unwrap_or(0);
            dialogs.push(Dialog {
                place,
                unread: match self.counted {
                    Counted::Everything => spoken,
                    Counted::Spoken => spoken.saturating_add(view.marked),
                },
                cleared_seq: view.cleared_seq,
                recent: seen.collect(),
                prefs: prefs.remove(&key).unwrap_or_default(),
            });
        }
        Ok(dialogs)
    }

    /// The conversations and their newest messages, both newest first.
    fn shown(&self, conn: &mut AnyConnection) -> Result<Vec<(View, Vec<Message>)>> {
        let mut views = conversations::of(conn, self.me)?;
        if self.after > 0 {
            let newest: Vec<MessageId> = views.iter().map(|view| view.newest).collect();
            let fresh = messages::made_after(conn, &newest, self.after)?;
            views.retain(|view| fresh.contains(&view.newest));
        }
        views.sort_unstable_by_key(|view| Reverse(view.newest));
        let newest: Vec<i64> = views.iter().map(|view| view.newest.0).collect();
        let (newest, _) = messages::up_to(conn, &newest, NEWEST_WEIGHT)?;
        let newest = newest.into_iter();
        let mut newest: HashMap<_, _> = newest.map(|message| (message.id, message)).collect();
        let (mut shown, mut weight) = (Vec::with_capacity(newest.len()), 0);
        for view in views {
            let Some(newest) = newest.remove(&view.newest) else {
                continue;
            };
            let recent = if self.recents > 1 && weight <= WEIGHT {
                self.recent(conn, &view)?
            } else {
                vec![newest]
            };
            weight += recent.iter().map(|m| m.draft.weight()).sum::<usize>();
            if !recent.is_empty() {
                shown.push((view, recent));
            }
        }
        Ok(shown)
    }

    fn recent(&self, conn: &mut AnyConnection, view: &View) -> Result<Vec<Message>> {
        let stretch = Stretch {
            conversation: view.conversation,
            viewer: self.me,
            start: 0,
            end: 0,
            floor: view.from_seq.max(view.cleared_seq),
            limit: self.recents,
            up: false,
        };
        let (mut recent, _) = messages::range(conn, &stretch)?;
        recent.reverse();
        Ok(recent)
    }

    fn unread(
        &self,
        conn: &mut AnyConnection,
        shown: &[(View, Vec<Message>)],
    ) -> Result<HashMap<ConversationId, i64>> {
        let behind = shown.iter().filter_map(|(view, recent)| {
            let newest = recent.first()?;
            if self.counted == Counted::Spoken && spoke(self.me, newest) {
                return None;
            }
            let head = newest.seq;
            let read = view.read_seq.max(view.cleared_seq);
            (read < head).then_some((view.conversation, read.max(head - COUNTED)))
        });
        let behind: Vec<_> = behind.collect();
        messages::unread(conn, self.me, &behind, self.counted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_changed_of_the_preferences_stays() {
        let mut prefs = Prefs {
            pinned: true,
            remark: "old".to_owned(),
            ..Prefs::default()
        };
        let patch = PrefsPatch {
            muted: Some(true),
            numbers: [("receipt".to_owned(), 1)].into(),
            ..PrefsPatch::default()
        };
        apply(&mut prefs, patch).unwrap();
        assert!(prefs.muted && prefs.pinned);
        assert_eq!(prefs.remark, "old");
        assert_eq!(numbers::read(&prefs.extra).get("receipt"), Some(&1));
    }
}
