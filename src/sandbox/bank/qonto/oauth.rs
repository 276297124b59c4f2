//! `/oauth2/auth` and `/oauth2/token`. The merchant of the sandbox consents to everything at once; the rest
//! is as strict as Qonto is said to be: a code is good once, a refresh token until it is used.

use serde::Deserialize;
use serde::Serialize;
use serde_json::json;

use crate::sandbox::bank::call::Answer;
use crate::sandbox::bank::call::Desk;
use crate::sandbox::bank::call::Request;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::ids::Manner;
use crate::sandbox::bank::model::Face;
use crate::sandbox::bank::model::Note;
use crate::sandbox::bank::qonto::fail::Fail;

pub const CLIENT_ID: &str = "sandbox-counter";

const CODE_LIFE_MS: i64 = 10 * 60_000;
const ACCESS_LIFE_MS: i64 = 3_600_000;
const REFRESH_LIFE_MS: i64 = 90 * 86_400_000;

/// One consent and what came of it. Only the last pair of tokens is in it: those before are dead.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Consent {
    redirect: String,
    scopes: String,
    given_ms: i64,
    /// Absent until the code was exchanged.
    tokens: Option<Pair>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pair {
    access: String,
    refresh: Option<String>,
    since_ms: i64,
}

const KIND: &str = "qonto.consent.";

/// Sends the browser back with a code.
pub fn authorize(desk: &mut Desk<'_>, request: &Request) -> Answer {
    let mut query = request.parameters();
    let mut taken = |name: &str| query.take(name).unwrap_or_default();
    let (kind, client, redirect) = (taken("response_type"), taken("client_id"), taken("redirect_uri"));
    let (scopes, state) = (taken("scope"), taken("state"));
    let Ok(mut back) = reqwest::Url::parse(&redirect) else {
        return refused(400, "invalid_request", "The redirect_uri is not an address.");
    };
    if client != CLIENT_ID {
        return refused(401, "invalid_client", "There is no such client.");
    }
    if kind != "code" {
        back.query_pairs_mut().append_pair("error", "unsupported_response_type").append_pair("state", &state);
        return found(back.as_str());
    }
    let code = desk.world.mint(Manner::Letters("ory_ac_", 40));
    let consent = Consent { redirect, scopes, given_ms: desk.now_ms, tokens: None };
    keep(desk, &code, &consent);
    back.query_pairs_mut().append_pair("code", &code).append_pair("state", &state);
    found(back.as_str())
}

/// Exchanges a code or a refresh token.
pub fn token(desk: &mut Desk<'_>, request: &Request) -> Answer {
    let mut form = Form::parse(&String::from_utf8_lossy(&request.body));
    let mut taken = |name: &str| form.take(name).unwrap_or_default();
    if taken("client_id") != CLIENT_ID || taken("client_secret") != desk.api_key {
        return refused(401, "invalid_client", "The client is unknown or its secret is wrong.");
    }
    let kind = taken("grant_type");
    let given = match kind.as_str() {
        "authorization_code" => of_code(desk, &taken("code"), &taken("redirect_uri")),
        "refresh_token" => of_refresh(desk, &taken("refresh_token")),
        _ => return refused(400, "unsupported_grant_type", "Only codes and refresh tokens are exchanged."),
    };
    let Some((code, mut consent)) = given else {
        let why = "The provided authorization grant or refresh token is invalid, expired or revoked.";
        return refused(400, "invalid_grant", why);
    };
    let offline = has_scope(&consent.scopes, "offline_access");
    let pair = Pair {
        access: desk.world.mint(Manner::Letters("ory_at_", 40)),
        refresh: offline.then(|| desk.world.mint(Manner::Letters("ory_rt_", 40))),
        since_ms: desk.now_ms,
    };
    let mut body = json!({
        "access_token": pair.access, "expires_in": ACCESS_LIFE_MS / 1000, "scope": consent.scopes,
        "token_type": "bearer",
    });
    if let Some(refresh) = &pair.refresh {
        body["refresh_token"] = json!(refresh);
    }
    consent.tokens = Some(pair);
    keep(desk, &code, &consent);
    Answer::json(200, &body).with("Cache-Control", "no-store")
}

fn of_code(desk: &Desk<'_>, code: &str, redirect: &str) -> Option<(String, Consent)> {
    let found = consents(desk).find(|(known, _)| known == code)?;
    let good = found.1.tokens.is_none()
        && found.1.redirect == redirect
        && desk.now_ms - found.1.given_ms < CODE_LIFE_MS;
    good.then_some(found)
}

fn of_refresh(desk: &Desk<'_>, refresh: &str) -> Option<(String, Consent)> {
    consents(desk).find(|(_, consent)| {
        let pair = consent.tokens.as_ref().filter(|pair| desk.now_ms - pair.since_ms < REFRESH_LIFE_MS);
        pair.is_some_and(|pair| pair.refresh.as_deref() == Some(refresh))
    })
}

/// Whether the call's token is good and may do this.
pub fn authorized(desk: &Desk<'_>, request: &Request, scope: &str) -> Result<(), Fail> {
    let given = request.bearer().ok_or_else(|| Fail::unauthorized("There is no bearer token."))?;
    let consent = consents(desk).find(|(_, consent)| {
        let pair = consent.tokens.as_ref().filter(|pair| desk.now_ms - pair.since_ms < ACCESS_LIFE_MS);
        pair.is_some_and(|pair| pair.access == given)
    });
    let (_, consent) =
        consent.ok_or_else(|| Fail::unauthorized("The access token is invalid or has expired."))?;
    if has_scope(&consent.scopes, scope) { Ok(()) } else { Err(Fail::no_scope(scope)) }
}

fn has_scope(scopes: &str, wanted: &str) -> bool {
    scopes.split(' ').any(|scope| scope == wanted)
}

/// The newest first: those before are hardly ever asked for.
fn consents<'a>(desk: &'a Desk<'_>) -> impl Iterator<Item = (String, Consent)> + 'a {
    desk.world.notes.iter().rev().filter_map(|note| {
        let code = note.id.strip_prefix(KIND)?.to_owned();
        Some((code, serde_json::from_value(note.body.clone()).ok()?))
    })
}

fn keep(desk: &mut Desk<'_>, code: &str, consent: &Consent) {
    let id = format!("{KIND}{code}");
    let known = desk.world.notes.get(&id).map(|note| note.seq);
    let seq = known.unwrap_or_else(|| desk.world.next_seq());
    desk.world.keep(Note { id, seq, face: Face::Qonto, body: json!(consent) });
}

/// RFC 6749, 5.2.
fn refused(status: u16, error: &str, description: &str) -> Answer {
    Answer::json(status, &json!({ "error": error, "error_description": description }))
}

fn found(url: &str) -> Answer {
    Answer { status: 302, headers: vec![("Location", url.to_owned())], body: Vec::new() }
}
