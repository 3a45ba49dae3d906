//! Looking back, and not wanting to see something any more.

use super::{Chat, Reacted, Target, place, start};
use crate::domain::conversation::Exchange;
use crate::domain::{AccountId, Lasting, Message, MessageId, MessageStatus};
use crate::error::{Error, Result};
use crate::service::Caller;
use crate::service::telling::Telling;
use crate::store::messages::{Change, Only, Slice, Stretch};
use crate::store::{AnyConnection, conversations, messages, versions};
use std::collections::{HashMap, HashSet};

/// How many messages are listed at most.
const LISTED: i64 = 10_000;
/// How many messages one request may hide.
const HIDDEN: usize = 10_000;
/// How many hidden messages one event names.
const NAMED: usize = 500;
/// How many messages are looked through for what others have read meanwhile.
const NEWLY_READ: i64 = 100;

/// Which part of a conversation to look at.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// Only one type.
    pub only: Option<Only>,
    /// Newest first.
    pub newest_first: bool,
    /// How many to skip.
    pub offset: i64,
    /// How many to show.
    pub limit: i64,
}

/// Which places of a conversation to look at; 0 is no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The place to begin with, which counts.
    pub start: i64,
    /// The place to end before.
    pub end: i64,
    /// How many to show.
    pub limit: i64,
    /// Towards newer messages, instead of older ones.
    pub up: bool,
}

/// A message as somebody sees it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The message.
    pub message: Message,
    /// Whether its recipient has read it; never true in channels.
    pub read: bool,
    /// How many others have read it, as far as that was looked for.
    pub readers: i64,
    /// The number of what last became of it; 0 when nothing did, or it was not looked for.
    pub version: i64,
    /// What was done to it last, as far as that was looked for.
    pub change: Option<Change>,
    /// What others have put beside it, as far as that was looked for.
    pub reactions: Vec<Reacted>,
}

impl Seen {
    /// A message of which nothing more was looked for.
    pub fn of(message: Message, read: bool) -> Self {
        Self {
            message,
            read,
            readers: 0,
            version: 0,
            change: None,
            reactions: Vec::new(),
        }
    }
}

impl Chat {
    /// Looks back in a conversation. Gives a page and how many messages there are in all.
    pub async fn history(
        &self,
        caller: Caller,
        target: Target,
        look: Look,
    ) -> Result<(Vec<Seen>, i64)> {
        let me = caller.id;
        let read_shown = self.core.settings.policy().read_shown;
        let to = place(me, target)?;
        let page = move |conn: &mut AnyConnection| {
            let after_seq = start(conn, me, to)?;
            let (my_read, their_read) = match to.peer_of(me) {
                Some(peer) => (
                    conversations::cursors(conn, me, to.key())?.1,
                    conversations::cursors(conn, peer, to.key())?.1,
                ),
                None => (0, 0),
            };
            let slice = Slice {
                conversation: to.key(),
                viewer: me,
                after_seq,
                only: look.only,
                newest_first: look.newest_first,
                offset: look.offset,
                limit: look.limit,
            };
            let (found, total) = messages::list(conn, &slice)?;
            let seen = found.into_iter().map(|message| {
                let read_to = if message.sender == me {
                    their_read
                } else {
                    my_read
                };
                let read = read_shown && message.seq <= read_to;
                Seen::of(message, read)
            });
            Ok((seen.collect(), total))
        };
        self.core.store.read(page).await
    }

    /// A stretch of a conversation, oldest first, without what the caller may not or does not want to see; and whether there
    /// is more of it.
    ///
    /// [`crate::error::ErrorKind::ChannelUnknown`], [`crate::error::ErrorKind::NotMember`].
    pub async fn range(
        &self,
        caller: Caller,
        target: Target,
        range: Range,
    ) -> Result<(Vec<Seen>, bool)> {
        let me = caller.id;
        let read_shown = self.core.settings.policy().read_shown;
        let to = place(me, target)?;
        let load = move |conn: &mut AnyConnection| {
            let stretch = Stretch {
                conversation: to.key(),
                viewer: me,
                start: range.start,
                end: range.end,
                floor: start(conn, me, to)?,
                limit: range.limit.clamp(1, LISTED),
                up: range.up,
            };
            let (found, more) = messages::range(conn, &stretch)?;
            let ids: Vec<MessageId> = found.iter().map(|message| message.id).collect();
            let reactions = messages::reactions_of(conn, &ids)?;
            Ok((show(conn, me, to, found, read_shown)?, more, reactions))
        };
        let (mut seen, more, reactions) = self.core.store.read(load).await?;
        if !reactions.is_empty() {
            let mut beside: HashMap<MessageId, Vec<Reacted>> = HashMap::new();
            for reacted in self.reacted(me, reactions).await? {
                let message = reacted.reaction.message;
                beside.entry(message).or_default().push(reacted);
            }
            for seen in &mut seen {
                seen.reactions = beside.remove(&seen.message.id).unwrap_or_default();
            }
        }
        Ok((seen, more))
    }

    /// The newest messages of a conversation, or the newest of those before a message, oldest first, without what the caller may
    /// not or does not want to see. The message need not be of this conversation. Fewer where they are large.
    ///
    /// [`crate::error::ErrorKind::ChannelUnknown`], [`crate::error::ErrorKind::NotMember`].
    pub async fn latest(
        &self,
        caller: Caller,
        target: Target,
        before: Option<MessageId>,
        limit: i64,
    ) -> Result<Vec<Message>> {
        let me = caller.id;
        let to = place(me, target)?;
        let load = move |conn: &mut AnyConnection| {
            let floor = start(conn, me, to)?;
            let upto = match before {
                Some(before) => messages::place_before(conn, to.key(), before)?,
                None => 0,
            };
            if before.is_some() && upto <= floor {
                return Ok(Vec::new());
            }
            let stretch = Stretch {
                conversation: to.key(),
                viewer: me,
                start: upto,
                end: 0,
                floor,
                limit: limit.clamp(1, LISTED),
                up: false,
            };
            let (found, _) = messages::range(conn, &stretch)?;
            Ok(found)
        };
        self.core.store.read(load).await
    }

    /// Those of some messages that were taken back, with a trace or without.
    pub async fn taken_back(&self, ids: Vec<MessageId>) -> Result<HashSet<MessageId>> {
        if ids.is_empty() {
            return Ok(HashSet::new());
        }
        let find = move |conn: &mut AnyConnection| messages::taken_back(conn, &ids);
        self.core.store.read(find).await
    }

    /// What became of messages of a conversation since a version, oldest change first: those that were edited or taken back,
    /// and, unless there is more of these, the newest of the caller's that others have read meanwhile. Whoever asks for what
    /// came after the highest version given misses nothing.
    ///
    /// [`crate::error::ErrorKind::ChannelUnknown`], [`crate::error::ErrorKind::NotMember`].
    pub async fn changes(
        &self,
        caller: Caller,
        target: Target,
        version: i64,
        limit: i64,
    ) -> Result<Vec<Seen>> {
        let me = caller.id;
        let read_shown = self.core.settings.policy().read_shown;
        let to = place(me, target)?;
        let load = move |conn: &mut AnyConnection| {
            let floor = start(conn, me, to)?;
            let now = versions::last(conn)?;
            let limit = limit.clamp(1, LISTED);
            let (mut found, part) = messages::changes(conn, to.key(), me, floor, version, limit)?;
            if read_shown && part.is_none() {
                let mut read = newly_read(conn, me, to, floor, version)?;
                read.retain(|message| found.iter().all(|changed| changed.id != message.id));
                found.extend(read);
            }
            let mut seen = show(conn, me, to, found, read_shown)?;
            // What happened after the last of this part, or while it was looked for, comes next time.
            let last = part.unwrap_or(now);
            for seen in &mut seen {
                seen.version = seen.version.min(last);
            }
            seen.sort_by_key(|seen| seen.version);
            Ok(seen)
        };
        self.core.store.read(load).await
    }

    /// Hides messages from the caller. Those that the caller does not see are skipped.
    pub async fn hide(&self, caller: Caller, wanted: Vec<MessageId>) -> Result<()> {
        if wanted.len() > HIDDEN {
            return Err(Error::invalid("a request names at most 10000 messages"));
        }
        let me = caller.id;
        let hide = move |conn: &mut AnyConnection| {
            let hidden: Vec<(MessageId, i64, Target)> = messages::places_of(conn, me, &wanted)?
                .into_iter()
                .filter_map(|(id, key, seq)| Some((id, seq, key.exchange().seen_by(me)?)))
                .collect();
            let ids: Vec<MessageId> = hidden.iter().map(|(id, ..)| *id).collect();
            messages::hide(conn, me, &ids)?;
            let mut telling = Telling::default();
            for some in hidden.chunks(NAMED) {
                let messages = some.to_vec();
                let account = me;
                telling.add(conn, me, Lasting::Hidden { account, messages })?;
            }
            Ok(telling)
        };
        let telling = self.core.store.write(hide).await?;
        self.core.tell(telling).await;
        Ok(())
    }

    /// Hides everything up to a place from the caller, or everything that has been said.
    pub async fn clear(&self, caller: Caller, target: Target, upto: Option<i64>) -> Result<()> {
        let me = caller.id;
        let key = place(me, target)?.key();
        let clear = move |conn: &mut AnyConnection| {
            let head = messages::head(conn, key)?;
            conversations::clear(conn, me, key, upto.unwrap_or(head).min(head))
        };
        self.core.store.write(clear).await
    }
}

/// The newest of the caller's messages that others have read since a version.
fn newly_read(
    conn: &mut AnyConnection,
    me: AccountId,
    to: Exchange,
    floor: i64,
    version: i64,
) -> Result<Vec<Message>> {
    let upto = conversations::read_places(conn, to.key())?
        .into_iter()
        .filter(|(account, _, changed)| *account != me && *changed > version)
        .map(|(_, seq, _)| seq)
        .max();
    let Some(upto) = upto else {
        return Ok(Vec::new());
    };
    let stretch = Stretch {
        conversation: to.key(),
        viewer: me,
        start: upto,
        end: 0,
        floor,
        limit: NEWLY_READ,
        up: false,
    };
    let (mut found, _) = messages::range(conn, &stretch)?;
    found.retain(|message| message.sender == me && message.status == MessageStatus::Normal);
    Ok(found)
}

/// What the caller sees of messages of one conversation.
fn show(
    conn: &mut AnyConnection,
    me: AccountId,
    to: Exchange,
    found: Vec<Message>,
    read_shown: bool,
) -> Result<Vec<Seen>> {
    let changed: Vec<MessageId> = found
        .iter()
        .filter(|message| message.updated_at != message.created_at)
        .map(|message| message.id)
        .collect();
    let changes = messages::changes_of(conn, &changed)?;
    let places = if read_shown {
        conversations::read_places(conn, to.key())?
    } else {
        Vec::new()
    };
    let direct = matches!(to, Exchange::Direct(..));
    let seen = found.into_iter().map(|message| {
        let mut seen = reading(me, direct, &places, message);
        if let Some(change) = changes.get(&seen.message.id) {
            seen.version = seen.version.max(change.version);
            seen.change = Some(*change);
        }
        seen
    });
    Ok(seen.collect())
}

/// Who has read a message, given how far each account has read.
fn reading(
    me: AccountId,
    direct: bool,
    places: &[(AccountId, i64, i64)],
    message: Message,
) -> Seen {
    let reached = places.iter().filter(|(_, seq, _)| *seq >= message.seq);
    let (mut readers, mut version, mut by_me) = (0, 0, false);
    for (account, _, changed) in reached {
        by_me |= *account == me;
        if message.sender == me && *account != me {
            readers += 1;
            version = version.max(*changed);
        }
    }
    let by_them = direct && readers > 0;
    let read = if message.sender == me { by_them } else { by_me };
    Seen {
        readers,
        version,
        ..Seen::of(message, read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::message::Draft;
    use crate::domain::{Content, ConversationId, Dialect};
    use std::sync::Arc;

    const ME: AccountId = AccountId(10_000_001);
    const BOB: AccountId = AccountId(10_000_002);
    const CID: AccountId = AccountId(10_000_003);

    fn message(sender: AccountId, seq: i64) -> Message {
        let content = Content::Text {
            text: "x".to_owned(),
        };
        Message {
            id: MessageId(seq),
            conversation: ConversationId(7),
            seq,
            sender,
            draft: Arc::new(Draft::plain(Dialect::Wukong, "1", content)),
            client_id: None,
            status: MessageStatus::Normal,
            created_at: 0,
            updated_at: 0,
        }
    }

    #[test]
    fn who_has_read_an_own_message_is_counted_without_its_sender() {
        let places = [(ME, 9, 1), (BOB, 5, 30), (CID, 4, 20)];
        let seen = reading(ME, false, &places, message(ME, 4));
        assert_eq!((seen.readers, seen.version, seen.read), (2, 30, false));
        let seen = reading(ME, false, &places, message(ME, 5));
        assert_eq!((seen.readers, seen.version), (1, 30));
    }

    #[test]
    fn a_message_to_one_account_is_read_when_that_one_has_read_it() {
        let seen = |seq| reading(ME, true, &[(ME, 9, 1), (BOB, 5, 30)], message(ME, seq)).read;
        assert_eq!((seen(5), seen(6)), (true, false));
    }

    #[test]
    fn what_others_said_is_read_as_far_as_oneself_has_read() {
        let seen = |seq| reading(ME, false, &[(ME, 4, 1), (BOB, 9, 2)], message(BOB, seq)).read;
        assert_eq!((seen(4), seen(5)), (true, false));
    }
}
