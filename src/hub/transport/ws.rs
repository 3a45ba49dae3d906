//! Sessions over WebSocket, as actors of actix-web-actors: the only place that knows that crate.

use super::fragments::{Broken, Fragments};
use super::link::Cutter;
use super::sizes::Sizes;
use crate::domain::AccountId;
use crate::domain::MessageId;
use crate::error::ErrorKind;
use crate::hub::Hub;
use crate::hub::envelope::{Envelope, Frame};
use crate::hub::outbox::Farewell;
use crate::hub::session::{Out, Session};
use crate::hub::wire::{Commands, Wire};
use actix::prelude::*;
use actix_http::error::PayloadError;
use actix_http::ws::{CloseCode, CloseReason, Message, ProtocolError};
use actix_web::{HttpRequest, HttpResponse, web};
use actix_web_actors::ws::{WebsocketContext, WsResponseBuilder};
use bytes::Bytes;
use futures_util::{Stream, ready};
use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{self, Poll};

/// The largest message a client may send, in bytes.
pub const MAX_MESSAGE: usize = 64 * 1024;

type Ctx = WebsocketContext<WsSession>;

/// Turns a request into a session of `account`.
pub fn open(
    request: &HttpRequest,
    payload: web::Payload,
    hub: &Hub,
    account: AccountId,
    wire: Box<dyn Wire>,
    commands: Box<dyn Commands>,
    max_message: usize,
) -> actix_web::Result<HttpResponse> {
    let cutter = request
        .conn_data::<Arc<Cutter>>()
        .cloned()
        .unwrap_or_default();
    let end = Rc::new(Cell::new(End::Orderly));
    let session = Session::new(hub.clone(), account, wire, commands, cutter);
    let actor = WsSession {
        session,
        fragments: Fragments::new(max_message),
        end: end.clone(),
        closing: false,
        waiting: false,
    };
    let incoming = Incoming {
        payload,
        sizes: Sizes::new(max_message),
        end,
    };
    WsResponseBuilder::new(actor, request, incoming)
        .frame_size(max_message)
        .start()
}

/// Why the bytes ended, if not because the peer has no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Orderly,
    Oversized,
}

/// The bytes of a connection, up to a frame that announces more than is allowed. They end and do not fail, because what came before is
/// decoded only then.
struct Incoming {
    payload: web::Payload,
    sizes: Sizes,
    end: Rc<Cell<End>>,
}

impl Stream for Incoming {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.end.get() == End::Oversized {
            return Poll::Ready(None);
        }
        let Some(Ok(mut chunk)) = ready!(Pin::new(&mut this.payload).poll_next(cx)) else {
            // A connection that broke off ends like one that was closed.
            return Poll::Ready(None);
        };
        if let Some(before) = this.sizes.offence(&chunk) {
            this.end.set(End::Oversized);
            chunk.truncate(before);
        }
        Poll::Ready(Some(Ok(chunk)))
    }
}

/// The actor of one WebSocket.
struct WsSession {
    session: Session,
    fragments: Fragments,
    end: Rc<Cell<End>>,
    /// A close frame was written: nothing may follow it.
    closing: bool,
    /// [`WsSession::follow_up`] is due later.
    waiting: bool,
}

impl WsSession {
    fn write(&mut self, out: impl IntoIterator<Item = Out>, ctx: &mut Ctx) {
        if self.closing {
            return;
        }
        for out in out {
            match out {
                Out::Frame(Frame::Text(text)) => ctx.text(text),
                Out::Frame(Frame::Binary(bytes)) => ctx.binary(bytes),
                Out::Probe(message) => ctx.ping(&message.0.to_be_bytes()),
            }
        }
    }

    /// Asks whether messages arrived, now or a little later.
    fn follow_up(&mut self, ctx: &mut Ctx) {
        let (probe, wait) = self.session.follow_up();
        self.write(probe, ctx);
        if let Some(wait) = wait.filter(|_| !self.waiting) {
            self.waiting = true;
            ctx.run_later(wait, |actor, ctx| {
                actor.waiting = false;
                actor.follow_up(ctx);
            });
        }
    }

    fn close(&mut self, reason: Option<CloseReason>, ctx: &mut Ctx) {
        if !self.closing {
            self.closing = true;
            ctx.close(reason);
        }
        ctx.stop();
    }

    fn fail(&mut self, code: CloseCode, ctx: &mut Ctx) {
        self.close(Some(code.into()), ctx);
    }

    fn catch_up(&mut self, ctx: &mut Ctx) {
        ctx.spawn(
            self.session
                .next_page()
                .into_actor(self)
                .map(|page, actor, ctx| match page {
                    Ok(page) => {
                        let (out, more) = actor.session.take_page(page);
                        actor.write(out, ctx);
                        actor.follow_up(ctx);
                        if more {
                            actor.catch_up(ctx);
                        }
                    }
                    Err(error) => {
                        log::error!("a session could not be told what it missed: {error}");
                        actor.fail(CloseCode::Error, ctx);
                    }
                }),
        );
    }

    fn receive(&mut self, message: &Frame, ctx: &mut Ctx) {
        let out = self.session.receive(message);
        self.write(out, ctx);
    }

    fn faulty(&mut self, error: &ProtocolError, ctx: &mut Ctx) {
        match error {
            // So the codec reports text that is not UTF-8.
            ProtocolError::Io(cause) if cause.kind() == std::io::ErrorKind::Other => {
                self.fail(CloseCode::Invalid, ctx);
            }
            _ => self.fail(CloseCode::Protocol, ctx),
        }
    }
}

impl Actor for WsSession {
    type Context = Ctx;

    fn started(&mut self, ctx: &mut Ctx) {
        let hello = self.session.hello();
        self.write(hello, ctx);
        ctx.add_stream(self.session.outgoing());
        ctx.run_interval(self.session.beat_every(), |actor, ctx| {
            match actor.session.beat() {
                Some(out) => actor.write(out, ctx),
                None => ctx.stop(),
            }
        });
        ctx.spawn(
            self.session
                .attach()
                .into_actor(self)
                .map(|live, actor, ctx| match live {
                    Ok(live) => {
                        if actor.session.attached(live) {
                            actor.catch_up(ctx);
                        }
                    }
                    Err(error) if error.kind() == ErrorKind::NotLoggedIn => {
                        actor.fail(CloseCode::Policy, ctx);
                    }
                    Err(error) => {
                        log::debug!("a session could not be attached: {error}");
                        actor.fail(CloseCode::Again, ctx);
                    }
                }),
        );
    }
}

impl StreamHandler<Vec<Arc<Envelope>>> for WsSession {
    fn handle(&mut self, envelopes: Vec<Arc<Envelope>>, ctx: &mut Ctx) {
        let out = self.session.render(envelopes);
        self.write(out, ctx);
        self.follow_up(ctx);
    }

    /// The node ends the session.
    fn finished(&mut self, ctx: &mut Ctx) {
        match self.session.outbox().farewell() {
            Some(Farewell::Shutdown) => self.fail(CloseCode::Away, ctx),
            Some(Farewell::Refused) => self.fail(CloseCode::Policy, ctx),
            Some(Farewell::TooSlow | Farewell::Gone) | None => ctx.stop(),
        }
    }
}

impl StreamHandler<Result<Message, ProtocolError>> for WsSession {
    fn handle(&mut self, message: Result<Message, ProtocolError>, ctx: &mut Ctx) {
        if self.closing {
            return;
        }
        match message {
            Ok(Message::Text(text)) => self.receive(&Frame::Text(text), ctx),
            Ok(Message::Binary(bytes)) => self.receive(&Frame::Binary(bytes), ctx),
            Ok(Message::Continuation(item)) => match self.fragments.take(item) {
                Ok(Some(message)) => self.receive(&message, ctx),
                Ok(None) => self.session.heard(),
                Err(Broken::TooLong) => self.fail(CloseCode::Size, ctx),
                Err(Broken::NotText) => self.fail(CloseCode::Invalid, ctx),
            },
            Ok(Message::Ping(bytes)) => {
                self.session.heard();
                ctx.pong(&bytes);
            }
            Ok(Message::Pong(bytes)) => match bytes[..].try_into() {
                Ok(id) => {
                    self.session.answered(MessageId(i64::from_be_bytes(id)));
                    self.follow_up(ctx);
                }
                Err(_) => self.session.heard(),
            },
            Ok(Message::Close(reason)) => {
                self.close(reason, ctx);
            }
            Ok(Message::Nop) => {}
            Err(error) => self.faulty(&error, ctx),
        }
    }

    /// The peer has no more to say, or would say too much.
    fn finished(&mut self, ctx: &mut Ctx) {
        match self.end.get() {
            End::Oversized => self.fail(CloseCode::Size, ctx),
            End::Orderly => ctx.stop(),
        }
    }
}
