//! The node: builds store, hub and services from the configuration, serves, and stops in order.

use crate::auth::{Codes, Passwords, Tokens, load_or_create_secret};
use crate::config::Config;
use crate::dialect::caller::TrustedProxies;
use crate::dialect::limits::Limits;
use crate::dialect::{popim, wukong};
use crate::domain::time;
use crate::error::{Error, Result};
use crate::hub::Hub;
use crate::hub::transport::door::Door;
use crate::hub::transport::server::{self, Options, Serving};
use crate::hub::transport::tcp;
use crate::mail::Mailer;
use crate::media::{Blobs, UploadTokens};
use crate::service::grants::GrantKey;
use crate::service::opaque::{Opaque, System};
use crate::service::settings::Settings;
use crate::service::{Core, Services};
use crate::sms::Texter;
use crate::store::{Store, admins, conn::Target, migrate as migrations};
use crate::{admin, dialect, ops};
use actix_server::ServerHandle;
use actix_web::web::ServiceConfig;
use actix_web::{App, web};
use std::net::{SocketAddr, TcpListener};
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
    wukong_tcp: Option<SocketAddr>,
    wukong_ws: Option<SocketAddr>,
    popim_ws: Option<SocketAddr>,
    first_password: Option<String>,
    services: web::Data<Services>,
    server: ServerHandle,
    ended: watch::Receiver<Option<bool>>,
    tidying: JoinHandle<()>,
    /// Tells PopIM's clients of changed settings, if that is spoken.
    announcing: Option<JoinHandle<()>>,
    grace: Duration,
}

impl Node {
    /// Starts a node: opens or creates the data directory, secrets and database, and begins to serve. Must run inside an actix
    /// system.
    pub async fn start(mut config: Config) -> Result<Self> {
        make_private(&config.data.dir)?;
        let (listener, address) = listen(config.server.listen)?;
        let enabled = config.wukong.enabled;
        let tcp_listener = listen_also(&mut config.wukong.tcp_listen, enabled)?;
        let ws_listener = listen_also(&mut config.wukong.ws_listen, enabled)?;
        let (wukong_tcp, wukong_ws) = (config.wukong.tcp(), config.wukong.ws());
        let enabled = config.popim.enabled;
        let popim_listener = listen_also(&mut config.popim.listen, enabled)?;
        let popim_ws = config.popim.own_port();
        if enabled {
            let secret = load_or_create_secret(&config.data.dir.join("popim.key"))?;
            popim::keys::complete(&mut config.popim, &secret);
        }
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
        let limits = web::Data::new(Limits::new(&config));
        let proxies = web::Data::new(TrustedProxies(config.server.trusted_proxies.clone()));
        let (shared_services, shared_limits) = (services.clone(), limits.clone());
        let shared = move |app: &mut ServiceConfig| {
            app.app_data(shared_services.clone())
                .app_data(shared_limits.clone())
                .app_data(proxies.clone());
        };
        let (popim_shared, popim_config) = (shared.clone(), config.clone());
        let popim_app = move || {
            let config = popim_config.clone();
            App::new()
                .configure(popim_shared.clone())
                .configure(move |app| popim::push::socket::mount(app, &config))
        };
        let app = move || {
            let config = config.clone();
            App::new()
                .configure(shared.clone())
                .configure(ops::mount)
                .configure(admin::routes)
                .configure(move |app| dialect::mount(app, &config))
        };
        let running = Serving::new(options)
            .http("http", listener, app)
            .and_then(|all| serve_wukong(all, tcp_listener, ws_listener, services.clone()))
            .and_then(|all| match popim_listener {
                Some(listener) => all.http("popim-ws", listener, popim_app),
                None => Ok(all),
            })
            .map_err(Error::internal)?
            .run();
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
        let announcing =
            enabled.then(|| actix_rt::spawn(popim::settings::announce(services.clone())));
        Ok(Self {
            address,
            wukong_tcp,
            wukong_ws,
            popim_ws,
            first_password,
            services,
            server: handle,
            ended,
            tidying,
            announcing,
            grace,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens for WuKong clients over TCP, if it does.
    pub fn wukong_tcp(&self) -> Option<SocketAddr> {
        self.wukong_tcp
    }

    /// Where it listens for WuKong clients over WebSocket alone, if it does.
    pub fn wukong_ws(&self) -> Option<SocketAddr> {
        self.wukong_ws
    }

    /// Where it listens for PopIM clients' sockets alone, if it does.
    pub fn popim_ws(&self) -> Option<SocketAddr> {
        self.popim_ws
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

    /// Stops in order: no new connections on any port; sessions told and closed; what was accepted is finished; requests under way end; the
    /// writer writes what it has; the actors end. All of it takes at most `server.shutdown_seconds`.
    pub async fn stop(self) {
        let deadline = Instant::now() + self.grace;
        let core = &self.services.core;
        self.tidying.abort();
        if let Some(announcing) = &self.announcing {
            announcing.abort();
        }
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

fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr)> {
    let listener = server::listen(address).map_err(|cause| {
        log::error!("cannot listen on {address}");
        Error::internal(cause)
    })?;
    let address = listener.local_addr().map_err(Error::internal)?;
    Ok((listener, address))
}

/// Listens where the setting says, if anywhere. It says afterwards where that really is, since clients are told.
fn listen_also(setting: &mut String, enabled: bool) -> Result<Option<TcpListener>> {
    let Some(address) = setting.parse().ok().filter(|_| enabled) else {
        setting.clear();
        return Ok(None);
    };
    let (listener, address) = listen(address)?;
    *setting = address.to_string();
    Ok(Some(listener))
}

/// Serves WuKong clients where nobody else is served.
fn serve_wukong(
    serving: Serving,
    tcp: Option<TcpListener>,
    ws: Option<TcpListener>,
    services: web::Data<Services>,
) -> std::io::Result<Serving> {
    let serving = match ws {
        Some(listener) => {
            let services = services.clone();
            serving.http("wukong-ws", listener, move || {
                App::new()
                    .app_data(services.clone())
                    .default_service(web::to(wukong::socket::open))
            })?
        }
        None => serving,
    };
    match tcp {
        Some(listener) => serving.tcp("wukong-tcp", listener, move |link| {
            let greeter = wukong::greeter::greeter(services.clone(), true);
            tcp::serve(link, services.core.hub.clone(), greeter)
        }),
        None => Ok(serving),
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
    let settings = Settings::load(&store).await?;
    let shown = settings.clone();
    let shows_presence = move || shown.policy().online_shown;
    let hub = Hub::start(store.clone(), &config.session, shows_presence)?;
    let login_key = load_or_create_secret(&dir.join("login.key"))?;
    Ok(Core {
        public_url: config.public_url(address),
        settings,
        passwords: Passwords::new(config.auth.bcrypt_cost, config.bcrypt_threads()),
        tokens: Tokens::new(&login_key, config.auth.token_seconds),
        grant_key: GrantKey::new(&login_key),
        opaque: Opaque::load(&store).await?,
        system: Arc::new(System::load(&store).await?),
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
    let kept = services.core.config.wukong.events_days as i64 * time::DAY;
    loop {
        clock.tick().await;
        limits.tidy();
        door.tidy();
        if let Err(fault) = services.chat.tidy().await {
            log::warn!("old client ids could not be forgotten: {fault}");
        }
        if let Err(fault) = services.sync.tidy(kept).await {
            log::warn!("old commands could not be forgotten: {fault}");
        }
        if let Err(fault) = services.web_sessions.tidy().await {
            log::warn!("old logins could not be forgotten: {fault}");
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
    let now = time::now();
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
