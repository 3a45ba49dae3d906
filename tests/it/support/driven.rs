//! Real clients: libraries that were written for other servers, unmodified, each user of one in a process of its own.
//! `scripts/test` builds them; what they tell their applications is kept as a transcript.

use super::PATIENCE;
use serde_json::Value;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// Which directory the built clients are in.
const CLIENTS: &str = "PARLANCE_TEST_CLIENTS";

/// Where the built clients are, if they were built: without them their tests have nothing to do.
pub fn built() -> Option<PathBuf> {
    std::env::var_os(CLIENTS).map(PathBuf::from)
}

/// The program of a bundle for Node.
pub fn bundle(built: &Path, name: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(built.join(name));
    command
}

/// A process that is driven by lines of JSON and tells lines of JSON. Ends with this value.
pub struct Driven {
    name: String,
    _child: Child,
    stdin: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
    /// What it told that nobody asked for yet.
    heard: Vec<Value>,
    transcript: File,
}

impl Driven {
    /// Starts a client for somebody of this name in a test of that name.
    pub async fn start(command: &mut Command, test: &str, name: &str) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the client does not start");
        let stdin = child.stdin.take().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut client = Self {
            name: name.to_owned(),
            _child: child,
            stdin,
            said,
            heard: Vec::new(),
            transcript: transcript(test, name),
        };
        client.hears("ready", |_| true).await;
        client
    }

    /// The first event of this kind that fits, of those that were not asked for before.
    pub async fn hears(&mut self, event: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let fits = |value: &Value| value["event"] == event && fits(value);
        if let Some(place) = self.heard.iter().position(&fits) {
            return self.heard.remove(place);
        }
        loop {
            let value = self.read().await;
            if fits(&value) {
                return value;
            }
            self.heard.push(value);
        }
    }

    /// What it told that nobody asked for, of one kind.
    pub fn unasked(&self, event: &str) -> Vec<Value> {
        let of_kind = |value: &&Value| value["event"] == event;
        self.heard.iter().filter(of_kind).cloned().collect()
    }

    /// Gives it a line.
    pub async fn tell(&mut self, line: Value) {
        writeln!(self.transcript, "> {line}").unwrap();
        let line = format!("{line}\n");
        self.stdin.write_all(line.as_bytes()).await.unwrap();
    }

    async fn read(&mut self) -> Value {
        let line = timeout(PATIENCE, self.said.next_line()).await;
        let line = line.unwrap_or_else(|_| panic!("{} keeps silent: {:?}", self.name, self.heard));
        let line = line.unwrap().expect("the client ended");
        writeln!(self.transcript, "< {line}").unwrap();
        serde_json::from_str(&line).expect("the client tells JSON")
    }
}

/// The file that a client's transcript goes to.
fn transcript(test: &str, name: &str) -> File {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("transcripts");
    fs::create_dir_all(&place).unwrap();
    File::create(place.join(format!("{test}.{name}.jsonl"))).unwrap()
}

/// Who reads that all tests passed has to know what they did not cover.
#[test]
fn the_real_clients_were_not_run() {
    if built().is_none() {
        // Written directly: what a passing test prints is not shown.
        let text = format!(
            "\n*** The real clients were NOT run. `scripts/test` runs them, or build tests/clients and set {CLIENTS}. ***\n"
        );
        std::io::stderr().write_all(text.as_bytes()).unwrap();
    }
}
