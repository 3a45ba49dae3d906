//! A real node on a port, in a directory and with a database of its own, in a thread of its own.

use super::admin::Admin;
use super::database::{Backend, Database};
use super::http::Client;
use super::{PATIENCE, User};
use actix_web::web::Data;
use parlance::config::{Config, Limits};
use parlance::node::Node;
use parlance::service::Services;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use tempfile::TempDir;
use tokio::sync::oneshot;

/// A running node. Stops when dropped, and takes its files and database with it.
pub struct TestNode {
    running: Running,
    password: String,
    config: Config,
    _database: Database,
    dir: TempDir,
}

impl TestNode {
    /// A node without limits on rates, whose passwords are cheap.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// Such a node with some settings changed.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::on(Backend::chosen(), change).await
    }

    /// Such a node on a certain backend.
    pub async fn on(backend: Backend, change: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database = Database::create(backend, dir.path());
        let mut config = quiet(dir.path(), database.url());
        change(&mut config);
        let (running, password) = Running::start(config.clone()).await;
        Self {
            running,
            password: password.expect("a new node makes an administrator"),
            config,
            _database: database,
            dir,
        }
    }

    /// Stops it in order and starts it again on the same data. It listens elsewhere then: see [`User::at`].
    pub async fn restart(mut self) -> Self {
        self.running.stop();
        (self.running, _) = Running::start(self.config.clone()).await;
        self
    }

    /// Asks the node to stop, and comes back once it has.
    pub fn stop(&mut self) {
        self.running.stop();
    }

    /// Asks the node to stop, and comes back at once.
    pub fn begin_to_stop(&mut self) {
        self.running.end.take();
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.running.address
    }

    /// The use cases and everything below them.
    pub fn services(&self) -> &Data<Services> {
        &self.running.services
    }

    /// Somebody who is not logged in.
    pub fn guest(&self) -> Client {
        Client::new(self.address(), self.services().clone())
    }

    /// The administrator, logged in.
    pub async fn admin(&self) -> Admin {
        Admin::log_in(&self.guest(), &self.password).await
    }

    /// A new account.
    pub async fn register(&self, name: &str) -> User {
        User::register(&self.guest(), name).await
    }

    /// New accounts.
    pub async fn users<const N: usize>(&self, names: [&str; N]) -> [User; N] {
        let mut users = Vec::with_capacity(N);
        for name in names {
            users.push(self.register(name).await);
        }
        users.try_into().unwrap_or_else(|_| unreachable!())
    }

    /// The way to a user's socket.
    pub fn ws_path(&self, user: &User) -> String {
        format!("/api/v1/ws?t={}", user.token)
    }

    /// What was sent without a mail server or an SMS gateway: the files whose names begin so.
    pub fn outbox(&self, beginning: &str) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.dir.path().join("outbox")) else {
            return Vec::new();
        };
        files
            .map(|file| file.unwrap())
            .filter(|file| file.file_name().to_string_lossy().starts_with(beginning))
            .map(|file| fs::read_to_string(file.path()).unwrap())
            .collect()
    }
}

/// Limits off, everything else as in production except what only costs time.
fn quiet(dir: &Path, database: &str) -> Config {
    let mut config = Config::default();
    config.server.listen = (Ipv4Addr::LOCALHOST, 0).into();
    config.server.workers = 2;
    config.server.shutdown_seconds = 5;
    config.data.dir = dir.to_owned();
    config.database.url = database.to_owned();
    config.database.pool_size = 4;
    config.database.cache_mib = 8;
    config.auth.bcrypt_cost = 4;
    config.limits = Limits {
        connections_per_address: 0,
        connects_per_minute_per_address: 0,
        sends_per_second: 0,
        logins_per_minute: 0,
        registrations_per_minute: 0,
        codes_per_minute: 0,
        code_interval_seconds: 0,
        codes_per_day: 0,
        codes_per_hour: 0,
        uploads_per_minute: 0,
        requests_per_second: 0,
        ..Limits::default()
    };
    config
}

/// The thread a node lives in. Ends it when dropped.
struct Running {
    address: SocketAddr,
    services: Data<Services>,
    /// Dropped to end the node.
    end: Option<oneshot::Sender<()>>,
    ended: Receiver<()>,
}

struct Ready {
    address: SocketAddr,
    services: Data<Services>,
    password: Option<String>,
}

impl Running {
    async fn start(config: Config) -> (Self, Option<String>) {
        let (ready, started) = oneshot::channel();
        let (end, ending) = oneshot::channel();
        let (say_ended, ended) = channel();
        thread::spawn(move || {
            actix::System::new().block_on(live(config, ready, ending));
            let _ = say_ended.send(());
        });
        let Ready {
            address,
            services,
            password,
        } = started.await.expect("the node does not start");
        let running = Self {
            address,
            services,
            end: Some(end),
            ended,
        };
        (running, password)
    }

    fn stop(&mut self) {
        self.end.take();
        // An error as well says that the thread is gone: a second stop, or a panic that was shown.
        let timeout = std::sync::mpsc::RecvTimeoutError::Timeout;
        let stuck = self.ended.recv_timeout(PATIENCE) == Err(timeout);
        assert!(!stuck || thread::panicking(), "the node does not stop");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn live(config: Config, ready: oneshot::Sender<Ready>, ending: oneshot::Receiver<()>) {
    let node = Node::start(config).await.unwrap();
    let news = Ready {
        address: node.address(),
        services: node.services(),
        password: node.first_password().map(str::to_owned),
    };
    let _ = ready.send(news);
    // Resolves when the other end is dropped.
    let _ = ending.await;
    node.stop().await;
}
