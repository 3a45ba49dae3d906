//! Saying something.

use super::{Chat, Target, exchange, place};
use crate::domain::conversation::Exchange;
use crate::domain::message::{Draft, Mentions};
use crate::domain::{AccountId, Content, Event, time};
use crate::error::{Error, ErrorKind, Result};
use crate::hub::envelope::SessionId;
use crate::hub::post::{Admit, Audience, Post};
use crate::service::pace::Intervals;
use crate::service::policy::Policy;
use crate::service::{Caller, Core, reminders};
use crate::store::client_ids::{self, Named};
use crate::store::{AnyConnection, Committed, channels};
use futures_util::future::Either;
use std::sync::Arc;
use tokio::sync::oneshot;

/// The longest client id, in characters.
const CLIENT_ID: usize = 128;
/// How many accounts a message may be for, if not for everybody.
const AUDIENCE: usize = 1000;

/// Something to be said.
pub struct Saying {
    /// Where.
    pub target: Target,
    /// What.
    pub draft: Draft,
    /// Puts another text into the draft, as the sending dialect writes it; for replaced words.
    pub reword: fn(&mut Draft, String),
    /// The client's own id of the message.
    pub client_id: Option<String>,
    /// Whether only contacts may be written to.
    pub require_contact: bool,
    /// The session it is said over, which is not told of it.
    pub origin: Option<SessionId>,
    /// Whether it is stored; otherwise it reaches only who is there.
    pub kept: bool,
    /// Who is called upon.
    pub mentions: Mentions,
}

/// Something that has been handed over: its place among what the sender says is settled.
pub struct Spoken {
    core: Arc<Core>,
    sender: AccountId,
    to: Exchange,
    client_id: Option<String>,
    mentions: Mentions,
    answer: oneshot::Receiver<Result<Committed>>,
}

impl Chat {
    /// Says something. The same client id again, from the same sender in the same place, gives the first message again.
    pub async fn say(&self, caller: Caller, saying: Saying) -> Result<Committed> {
        self.begin(caller, saying).await?.finish().await
    }

    /// What the caller said in a place under a client id. It is not forgotten at once when it is taken back.
    pub async fn said(
        &self,
        caller: Caller,
        target: Target,
        client_id: String,
    ) -> Result<Option<Committed>> {
        let to = exchange(caller.id, target)?;
        said_before(&self.core, caller.id, to, client_id).await
    }

    /// Hands something over to be said. What is begun later by the same sender in the same place comes later in the log.
    pub async fn begin(&self, caller: Caller, saying: Saying) -> Result<Spoken> {
        let Saying {
            target,
            draft,
            reword,
            client_id,
            require_contact,
            origin,
            kept,
            mentions,
        } = saying;
        check_client_id(client_id.as_deref())?;
        let to = exchange(caller.id, target)?;
        self.core.check_may_write(caller.id).await?;
        if !self.flood.admits(caller.id) {
            // A repetition of something that was said is answered all the same; no faster than new messages are.
            if client_id.is_none() || !self.repeats.admits(caller.id) {
                return Err(ErrorKind::TooFast.into());
            }
            let (reply, answer) = oneshot::channel();
            let _ = reply.send(Err(ErrorKind::TooFast.into()));
            return Ok(Spoken {
                core: self.core.clone(),
                sender: caller.id,
                to,
                client_id,
                mentions,
                answer,
            });
        }
        let require_contact = require_contact && !self.is_for_the_node(target);
        let draft = with_its_sender(draft, caller.id)?;
        let policy = self.core.settings.policy();
        let admit = self.admit(caller, to, draft, reword, &policy);
        let post = Post {
            sender: caller.id,
            to,
            client_id: client_id.clone(),
            require_contact,
            admit,
            origin,
            kept,
            audience: Audience::Members,
        };
        Ok(Spoken {
            core: self.core.clone(),
            sender: caller.id,
            to,
            client_id,
            mentions,
            answer: self.core.hub.hand_over(post).await?,
        })
    }

    /// Says something on the node's own behalf: no rule stands against it. `audience` is who is told, if not who is there.
    pub async fn announce(
        &self,
        by: AccountId,
        target: Target,
        draft: Draft,
        audience: Option<Vec<AccountId>>,
    ) -> Result<()> {
        let post = Post {
            sender: by,
            to: exchange(by, target)?,
            client_id: None,
            require_contact: false,
            admit: Box::new(move || Ok(draft)),
            origin: None,
            kept: true,
            audience: Audience::Announced(audience.map(Arc::from)),
        };
        self.core.hub.post(post).await.map(drop)
    }

    /// Tells an account that the caller types, or has stopped. Nothing of it is kept.
    pub async fn typing(&self, from: AccountId, to: AccountId, finished: bool) -> Result<()> {
        if self.core.settings.policy().typing_shown && from != to {
            let event = self.types(from, Target::Account(to), finished).await?;
            self.core.hub.signal(from, to, event);
        }
        Ok(())
    }

    /// The same wherever the caller may speak. [`ErrorKind::NotMember`], [`ErrorKind::ChannelUnknown`].
    pub async fn typing_at(&self, from: AccountId, target: Target, finished: bool) -> Result<()> {
        let channel = match place(from, target)? {
            Exchange::Channel(channel) => channel,
            Exchange::Direct(..) => {
                let to = AccountId(target.number());
                return self.typing(from, to, finished).await;
            }
        };
        let role = self
            .core
            .store
            .read(move |conn| channels::role(conn, channel, from))
            .await?;
        role.ok_or(ErrorKind::NotMember)?;
        if !self.core.settings.policy().typing_shown {
            return Ok(());
        }
        let event = self.types(from, target, finished).await?;
        self.core.hub.tell_channel(channel, event, None).await
    }

    async fn types(&self, from: AccountId, to: Target, finished: bool) -> Result<Event> {
        let known = self.core.standings.of(&self.core.store, from).await?;
        let name = known.ok_or(ErrorKind::AccountUnknown)?.name;
        Ok(Event::Typing {
            from,
            name,
            to,
            finished,
        })
    }

    /// The platform's own accounts are everybody's contacts, without anybody asking their list, which would be endless.
    fn is_for_the_node(&self, target: Target) -> bool {
        match target {
            Target::Account(account) => self.core.system.holds(account),
            Target::Channel(_) => false,
        }
    }

    fn admit(
        &self,
        caller: Caller,
        to: Exchange,
        draft: Draft,
        reword: fn(&mut Draft, String),
        policy: &Policy,
    ) -> Admit {
        let intervals = Intervals {
            any: if caller.manager {
                0
            } else {
                policy.post_interval
            },
            same: policy.repeat_interval,
        };
        let pace = self.pace.clone();
        let mut draft = draft;
        let words = check_text(&mut draft, reword, policy);
        Box::new(move || {
            // In this order: a message that is too long and too soon is told that it is too soon.
            pace.check(caller.id, to.key(), &draft, intervals, time::now(), words)?;
            Ok(draft)
        })
    }
}

impl Spoken {
    /// Waits until it is committed, or refused. Who is called upon is reminded then, even if nobody waits any more.
    pub fn finish(self) -> impl Future<Output = Result<Committed>> + Send + 'static {
        if self.mentions.is_empty() {
            return Either::Left(self.committed());
        }
        let finished = tokio::spawn(self.committed());
        Either::Right(async { finished.await.map_err(Error::internal)? })
    }

    async fn committed(self) -> Result<Committed> {
        let answer = self.answer.await.map_err(|_| Error::new(ErrorKind::Busy));
        let committed = match (answer.flatten(), self.client_id) {
            // A repetition of something that was said is no new message, so no rule against new ones applies to it.
            (Err(error), Some(client_id)) if !error.is_passing() => {
                said_before(&self.core, self.sender, self.to, client_id)
                    .await?
                    .ok_or(error)?
            }
            (said, _) => said?,
        };
        let message = &committed.message;
        if committed.fresh && message.seq > 0 && !self.mentions.is_empty() {
            // It was said all the same.
            if let Err(fault) = reminders::remind(&self.core, message, self.mentions).await {
                log::warn!("who was called upon could not be reminded: {fault}");
            }
        }
        Ok(committed)
    }
}

/// What somebody says for some to see they see themselves.
fn with_its_sender(mut draft: Draft, sender: AccountId) -> Result<Draft> {
    let Some(audience) = &draft.audience else {
        return Ok(draft);
    };
    if audience.len() > AUDIENCE {
        return Err(Error::invalid("a message is for at most 1000 accounts"));
    }
    if !audience.contains(&sender) {
        let all = audience.iter().copied().chain([sender]);
        draft.audience = Some(all.collect());
    }
    Ok(draft)
}

fn check_client_id(id: Option<&str>) -> Result<()> {
    match id {
        Some(id) if id.is_empty() || id.chars().count() > CLIENT_ID => Err(Error::invalid(
            "the client's message id must have 1 to 128 characters",
        )),
        _ => Ok(()),
    }
}

async fn said_before(
    core: &Core,
    sender: AccountId,
    to: Exchange,
    client_id: String,
) -> Result<Option<Committed>> {
    let find = move |conn: &mut AnyConnection| {
        let named = Named {
            sender,
            conversation: to.key(),
            client_id: &client_id,
        };
        client_ids::find(conn, named)
    };
    let message = core.store.read(find).await?;
    Ok(message.map(|message| Committed {
        message: Arc::new(message),
        fresh: false,
    }))
}

/// Replaces or refuses banned words and checks the length, of text the node can read.
pub(super) fn check_text(
    draft: &mut Draft,
    reword: fn(&mut Draft, String),
    policy: &Policy,
) -> Result<(), ErrorKind> {
    let Content::Text { text } = &draft.content else {
        return Ok(());
    };
    let hit = policy.words.hits(text);
    let replaced =
        (hit && policy.banned_words_sendable).then(|| policy.words.replace(text).into_owned());
    let length = replaced.as_ref().unwrap_or(text).chars().count();
    if policy.text_max_chars > 0 && length as i64 > policy.text_max_chars {
        return Err(ErrorKind::MessageTooLong);
    }
    if hit && replaced.is_none() {
        return Err(ErrorKind::BannedWords);
    }
    if let Some(replaced) = replaced {
        reword(draft, replaced);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Dialect;

    const ME: AccountId = AccountId::FIRST;
    const BOB: AccountId = AccountId(AccountId::FIRST.0 + 1);

    fn draft(audience: Option<Vec<AccountId>>) -> Draft {
        let content = Content::Text {
            text: "x".to_owned(),
        };
        Draft {
            audience: audience.map(Arc::from),
            ..Draft::plain(Dialect::Wukong, "1", content)
        }
    }

    #[test]
    fn who_says_something_for_some_sees_it() {
        let heard = |audience| with_its_sender(draft(audience), ME).unwrap().audience;
        assert_eq!(heard(None), None);
        assert_eq!(heard(Some(vec![BOB])).as_deref(), Some(&[BOB, ME][..]));
        assert_eq!(heard(Some(vec![ME])).as_deref(), Some(&[ME][..]));
    }

    #[test]
    fn nobody_names_an_endless_audience() {
        assert!(with_its_sender(draft(Some(vec![BOB; 1001])), ME).is_err());
    }

    #[test]
    fn a_client_id_has_an_end() {
        assert!(check_client_id(None).is_ok());
        assert!(check_client_id(Some(&"x".repeat(128))).is_ok());
        assert!(check_client_id(Some(&"x".repeat(129))).is_err());
        assert!(check_client_id(Some("")).is_err());
    }
}
