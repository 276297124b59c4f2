//! Values put into a shipped, commented configuration, so that what a person finds in it later is explained.

/// The text with `key` of `table` set to `value`, which is written as TOML: on the line where the key stands, a
/// comment or not. `table` is a heading without its outer brackets, such as `[terminal]` for `[[terminal]]`, and empty
/// for the keys above all headings.
///
/// # Panics
/// Where the shipped file has no such line: it is part of the program, and a test sets every key.
#[must_use]
pub fn set(text: &str, table: &str, key: &str, value: &str) -> String {
    let mut within = String::new();
    let mut done = false;
    let lines = text.lines().map(|line| {
        if let Some(heading) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            heading.clone_into(&mut within);
        }
        let named = line.trim_start_matches(['#', ' ']).strip_prefix(key);
        let is_it = !done && within == table && named.is_some_and(|rest| rest.starts_with(" ="));
        done |= is_it;
        if is_it { format!("{key} = {value}\n") } else { format!("{line}\n") }
    });
    let set = lines.collect();
    assert!(done, "the shipped configuration has no line for {table}.{key}");
    set
}

/// The text with `key` of `table` turned into a comment.
#[must_use]
pub fn leave_out(text: &str, table: &str, key: &str) -> String {
    let mut within = String::new();
    let lines = text.lines().map(|line| {
        if let Some(heading) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            heading.clone_into(&mut within);
        }
        let is_it = within == table && line.strip_prefix(key).is_some_and(|rest| rest.starts_with(" ="));
        if is_it { format!("# {line}\n") } else { format!("{line}\n") }
    });
    lines.collect()
}

/// As [`set`]; a key without a line gets one below the heading.
#[cfg(feature = "relay")]
#[must_use]
pub fn set_or_add(text: &str, table: &str, key: &str, value: &str) -> String {
    let heading = format!("[{table}]\n");
    let (before, within) = text.split_once(&heading).unwrap_or((text, ""));
    let end = within.find("\n[").unwrap_or(within.len());
    let has_it = within[..end].lines().any(|line| {
        line.trim_start_matches(['#', ' ']).strip_prefix(key).is_some_and(|rest| rest.starts_with(" ="))
    });
    if has_it { set(text, table, key, value) } else { format!("{before}{heading}{key} = {value}\n{within}") }
}

/// The text with every key turned into a comment: examples are no answers.
#[cfg(feature = "relay")]
#[must_use]
pub fn silenced(text: &str) -> String {
    let silent = |line: &str| line.is_empty() || line.starts_with(['#', '[']);
    text.lines().map(|line| if silent(line) { format!("{line}\n") } else { format!("# {line}\n") }).collect()
}

/// A text as TOML writes it.
#[must_use]
pub fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_set_where_it_stands_in_its_own_table_and_once() {
        let text = "# id: the name\nid = \"a\"\n#lang = \"en\"\n[panel]\n# id = 1\n[[terminal]]\nid = \"b\"\n# id = 2\n";
        let set = set(&set(text, "", "lang", "\"de\""), "[terminal]", "id", "\"c\"");
        assert_eq!(
            set,
            "# id: the name\nid = \"a\"\nlang = \"de\"\n[panel]\n# id = 1\n[[terminal]]\nid = \"c\"\n# id = 2\n"
        );
    }

    #[test]
    fn a_key_is_left_out_of_its_own_table_alone() {
        let text = "id = 1\n[a]\nid = 2\nidea = 3\n";
        assert_eq!(leave_out(text, "a", "id"), "id = 1\n[a]\n# id = 2\nidea = 3\n");
    }

    #[cfg(feature = "relay")]
    #[test]
    fn examples_are_silenced_and_what_has_no_line_gets_one() {
        let text = silenced("[a]\nx = 1\n# y = 2\n\n[a.b]\nz = [1, 2]\n");
        assert_eq!(text, "[a]\n# x = 1\n# y = 2\n\n[a.b]\n# z = [1, 2]\n");
        let text = set_or_add(&set_or_add(&text, "a", "new", "3"), "a", "x", "4");
        assert_eq!(text, "[a]\nnew = 3\nx = 4\n# y = 2\n\n[a.b]\n# z = [1, 2]\n");
    }

    #[test]
    fn what_a_person_types_stays_what_it_is() {
        for typed in ["Bäckerei \"Korn\"", "a\\b", "", "#no comment"] {
            let text = set("shop = \"x\"\n", "", "shop", &quoted(typed));
            let table: toml::Table = text.parse().unwrap();
            assert_eq!(table["shop"].as_str(), Some(typed));
        }
    }
}
