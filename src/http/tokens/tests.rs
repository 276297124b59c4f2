//! A keeper against an endpoint that rotates refresh tokens, over HTTP.

use std::cell::Cell;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;

use axum::Router;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::routing::get;
use axum::routing::post;

use super::quiet::PAUSE_MOST;
use super::quiet::PAUSE_SETTINGS;
use super::*;
use crate::http::system::System;
use crate::port::provider::Ask;
use crate::port::provider::Trouble;

thread_local! {
    /// Each test has a thread and a runtime of its own.
    static NOW_MS: Cell<i64> = const { Cell::new(1_760_000_000_000) };
}

fn now() -> i64 {
    NOW_MS.get()
}

fn pass(seconds: i64) {
    NOW_MS.set(NOW_MS.get() + seconds * 1_000);
}

/// The system's side. Access and refresh tokens carry the number of the grant they came from.
#[derive(Default)]
struct Qonto {
    file: PathBuf,
    granted: AtomicUsize,
    asked: AtomicUsize,
    calls: AtomicUsize,
    /// No refresh token is good any more.
    revoked: AtomicBool,
    /// Every access token is refused.
    closed: AtomicBool,
    /// What the endpoint says instead, with which status.
    instead: Mutex<Option<(u16, &'static str)>>,
    slow_ms: AtomicU64,
}

type Side = Shared<Arc<Qonto>>;

async fn token(Shared(qonto): Side, body: String) -> (StatusCode, String) {
    qonto.asked.fetch_add(1, SeqCst);
    tokio::time::sleep(Duration::from_millis(qonto.slow_ms.load(SeqCst))).await;
    if let Some((status, body)) = *qonto.instead.lock().await {
        return (StatusCode::from_u16(status).expect("a status"), body.to_owned());
    }
    let last = qonto.granted.load(SeqCst);
    let code = body.contains("grant_type=authorization_code&code=good&redirect_uri=http%3A%2F%2Fback%2F&");
    let fresh = body.contains(&format!("grant_type=refresh_token&refresh_token=r{last}&"));
    let client = body.ends_with("client_id=app-1&client_secret=cs");
    if !client || !(code || fresh && !qonto.revoked.load(SeqCst)) {
        return (StatusCode::BAD_REQUEST, r#"{"error":"invalid_grant"}"#.to_owned());
    }
    qonto.revoked.store(false, SeqCst);
    let n = qonto.granted.fetch_add(1, SeqCst) + 1;
    (StatusCode::OK, format!(r#"{{"access_token":"a{n}","refresh_token":"r{n}","expires_in":3600}}"#))
}

async fn methods(Shared(qonto): Side, headers: HeaderMap) -> (StatusCode, String) {
    qonto.calls.fetch_add(1, SeqCst);
    let n = qonto.granted.load(SeqCst);
    let sent = headers.get("authorization").and_then(|value| value.to_str().ok());
    if qonto.closed.load(SeqCst) || sent != Some(&format!("Bearer a{n}")) {
        return (StatusCode::UNAUTHORIZED, "no".to_owned());
    }
    let kept = fs::read_to_string(&qonto.file).expect("a token that is used is on the disk");
    assert!(kept.contains(&format!("\"a{n}\"")) && kept.contains(&format!("\"r{n}\"")), "{kept}");
    (StatusCode::OK, r#"{"payment_link_payment_methods":[]}"#.to_owned())
}

struct Case {
    qonto: Arc<Qonto>,
    url: String,
    folder: tempfile::TempDir,
    system: System,
}

impl Case {
    /// A system that was connected, with grant number 1.
    async fn connected() -> Self {
        let case = Self::new().await;
        let consent = case.system.consent("http://back/", "s-1").expect("OAuth");
        case.system.connect(&consent, "/?code=good&state=s-1").await.expect("connected");
        assert_eq!((case.asked(), case.grants()), (1, 1));
        case
    }

    async fn new() -> Self {
        let _other = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().expect("a folder");
        let qonto = Arc::new(Qonto { file: folder.path().join("qonto.tokens"), ..Qonto::default() });
        let routes = Router::new()
            .route("/token", post(token))
            .route("/v2/payment_links/payment_methods", get(methods))
            .with_state(Arc::clone(&qonto));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        tokio::spawn(axum::serve(listener, routes).into_future());
        let system = system(&url, &qonto.file);
        Self { qonto, url, folder, system }
    }

    fn asked(&self) -> usize {
        self.qonto.asked.load(SeqCst)
    }

    fn grants(&self) -> usize {
        self.qonto.granted.load(SeqCst)
    }

    fn calls(&self) -> usize {
        self.qonto.calls.load(SeqCst)
    }

    async fn says(&self, status: u16, body: &'static str) {
        *self.qonto.instead.lock().await = Some((status, body));
    }

    async fn works_again(&self) {
        *self.qonto.instead.lock().await = None;
    }

    /// Ends the pause before the next try at the endpoint; how much of it was left.
    async fn pause_ends(&self) -> Duration {
        let mut state = self.system.keeper().expect("a keeper").state.lock().await;
        let until = &mut state.quiet.pause.as_mut().expect("a pause").until;
        let now = Instant::now();
        until.replace(now).expect("it ends by itself").saturating_duration_since(now)
    }

    /// Whether another program could renew now.
    fn is_locked(&self) -> bool {
        TokenFile::new(&self.qonto.file).try_lock().expect("asked").is_none()
    }
}

/// One more program on the same file.
fn system(url: &str, file: &Path) -> System {
    let options = serde_json::json!({
        "api_key": "cs", "client_id": "app-1", "base_url": url, "token_url": format!("{url}/token"),
    });
    let entry = crate::provider::find("qonto").expect("in the table");
    let built = (entry.build)(options).expect("good options");
    let system = System::new(built.provider.into(), built.base_urls).expect("a client");
    system.with_tokens(file, now).expect("a file")
}

async fn ask(system: &System) -> Result<(), Trouble> {
    match system.ask(Ask::PaymentMethods).await {
        Ok(_) => Ok(()),
        Err(crate::http::system::NotAnswered::Trouble(trouble)) => Err(trouble),
        Err(other) => panic!("{other}"),
    }
}

fn is_denied(said: &Result<(), Trouble>) -> bool {
    matches!(said, Err(Trouble::Denied { message }) if message.contains("qrtill link connect"))
}

#[tokio::test]
async fn a_token_is_renewed_a_minute_before_its_end_and_lives_through_restarts() {
    let case = Case::connected().await;
    pass(3_600 - 61);
    assert_eq!(ask(&system(&case.url, &case.qonto.file)).await, Ok(()));
    assert_eq!(case.asked(), 1);
    pass(2);
    assert_eq!(ask(&case.system).await, Ok(()));
    assert_eq!((case.asked(), case.grants(), case.calls()), (2, 2, 2));
    assert_eq!(ask(&system(&case.url, &case.qonto.file)).await, Ok(()));
    assert_eq!(case.asked(), 2);
}

#[tokio::test]
async fn whoever_comes_while_a_token_is_renewed_waits_for_that_one() {
    let case = Case::connected().await;
    pass(3_600);
    let all = (0..20).map(|_| ask(&case.system));
    let said = futures_util::future::join_all(all).await;
    assert!(said.iter().all(Result::is_ok), "{said:?}");
    assert_eq!((case.asked(), case.calls()), (2, 20));
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_a_young_one_not_at_all() {
    let case = Case::connected().await;
    let later = system(&case.url, &case.qonto.file);
    case.qonto.granted.store(7, SeqCst);
    fs::write(&case.qonto.file, r#"{"access":"a6","refresh":"r7","renew_unix_ms":9999999999999}"#)
        .expect("written");
    let restarted = system(&case.url, &case.qonto.file);
    assert_eq!(ask(&restarted).await, Ok(()));
    assert_eq!((case.asked(), case.grants(), case.calls()), (2, 8, 2));
    case.qonto.closed.store(true, SeqCst);
    for _ in 0..5 {
        assert!(matches!(ask(&restarted).await, Err(Trouble::Denied { .. })));
    }
    assert_eq!((case.asked(), case.calls()), (2, 7), "a storm of renewals");
    case.qonto.closed.store(false, SeqCst);
    assert_eq!(ask(&later).await, Ok(()), "it takes over the file's token instead of fetching one");
    assert_eq!(case.asked(), 2);
}

#[tokio::test]
async fn a_dead_refresh_token_is_tried_once_and_a_new_consent_mends_it() {
    let case = Case::connected().await;
    pass(3_600);
    case.qonto.revoked.store(true, SeqCst);
    for _ in 0..10 {
        let said = ask(&case.system).await;
        assert!(is_denied(&said), "{said:?}");
    }
    assert_eq!((case.asked(), case.calls()), (2, 0));
    let command = system(&case.url, &case.qonto.file);
    let consent = command.consent("http://back/", "s-2").expect("OAuth");
    command.connect(&consent, "/?code=good&state=s-2").await.expect("connected");
    assert_eq!(ask(&case.system).await, Ok(()), "the running program finds the new tokens by itself");
    assert_eq!(case.asked(), 3);
}

#[tokio::test]
async fn an_endpoint_that_is_out_of_order_is_asked_ever_more_slowly_and_kills_no_token() {
    for (status, body) in [
        (503, ""),
        (403, "<html>the proxy wants you to log in</html>"),
        (404, "{}"),
        (500, r#"{"error":"invalid_grant"}"#),
    ] {
        let case = Case::connected().await;
        pass(3_600);
        case.says(status, body).await;
        for _ in 0..10 {
            let said = ask(&case.system).await;
            assert!(matches!(said, Err(Trouble::Busy { wait: Some(_), .. })), "{status}: {said:?}");
        }
        assert_eq!((case.asked(), case.calls()), (2, 0), "{status}");
        let left = case.pause_ends().await;
        assert!(left <= PAUSE_FIRST, "{status}: {left:?}");
        let Err(Trouble::Busy { wait, .. }) = ask(&case.system).await else { panic!("{status}") };
        assert_eq!(wait, Some(2 * PAUSE_FIRST), "{status}");
        let left = case.pause_ends().await;
        assert!(left <= 2 * PAUSE_FIRST, "{status}: {left:?}");
        case.works_again().await;
        assert_eq!(ask(&case.system).await, Ok(()), "{status}");
        assert_eq!(case.asked(), 4, "{status}");
    }
}

#[tokio::test]
async fn a_client_that_is_not_accepted_is_said_and_its_token_lives() {
    let case = Case::connected().await;
    pass(3_600);
    case.says(401, r#"{"error":"invalid_client"}"#).await;
    for _ in 0..10 {
        let said = ask(&case.system).await;
        assert!(
            matches!(&said, Err(Trouble::Denied { message })
                if message.contains("invalid_client") && message.contains("`client_id`")),
            "{said:?}"
        );
    }
    assert_eq!((case.asked(), case.calls()), (2, 0), "asked slowly");
    case.works_again().await;
    let left = case.pause_ends().await;
    assert!(left <= PAUSE_SETTINGS && left > PAUSE_MOST, "{left:?}");
    assert_eq!(ask(&case.system).await, Ok(()));
    assert_eq!(case.asked(), 3);
}

#[tokio::test]
async fn a_renewal_is_not_broken_off_by_whoever_goes_away() {
    let case = Case::connected().await;
    pass(3_600);
    case.qonto.slow_ms.store(200, SeqCst);
    let gone = tokio::time::timeout(Duration::from_millis(100), ask(&case.system)).await;
    assert!(gone.is_err(), "it should still be waiting");
    assert_eq!(ask(&case.system).await, Ok(()));
    assert_eq!((case.asked(), case.grants()), (2, 2));
}

#[tokio::test]
async fn two_programs_on_one_file_do_not_kill_each_others_tokens() {
    let case = Case::connected().await;
    let other = system(&case.url, &case.qonto.file);
    pass(3_600);
    case.qonto.slow_ms.store(100, SeqCst);
    let (one, two) = tokio::join!(ask(&case.system), ask(&other));
    assert_eq!((one, two), (Ok(()), Ok(())));
    assert_eq!(case.asked(), 2);
}

#[tokio::test]
async fn new_tokens_are_used_only_once_they_are_written_and_are_not_lost_meanwhile() {
    let case = Case::connected().await;
    pass(3_600);
    let full = case.folder.path().join("qonto.tokens.new");
    fs::create_dir(&full).expect("made");
    for _ in 0..3 {
        assert!(matches!(ask(&case.system).await, Err(Trouble::Busy { .. })));
        assert!(case.is_locked(), "the file has a refresh token that was used: nobody else may use it again");
    }
    assert_eq!((case.asked(), case.grants(), case.calls()), (2, 2, 0));
    let consent = case.system.consent("http://back/", "s-2").expect("OAuth");
    let said = case.system.connect(&consent, "/?code=good&state=s-2").await;
    assert!(said.is_err() && case.asked() == 2, "a code is not spent on a disk that takes nothing: {said:?}");
    fs::remove_dir(&full).expect("removed");
    assert_eq!(ask(&case.system).await, Ok(()));
    assert_eq!(case.asked(), 2);
    assert!(!case.is_locked());
    let other = system(&case.url, &case.qonto.file);
    pass(3_600);
    assert_eq!(ask(&other).await, Ok(()), "with the token that was saved late");
}

#[tokio::test]
async fn without_consent_nothing_is_sent_and_a_wrong_code_connects_nobody() {
    let case = Case::new().await;
    assert!(is_denied(&ask(&case.system).await));
    let consent = case.system.consent("http://back/", "s-1").expect("OAuth");
    let said = case.system.connect(&consent, "/?code=bad&state=s-1").await;
    assert!(said.is_err_and(|error| error.to_string().contains("invalid_grant")));
    assert!(is_denied(&ask(&case.system).await));
    assert_eq!((case.asked(), case.calls(), case.qonto.file.exists()), (1, 0, false));
}

#[tokio::test]
async fn a_file_that_others_can_read_is_not_begun_with() {
    use std::os::unix::fs::PermissionsExt as _;
    let case = Case::connected().await;
    fs::set_permissions(&case.qonto.file, fs::Permissions::from_mode(0o644)).expect("set");
    let provider = Arc::clone(case.system.provider());
    let said = Keeper::open(provider, &case.qonto.file, now).err().expect("refused").to_string();
    assert!(said.contains("chmod 600"), "{said}");
}
