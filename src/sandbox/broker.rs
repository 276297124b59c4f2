//! A broker in this process, on a port of the kernel's choice that it keeps over restarts. It keeps everything in
//! memory: killed or stopped it forgets all, which is the worst that a broker may do to us.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use mqtt5::broker::AuthProvider;
use mqtt5::broker::AuthResult;
use mqtt5::broker::BrokerConfig;
use mqtt5::broker::MqttBroker;
use mqtt5::broker::StorageBackendType;
use mqtt5::broker::StorageConfig;
use mqtt5::packet::connect::ConnectPacket;
use mqtt5::protocol::v5::reason_codes::ReasonCode;
use tokio::sync::oneshot;

use super::fault::End;
use crate::core::secret::Secret;
use crate::mqtt::access::Who;
use crate::mqtt::topics::Topics;

const MAX_PACKET: usize = 16 * 1024;

/// Someone who may come in. The user name is `Who::user_name`.
#[derive(Clone, Debug)]
pub struct Account {
    pub who: Who,
    pub password: Secret,
}

#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    #[error("the broker cannot listen on {address}: {why}; is something else using this port?")]
    Listen { address: SocketAddr, why: String },
    #[error("the broker's thread did not start")]
    Thread(#[from] io::Error),
}

/// The broker, running or not.
#[derive(Debug)]
pub struct Broker {
    address: SocketAddr,
    access: Arc<Access>,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    end: oneshot::Sender<End>,
    thread: JoinHandle<()>,
}

impl Broker {
    /// Starts a broker on loopback that lets in `accounts` and holds them to the rules of `Who`.
    pub async fn start(topics: Topics, accounts: Vec<Account>) -> Result<Self, BrokerError> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let accounts = accounts.into_iter().map(|account| (account.who.user_name(), account)).collect();
        let mut broker = Self { address, access: Arc::new(Access { topics, accounts }), running: None };
        broker.restart().await?;
        Ok(broker)
    }

    /// Where it listens, also while it does not run.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    #[must_use]
    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Runs again on the same port, empty. Nothing happens if it runs already.
    pub async fn restart(&mut self) -> Result<(), BrokerError> {
        if self.running.is_some() {
            return Ok(());
        }
        let (end, ending) = oneshot::channel();
        let (ready, started) = oneshot::channel();
        let (address, access) = (self.address, Arc::clone(&self.access));
        // A runtime of its own, so that a kill drops every task and socket of the broker in one go.
        let thread = std::thread::Builder::new().name("broker".to_owned()).spawn(move || {
            match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime.block_on(serve(address, access, ready, ending)),
                Err(error) => drop(ready.send(Err(error.to_string()))),
            }
        })?;
        match started.await {
            Ok(Ok(bound)) => {
                self.address = bound;
                self.running = Some(Running { end, thread });
                Ok(())
            }
            Ok(Err(why)) => Err(BrokerError::Listen { address, why }),
            Err(_) => Err(BrokerError::Listen { address, why: "it ended at once".to_owned() }),
        }
    }

    /// Says goodbye to its clients and ends. Everything that it held is gone.
    pub async fn stop(&mut self) {
        self.end(End::Stop).await;
    }

    /// Ends at once, as if the process had been killed. Everything that it held is gone.
    pub async fn kill(&mut self) {
        self.end(End::Kill).await;
    }

    /// Ends, if it runs. Its clients are told of a stop; of a kill they see their sockets close.
    pub async fn end(&mut self, how: End) {
        let Some(running) = self.running.take() else { return };
        // Refused only by a thread that has ended already.
        let _ended = running.end.send(how);
        drop(tokio::task::spawn_blocking(move || running.thread.join()).await);
    }
}

async fn serve(
    address: SocketAddr,
    access: Arc<Access>,
    ready: oneshot::Sender<Result<SocketAddr, String>>,
    ending: oneshot::Receiver<End>,
) {
    let broker = match bind(address).await {
        Ok(broker) => broker,
        Err(why) => return drop(ready.send(Err(why))),
    };
    let mut broker = broker.with_auth_provider(access);
    let bound = broker.local_addr().ok_or_else(|| "it has no listener".to_owned());
    let (mut is_ready, shutdown) = (broker.ready_receiver(), broker.shutdown_handle());
    let mut running = tokio::spawn(async move { broker.run().await.map_err(|error| error.to_string()) });
    tokio::select! {
        accepts = is_ready.wait_for(|ready| *ready) => {
            drop(ready.send(accepts.map_err(|error| error.to_string()).and(bound)));
        }
        ended = &mut running => {
            let why = ended.map_err(|error| error.to_string()).and_then(|ended| ended);
            return drop(ready.send(Err(why.err().unwrap_or_default())));
        }
    }
    if matches!(ending.await, Ok(End::Stop)) {
        shutdown.shutdown();
        // The end waits for clients that do not answer; we do not wait for it longer than for people.
        drop(tokio::time::timeout(Duration::from_secs(2), running).await);
    }
}

/// The port may be held for a moment by sockets of the broker that was there before.
async fn bind(address: SocketAddr) -> Result<MqttBroker, String> {
    let mut attempt = 0;
    loop {
        match MqttBroker::with_config(config(address)).await {
            Ok(broker) => return Ok(broker),
            Err(error) if attempt >= 50 || address.port() == 0 => return Err(error.to_string()),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
        attempt += 1;
    }
}

fn config(address: SocketAddr) -> BrokerConfig {
    // Without persistence it keeps no sessions at all, and publishes every will at once.
    let storage = StorageConfig::default().with_persistence(true).with_backend(StorageBackendType::Memory);
    let mut config = BrokerConfig::default()
        .with_bind_addresses(vec![address])
        .with_max_packet_size(MAX_PACKET)
        .with_sys_topics_enabled(false)
        .with_storage(storage);
    config.auth_config.rate_limit.enabled = false;
    config
}

/// The library asks here who may come in and who may say or hear what.
#[derive(Debug)]
struct Access {
    topics: Topics,
    accounts: BTreeMap<String, Account>,
}

type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl Access {
    fn who(&self, user: Option<&str>) -> Option<&Who> {
        self.accounts.get(user?).map(|account| &account.who)
    }
}

impl AuthProvider for Access {
    fn authenticate<'a>(
        &'a self,
        connect: &'a ConnectPacket,
        _: SocketAddr,
    ) -> Answer<'a, mqtt5::Result<AuthResult>> {
        let known = connect.username.as_deref().and_then(|user| self.accounts.get(user));
        let is_right =
            known.filter(|account| connect.password.as_deref() == Some(account.password.reveal().as_bytes()));
        let result = match is_right {
            Some(account) => AuthResult::success_with_user(account.who.user_name()),
            None => AuthResult::fail(ReasonCode::NotAuthorized),
        };
        Box::pin(std::future::ready(Ok(result)))
    }

    fn authorize_publish<'a>(&'a self, _: &str, user: Option<&'a str>, topic: &'a str) -> Answer<'a, bool> {
        let may = |who: &Who| self.topics.parse(topic).is_some_and(|topic| who.may_publish(&topic));
        Box::pin(std::future::ready(self.who(user).is_some_and(may)))
    }

    fn authorize_subscribe<'a>(
        &'a self,
        _: &str,
        user: Option<&'a str>,
        filter: &'a str,
    ) -> Answer<'a, bool> {
        let may = |who: &Who| who.may_subscribe(&self.topics, filter);
        Box::pin(std::future::ready(self.who(user).is_some_and(may)))
    }
}
