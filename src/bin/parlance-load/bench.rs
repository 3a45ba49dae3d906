//! What everything on one thread of a run shares, hence cells instead of locks; no
//! borrow outlives a call.

use std::cell::{Cell, OnceCell, RefCell, RefMut};
use std::ops::Range;
use std::rc::{Rc, Weak};
use std::time::Duration;

use tokio::time::Instant;

use crate::Result;
use crate::accounts;
use crate::args::{Common, Wire};
use crate::dialect::{Account, Dialect, Recipient};
use crate::ledger::Ledger;
use crate::mark::Marks;
use crate::node::Node;
use crate::open_files;
use crate::plan::Target;
use crate::server::Server;
use crate::sessions::Gate;
use crate::wukong::Line;

/// Bytes taken from a socket at once: a burst of group messages in one system call.
const SCRATCH: usize = 64 << 10;
/// How many ended sessions are reported one by one.
const TOLD: u64 = 5;

/// Microseconds since the run began.
pub struct Clock(Instant);

impl Clock {
    /// Now.
    pub fn micros(&self) -> u64 {
        self.0.elapsed().as_micros() as u64
    }

    /// A moment of this clock as tokio's timers want it.
    pub fn instant(&self, micros: u64) -> Instant {
        self.0 + Duration::from_micros(micros)
    }
}

/// The node, the accounts and the books of a run.
pub struct Bench {
    /// Where the node is.
    pub node: Rc<Node>,
    /// How it is spoken to.
    pub dialect: Dialect,
    /// In which form, where there are several.
    pub wire: Wire,
    /// Where sockets are opened.
    pub gate: Gate,
    /// The run's clock.
    pub clock: Clock,
    /// The run's marks.
    pub marks: Marks,
    /// Everybody who takes part; a plan names them by their place here.
    pub accounts: Vec<Account>,
    /// The buffer that all sockets read into.
    pub scratch: RefCell<Vec<u8>>,
    /// The id of the run's channel.
    pub channel: OnceCell<String>,
    lines: RefCell<Vec<Weak<Line>>>,
    server: Option<Server>,
    ledgers: RefCell<Vec<Ledger>>,
    sessions_ended: Cell<u64>,
}

impl Bench {
    /// Checks what can be checked and signs in these accounts of the prefix. Each may have a socket,
    /// beside `connections` for requests.
    pub async fn prepare(
        common: &Common,
        accounts: Range<usize>,
        connections: usize,
    ) -> Result<Rc<Self>> {
        open_files::require(accounts.end + connections)?;
        let server = common.pid.map(Server::watch).transpose()?;
        let node = Rc::new(Node::from_url(&common.url)?);
        let accounts = accounts::sign_in(common, &node, accounts).await?;
        let somebody = accounts.first().ok_or("nobody takes part")?;
        let gate = common.dialect.gate(&node, somebody, common.wire).await?;
        Ok(Rc::new(Self {
            node,
            dialect: common.dialect,
            wire: common.wire,
            gate,
            clock: Clock(Instant::now()),
            marks: Marks::of_new_run(),
            lines: RefCell::new(accounts.iter().map(|_| Weak::new()).collect()),
            accounts,
            scratch: RefCell::new(vec![0; SCRATCH]),
            channel: OnceCell::new(),
            server,
            ledgers: RefCell::default(),
            sessions_ended: Cell::new(0),
        }))
    }

    /// Opens books for a flow and returns their index, the flow's phase.
    pub fn open_ledger(&self, ledger: Ledger) -> usize {
        let mut ledgers = self.ledgers.borrow_mut();
        ledgers.push(ledger);
        ledgers.len() - 1
    }

    /// The books of a flow.
    pub fn ledger(&self, phase: usize) -> RefMut<'_, Ledger> {
        RefMut::map(self.ledgers.borrow_mut(), |ledgers| &mut ledgers[phase])
    }

    /// Account `who` has opened a socket over which it can speak.
    pub fn connected(&self, who: usize, line: &Rc<Line>) {
        self.lines.borrow_mut()[who] = Rc::downgrade(line);
    }

    /// The socket of account `who`, if it is open and can speak.
    pub fn line(&self, who: usize) -> Option<Rc<Line>> {
        self.lines.borrow()[who].upgrade()
    }

    /// The session of account `who` was sent a message.
    pub fn hear(&self, who: usize, message: &[u8], now: u64) {
        let Some(mark) = self.marks.find(message) else {
            return;
        };
        if let Some(ledger) = self.ledgers.borrow_mut().get_mut(mark.phase) {
            ledger.hear(mark.number, who, mark.due, now);
        }
    }

    /// The session of account `who` ended although nobody here ended it.
    pub fn session_ended(&self, who: usize, reason: &str) {
        let before = self.sessions_ended.replace(self.sessions_ended.get() + 1);
        if before < TOLD {
            eprintln!("session {who} ended: {reason}");
        }
    }

    /// How many sessions ended although nobody here ended them.
    pub fn sessions_ended(&self) -> u64 {
        self.sessions_ended.get()
    }

    /// A sum over the books of all flows, those before the measurement included.
    pub fn total(&self, figure: impl FnMut(&Ledger) -> u64) -> u64 {
        self.ledgers.borrow().iter().map(figure).sum()
    }

    /// The id behind a plan's target.
    pub fn recipient(&self, target: Target) -> Recipient<'_> {
        match target {
            Target::Account(place) => Recipient::Account(&self.accounts[place].id),
            Target::Channel => Recipient::Channel(self.channel.get().map_or("", String::as_str)),
        }
    }

    /// CPU time of the node so far in microseconds, if its process is known.
    pub fn cpu_micros(&self) -> Result<Option<u64>> {
        self.server.as_ref().map(Server::cpu_micros).transpose()
    }

    /// Resident memory of the node, if its process is known.
    pub fn rss_bytes(&self) -> Result<Option<u64>> {
        self.server.as_ref().map(Server::rss_bytes).transpose()
    }
}
