//! The bank's five faces as payment-link systems of one relay, each with the bank's own key and secret, as a
//! shop has them from its provider.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;

use super::bank::Bank;
use super::bank::model::Face;
use super::house::House;
use super::seat::Seat;
use super::settings::SharedSettings;
use crate::core::secret::Secret;
use crate::host;
use crate::http::system::System;
use crate::relay::SystemParts;
use crate::relay::decide::Service;

/// The systems by face, open for as long as the world is.
pub struct Systems(BTreeMap<Face, Reached>);

struct Reached {
    system: System,
    /// What its webhooks are known by, newest first: while a secret is rotated, the one before it too.
    secrets: Vec<Secret>,
}

impl Systems {
    /// Reaches every face of the bank; nothing is asked yet.
    ///
    /// # Errors
    /// Where a face's address or the file with its tokens cannot be used.
    pub fn open(bank: &Bank, house: &House) -> anyhow::Result<Self> {
        let reached = |face: &Face| Ok((*face, open(bank, *face, house)?));
        Ok(Self(Face::ALL.iter().map(reached).collect::<anyhow::Result<_>>()?))
    }

    /// The system of this name.
    ///
    /// # Errors
    /// Where the bank has no such face.
    pub fn get(&self, name: &str) -> anyhow::Result<&System> {
        let reached = Face::named(name).and_then(|face| self.0.get(&face));
        Ok(&reached.with_context(|| format!("the sandbox's bank does not speak `{name}`"))?.system)
    }

    /// Every system, in the order of their faces.
    pub fn all(&self) -> impl Iterator<Item = &System> {
        self.0.values().map(|reached| &reached.system)
    }

    /// All of them, for a relay at this address. The bank sends its webhooks there from now on.
    ///
    /// # Errors
    /// Where the bank's file cannot be written.
    pub fn of_relay(
        &mut self,
        bank: &Bank,
        relay: SocketAddr,
        seats: &[Seat],
        settings: &SharedSettings,
    ) -> anyhow::Result<Vec<SystemParts>> {
        let mut parts = Vec::new();
        for (face, reached) in &mut self.0 {
            let name = reached.system.provider().name();
            bank.main_endpoint(*face, &format!("http://{relay}/webhook/{name}"))?;
            let secret = bank.face(*face).webhook_secret;
            if reached.secrets.first().is_none_or(|known| known.reveal() != secret) {
                reached.secrets.insert(0, Secret::new(secret));
                reached.secrets.truncate(2);
            }
            let seat = seats.iter().find(|seat| seat.options.provider == name);
            let strategy = seat.map(|seat| seat.options.settings.strategy).unwrap_or_default();
            parts.push(SystemParts {
                system: reached.system.clone(),
                webhook_secrets: reached.secrets.clone(),
                service: Service {
                    provider: Arc::clone(reached.system.provider()),
                    strategy,
                    confirm: settings.confirm,
                    standing_every: settings.standing_every,
                },
            });
        }
        Ok(parts)
    }
}

fn open(bank: &Bank, face: Face, house: &House) -> anyhow::Result<Reached> {
    let info = bank.face(face);
    let entry = crate::provider::find(info.system)
        .with_context(|| format!("there is no payment-link system `{}`", info.system))?;
    let mut options = info.options;
    options.insert("api_key".to_owned(), info.api_key.into());
    options.insert("base_url".to_owned(), info.base_url.into());
    let built = (entry.build)(options.into())?;
    let tokens = house.relay().join(format!("{}.tokens", info.system));
    let system = System::new(Arc::from(built.provider), built.base_urls)?;
    let system = system.with_tokens(&tokens, host::unix_ms)?;
    Ok(Reached { system, secrets: Vec::new() })
}
