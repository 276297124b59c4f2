//! What a signed command says.

use serde::Deserialize;
use serde::Serialize;

use crate::mqtt::topics::CommandName;

/// The content on `command/<name>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ordered {
    /// The terminal's own word, which it answers to a command without one: good once, and for a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<String>,
    pub command: Command,
}

/// What operators can have a terminal do. The name is the topic's too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Beeps, and shows its name.
    Identify {},
    /// Words on the screen while it is idle, until a key is pressed.
    Message {
        /// At most 200 characters.
        text: String,
        /// 1 to 86,400 seconds.
        for_s: u32,
    },
    /// The pictures that are on the panels now, as PNG.
    Screenshot {},
    /// The last lines of the log, oldest first.
    Logs {
        /// 1 to 200.
        lines: u16,
    },
    /// Ends the program, which its supervisor starts again.
    Restart {},
    /// Starts with what is in the terminal's own file now, if nothing is wrong in it.
    Reread {},
    /// Takes no payments until it is told to resume, over restarts too. A sale that was begun goes on to its end.
    Pause {},
    Resume {},
    /// How terminal and machine are, now.
    Diagnose {},
    /// What was sold in a time, in sums, out of the terminal's own book.
    Sales {
        /// Milliseconds since 1970.
        from_unix_ms: i64,
        /// It ends before this, and at most 32 days later.
        to_unix_ms: i64,
    },
}

impl Command {
    /// The greatest length of a message in characters: what fits the smallest panel.
    pub const TEXT: usize = 200;
    pub const FOR_S: std::ops::RangeInclusive<u32> = 1..=86_400;
    /// A month and a day: what a small machine adds up in a moment.
    pub const SALES_MS: i64 = 32 * 86_400_000;
    pub const LINES: std::ops::RangeInclusive<u16> = 1..=200;

    /// What its topic is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Identify {} => "identify",
            Self::Message { .. } => "message",
            Self::Screenshot {} => "screenshot",
            Self::Logs { .. } => "logs",
            Self::Restart {} => "restart",
            Self::Reread {} => "reread",
            Self::Pause {} => "pause",
            Self::Resume {} => "resume",
            Self::Diagnose {} => "diagnose",
            Self::Sales { .. } => "sales",
        }
    }

    /// As a part of its topic.
    #[must_use]
    pub fn topic(&self) -> CommandName {
        self.name().parse().expect("every name above is a command's name, as the test below tries")
    }

    /// What is wrong with it, for the person who sent it.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        match self {
            Self::Message { text, for_s } => {
                let length = text.chars().count();
                let empty = text.trim().is_empty() || text.chars().any(char::is_control);
                if empty || length > Self::TEXT {
                    Some(format!("a message has 1 to {} characters, and no line breaks", Self::TEXT))
                } else if !Self::FOR_S.contains(for_s) {
                    Some("a message stays 1 to 86400 seconds".to_owned())
                } else {
                    None
                }
            }
            Self::Sales { from_unix_ms, to_unix_ms } => {
                let length = to_unix_ms.checked_sub(*from_unix_ms);
                let fits = length.is_some_and(|length| (1..=Self::SALES_MS).contains(&length));
                (!fits).then(|| "sales are added up for at most 32 days".to_owned())
            }
            Self::Logs { lines } if !Self::LINES.contains(lines) => {
                Some("1 to 200 lines can be had".to_owned())
            }
            Self::Logs { .. }
            | Self::Identify {}
            | Self::Screenshot {}
            | Self::Restart {}
            | Self::Reread {}
            | Self::Pause {}
            | Self::Resume {}
            | Self::Diagnose {} => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_flat_and_refuse_what_nobody_knows() {
        let text = r#"{"command":{"do":"message","text":"Lunch","for_s":60}}"#;
        let ordered: Ordered = serde_json::from_str(text).expect("a command");
        assert_eq!(ordered.command, Command::Message { text: "Lunch".into(), for_s: 60 });
        assert_eq!(serde_json::to_string(&ordered).expect("JSON"), text);
        for wrong in [r#"{"command":{"do":"identify","more":1}}"#, r#"{"command":{"do":"format"}}"#] {
            assert!(serde_json::from_str::<Ordered>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_name_is_a_topic() {
        let all = [
            Command::Identify {},
            Command::Message { text: String::new(), for_s: 1 },
            Command::Screenshot {},
            Command::Logs { lines: 1 },
            Command::Restart {},
            Command::Reread {},
            Command::Pause {},
            Command::Resume {},
            Command::Diagnose {},
            Command::Sales { from_unix_ms: 0, to_unix_ms: 1 },
        ];
        for command in all {
            assert_eq!(command.topic().as_str(), command.name());
        }
    }

    #[test]
    fn bounds_are_told() {
        let message = |text: &str, for_s| Command::Message { text: text.into(), for_s }.fault();
        assert_eq!(message("Lunch", 60), None);
        for (text, for_s) in [("", 60), ("a\nb", 60), ("x".repeat(201).as_str(), 60), ("a", 0), ("a", 86_401)]
        {
            assert!(message(text, for_s).is_some(), "{text} {for_s}");
        }
        assert!(Command::Logs { lines: 0 }.fault().is_some());
        let sales = |from_unix_ms, to_unix_ms| Command::Sales { from_unix_ms, to_unix_ms }.fault();
        assert_eq!(sales(7, 7 + Command::SALES_MS), None);
        for (from, to) in [(7, 7), (7, 8 + Command::SALES_MS), (i64::MIN, i64::MAX)] {
            assert!(sales(from, to).is_some(), "{from} {to}");
        }
    }
}
