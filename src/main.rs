//! The `parlance` command: reads the configuration, starts the log, and runs what was asked for.

use actix::System;
use clap::{Args, Parser, Subcommand};
use env_logger::fmt::Formatter;
use log::kv::{self, VisitSource};
use parlance::config::{Config, LogFormat, Overrides, Problem, open_file_limit};
use parlance::error::{Error, Result};
use parlance::node::{self, Node};
use rand::distr::{Alphanumeric, SampleString};
use serde_json::{Map, Value};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Exit code of a wrong command line or configuration; clap uses the same.
const USAGE: u8 = 2;
/// Below this soft limit of open files a node soon turns connections away.
const FEW_FILES: u64 = 4096;
/// The administrator that the first start creates.
const ADMIN: &str = "admin";
const PASSWORD_LENGTH: usize = 20;

const EXAMPLES: &str = "\
Examples:
  parlance                                       serve on 127.0.0.1:8080, everything in ./data
  parlance --listen 0.0.0.0:80 --data-dir /srv/chat
  parlance --database-url mysql://user:password@localhost/chat
  parlance --config parlance.toml --check        show what would be used, and what is wrong
  parlance admin passwd                          give the administrator a new password
  PARLANCE__LOG__FORMAT=json parlance            every setting is also an environment variable

Settings come from the defaults, the TOML file, the environment (PARLANCE__SECTION__KEY) and the flags; later ones win.
Exit codes: 0 all went well, 1 a fault, 2 a wrong command line or configuration.";

/// A self-hosted real-time messaging node.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args)]
struct Settings {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Directory of secrets, files and the SQLite database, created if need be [default: data]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<String>,
    /// sqlite:PATH or mysql://user:password@host/database [default: a SQLite file in the data directory]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// TOML file with settings
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Check the settings, print them without secrets, and do nothing else
    #[arg(long, global = true)]
    check: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Run the node (the default)
    Serve,
    /// Help an administrator who is locked out
    Admin {
        #[command(subcommand)]
        task: AdminTask,
    },
    /// Bring the database's schema up to date, as every start does
    Migrate,
}

#[derive(Subcommand)]
enum AdminTask {
    /// Set an administrator's password: a new one, which is printed, or one from standard input
    Passwd {
        /// The administrator's name
        #[arg(default_value = ADMIN)]
        name: String,
        /// Read the password from the first line of standard input
        #[arg(long)]
        stdin: bool,
    },
}

fn main() -> ExitCode {
    let Cli { settings, command } = Cli::parse();
    let check = settings.check;
    let config = match load(settings) {
        Ok(config) => config,
        Err(problems) => {
            for problem in problems {
                eprintln!("{problem}");
            }
            return ExitCode::from(USAGE);
        }
    };
    if check {
        say(config.effective().trim_end());
        return ExitCode::SUCCESS;
    }
    start_log(&config);
    let outcome = match command.unwrap_or(Command::Serve) {
        Command::Serve => System::new().block_on(serve(config)),
        Command::Admin {
            task: AdminTask::Passwd { name, stdin },
        } => set_password(&config, &name, stdin),
        Command::Migrate => migrate(&config),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            log::error!("{fault}");
            ExitCode::FAILURE
        }
    }
}

fn load(settings: Settings) -> Result<Config, Vec<Problem>> {
    let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    let env = std::env::vars_os().map(|(name, value)| (lossy(name), lossy(value)));
    let overrides = Overrides {
        listen: settings.listen,
        data_dir: settings.data_dir,
        database_url: settings.database_url,
    };
    Config::load(settings.config.as_deref(), env, overrides)
}

async fn serve(config: Config) -> Result<()> {
    let mut signals = Signals::new().map_err(Error::internal)?;
    warn(&config);
    let node = Node::start(config).await?;
    say(&format!("parlance listens on http://{}", node.address()));
    if let Some(address) = node.wukong_tcp() {
        say(&format!("wukong over TCP: {address}"));
    }
    if let Some(address) = node.wukong_ws() {
        say(&format!("wukong over WebSocket: ws://{address}"));
    }
    if let Some(password) = node.first_password() {
        say(&format!(
            "administrator: {ADMIN}, password: {password} (shown only this once)"
        ));
    }
    tokio::select! {
        outcome = node.stopped() => return outcome,
        () = signals.next() => log::info!("stopping; a second signal ends at once"),
    }
    tokio::select! {
        () = node.stop() => Ok(()),
        () = signals.next() => std::process::exit(1),
    }
}

fn warn(config: &Config) {
    if let Some(limit) = open_file_limit().filter(|limit| *limit < FEW_FILES) {
        log::warn!(
            "only {limit} files may be open, connections among them; raise it with `ulimit -n` or LimitNOFILE="
        );
    }
    if !config.auth.fixed_code.is_empty() {
        log::warn!(
            "auth.fixed_code is set: whoever knows it can enter any account; it is for tests only"
        );
    }
}

fn set_password(config: &Config, name: &str, stdin: bool) -> Result<()> {
    let password = if stdin {
        read_password()?
    } else {
        Alphanumeric.sample_string(&mut rand::rng(), PASSWORD_LENGTH)
    };
    System::new().block_on(node::set_admin_password(config, name, &password))?;
    if !stdin {
        say(&format!(
            "administrator: {name}, password: {password} (shown only this once)"
        ));
    }
    Ok(())
}

fn read_password() -> Result<String> {
    let mut line = String::new();
    io::stdin().read_line(&mut line).map_err(Error::internal)?;
    match line.trim_end_matches(['\r', '\n']) {
        "" => Err(Error::invalid("there is no password on standard input")),
        password => Ok(password.to_owned()),
    }
}

fn migrate(config: &Config) -> Result<()> {
    let (from, to) = node::migrate(config)?;
    if from == to {
        say(&format!("the schema is up to date: {to}"));
    } else {
        say(&format!("the schema went from {from} to {to}"));
    }
    Ok(())
}

/// Prints a line. Nobody may be reading: that is no reason to end.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// What asks this process to end.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

fn start_log(config: &Config) {
    let mut log = env_logger::Builder::new();
    log.parse_filters(&config.log.level);
    match config.log.format {
        LogFormat::Plain => log.format_timestamp_millis(),
        LogFormat::Json => log.format(json_line),
    };
    log.init();
}

fn json_line(to: &mut Formatter, record: &log::Record<'_>) -> io::Result<()> {
    let mut line = Map::new();
    line.insert("ts".to_owned(), to.timestamp_millis().to_string().into());
    line.insert("level".to_owned(), record.level().as_str().into());
    line.insert("target".to_owned(), record.target().into());
    line.insert("msg".to_owned(), record.args().to_string().into());
    let mut pairs = Pairs(line);
    let visited = record.key_values().visit(&mut pairs);
    visited.map_err(|fault| io::Error::other(fault.to_string()))?;
    writeln!(to, "{}", Value::Object(pairs.0))
}

/// A record's own pairs, beside the fields every line has.
struct Pairs(Map<String, Value>);

impl<'kvs> VisitSource<'kvs> for Pairs {
    fn visit_pair(&mut self, key: kv::Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        let value = if let Some(yes) = value.to_bool() {
            yes.into()
        } else if let Some(number) = value.to_i64() {
            number.into()
        } else if let Some(number) = value.to_f64() {
            number.into()
        } else {
            value.to_string().into()
        };
        self.0.entry(key.as_str()).or_insert(value);
        Ok(())
    }
}
