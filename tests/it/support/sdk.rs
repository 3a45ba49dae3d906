//! The real client of the WuKong dialect: the WuKongIM SDK from npm, unmodified, in a process per user. `scripts/test` builds it;
//! what it tells its application is kept as a transcript.

use super::PATIENCE;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// Which directory the bundled clients are in.
const CLIENTS: &str = "PARLANCE_TEST_CLIENTS";

/// Where the bundled clients are, if they were built: without them their tests have nothing to do.
pub fn built() -> Option<PathBuf> {
    std::env::var_os(CLIENTS).map(PathBuf::from)
}

/// One user of the SDK. Ends with this value.
pub struct Sdk {
    name: String,
    _child: Child,
    stdin: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
    /// What it told that nobody asked for yet.
    heard: Vec<Value>,
    transcript: File,
}

impl Sdk {
    /// Starts the client for somebody of this name in a test of that name.
    pub async fn start(built: &Path, test: &str, name: &str) -> Self {
        let mut child = Command::new("node")
            .arg(built.join("wukong.cjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("node does not start");
        let stdin = child.stdin.take().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut sdk = Self {
            name: name.to_owned(),
            _child: child,
            stdin,
            said,
            heard: Vec::new(),
            transcript: transcript(test, name),
        };
        sdk.hears("ready", |_| true).await;
        sdk
    }

    /// Connects as an account, to wherever the node says.
    pub async fn connect(&mut self, node: SocketAddr, uid: &str, token: &str) {
        let base = format!("http://{node}");
        let line = json!({"do": "connect", "base": base, "uid": uid, "token": token});
        self.tell(line).await;
    }

    /// Tells it where the node is now.
    pub async fn moved(&mut self, node: SocketAddr) {
        let base = format!("http://{node}");
        self.tell(json!({"do": "base", "base": base})).await;
    }

    /// Sends a text to a channel of a type.
    pub async fn send(&mut self, channel: &str, kind: u8, text: &str) {
        let line = json!({"do": "send", "channel": channel, "channel_type": kind, "text": text});
        self.tell(line).await;
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

    /// The next message with this text.
    pub async fn hears_text(&mut self, text: &str) -> Value {
        self.hears("message", |event| event["payload"]["content"] == text)
            .await
    }

    /// The next command of this name.
    pub async fn hears_command(&mut self, cmd: &str) -> Value {
        self.hears("command", |event| event["cmd"] == cmd).await
    }

    /// The next connection status that is this with this reason.
    pub async fn hears_status(&mut self, (status, reason): (u8, u8)) -> Value {
        let fits = |event: &Value| event["status"] == status && event["reason"] == reason;
        self.hears("status", fits).await
    }

    /// What it told that nobody asked for, of one kind.
    pub fn unasked(&self, event: &str) -> Vec<Value> {
        let of_kind = |value: &&Value| value["event"] == event;
        self.heard.iter().filter(of_kind).cloned().collect()
    }

    async fn tell(&mut self, line: Value) {
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
fn the_real_client_was_not_run() {
    if built().is_none() {
        // Written directly: what a passing test prints is not shown.
        let text = format!(
            "\n*** The real WuKong client was NOT run. `scripts/test` does, or build tests/clients and set {CLIENTS}. ***\n"
        );
        std::io::stderr().write_all(text.as_bytes()).unwrap();
    }
}
