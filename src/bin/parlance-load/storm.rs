//! All sessions are cut at once and come back, to messages that waited for them, while others go on
//! writing.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::sleep;

use crate::Result;
use crate::args::{Common, Pace, Storm};
use crate::bench::Bench;
use crate::bystanders::{self, Bystanders};
use crate::dialect::Sending;
use crate::flow::{Flow, Limit, Traffic};
use crate::plan::Plan;
use crate::report::{Report, StormFigures};
use crate::sessions;

/// Accounts that stay online and write to each other; an even number.
const BYSTANDERS: usize = 50;
/// Accounts that write to those who are away.
const WRITERS: usize = 50;
/// Connections they write over.
const CONNECTIONS: usize = 16;

/// Opens all sessions, lets the bystanders write, cuts, writes to the absent, reconnects, and waits
/// until they have everything.
pub async fn run(common: &Common, storm: &Storm) -> Result<Report> {
    let crowd = 0..storm.sessions;
    let everybody = storm.sessions + WRITERS;
    let connections = CONNECTIONS + BYSTANDERS + bystanders::CONNECTIONS + sessions::FETCHING;
    let bench = Bench::prepare(common, 0..everybody, connections).await?;
    let before = bench.rss_bytes()?;
    let crowded = sessions::open(&bench, crowd.clone(), storm.concurrency).await?;
    let idle = Report::of_sessions("storm", storm.sessions, &bench, before)?;
    let _writers = match bench.dialect.sending() {
        Sending::Requests(_) => None,
        Sending::Sockets => {
            let writers = storm.sessions..everybody;
            Some(sessions::open(&bench, writers, storm.concurrency).await?)
        }
    };

    let accounts = everybody..everybody + BYSTANDERS;
    let steady = Bystanders::start(common, accounts, storm.rate).await?;
    sleep(Duration::from_secs(common.warmup)).await;
    sessions::cut(crowded).await;
    eprintln!("cut {} sessions", storm.sessions);
    let missed = write_to_absent(&bench, storm).await?;

    let begin = bench.clock.micros();
    let _back = sessions::open(&bench, crowd.clone(), storm.concurrency).await?;
    let connected = bench.clock.micros();
    sessions::catch_up(&bench, crowd, storm.missed).await?;
    missed.delivered(Duration::from_secs(storm.patience)).await;

    let mut report = steady.stop().await?.with_losses(&bench);
    report.scenario = idle.scenario;
    report.spoken = idle.spoken;
    report.sessions = idle.sessions;
    report.server.rss_bytes_per_session = idle.server.rss_bytes_per_session;
    report.storm = Some(figures(&bench, missed.phase(), begin, connected));
    Ok(report)
}

/// Every cut session gets its messages while it is away.
async fn write_to_absent(bench: &Rc<Bench>, storm: &Storm) -> Result<Flow> {
    let traffic = Traffic {
        plan: Plan::Absent {
            absent: storm.sessions,
            writers: WRITERS,
        },
        pace: Pace::Max,
        limit: Limit::messages(storm.missed * storm.sessions as u64),
        connections: CONNECTIONS,
        pipeline: 1,
        window: None,
        size: 0,
        client_ids: false,
    };
    let mut missed = Flow::start(bench, traffic)?;
    missed.sent().await;
    Ok(missed)
}

fn figures(bench: &Bench, missed: usize, begin: u64, connected: u64) -> StormFigures {
    let ledger = bench.ledger(missed);
    let since = |moment: u64| moment.saturating_sub(begin) as f64 / 1e6;
    StormFigures {
        connected_seconds: since(connected),
        synced_seconds: since(connected.max(ledger.last_delivery)),
        missed: ledger.acknowledged,
        missed_delivered: ledger.delivered,
    }
}
