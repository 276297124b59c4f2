//! What all benchmarks share: their arguments, percentiles, one table, and the machine it was measured on.
#![allow(dead_code, reason = "every benchmark uses its own part")]

pub mod history;
pub mod machine;
pub mod shop;
pub mod webhook;

use std::io;
use std::io::Write;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;

/// The time on the clock that all figures are read from.
#[expect(clippy::disallowed_methods, reason = "a benchmark is about time, and decides nothing by it")]
pub fn now() -> Instant {
    Instant::now()
}

/// What stands behind `cargo bench --bench NAME --`.
pub struct Args {
    json: bool,
    pairs: Vec<(String, u64)>,
}

impl Args {
    /// Reads `--json` and the named numbers, such as `--rounds 200`. Anything else ends the program with 64.
    pub fn read(numbers: &[&str]) -> Self {
        let mut args = Self { json: false, pairs: Vec::new() };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let name = word.trim_start_matches("--").to_owned();
            match name.as_str() {
                "json" => args.json = true,
                // Cargo's own.
                "bench" => {}
                known if numbers.contains(&known) => match words.next().and_then(|text| text.parse().ok()) {
                    Some(number) => args.pairs.push((name, number)),
                    None => usage(&format!("--{name} needs a whole number")),
                },
                _ => usage(&format!("`{word}` is not one of --json and {numbers:?}")),
            }
        }
        args
    }

    /// A number by name, or what it is where it is not given.
    pub fn number(&self, name: &str, default: u64) -> u64 {
        let given = self.pairs.iter().rev().find(|(known, _)| known == name);
        given.map_or(default, |(_, number)| *number)
    }
}

fn usage(what: &str) -> ! {
    let _gone = writeln!(io::stderr(), "{what}");
    std::process::exit(64)
}

/// The times of many rounds.
pub struct Times(Vec<Duration>);

impl Times {
    pub fn new(mut times: Vec<Duration>) -> Self {
        assert!(!times.is_empty(), "nothing was measured");
        times.sort_unstable();
        Self(times)
    }

    /// The time that `percent` of all rounds did not exceed, in milliseconds.
    pub fn ms(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0[rank - 1].as_secs_f64() * 1e3
    }

    pub fn us(&self, percent: usize) -> f64 {
        self.ms(percent) * 1e3
    }

    /// Median, 95 %, 99 % and the longest, in milliseconds.
    pub fn spread(&self) -> Vec<Option<f64>> {
        [50, 95, 99, 100].map(|percent| Some(self.ms(percent))).into()
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }
}

/// One table: a name and figures in each row, empty where a figure does not apply.
pub struct Table {
    title: String,
    columns: Vec<&'static str>,
    rows: Vec<(String, Vec<Option<f64>>)>,
}

impl Table {
    pub fn new(title: &str, columns: &[&'static str]) -> Self {
        Self { title: title.to_owned(), columns: columns.to_vec(), rows: Vec::new() }
    }

    pub fn row(&mut self, name: &str, figures: Vec<Option<f64>>) {
        assert_eq!(figures.len(), self.columns.len(), "{name}: a figure for each column");
        self.rows.push((name.to_owned(), figures));
    }

    fn text(&self) -> String {
        let wide = self.rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        let mut text = format!("\n{}\n{:wide$}", self.title, "");
        for column in &self.columns {
            text.push_str(&format!("  {column:>12}"));
        }
        for (name, figures) in &self.rows {
            text.push_str(&format!("\n{name:wide$}"));
            for (figure, column) in figures.iter().zip(&self.columns) {
                let width = column.chars().count().max(12);
                text.push_str(&format!("  {:>width$}", figure.map_or_else(|| "-".to_owned(), short)));
            }
        }
        text + "\n"
    }

    fn json(&self) -> Value {
        let row = |(name, figures): &(String, Vec<Option<f64>>)| {
            let mut row = serde_json::Map::from_iter([("what".to_owned(), json!(name))]);
            row.extend(
                self.columns.iter().map(|column| (*column).to_owned()).zip(figures.iter().map(|f| json!(f))),
            );
            Value::Object(row)
        };
        json!({ "title": self.title, "rows": self.rows.iter().map(row).collect::<Vec<_>>() })
    }
}

/// Three digits that mean something.
fn short(figure: f64) -> String {
    match figure.abs() {
        large if large >= 100.0 => format!("{figure:.0}"),
        middle if middle >= 10.0 => format!("{figure:.1}"),
        small if small >= 1.0 => format!("{figure:.2}"),
        _ => format!("{figure:.3}"),
    }
}

/// Prints the machine and the tables, as text or as one JSON object.
pub fn print(bench: &str, args: &Args, tables: &[Table]) {
    let machine = machine::describe();
    let text = if args.json {
        let tables: Vec<Value> = tables.iter().map(Table::json).collect();
        format!("{}\n", json!({ "bench": bench, "machine": machine.json(), "tables": tables }))
    } else {
        let tables: String = tables.iter().map(Table::text).collect();
        format!("{bench}: {machine}\n{tables}")
    };
    let _gone = io::stdout().write_all(text.as_bytes());
}
