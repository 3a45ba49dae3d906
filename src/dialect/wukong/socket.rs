//! The sockets: how they are opened, and who acts on what they ask for.

use super::content;
use super::greeter::greeter;
use super::proto::MAX_BODY;
use crate::error::{Error, ErrorKind, Result};
use crate::hub::envelope::SessionId;
use crate::hub::transport::ws;
use crate::hub::wire::{Acked, Commands, Intent, Outcome, Utterance};
use crate::service::chat::Saying;
use crate::service::{Caller, Services};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::future::{LocalBoxFuture, ready};

/// The longest message of a WebSocket, in bytes: the longest packet, and others beside it.
const MAX_MESSAGE: usize = 2 * MAX_BODY;

/// Opens a socket whose client says over it who it is.
pub async fn open(
    request: HttpRequest,
    payload: Payload,
    services: Data<Services>,
) -> actix_web::Result<HttpResponse> {
    let greeter = greeter(services.clone(), false);
    ws::open_unproven(&request, payload, &services.core.hub, greeter, MAX_MESSAGE)
}

/// Speaks for one connection.
pub struct Speaker {
    me: Caller,
    token: String,
    services: Data<Services>,
}

impl Speaker {
    /// For a connection that has proved its login with a token.
    pub fn new(me: Caller, token: String, services: Data<Services>) -> Self {
        Self {
            me,
            token,
            services,
        }
    }
}

impl Commands for Speaker {
    /// Over this protocol's sockets nothing is asked for but to say something.
    fn heard(&self, _intent: Intent) {}

    fn still_welcome(&self) -> LocalBoxFuture<'static, Result<()>> {
        let (services, token) = (self.services.clone(), self.token.clone());
        Box::pin(async move { services.grants.prove(&token).await.map(drop) })
    }

    // Handed over first, committed later: that is the point of the trait's method.
    #[allow(clippy::async_yields_async)]
    fn say(&self, said: Utterance, origin: SessionId) -> LocalBoxFuture<'static, Acked> {
        let (services, me) = (self.services.clone(), self.me);
        Box::pin(async move {
            let ticket = said.ticket;
            let saying = Saying {
                target: said.to,
                draft: said.draft,
                reword: content::reword,
                client_id: said.client_id,
                require_contact: services.core.config.wukong.require_friend,
                origin: Some(origin),
                kept: said.kept,
                mentions: said.mentions,
            };
            match services.chat.begin(me, saying).await {
                Ok(spoken) => {
                    // Called here: what is to be done once it is committed does not end with the connection.
                    let finished = spoken.finish();
                    Box::pin(async move {
                        let committed = finished.await.map_err(failed);
                        let said = committed.map(|said| (said.message.id, said.message.seq));
                        Outcome { ticket, said }
                    })
                }
                Err(error) => {
                    let said = Err(failed(error));
                    Box::pin(ready(Outcome { ticket, said })) as Acked
                }
            }
        })
    }
}

/// The node's own faults are logged here, where they are answered.
fn failed(error: Error) -> ErrorKind {
    if error.is_fault() {
        log::error!("a message was not said: {error}");
    }
    error.kind()
}
