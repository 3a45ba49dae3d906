//! A TCP connection that can be cut from outside and that ends itself when the peer takes no bytes.
//!
//! While a peer does not read, the WebSocket actor on its connection is not polled: no timer of its own fires and stopping it has
//! no effect. So both watches live here, below HTTP, and cost no second file descriptor.

use actix_rt::net::{ActixStream, Ready, TcpStream};
use futures_util::task::AtomicWaker;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// Cuts a connection from outside.
#[derive(Default)]
pub struct Cutter {
    cut: AtomicBool,
    waker: AtomicWaker,
}

impl Cutter {
    /// Ends the connection now: reads and writes fail.
    pub fn cut(&self) {
        self.cut.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Whether the connection was cut.
    pub fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Acquire)
    }

    fn check(&self, cx: &Context<'_>) -> io::Result<()> {
        self.waker.register(cx.waker());
        if self.is_cut() {
            Err(io::ErrorKind::ConnectionAborted.into())
        } else {
            Ok(())
        }
    }
}

/// The connection.
pub struct Link<G> {
    stream: TcpStream,
    cutter: Arc<Cutter>,
    stall_after: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    _guard: G,
}

impl<G> Link<G> {
    /// Wraps a connection; `guard` is dropped with it.
    pub fn new(stream: TcpStream, stall_after: Duration, guard: G) -> Self {
        Self {
            stream,
            cutter: Arc::default(),
            stall_after,
            stalled: None,
            _guard: guard,
        }
    }

    /// What cuts this connection.
    pub fn cutter(&self) -> Arc<Cutter> {
        self.cutter.clone()
    }

    /// Lets a write wait no longer than `stall_after` without progress.
    fn watch<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let after = self.stall_after;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(after)));
        match stalled.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<G: Unpin> AsyncRead for Link<G> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.cutter.check(cx)?;
        Pin::new(&mut this.stream).poll_read(cx, buf)
    }
}

impl<G: Unpin> AsyncWrite for Link<G> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.cutter.check(cx)?;
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.watch(cx, written)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

impl<G: Unpin + 'static> ActixStream for Link<G> {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_read_ready(&self.stream, cx)
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_write_ready(&self.stream, cx)
    }
}
