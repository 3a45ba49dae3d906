//! Stands between a store and its MySQL server, and loses what a network may lose.

use super::database::server;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a transaction loses at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// The server never sees the commit, and sees the connection end.
    Commit,
    /// Nor does it see the connection end.
    CommitSilently,
    /// The server commits; the client is not told.
    Answer,
}

/// One loss that is to happen.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// How many transactions end well before.
    pub after: usize,
    /// What the next one loses.
    pub loss: Loss,
    /// How many attempts to connect anew are refused then.
    pub refusals: usize,
}

#[derive(Default)]
struct Plan {
    next: Option<Fault>,
    refusals: usize,
    /// What statements say, and what the server reads in its place; equally long.
    pretence: Option<(String, String)>,
    /// Connections that the client believes ended and the server does not.
    half_open: Vec<TcpStream>,
}

/// Lets everything through, except what it is told to lose.
#[derive(Clone)]
pub struct MysqlProxy {
    port: u16,
    plan: Arc<Mutex<Plan>>,
}

impl MysqlProxy {
    /// In front of the server on which the tests run.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            plan: Arc::default(),
        };
        let url = server().unwrap();
        let address = url.rsplit_once('@').unwrap().1.to_owned();
        let plan = proxy.plan.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let refused = plan.lock().unwrap().refuses();
                if refused {
                    continue;
                }
                let server = TcpStream::connect(&address).await.unwrap();
                tokio::spawn(carry(client, server, plan.clone()));
            }
        });
        proxy
    }

    /// The same database, reached this way.
    pub fn url(&self, database: &str) -> String {
        let (user, rest) = database.rsplit_once('@').unwrap();
        let (_, schema) = rest.split_once('/').unwrap();
        format!("{user}@127.0.0.1:{}/{schema}", self.port)
    }

    /// Lets this happen.
    pub fn expect(&self, fault: Fault) {
        self.plan.lock().unwrap().next = Some(fault);
    }

    /// Lets the server read a shorter text wherever a statement says `what`.
    pub fn pretend(&self, what: &str, instead: &str) {
        let padded = format!("{instead:<length$}", length = what.len());
        self.plan.lock().unwrap().pretence = Some((what.to_owned(), padded));
    }
}

impl Plan {
    fn refuses(&mut self) -> bool {
        let refuses = self.refusals > 0;
        self.refusals = self.refusals.saturating_sub(1);
        refuses
    }

    fn loses(&mut self) -> Option<Loss> {
        let fault = self.next.as_mut()?;
        if fault.after > 0 {
            fault.after -= 1;
            return None;
        }
        self.refusals = fault.refusals;
        self.next.take().map(|fault| fault.loss)
    }

    fn rewrite(&self, packet: &mut [u8]) {
        let Some((what, instead)) = &self.pretence else {
            return;
        };
        let mut places = packet.windows(what.len());
        if let Some(at) = places.position(|place| place == what.as_bytes()) {
            packet[at..at + what.len()].copy_from_slice(instead.as_bytes());
        }
    }
}

async fn carry(mut client: TcpStream, mut server: TcpStream, plan: Arc<Mutex<Plan>>) {
    let mut up = vec![0; 1 << 16];
    let mut down = vec![0; 1 << 16];
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let Ok(length @ 1..) = read else { return };
                let sent = &mut up[..length];
                plan.lock().unwrap().rewrite(sent);
                let loss = if is_commit(sent) { plan.lock().unwrap().loses() } else { None };
                match loss {
                    None => {
                        if server.write_all(sent).await.is_err() {
                            return;
                        }
                    }
                    Some(Loss::Commit) => return,
                    Some(Loss::CommitSilently) => {
                        return plan.lock().unwrap().half_open.push(server);
                    }
                    Some(Loss::Answer) => {
                        server.write_all(sent).await.unwrap();
                        server.read_u8().await.unwrap();
                        return;
                    }
                }
            }
            read = server.read(&mut down) => {
                let Ok(length @ 1..) = read else { return };
                if client.write_all(&down[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// A packet is three bytes of length, one of order, one of command (3 is a query) and the query.
fn is_commit(packet: &[u8]) -> bool {
    packet.get(4) == Some(&3) && packet.ends_with(b"COMMIT")
}
