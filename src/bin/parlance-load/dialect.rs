//! What differs between the APIs a node speaks, as far as a load run needs it.

use std::io;

use clap::ValueEnum;

use crate::Result;
use crate::freeim;
use crate::http::{Answer, Http, Request};
use crate::node::Node;
use crate::ws::Socket;

/// An API.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Dialect {
    /// Sends over HTTP, listens on a WebSocket
    Freeim,
}

/// Someone who is signed in.
pub struct Account {
    /// Account id.
    pub id: u64,
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
#[derive(Clone, Copy)]
pub enum Recipient {
    /// An account.
    Account(u64),
    /// A channel.
    Channel(u64),
}

/// A text message. The texts must need no escape in JSON.
pub struct Post<'a> {
    /// Where it goes.
    pub to: Recipient,
    /// What it says.
    pub text: &'a [u8],
    /// The client's own id for it.
    pub client_id: Option<&'a [u8]>,
}

impl Dialect {
    /// Signs an account in, creating it if need be.
    pub async fn sign_in(self, http: &mut Http, name: &str, proof: Proof<'_>) -> Result<Account> {
        match self {
            Self::Freeim => freeim::sign_in(http, name, proof).await,
        }
    }

    /// Opens an account's socket.
    pub async fn open_socket(self, node: &Node, nth: usize, account: &Account) -> Result<Socket> {
        match self {
            Self::Freeim => Socket::open(node, nth, freeim::SOCKET_PATH, &account.token).await,
        }
    }

    /// Creates a channel with these members beside its owner, and returns its id.
    pub async fn create_channel(
        self,
        http: &mut Http,
        owner: &Account,
        members: &[u64],
    ) -> Result<u64> {
        match self {
            Self::Freeim => freeim::create_channel(http, owner, members).await,
        }
    }

    /// Dissolves a channel, so that its owner may create another.
    pub async fn dissolve_channel(
        self,
        http: &mut Http,
        owner: &Account,
        channel: u64,
    ) -> Result<()> {
        match self {
            Self::Freeim => freeim::dissolve_channel(http, owner, channel).await,
        }
    }

    /// The request that sends a message; its body is written into `json`.
    pub fn post<'a>(
        self,
        sender: &'a Account,
        post: &Post<'_>,
        json: &'a mut Vec<u8>,
    ) -> io::Result<Request<'a>> {
        match self {
            Self::Freeim => freeim::post(sender, post, json),
        }
    }

    /// Whether an answer is the acknowledgement.
    pub fn accepted(self, answer: &Answer<'_>) -> bool {
        match self {
            Self::Freeim => freeim::accepted(answer),
        }
    }
}
