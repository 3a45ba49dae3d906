//! The server over [`Link`]s, on as many addresses as there are ways in. For HTTP what `actix_web::HttpServer` does, except that
//! it owns the connections it serves.

use super::door::{Admission, Door};
use super::link::Link;
use actix_http::body::MessageBody;
use actix_http::error::DispatchError;
use actix_http::{HttpService, KeepAlive, Request, Response};
use actix_rt::net::TcpStream;
use actix_server::{Server, ServerBuilder};
use actix_service::{
    IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config,
};
use actix_web::dev::AppConfig;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

/// How the server is to behave.
#[derive(Clone)]
pub struct Options {
    /// Threads that serve connections.
    pub workers: usize,
    /// Connections each of them holds at most.
    pub max_connections: usize,
    /// A peer that takes no bytes for so long is dropped.
    pub stall_after: Duration,
    /// How long a stop waits for requests under way.
    pub shutdown_timeout: Duration,
    /// Who may come in.
    pub door: Arc<Door>,
}

/// Opens the listening socket. The queue of connections not yet accepted is long, so that a whole crowd may reconnect at once.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    use socket2::{Domain, Socket, Type};
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(8192)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// A server to be: its listeners share its threads, its door and its end.
pub struct Serving {
    builder: ServerBuilder,
    stall_after: Duration,
    door: Arc<Door>,
}

impl Serving {
    /// A server that listens nowhere yet.
    pub fn new(options: Options) -> Self {
        let Options {
            workers,
            max_connections,
            stall_after,
            shutdown_timeout,
            door,
        } = options;
        let builder = Server::build()
            .workers(workers)
            .max_concurrent_connections(max_connections)
            .shutdown_timeout(shutdown_timeout.as_secs())
            .disable_signals();
        Self {
            builder,
            stall_after,
            door,
        }
    }

    /// Serves HTTP on a listener.
    pub fn http<F, I, S, B>(self, name: &str, listener: TcpListener, factory: F) -> io::Result<Self>
    where
        F: Fn() -> I + Send + Clone + 'static,
        I: IntoServiceFactory<S, Request>,
        S: ServiceFactory<Request, Config = AppConfig> + 'static,
        S::Error: Into<actix_web::Error> + 'static,
        S::InitError: std::fmt::Debug,
        S::Response: Into<Response<B>> + 'static,
        <S::Service as actix_service::Service<Request>>::Future: 'static,
        S::Service: 'static,
        B: MessageBody + 'static,
    {
        let address = listener.local_addr()?;
        let stopping = self.builder.graceful_shutdown_signal();
        let (door, stall_after) = (self.door.clone(), self.stall_after);
        let builder = self.builder.listen(name, listener, move || {
            let stopping = stopping.clone();
            let app = factory()
                .into_factory()
                .map_err(|error| error.into().error_response());
            let http = HttpService::build()
                // Connections that wait for another request would hold up a stop.
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                .keep_alive(KeepAlive::Timeout(Duration::from_secs(75)))
                .client_request_timeout(Duration::from_secs(10))
                // No grace for the peer's own close: it only delays ours.
                .client_disconnect_timeout(Duration::ZERO)
                .local_addr(address)
                .on_connect_ext(|link: &Link<Admission>, data| drop(data.insert(link.cutter())))
                .h1(map_config(app, |_| AppConfig::default()));
            let door = door.clone();
            fn_service(move |stream: TcpStream| {
                let admitted = admit(&door, stream, stall_after);
                async move { admitted }
            })
            .and_then(http)
        })?;
        Ok(Self { builder, ..self })
    }

    /// Serves bare connections on a listener: `carry` does so with each, until it ends.
    pub fn tcp<F, C>(self, name: &str, listener: TcpListener, carry: F) -> io::Result<Self>
    where
        F: Fn(Link<Admission>) -> C + Send + Clone + 'static,
        C: Future<Output = ()> + 'static,
    {
        let (door, stall_after) = (self.door.clone(), self.stall_after);
        let builder = self.builder.listen(name, listener, move || {
            let (door, carry) = (door.clone(), carry.clone());
            fn_service(move |stream: TcpStream| {
                let carried = admit(&door, stream, stall_after).map(|(link, _)| carry(link));
                async move {
                    carried?.await;
                    Ok::<_, DispatchError>(())
                }
            })
        })?;
        Ok(Self { builder, ..self })
    }

    /// Starts serving. The future must be awaited for the server to run; its handle stops it.
    pub fn run(self) -> Server {
        self.builder.run()
    }
}

type Admitted = (Link<Admission>, Option<SocketAddr>);

fn admit(
    door: &Arc<Door>,
    stream: TcpStream,
    stall_after: Duration,
) -> Result<Admitted, DispatchError> {
    let peer = stream.peer_addr()?;
    let admission = door
        .admit(peer.ip())
        .ok_or(io::Error::from(io::ErrorKind::ConnectionRefused))?;
    // Without this small frames wait for the acknowledgement of earlier ones.
    stream.set_nodelay(true)?;
    Ok((Link::new(stream, stall_after, admission), Some(peer)))
}
