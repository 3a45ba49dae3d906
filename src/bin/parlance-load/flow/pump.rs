//! Sending over the senders' own sockets: one task for all of them, which is cheaper than one for each.

use std::io;
use std::rc::Rc;

use tokio::time::{sleep, sleep_until, timeout_at};

use super::{BREATH, Shared, Turn};
use crate::Result;
use crate::args::Pace;
use crate::desk::{Desk, Reports};
use crate::dialect::Post;
use crate::wukong::Line;

/// What sends the messages of a flow.
pub struct Pump {
    shared: Rc<Shared>,
    /// The sockets, in the order of the plan's senders.
    lines: Vec<Rc<Line>>,
    desk: Rc<Desk>,
    text: Vec<u8>,
}

impl Pump {
    /// Fails if the socket of a sender is not open.
    pub fn new(shared: Rc<Shared>) -> Result<Self> {
        let desk = Rc::new(Desk::default());
        let senders = shared.traffic.plan.senders();
        let mut lines = Vec::with_capacity(senders.len());
        for (nth, who) in senders.enumerate() {
            let line = shared.bench.line(who);
            let line = line.ok_or_else(|| format!("session {who} should write, but has ended"))?;
            line.report(Reports::to(&desk, nth));
            lines.push(line);
        }
        Ok(Self {
            shared,
            lines,
            desk,
            text: Vec::new(),
        })
    }

    /// Sends until the flow is over, and waits for the answers.
    pub async fn run(mut self) {
        match self.shared.traffic.pace {
            Pace::Max => self.keep_full().await,
            Pace::PerSecond(_) => self.keep_schedule().await,
        }
        while self.lines.iter().any(|line| line.in_flight() > 0) {
            self.flush();
            self.desk.rung().await;
        }
        self.flush();
    }

    /// Every sender has as many messages on their way as it may; who is answered sends again.
    async fn keep_full(&mut self) {
        let mut turns = vec![0; self.lines.len()];
        (0..self.lines.len()).for_each(|nth| self.desk.note(nth));
        let end = self.shared.bench.clock.instant(self.shared.end);
        while !self.is_over() {
            if self.desk.was_refused() {
                sleep(BREATH).await;
            }
            while let Some(nth) = self.desk.first() {
                self.fill(nth, &mut turns[nth]).await;
                self.lines[nth].flush();
            }
            if timeout_at(end, self.desk.rung()).await.is_err() {
                return;
            }
        }
    }

    fn is_over(&self) -> bool {
        let Shared {
            bench,
            traffic,
            end,
            stopped,
            ..
        } = &*self.shared;
        let all = self.shared.ledger().sent >= traffic.limit.messages;
        all || stopped.get() || bench.clock.micros() >= *end
    }

    /// A sender's messages are numbered in steps of as many as there are senders.
    async fn fill(&mut self, nth: usize, turn: &mut u64) {
        let shared = Rc::clone(&self.shared);
        let (lines, most) = (self.lines.len() as u64, shared.traffic.limit.messages);
        while self.lines[nth].is_open() && self.lines[nth].in_flight() < shared.traffic.pipeline {
            let number = *turn * lines + nth as u64;
            if number >= most {
                return;
            }
            if !shared.has_room() {
                // What gives room is not to wait for what is said already.
                self.lines[nth].flush();
            }
            if shared.room().await.is_none() {
                return;
            }
            let Some(taken) = shared.take(number) else {
                return;
            };
            *turn += 1;
            self.say(nth, taken);
        }
    }

    /// Sends what is due, some at a time.
    async fn keep_schedule(&mut self) {
        let shared = Rc::clone(&self.shared);
        let mut number = 0;
        loop {
            sleep_until(shared.bench.clock.instant(shared.due(number))).await;
            let now = shared.bench.clock.micros();
            while shared.due(number) <= now {
                let Some(turn) = shared.take(number) else {
                    return;
                };
                let nth = (number % self.lines.len() as u64) as usize;
                self.say(nth, turn);
                self.desk.note(nth);
                number += 1;
            }
            self.flush();
        }
    }

    fn say(&mut self, nth: usize, turn: Turn) {
        self.shared.ledger().sent += 1;
        let said = if self.lines[nth].is_open() {
            self.write(nth, turn)
        } else {
            Err(io::ErrorKind::NotConnected.into())
        };
        if let Err(error) = said {
            self.shared.ledger().refuse(error.to_string());
        }
    }

    fn write(&mut self, nth: usize, turn: Turn) -> io::Result<()> {
        let Self {
            shared,
            lines,
            text,
            ..
        } = self;
        let mark = shared.write_text(turn, text)?;
        let target = shared.traffic.plan.target(turn.number);
        let post = Post {
            to: shared.bench.recipient(target),
            text,
            client_id: Some(&text[..mark]),
        };
        lines[nth].say(&post, shared.mark(turn))
    }

    /// Writes what senders have said and whoever was answered has to confirm.
    fn flush(&self) {
        while let Some(nth) = self.desk.first() {
            self.lines[nth].flush();
        }
    }
}
