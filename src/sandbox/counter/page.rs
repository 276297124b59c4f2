//! The page and its parts, all from this program: nothing is fetched from elsewhere.

use axum::extract::State as Extract;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use serde_json::json;

use super::About;
use super::App;
use crate::core::money::Currency;
use crate::port::panel;

const PAGE: &str = include_str!("page.html");
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// Path, media type and content of everything that the page asks for.
pub const ASSETS: [(&str, &str, &str); 7] = [
    ("/counter/page.css", CSS, include_str!("page.css")),
    ("/counter/page.js", JS, include_str!("page.js")),
    ("/counter/keypad.js", JS, include_str!("keypad.js")),
    ("/counter/faults.js", JS, include_str!("faults.js")),
    ("/counter/words.js", JS, include_str!("words.js")),
    ("/counter/sound.js", JS, include_str!("sound.js")),
    ("/favicon.ico", "image/svg+xml", include_str!("icon.svg")),
];

/// The customer's phone may open any hosted checkout; everything else is our own.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; frame-src http: https:; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

pub async fn page(Extract(app): App) -> Response {
    let about = &app.counter.about;
    let page = PAGE
        .replace("{{shop}}", &escaped(&about.shop))
        .replace("{{about}}", &escaped(&facts(about, &app.counter.pty)));
    (
        [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
        ],
        page,
    )
        .into_response()
}

pub async fn pty(Extract(app): App) -> String {
    app.counter.pty.clone()
}

pub fn asset(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text).into_response()
}

/// What the script has to know before the first state comes.
fn facts(about: &About, pty: &str) -> String {
    let panel = panel::find(&about.panel);
    json!({
        "currency": about.currency,
        "digits": Currency::from_code(&about.currency).map(Currency::exponent),
        "panel": about.panel,
        "cashier_panel": about.cashier_panel,
        "width": panel.map(|panel| panel.width),
        "height": panel.map(|panel| panel.height),
        "lang": about.lang,
        "provider": about.provider,
        "path": about.path,
        "counters": about.counters,
        "pty": pty,
    })
    .to_string()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shop_cannot_become_markup() {
        assert_eq!(escaped("\"><script>&"), "&quot;&gt;&lt;script&gt;&amp;");
    }

    #[test]
    fn nothing_on_the_page_comes_from_elsewhere() {
        for text in ASSETS.map(|(_, _, text)| text).iter().chain([&PAGE]) {
            let text = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("@import"));
        }
    }
}
