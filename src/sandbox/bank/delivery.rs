//! Carries the webhooks that the world owes, and wakes it up when something falls due. What is owed,
//! when, and when to give up is `outbox`'s to say.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Context;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::sandbox::bank::Bank;
use crate::sandbox::bank::clock;
use crate::sandbox::bank::faults::WebhookFault;
use crate::sandbox::bank::outbox::Parcel;

/// How many webhooks are on their way at once.
const AT_ONCE: usize = 16;
/// The longest sleep: a wall clock that was set back must not stop the mail.
const NAP_MS: i64 = 60_000;

impl Bank {
    /// Delivers until `shutdown`. What is on its way then stays owed and is sent again by the next run.
    /// A TLS provider must have been installed for the process.
    pub async fn run(&self, shutdown: CancellationToken) -> anyhow::Result<()> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("cannot make the bank's HTTP client")?;
        let mut sending = BTreeSet::new();
        let mut tasks: JoinSet<(String, bool)> = JoinSet::new();
        loop {
            let wait = self.send_due(&client, &mut sending, &mut tasks).await?;
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                () = self.0.wake.notified() => {}
                () = self.0.faults.changed().notified() => {}
                () = tokio::time::sleep(wait) => {}
                Some(done) = tasks.join_next() => {
                    let (delivery, acknowledged) = done.context("a delivery broke off")?;
                    sending.remove(&delivery);
                    self.commit(move |state, now_ms| state.world.attempted(&delivery, acknowledged, now_ms))
                        .await?;
                }
            }
        }
    }

    /// Starts what is due, and says how long nothing else will be.
    async fn send_due(
        &self,
        client: &reqwest::Client,
        sending: &mut BTreeSet<String>,
        tasks: &mut JoinSet<(String, bool)>,
    ) -> anyhow::Result<Duration> {
        self.commit(|_, _| ()).await?;
        let room = if self.0.faults.webhooks().stopped { 0 } else { AT_ONCE - sending.len() };
        let now_ms = clock::now_ms();
        let parcels = {
            let state = self.lock();
            state.world.due(now_ms, room, &state.public_url, &|id| sending.contains(id))
        };
        let full = parcels.len() == room;
        for parcel in parcels {
            sending.insert(parcel.delivery.id.clone());
            let fault = self.0.faults.next_webhook();
            tasks.spawn(send(client.clone(), parcel, fault));
        }
        let state = self.lock();
        let next_ms = state.world.next_due(&|id| full || sending.contains(id));
        let wait_ms = next_ms.map_or(NAP_MS, |next_ms| next_ms.saturating_sub(now_ms).clamp(1, NAP_MS));
        Ok(Duration::from_millis(wait_ms.unsigned_abs()))
    }
}

async fn send(client: reqwest::Client, parcel: Parcel, fault: WebhookFault) -> (String, bool) {
    tokio::time::sleep(Duration::from_millis(fault.hold_ms)).await;
    let mut acknowledged = false;
    let copies = usize::from(!fault.drop) + usize::from(fault.double && !fault.drop);
    for _ in 0..copies {
        acknowledged |= post(&client, &parcel).await;
    }
    (parcel.delivery.id, acknowledged)
}

/// One attempt, signed for the moment it leaves. Only 2xx within the face's time-out acknowledges.
async fn post(client: &reqwest::Client, parcel: &Parcel) -> bool {
    let dialect = parcel.event.face.dialect();
    let mut request = client.post(&parcel.endpoint.url).body(parcel.body.clone());
    for (name, value) in dialect.webhook_headers(parcel, clock::now_ms()) {
        request = request.header(name, value);
    }
    match request.timeout(Duration::from_millis(dialect.acknowledge_ms())).send().await {
        Ok(response) => response.status().is_success(),
        Err(error) => {
            tracing::debug!(endpoint = %parcel.endpoint.id, event = %parcel.event.id, %error, "webhook lost");
            false
        }
    }
}
