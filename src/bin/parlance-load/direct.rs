//! Accounts in pairs write to each other.

use std::rc::Rc;

use crate::Result;
use crate::args::{Common, Direct, Pace};
use crate::bench::Bench;
use crate::flow::{self, Limit, Traffic};
use crate::plan::Plan;
use crate::report::Report;
use crate::sessions;

/// More connections than this do not make the node faster, only the generator slower.
const MOST_CONNECTIONS: usize = 200;

/// Opens the sessions, fills the store if asked to, warms up, measures.
pub async fn run(common: &Common, direct: &Direct) -> Result<Report> {
    let sending = &direct.sending;
    let connections = sending
        .connections
        .unwrap_or(direct.sessions.min(MOST_CONNECTIONS));
    let bench = Bench::prepare(common, 0..direct.sessions, connections).await?;
    let before = bench.rss_bytes()?;
    let _sessions = sessions::open(&bench, 0..direct.sessions, sessions::AT_ONCE).await?;
    let report = Report::of_sessions("direct", direct.sessions, &bench, before)?;
    let traffic = Traffic {
        plan: Plan::Pairs {
            accounts: direct.sessions,
        },
        pace: sending.rate,
        limit: Limit::NONE,
        connections,
        pipeline: sending.pipeline,
        window: sending.inflight,
        size: sending.size,
        client_ids: sending.client_ids,
    };
    if direct.stored > 0 {
        store(&bench, traffic.clone(), direct.stored).await?;
    }
    let measured = flow::measure(&bench, common, traffic).await?;
    report.with_messages(&bench, &measured)
}

async fn store(bench: &Rc<Bench>, traffic: Traffic, messages: u64) -> Result<()> {
    eprintln!("storing {messages} messages");
    let filling = Traffic {
        pace: Pace::Max,
        limit: Limit::messages(messages),
        ..traffic
    };
    let phase = flow::run(bench, filling).await?;
    let ledger = bench.ledger(phase);
    if ledger.acknowledged == messages {
        return Ok(());
    }
    let refusal = ledger
        .refusal
        .as_deref()
        .unwrap_or("the node stopped answering");
    Err(format!(
        "only {} of {messages} messages were stored: {refusal}",
        ledger.acknowledged
    )
    .into())
}
