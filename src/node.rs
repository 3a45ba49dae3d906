//! The node: builds store, hub and services from the configuration, serves, and stops in order.

use crate::auth::{Codes, Passwords, Tokens, load_or_create_secret};
use crate::config::Config;
use crate::dialect::caller::TrustedProxies;
use crate::dialect::limits::Limits;
use crate::error::{Error, Result};
use crate::hub::Hub;
use crate::hub::transport::door::Door;
use crate::hub::transport::server::{self, Options};
use crate::mail::Mailer;
use crate::media::{Blobs, UploadTokens};
use crate::service::settings::Settings;
use crate::service::{Core, Services};
use crate::sms::Texter;
use crate::store::{Store, admins, conn::Target, migrate as migrations};
use crate::{admin, dialect, ops};
use actix_server::ServerHandle;
use actix_web::{App, web};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How often what is out of date is forgotten.
const TIDY_EVERY: Duration = Duration::from_secs(60);

/// A running node.
pub struct Node {
    address: SocketAddr,
    first_password: Option<String>,
    services: web::Data<Services>,
    server: ServerHandle,
    ended: watch::Receiver<Option<bool>>,
    tidying: JoinHandle<()>,
    grace: Duration,
}

impl Node {
    /// Starts a node: opens or creates the data directory, secrets and database, and begins to serve. Must run inside an actix
    /// system.
    pub async fn start(config: Config) -> Result<Self> {
        make_private(&config.data.dir)?;
        let listener = server::listen(config.server.listen).map_err(|cause| {
            log::error!("cannot listen on {}", config.server.listen);
            Error::internal(cause)
        })?;
        let address = listener.local_addr().map_err(Error::internal)?;
        let grace = Duration::from_secs(config.server.shutdown_seconds);
        let config = Arc::new(config);
        let services = web::Data::new(Services::new(core(config.clone(), address).await?));
        let first_password = services.admins.ensure_first().await?;

        let door = Door::new(
            config.limits.connections_per_address,
            config.limits.connects_per_minute_per_address as u32,
            config.server.trusted_proxies.clone(),
        );
        let options = Options {
            workers: config.workers(),
            max_connections: config.server.max_connections,
            stall_after: Duration::from_secs(config.session.stall_seconds),
            shutdown_timeout: grace,
            door: door.clone(),
        };
        let limits = web::Data::new(Limits::new(&config.limits));
        let proxies = web::Data::new(TrustedProxies(config.server.trusted_proxies.clone()));
        let (app_services, app_limits) = (services.clone(), limits.clone());
        let running = server::serve(listener, options, move || {
            let config = config.clone();
            App::new()
                .app_data(app_services.clone())
                .app_data(app_limits.clone())
                .app_data(proxies.clone())
                .configure(ops::mount)
                .configure(admin::routes)
                .configure(move |app| dialect::mount(app, &config))
        })
        .map_err(Error::internal)?;
        let handle = running.handle();
        let (end, ended) = watch::channel(None);
        actix_rt::spawn(async move {
            let outcome = running.await;
            if let Err(fault) = &outcome {
                log::error!("the server ended: {fault}");
            }
            end.send_replace(Some(outcome.is_ok()));
        });
        let tidying = actix_rt::spawn(tidy(services.clone(), limits, door));
        Ok(Self {
            address,
            first_password,
            services,
            server: handle,
            ended,
            tidying,
            grace,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The administrator's password, if this start made it.
    pub fn first_password(&self) -> Option<&str> {
        self.first_password.as_deref()
    }

    /// The use cases.
    pub fn services(&self) -> web::Data<Services> {
        self.services.clone()
    }

    /// Waits until the server has ended by itself, which it does only for a fault.
    pub async fn stopped(&self) -> Result<()> {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await.map(|ok| *ok) {
            Ok(Some(true)) => Ok(()),
            _ => Err(Error::internal("the server ended by a fault")),
        }
    }

    /// Stops in order: no new connections; sessions told and closed; what was accepted is finished; requests under way end; the
    /// writer writes what it has; the actors' threads end. All of it takes at most `server.shutdown_seconds`.
    pub async fn stop(self) {
        let deadline = Instant::now() + self.grace;
        let core = &self.services.core;
        self.tidying.abort();
        self.server.pause().await;
        // The rest of the time is for requests under way and for the writer.
        core.hub.drain(Instant::now() + self.grace / 2).await;
        let rest = deadline.saturating_duration_since(Instant::now());
        let _ = tokio::time::timeout(rest, self.server.stop(true)).await;
        let rest = deadline
            .saturating_duration_since(Instant::now())
            .max(Duration::from_secs(1));
        if tokio::time::timeout(rest, core.store.close())
            .await
            .is_err()
        {
            log::error!("the writer did not finish in time");
        }
        core.hub.stop();
    }
}

/// Makes the data directory, for its owner only: it holds secrets and everybody's messages.
fn make_private(dir: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(Error::internal)
}

async fn core(config: Arc<Config>, address: SocketAddr) -> Result<Core> {
    let dir = &config.data.dir;
    let (database, url) = (config.clone(), config.database_url());
    let store = web::block(move || Store::open(&database.database, &url))
        .await
        .map_err(Error::internal)??;
    let hub = Hub::start(store.clone(), &config.session, config.workers())?;
    Ok(Core {
        public_url: config.public_url(address),
        settings: Settings::load(&store).await?,
        passwords: Passwords::new(config.auth.bcrypt_cost, config.bcrypt_threads()),
        tokens: Tokens::new(
            &load_or_create_secret(&dir.join("login.key"))?,
            config.auth.token_seconds,
        ),
        standings: Default::default(),
        failures: Default::default(),
        codes: Codes::new(&config.auth, &config.limits),
        mailer: Mailer::new(&config.mail, dir)?,
        texter: Texter::new(&config.sms, dir),
        blobs: Blobs::new(&config.media, dir)?,
        uploads: UploadTokens::new(
            &load_or_create_secret(&dir.join("upload.key"))?,
            config.media.token_seconds,
        ),
        store,
        hub,
        config,
    })
}

async fn tidy(services: web::Data<Services>, limits: web::Data<Limits>, door: Arc<Door>) {
    let mut clock = tokio::time::interval(TIDY_EVERY);
    loop {
        clock.tick().await;
        limits.tidy();
        door.tidy();
        if let Err(fault) = services.chat.tidy().await {
            log::warn!("old client ids could not be forgotten: {fault}");
        }
    }
}

/// Sets an administrator's password in the database, for one who is locked out. Makes the administrator if need be.
pub async fn set_admin_password(config: &Config, name: &str, password: &str) -> Result<()> {
    make_private(&config.data.dir)?;
    let store = Store::open(&config.database, &config.database_url())?;
    let hash = Passwords::new(config.auth.bcrypt_cost, config.bcrypt_threads())
        .hash(password.to_owned())
        .await?;
    let name = name.to_owned();
    let now = crate::domain::time::now();
    let set = store
        .write(move |conn| admins::put(conn, &name, &hash, now))
        .await;
    store.close().await;
    set
}

/// Brings the database up to date; gives the versions before and after.
pub fn migrate(config: &Config) -> Result<(String, String)> {
    make_private(&config.data.dir)?;
    let mut conn = Target::parse(&config.database_url())?
        .connect(2048)
        .map_err(Error::internal)?;
    let before = migrations::version(&mut conn)?;
    migrations::run(&mut conn)?;
    let named = |version: Option<String>| version.unwrap_or_else(|| "nothing".to_owned());
    Ok((named(before), named(migrations::version(&mut conn)?)))
}
