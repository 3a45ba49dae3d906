//! Sessions that do nothing: what does one cost?

use std::time::Duration;

use tokio::time::sleep;

use crate::Result;
use crate::args::{Common, Idle};
use crate::bench::Bench;
use crate::report::Report;
use crate::sessions;

/// Opens the sessions, holds them, and compares the node's memory with that before the first was
/// opened, all accounts existing.
pub async fn run(common: &Common, idle: &Idle) -> Result<Report> {
    let bench = Bench::prepare(common, 0..idle.sessions, 0).await?;
    let before = bench.rss_bytes()?;
    let _sessions = sessions::open(&bench, 0..idle.sessions, sessions::AT_ONCE).await?;
    eprintln!("holding them for {} s", idle.hold);
    sleep(Duration::from_secs(idle.hold)).await;
    let report = Report::of_sessions("idle", idle.sessions, &bench, before)?.with_losses(&bench);
    Ok(Report {
        seconds: idle.hold as f64,
        ..report
    })
}
