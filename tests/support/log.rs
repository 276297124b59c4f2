//! Records what the program logs at ERROR, which means that somebody is called: a world test in which
//! nobody would have to come fails on it. One record for the whole test binary, of our own lines alone.
#![allow(dead_code, reason = "every test binary uses its own part")]

use std::fmt::Debug;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;

use tracing::Event;
use tracing::Level;
use tracing::Subscriber;
use tracing::field::Field;
use tracing::field::Visit;
use tracing_subscriber::layer::Context;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

static ERRORS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Records from here on. With `RUST_LOG` set everything is printed as well.
pub fn record() {
    static RECORDS: OnceLock<()> = OnceLock::new();
    RECORDS.get_or_init(|| {
        let printed = std::env::var_os("RUST_LOG").map(|_| {
            let filter = tracing_subscriber::EnvFilter::from_default_env();
            tracing_subscriber::fmt::layer().with_test_writer().with_filter(filter)
        });
        tracing_subscriber::registry().with(Errors).with(printed).init();
    });
}

/// What was logged at ERROR so far, by any test of this binary.
pub fn errors() -> Vec<String> {
    ERRORS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Fails if anybody would have been called.
pub fn assert_quiet() {
    let errors = errors();
    assert!(errors.is_empty(), "logged at ERROR: {errors:#?}");
}

struct Errors;

impl<S: Subscriber> Layer<S> for Errors {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let meta = event.metadata();
        if *meta.level() != Level::ERROR || !meta.target().starts_with("qrtill") {
            return;
        }
        let mut line = Line(meta.target().to_owned());
        event.record(&mut line);
        // The tests' own way to end a part, which no shop has.
        if line.0.contains("ended by its fuse") {
            return;
        }
        ERRORS.lock().unwrap_or_else(PoisonError::into_inner).push(line.0);
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push_str(&format!(" {field}={value:?}"));
    }
}
