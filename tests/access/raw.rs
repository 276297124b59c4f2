//! A client that says whatever it is told to, in any of the three versions of MQTT, encrypted or not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWrite;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::authority::Pair;

/// Whatever the broker says comes within this.
const PATIENCE: Duration = Duration::from_secs(10);

const PUBLISH: u8 = 0x30;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    V3,
    V4,
    V5,
}

impl Version {
    /// No properties, where there could be some.
    fn none(self) -> &'static [u8] {
        if self == Self::V5 { &[0] } else { &[] }
    }

    fn protocol(self) -> (&'static str, u8) {
        match self {
            Self::V3 => ("MQIsdp", 3),
            Self::V4 => ("MQTT", 4),
            Self::V5 => ("MQTT", 5),
        }
    }
}

/// What a CONNECT says.
#[derive(Clone, Debug)]
pub struct Hello {
    pub version: Version,
    pub client_id: String,
    pub username: Option<String>,
    pub password: Option<String>,
    /// Topic and whether it is retained.
    pub will: Option<(String, bool)>,
    pub will_payload: String,
    /// Takes an earlier session over, and keeps this one.
    pub keep: bool,
}

trait Both: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Both for S {}

pub struct Raw {
    socket: Box<dyn Both>,
    version: Version,
    packet: u16,
}

/// A packet: its first byte and what follows its length.
pub type Packet = (u8, Vec<u8>);

impl Raw {
    /// Without encryption.
    pub async fn plain(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).await.expect("a listener");
        Self { socket: Box::new(socket), version: Version::V5, packet: 0 }
    }

    /// Encrypted, showing a certificate or none. The broker may refuse it only after this.
    pub async fn open(address: SocketAddr, ca_pem: &str, own: Option<&Pair>) -> Result<Self, String> {
        let socket = TcpStream::connect(address).await.expect("a listener");
        socket.set_nodelay(true).expect("an option");
        let config = TlsConnector::from(Arc::new(config(ca_pem, own)?));
        let name = ServerName::try_from("localhost").expect("a name");
        let socket = config.connect(name, socket).await.map_err(|error| error.to_string())?;
        Ok(Self { socket: Box::new(socket), version: Version::V5, packet: 0 })
    }

    /// Says CONNECT; the broker's answer, or why there is none.
    pub async fn hello(&mut self, hello: &Hello) -> Result<Packet, String> {
        self.version = hello.version;
        let (name, level) = hello.version.protocol();
        let mut flags = if hello.keep { 0 } else { 0x02 };
        let mut tail = Vec::new();
        if let Some((topic, retain)) = &hello.will {
            flags |= 0x04 | 0x08 | if *retain { 0x20 } else { 0 };
            tail.extend_from_slice(hello.version.none());
            tail.extend(text(topic));
            tail.extend(text(&hello.will_payload));
        }
        if let Some(username) = &hello.username {
            flags |= 0x80;
            tail.extend(text(username));
        }
        if let Some(password) = &hello.password {
            flags |= 0x40;
            tail.extend(text(password));
        }
        let mut body = text(name);
        body.extend([level, flags, 0, 60]);
        if hello.version == Version::V5 {
            // A session of ten minutes where it is to be kept.
            body.extend(if hello.keep { vec![5, 0x11, 0, 0, 2, 0x58] } else { vec![0] });
        }
        body.extend(text(&hello.client_id));
        body.extend(tail);
        self.send(0x10, &body).await?;
        self.read().await
    }

    /// Publishes; `properties` in version 5 alone. The broker's answer where the level of service asks for one.
    pub async fn publish(
        &mut self,
        topic: &str,
        payload: &str,
        (qos, retain): (u8, bool),
        properties: &[u8],
    ) -> Result<Option<Packet>, String> {
        let mut body = text(topic);
        if qos > 0 {
            self.packet += 1;
            body.extend(self.packet.to_be_bytes());
        }
        if self.version == Version::V5 {
            body.push(u8::try_from(properties.len()).expect("few"));
            body.extend(properties);
        }
        body.extend(payload.as_bytes());
        self.send(PUBLISH | qos << 1 | u8::from(retain), &body).await?;
        if qos == 0 {
            return Ok(None);
        }
        // Whatever else was on its way comes before.
        loop {
            let packet = self.read().await?;
            if packet.0 & 0xf0 != PUBLISH {
                return Ok(Some(packet));
            }
        }
    }

    /// Says PUBREL for the last publish, so that one at QoS 2 is passed on.
    pub async fn release(&mut self) -> Result<Packet, String> {
        let body = self.packet.to_be_bytes();
        self.send(0x62, &body).await?;
        self.read().await
    }

    /// Subscribes; the broker's reason code.
    pub async fn subscribe(&mut self, filter: &str, options: u8) -> Result<u8, String> {
        self.packet += 1;
        let mut body = self.packet.to_be_bytes().to_vec();
        body.extend_from_slice(self.version.none());
        body.extend(text(filter));
        body.push(options);
        self.send(0x82, &body).await?;
        loop {
            let (kind, body) = self.read().await?;
            if kind == 0x90 {
                return body.last().copied().ok_or_else(|| "an empty SUBACK".to_owned());
            }
        }
    }

    /// Topics and payloads of what the broker has for this client by now: all that comes before the answer to a ping.
    pub async fn told(&mut self) -> Result<Vec<(String, String)>, String> {
        self.send(0xc0, &[]).await?;
        let mut told = Vec::new();
        loop {
            let (kind, body) = self.read().await?;
            if kind & 0xf0 == PUBLISH {
                told.push(self.read_message(kind, &body));
            }
            if kind == 0xd0 {
                return Ok(told);
            }
        }
    }

    fn read_message(&self, kind: u8, body: &[u8]) -> (String, String) {
        let topic = usize::from(u16::from_be_bytes([body[0], body[1]]));
        let mut at = 2 + topic;
        if kind & 0x06 != 0 {
            at += 2;
        }
        if self.version == Version::V5 {
            at += 1 + usize::from(body[at]);
        }
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (lossy(&body[2..2 + topic]), lossy(&body[at..]))
    }

    pub async fn send(&mut self, kind: u8, body: &[u8]) -> Result<(), String> {
        let mut packet = vec![kind];
        let mut length = body.len();
        loop {
            let low = u8::try_from(length % 128).expect("seven bits");
            length /= 128;
            packet.push(if length > 0 { low | 0x80 } else { low });
            if length == 0 {
                break;
            }
        }
        packet.extend(body);
        self.socket.write_all(&packet).await.map_err(|error| error.to_string())?;
        self.socket.flush().await.map_err(|error| error.to_string())
    }

    /// The next packet, or how the connection ended.
    pub async fn read(&mut self) -> Result<Packet, String> {
        match tokio::time::timeout(PATIENCE, self.read_at_last()).await {
            Ok(read) => read.map_err(|error| error.to_string()),
            Err(_) => panic!("the broker neither answers nor hangs up"),
        }
    }

    async fn read_at_last(&mut self) -> std::io::Result<Packet> {
        let kind = self.socket.read_u8().await?;
        let mut length = 0;
        for shift in [0, 7, 14, 21] {
            let byte = self.socket.read_u8().await?;
            length |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let mut body = vec![0; length];
        self.socket.read_exact(&mut body).await?;
        Ok((kind, body))
    }
}

fn config(ca_pem: &str, own: Option<&Pair>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca_pem.as_bytes()) {
        roots.add(certificate.expect("PEM")).expect("an authority");
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config =
        config.with_safe_default_protocol_versions().expect("versions").with_root_certificates(roots);
    let Some(own) = own else { return Ok(config.with_no_client_auth()) };
    let chain =
        CertificateDer::pem_slice_iter(own.certificate.as_bytes()).collect::<Result<_, _>>().expect("PEM");
    let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).expect("a key");
    config.with_client_auth_cert(chain, key).map_err(|error| error.to_string())
}

fn text(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("short");
    [&length.to_be_bytes(), text.as_bytes()].concat()
}
