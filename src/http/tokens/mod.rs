//! Keeps a system's access tokens: on disk before they are used, renewed before they end, one renewal at a
//! time, and no second try with a refresh token that is dead.
//!
//! A system that rotates refresh tokens kills the old one when it gives the new one. So a new pair is on the
//! disk before the first request goes out with it, and a renewal that has begun is not broken off because
//! whoever asked for it went away.
//!
//! Another program may use the same file, such as `qrtill link` beside a running relay. Whoever renews holds
//! the file's lock from before it reads the refresh token until the pair that came for it is on the disk. A
//! disk that does not take the pair keeps the lock held: the file still has the used token, and to use that
//! twice can end the whole consent.

mod file;
mod quiet;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

pub use self::file::NotKept;

use self::file::Kept;
use self::file::TokenFile;
use self::quiet::Quiet;
use self::quiet::connect_again;
use super::client::Client;
use super::client::NotABaseUrl;
use crate::core::secret::Secret;
use crate::port::provider::Base;
use crate::port::provider::BaseUrls;
use crate::port::provider::Body;
use crate::port::provider::Method;
use crate::port::provider::Provider;
use crate::port::provider::Request;
use crate::port::provider::Response;
use crate::port::tokens::Grant;
use crate::port::tokens::Granted;
use crate::port::tokens::NotGranted;

/// A new token is fetched this long before the old one ends.
const BEFORE_END: Duration = Duration::from_secs(60);
/// A token that is younger and refused is refused for another reason; a newer one would be too.
const YOUNG: Duration = Duration::from_secs(60);
/// Before the first new try at an endpoint, a disk or a lock that did not serve.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
/// Another program on the same file is done within its own answer's deadline.
const LOCK_WAIT: Duration = Duration::from_secs(20);
const LOCK_POLL: Duration = Duration::from_millis(50);

/// Why no request can be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAccess {
    /// Until a person has done something.
    #[error("{0}")]
    Disconnected(String),
    /// For a while.
    #[error("no access token just now: {message}")]
    Later { wait: Duration, message: String },
}

impl NoAccess {
    /// What stands in for the answer to a request that was never sent: the statuses that every adapter reads
    /// as "not permitted" and "later", with our words.
    #[must_use]
    pub fn answer(&self) -> Response {
        let (status, headers) = match self {
            Self::Disconnected(_) => (401, Vec::new()),
            Self::Later { wait, .. } => {
                (429, vec![("retry-after".to_owned(), wait.as_secs().max(1).to_string())])
            }
        };
        Response { status, headers, body: self.to_string().into_bytes() }
    }
}

/// The file or the endpoint cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    #[error(transparent)]
    File(#[from] NotKept),
    #[error(transparent)]
    Endpoint(#[from] NotABaseUrl),
}

pub struct Keeper {
    provider: Arc<dyn Provider>,
    endpoint: String,
    client: Client,
    file: TokenFile,
    /// Wall clock in ms since 1970: tokens outlive the program.
    now_unix_ms: fn() -> i64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kept: Option<Kept>,
    /// The file's lock, held while the disk has not taken what is kept. Nothing else has it either.
    unsaved: Option<File>,
    /// When the present access token came, if it came to this program.
    came: Option<Instant>,
    /// Whether the endpoint is asked just now. Another token in the file ends it at once.
    quiet: Quiet,
}

impl Keeper {
    /// `None` for a system without access tokens. A file that is not there yet is no error: whoever asks is
    /// told to connect.
    pub fn open(
        provider: Arc<dyn Provider>,
        file: &Path,
        now_unix_ms: fn() -> i64,
    ) -> Result<Option<Arc<Self>>, Unusable> {
        let Some(endpoint) = provider.tokens().map(|tokens| tokens.endpoint().to_owned()) else {
            return Ok(None);
        };
        let client = Client::new(BaseUrls::one(&endpoint))?;
        let file = TokenFile::new(file);
        let state = State { kept: file.read()?, ..State::default() };
        let state = Mutex::new(state);
        Ok(Some(Arc::new(Self { provider, endpoint, client, file, now_unix_ms, state })))
    }

    /// A token to send a request with.
    pub async fn access(self: &Arc<Self>) -> Result<Secret, NoAccess> {
        if let Some(token) = self.good(&*self.state.lock().await, None) {
            return Ok(token);
        }
        self.renewed(None).await
    }

    /// Another token than the one that was refused; `None` where there is no better one.
    pub async fn instead_of(self: &Arc<Self>, refused: &Secret) -> Result<Option<Secret>, NoAccess> {
        let token = self.renewed(Some(refused.clone())).await?;
        Ok((token != *refused).then_some(token))
    }

    /// Takes the code of a person's consent and keeps what it gives.
    pub async fn exchange(self: &Arc<Self>, code: Secret, redirect: &str) -> Result<(), NoAccess> {
        let (keeper, grant) = (Arc::clone(self), Grant::Code { code, redirect: redirect.to_owned() });
        unbroken(async move {
            let mut state = keeper.state.lock().await;
            // A disk that does not take the old pair takes no new one, and a code is good once.
            keeper.save(&mut state).await?;
            let lock = keeper.lock().await?;
            let granted =
                keeper.fetch(&grant).await.map_err(|why| NoAccess::Disconnected(why.to_string()))?;
            if granted.refresh.is_none() {
                let message = "the consent gave no refresh token; ask for the scope offline_access";
                return Err(NoAccess::Disconnected(message.to_owned()));
            }
            *state = State::default();
            keeper.keep(&mut state, granted, None, lock).await
        })
        .await
    }

    async fn renewed(self: &Arc<Self>, refused: Option<Secret>) -> Result<Secret, NoAccess> {
        let keeper = Arc::clone(self);
        unbroken(async move { keeper.renew(refused.as_ref()).await }).await
    }

    /// One at a time: whoever comes meanwhile waits for the lock and finds the new token.
    async fn renew(&self, refused: Option<&Secret>) -> Result<Secret, NoAccess> {
        let mut state = self.state.lock().await;
        self.save(&mut state).await?;
        if let Some(token) = self.good(&state, refused) {
            return Ok(token);
        }
        // The lock's folder may not be there before the first connection.
        if state.kept.is_none() {
            self.look_again(&mut state)?;
        }
        if state.kept.is_none() {
            return Err(not_connected());
        }
        let lock = self.lock().await?;
        self.look_again(&mut state)?;
        if let Some(token) = self.good(&state, refused) {
            return Ok(token);
        }
        let Some(kept) = state.kept.clone() else { return Err(not_connected()) };
        let young = state.came.is_some_and(|came| came.elapsed() < YOUNG);
        if young && refused == Some(&kept.access) {
            return Ok(kept.access);
        }
        let refresh = kept.refresh.ok_or_else(|| connect_again("the access token has ended"))?;
        if let Some(why) = state.quiet.why() {
            return Err(why);
        }
        match self.fetch(&Grant::Refresh(refresh.clone())).await {
            Ok(granted) => {
                self.keep(&mut state, granted, Some(refresh), lock).await?;
                state.kept.as_ref().map(|kept| kept.access.clone()).ok_or_else(|| connect_again("no token"))
            }
            Err(why) => Err(state.quiet.failed(why)),
        }
    }

    /// The token that is kept, if it has time left, is not the refused one and is on the disk.
    fn good(&self, state: &State, refused: Option<&Secret>) -> Option<Secret> {
        let kept = state.kept.as_ref().filter(|_| state.unsaved.is_none())?;
        let good = (self.now_unix_ms)() < kept.renew_unix_ms && refused != Some(&kept.access);
        good.then(|| kept.access.clone())
    }

    /// Takes over what another program has put into the file meanwhile.
    fn look_again(&self, state: &mut State) -> Result<(), NoAccess> {
        let found = self.file.read().map_err(|error| NoAccess::Disconnected(error.to_string()))?;
        if found.is_some() && found != state.kept {
            *state = State { kept: found, ..State::default() };
        }
        Ok(())
    }

    /// Remembers first, so that a full disk loses nothing, and writes before anything uses it.
    async fn keep(
        &self,
        state: &mut State,
        granted: Granted,
        before: Option<Secret>,
        lock: File,
    ) -> Result<(), NoAccess> {
        let early = BEFORE_END.min(granted.life / 4);
        let good_ms = i64::try_from((granted.life - early).as_millis()).unwrap_or(i64::MAX);
        state.kept = Some(Kept {
            access: granted.access,
            refresh: granted.refresh.or(before),
            renew_unix_ms: (self.now_unix_ms)().saturating_add(good_ms),
        });
        state.came = Some(Instant::now());
        state.quiet = Quiet::default();
        state.unsaved = Some(lock);
        self.save(state).await
    }

    /// Writes what is not on the disk yet, under the lock that is held for it, and lets that go.
    async fn save(&self, state: &mut State) -> Result<(), NoAccess> {
        let Some(kept) = state.kept.clone().filter(|_| state.unsaved.is_some()) else { return Ok(()) };
        let file = self.file.clone();
        let written = tokio::task::spawn_blocking(move || file.write(&kept)).await;
        let why = match written {
            Ok(Ok(())) => {
                state.unsaved = None;
                return Ok(());
            }
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        tracing::error!(why, "new tokens could not be written down; nothing is sent until they are");
        Err(NoAccess::Later { wait: PAUSE_FIRST, message: why })
    }

    async fn lock(&self) -> Result<File, NoAccess> {
        let until = Instant::now() + LOCK_WAIT;
        loop {
            let lock = self.file.try_lock().map_err(|error| NoAccess::Disconnected(error.to_string()))?;
            if let Some(lock) = lock {
                return Ok(lock);
            }
            if Instant::now() >= until {
                let message = "another program is at the tokens".to_owned();
                return Err(NoAccess::Later { wait: PAUSE_FIRST, message });
            }
            tokio::time::sleep(LOCK_POLL).await;
        }
    }

    async fn fetch(&self, grant: &Grant) -> Result<Granted, NotGranted> {
        let later = |message: String| NotGranted::Later { wait: None, message };
        let tokens = self.provider.tokens().ok_or_else(|| later("a system without tokens".to_owned()))?;
        let fields = tokens.fields(grant);
        let text = form(&self.endpoint, fields.iter().map(|(name, value)| (*name, value.reveal())));
        let request = Request {
            base: Base::Main,
            method: Method::Post,
            path: String::new(),
            headers: vec![("accept".to_owned(), "application/json".to_owned())],
            body: Some(Body { content_type: "application/x-www-form-urlencoded".to_owned(), text }),
        };
        let answered = self.client.send(&request, &tokens.headers()).await;
        tokens.granted(&answered.map_err(|error| later(error.to_string()))?)
    }
}

fn not_connected() -> NoAccess {
    NoAccess::Disconnected("not connected yet; run `qrtill link connect`".to_owned())
}

/// Runs to its end although whoever waits for it goes away.
async fn unbroken<T: Send + 'static>(
    work: impl Future<Output = Result<T, NoAccess>> + Send + 'static,
) -> Result<T, NoAccess> {
    let ended = tokio::spawn(work).await;
    ended.unwrap_or_else(|error| {
        Err(NoAccess::Later { wait: PAUSE_FIRST, message: format!("the renewal broke off: {error}") })
    })
}

/// The fields as a form's body; `any` is some URL, whose library does the encoding.
fn form<'a>(any: &str, fields: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let Ok(mut url) = reqwest::Url::parse(any) else { return String::new() };
    url.query_pairs_mut().clear().extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
