//! An open connection that speaks and listens.
//!
//! What is said is collected and written at once, as much as there is; so several messages, and what confirms others, cost one
//! system call. Nobody waits for the socket to take it: if it is full, the node has much to answer, and what is left goes out with
//! that answer.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use parlance::dialect::wukong::crypto::{Cipher, KeyPair};
use parlance::dialect::wukong::proto::{Connack, SUCCESS};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::select;
use tokio::time::{Instant, sleep};

use super::packets::{Heard, Said, Told};
use super::{binary, rpc};
use crate::Result;
use crate::args::Wire;
use crate::bench::Bench;
use crate::desk::Reports;
use crate::dialect::{Account, Post};
use crate::mark::Mark;
use crate::rest::Rest;
use crate::sessions::Gate;
use crate::ws::{self, Decoder, Frame};

/// How often a sign of life is given. The node ends what is silent for three minutes.
const PING_EVERY: Duration = Duration::from_secs(60);

/// The listening end.
pub struct Session {
    line: Rc<Line>,
    stream: OwnedReadHalf,
    inbound: Inbound,
}

impl Session {
    /// Connects an account of the bench and logs in.
    pub async fn open(bench: &Bench, who: usize) -> Result<Self> {
        let Gate { node, path } = &bench.gate;
        let (stream, inbound) = if bench.wire.tcp {
            let stream = node.connect(who).await?;
            // As those of WebSockets, which say why.
            stream.set_zero_linger()?;
            (stream, Inbound::Tcp(Rest::default()))
        } else {
            let (stream, decoder) = ws::shake_hands(node, who, path, None).await?;
            (stream, Inbound::Ws(decoder))
        };
        let (stream, writing) = stream.into_split();
        let line = Rc::new(Line::new(writing, bench.wire));
        line.connect(&bench.accounts[who])?;
        let mut session = Self {
            line,
            stream,
            inbound,
        };
        while !session.line.welcomed.get() {
            session.read(bench, who).await?;
        }
        bench.connected(who, &session.line);
        Ok(session)
    }

    /// Listens until the connection ends; then says why it ended.
    pub async fn listen(mut self, bench: &Bench, who: usize) -> String {
        let line = Rc::clone(&self.line);
        let mut ping = pin!(sleep(PING_EVERY));
        loop {
            let step = select! {
                biased;
                read = self.read(bench, who) => read,
                () = &mut ping => {
                    ping.as_mut().reset(Instant::now() + PING_EVERY);
                    line.ping();
                    Ok(())
                }
            };
            if let Err(reason) = step {
                line.end(bench, &reason);
                return reason;
            }
        }
    }

    async fn read(&mut self, bench: &Bench, who: usize) -> Result<(), String> {
        let Self {
            line,
            stream,
            inbound,
        } = self;
        let read = ws::read_some(stream, &bench.scratch, |bytes| match bytes {
            [] => Err("closed by the node".to_owned()),
            bytes => line.take(inbound, bytes, bench, who),
        });
        read.await.unwrap_or_else(|error| Err(error.to_string()))
    }
}

/// Where what is read comes from.
enum Inbound {
    Tcp(Rest),
    Ws(Decoder),
}

impl Inbound {
    fn feed(
        &mut self,
        bytes: &[u8],
        rpc: bool,
        on: &mut impl FnMut(Heard<'_>),
    ) -> Result<(), &'static str> {
        let decoder = match self {
            Self::Tcp(rest) => return rest.feed(bytes, |bytes| binary::cut(bytes, on)),
            Self::Ws(decoder) => decoder,
        };
        let mut state = Ok(());
        decoder.feed(bytes, |frame| match frame {
            Frame::Message(message) if rpc => state = state.and(rpc::read(message, on)),
            Frame::Message(message) => state = state.and(read_frames(message, on)),
            Frame::Ping(payload) => on(Heard::Probe(payload)),
            Frame::Close(code) => on(Heard::End(format!("closed by the node with code {code}"))),
        })?;
        state
    }
}

/// A WebSocket's message holds whole frames.
fn read_frames(message: &[u8], on: &mut impl FnMut(Heard<'_>)) -> Result<(), &'static str> {
    match binary::cut(message, on) {
        Ok(used) if used == message.len() => Ok(()),
        Ok(_) => Err("a message that ends within a frame"),
        Err(what) => Err(what),
    }
}

/// The speaking end.
pub struct Line {
    stream: OwnedWriteHalf,
    wire: Wire,
    keys: KeyPair,
    cipher: OnceCell<Cipher>,
    welcomed: Cell<bool>,
    ended: Cell<bool>,
    out: RefCell<Out>,
    seq: Cell<u32>,
    unanswered: RefCell<VecDeque<(u32, Mark)>>,
    reports: RefCell<Reports>,
}

/// What goes out, and the space in which it is made.
#[derive(Default)]
struct Out {
    bytes: Vec<u8>,
    packet: Vec<u8>,
    payload: Vec<u8>,
}

impl Line {
    fn new(stream: OwnedWriteHalf, wire: Wire) -> Self {
        Self {
            stream,
            wire,
            keys: KeyPair::new(rand::random()),
            cipher: OnceCell::new(),
            welcomed: Cell::new(false),
            ended: Cell::new(false),
            out: RefCell::default(),
            seq: Cell::new(0),
            unanswered: RefCell::default(),
            reports: RefCell::default(),
        }
    }

    /// From now on answers are reported there.
    pub fn report(&self, reports: Reports) {
        self.reports.replace(reports);
    }

    /// How many messages are not answered yet.
    pub fn in_flight(&self) -> usize {
        self.unanswered.borrow().len()
    }

    /// Whether the connection lives.
    pub fn is_open(&self) -> bool {
        !self.ended.get()
    }

    /// Says a message, with the next [`flush`](Self::flush). The books that its mark names are told of the answer.
    pub fn say(&self, post: &Post<'_>, mark: Mark) -> io::Result<()> {
        let seq = self.seq.get() + 1;
        self.seq.set(seq);
        let mut out = self.out.borrow_mut();
        let Out {
            packet, payload, ..
        } = &mut *out;
        payload.clear();
        payload.extend_from_slice(br#"{"content":""#);
        payload.extend_from_slice(post.text);
        payload.extend_from_slice(br#"","type":1}"#);
        let said = Said {
            seq,
            no: post.client_id.unwrap_or_default(),
            to: post.to,
            payload,
        };
        if self.wire.rpc {
            rpc::send(&said, packet)?;
        } else {
            let cipher = self.cipher.get().filter(|_| !self.wire.clear);
            binary::send(&said, cipher, packet)?;
        }
        self.put(&mut out);
        self.unanswered.borrow_mut().push_back((seq, mark));
        Ok(())
    }

    /// Writes what there is.
    pub fn flush(&self) {
        let bytes = &mut self.out.borrow_mut().bytes;
        while !bytes.is_empty() {
            match self.stream.try_write(bytes) {
                Ok(taken) => {
                    bytes.drain(..taken);
                }
                // A full socket is written to again; what else is wrong shows on reading.
                Err(_) => return,
            }
        }
    }

    fn connect(&self, account: &Account) -> io::Result<()> {
        let mut out = self.out.borrow_mut();
        if self.wire.rpc {
            rpc::connect(account, &mut out.packet)?;
        } else {
            binary::connect(account, &self.keys, &mut out.packet);
        }
        self.put(&mut out);
        drop(out);
        self.flush();
        Ok(())
    }

    fn ping(&self) {
        let mut out = self.out.borrow_mut();
        if self.wire.rpc {
            rpc::ping(&mut out.packet);
        } else {
            binary::ping(&mut out.packet);
        }
        self.put(&mut out);
        drop(out);
        self.flush();
    }

    fn received(&self, told: &Told<'_>) -> io::Result<()> {
        let out = &mut *self.out.borrow_mut();
        if self.wire.rpc {
            rpc::received(told, &mut out.packet)?;
        } else {
            binary::received(told, &mut out.packet);
        }
        self.put(out);
        Ok(())
    }

    /// Moves the packet to what goes out.
    fn put(&self, out: &mut Out) {
        let Wire { tcp, rpc, .. } = self.wire;
        if tcp {
            out.bytes.append(&mut out.packet);
            return;
        }
        let kind = if rpc { ws::TEXT } else { ws::BINARY };
        ws::write_frame(kind, &out.packet, &mut out.bytes);
        out.packet.clear();
    }

    /// Takes in what was read.
    fn take(
        &self,
        inbound: &mut Inbound,
        bytes: &[u8],
        bench: &Bench,
        who: usize,
    ) -> Result<(), String> {
        let now = bench.clock.micros();
        let (mut answered, mut refused) = (false, false);
        let mut state = Ok(());
        inbound.feed(bytes, self.wire.rpc, &mut |heard| match heard {
            Heard::Answer { seq, reason } => {
                answered = true;
                refused |= reason != SUCCESS;
                self.answered(seq, reason, bench, now);
            }
            Heard::Message(told) => {
                bench.hear(who, told.no, now);
                if let Err(error) = self.received(&told) {
                    state = Err(error.to_string());
                }
            }
            Heard::Welcome(connack) => state = self.welcome(&connack),
            Heard::Probe(payload) => ws::write_pong(payload, &mut self.out.borrow_mut().bytes),
            Heard::End(reason) => state = Err(reason),
        })?;
        if !answered || !self.reports.borrow().answered(refused) {
            self.flush();
        }
        state
    }

    fn welcome(&self, connack: &Connack) -> Result<(), String> {
        if connack.reason != SUCCESS {
            let reason = connack.reason;
            return Err(format!("the login was refused with reason {reason}"));
        }
        if !self.wire.rpc {
            let cipher = Cipher::agree(&self.keys, &connack.server_key, &connack.salt);
            let cipher = cipher.map_err(|error| error.to_string())?;
            // A second welcome changes nothing.
            let _ = self.cipher.set(cipher);
        }
        self.welcomed.set(true);
        Ok(())
    }

    /// Answers come about in order, so the message is among the first.
    fn answered(&self, seq: u32, reason: u8, bench: &Bench, now: u64) {
        let mut unanswered = self.unanswered.borrow_mut();
        let place = unanswered.iter().position(|(said, _)| *said == seq);
        let Some((_, mark)) = place.and_then(|place| unanswered.remove(place)) else {
            return;
        };
        let mut ledger = bench.ledger(mark.phase);
        if reason == SUCCESS {
            ledger.acknowledge(mark.number, mark.due, now);
        } else {
            ledger.refuse(format!("SENDACK with reason {reason}"));
        }
    }

    /// What is not answered now never will be.
    fn end(&self, bench: &Bench, reason: &str) {
        self.ended.set(true);
        for (_, mark) in self.unanswered.take() {
            bench.ledger(mark.phase).refuse(reason.to_owned());
        }
        self.reports.borrow().answered(true);
    }
}
