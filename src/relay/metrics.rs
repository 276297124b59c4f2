//! What `GET /metrics` tells, in Prometheus text.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct System {
    system: &'static str,
}

/// Counters and gauges of one relay.
#[derive(Debug, Default)]
pub struct Metrics {
    registry: Registry,
    accepted: Counter,
    repeated: Counter,
    webhooks_refused: Family<Reason, Counter>,
    webhook_hints: Family<Reason, Counter>,
    documents_refused: Family<Reason, Counter>,
    calls: Family<System, Counter>,
    unanswered: Family<System, Counter>,
    open_sales: Gauge<u64, AtomicU64>,
    owed_documents: Gauge<u64, AtomicU64>,
    serving: Family<System, Gauge<u64, AtomicU64>>,
}

impl Metrics {
    #[must_use]
    pub fn new() -> Self {
        let mut metrics = Self::default();
        let registry = &mut metrics.registry;
        let mut add =
            |name: &str, help: &str, metric: &Counter| registry.register(name, help, metric.clone());
        add("qrtill_webhooks_accepted", "Verified, journaled and answered 2xx", &metrics.accepted);
        add("qrtill_webhooks_repeated", "Verified webhooks that were known already", &metrics.repeated);
        registry.register("qrtill_provider_calls", "Requests to payment-link systems", metrics.calls.clone());
        let unanswered = "Requests to payment-link systems without an answer in time";
        registry.register("qrtill_provider_unanswered", unanswered, metrics.unanswered.clone());
        let refused = "Webhooks answered other than 2xx";
        registry.register("qrtill_webhooks_refused", refused, metrics.webhooks_refused.clone());
        let hints = "Signed webhooks answered 2xx of which the provider is asked instead";
        registry.register("qrtill_webhook_hints", hints, metrics.webhook_hints.clone());
        let refused = "Documents on the broker that were not believed";
        registry.register("qrtill_documents_refused", refused, metrics.documents_refused.clone());
        let mut add = |name: &str, help: &str, gauge: &Gauge<u64, AtomicU64>| {
            registry.register(name, help, gauge.clone());
        };
        add("qrtill_open_sales", "Sales the provider is still asked about", &metrics.open_sales);
        add("qrtill_owed_documents", "Documents sent until their receipt comes", &metrics.owed_documents);
        let serving = "1 while payments can be taken and heard of at the system";
        registry.register("qrtill_serving", serving, metrics.serving.clone());
        metrics
    }

    /// A verified webhook that is on disk; `new` unless it was there before.
    pub fn webhook_accepted(&self, new: bool) {
        self.accepted.inc();
        if !new {
            self.repeated.inc();
        }
    }

    /// Counts, and says whether this is worth a line in the log: the 1st, 2nd, 4th, 8th … of its reason.
    pub fn webhook_refused(&self, reason: &'static str) -> bool {
        (self.webhooks_refused.get_or_create(&Reason { reason }).inc() + 1).is_power_of_two()
    }

    /// As `webhook_refused`, for webhooks that are genuine and yet not believed as they came.
    pub fn webhook_hint(&self, reason: &'static str) -> bool {
        (self.webhook_hints.get_or_create(&Reason { reason }).inc() + 1).is_power_of_two()
    }

    /// As `webhook_refused`, for documents on the broker.
    pub fn document_refused(&self, reason: &'static str) -> bool {
        (self.documents_refused.get_or_create(&Reason { reason }).inc() + 1).is_power_of_two()
    }

    /// A request to a system, answered in time or not.
    pub fn call(&self, system: &'static str, answered: bool) {
        self.calls.get_or_create(&System { system }).inc();
        if !answered {
            self.unanswered.get_or_create(&System { system }).inc();
        }
    }

    /// How much there is to do now, over all terminals.
    pub fn load(&self, open_sales: usize, owed_documents: usize) {
        self.open_sales.set(open_sales as u64);
        self.owed_documents.set(owed_documents as u64);
    }

    /// Whether payments can be taken and heard of at a system now.
    pub fn serving(&self, system: &'static str, heard: bool) {
        self.serving.get_or_create(&System { system }).set(u64::from(heard));
    }

    /// The exposition text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to a string does not fail");
        text
    }
}
