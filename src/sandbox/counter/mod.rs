//! The counter in a browser: the panel's live picture, a keypad to click, the customer's phone, and what
//! scripts hold on to. It shows and presses; what a key or a fault does is decided elsewhere.

mod events;
mod fault;
mod feed;
mod guard;
mod keys;
mod page;
mod state;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::get;
use axum::routing::post;
use serde::Serialize;
use tokio::sync::watch;

use crate::sandbox::Keys;
use crate::terminal::Snapshot;

pub use fault::Fault;
pub use fault::FaultBox;
pub use fault::InForce;
use feed::Feed;

const LARGEST_BODY: usize = 4 * 1024;

/// Everything a counter is made of.
pub struct Counter {
    /// What the terminal shows. Event streams and long polls end when its sender is gone.
    pub snapshots: watch::Receiver<Option<Snapshot>>,
    /// Where keys go now; a terminal that was started again has another place.
    pub keys: Keys,
    pub faults: Arc<dyn FaultBox>,
    /// The path of the pty that is a serial keypad.
    pub pty: String,
    pub about: About,
}

/// What the page says of the terminal beside it.
#[derive(Clone, Debug)]
pub struct About {
    /// ISO 4217 code.
    pub currency: String,
    /// A name of `port::panel::PANELS`.
    pub panel: String,
    /// The second panel, where there is one.
    pub cashier_panel: Option<String>,
    pub shop: String,
    /// The panel's language, such as `en`.
    pub lang: String,
    /// The payment-link system.
    pub provider: String,
    /// Where this counter's page is: `/`, or `/counter-2/` and so on.
    pub path: String,
    /// All counters of the sandbox where it has several; else none.
    pub counters: Vec<Place>,
}

/// Where one of several counters is found.
#[derive(Clone, Debug, Serialize)]
pub struct Place {
    pub name: String,
    pub path: String,
    pub provider: String,
}

struct Shared {
    counter: Counter,
    feed: Feed,
    picture: state::Picture,
    cashier: state::Picture,
    /// Texts of keys are pressed one whole text after another.
    hand: tokio::sync::Mutex<()>,
}

type App = axum::extract::State<Arc<Shared>>;

/// A status, and one sentence that says what is wrong and how to mend it.
type Refusal = (StatusCode, String);

/// Everything the counter serves, below its own path. Starts one task, so it needs a runtime; the task ends
/// with the sender of `snapshots`.
pub fn router(counter: Counter) -> Router {
    let path = counter.about.path.clone();
    let feed = Feed::follow(counter.snapshots.clone());
    let hand = tokio::sync::Mutex::new(());
    let (picture, cashier) = Default::default();
    let shared = Arc::new(Shared { counter, feed, picture, cashier, hand });
    let mut router = Router::new();
    for (path, kind, text) in page::ASSETS {
        router = router.route(path, get(move || std::future::ready(page::asset(kind, text))));
    }
    let router = router
        .route("/", get(page::page))
        .route("/counter/keys", post(keys::press))
        .route("/counter/frame.png", get(state::frame))
        .route("/counter/cashier.png", get(state::cashier))
        .route("/counter/state", get(state::state))
        .route("/counter/events", get(events::events))
        .route("/sandbox/fault", get(fault::standing).post(fault::set))
        .route("/sandbox/pty", get(page::pty))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(axum::middleware::from_fn(guard::guard))
        .with_state(shared);
    if path == "/" {
        return router;
    }
    // The page asks for its parts beside itself, so it must not be taken for a file of the folder above.
    let bare = path.trim_end_matches('/').to_owned();
    let aside = Redirect::permanent(&path);
    Router::new().route(&bare, get(move || std::future::ready(aside))).nest(&path, router)
}

fn not_started() -> Refusal {
    (
        StatusCode::SERVICE_UNAVAILABLE,
        "the terminal has not shown anything yet; try again in a moment".to_owned(),
    )
}
