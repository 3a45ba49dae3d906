//! The command line.

use std::str::FromStr;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::dialect::Dialect;

const EXAMPLES: &str = "\
The node under test needs its rate limits off (every key of its [limits] section 0), and, for sign-in without
passwords, a fixed code (auth.fixed_code) that --code repeats. With PID=$(pidof parlance):

  parlance-load idle 10000 --hold 30 --code 12345 --pid $PID
  parlance-load direct --sessions 2000 --rate max --seconds 20 --code 12345 --pid $PID
  parlance-load direct --sessions 2000 --rate 5000 --code 12345 --pid $PID
  parlance-load direct --sessions 2000 --rate max --stored 3000000 --code 12345 --pid $PID
  parlance-load group --members 500 --rate max --code 12345 --pid $PID
  parlance-load group --members 500 --rate 200 --code 12345 --pid $PID     (100,000 deliveries/s)
  parlance-load storm 10000 --code 12345 --pid $PID

With --dialect wukong every account sends over its own socket. Accounts register with a password (no --code), so give
the node PARLANCE__AUTH__BCRYPT_COST=4 beside the limits of 0. The accounts are no friends, so it also needs
PARLANCE__WUKONG__REQUIRE_FRIEND=false, and for `group` PARLANCE__WUKONG__FRIENDS_IN_GROUPS_ONLY=false and
PARLANCE__WUKONG__GROUPS_PER_DAY=0; for --tcp PARLANCE__WUKONG__TCP_LISTEN=127.0.0.1:5100:

  parlance-load direct --dialect wukong --sessions 200 --pipeline 16 --rate max --pid $PID
  parlance-load direct --dialect wukong --sessions 200 --rate 10000 --pid $PID
  parlance-load direct --dialect wukong --sessions 200 --rate 10000 --clear --pid $PID    (or --tcp, or --rpc)
  parlance-load group --dialect wukong --members 500 --rate 200 --pid $PID

There, a message's sender does not hear it, every message has a client id, and after a storm what was missed is fetched
as clients do, with one request each, once all are connected.

One JSON line goes to standard output, progress to standard error. Exit code 1 when a message was lost, doubled or
heard by the wrong session, or a session was cut; 2 when the run could not be done.";

/// Puts load on a running Parlance node through its public API, and reports what it did.
#[derive(Parser, Debug)]
#[command(name = "parlance-load", version, after_help = EXAMPLES)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub scenario: Scenario,
    /// What every scenario needs.
    #[command(flatten)]
    pub common: Common,
}

/// The flags that every scenario understands.
#[derive(clap::Args, Clone, Debug)]
pub struct Common {
    /// Address of the node; plain HTTP only
    #[arg(long, global = true, default_value = "http://127.0.0.1:8080")]
    pub url: String,
    /// API to speak
    #[arg(long, global = true, value_enum, default_value_t = Dialect::Freeim)]
    pub dialect: Dialect,
    /// Process id of the node, on this machine: adds its CPU time and memory to the report
    #[arg(long, global = true)]
    pub pid: Option<u32>,
    /// The node's auth.fixed_code: sign in with it by phone number; without it accounts register
    /// with a password, which costs the node one bcrypt each
    #[arg(long, global = true)]
    pub code: Option<String>,
    /// Password of accounts registered without --code
    #[arg(long, global = true, default_value = "parlance-load")]
    pub password: String,
    /// First characters of every account's name, before eight digits; the same prefix means the
    /// same accounts
    #[arg(long, global = true, default_value = "199", value_parser = prefix)]
    pub accounts_prefix: String,
    /// Which form of the dialect's socket protocol to speak.
    #[command(flatten)]
    pub wire: Wire,
    /// Seconds of measured sending
    #[arg(long, global = true, default_value_t = 10)]
    pub seconds: u64,
    /// Seconds of sending before the measurement
    #[arg(long, global = true, default_value_t = 2)]
    pub warmup: u64,
}

/// Forms of WuKong's socket protocol; without any it is the binary one, encrypted, over WebSocket.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub struct Wire {
    /// wukong: over bare TCP instead of WebSocket
    #[arg(long, global = true, conflicts_with = "rpc")]
    pub tcp: bool,
    /// wukong: send payloads in clear (the noEncrypt bit of the setting); the node encrypts what it
    /// tells all the same
    #[arg(long, global = true, conflicts_with = "rpc")]
    pub clear: bool,
    /// wukong: the JSON-RPC form, which encrypts nothing
    #[arg(long, global = true)]
    pub rpc: bool,
}

impl Common {
    /// How long to measure.
    pub fn measured(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

/// The scenarios.
#[derive(Subcommand, Debug)]
pub enum Scenario {
    /// Open sessions and leave them alone: what does one cost?
    Idle(Idle),
    /// Accounts in pairs write to each other and listen on their sockets
    Direct(Direct),
    /// One group, everybody online: each message reaches every member, with freeim its sender, too
    Group(Group),
    /// Cut all sessions at once, write to them while they are away, let all come back
    Storm(Storm),
}

/// `idle N`
#[derive(clap::Args, Debug)]
pub struct Idle {
    /// Number of sessions, one account each
    #[arg(value_name = "N", value_parser = at_least_one)]
    pub sessions: usize,
    /// Seconds to keep them open before the node's memory is read
    #[arg(long, default_value_t = 10)]
    pub hold: u64,
}

/// `direct`
#[derive(clap::Args, Debug)]
pub struct Direct {
    /// Number of sessions, one account each, in pairs
    #[arg(long, value_name = "N", value_parser = even)]
    pub sessions: usize,
    /// Messages to store, unmeasured, before the measurement
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub stored: u64,
    /// How to send.
    #[command(flatten)]
    pub sending: Sending,
}

/// `group`
#[derive(clap::Args, Debug)]
pub struct Group {
    /// Number of members, one session each
    #[arg(long, value_name = "M", value_parser = at_least_one)]
    pub members: usize,
    /// Number of members that write
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = at_least_one)]
    pub senders: usize,
    /// How to send.
    #[command(flatten)]
    pub sending: Sending,
}

/// `storm N`
#[derive(clap::Args, Debug)]
pub struct Storm {
    /// Number of sessions to cut
    #[arg(value_name = "N", value_parser = at_least_one)]
    pub sessions: usize,
    /// Sessions that may be connecting at the same time
    #[arg(long, default_value_t = 256, value_parser = at_least_one)]
    pub concurrency: usize,
    /// Direct messages per second between accounts that stay online; their acknowledgements are the
    /// ack figures
    #[arg(long, default_value = "200", value_parser = paced)]
    pub rate: f64,
    /// Messages that wait for every cut session
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(..=1000))]
    pub missed: u64,
    /// Seconds the sessions have to catch up once all are connected
    #[arg(long, default_value_t = 60)]
    pub patience: u64,
}

/// How `direct` and `group` send.
#[derive(clap::Args, Debug)]
pub struct Sending {
    /// Messages per second, sent on schedule whatever the answers (latency counts from the
    /// scheduled time); or `max`, each connection sending as soon as it has an answer
    #[arg(long, value_name = "R|max", default_value = "max")]
    pub rate: Pace,
    /// freeim: HTTP connections to send on, one request in flight on each [default: direct
    /// min(N, 200), group 16]
    #[arg(long, value_name = "C", value_parser = at_least_one)]
    pub connections: Option<usize>,
    /// wukong, at `max`: messages that a sender sends before it has answers; the node takes 64 of
    /// a socket at a time
    #[arg(long, value_name = "K", default_value_t = 8, value_parser = pipeline)]
    pub pipeline: usize,
    /// At `max`: messages sent and not yet delivered to everybody; sending waits at this number, so
    /// that deliveries are saturated and no session's queue in the node runs over [default: direct
    /// unlimited, group 64]
    #[arg(long, value_name = "K", value_parser = at_least_one)]
    pub inflight: Option<usize>,
    /// Bytes of text in a message
    #[arg(long, value_name = "BYTES", default_value_t = 64)]
    pub size: usize,
    /// freeim: send a client id with every message, as a client does that wants to repeat safely
    #[arg(long)]
    pub client_ids: bool,
}

/// How fast to send.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// As fast as answers come.
    Max,
    /// On schedule, in messages per second.
    PerSecond(f64),
}

impl FromStr for Pace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            Ok(Self::Max)
        } else {
            paced(text).map(Self::PerSecond)
        }
    }
}

fn paced(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate >= 1.0 => Ok(rate),
        _ => Err("a number of at least 1 per second".to_owned()),
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number >= 1 => Ok(number),
        _ => Err("a whole number of at least 1".to_owned()),
    }
}

fn pipeline(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (1..=64).contains(&number) => Ok(number),
        _ => Err("a whole number from 1 to 64".to_owned()),
    }
}

fn even(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(number) if number >= 2 && number.is_multiple_of(2) => Ok(number),
        _ => Err("an even number of at least 2".to_owned()),
    }
}

/// Names go into a query string unescaped and are at most 50 characters long.
fn prefix(text: &str) -> Result<String, String> {
    if text.len() <= 40 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        Ok(text.to_owned())
    } else {
        Err("at most 40 ASCII letters and digits".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn common_flags_may_follow_the_scenario() {
        let line = [
            "parlance-load",
            "direct",
            "--sessions",
            "20",
            "--rate",
            "5000",
            "--pid",
            "7",
            "--inflight",
            "9",
        ];
        let args = Args::try_parse_from(line).map_err(|error| error.to_string());
        let Ok(Args {
            scenario: Scenario::Direct(direct),
            common,
        }) = args
        else {
            panic!("a good line")
        };
        assert_eq!(
            (direct.sessions, direct.sending.rate, common.pid),
            (20, Pace::PerSecond(5000.0), Some(7))
        );
        assert_eq!(direct.sending.inflight, Some(9));
    }

    #[test]
    fn json_rpc_is_neither_in_clear_nor_over_tcp() {
        let parse = |more: &[&str]| {
            let line = ["parlance-load", "idle", "5", "--dialect", "wukong"];
            Args::try_parse_from(line.iter().chain(more))
        };
        assert!(parse(&["--rpc", "--tcp"]).is_err() && parse(&["--clear", "--rpc"]).is_err());
        let both = parse(&["--tcp", "--clear"]).map(|args| args.common.wire);
        assert!(both.is_ok_and(|wire| wire.tcp && wire.clear && !wire.rpc));
    }

    #[test]
    fn sessions_of_pairs_are_even_and_rates_are_positive() {
        assert!(even("7").is_err() && even("0").is_err() && even("8").is_ok());
        assert!("0".parse::<Pace>().is_err() && "nan".parse::<Pace>().is_err());
        assert_eq!("max".parse(), Ok(Pace::Max));
    }
}
