//! The `parlance` program as a process of its own, in a directory of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// How long a process may take to start or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program with these words on its command line, to be run in `dir`. It sees none of this process's settings.
pub fn parlance(dir: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlance"));
    command
        .args(words)
        .current_dir(dir)
        .env_clear()
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Runs a command to its end.
pub async fn run(command: &mut Command) -> Output {
    let run = timeout(PATIENCE, command.output()).await;
    run.expect("the program does not end").unwrap()
}

/// Runs a command to its end with this text on its standard input.
pub async fn run_with_input(command: &mut Command, input: &str) -> Output {
    let command = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).await.unwrap();
    drop(stdin);
    let end = timeout(PATIENCE, child.wait_with_output()).await;
    end.expect("the program does not end").unwrap()
}

/// A node that runs. Dies with this value.
pub struct Program {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    address: SocketAddr,
}

impl Program {
    /// Starts a node and waits until it says where it listens.
    pub async fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = next(&mut said)
            .await
            .expect("the node ends instead of starting");
        let address = first.strip_prefix("parlance listens on http://");
        let address = address.and_then(|address| address.parse().ok());
        Self {
            address: address.unwrap_or_else(|| panic!("no address: {first}")),
            child,
            said,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next line of its standard output; `None` when it ended.
    pub async fn line(&mut self) -> Option<String> {
        next(&mut self.said).await
    }

    /// Ends it in the middle of whatever it does.
    pub async fn kill(mut self) {
        // SIGKILL, and waits until the process is gone.
        self.child.kill().await.unwrap();
    }

    /// Asks it to end, and gives how it did and what it had yet to say.
    pub async fn terminate(mut self) -> (ExitStatus, String) {
        let id = self.child.id().expect("the node has ended");
        // The shell's own `kill`: a bare machine has no other.
        let mut kill = Command::new("sh");
        let killed = kill
            .args(["-c", &format!("kill -TERM {id}")])
            .status()
            .await;
        assert!(killed.unwrap().success());
        let mut rest = String::new();
        while let Some(line) = self.line().await {
            rest += &line;
        }
        let end = timeout(PATIENCE, self.child.wait()).await;
        (end.expect("the node does not end").unwrap(), rest)
    }
}

async fn next(said: &mut Lines<BufReader<ChildStdout>>) -> Option<String> {
    let line = timeout(PATIENCE, said.next_line()).await;
    line.expect("the node says nothing").unwrap()
}
