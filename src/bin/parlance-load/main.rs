//! The load generator: it signs accounts in, opens their sockets, sends, listens, and prints one
//! JSON line that says what was acknowledged, what arrived, what was lost or arrived twice, and
//! what it cost the node.
//!
//! It knows the node only through its public HTTP API and sockets, so a figure it prints is one
//! that any client would see. It shares its machine with the node under test, so every cycle it
//! burns is missing in the figure. That is why its HTTP and WebSocket clients are written by hand
//! although good libraries exist: one thread and runtime, no locks, reused buffers, no allocation
//! and no JSON parsing per message (but for JSON-RPC). A message carries its identity as text in its body ([`mark`]),
//! which a substring search finds again in whatever frame the node pushes; where bodies are encrypted, also as the client's id.
//!
//! | module | what it is |
//! |---|---|
//! | `idle` `direct` `group` `storm` | the scenarios, one file each |
//! | `bench` | what a run shares: the node, the accounts, the ledgers, the clock |
//! | `flow`, `plan`, `ledger`, `mark` | sending at a pace; who writes to whom; the books; the identity of a message |
//! | `bystanders` | the others in a storm, on a thread of their own |
//! | `sessions`, `accounts` | opening sockets, signing in |
//! | `dialect`, `freeim`, `wukong` | how things are said in a dialect |
//! | `desk` | where sockets report to the flow that they were answered |
//! | `http`, `ws`, `rest`, `node` | bytes on connections |
//! | `server`, `open_files`, `report` | `/proc`, and the JSON line |

mod accounts;
mod args;
mod bench;
mod bystanders;
mod desk;
mod dialect;
mod direct;
mod flow;
mod freeim;
mod group;
mod http;
mod idle;
mod ledger;
mod mark;
mod node;
mod open_files;
mod plan;
mod report;
mod rest;
mod server;
mod sessions;
mod storm;
mod ws;
mod wukong;

use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::LocalRuntime;

use args::{Args, Scenario};
use report::Report;

/// Whatever stops a run is told to the person who started it, in words.
type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Exit codes: 0 all arrived once; 1 something was lost, doubled, strayed or cut; 2 the run could
/// not be done.
fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("parlance-load: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<bool> {
    let report: Report = LocalRuntime::new()?.block_on(async {
        match &args.scenario {
            Scenario::Idle(idle) => idle::run(&args.common, idle).await,
            Scenario::Direct(direct) => direct::run(&args.common, direct).await,
            Scenario::Group(group) => group::run(&args.common, group).await,
            Scenario::Storm(storm) => storm::run(&args.common, storm).await,
        }
    })?;
    println!("{}", serde_json::to_string(&report)?);
    Ok(report.is_clean())
}
