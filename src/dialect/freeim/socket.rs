//! Operation 50: the socket.

use super::caller;
use super::wire::{Encoding, FreeimWire, Options};
use crate::domain::Target;
use crate::error::Result;
use crate::hub::transport::ws;
use crate::hub::wire::{Commands, Intent};
use crate::service::{Caller, Services};
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;

/// What a client may ask of its connection. Unknown protocols are read as JSON.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wishes {
    protocol: String,
    ext: String,
}

/// Acts on what a socket asks for.
struct Typist {
    me: Caller,
    services: web::Data<Services>,
}

impl Commands for Typist {
    fn heard(&self, intent: Intent) {
        if let Intent::Typing {
            to: Target::Account(to),
            finished,
        } = intent
        {
            let (services, me) = (self.services.clone(), self.me.id);
            // Nobody waits for it, and nothing of it is kept.
            actix_web::rt::spawn(async move { services.chat.typing(me, to, finished).await });
        }
    }

    fn still_welcome(&self) -> LocalBoxFuture<'static, Result<()>> {
        let (services, me) = (self.services.clone(), self.me);
        Box::pin(async move { services.accounts.still_holds(me).await })
    }
}

/// Opens the socket of a caller.
pub async fn connect(
    request: HttpRequest,
    caller: caller::Caller,
    payload: web::Payload,
    services: web::Data<Services>,
) -> actix_web::Result<HttpResponse> {
    let wishes = web::Query::<Wishes>::from_query(request.query_string())
        .map(web::Query::into_inner)
        .unwrap_or_default();
    let options = Options {
        encoding: if wishes.protocol == "proto" {
            Encoding::Protobuf
        } else {
            Encoding::Json
        },
        extended: wishes.ext == "1",
        replay: services.core.config.freeim.replay,
    };
    let me = caller.0;
    let wire = FreeimWire::new(me.id, options, services.settings.clone());
    let typist = Typist {
        me,
        services: services.clone(),
    };
    ws::open(
        &request,
        payload,
        &services.core.hub,
        me.id,
        Box::new(wire),
        Box::new(typist),
        ws::MAX_MESSAGE,
    )
}
