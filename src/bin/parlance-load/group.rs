//! One group, everybody online.

use std::rc::Rc;

use crate::Result;
use crate::args::{Common, Group};
use crate::bench::Bench;
use crate::flow::{self, Limit, Traffic};
use crate::http::Http;
use crate::plan::Plan;
use crate::report::Report;
use crate::sessions;

/// Each message costs the node a delivery per member, so a few connections saturate it.
const MOST_CONNECTIONS: usize = 16;
/// Well below what a session may have waiting in the node before it is cut as too slow.
const WINDOW: usize = 64;

/// Creates the group, opens the sessions, warms up, measures, dissolves the group.
pub async fn run(common: &Common, group: &Group) -> Result<Report> {
    let sending = &group.sending;
    let connections = sending.connections.unwrap_or(MOST_CONNECTIONS);
    let bench = Bench::prepare(common, 0..group.members, connections).await?;
    let mut http = Http::new(Rc::clone(&bench.node), 0);
    let owner = &bench.accounts[0];
    let others: Vec<&str> = bench.accounts[1..]
        .iter()
        .map(|account| account.id.as_str())
        .collect();
    let id = bench
        .dialect
        .create_channel(&mut http, owner, &others)
        .await?;
    let id = bench.channel.get_or_init(|| id);
    let before = bench.rss_bytes()?;
    let _sessions = sessions::open(&bench, 0..group.members, sessions::AT_ONCE).await?;
    let report = Report::of_sessions("group", group.members, &bench, before)?;
    let traffic = Traffic {
        plan: Plan::Channel {
            members: group.members,
            senders: group.senders.min(group.members),
            echo: bench.dialect.echoes(),
        },
        pace: sending.rate,
        limit: Limit::NONE,
        connections,
        pipeline: sending.pipeline,
        window: Some(sending.inflight.unwrap_or(WINDOW)),
        size: sending.size,
        client_ids: sending.client_ids,
    };
    let measured = flow::measure(&bench, common, traffic).await?;
    let report = report.with_messages(&bench, &measured)?;
    bench.dialect.dissolve_channel(&mut http, owner, id).await?;
    Ok(report)
}
