//! Which decision follows from an answer that is not a success. How storekit writes its errors is not
//! published, so the usual shapes are known, and a body of no known shape is told as it came.

use serde_json::Value;

use crate::port::provider::Response;
use crate::port::provider::Trouble;
use crate::provider::rest;

/// The most of an unknown body that goes into a log, in characters.
const TOLD: usize = 200;

pub fn trouble(response: &Response) -> Trouble {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let error = &body["error"];
    let words = [&error["message"], &body["message"], error, &body["errors"][0]["message"], &body["errors"]];
    let message = words.into_iter().find_map(text).or_else(|| as_it_came(response));
    let code = [&error["code"], &body["code"]].into_iter().find_map(text);
    rest::trouble(response, code, message)
}

/// A text, or several.
fn text(value: &Value) -> Option<String> {
    let found = match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; "),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
    };
    Some(found).filter(|text| !text.is_empty())
}

fn as_it_came(response: &Response) -> Option<String> {
    let told: String = String::from_utf8_lossy(&response.body).trim().chars().take(TOLD).collect();
    (!told.is_empty()).then(|| format!("status {}: {told}", response.status))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const ERRORS: &str = include_str!("../../../tests/fixtures/storekit/errors.json");

    fn answered(status: u16, body: &str) -> Trouble {
        let headers = vec![("retry-after".to_owned(), "7".to_owned())];
        trouble(&Response { status, headers, body: body.into() })
    }

    #[test]
    fn errors_of_each_shape_keep_their_code_and_words() {
        let shapes: Vec<Value> = serde_json::from_str(ERRORS).expect("JSON");
        assert_eq!(shapes.len(), 5);
        for shape in shapes {
            let said = answered(422, &shape["body"].to_string());
            let code = shape["code"].as_str().map(str::to_owned);
            let message = shape["message"].as_str().expect("words").to_owned();
            assert_eq!(said, Trouble::Refused { code, message }, "{shape}");
        }
    }

    #[test]
    fn a_body_of_no_known_shape_is_told_as_it_came() {
        let Trouble::Refused { message, .. } = answered(400, "<html>no such venue</html>") else {
            panic!("refused")
        };
        assert_eq!(message, "status 400: <html>no such venue</html>");
        assert_eq!(answered(400, "").to_string(), "refused: status 400 without a reason");
        let Trouble::Refused { message, .. } = answered(400, &"é".repeat(5000)) else { panic!("refused") };
        assert!(message.chars().count() < 250, "{message}");
    }

    #[test]
    fn a_busy_answer_keeps_its_wait() {
        let busy =
            |message: &str| Trouble::Busy { wait: Some(Duration::from_secs(7)), message: message.to_owned() };
        assert_eq!(answered(429, r#"{"error":{"message":"Slow down."}}"#), busy("Slow down."));
    }
}
