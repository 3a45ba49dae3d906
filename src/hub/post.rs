//! A message on its way to its home, and from there to the writer.

use super::envelope::{Envelope, SessionId, next_number};
use super::gate::Permit;
use super::publisher::Publisher;
use crate::domain::conversation::Exchange;
use crate::domain::message::Draft;
use crate::domain::{AccountId, Event, Message, MessageId, MessageStatus, time};
use crate::error::Result;
use crate::store::{Append, Committed, Store};
use std::sync::Arc;
use tokio::sync::oneshot;

/// The sender's side of a post. Run by the home once its own checks have passed, so that refusals come in the order the
/// dialects document and a refused message does not count against the sender's rate.
pub type Admit = Box<dyn FnOnce() -> Result<Draft> + Send>;

/// Somebody wants to say something.
pub struct Post {
    /// Who.
    pub sender: AccountId,
    /// Where.
    pub to: Exchange,
    /// The client's own id of the message, see [`Append::client_id`].
    pub client_id: Option<String>,
    /// Whether the recipient must have the sender on their contact list.
    pub require_contact: bool,
    /// Gives the message.
    pub admit: Admit,
    /// The session it came through, which is not told of it.
    pub origin: Option<SessionId>,
    /// Whether it is stored; otherwise it reaches only who is there.
    pub kept: bool,
    /// Who is told.
    pub audience: Audience,
}

/// Who is told of a post. A [`Draft::audience`] narrows it further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Everybody in the conversation, if its home lets the sender speak.
    Members,
    /// These, or else everybody in the conversation. Said by the node in the sender's name: nobody's block, mute or membership
    /// stands against it.
    Announced(Option<Arc<[AccountId]>>),
}

/// A post that has reached its home.
#[derive(actix::Message)]
#[rtype(result = "()")]
pub struct Posting {
    pub(super) post: Post,
    pub(super) reply: oneshot::Sender<Result<Committed>>,
    pub(super) permit: Permit,
}

impl Posting {
    /// Answers without storing anything.
    pub(super) fn refuse(self, error: crate::error::Error) {
        // The asker may have gone away.
        let _ = self.reply.send(Err(error));
    }

    /// Whether the home has a say in it.
    pub(super) fn is_announced(&self) -> bool {
        matches!(self.post.audience, Audience::Announced(_))
    }

    /// Hands the message to the writer; once committed it is acknowledged first and told second: to `members`, unless the post
    /// names others. One that is not kept is told at once.
    pub(super) fn forward(self, store: &Store, publisher: &Publisher, members: Arc<[AccountId]>) {
        let Self {
            post,
            reply,
            permit,
        } = self;
        let draft = match (post.admit)() {
            Ok(draft) => Arc::new(draft),
            Err(error) => return drop(reply.send(Err(error))),
        };
        let share = match store.room(draft.weight()) {
            Ok(share) => share,
            Err(error) => return drop(reply.send(Err(error))),
        };
        let audience = match post.audience {
            Audience::Announced(Some(named)) => named,
            Audience::Announced(None) | Audience::Members => members,
        };
        let audience = narrowed(audience, &draft);
        let (publisher, origin) = (publisher.clone(), post.origin);
        let done = move |outcome: Result<Committed>| {
            let told = outcome
                .as_ref()
                .ok()
                .filter(|c| c.fresh)
                .map(|c| c.message.clone());
            let _ = reply.send(outcome);
            if let Some(message) = told {
                let at = message.created_at;
                let event = if post.kept {
                    Event::Posted(message)
                } else {
                    Event::Passed(message)
                };
                let envelope = Envelope::new(event, at).with_origin(origin);
                publisher.publish_message(audience, envelope, share);
            }
            drop(permit);
        };
        let (conversation, sender) = (post.to.key(), post.sender);
        if !post.kept {
            let now = time::now();
            let message = Message {
                id: MessageId(next_number()),
                conversation,
                seq: 0,
                sender,
                draft,
                client_id: post.client_id,
                status: MessageStatus::Normal,
                created_at: now,
                updated_at: now,
            };
            return done(Ok(Committed {
                message: Arc::new(message),
                fresh: true,
            }));
        }
        // A refused append drops `done` and with it `reply`: the asker then reads "busy".
        let _ = store.append(Append {
            conversation,
            sender,
            draft,
            client_id: post.client_id,
            done: Box::new(done),
        });
    }
}

/// The part of `audience` that the message is for.
fn narrowed(audience: Arc<[AccountId]>, draft: &Draft) -> Arc<[AccountId]> {
    match &draft.audience {
        Some(eyes) => audience
            .iter()
            .copied()
            .filter(|account| eyes.contains(account))
            .collect(),
        None => audience,
    }
}
