//! Faults by HTTP: which can be asked for, and which stand. Who carries them out is behind `FaultBox`.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Extract;
use axum::http::StatusCode;
use serde::Deserialize;

use super::App;
use super::Refusal;
use crate::sandbox::fault::Act;
use crate::sandbox::fault::Deed;
use crate::sandbox::fault::Part;

/// One wish of whoever tries the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    pub part: Part,
    #[serde(rename = "do")]
    pub deed: Deed,
    /// The same seed misbehaves in the same way; 0 if none is given.
    #[serde(default)]
    pub seed: u64,
}

/// Done when the fault is in force; an error is one sentence.
pub type InForce<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// Where faults are switched on and off.
pub trait FaultBox: Send + Sync {
    /// Only what `Act::of` takes is asked for. Runs to its end even if whoever asked has gone.
    fn set(&self, fault: Fault) -> InForce<'_>;

    /// What is wrong with each part now, `Deed::Start` excluded; parts that run as they should are absent.
    fn standing(&self) -> BTreeMap<Part, Deed>;
}

type Standing = BTreeMap<Part, Option<Deed>>;

pub async fn standing(Extract(app): App) -> Json<Standing> {
    Json(all(app.counter.faults.as_ref()))
}

pub async fn set(Extract(app): App, body: Bytes) -> Result<Json<Standing>, Refusal> {
    let fault = read(&body).map_err(|why| (StatusCode::UNPROCESSABLE_ENTITY, why))?;
    let faults = Arc::clone(&app.counter.faults);
    let setting = tokio::spawn(async move { faults.set(fault).await });
    let set = setting.await.unwrap_or_else(|_| Err("the fault broke off".to_owned()));
    set.map_err(|why| (StatusCode::SERVICE_UNAVAILABLE, why))?;
    Ok(Json(all(app.counter.faults.as_ref())))
}

fn all(faults: &dyn FaultBox) -> Standing {
    let standing = faults.standing();
    Part::ALL.into_iter().map(|part| (part, standing.get(&part).copied())).collect()
}

fn read(body: &[u8]) -> Result<Fault, String> {
    let fault: Fault = serde_json::from_slice(body).map_err(|why| {
        format!(
            "a fault is written as {{\"part\":\"broker\",\"do\":\"stop\",\"seed\":1}}; this one is not: {why}"
        )
    })?;
    match Act::of(fault.part, fault.deed, fault.seed) {
        Ok(_) => Ok(fault),
        Err(senseless) => Err(senseless.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_that_makes_no_sense_is_refused_with_what_does() {
        let fault = read(br#"{"part":"webhooks","do":"double","seed":7}"#).expect("a fault");
        assert_eq!(fault, Fault { part: Part::Webhooks, deed: Deed::Double, seed: 7 });
        assert!(read(br#"{"part":"broker","do":"stop"}"#).is_ok_and(|fault| fault.seed == 0));
        let why = read(br#"{"part":"terminal","do":"double"}"#).expect_err("no sense");
        assert_eq!(why, "`double` cannot be done to `terminal`; it can stop, start, kill");
        for odd in ["", "[]", r#"{"part":"till","do":"stop"}"#, r#"{"part":"relay","do":"stop","sed":1}"#] {
            assert!(read(odd.as_bytes()).is_err(), "{odd}");
        }
    }
}
