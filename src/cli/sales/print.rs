//! Rows for people, for spreadsheets and for programs.

use serde::Serialize;

use crate::cli::table::aligned;
use crate::core::fact::Verdict;
use crate::core::money::Money;
use crate::core::scene::SaleResult;
use crate::terminal::report;
use crate::terminal::report::Kind;
use crate::terminal::report::Row;

/// A row as programs read it: amounts in minor units, times in RFC 3339 and UTC.
#[derive(Serialize)]
struct Json<'a> {
    reference: Option<&'a str>,
    kind: Kind,
    amount: i64,
    currency: &'a str,
    result: Option<SaleResult>,
    verdict: Option<Verdict>,
    opened_at: Option<String>,
    paid_at: Option<String>,
    payment_id: Option<&'a str>,
    received: Option<i64>,
    refunded: i64,
    settled: bool,
}

impl<'a> Json<'a> {
    fn of(row: &'a Row) -> Self {
        Self {
            reference: row.reference.as_deref(),
            kind: row.kind,
            amount: row.amount,
            currency: row.currency.code(),
            result: row.result,
            verdict: row.verdict,
            opened_at: row.opened_unix_ms.map(utc),
            paid_at: row.paid_unix_ms.map(utc),
            payment_id: row.payment_id.as_deref(),
            received: row.received,
            refunded: row.refunded,
            settled: row.settled,
        }
    }
}

fn utc(unix_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(unix_ms).unwrap_or_default().to_string()
}

/// An array of objects, one a line.
#[must_use]
pub fn json(rows: &[Row]) -> String {
    let object = |row| serde_json::to_string(&Json::of(row)).expect("rows have text keys and no floats");
    let lines: Vec<String> = rows.iter().map(object).collect();
    if lines.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", lines.join(",\n")) }
}

/// The same columns with a line of names; amounts in major units with a point.
#[must_use]
pub fn csv(rows: &[Row]) -> String {
    let mut text = "reference,kind,amount,currency,result,verdict,opened_at,paid_at,payment_id,received,\
                    refunded,settled\n"
        .to_owned();
    for row in rows {
        let major = |minor: i64| Money::new(minor, row.currency).decimal();
        let kind = match row.kind {
            Kind::Sale => "sale",
            Kind::Payment => "payment",
        };
        let fields = [
            row.reference.clone().unwrap_or_default(),
            kind.to_owned(),
            major(row.amount),
            row.currency.code().to_owned(),
            row.result.map_or(String::new(), word),
            row.verdict.map_or(String::new(), word),
            row.opened_unix_ms.map_or(String::new(), utc),
            row.paid_unix_ms.map_or(String::new(), utc),
            row.payment_id.clone().unwrap_or_default(),
            row.received.map_or(String::new(), major),
            major(row.refunded),
            row.settled.to_string(),
        ];
        text += &fields.map(field).join(",");
        text.push('\n');
    }
    text
}

/// The name a value has in JSON.
fn word(value: impl Serialize) -> String {
    let value = serde_json::to_value(value).expect("results and verdicts are words");
    value.as_str().unwrap_or_default().to_owned()
}

fn field(text: String) -> String {
    // A spreadsheet takes a text that begins like this for a formula.
    let text = if text.starts_with(['=', '+', '@']) { format!("'{text}") } else { text };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// A table with the totals below; times of day in the machine's zone.
#[must_use]
pub fn table(rows: &[Row], zone: &jiff::tz::TimeZone) -> String {
    if rows.is_empty() {
        return "no sales in this time\n".to_owned();
    }
    let local = |unix_ms: i64| {
        let at = jiff::Timestamp::from_millisecond(unix_ms).unwrap_or_default().to_zoned(zone.clone());
        at.strftime("%Y-%m-%d %H:%M:%S").to_string()
    };
    let cells = rows.iter().map(|row| {
        let amount = Money::new(row.amount, row.currency).to_string();
        let named = row.reference.clone().or_else(|| row.payment_id.clone()).unwrap_or_default();
        [local(row.at_unix_ms), report::label(row).1.to_owned(), amount, named, notes(row)]
    });
    let mut text = aligned(cells.collect(), [false, false, true, false, false]);
    text.push('\n');
    let totals = report::totals(rows);
    let cells = totals.iter().map(|total| {
        let count = total.count.to_string();
        [total.label.to_owned(), count, total.money().to_string()]
    });
    text += &aligned(cells.collect(), [false, true, true]);
    for (received, kept) in report::taken(&totals) {
        text += &format!("received {received}");
        if kept != received {
            text += &format!(", {kept} after refunds");
        }
        text.push('\n');
    }
    text
}

/// What a person must know beyond result and amount.
fn notes(row: &Row) -> String {
    let money = |minor| Money::new(minor, row.currency);
    let mut notes = Vec::new();
    if let Some(received) = row.received.filter(|received| *received != row.amount) {
        notes.push(format!("received {}", money(received)));
    }
    if row.refunded > 0 {
        notes.push(format!("refunded {}", money(row.refunded)));
    }
    if row.settled {
        notes.push("settled by hand".to_owned());
    }
    notes.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::money::Currency;

    fn row() -> Row {
        Row {
            reference: Some("counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R".into()),
            kind: Kind::Sale,
            amount: 1250,
            currency: Currency::from_code("EUR").expect("a currency"),
            result: Some(SaleResult::Short),
            verdict: Some(Verdict::Short),
            received: Some(1000),
            refunded: 5,
            opened_unix_ms: Some(1_795_183_320_000),
            paid_unix_ms: Some(1_795_183_330_500),
            payment_id: Some("=pi,\"1".into()),
            settled: false,
            at_unix_ms: 1_795_183_320_000,
        }
    }

    #[test]
    fn json_is_an_array_of_objects_with_minor_units_and_utc() {
        let parsed: serde_json::Value = serde_json::from_str(&json(&[row(), row()])).expect("JSON");
        assert_eq!(parsed.as_array().map(Vec::len), Some(2));
        assert_eq!(parsed[0]["amount"], 1250);
        assert_eq!(parsed[0]["result"], "short");
        assert_eq!(parsed[0]["opened_at"], "2026-11-20T14:02:00Z");
        assert_eq!(parsed[0]["paid_at"], "2026-11-20T14:02:10.5Z");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&json(&[])).expect("JSON"),
            serde_json::json!([])
        );
    }

    #[test]
    fn csv_has_major_units_and_no_formulas() {
        let text = csv(&[row()]);
        let expected = "counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R,sale,12.50,EUR,short,short,2026-11-20T14:02:00Z,\
                        2026-11-20T14:02:10.5Z,\"'=pi,\"\"1\",10.00,0.05,false";
        assert_eq!(text.lines().nth(1), Some(expected));
        assert_eq!(text.lines().next().map(|line| line.split(',').count()), Some(12));
    }

    #[test]
    fn the_table_says_what_differs_and_what_is_left() {
        let text = table(&[row()], &jiff::tz::TimeZone::UTC);
        let expected = "2026-11-20 14:02:00  short  12.50 EUR  counter-1-01K9ZZ8QGN5X4T0V9Y3M6C2D1R  \
                        received 10.00 EUR, refunded 0.05 EUR\n\nshort  1  12.50 EUR\n\
                        received 10.00 EUR, 9.95 EUR after refunds\n";
        assert_eq!(text, expected);
        assert_eq!(table(&[], &jiff::tz::TimeZone::UTC), "no sales in this time\n");
    }
}
