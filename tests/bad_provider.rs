//! A payment-link system that is not there, is somebody else, or answers what it should not: a clear error,
//! the key kept to ourselves, and no storm of questions.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;
use qrtill::core::money::Currency;
use qrtill::core::money::Money;
use qrtill::core::payment::AmountKind;
use qrtill::core::payment::LinkKind;
use qrtill::http::client::NoAnswer;
use qrtill::http::system::NotAnswered;
use qrtill::http::system::System;
use qrtill::port::provider::Ask;
use qrtill::port::provider::LinkOrder;
use qrtill::port::provider::Terms;
use qrtill::port::provider::Trouble;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const KEY: &str = "sk_test_0001";

/// Stripe's adapter at this address; what is tested is the same for all.
fn system(base_url: &str) -> System {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let entry = qrtill::provider::find("stripe").expect("in the table");
    let built = (entry.build)(json!({"api_key": KEY, "base_url": base_url})).expect("good options");
    System::new(built.provider.into(), built.base_urls).expect("a client")
}

fn order() -> Ask {
    let amount = Money::new(1250, Currency::from_code("EUR").expect("a currency"));
    Ask::CreateLink(LinkOrder {
        kind: LinkKind::OneOff,
        amount: AmountKind::Fixed(amount),
        title: "Corner Shop".into(),
        reference: Some("counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R".parse().expect("a reference")),
        key: "counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R.1".into(),
        terms: Terms::default(),
    })
}

/// Where everything is answered with `answer`.
async fn answering(answer: impl Fn(HeaderMap) -> Response + Clone + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let routes = Router::new().fallback(async move |headers: HeaderMap| answer(headers));
    tokio::spawn(axum::serve(listener, routes).into_future());
    url
}

async fn trouble(url: &str) -> Trouble {
    match system(url).ask(order()).await {
        Err(NotAnswered::Trouble(trouble)) => trouble,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn nobody_there_is_said_with_the_host_and_nothing_of_the_key() {
    let closed = TcpListener::bind("127.0.0.1:0").await.and_then(|listener| listener.local_addr());
    let url = format!("http://{}", closed.expect("a port"));
    let error = system(&url).ask(order()).await.expect_err("nobody");
    assert!(matches!(error, NotAnswered::NoAnswer(NoAnswer::Connect { .. })), "{error:?}");
    let said = error.to_string();
    assert!(said.contains("127.0.0.1") && said.contains("base URL") && !said.contains(KEY), "{said}");
}

#[tokio::test]
async fn a_certificate_that_does_not_fit_is_named_and_gets_no_key() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("bound"));
    let system = system(&url);
    let certificate = include_bytes!("fixtures/tls/cert.der").to_vec().into();
    let key = include_bytes!("fixtures/tls/key.der").to_vec().try_into().expect("a key");
    let config = rustls::ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![certificate], key).expect("a server's identity");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let serving = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.expect("a client");
        acceptor.accept(socket).await.is_ok()
    });
    let error = system.ask(order()).await.expect_err("not believed");
    assert!(matches!(error, NotAnswered::NoAnswer(NoAnswer::Certificate { .. })), "{error:?}");
    assert!(error.to_string().contains("not who it says"), "{error}");
    assert!(!serving.await.expect("served"), "the handshake was finished");
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_our_key() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let elsewhere = answering(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        StatusCode::OK.into_response()
    })
    .await;
    for status in [301, 302, 307, 308] {
        let there = elsewhere.clone();
        let status = StatusCode::from_u16(status).expect("a status");
        let url = answering(move |_| (status, [("location", there.clone())]).into_response()).await;
        assert!(matches!(trouble(&url).await, Trouble::Unsure { .. }));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_page_of_html_is_no_answer() {
    let page = "<!doctype html><title>Please log in to this network</title>";
    let url = answering(move |_| ([("content-type", "text/html")], page).into_response()).await;
    let said = trouble(&url).await;
    assert!(matches!(&said, Trouble::Unsure { message } if message.contains("not readable")), "{said:?}");
}

#[tokio::test]
async fn too_many_questions_wait_as_long_as_they_are_told() {
    for (after, wait) in [(Some("7"), Some(Duration::from_secs(7))), (None, None)] {
        let url = answering(move |_| {
            let mut response = StatusCode::TOO_MANY_REQUESTS.into_response();
            if let Some(after) = after {
                let after = after.parse().expect("a value");
                response.headers_mut().insert("retry-after", after);
            }
            response
        })
        .await;
        let said = trouble(&url).await;
        assert!(matches!(said, Trouble::Busy { wait: found, .. } if found == wait), "{said:?}");
    }
}

#[tokio::test]
async fn an_answer_without_an_end_is_given_up() {
    let endless = "x".repeat(5 * 1024 * 1024);
    let url = answering(move |_| endless.clone().into_response()).await;
    let error = system(&url).ask(order()).await.expect_err("too much");
    assert!(matches!(error, NotAnswered::NoAnswer(NoAnswer::TooLarge { .. })), "{error:?}");
}
