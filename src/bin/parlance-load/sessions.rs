//! Opening sockets, many at a time, each with a task that listens.

use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::Result;
use crate::bench::Bench;
use crate::dialect::Session;
use crate::http::Http;
use crate::node::Node;

/// Sockets opened side by side, unless a scenario says otherwise.
pub const AT_ONCE: usize = 64;
/// Connections over which is fetched what was missed.
pub const FETCHING: usize = 48;
/// How long a handshake or an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// A full accept queue or a busy node is worth another try, with this pause.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(100);

/// Where sockets are opened.
pub struct Gate {
    /// The address.
    pub node: Rc<Node>,
    /// The path of a WebSocket.
    pub path: String,
}

/// Open sessions, in as many sets as were opened side by side. Dropping a set resets its connections.
pub type Sessions = Vec<JoinSet<()>>;

/// Resets all connections, one set after the other: the kernel's work for thousands of resets in one go would hold up this
/// program's other sessions and be counted as the node's delay.
pub async fn cut(sessions: Sessions) {
    for mut set in sessions {
        set.shutdown().await;
    }
}

/// Opens a session for each of these accounts and listens.
pub async fn open(bench: &Rc<Bench>, accounts: Range<usize>, at_once: usize) -> Result<Sessions> {
    let count = accounts.len();
    let begin = bench.clock.micros();
    let next = Cell::new(accounts.start);
    let openers = (0..at_once.min(count)).map(|_| open_some(bench, &next, accounts.end));
    let sessions = try_join_all(openers).await?;
    eprintln!(
        "opened {count} sessions in {:.1} s",
        (bench.clock.micros() - begin) as f64 / 1e6
    );
    Ok(sessions)
}

async fn open_some(bench: &Rc<Bench>, next: &Cell<usize>, end: usize) -> Result<JoinSet<()>> {
    let mut sessions = JoinSet::new();
    while next.get() < end {
        let who = next.replace(next.get() + 1);
        let session = open_one(bench, who).await?;
        sessions.spawn_local(listen(Rc::clone(bench), who, session));
    }
    Ok(sessions)
}

async fn open_one(bench: &Bench, who: usize) -> Result<Session> {
    let mut attempt = 1;
    loop {
        let opening = bench.dialect.open_socket(bench, who);
        match timeout(PATIENCE, opening)
            .await
            .unwrap_or_else(|_| Err("no answer".into()))
        {
            Ok(session) => return Ok(session),
            Err(error) if attempt == ATTEMPTS => {
                return Err(format!("session {who}: {error}").into());
            }
            Err(_) => attempt += 1,
        }
        sleep(PAUSE).await;
    }
}

async fn listen(bench: Rc<Bench>, who: usize, session: Session) {
    let reason = session.listen(&bench, who).await;
    bench.session_ended(who, &reason);
}

/// Has these accounts fetch what they were written while they were away, where sockets do not tell it by themselves.
pub async fn catch_up(bench: &Rc<Bench>, accounts: Range<usize>, missed: u64) -> Result<()> {
    let next = Cell::new(accounts.start);
    let crew = (0..FETCHING.min(accounts.len())).map(|nth| {
        let http = Http::new(Rc::clone(&bench.node), nth);
        catch_some_up(bench, http, &next, accounts.end, missed)
    });
    try_join_all(crew).await?;
    Ok(())
}

async fn catch_some_up(
    bench: &Bench,
    mut http: Http,
    next: &Cell<usize>,
    end: usize,
    missed: u64,
) -> Result<()> {
    while next.get() < end {
        let who = next.replace(next.get() + 1);
        let hear = |mark: &[u8]| bench.hear(who, mark, bench.clock.micros());
        let account = &bench.accounts[who];
        let fetching = bench.dialect.fetch_missed(&mut http, account, missed, hear);
        timeout(PATIENCE, fetching)
            .await
            .map_err(|_| format!("the node did not answer within {PATIENCE:?}"))??;
    }
    Ok(())
}
