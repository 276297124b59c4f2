//! How Qonto gives out access tokens: authorization code, with refresh tokens that are rotated on use. An
//! access token lives for an hour, a refresh token for 90 days (docs.qonto.com/guides/authentication).

use std::time::Duration;

use serde::Deserialize;

use super::STAGING_TOKEN;
use crate::core::secret::Secret;
use crate::port::provider::Response;
use crate::port::tokens::Grant;
use crate::port::tokens::Granted;
use crate::port::tokens::NotGranted;
use crate::port::tokens::Tokens;
use crate::provider::form::Form;
use crate::provider::wait;

/// Where an answer does not say how long its token lives. To refuse it would lose a rotated token.
const USUAL_LIFE_S: u64 = 3_600;
/// Nobody gives a token for longer; what says so is held to this.
const LONGEST_LIFE_S: u64 = 90 * 86_400;

#[derive(Clone, Debug)]
pub struct Consent {
    pub client_id: String,
    pub client_secret: Secret,
    pub staging_token: Option<Secret>,
    /// Parted by spaces. `offline_access` brings the refresh token.
    pub scopes: String,
    pub authorize_url: String,
    pub token_url: String,
}

#[derive(Deserialize)]
struct Given {
    access_token: Secret,
    refresh_token: Option<Secret>,
    /// Seconds.
    expires_in: Option<u64>,
}

/// RFC 6749, 5.2.
#[derive(Default, Deserialize)]
struct Refused {
    error: Option<String>,
    error_description: Option<String>,
}

impl Tokens for Consent {
    fn endpoint(&self) -> &str {
        &self.token_url
    }

    /// The sandbox wants its token on every call; that this is one of them is our reading.
    fn headers(&self) -> Vec<(&'static str, Secret)> {
        self.staging_token.iter().map(|token| (STAGING_TOKEN, token.clone())).collect()
    }

    fn authorize_url(&self, redirect: &str, state: &str) -> String {
        let query = Form::new()
            .field("response_type", "code")
            .field("client_id", &self.client_id)
            .field("redirect_uri", redirect)
            .field("scope", &self.scopes)
            .field("state", state)
            .encode();
        let joint = if self.authorize_url.contains('?') { '&' } else { '?' };
        format!("{}{joint}{query}", self.authorize_url)
    }

    fn fields(&self, grant: &Grant) -> Vec<(&'static str, Secret)> {
        let mut fields = match grant {
            Grant::Code { code, redirect } => vec![
                ("grant_type", Secret::new("authorization_code")),
                ("code", code.clone()),
                ("redirect_uri", Secret::new(redirect)),
            ],
            Grant::Refresh(token) => {
                vec![("grant_type", Secret::new("refresh_token")), ("refresh_token", token.clone())]
            }
        };
        fields.push(("client_id", Secret::new(&self.client_id)));
        fields.push(("client_secret", self.client_secret.clone()));
        fields
    }

    fn granted(&self, response: &Response) -> Result<Granted, NotGranted> {
        if !(200..300).contains(&response.status) {
            return Err(refused(response));
        }
        let later = |message: String| NotGranted::Later { wait: None, message };
        let given: Given = serde_json::from_slice(&response.body)
            .map_err(|error| later(format!("not readable: {error}")))?;
        let full = |token: &Secret| !token.reveal().is_empty();
        if !full(&given.access_token) {
            return Err(later("an access token without a letter".to_owned()));
        }
        let life_s = given.expires_in.unwrap_or(USUAL_LIFE_S).min(LONGEST_LIFE_S);
        Ok(Granted {
            access: given.access_token,
            refresh: given.refresh_token.filter(full),
            life: Duration::from_secs(life_s),
        })
    }
}

/// What a refusal means is in its `error`, and only a 4xx can say it: the status alone may be a proxy's.
fn refused(response: &Response) -> NotGranted {
    let said: Refused = serde_json::from_slice(&response.body).unwrap_or_default();
    let code = said.error.as_deref().filter(|_| (400..500).contains(&response.status));
    let words = |code: &str| match &said.error_description {
        Some(words) => format!("{words} ({code})"),
        None => code.to_owned(),
    };
    match code {
        Some(code @ "invalid_grant") => NotGranted::Dead { message: words(code) },
        Some(
            code @ ("invalid_client"
            | "unauthorized_client"
            | "unsupported_grant_type"
            | "invalid_scope"
            | "invalid_request"),
        ) => NotGranted::Client {
            message: format!(
                "{}; check `client_id`, `scopes` and the secret in `api_key_file` against Qonto's developer portal",
                words(code)
            ),
        },
        Some(_) | None => NotGranted::Later {
            wait: wait::retry_after(response),
            message: match &said.error {
                Some(error) => format!("status {}: {}", response.status, words(error)),
                None => format!("status {} without a reason", response.status),
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consent() -> Consent {
        Consent {
            client_id: "app 1".into(),
            client_secret: Secret::new("cs"),
            staging_token: None,
            scopes: "offline_access payment_link.read".into(),
            authorize_url: "https://oauth.qonto.com/oauth2/auth".into(),
            token_url: "https://oauth.qonto.com/oauth2/token".into(),
        }
    }

    fn said(status: u16, body: &str) -> Result<Granted, NotGranted> {
        let headers = vec![("retry-after".to_owned(), "7".to_owned())];
        consent().granted(&Response { status, headers, body: body.into() })
    }

    fn fields(grant: &Grant) -> Vec<(&'static str, String)> {
        let fields = consent().fields(grant);
        fields.into_iter().map(|(name, value)| (name, value.reveal().to_owned())).collect()
    }

    #[test]
    fn consent_is_asked_for_with_everything_encoded() {
        assert_eq!(
            consent().authorize_url("http://127.0.0.1:8462/back", "st-1"),
            "https://oauth.qonto.com/oauth2/auth?response_type=code&client_id=app%201&\
             redirect_uri=http%3A%2F%2F127.0.0.1%3A8462%2Fback&\
             scope=offline_access%20payment_link.read&state=st-1"
        );
        let longer = Consent { authorize_url: "https://h/a?x=1".into(), ..consent() };
        assert!(longer.authorize_url("r", "s").starts_with("https://h/a?x=1&response_type=code&"));
    }

    #[test]
    fn a_code_and_a_refresh_token_are_exchanged_with_the_clients_secret() {
        let code = Grant::Code { code: Secret::new("c"), redirect: "http://back".into() };
        let expected = [
            ("grant_type", "authorization_code"),
            ("code", "c"),
            ("redirect_uri", "http://back"),
            ("client_id", "app 1"),
            ("client_secret", "cs"),
        ];
        assert_eq!(fields(&code), expected.map(|(name, value)| (name, value.to_owned())));
        let refresh = fields(&Grant::Refresh(Secret::new("r")));
        assert_eq!(refresh[0], ("grant_type", "refresh_token".to_owned()));
        assert_eq!(refresh[1], ("refresh_token", "r".to_owned()));
        let printed = format!("{:?} {:?}", consent(), consent().fields(&code));
        assert!(!printed.contains("\"cs\"") && !printed.contains("\"c\""), "{printed}");
    }

    #[test]
    fn an_answer_gives_tokens_or_says_why_not() {
        let given = include_str!("../../../tests/fixtures/qonto/token.json");
        let given = said(200, given).expect("tokens");
        assert_eq!(given.access.reveal(), "ory_at_example");
        assert_eq!(given.refresh.map(|token| token.reveal().to_owned()).as_deref(), Some("ory_rt_example"));
        assert_eq!(given.life, Duration::from_secs(3_600));
        let bare = said(200, r#"{"access_token":"a"}"#).expect("a token");
        assert_eq!((bare.refresh, bare.life), (None, Duration::from_secs(3_600)));
        let endless = said(200, r#"{"access_token":"a","expires_in":18446744073709551615}"#).expect("one");
        assert_eq!(endless.life, Duration::from_secs(90 * 86_400));
        for body in ["", "{}", "[]", r#"{"access_token":""}"#, r#"{"access_token":1}"#] {
            assert!(matches!(said(200, body), Err(NotGranted::Later { .. })), "{body}");
        }
    }

    #[test]
    fn only_the_word_for_it_kills_a_grant() {
        let dead = include_str!("../../../tests/fixtures/qonto/token_refused.json");
        let refused = said(400, dead).expect_err("dead");
        assert!(
            matches!(&refused, NotGranted::Dead { message }
                if message.contains("refresh token") && message.ends_with("(invalid_grant)")),
            "{refused:?}"
        );
        let bare = NotGranted::Dead { message: "invalid_grant".to_owned() };
        assert_eq!(said(403, r#"{"error":"invalid_grant"}"#), Err(bare));
        for (status, code) in [
            (401, "invalid_client"),
            (400, "unauthorized_client"),
            (400, "invalid_scope"),
            (400, "invalid_request"),
            (400, "unsupported_grant_type"),
        ] {
            let refused = said(status, &format!(r#"{{"error":"{code}"}}"#)).expect_err("refused");
            assert!(
                matches!(&refused, NotGranted::Client { message }
                    if message.starts_with(code) && message.contains("`client_id`")),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn what_is_not_oauths_own_word_is_an_outage() {
        let grant = r#"{"error":"invalid_grant"}"#;
        for (status, body) in [
            (400, ""),
            (401, "<html>proxy</html>"),
            (403, "<html>proxy</html>"),
            (403, r#"{"message":"forbidden"}"#),
            (404, "not found"),
            (404, "{}"),
            (408, ""),
            (429, r#"{"error":"too_many_requests"}"#),
            (400, r#"{"error":"temporarily_unavailable"}"#),
            (400, r#"{"error":["invalid_grant"]}"#),
            (302, grant),
            (500, grant),
            (503, ""),
        ] {
            let refused = said(status, body).expect_err("refused");
            let wait = Some(Duration::from_secs(7));
            assert!(
                matches!(&refused, NotGranted::Later { wait: said, message }
                    if *said == wait && message.contains(&status.to_string())),
                "{status} {body}: {refused:?}"
            );
        }
    }
}
