//! Sessions over WebSocket, as actors of actix-web-actors: the only place that knows that crate.

use super::carrier::{Carrier, End, Stage};
use super::fragments::{Broken, Fragments};
use super::link::Cutter;
use super::lobby::Lobby;
use super::sizes::Sizes;
use crate::domain::{AccountId, Device, MessageId};
use crate::hub::Hub;
use crate::hub::envelope::{Envelope, Frame};
use crate::hub::session::{Out, Session};
use crate::hub::wire::{Commands, Greeter, Outcome, Wire};
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

/// The largest message a client may send, in bytes; where messages are longer, before it has said who it is.
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
    open_visitor(
        request,
        payload,
        hub,
        (Some(account), None),
        wire,
        commands,
        max_message,
    )
}

/// Turns a request into a session whose account may yet be unknown, as may be its device.
pub fn open_visitor(
    request: &HttpRequest,
    payload: web::Payload,
    hub: &Hub,
    (account, device): (Option<AccountId>, Option<Device>),
    wire: Box<dyn Wire>,
    commands: Box<dyn Commands>,
    max_message: usize,
) -> actix_web::Result<HttpResponse> {
    let cutter = cutter(request);
    let session = Session::new(hub.clone(), account, device, wire, commands, cutter);
    start(request, payload, Stage::Open(session), max_message)
}

/// Answers a request for a WebSocket with one frame and the end.
pub fn refuse(
    request: &HttpRequest,
    payload: web::Payload,
    frame: Frame,
    code: u16,
) -> actix_web::Result<HttpResponse> {
    WsResponseBuilder::new(Refusal { frame, code }, request, payload).start()
}

/// The actor of a WebSocket that is not welcome.
struct Refusal {
    frame: Frame,
    code: u16,
}

impl Actor for Refusal {
    type Context = WebsocketContext<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        match self.frame.clone() {
            Frame::Text(text) => ctx.text(text),
            Frame::Binary(bytes) => ctx.binary(bytes),
        }
        ctx.close(Some(CloseCode::from(self.code).into()));
        ctx.stop();
    }
}

impl StreamHandler<Result<Message, ProtocolError>> for Refusal {
    fn handle(&mut self, _: Result<Message, ProtocolError>, _: &mut Self::Context) {}
}

/// Turns a request into a connection whose peer says who it is in the protocol itself.
pub fn open_unproven(
    request: &HttpRequest,
    payload: web::Payload,
    hub: &Hub,
    greeter: Box<dyn Greeter>,
    max_message: usize,
) -> actix_web::Result<HttpResponse> {
    let lobby = Lobby::new(hub.clone(), cutter(request), greeter);
    start(request, payload, Stage::Lobby(lobby), max_message)
}

fn cutter(request: &HttpRequest) -> Arc<Cutter> {
    request
        .conn_data::<Arc<Cutter>>()
        .cloned()
        .unwrap_or_default()
}

fn start(
    request: &HttpRequest,
    payload: web::Payload,
    stage: Stage,
    max_message: usize,
) -> actix_web::Result<HttpResponse> {
    let first = match stage {
        Stage::Lobby(_) => max_message.min(MAX_MESSAGE),
        Stage::Open(_) => max_message,
    };
    let limit = Rc::new(Limit {
        most: Cell::new(first),
        exceeded: Cell::new(false),
    });
    let actor = WsSession {
        stage,
        fragments: Fragments::default(),
        limit: limit.clone(),
        max_message,
        closing: false,
    };
    let incoming = Incoming {
        payload,
        sizes: Sizes::default(),
        limit,
    };
    WsResponseBuilder::new(actor, request, incoming)
        .frame_size(max_message)
        .start()
}

/// How long a message may be at the moment, and whether the peer kept to it. If not, its bytes end there.
struct Limit {
    most: Cell<usize>,
    exceeded: Cell<bool>,
}

/// The bytes of a connection, up to a frame that announces more than is allowed. They end and do not fail, because what came before is
/// decoded only then.
struct Incoming {
    payload: web::Payload,
    sizes: Sizes,
    limit: Rc<Limit>,
}

impl Stream for Incoming {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.limit.exceeded.get() {
            return Poll::Ready(None);
        }
        let Some(Ok(mut chunk)) = ready!(Pin::new(&mut this.payload).poll_next(cx)) else {
            // A connection that broke off ends like one that was closed.
            return Poll::Ready(None);
        };
        if let Some(before) = this.sizes.offence(&chunk, this.limit.most.get()) {
            this.limit.exceeded.set(true);
            chunk.truncate(before);
        }
        Poll::Ready(Some(Ok(chunk)))
    }
}

/// The actor of one WebSocket.
struct WsSession {
    stage: Stage,
    fragments: Fragments,
    limit: Rc<Limit>,
    /// The length of a message from a peer that is no stranger.
    max_message: usize,
    /// A close frame was written: nothing may follow it.
    closing: bool,
}

impl WsSession {
    fn part_with(&mut self, reason: Option<CloseReason>, ctx: &mut Ctx) {
        if !self.closing {
            self.closing = true;
            ctx.close(reason);
        }
        ctx.stop();
    }

    fn fail(&mut self, code: CloseCode, ctx: &mut Ctx) {
        self.part_with(Some(code.into()), ctx);
    }

    /// Notes a sign of life.
    fn heard(&mut self) {
        if let Some(session) = self.stage.session() {
            session.heard();
        }
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

impl Carrier for WsSession {
    fn stage(&mut self) -> &mut Stage {
        &mut self.stage
    }

    fn write(&mut self, out: Out, ctx: &mut Ctx) {
        if self.closing {
            return;
        }
        match out {
            Out::Frame(Frame::Text(text)) => ctx.text(text),
            Out::Frame(Frame::Binary(bytes)) => ctx.binary(bytes),
            Out::Probe(message) => ctx.ping(&message.0.to_be_bytes()),
            Out::Attach | Out::Ask { .. } | Out::Close => {}
        }
    }

    fn trust(&mut self) {
        self.limit.most.set(self.max_message);
    }

    fn close(&mut self, end: End, ctx: &mut Ctx) {
        let session = self.stage.session();
        if let Some(code) = session.and_then(|session| session.close_code()) {
            return self.fail(code.into(), ctx);
        }
        match end {
            End::Asked => self.part_with(None, ctx),
            End::Away => self.fail(CloseCode::Away, ctx),
            End::Refused => self.fail(CloseCode::Policy, ctx),
            End::Again => self.fail(CloseCode::Again, ctx),
            End::Failed => self.fail(CloseCode::Error, ctx),
            End::Silent => ctx.stop(),
        }
    }
}

impl Actor for WsSession {
    type Context = Ctx;

    fn started(&mut self, ctx: &mut Ctx) {
        self.begin(ctx);
    }
}

impl StreamHandler<Vec<Arc<Envelope>>> for WsSession {
    fn handle(&mut self, envelopes: Vec<Arc<Envelope>>, ctx: &mut Ctx) {
        self.deliver(envelopes, ctx);
    }

    fn finished(&mut self, ctx: &mut Ctx) {
        self.dismissed(ctx);
    }
}

impl StreamHandler<Vec<Outcome>> for WsSession {
    fn handle(&mut self, outcomes: Vec<Outcome>, ctx: &mut Ctx) {
        self.tell(outcomes, ctx);
    }

    /// The session goes on without.
    fn finished(&mut self, _: &mut Ctx) {}
}

impl StreamHandler<Result<Message, ProtocolError>> for WsSession {
    fn handle(&mut self, message: Result<Message, ProtocolError>, ctx: &mut Ctx) {
        if self.closing {
            return;
        }
        match message {
            Ok(Message::Text(text)) => self.receive(&Frame::Text(text), ctx),
            Ok(Message::Binary(bytes)) => self.receive(&Frame::Binary(bytes), ctx),
            Ok(Message::Continuation(item)) => {
                match self.fragments.take(item, self.limit.most.get()) {
                    Ok(Some(message)) => self.receive(&message, ctx),
                    Ok(None) => self.heard(),
                    Err(Broken::TooLong) => self.fail(CloseCode::Size, ctx),
                    Err(Broken::NotText) => self.fail(CloseCode::Invalid, ctx),
                }
            }
            Ok(Message::Ping(bytes)) => {
                self.heard();
                ctx.pong(&bytes);
            }
            Ok(Message::Pong(bytes)) => match bytes[..].try_into() {
                Ok(id) => {
                    if let Some(session) = self.stage.session() {
                        session.answered(MessageId(i64::from_be_bytes(id)));
                        self.follow_up(ctx);
                    }
                }
                Err(_) => self.heard(),
            },
            Ok(Message::Close(reason)) => {
                self.part_with(reason, ctx);
            }
            Ok(Message::Nop) => {}
            Err(error) => self.faulty(&error, ctx),
        }
    }

    /// The peer has no more to say, or would say too much.
    fn finished(&mut self, ctx: &mut Ctx) {
        if self.limit.exceeded.get() {
            self.fail(CloseCode::Size, ctx);
        } else {
            ctx.stop();
        }
    }
}
