//! Each account's own view of its conversations: what is unread, what was put away, how it treats them.

pub use super::numbers::Numbers;
pub use crate::store::prefs::Prefs;

use super::{Caller, Core, chat, fields, numbers};
use crate::domain::conversation::Target;
use crate::domain::{AccountId, ConversationId, Event, Message};
use crate::error::{Error, Result};
use crate::service::telling::Telling;
use crate::store::conversations::{self, View};
use crate::store::messages::{self, Stretch};
use crate::store::{AnyConnection, prefs, versions};
use std::collections::HashMap;
use std::sync::Arc;

/// Characters of a remark.
const REMARK: usize = 100;
/// Bytes of a draft.
const BODY: usize = 60_000;
/// How many of the newest messages are shown of each conversation at most.
const RECENT: i64 = 50;

/// A conversation as one account sees it.
#[derive(Debug, Clone)]
pub struct Dialog {
    /// With whom.
    pub place: Target,
    /// How many messages of others the account has not read.
    pub unread: i64,
    /// Everything up to this place is hidden from the account.
    pub cleared_seq: i64,
    /// Up to where the account has read.
    pub read_seq: i64,
    /// The newest messages, newest first; never none.
    pub recent: Vec<Message>,
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

    /// The caller's conversations in which something is to be seen, newest first, each with its `recents` newest messages.
    pub async fn list(&self, caller: Caller, recents: i64) -> Result<Vec<Dialog>> {
        let me = caller.id;
        let recents = recents.clamp(1, RECENT);
        let load = move |conn: &mut AnyConnection| {
            let views = conversations::of(conn, me)?;
            let unread = messages::unread(conn, me)?;
            let prefs = prefs::of(conn, me)?.into_iter().collect();
            // One look into the log each: neither database gives the newest of many conversations at once any faster.
            let mut dialogs = Vec::new();
            for view in views {
                if let Some(dialog) = dialog(conn, me, &view, recents, &unread, &prefs)? {
                    dialogs.push(dialog);
                }
            }
            Ok(dialogs)
        };
        let mut dialogs = self.core.store.read(load).await?;
        dialogs
            .sort_by_key(|dialog| std::cmp::Reverse(dialog.recent.first().map(|newest| newest.id)));
        Ok(dialogs)
    }

    /// How the caller treats a conversation.
    pub async fn prefs(&self, caller: Caller, place: Target) -> Result<Prefs> {
        let key = chat::place(caller.id, place)?.key();
        let find = move |conn: &mut AnyConnection| prefs::find(conn, caller.id, key);
        self.core.store.read(find).await
    }

    /// Changes how the caller treats a conversation, and tells the caller's clients. Gives what it is now.
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
            let mut prefs = prefs::find(conn, me, key)?;
            apply(&mut prefs, patch)?;
            prefs::put(conn, me, key, &prefs)?;
            let event = Event::PrefsChanged { account: me, place };
            Ok((prefs, Telling::one(conn, me, event)?))
        };
        let (prefs, telling) = self.core.store.write(change).await?;
        self.core.tell(telling);
        Ok(prefs)
    }

    /// Counts all but the newest `unread` messages of a conversation as read, and tells the caller's clients, and whoever else
    /// is in it.
    pub async fn clear_unread(&self, caller: Caller, place: Target, unread: i64) -> Result<()> {
        let me = caller.id;
        let key = chat::place(me, place)?.key();
        let clear = move |conn: &mut AnyConnection| {
            let head = messages::head(conn, key)?;
            let upto = head.saturating_sub(unread.max(0)).max(0);
            conversations::read_up_to(conn, me, key, upto)
        };
        if self.core.store.write(clear).await? {
            self.core.tell_read(me, place).await;
        }
        let event = Event::UnreadCleared {
            account: me,
            place,
            unread: unread.max(0),
        };
        self.core.hub.tell(&[me], event);
        Ok(())
    }

    /// Puts a conversation away until something new is said, and tells the caller's clients.
    pub async fn close(&self, caller: Caller, place: Target) -> Result<()> {
        let me = caller.id;
        let key = chat::place(me, place)?.key();
        let close = move |conn: &mut AnyConnection| {
            let head = messages::head(conn, key)?;
            conversations::close_view(conn, me, key, head)?;
            let event = Event::Closed { account: me, place };
            Telling::one(conn, me, event)
        };
        let telling = self.core.store.write(close).await?;
        self.core.tell(telling);
        Ok(())
    }

    /// Keeps what the caller has begun to write, and tells the caller's clients. Gives its version.
    pub async fn save_draft(&self, caller: Caller, place: Target, draft: Draft) -> Result<i64> {
        if draft.text.len() > BODY {
            return Err(Error::invalid("a draft has at most 60000 bytes"));
        }
        let me = caller.id;
        let key = chat::place(me, place)?.key();
        let save = move |conn: &mut AnyConnection| {
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
        self.core.hub.tell(&[me], Event::DraftSaved { account: me });
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

/// What an account sees of one of its conversations, unless it has put it away or nothing is left of it.
fn dialog(
    conn: &mut AnyConnection,
    me: AccountId,
    view: &View,
    recents: i64,
    unread: &HashMap<ConversationId, i64>,
    prefs: &HashMap<ConversationId, Prefs>,
) -> Result<Option<Dialog>> {
    let key = view.conversation;
    let Some(place) = key.exchange().seen_by(me) else {
        return Ok(None);
    };
    let stretch = Stretch {
        conversation: key,
        viewer: me,
        start: 0,
        end: 0,
        floor: view.from_seq.max(view.cleared_seq),
        limit: recents,
        up: false,
    };
    let (mut recent, _) = messages::range(conn, &stretch)?;
    recent.reverse();
    let newest = recent.first().map_or(0, |newest| newest.seq);
    if newest <= view.closed_seq {
        return Ok(None);
    }
    Ok(Some(Dialog {
        place,
        unread: unread.get(&key).copied().unwrap_or(0),
        cleared_seq: view.cleared_seq,
        read_seq: view.read_seq,
        recent,
        prefs: prefs.get(&key).cloned().unwrap_or_default(),
    }))
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
