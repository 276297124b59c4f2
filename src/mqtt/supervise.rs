//! The task that owns a client's connections, one after the other. Polling has a task of its own per connection, which
//! is never dropped in mid-turn but with its connection, and which never publishes.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio::time::sleep;
use tokio::time::timeout;

use crate::mqtt::client::ClientEvent;
use crate::mqtt::client::Shared;
use crate::mqtt::client::Why;
use crate::mqtt::client::Will;
use crate::mqtt::link;
use crate::mqtt::link::Arrived;

const LAST_WORDS: Duration = Duration::from_secs(2);

/// What the polling task lets its supervisor see.
#[derive(Default)]
struct Signs {
    heard: Notify,
    up: Notify,
    was_up: AtomicBool,
    /// The application is slow: silence is then ours, not the broker's.
    waits_for_application: AtomicBool,
}

enum End {
    Down(Why),
    /// The application asked for the end, or is gone.
    Final,
}

pub(super) async fn run(shared: Arc<Shared>, events: mpsc::Sender<ClientEvent>) {
    keep_connected(&shared, &events).await;
    shared.set_sender(None);
    shared.ended.cancel();
}

async fn keep_connected(shared: &Arc<Shared>, events: &mpsc::Sender<ClientEvent>) {
    let mut said = None;
    let mut attempt = 0;
    for connection in 1.. {
        let signs = Arc::new(Signs::default());
        let begun = Instant::now();
        let End::Down(why) = connect(shared, events, connection, &signs).await else { return };
        let was_up = signs.was_up.load(Ordering::SeqCst);
        if was_up || said.as_ref() != Some(&why) {
            said = Some(why.clone());
            tell(shared, events, ClientEvent::Down { connection, why: why.clone() }, &signs).await;
        }
        if was_up && begun.elapsed() >= shared.options.stable_after {
            attempt = 0;
        }
        if wait(shared, events, &why, attempt).await.is_none() {
            return;
        }
        attempt += 1;
    }
}

/// The pause before the next attempt; none when there is to be no next.
async fn wait(shared: &Shared, events: &mpsc::Sender<ClientEvent>, why: &Why, attempt: u32) -> Option<()> {
    let backoff = shared.options.backoff;
    // Without the system's randomness a fleet would return in step, but it would return.
    let random = getrandom::u64().unwrap_or(0);
    let pause =
        if why.needs_a_person() { backoff.delay(u32::MAX, random) } else { backoff.delay(attempt, random) };
    tokio::select! {
        () = sleep(pause) => Some(()),
        () = shared.closing.cancelled() => None,
        () = events.closed() => None,
        () = shared.options.pulse.go_on() => None,
    }
}

/// One connection from CONNECT to its end.
async fn connect(
    shared: &Arc<Shared>,
    events: &mpsc::Sender<ClientEvent>,
    connection: u64,
    signs: &Arc<Signs>,
) -> End {
    let will = match ask_for_will(shared, events, connection).await {
        Ok(will) => will,
        Err(end) => return end,
    };
    let (sender, poller) = link::prepare(&shared.options, will);
    let polling =
        poll(poller, sender.clone(), Arc::clone(shared), events.clone(), connection, Arc::clone(signs));
    let mut polling = tokio::spawn(polling);
    let end = tokio::select! {
        ended = &mut polling => {
            shared.set_sender(None);
            return End::Down(ended.unwrap_or_else(|error| Why::Lost(error.to_string())));
        }
        () = shared.closing.cancelled() => End::Final,
        () = events.closed() => End::Final,
        () = signs.silent(shared.options.silence, &sender) => End::Down(Why::Silent),
        () = signs.not_up(shared.options.up_within) => End::Down(Why::NoAnswer),
        () = shared.options.pulse.go_on() => End::Final,
    };
    let is_connected = shared.sender().is_some();
    shared.set_sender(None);
    if shared.closing.is_cancelled() && is_connected {
        // Past these limits the broker is not there to hear it.
        drop(timeout(LAST_WORDS, sender.flushed()).await);
        sender.disconnect(LAST_WORDS);
        drop(timeout(LAST_WORDS, &mut polling).await);
    }
    polling.abort();
    if !polling.is_finished() {
        // The socket is closed before another is opened.
        drop(polling.await);
    }
    // It may have come up in its last moment.
    shared.set_sender(None);
    end
}

async fn ask_for_will(
    shared: &Shared,
    events: &mpsc::Sender<ClientEvent>,
    connection: u64,
) -> Result<Option<Will>, End> {
    let (will, answer) = oneshot::channel();
    tokio::select! {
        sent = events.send(ClientEvent::Connecting { connection, will }) => sent.map_err(|_| End::Final)?,
        () = shared.closing.cancelled() => return Err(End::Final),
    }
    tokio::select! {
        answer = answer => answer.map_err(|_| End::Down(Why::CalledOff)),
        () = shared.closing.cancelled() => Err(End::Final),
        () = events.closed() => Err(End::Final),
    }
}

async fn poll(
    mut poller: link::Poller,
    sender: link::Sender,
    shared: Arc<Shared>,
    events: mpsc::Sender<ClientEvent>,
    connection: u64,
    signs: Arc<Signs>,
) -> Why {
    loop {
        let arrived = match poller.next().await {
            Ok(arrived) => arrived,
            Err(why) => return why,
        };
        let is_up = match arrived {
            Arrived::Connected => {
                signs.heard.notify_one();
                if !shared.closing.is_cancelled() {
                    shared.set_sender(Some(sender.clone()));
                }
                shared.options.subscriptions.is_empty()
            }
            Arrived::Subscribed(None) => {
                signs.heard.notify_one();
                true
            }
            Arrived::Subscribed(Some(refused)) => return refused,
            Arrived::Message(message) => {
                signs.heard.notify_one();
                tell(&shared, &events, ClientEvent::Message(message), &signs).await;
                false
            }
            Arrived::Heard => {
                signs.heard.notify_one();
                false
            }
            Arrived::Nothing => false,
        };
        if is_up {
            signs.was_up.store(true, Ordering::SeqCst);
            signs.up.notify_one();
            tell(&shared, &events, ClientEvent::Up { connection }, &signs).await;
        }
    }
}

/// Waits for room in the application's channel, so that a slow application slows the broker down; but not once the
/// application has asked for the end and may read no more.
async fn tell(shared: &Shared, events: &mpsc::Sender<ClientEvent>, event: ClientEvent, signs: &Signs) {
    signs.waits_for_application.store(true, Ordering::SeqCst);
    tokio::select! {
        biased;
        permit = events.reserve() => {
            if let Ok(permit) = permit {
                permit.send(event);
            }
        }
        () = shared.closing.cancelled() => {}
    }
    signs.waits_for_application.store(false, Ordering::SeqCst);
    signs.heard.notify_one();
}

impl Signs {
    /// Returns when nothing was heard for `limit`. At half of it the broker is asked for a sign of life: the
    /// library's own pings are put off by whatever we send.
    async fn silent(&self, limit: Duration, sender: &link::Sender) {
        let mut asked = false;
        loop {
            match timeout(limit / 2, self.heard.notified()).await {
                Ok(()) => asked = false,
                Err(_) if self.waits_for_application.load(Ordering::SeqCst) => asked = false,
                Err(_) if asked => return,
                Err(_) => {
                    sender.ask_for_a_sign();
                    asked = true;
                }
            }
        }
    }

    /// Returns when the connection is not up within `limit`, else never.
    async fn not_up(&self, limit: Duration) {
        loop {
            match timeout(limit, self.up.notified()).await {
                Ok(()) => std::future::pending().await,
                Err(_) if self.waits_for_application.load(Ordering::SeqCst) => {}
                Err(_) => return,
            }
        }
    }
}
