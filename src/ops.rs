//! What operators ask the node: is it alive, is it ready, how is it doing.

use crate::dialect::caller;
use crate::error::Result;
use crate::service::Services;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpRequest, HttpResponse, web};
use prometheus::{Encoder, Gauge, IntCounter, IntGauge, Registry, TextEncoder};
use std::sync::atomic::Ordering;

/// Mounts `/healthz`, `/readyz` and `/metrics`.
pub fn mount(app: &mut web::ServiceConfig) {
    app.route("/healthz", web::get().to(health))
        .route("/readyz", web::get().to(ready))
        .route("/metrics", web::get().to(metrics));
}

async fn health() -> &'static str {
    "ok\n"
}

/// 200 when the node takes messages, 503 with the reasons when not.
async fn ready(services: web::Data<Services>) -> HttpResponse {
    let store = &services.core.store;
    let mut reasons = Vec::new();
    if store.writer().failing.load(Ordering::Relaxed) {
        reasons.push("the last write failed");
    }
    if store.is_closed() {
        reasons.push("the writer has ended");
    }
    let (depth, most) = store.queue_depth();
    if depth * 10 > most * 9 {
        reasons.push("the queue of writes is nearly full");
    }
    if store.read(crate::store::settings::ping).await.is_err() {
        reasons.push("the database cannot be read");
    }
    if reasons.is_empty() {
        HttpResponse::Ok().body("ready\n")
    } else {
        HttpResponse::ServiceUnavailable().body(reasons.join("\n") + "\n")
    }
}

/// Prometheus text, for loopback and for who has the token.
async fn metrics(request: HttpRequest, services: web::Data<Services>) -> HttpResponse {
    if !may_measure(&request, &services.core.config.metrics.token) {
        return HttpResponse::Forbidden().body("metrics are for loopback or a bearer token\n");
    }
    match measure(&services) {
        Ok(text) => HttpResponse::Ok()
            .content_type("text/plain; version=0.0.4")
            .body(text),
        Err(fault) => {
            log::error!("metrics could not be written: {fault}");
            HttpResponse::InternalServerError().finish()
        }
    }
}

fn may_measure(request: &HttpRequest, token: &str) -> bool {
    let given = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let proved =
        !token.is_empty() && given.and_then(|value| value.strip_prefix("Bearer ")) == Some(token);
    proved || caller::address(request).is_loopback()
}

fn measure(services: &Services) -> Result<Vec<u8>, prometheus::Error> {
    let (hub, store) = (&services.core.hub, &services.core.store);
    let (census, writer) = (hub.census(), store.writer());
    let registry = Registry::new();
    let gauge = |name: &str, help: &str, value: i64| {
        let gauge = IntGauge::new(name, help)?;
        gauge.set(value);
        registry.register(Box::new(gauge))
    };
    let counter = |name: &str, help: &str, value: u64| {
        let counter = IntCounter::new(name, help)?;
        counter.inc_by(value);
        registry.register(Box::new(counter))
    };
    gauge("parlance_sessions", "Live sockets.", census.sessions as i64)?;
    gauge(
        "parlance_mailboxes",
        "Mailboxes in memory.",
        census.mailboxes as i64,
    )?;
    gauge(
        "parlance_channels",
        "Channels in memory.",
        census.channels as i64,
    )?;
    gauge(
        "parlance_write_queue_depth",
        "Writes that wait.",
        store.queue_depth().0 as i64,
    )?;
    counter(
        "parlance_messages_total",
        "Messages committed.",
        writer.messages.load(Ordering::Relaxed),
    )?;
    counter(
        "parlance_write_batches_total",
        "Transactions of messages.",
        writer.batches.load(Ordering::Relaxed),
    )?;
    counter(
        "parlance_deliveries_total",
        "Events offered to a recipient.",
        hub.deliveries(),
    )?;
    let writing = Gauge::new(
        "parlance_write_busy_seconds",
        "Time spent committing messages since the start.",
    )?;
    writing.set(writer.micros.load(Ordering::Relaxed) as f64 / 1e6);
    registry.register(Box::new(writing))?;
    if let Some(bytes) = resident_bytes() {
        gauge(
            "parlance_resident_memory_bytes",
            "Resident memory of the process.",
            bytes,
        )?;
    }
    let mut text = Vec::new();
    TextEncoder::new().encode(&registry.gather(), &mut text)?;
    Ok(text)
}

/// From `/proc/self/status`, where there is one.
fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim()
        .strip_suffix(" kB")?
        .parse::<i64>()
        .ok()
        .map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn metrics_are_for_loopback_or_the_token() {
        let from = |peer: &str| TestRequest::default().peer_addr(peer.parse().unwrap());
        assert!(may_measure(&from("127.0.0.1:1").to_http_request(), ""));
        let far = || from("10.0.0.1:1");
        assert!(!may_measure(&far().to_http_request(), ""));
        assert!(!may_measure(
            &far()
                .insert_header((AUTHORIZATION, "Bearer "))
                .to_http_request(),
            ""
        ));
        assert!(may_measure(
            &far()
                .insert_header((AUTHORIZATION, "Bearer t"))
                .to_http_request(),
            "t"
        ));
        assert!(!may_measure(
            &far()
                .insert_header((AUTHORIZATION, "Bearer x"))
                .to_http_request(),
            "t"
        ));
    }
}
