//! A payment-link system of our own: it speaks each provider's dialect over real HTTP, hosts the checkout
//! page and sends signed webhooks. No real money, and not a line shared with the adapters that talk to it.

mod api;
mod call;
mod checkout;
mod clock;
mod delivery;
mod face;
pub mod faults;
mod form;
mod idempotency;
mod ids;
mod iso;
mod json;
mod ledger;
pub mod model;
mod outbox;
mod outcome;
mod page;
mod paging;
mod pay;
mod qonto;
mod qr;
mod refund;
mod retries;
mod store;
mod storekit;
mod stripe;
#[cfg(test)]
mod subject;
mod vinr;
mod visit;
mod webhook;
mod world;
mod yabetoo;

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use anyhow::Context;
use axum::Router;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;
use tokio::sync::Notify;

use crate::core::money::Currency;
use crate::sandbox::bank::face::Thing;
use crate::sandbox::bank::faults::Faults;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::store::Store;
use crate::sandbox::bank::world::Habits;
use crate::sandbox::bank::world::World;

pub use ledger::Ledger;
pub use ledger::LedgerLink;
pub use ledger::LedgerPayment;
pub use ledger::LedgerRefund;
pub use refund::Refunding;

#[derive(Clone, Debug)]
pub struct BankOptions {
    /// Where `bank.sqlite` is kept; absent: nothing outlives the program.
    pub data: Option<PathBuf>,
    /// Where customers and API clients reach the bank, such as `http://127.0.0.1:8460`.
    pub public_url: String,
    /// Whom the checkout page names as the payee.
    pub merchant: String,
    /// The store's, in a system whose links are always in one currency.
    pub currency: Currency,
    /// How long after its event a webhook leaves first.
    pub webhook_delay_ms: u64,
    /// How long a minute is when the bank waits to send a webhook again: each face's whole schedule
    /// shrinks and grows with it.
    pub retry_base_ms: u64,
    /// After this long an unsettled payment succeeds by itself; absent: it stays until `settle`.
    pub pending_settles_ms: Option<u64>,
    /// What becomes of refunds.
    pub refunds: Refunding,
    /// After how long, where that is later; absent: it stays until `settle_refund`.
    pub refund_settles_ms: Option<u64>,
    /// A checkout opened before its link's last place was taken can still be paid.
    pub pay_twice: bool,
    /// How long a customer may stay on the page.
    pub checkout_life_ms: u64,
    /// How long a changed webhook secret goes on signing beside the new one.
    pub secret_overlap_ms: u64,
    /// API calls a second and face before the bank answers 429.
    pub rate_limit: Option<u32>,
}

impl Default for BankOptions {
    fn default() -> Self {
        Self {
            data: None,
            public_url: "http://127.0.0.1:8460".to_owned(),
            merchant: "Corner Shop".to_owned(),
            currency: Currency::from_code("EUR").expect("a currency of ISO 4217"),
            webhook_delay_ms: 0,
            retry_base_ms: retries::BASE_MS.unsigned_abs(),
            pending_settles_ms: None,
            refunds: Refunding::default(),
            refund_settles_ms: None,
            pay_twice: true,
            checkout_life_ms: 86_400_000,
            secret_overlap_ms: 86_400_000,
            rate_limit: None,
        }
    }
}

impl BankOptions {
    fn habits(&self) -> Habits {
        let ms = |value: u64| i64::try_from(value).unwrap_or(i64::MAX / 4).min(i64::MAX / 4);
        Habits {
            currency: self.currency,
            pay_twice: self.pay_twice,
            pending_settles_ms: self.pending_settles_ms.map(ms),
            refunds: self.refunds,
            refund_settles_ms: self.refund_settles_ms.map(ms),
            checkout_life_ms: ms(self.checkout_life_ms),
            webhook_delay_ms: ms(self.webhook_delay_ms),
            retry_base_ms: ms(self.retry_base_ms).max(1),
            secret_overlap_ms: ms(self.secret_overlap_ms),
        }
    }
}

/// A receiver of one face's webhooks.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Endpoint {
    pub id: String,
    pub url: String,
    pub secret: String,
}

/// How one system's face is reached.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct FaceInfo {
    pub system: &'static str,
    pub base_url: String,
    pub api_key: String,
    /// Signs what goes to the main endpoint. Endpoints added over HTTP have secrets of their own.
    pub webhook_secret: String,
    /// What a relay's `[provider.options]` needs besides.
    pub options: Map<String, Value>,
}

/// Why a payment or a refund was not settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSettled {
    #[error("there is no payment or refund of this id")]
    Unknown,
    #[error("it has ended already")]
    EndedAlready,
}

/// A handle; clones share one bank.
#[derive(Clone)]
pub struct Bank(Arc<Inner>);

struct Inner {
    options: BankOptions,
    keys: BTreeMap<Face, Keys>,
    faults: Faults,
    /// There may be something to deliver, or sooner than before.
    wake: Notify,
    state: Mutex<State>,
}

/// What one face's clients know.
struct Keys {
    api_key: String,
    webhook_secret: String,
}

struct State {
    world: World,
    store: Store,
    public_url: String,
    gates: BTreeMap<Face, api::Gate>,
}

impl Bank {
    /// Opens the bank, with everything that was in its file.
    pub fn open(options: BankOptions) -> anyhow::Result<Self> {
        let store = Store::open(options.data.as_deref().map(Path::new))?;
        let keys = Face::ALL.iter().map(|face| Ok((*face, keys(&store, *face)?)));
        let keys = keys.collect::<anyhow::Result<BTreeMap<Face, Keys>>>()?;
        let world = restored(&store, options.habits())?;
        let public_url = options.public_url.trim_end_matches('/').to_owned();
        let state = Mutex::new(State { world, store, public_url, gates: BTreeMap::new() });
        let (faults, wake) = (Faults::default(), Notify::new());
        Ok(Self(Arc::new(Inner { options, keys, faults, wake, state })))
    }

    /// Everything the bank serves, with whole paths: it goes at the root of the listener.
    pub fn router(&self) -> Router {
        Router::new().merge(api::router()).merge(checkout::router()).with_state(self.clone())
    }

    /// Says where the bank is reached, once the listener's port is known.
    pub fn set_public_url(&self, url: &str) {
        url.trim_end_matches('/').clone_into(&mut self.lock().public_url);
    }

    /// How each face is reached.
    #[must_use]
    pub fn faces(&self) -> Vec<FaceInfo> {
        Face::ALL.iter().map(|face| self.face(*face)).collect()
    }

    #[must_use]
    pub fn face(&self, face: Face) -> FaceInfo {
        let (dialect, keys, state) = (face.dialect(), self.keys(face), self.lock());
        let main = state.world.endpoints.get(&main_endpoint(face));
        let base_url = format!("{}/bank/{}", state.public_url, dialect.name());
        FaceInfo {
            system: dialect.name(),
            options: dialect.options(&base_url),
            base_url,
            api_key: keys.api_key.clone(),
            webhook_secret: main.map_or(&keys.webhook_secret, |main| &main.secret).clone(),
        }
    }

    fn keys(&self, face: Face) -> &Keys {
        &self.0.keys[&face]
    }

    /// Sends that face's webhooks to `url` with the secret that `faces` tells. Called again, as after a
    /// restart on another port, it moves that endpoint with all it is owed.
    pub fn main_endpoint(&self, face: Face, url: &str) -> anyhow::Result<Endpoint> {
        let (id, secret) = (main_endpoint(face), self.keys(face).webhook_secret.clone());
        self.turn(|world, _| {
            let known = world.endpoints.get(&id).cloned();
            let seq = known.as_ref().map_or_else(|| world.next_seq(), |known| known.seq);
            let fresh = || model::Endpoint { id, seq, face, url: String::new(), secret, former: None };
            let endpoint = model::Endpoint { url: url.to_owned(), ..known.unwrap_or_else(fresh) };
            world.keep(endpoint.clone());
            endpoint.into()
        })
    }

    /// Sends that face's webhooks to `url` as well, from the next event on, with a secret of its own.
    pub fn add_endpoint(&self, face: Face, url: &str) -> anyhow::Result<Endpoint> {
        let secret = face.dialect().fresh_secret(&chance()?);
        self.turn(|world, _| {
            let (id, seq) = (world.id(face, Thing::Endpoint), world.next_seq());
            let endpoint = model::Endpoint { id, seq, face, url: url.to_owned(), secret, former: None };
            world.keep(endpoint.clone());
            endpoint.into()
        })
    }

    /// Gives an endpoint a new secret; the former one goes on signing for a while. `None` if the face has
    /// no such endpoint.
    pub fn roll_secret(&self, face: Face, id: &str) -> anyhow::Result<Option<Endpoint>> {
        let secret = face.dialect().fresh_secret(&chance()?);
        self.turn(|world, now_ms| {
            let endpoint = world.endpoints.get(id).filter(|one| one.face == face)?.clone();
            let former =
                Some((endpoint.secret.clone(), now_ms.saturating_add(world.habits.secret_overlap_ms)));
            let endpoint = model::Endpoint { secret, former, ..endpoint };
            world.keep(endpoint.clone());
            Some(endpoint.into())
        })
    }

    #[must_use]
    pub fn endpoints(&self, face: Face) -> Vec<Endpoint> {
        let state = self.lock();
        let ours = state.world.endpoints.iter().filter(|one| one.face == face);
        ours.cloned().map(Endpoint::from).collect()
    }

    /// Ends an unsettled payment: the money comes, or it does not.
    pub fn settle(&self, payment: &str, succeeds: bool) -> anyhow::Result<Result<(), NotSettled>> {
        self.turn(|world, now_ms| {
            world.payments.get(payment).ok_or(NotSettled::Unknown)?;
            world.settle(payment, succeeds, now_ms).map(|_| ()).ok_or(NotSettled::EndedAlready)
        })
    }

    /// Ends a refund: a pending one either way, one that is done by its money coming back.
    pub fn settle_refund(&self, refund: &str, succeeds: bool) -> anyhow::Result<Result<(), NotSettled>> {
        self.turn(|world, now_ms| {
            world.refunds.get(refund).ok_or(NotSettled::Unknown)?;
            world.settle_refund(refund, succeeds, now_ms).map(|_| ()).ok_or(NotSettled::EndedAlready)
        })
    }

    /// All money that was ever asked for or moved.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        let state = self.lock();
        Ledger::of(&state.world, &state.public_url)
    }

    /// What goes wrong on purpose, from now on.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.0.faults.clone()
    }

    /// Lets time do its part, then acts, then saves all changes at once. If they cannot be saved, none
    /// of them happened.
    fn turn<T>(&self, act: impl FnOnce(&mut World, i64) -> T) -> anyhow::Result<T> {
        self.turn_at(|state, now_ms| act(&mut state.world, now_ms))
    }

    fn turn_at<T>(&self, act: impl FnOnce(&mut State, i64) -> T) -> anyhow::Result<T> {
        let mut state = self.lock();
        let now_ms = clock::now_ms();
        state.world.advance(now_ms);
        let result = act(&mut state, now_ms);
        let changes = state.world.take_changes();
        if changes.is_empty() {
            return Ok(result);
        }
        if let Err(error) = state.store.save(&changes) {
            state.world = restored(&state.store, self.0.options.habits())?;
            return Err(error);
        }
        drop(state);
        self.0.wake.notify_one();
        Ok(result)
    }

    /// The same as `turn_at`, off the threads that serve sockets: it waits for the disk.
    async fn commit<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut State, i64) -> T + Send + 'static,
    ) -> anyhow::Result<T> {
        let bank = self.clone();
        tokio::task::spawn_blocking(move || bank.turn_at(act)).await.context("the bank broke off")?
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<model::Endpoint> for Endpoint {
    fn from(endpoint: model::Endpoint) -> Self {
        Self { id: endpoint.id, url: endpoint.url, secret: endpoint.secret }
    }
}

fn restored(store: &Store, habits: Habits) -> anyhow::Result<World> {
    let mut world = World::new(habits, u64::from_ne_bytes(chance()?));
    store.load(&mut world)?;
    Ok(world)
}

fn keys(store: &Store, face: Face) -> anyhow::Result<Keys> {
    let dialect = face.dialect();
    let setting = |what: &str| format!("{}.{what}", dialect.name());
    Ok(Keys {
        api_key: store.setting(&setting("api_key"), || Ok(dialect.fresh_api_key(&chance()?)))?,
        webhook_secret: store.setting(&setting("webhook_secret"), || Ok(dialect.fresh_secret(&chance()?)))?,
    })
}

/// The endpoint of whoever runs the sandbox; its secret is the one that `GET /bank` tells.
fn main_endpoint(face: Face) -> String {
    if face == Face::FIRST { "we_main".to_owned() } else { format!("we_main_{}", face.dialect().name()) }
}

fn chance<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).context("the system gives no random bytes")?;
    Ok(bytes)
}
