//! What differs between the APIs a node speaks, as far as a load run needs it.

use std::io;
use std::rc::Rc;

use clap::ValueEnum;

use crate::Result;
use crate::args::Wire;
use crate::bench::Bench;
use crate::freeim;
use crate::http::{Answer, Http, Request};
use crate::node::Node;
use crate::sessions::Gate;
use crate::ws::Socket;
use crate::wukong;

/// An API.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Dialect {
    /// Sends over HTTP, listens on a WebSocket
    Freeim,
    /// Sends and listens on a socket
    Wukong,
}

/// Someone who is signed in.
pub struct Account {
    /// Account id.
    pub id: String,
    /// Proof of login.
    pub token: String,
}

/// How accounts prove who they are.
#[derive(Clone, Copy)]
pub enum Proof<'a> {
    /// By the code that the node is configured to take for every phone number.
    Code(&'a str),
    /// By a password, set when the account registers.
    Password(&'a str),
}

/// Where a message goes, by id.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Recipient<'a> {
    /// An account.
    Account(&'a str),
    /// A channel.
    Channel(&'a str),
}

/// A text message. The texts must need no escape in JSON.
pub struct Post<'a> {
    /// Where it goes.
    pub to: Recipient<'a>,
    /// What it says.
    pub text: &'a [u8],
    /// The client's own id for it.
    pub client_id: Option<&'a [u8]>,
}

/// How messages are sent.
pub enum Sending {
    /// By HTTP requests.
    Requests(Requests),
    /// Over the sockets, each account over its own.
    Sockets,
}

/// Sending by HTTP requests.
#[derive(Clone, Copy)]
pub struct Requests {
    /// The request that sends a message; its body is written into the buffer.
    pub post: for<'a> fn(&'a Account, &Post<'_>, &'a mut Vec<u8>) -> io::Result<Request<'a>>,
    /// Whether an answer is the acknowledgement.
    pub accepted: fn(&Answer<'_>) -> bool,
}

/// An open socket.
pub enum Session {
    /// That listens.
    Listening(Socket),
    /// That listens and speaks.
    Speaking(wukong::Session),
}

impl Session {
    /// Answers what the node asks and hands what it tells to the bench, until the connection ends; then says why it ended.
    pub async fn listen(self, bench: &Bench, who: usize) -> String {
        match self {
            Self::Listening(socket) => {
                let hear = |message: &[u8], now| bench.hear(who, message, now);
                socket.listen(&bench.scratch, &bench.clock, hear).await
            }
            Self::Speaking(session) => session.listen(bench, who).await,
        }
    }
}

impl Dialect {
    /// How messages are sent.
    pub fn sending(self) -> Sending {
        match self {
            Self::Freeim => Sending::Requests(freeim::REQUESTS),
            Self::Wukong => Sending::Sockets,
        }
    }

    /// Whether the session that sends a message to a channel is told it, too.
    pub fn echoes(self) -> bool {
        match self {
            Self::Freeim => true,
            Self::Wukong => false,
        }
    }

    /// What a report says was spoken.
    pub fn spoken(self, wire: Wire) -> &'static str {
        match self {
            Self::Freeim => "freeim",
            Self::Wukong => wukong::spoken(wire),
        }
    }

    /// Signs an account in, creating it if need be.
    pub async fn sign_in(self, http: &mut Http, name: &str, proof: Proof<'_>) -> Result<Account> {
        match self {
            Self::Freeim => freeim::sign_in(http, name, proof).await,
            Self::Wukong => wukong::sign_in(http, name, proof).await,
        }
    }

    /// Where sockets are opened.
    pub async fn gate(self, node: &Rc<Node>, account: &Account, wire: Wire) -> Result<Gate> {
        match self {
            Self::Freeim => Ok(Gate {
                node: Rc::clone(node),
                path: freeim::SOCKET_PATH.to_owned(),
            }),
            Self::Wukong => wukong::gate(node, account, wire).await,
        }
    }

    /// Opens the socket of an account of the bench.
    pub async fn open_socket(self, bench: &Bench, who: usize) -> Result<Session> {
        match self {
            Self::Freeim => {
                let Gate { node, path } = &bench.gate;
                let socket = Socket::open(node, who, path, &bench.accounts[who].token).await?;
                Ok(Session::Listening(socket))
            }
            Self::Wukong => Ok(Session::Speaking(wukong::Session::open(bench, who).await?)),
        }
    }

    /// Hands the marks of what an account was written while it was away to `hear`, if its socket does not tell them by itself.
    /// At most `missed` of each other account.
    pub async fn fetch_missed(
        self,
        http: &mut Http,
        account: &Account,
        missed: u64,
        hear: impl FnMut(&[u8]),
    ) -> Result<()> {
        match self {
            Self::Freeim => Ok(()),
            Self::Wukong => wukong::fetch_missed(http, account, missed, hear).await,
        }
    }

    /// Creates a channel with these members beside its owner, and returns its id.
    pub async fn create_channel(
        self,
        http: &mut Http,
        owner: &Account,
        members: &[&str],
    ) -> Result<String> {
        match self {
            Self::Freeim => freeim::create_channel(http, owner, members).await,
            Self::Wukong => wukong::create_channel(http, owner, members).await,
        }
    }

    /// Dissolves a channel, so that its owner may create another.
    pub async fn dissolve_channel(
        self,
        http: &mut Http,
        owner: &Account,
        channel: &str,
    ) -> Result<()> {
        match self {
            Self::Freeim => freeim::dissolve_channel(http, owner, channel).await,
            Self::Wukong => wukong::dissolve_channel(http, owner, channel).await,
        }
    }
}
