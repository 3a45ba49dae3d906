//! A message on its way to its home, and from there to the writer.

use super::envelope::Envelope;
use super::gate::Permit;
use super::publisher::Publisher;
use crate::domain::conversation::Exchange;
use crate::domain::message::Draft;
use crate::domain::{AccountId, Event};
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

    /// Hands the message to the writer; once committed it is acknowledged first and told to the `audience` second.
    pub(super) fn forward(self, store: &Store, publisher: &Publisher, audience: Arc<[AccountId]>) {
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
        let publisher = publisher.clone();
        let done = Box::new(move |outcome: Result<Committed>| {
            let told = outcome
                .as_ref()
                .ok()
                .filter(|c| c.fresh)
                .map(|c| c.message.clone());
            let _ = reply.send(outcome);
            if let Some(message) = told {
                let at = message.created_at;
                let envelope = Envelope::new(Event::Posted(message), at);
                publisher.publish_message(audience, envelope, share);
            }
            drop(permit);
        });
        // A refused append drops `done` and with it `reply`: the asker then reads "busy".
        let _ = store.append(Append {
            conversation: post.to.key(),
            sender: post.sender,
            draft,
            client_id: post.client_id,
            done,
        });
    }
}
