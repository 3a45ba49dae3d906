//! The books of one flow of messages: what was sent, acknowledged, heard, and how long it took.

use std::ops::Range;
use std::rc::Rc;

use hdrhistogram::Histogram;
use tokio::sync::Semaphore;

use crate::Result;
use crate::plan::Plan;

/// Latencies above ten minutes count as ten minutes.
const LONGEST_MICROS: u64 = 600_000_000;

/// One flow's books. All times are microseconds of the run's clock.
pub struct Ledger {
    plan: Plan,
    window: Option<Rc<Semaphore>>,
    issued: u64,
    acked: Bits,
    heard: Bits,
    towards_permit: usize,
    /// When sending began.
    pub begin: u64,
    /// When the last acknowledgement came.
    pub last_ack: u64,
    /// When the last delivery came.
    pub last_delivery: u64,
    /// Requests sent.
    pub sent: u64,
    /// Requests answered with success: the node promises that these messages are stored.
    pub acknowledged: u64,
    /// Deliveries, each counted once.
    pub delivered: u64,
    /// Deliveries of something that was there already.
    pub duplicated: u64,
    /// Deliveries to a session that should not hear them, or of a message that was never sent.
    pub strayed: u64,
    /// The first answer that was no acknowledgement.
    pub refusal: Option<String>,
    /// Microseconds from due time to acknowledgement.
    pub ack: Histogram<u64>,
    /// Microseconds from due time to delivery.
    pub delivery: Histogram<u64>,
}

impl Ledger {
    /// Empty books. A permit goes back to the window for every message delivered or refused.
    pub fn new(plan: Plan, begin: u64, window: Option<Rc<Semaphore>>) -> Result<Self> {
        Ok(Self {
            plan,
            window,
            issued: 0,
            acked: Bits::default(),
            heard: Bits::default(),
            towards_permit: 0,
            begin,
            last_ack: begin,
            last_delivery: begin,
            sent: 0,
            acknowledged: 0,
            delivered: 0,
            duplicated: 0,
            strayed: 0,
            refusal: None,
            ack: Histogram::new_with_bounds(1, LONGEST_MICROS, 3)?,
            delivery: Histogram::new_with_bounds(1, LONGEST_MICROS, 3)?,
        })
    }

    /// The number after the last one given out.
    pub fn issued(&self) -> u64 {
        self.issued
    }

    /// Gives a number out.
    pub fn issue(&mut self, number: u64) {
        self.issued = self.issued.max(number + 1);
    }

    /// The node has acknowledged a message.
    pub fn acknowledge(&mut self, number: u64, due: u64, now: u64) {
        self.acked.insert(number);
        self.acknowledged += 1;
        self.last_ack = now;
        self.ack.saturating_record(now.saturating_sub(due));
    }

    /// The node has answered something else, or nothing.
    pub fn refuse(&mut self, answer: String) {
        self.refusal.get_or_insert(answer);
        if let Some(window) = &self.window {
            window.add_permits(1);
        }
    }

    /// The session of account `who` has heard a message.
    pub fn hear(&mut self, number: u64, who: usize, due: u64, now: u64) {
        let slot = if number < self.issued {
            self.plan.slot(number, who)
        } else {
            None
        };
        let Some(slot) = slot else {
            self.strayed += 1;
            return;
        };
        if !self
            .heard
            .insert(number * self.plan.fan() as u64 + slot as u64)
        {
            self.duplicated += 1;
            return;
        }
        self.delivered += 1;
        self.last_delivery = now;
        self.delivery.saturating_record(now.saturating_sub(due));
        self.towards_permit += 1;
        if self.towards_permit == self.plan.fan() {
            self.towards_permit = 0;
            if let Some(window) = &self.window {
                window.add_permits(1);
            }
        }
    }

    /// Deliveries that the acknowledged messages must lead to.
    pub fn expected(&self) -> u64 {
        self.acknowledged * self.plan.fan() as u64
    }

    /// Whether nothing is missing; cheap to ask while much is.
    pub fn is_complete(&self) -> bool {
        self.delivered >= self.expected() && self.missing() == 0
    }

    /// Deliveries of acknowledged messages that have not happened.
    pub fn missing(&self) -> u64 {
        let fan = self.plan.fan() as u64;
        let acked = (0..self.issued).filter(|number| self.acked.contains(*number));
        acked
            .map(|number| fan - self.heard.count(number * fan..number * fan + fan))
            .sum()
    }
}

/// A growing row of bits.
#[derive(Default)]
struct Bits(Vec<u64>);

impl Bits {
    /// Sets a bit; false if it was set.
    fn insert(&mut self, at: u64) -> bool {
        let (word, bit) = ((at / 64) as usize, 1u64 << (at % 64));
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        let fresh = self.0[word] & bit == 0;
        self.0[word] |= bit;
        fresh
    }

    fn contains(&self, at: u64) -> bool {
        self.word(at / 64) & (1u64 << (at % 64)) != 0
    }

    /// How many bits of a non-empty range are set, word by word.
    fn count(&self, range: Range<u64>) -> u64 {
        let words = range.start / 64..range.end.div_ceil(64);
        let ones = words.map(|word| {
            let from = u64::MAX << range.start.saturating_sub(word * 64);
            let to = u64::MAX >> (word * 64 + 64).saturating_sub(range.end);
            u64::from((self.word(word) & from & to).count_ones())
        });
        ones.sum()
    }

    fn word(&self, word: u64) -> u64 {
        self.0.get(word as usize).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(plan: Plan, messages: u64) -> Ledger {
        let Ok(mut ledger) = Ledger::new(plan, 0, None) else {
            panic!("good bounds")
        };
        (0..messages).for_each(|number| ledger.issue(number));
        ledger
    }

    #[test]
    fn an_acknowledged_message_that_nobody_heard_is_missing() {
        let mut books = ledger(Plan::Pairs { accounts: 2 }, 3);
        books.acknowledge(0, 0, 10);
        books.acknowledge(1, 0, 10);
        books.hear(1, 0, 0, 20);
        assert_eq!(
            (books.expected(), books.delivered, books.missing()),
            (2, 1, 1)
        );
        books.hear(0, 1, 0, 30);
        assert_eq!((books.missing(), books.last_delivery), (0, 30));
    }

    #[test]
    fn a_second_delivery_is_doubled_and_a_wrong_one_astray() {
        let mut books = ledger(Plan::Pairs { accounts: 2 }, 1);
        books.hear(0, 1, 0, 1);
        books.hear(0, 1, 0, 2);
        books.hear(0, 0, 0, 3);
        books.hear(7, 1, 0, 4);
        assert_eq!(
            (books.delivered, books.duplicated, books.strayed),
            (1, 1, 2)
        );
    }

    #[test]
    fn every_member_is_expected_to_hear() {
        let mut books = ledger(
            Plan::Channel {
                members: 100,
                senders: 1,
                echo: true,
            },
            3,
        );
        (0..3).for_each(|number| books.acknowledge(number, 0, 0));
        for who in 0..100 {
            books.hear(1, who, 0, 0);
        }
        books.hear(2, 99, 0, 0);
        assert_eq!((books.expected(), books.missing()), (300, 199));
    }

    #[test]
    fn the_window_opens_once_all_have_heard() {
        let window = Rc::new(Semaphore::new(0));
        let plan = Plan::Channel {
            members: 2,
            senders: 1,
            echo: true,
        };
        let Ok(mut books) = Ledger::new(plan, 0, Some(Rc::clone(&window))) else {
            panic!("good bounds")
        };
        books.issue(0);
        books.hear(0, 0, 0, 0);
        assert_eq!(window.available_permits(), 0);
        books.hear(0, 1, 0, 0);
        books.refuse("busy".into());
        assert_eq!(window.available_permits(), 2);
    }
}
