//! Text in columns and numbers in words, for people.

/// Columns as wide as their widest cell; `right` for numbers.
#[must_use]
pub fn aligned<const N: usize>(rows: Vec<[String; N]>, right: [bool; N]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for row in &rows {
        let cell = |column: usize| {
            let (cell, width) = (&row[column], widths[column]);
            if right[column] { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        };
        let line = std::array::from_fn::<String, N, _>(cell).join("  ");
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// `1 error`, `2 errors`.
#[must_use]
pub fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
