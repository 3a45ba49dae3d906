//! All sessions are cut at once and come back, to messages that waited for them, while others go on
//! writing.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::sleep;

use crate::Result;
use crate::args::{Common, Pace, Storm};
use crate::bench::Bench;
use crate::flow::{self, DELIVERY_PATIENCE, Flow, Limit, Measured, Traffic};
use crate::plan::Plan;
use crate::report::{Report, StormFigures};
use crate::sessions;

/// Accounts that stay online and write to each other; an even number.
const BYSTANDERS: usize = 50;
/// Connections for each of the two flows.
const CONNECTIONS: usize = 16;

/// Opens all sessions, lets the bystanders write, cuts, writes to the absent, reconnects, and waits
/// until they have everything.
pub async fn run(common: &Common, storm: &Storm) -> Result<Report> {
    let crowd = 0..storm.sessions;
    let everybody = storm.sessions + BYSTANDERS;
    let bench = Bench::prepare(common, everybody, 2 * CONNECTIONS).await?;
    let before = bench.rss_bytes()?;
    let _bystanders = sessions::open(&bench, crowd.end..everybody, sessions::AT_ONCE).await?;
    let crowded = sessions::open(&bench, crowd.clone(), storm.concurrency).await?;
    let mut report = Report::of_sessions("storm", everybody, &bench, before)?;
    report.sessions = storm.sessions;

    let cpu = bench.cpu_micros()?;
    let plan = Plan::Pairs {
        first: storm.sessions,
        accounts: BYSTANDERS,
    };
    let mut steady = Flow::start(
        &bench,
        traffic(plan, Pace::PerSecond(storm.rate), Limit::NONE),
    )?;
    sleep(Duration::from_secs(common.warmup)).await;
    sessions::cut(crowded).await;
    eprintln!("cut {} sessions", storm.sessions);
    let missed = write_to_absent(&bench, storm).await?;

    let begin = bench.clock.micros();
    let _back = sessions::open(&bench, crowd, storm.concurrency).await?;
    let connected = bench.clock.micros();
    missed.delivered(Duration::from_secs(storm.patience)).await;
    steady.stop();
    steady.sent().await;
    steady.delivered(DELIVERY_PATIENCE).await;
    let measured = Measured {
        phase: steady.phase(),
        cpu_micros: flow::spent(cpu, bench.cpu_micros()?),
    };

    report.storm = Some(figures(&bench, missed.phase(), begin, connected));
    report.with_messages(&bench, &measured)
}

/// Every cut session gets its messages while it is away.
async fn write_to_absent(bench: &Rc<Bench>, storm: &Storm) -> Result<Flow> {
    let plan = Plan::Absent {
        absent: storm.sessions,
        writers: BYSTANDERS,
    };
    let limit = Limit::messages(storm.missed * storm.sessions as u64);
    let mut missed = Flow::start(bench, traffic(plan, Pace::Max, limit))?;
    missed.sent().await;
    Ok(missed)
}

fn traffic(plan: Plan, pace: Pace, limit: Limit) -> Traffic {
    Traffic {
        plan,
        pace,
        limit,
        connections: CONNECTIONS,
        window: None,
        size: 0,
        client_ids: false,
    }
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
