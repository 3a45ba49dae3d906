//! Accounts that stay online and write to each other while something happens to others. They live
//! on a thread of their own: what keeps the other one busy must not show in their figures.

use std::ops::Range;
use std::thread;

use tokio::runtime::LocalRuntime;
use tokio::sync::oneshot;

use crate::Result;
use crate::args::{Common, Pace};
use crate::bench::Bench;
use crate::flow::{self, DELIVERY_PATIENCE, Flow, Limit, Measured, Traffic};
use crate::plan::Plan;
use crate::report::Report;
use crate::sessions;

/// Connections that they write over.
pub const CONNECTIONS: usize = 16;

/// The thread.
pub struct Bystanders {
    stop: oneshot::Sender<()>,
    report: oneshot::Receiver<Result<Report, String>>,
}

impl Bystanders {
    /// Signs these accounts in, an even number, opens their sockets, and has them write in pairs.
    /// Comes back once they do.
    pub async fn start(common: &Common, accounts: Range<usize>, rate: f64) -> Result<Self> {
        let common = common.clone();
        let (ready, is_ready) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let (done, report) = oneshot::channel();
        thread::Builder::new()
            .name("bystanders".to_owned())
            .spawn(move || {
                let outcome = LocalRuntime::new()
                    .map_err(Into::into)
                    .and_then(|runtime| {
                        runtime.block_on(run(&common, accounts, rate, ready, stopped))
                    })
                    .map_err(|error| error.to_string());
                // Nobody may be waiting any more.
                let _ = done.send(outcome);
            })?;
        let this = Self { stop, report };
        match is_ready.await {
            Ok(()) => Ok(this),
            Err(_) => match this.report.await? {
                Ok(_) => Err("the bystanders left early".into()),
                Err(error) => Err(error.into()),
            },
        }
    }

    /// Has them stop, and gives what they saw since they began.
    pub async fn stop(self) -> Result<Report> {
        // Who has ended by themselves says why.
        let _ = self.stop.send(());
        Ok(self.report.await??)
    }
}

async fn run(
    common: &Common,
    accounts: Range<usize>,
    rate: f64,
    ready: oneshot::Sender<()>,
    stopped: oneshot::Receiver<()>,
) -> Result<Report> {
    let count = accounts.len();
    let bench = Bench::prepare(common, accounts, CONNECTIONS).await?;
    let _sessions = sessions::open(&bench, 0..count, sessions::AT_ONCE).await?;
    let cpu = bench.cpu_micros()?;
    let traffic = Traffic {
        plan: Plan::Pairs { accounts: count },
        pace: Pace::PerSecond(rate),
        limit: Limit::NONE,
        connections: CONNECTIONS,
        pipeline: 1,
        window: None,
        size: 0,
        client_ids: false,
    };
    let mut flow = Flow::start(&bench, traffic)?;
    let _ = ready.send(());
    // Whoever is gone wants no more of it either.
    let _ = stopped.await;
    flow.stop();
    flow.sent().await;
    flow.delivered(DELIVERY_PATIENCE).await;
    let measured = Measured {
        phase: flow.phase(),
        cpu_micros: flow::spent(cpu, bench.cpu_micros()?),
    };
    Report::default().with_messages(&bench, &measured)
}
