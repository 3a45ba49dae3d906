//! The JSON line.

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::Result;
use crate::bench::Bench;
use crate::flow::Measured;

/// What a run found out. `lost`, `duplicated` and `strayed` count every message of the run, also
/// those sent to warm up or to fill the store; the other figures count the measured part.
#[derive(Serialize, Default)]
pub struct Report {
    /// Name of the scenario.
    pub scenario: &'static str,
    /// What was spoken with the node.
    pub spoken: &'static str,
    /// Sessions, one account each.
    pub sessions: usize,
    /// Length of the measured part, up to the last acknowledgement.
    pub seconds: f64,
    /// Requests sent.
    pub sent: u64,
    /// Messages the node acknowledged.
    pub acknowledged: u64,
    /// Deliveries.
    pub delivered: u64,
    /// Deliveries the acknowledged messages must lead to.
    pub expected: u64,
    /// Deliveries of acknowledged messages that did not happen.
    pub lost: u64,
    /// Deliveries beyond the first to the same session.
    pub duplicated: u64,
    /// Deliveries to a session that should not hear them.
    pub strayed: u64,
    /// Requests without an acknowledgement: refused, or cut off.
    pub refused: u64,
    /// The first answer to such a request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// Sessions that ended although the run did not end them.
    pub sessions_ended: u64,
    /// Acknowledgements per second.
    pub rate_acknowledged: f64,
    /// Deliveries per second, up to the last one.
    pub rate_delivered: f64,
    /// From the moment a message was due to its acknowledgement.
    pub ack_ms: Option<Quantiles>,
    /// From the moment a message was due to each of its deliveries.
    pub delivery_ms: Option<Quantiles>,
    /// What the node used, given its process.
    pub server: ServerUse,
    /// How the sessions of a storm came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storm: Option<StormFigures>,
}

/// Latencies in milliseconds.
#[derive(Serialize)]
pub struct Quantiles {
    p50: f64,
    p99: f64,
    max: f64,
}

/// CPU time and memory of the node.
#[derive(Serialize, Default)]
pub struct ServerUse {
    /// CPU microseconds per acknowledged message.
    pub cpu_us_per_message: Option<f64>,
    /// CPU microseconds per delivery.
    pub cpu_us_per_delivery: Option<f64>,
    /// Resident memory at the end.
    pub rss_bytes: Option<u64>,
    /// Growth of resident memory while the sessions were opened, per session.
    pub rss_bytes_per_session: Option<f64>,
}

/// How the sessions of a storm came back. Times count from the first reconnection.
#[derive(Serialize)]
pub struct StormFigures {
    /// Until the last socket was open.
    pub connected_seconds: f64,
    /// Until the last message sent meanwhile had arrived as well.
    pub synced_seconds: f64,
    /// Messages acknowledged while their recipients were away.
    pub missed: u64,
    /// How many of these arrived.
    pub missed_delivered: u64,
}

impl Report {
    /// A report of open sessions. Memory is read now; `rss_before` was read before the first was
    /// opened.
    pub fn of_sessions(
        scenario: &'static str,
        sessions: usize,
        bench: &Bench,
        rss_before: Option<u64>,
    ) -> Result<Self> {
        let rss_bytes = bench.rss_bytes()?;
        let growth = rss_bytes
            .zip(rss_before)
            .map(|(after, before)| after.saturating_sub(before));
        let rss_bytes_per_session = growth.map(|bytes| per(bytes as f64, sessions as f64));
        let server = ServerUse {
            rss_bytes,
            rss_bytes_per_session,
            ..ServerUse::default()
        };
        Ok(Self {
            scenario,
            spoken: bench.dialect.spoken(bench.wire),
            sessions,
            server,
            ..Self::default()
        })
    }

    /// Adds what came of the messages, and how the sessions fared. Fails if not one message was
    /// acknowledged: such a run measures nothing.
    pub fn with_messages(mut self, bench: &Bench, measured: &Measured) -> Result<Self> {
        let ledger = bench.ledger(measured.phase);
        if ledger.acknowledged == 0 {
            let refusal = ledger.refusal.as_deref().unwrap_or("no answer");
            return Err(format!("nothing was acknowledged: {refusal}").into());
        }
        self.seconds = round((ledger.last_ack - ledger.begin) as f64 / 1e6, 1e3);
        self.sent = ledger.sent;
        self.acknowledged = ledger.acknowledged;
        self.delivered = ledger.delivered;
        self.expected = ledger.expected();
        self.refused = ledger.sent - ledger.acknowledged;
        self.refusal = ledger.refusal.clone();
        self.rate_acknowledged = rate(ledger.acknowledged, ledger.last_ack - ledger.begin);
        self.rate_delivered = rate(ledger.delivered, ledger.last_delivery - ledger.begin);
        self.ack_ms = quantiles(&ledger.ack);
        self.delivery_ms = quantiles(&ledger.delivery);
        let cpu = |count: u64| {
            measured
                .cpu_micros
                .map(|micros| per(micros as f64, count as f64))
        };
        self.server.cpu_us_per_message = cpu(ledger.acknowledged);
        self.server.cpu_us_per_delivery = cpu(ledger.delivered);
        drop(ledger);
        self.server.rss_bytes = bench.rss_bytes()?;
        Ok(self.with_losses(bench))
    }

    /// Adds what went wrong on this bench in the whole run.
    pub fn with_losses(mut self, bench: &Bench) -> Self {
        self.lost += bench.total(|ledger| ledger.missing());
        self.duplicated += bench.total(|ledger| ledger.duplicated);
        self.strayed += bench.total(|ledger| ledger.strayed);
        self.sessions_ended += bench.sessions_ended();
        self
    }

    /// Whether everything acknowledged arrived where it should, once, and every session lived.
    pub fn is_clean(&self) -> bool {
        self.lost + self.duplicated + self.strayed + self.sessions_ended == 0
    }
}

fn quantiles(histogram: &Histogram<u64>) -> Option<Quantiles> {
    let ms = |micros: u64| micros as f64 / 1e3;
    (!histogram.is_empty()).then(|| Quantiles {
        p50: ms(histogram.value_at_quantile(0.5)),
        p99: ms(histogram.value_at_quantile(0.99)),
        max: ms(histogram.max()),
    })
}

fn rate(count: u64, micros: u64) -> f64 {
    per(count as f64 * 1e6, micros as f64)
}

/// A quotient to one decimal; 0 of nothing.
fn per(amount: f64, count: f64) -> f64 {
    if count > 0.0 {
        round(amount / count, 10.0)
    } else {
        0.0
    }
}

fn round(number: f64, parts: f64) -> f64 {
    (number * parts).round() / parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_without_messages_prints_valid_json() {
        let line = serde_json::to_string(&Report {
            scenario: "idle",
            sessions: 3,
            ..Report::default()
        });
        let value: Option<serde_json::Value> =
            line.ok().and_then(|line| serde_json::from_str(&line).ok());
        assert_eq!(
            value.as_ref().and_then(|value| value["sessions"].as_u64()),
            Some(3)
        );
        assert!(
            value.is_some_and(|value| value["ack_ms"].is_null() && value.get("storm").is_none())
        );
    }

    #[test]
    fn rates_of_nothing_are_zero() {
        assert_eq!((rate(500, 250_000), rate(0, 0)), (2000.0, 0.0));
    }

    #[test]
    fn one_lost_message_or_session_spoils_a_run() {
        assert!(Report::default().is_clean());
        assert!(
            !Report {
                lost: 1,
                ..Report::default()
            }
            .is_clean()
        );
        assert!(
            !Report {
                sessions_ended: 1,
                ..Report::default()
            }
            .is_clean()
        );
    }
}
