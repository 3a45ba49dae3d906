//! A flow of messages from one plan at one pace. Where messages are sent by requests, they go over several connections with one
//! request in flight on each; otherwise over the senders' sockets, by one [`pump`].

mod pump;

use std::cell::{Cell, RefMut};
use std::io;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

use crate::Result;
use crate::args::{Common, Pace};
use crate::bench::Bench;
use crate::dialect::{Post, Requests, Sending};
use crate::http::{Answer, Http};
use crate::ledger::Ledger;
use crate::mark::Mark;
use crate::plan::Plan;
use pump::Pump;

/// How long acknowledged messages may be on their way once sending has stopped.
pub const DELIVERY_PATIENCE: Duration = Duration::from_secs(10);
/// How often progress is told, and after how many times without any the flow is given up.
const TICK: Duration = Duration::from_secs(2);
const IDLE_TICKS: u32 = 15;
/// How often missing deliveries are counted.
const POLL: Duration = Duration::from_millis(20);
/// A connection that was refused waits, so that a stopped node is not hammered.
const BREATH: Duration = Duration::from_millis(10);

/// What to send.
#[derive(Clone)]
pub struct Traffic {
    /// Who writes to whom.
    pub plan: Plan,
    /// How fast.
    pub pace: Pace,
    /// How much.
    pub limit: Limit,
    /// On how many connections, where messages are sent by requests.
    pub connections: usize,
    /// How many a sender sends before it has answers, at full speed over its socket.
    pub pipeline: usize,
    /// At full speed, how many messages may be sent and not yet delivered.
    pub window: Option<usize>,
    /// Bytes of text.
    pub size: usize,
    /// Whether messages carry a client id.
    pub client_ids: bool,
}

/// When a flow ends; whichever comes first.
#[derive(Clone, Copy)]
pub struct Limit {
    messages: u64,
    time: Duration,
}

impl Limit {
    /// Until somebody stops it, for a day at most.
    pub const NONE: Self = Self {
        messages: u64::MAX,
        time: Duration::from_secs(86_400),
    };

    /// After so many messages.
    pub fn messages(messages: u64) -> Self {
        Self {
            messages,
            ..Self::NONE
        }
    }

    /// After so long.
    pub fn time(time: Duration) -> Self {
        Self { time, ..Self::NONE }
    }
}

/// What a measured flow has left behind.
pub struct Measured {
    /// The index of its books.
    pub phase: usize,
    /// CPU time the node used from its first message to its last delivery, if its process is known.
    pub cpu_micros: Option<u64>,
}

/// Sends unmeasured to warm up, then measured, and waits for the deliveries.
pub async fn measure(bench: &Rc<Bench>, common: &Common, traffic: Traffic) -> Result<Measured> {
    if common.warmup > 0 {
        eprintln!("warming up");
        let limit = Limit::time(Duration::from_secs(common.warmup));
        run(
            bench,
            Traffic {
                limit,
                ..traffic.clone()
            },
        )
        .await?;
    }
    eprintln!("measuring");
    let before = bench.cpu_micros()?;
    let phase = run(
        bench,
        Traffic {
            limit: Limit::time(common.measured()),
            ..traffic
        },
    )
    .await?;
    Ok(Measured {
        phase,
        cpu_micros: spent(before, bench.cpu_micros()?),
    })
}

/// The difference of two readings of a counter.
pub fn spent(before: Option<u64>, after: Option<u64>) -> Option<u64> {
    after
        .zip(before)
        .map(|(after, before)| after.saturating_sub(before))
}

/// Sends everything, waits for the deliveries, and returns the index of the books.
pub async fn run(bench: &Rc<Bench>, traffic: Traffic) -> Result<usize> {
    let mut flow = Flow::start(bench, traffic)?;
    flow.sent().await;
    flow.delivered(DELIVERY_PATIENCE).await;
    Ok(flow.phase())
}

/// A flow under way. Dropping it stops it at once.
pub struct Flow {
    shared: Rc<Shared>,
    couriers: JoinSet<()>,
}

impl Flow {
    /// Begins to send.
    pub fn start(bench: &Rc<Bench>, traffic: Traffic) -> Result<Self> {
        let begin = bench.clock.micros();
        let window = traffic
            .window
            .filter(|_| traffic.pace == Pace::Max)
            .map(|size| Rc::new(Semaphore::new(size)));
        let phase = bench.open_ledger(Ledger::new(traffic.plan, begin, window.clone())?);
        let end = begin + traffic.limit.time.as_micros() as u64;
        let connections = traffic.connections;
        let stopped = Cell::new(false);
        let shared = Rc::new(Shared {
            bench: Rc::clone(bench),
            traffic,
            phase,
            begin,
            end,
            window,
            stopped,
        });
        let mut couriers = JoinSet::new();
        match bench.dialect.sending() {
            Sending::Requests(api) => {
                for nth in 0..connections {
                    couriers.spawn_local(Courier::new(Rc::clone(&shared), api, nth).run());
                }
            }
            Sending::Sockets => {
                couriers.spawn_local(Pump::new(Rc::clone(&shared))?.run());
            }
        }
        Ok(Self { shared, couriers })
    }

    /// The index of its books.
    pub fn phase(&self) -> usize {
        self.shared.phase
    }

    /// Ends the sending.
    pub fn stop(&self) {
        self.shared.stopped.set(true);
    }

    /// Waits until everything is sent and answered, or nothing has moved for half a minute.
    pub async fn sent(&mut self) {
        let (mut before, mut idle) = (0, 0);
        loop {
            match timeout(TICK, self.couriers.join_next()).await {
                Ok(None) => return,
                Ok(Some(_)) => {}
                Err(_) => {
                    let (acknowledged, delivered) = self.progress();
                    eprintln!("{acknowledged} acknowledged, {delivered} delivered");
                    idle = if acknowledged + delivered == before {
                        idle + 1
                    } else {
                        0
                    };
                    before = acknowledged + delivered;
                    if idle == IDLE_TICKS {
                        self.couriers.abort_all();
                    }
                }
            }
        }
    }

    fn progress(&self) -> (u64, u64) {
        let ledger = self.shared.ledger();
        (ledger.acknowledged, ledger.delivered)
    }

    /// Waits until everything acknowledged has been delivered, but no longer than this.
    pub async fn delivered(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        while !self.shared.ledger().is_complete() && Instant::now() < deadline {
            sleep(POLL).await;
        }
    }
}

/// What the couriers of a flow share.
struct Shared {
    bench: Rc<Bench>,
    traffic: Traffic,
    phase: usize,
    begin: u64,
    end: u64,
    window: Option<Rc<Semaphore>>,
    stopped: Cell<bool>,
}

/// One message to send: its number, and when.
#[derive(Clone, Copy)]
struct Turn {
    number: u64,
    due: u64,
}

impl Shared {
    fn ledger(&self) -> RefMut<'_, Ledger> {
        self.bench.ledger(self.phase)
    }

    /// The next message, once it is due; none when the flow is over. On a schedule, a message that
    /// finds every connection busy goes out late and its wait counts: the schedule does not bend to
    /// the node.
    async fn next(&self) -> Option<Turn> {
        self.room().await?;
        let turn = self.claim()?;
        if self.traffic.pace != Pace::Max {
            sleep_until(self.bench.clock.instant(turn.due)).await;
        }
        (!self.stopped.get()).then_some(turn)
    }

    async fn room(&self) -> Option<()> {
        let Some(window) = &self.window else {
            return Some(());
        };
        if let Ok(permit) = window.try_acquire() {
            permit.forget();
            return Some(());
        }
        let end = self.bench.clock.instant(self.end);
        timeout_at(end, window.acquire()).await.ok()?.ok()?.forget();
        Some(())
    }

    fn has_room(&self) -> bool {
        let window = self.window.as_ref();
        window.is_none_or(|window| window.available_permits() > 0)
    }

    fn claim(&self) -> Option<Turn> {
        let number = self.ledger().issued();
        self.take(number)
    }

    /// A message, unless the flow is over.
    fn take(&self, number: u64) -> Option<Turn> {
        let due = self.due(number);
        if self.stopped.get() || due >= self.end || number >= self.traffic.limit.messages {
            return None;
        }
        self.ledger().issue(number);
        Some(Turn { number, due })
    }

    fn due(&self, number: u64) -> u64 {
        match self.traffic.pace {
            Pace::Max => self.bench.clock.micros(),
            Pace::PerSecond(rate) => self.begin + (number as f64 * 1e6 / rate) as u64,
        }
    }

    fn mark(&self, turn: Turn) -> Mark {
        Mark {
            phase: self.phase,
            number: turn.number,
            due: turn.due,
        }
    }

    /// Writes a message's text, and says how much of it is its mark.
    fn write_text(&self, turn: Turn, text: &mut Vec<u8>) -> io::Result<usize> {
        text.clear();
        self.bench.marks.write(self.mark(turn), text)?;
        let mark = text.len();
        text.resize(self.traffic.size.max(mark), b'.');
        Ok(mark)
    }
}

/// One connection and its buffers.
struct Courier {
    shared: Rc<Shared>,
    api: Requests,
    http: Http,
    text: Vec<u8>,
    json: Vec<u8>,
}

impl Courier {
    fn new(shared: Rc<Shared>, api: Requests, nth: usize) -> Self {
        let http = Http::new(Rc::clone(&shared.bench.node), nth);
        Self {
            shared,
            api,
            http,
            text: Vec::new(),
            json: Vec::new(),
        }
    }

    async fn run(mut self) {
        let (shared, accepted) = (Rc::clone(&self.shared), self.api.accepted);
        while let Some(turn) = shared.next().await {
            shared.ledger().sent += 1;
            let refusal = match self.post(turn).await {
                Ok(answer) if accepted(&answer) => None,
                Ok(answer) => Some(answer.to_string()),
                Err(error) => Some(error.to_string()),
            };
            if let Some(answer) = refusal {
                shared.ledger().refuse(answer);
                sleep(BREATH).await;
            } else {
                shared
                    .ledger()
                    .acknowledge(turn.number, turn.due, shared.bench.clock.micros());
            }
        }
    }

    async fn post(&mut self, turn: Turn) -> io::Result<Answer<'_>> {
        let Self {
            shared,
            api,
            http,
            text,
            json,
        } = self;
        let Shared { bench, traffic, .. } = &**shared;
        let mark = shared.write_text(turn, text)?;
        let post = Post {
            to: bench.recipient(traffic.plan.target(turn.number)),
            text,
            client_id: traffic.client_ids.then_some(&text[..mark]),
        };
        let sender = &bench.accounts[traffic.plan.sender(turn.number)];
        let request = (api.post)(sender, &post, json)?;
        http.call(&request).await
    }
}
