//! A text of keypad characters becomes presses, answered when all of them are done.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Extract;
use axum::http::StatusCode;
use tokio::sync::oneshot;

use super::App;
use super::Refusal;
use super::Shared;
use super::not_started;
use crate::core::key::Key;
use crate::keypad::scripted;
use crate::port::keys::Press;
use crate::terminal::State;

/// Characters in one text.
const MOST_KEYS: usize = 256;

pub async fn press(Extract(app): App, body: Bytes) -> Result<Json<State>, Refusal> {
    let keys = keys_of(&body).map_err(|why| (StatusCode::UNPROCESSABLE_ENTITY, why))?;
    // A client that hangs up must not leave half of an amount behind.
    let pressing = tokio::spawn(async move { press_all(&app, keys).await });
    pressing.await.unwrap_or_else(|_| Err(not_started())).map(Json)
}

async fn press_all(app: &Arc<Shared>, keys: Vec<Key>) -> Result<State, Refusal> {
    let _in_order = app.hand.lock().await;
    let count = keys.len();
    for (pressed, key) in keys.into_iter().enumerate() {
        let (handled, done) = oneshot::channel();
        let sent = (app.counter.keys)().send(Press { key, handled: Some(handled) }).await;
        if sent.is_err() || done.await.is_err() {
            let why = format!(
                "the terminal is not running, {pressed} of {count} keys were handled; start it with \
                 POST /sandbox/fault {{\"part\":\"terminal\",\"do\":\"start\"}}"
            );
            return Err((StatusCode::SERVICE_UNAVAILABLE, why));
        }
        // What this key changed is noted before the next one changes it again.
        app.feed.present().await;
    }
    app.feed.present().await.map(|entry| entry.state()).ok_or_else(not_started)
}

/// All keys of the text, or none: read by the same decoder as a keypad's, but here every character has to
/// be a key.
fn keys_of(body: &[u8]) -> Result<Vec<Key>, String> {
    let text = std::str::from_utf8(body).map_err(|_| "keys are text in UTF-8".to_owned())?;
    if text.len() > MOST_KEYS {
        return Err(format!("at most {MOST_KEYS} keys are pressed at once; send them in parts"));
    }
    let is_key = |letter: &char| scripted::keys(letter.encode_utf8(&mut [0; 4]).as_bytes()).1 == 0;
    match text.chars().find(|letter| !is_key(letter)) {
        None => Ok(scripted::keys(body).0),
        Some(letter) => Err(format!(
            "`{}` is not on the keypad; it has 0 to 9, \\r enter, \\x7f or \\x08 back, c clear, \\x1b cancel, \
             +, l, and . or , (which no amount needs)",
            letter.escape_default()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_character() {
        let keys = keys_of(b"1005\r\x7f\x08c\x1b+l.,").expect("keys");
        let digits = [1, 0, 0, 5].map(Key::Digit);
        let rest = [Key::Enter, Key::Back, Key::Back, Key::Clear, Key::Cancel, Key::Plus, Key::List];
        assert_eq!(keys, [&digits[..], &rest[..], &[Key::Point; 2]].concat());
    }

    #[test]
    fn one_unknown_character_refuses_the_whole_text_by_name() {
        assert!(keys_of(b"12x").is_err_and(|why| why.starts_with("`x` ")));
        assert!(keys_of("12€".as_bytes()).is_err_and(|why| why.contains("20ac")));
        assert!(keys_of(&[b'1', 0xff]).is_err());
        assert!(keys_of(&[b'1'; MOST_KEYS]).is_ok_and(|keys| keys.len() == MOST_KEYS));
        assert!(keys_of(&[b'1'; MOST_KEYS + 1]).is_err());
    }
}
