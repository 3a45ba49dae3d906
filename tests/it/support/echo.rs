//! A WebSocket over the node's own transport that sends every message back as it came.

use actix_web::{App, HttpRequest, HttpResponse, web};
use futures_util::future::LocalBoxFuture;
use parlance::config::Config;
use parlance::domain::AccountId;
use parlance::domain::time::Millis;
use parlance::error::Result;
use parlance::hub::Hub;
use parlance::hub::envelope::{Envelope, Frame};
use parlance::hub::transport::door::Door;
use parlance::hub::transport::server::{self, Options, Serving};
use parlance::hub::transport::ws;
use parlance::hub::wire::{Commands, Intent, Wire};
use parlance::store::Store;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Far longer than any test: nothing is said that a test did not ask for.
const NEVER: u64 = 100_000;

/// The session that hears this panics.
pub const POISON: &str = "poison";

/// A running echo server; stops when dropped. All its sessions are those of the first account.
pub struct Echo {
    address: SocketAddr,
    hub: Hub,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Starts a server that takes messages of at most `max_message` bytes.
pub async fn serve(max_message: usize) -> Echo {
    let (start, started) = oneshot::channel();
    let (stop, stopped) = oneshot::channel();
    let thread =
        thread::spawn(move || actix::System::new().block_on(run(max_message, start, stopped)));
    let (address, hub) = started.await.expect("the echo server does not start");
    Echo {
        address,
        hub,
        stop: Some(stop),
        thread: Some(thread),
    }
}

impl Echo {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Who its sessions belong to.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }
}

impl Drop for Echo {
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
    max_message: usize,
    start: oneshot::Sender<(SocketAddr, Hub)>,
    stopped: oneshot::Receiver<()>,
) {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("echo.db").display());
    let mut config = Config::default();
    config.session.ping_seconds = NEVER;
    config.session.idle_seconds = NEVER + 1;
    config.session.per_account = usize::MAX;
    let store = Store::open(&config.database, &url).unwrap();
    let hub = Hub::start(store.clone(), &config.session, || true).unwrap();
    let listener = server::listen((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let options = Options {
        workers: 1,
        max_connections: 1_000,
        stall_after: Duration::from_secs(config.session.stall_seconds),
        shutdown_timeout: Duration::from_secs(1),
        door: Door::new(0, 0, vec![]),
    };
    let state = web::Data::new((hub.clone(), max_message));
    let app = move || {
        App::new()
            .app_data(state.clone())
            .route("/", web::get().to(open))
    };
    let serving = Serving::new(options).http("http", listener, app).unwrap();
    let server = serving.run();
    let handle = server.handle();
    actix_rt::spawn(server);
    let _ = start.send((address, hub.clone()));
    // Ends as well when the handle is lost.
    let _ = stopped.await;
    hub.drain(Instant::now() + Duration::from_secs(1)).await;
    handle.stop(false).await;
    store.close().await;
    hub.stop();
}

async fn open(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<(Hub, usize)>,
) -> actix_web::Result<HttpResponse> {
    let (hub, max_message) = &**state;
    ws::open(
        &request,
        payload,
        hub,
        AccountId::FIRST,
        Box::new(EchoWire),
        Box::new(NoCommands),
        *max_message,
    )
}

struct EchoWire;

impl Wire for EchoWire {
    fn hello(&mut self, _: Millis) -> Option<Frame> {
        None
    }

    fn beat_every(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn beat(&mut self, _: Millis) -> Vec<Frame> {
        Vec::new()
    }

    fn receive(&mut self, message: &Frame, _: Millis) -> Vec<Intent> {
        assert!(*message != Frame::Text(POISON.into()), "poisoned");
        vec![Intent::Reply(message.clone())]
    }

    fn render(&mut self, _: &Envelope) -> Option<Frame> {
        None
    }

    fn replays(&self) -> bool {
        false
    }

    fn watches_presence(&self) -> bool {
        false
    }
}

/// For peers that ask for nothing.
pub struct NoCommands;

impl Commands for NoCommands {
    fn heard(&self, _: Intent) {}

    fn still_welcome(&self) -> LocalBoxFuture<'static, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}
