//! A protocol of lines in which peers say who they are, over TCP and WebSocket, on the hub of a node: what a dialect that
//! proves logins itself does with a connection, in words.
//!
//! A peer begins with `I am ACCOUNT KIND DEVICE` and is told `welcome`.

mod client;
mod wire;

pub use client::{Line, WAYS, Way};

use super::TestNode;
use actix_web::{App, HttpRequest, HttpResponse, web};
use parlance::hub::Hub;
use parlance::hub::transport::door::Door;
use parlance::hub::transport::server::{self, Options, Serving};
use parlance::hub::transport::{tcp, ws};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::sync::oneshot;
use wire::Doorman;

/// The longest message over WebSocket.
const LONGEST: usize = 1 << 20;

/// A server of lines; stops when dropped.
pub struct Lines {
    tcp: SocketAddr,
    ws: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Serves lines on a node's hub. Strangers have so much time to say who they are.
pub async fn serve(node: &TestNode, patience: Duration) -> Lines {
    let hub = node.services().core.hub.clone();
    let (start, started) = oneshot::channel();
    let (stop, stopped) = oneshot::channel();
    let thread = thread::spawn(move || {
        actix::System::new().block_on(run(hub, patience, start, stopped));
    });
    let (tcp, ws) = started.await.expect("the server of lines does not start");
    Lines {
        tcp,
        ws,
        stop: Some(stop),
        thread: Some(thread),
    }
}

impl Lines {
    /// Where it listens.
    pub fn address(&self, way: Way) -> SocketAddr {
        match way {
            Way::Tcp => self.tcp,
            Way::Ws => self.ws,
        }
    }

    /// A connection that has said nothing.
    pub async fn connect(&self, way: Way) -> Line {
        Line::connect(way, self.address(way)).await
    }

    /// A connection of an account that was welcomed.
    pub async fn enter(&self, way: Way, account: i64, kind: &str, device: &str) -> Line {
        let mut line = self.connect(way).await;
        line.send(&format!("I am {account} {kind} {device}")).await;
        assert_eq!(line.next().await, "welcome");
        line
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        // A server that has failed is no longer there to be stopped; its panic has been shown.
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn run(
    hub: Hub,
    patience: Duration,
    start: oneshot::Sender<(SocketAddr, SocketAddr)>,
    stopped: oneshot::Receiver<()>,
) {
    let serving = serving(hub, patience).unwrap();
    let ((tcp, ws), serving) = serving;
    let server = serving.run();
    let handle = server.handle();
    actix_rt::spawn(server);
    let _ = start.send((tcp, ws));
    // Ends as well when the handle is lost.
    let _ = stopped.await;
    handle.stop(false).await;
}

type Addresses = (SocketAddr, SocketAddr);

fn serving(hub: Hub, patience: Duration) -> io::Result<(Addresses, Serving)> {
    let listen = || -> io::Result<(TcpListener, SocketAddr)> {
        let listener = server::listen((Ipv4Addr::LOCALHOST, 0).into())?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    let ((for_tcp, tcp_address), (for_ws, ws_address)) = (listen()?, listen()?);
    let options = Options {
        workers: 1,
        max_connections: 1_000,
        stall_after: Duration::from_secs(20),
        shutdown_timeout: Duration::from_secs(1),
        door: Door::new(0, 0, vec![]),
    };
    let state = web::Data::new((hub.clone(), patience));
    let app = move || {
        App::new()
            .app_data(state.clone())
            .default_service(web::to(open))
    };
    let serving = Serving::new(options)
        .tcp("tcp", for_tcp, move |link| {
            let doorman = Doorman::new(hub.clone(), patience);
            tcp::serve(link, hub.clone(), Box::new(doorman))
        })?
        .http("ws", for_ws, app)?;
    Ok(((tcp_address, ws_address), serving))
}

async fn open(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<(Hub, Duration)>,
) -> actix_web::Result<HttpResponse> {
    let (hub, patience) = &**state;
    let doorman = Box::new(Doorman::new(hub.clone(), *patience));
    ws::open_unproven(&request, payload, hub, doorman, LONGEST)
}
