//! Sessions over bare TCP. The protocol says who the peer is and where its frames end.
//!
//! Nothing else is done while the peer does not take what is written to it: its outbox fills meanwhile, and it is cut off.

use super::carrier::{Carrier, End, Stage};
use super::door::Admission;
use super::link::Link;
use super::lobby::Lobby;
use crate::hub::Hub;
use crate::hub::envelope::{Envelope, Frame};
use crate::hub::session::Out;
use crate::hub::wire::{Greeter, Outcome};
use actix::fut::ActorFuture;
use actix::prelude::*;
use bytes::{Buf, Bytes, BytesMut};
use futures_util::ready;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How many bytes are read at a time.
const CHUNK: usize = 16 * 1024;

/// Carries a connection until it ends.
pub async fn serve(link: Link<Admission>, hub: Hub, greeter: Box<dyn Greeter>) {
    let lobby = Lobby::new(hub, link.cutter(), greeter);
    let actor = TcpSession {
        stage: Stage::Lobby(lobby),
        link,
        unwritten: BytesMut::new(),
        writing: false,
        closing: false,
    };
    // Not started as a task of its own: whoever serves counts the connection as long as this runs.
    Context::new().into_future(actor).await;
}

/// The actor of one connection.
struct TcpSession {
    stage: Stage,
    link: Link<Admission>,
    unwritten: BytesMut,
    /// [`Write`] is under way.
    writing: bool,
    /// Nothing may follow what is unwritten.
    closing: bool,
}

impl TcpSession {
    fn flush(&mut self, ctx: &mut Context<Self>) {
        if !self.writing {
            self.writing = true;
            ctx.wait(Write);
        }
    }

    fn poll_write(&mut self, cx: &mut task::Context<'_>) -> Poll<std::io::Result<()>> {
        while !self.unwritten.is_empty() {
            let taken = ready!(Pin::new(&mut self.link).poll_write(cx, &self.unwritten))?;
            if taken == 0 {
                return Poll::Ready(Err(std::io::ErrorKind::WriteZero.into()));
            }
            self.unwritten.advance(taken);
        }
        // An idle connection keeps no space.
        self.unwritten = BytesMut::new();
        if self.closing {
            return Pin::new(&mut self.link).poll_shutdown(cx);
        }
        Poll::Ready(Ok(()))
    }

    /// The next bytes; nothing when the peer has no more.
    fn poll_read(&mut self, cx: &mut task::Context<'_>) -> Poll<std::io::Result<Bytes>> {
        let mut space = [MaybeUninit::uninit(); CHUNK];
        let mut chunk = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut self.link).poll_read(cx, &mut chunk))?;
        Poll::Ready(Ok(Bytes::copy_from_slice(chunk.filled())))
    }
}

/// Takes in what the peer sends.
struct Read;

impl ActorFuture<TcpSession> for Read {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        actor: &mut TcpSession,
        ctx: &mut Context<TcpSession>,
        cx: &mut task::Context<'_>,
    ) -> Poll<()> {
        // What is begun while a message is taken in comes first.
        while !ctx.waiting() {
            match ready!(actor.poll_read(cx)) {
                Ok(chunk) if !chunk.is_empty() => actor.receive(&Frame::Binary(chunk), ctx),
                _ => {
                    ctx.stop();
                    return Poll::Ready(());
                }
            }
        }
        Poll::Pending
    }
}

/// Writes what is unwritten; then ends the connection, if it is closing.
struct Write;

impl ActorFuture<TcpSession> for Write {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        actor: &mut TcpSession,
        ctx: &mut Context<TcpSession>,
        cx: &mut task::Context<'_>,
    ) -> Poll<()> {
        let written = ready!(actor.poll_write(cx));
        actor.writing = false;
        if written.is_err() || actor.closing {
            ctx.stop();
        }
        Poll::Ready(())
    }
}

impl Carrier for TcpSession {
    fn stage(&mut self) -> &mut Stage {
        &mut self.stage
    }

    fn write(&mut self, out: Out, ctx: &mut Context<Self>) {
        if self.closing {
            return;
        }
        match out {
            Out::Frame(Frame::Text(text)) => self.unwritten.extend_from_slice(text.as_bytes()),
            Out::Frame(Frame::Binary(bytes)) => self.unwritten.extend_from_slice(&bytes),
            // There is no such thing: the protocol has its own.
            Out::Probe(_) | Out::Attach | Out::Ask { .. } | Out::Close => return,
        }
        self.flush(ctx);
    }

    fn close(&mut self, end: End, ctx: &mut Context<Self>) {
        if end == End::Silent {
            return ctx.stop();
        }
        self.closing = true;
        self.flush(ctx);
    }
}

impl Actor for TcpSession {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.spawn(Read);
        self.begin(ctx);
    }
}

impl StreamHandler<Vec<Arc<Envelope>>> for TcpSession {
    fn handle(&mut self, envelopes: Vec<Arc<Envelope>>, ctx: &mut Context<Self>) {
        self.deliver(envelopes, ctx);
    }

    fn finished(&mut self, ctx: &mut Context<Self>) {
        self.dismissed(ctx);
    }
}

impl StreamHandler<Vec<Outcome>> for TcpSession {
    fn handle(&mut self, outcomes: Vec<Outcome>, ctx: &mut Context<Self>) {
        self.tell(outcomes, ctx);
    }

    /// The session goes on without.
    fn finished(&mut self, _: &mut Context<Self>) {}
}
