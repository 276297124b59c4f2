//! Our own client at a broker that wants certificates: what is wrong is said, and nothing is ever sent before the broker
//! is known for who it is.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use qrtill::core::secret::Secret;
use qrtill::mqtt::access::Who;
use qrtill::mqtt::client::Options;
use qrtill::mqtt::client::Why;
use qrtill::mqtt::tls::Authorities;
use qrtill::mqtt::tls::Own;
use qrtill::mqtt::tls::Tls;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::authority::Authority;
use crate::authority::Pair;
use crate::authority::USUAL;
use crate::authority::Use;
use crate::broker;
use crate::broker::Peer;
use crate::broker::terminal;
use crate::fleet_broker::Mosquitto;

const NOTICE: &str = "qrtill/v1/t/counter-1/sale/notice";

/// The first reason that is not that Mosquitto does not listen yet.
async fn why(options: Options) -> Why {
    let mut peer = Peer::new(options);
    loop {
        let why = peer.down().await;
        if !why.to_string().contains("refused (os error") {
            return why;
        }
    }
}

/// Somebody with such a certificate where the broker should be, who is told nothing.
async fn impostor(pair: &Pair) -> SocketAddr {
    let chain = CertificateDer::pem_slice_iter(pair.certificate.as_bytes()).collect::<Result<_, _>>();
    let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
    let config = config.with_single_cert(chain.expect("PEM"), key).expect("an identity");
    let (acceptor, listener) = (TlsAcceptor::from(Arc::new(config)), TcpListener::bind("127.0.0.1:0").await);
    let listener = listener.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.expect("a client");
            assert!(acceptor.accept(socket).await.is_err(), "the handshake was finished");
        }
    });
    address
}

fn tls(authority: &Authority, own: &Pair) -> Tls {
    let authorities = Authorities::parse(authority.pem.as_bytes()).expect("an authority");
    let own = Own::parse(own.certificate.as_bytes(), &Secret::new(own.key.clone())).expect("a certificate");
    Tls::new(authorities, Some(own))
}

#[tokio::test]
async fn what_a_broker_does_not_take_is_said() {
    let mosquitto = Mosquitto::start();
    let shop = &mosquitto.shop;
    let good = mosquitto.device(&terminal("counter-1"), &[NOTICE]);
    Peer::new(good.clone()).up().await;
    let with = |tls: Tls| Options { tls: Some(tls), ..good.clone() };
    let other = Authority::new("Another shop");
    let cases = [
        (with(mosquitto.tls(None)), "`cert_file` names none"),
        (with(tls(shop, &mosquitto.revoked)), "it was revoked"),
        (with(tls(shop, &shop.sign("counter-1", &[], Use::Client, (2020, 2021)))), "it has ended"),
        (with(tls(shop, &other.client("counter-1"))), "none of the broker's"),
    ];
    for (options, words) in cases {
        let why = why(options).await;
        assert!(matches!(&why, Why::Unwelcome(what) if what.contains(words)), "{words}: {why}");
    }
    // Let in, and then not to that.
    let stranger =
        Options { client_id: "counter-9".into(), ..with(mosquitto.tls(Some(&shop.client("counter-9")))) };
    Peer::new(stranger).up().await;
}

#[tokio::test]
async fn a_broker_that_is_not_the_one_is_not_spoken_to() {
    let mosquitto = Mosquitto::start();
    let good = mosquitto.person(&Who::Operator, &["#"]);
    Peer::new(good.clone()).up().await;
    let shop = &mosquitto.shop;
    let at = |address: SocketAddr| Options { port: address.port(), ..good.clone() };
    let other = Authority::new("Another shop");
    let authorities = Authorities::parse(other.pem.as_bytes()).expect("an authority");
    let cases = [
        (Options { tls: Some(Tls::new(authorities, None)), ..good.clone() }, "none of the authorities"),
        (
            at(impostor(&shop.sign("b", &["other.example"], Use::Broker, USUAL)).await),
            "for other.example and not",
        ),
        (
            at(impostor(&shop.sign("b", &["127.0.0.1"], Use::Broker, (2020, 2021))).await),
            "ended on 2021-01-01",
        ),
        (at(impostor(&shop.sign("b", &["127.0.0.1"], Use::Broker, (2080, 2090))).await), "set the clock"),
        (at(impostor(&shop.client("counter-2")).await), "client authentication"),
        (at(impostor(&other.broker()).await), "none of the authorities"),
    ];
    for (options, words) in cases {
        let why = why(options).await;
        assert!(matches!(&why, Why::NotBelieved(what) if what.contains(words)), "{words}: {why}");
    }
}

#[tokio::test]
async fn a_listener_without_tls_is_told_no_password() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let shop = Authority::new("Corner Bakery");
    let mut options = broker::options(listener.local_addr().expect("bound"), &Who::Operator, &["#"]);
    options.tls = Some(tls(&shop, &shop.client("operator")));
    let listening = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("a client");
        let mut first = [0; 512];
        let read = socket.read(&mut first).await.expect("a packet");
        first[..read].to_vec()
    });
    let why = tokio::time::timeout(Duration::from_secs(30), why(options)).await.expect("in time");
    assert!(why.to_string().contains("does not speak TLS"), "{why}");
    let first = listening.await.expect("heard");
    assert_eq!(first[..2], [0x16, 0x03], "a greeting of TLS");
    let secret = broker::password(&Who::Operator);
    let needle = secret.reveal().as_bytes();
    assert!(!first.windows(needle.len()).any(|part| part == needle));
}
