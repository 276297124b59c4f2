//! Questions and answers on standard output and input: line by line, so that a script can answer as a person does.

use std::io;
use std::io::BufRead;
use std::io::IsTerminal;
use std::io::Write;

use rustix::termios;
use rustix::termios::LocalModes;
use rustix::termios::OptionalActions;
use rustix::termios::Termios;

use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::core::secret::Secret;

/// Wrong answers in a row after which nobody is taken to be there.
const TRIES: usize = 5;

/// One of several answers.
pub struct Choice<T: 'static> {
    /// What is typed in place of its number.
    pub name: &'static str,
    pub about: &'static str,
    pub value: T,
}

/// Says something.
pub fn tell(text: &str) {
    // Whoever asked may have stopped reading; then the next answer does not come.
    let _gone = writeln!(io::stdout(), "{text}");
}

/// An answer that `read` takes; an empty one is `default`, where there is one. What `read` says of a wrong answer is
/// told, and the question is put again.
pub fn ask<T>(question: &str, default: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<T, Failure> {
    let shown = if default.is_empty() { String::new() } else { format!(" [{default}]") };
    for _ in 0..TRIES {
        let typed = line(&format!("{question}{shown}: "))?;
        let answer = if typed.is_empty() { default } else { &typed };
        match read(answer) {
            Ok(value) => return Ok(value),
            Err(why) => tell(&format!("  {why}")),
        }
    }
    Err(Failure::new(failure::USAGE, format!("no usable answer to: {question}"), "run it again"))
}

/// Any answer, for a question without a default.
pub fn not_empty(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("this has no default".to_owned()) } else { Ok(text.to_owned()) }
}

/// Yes or no.
#[cfg(any(feature = "relay", feature = "fleet"))]
pub fn agree(question: &str, default: bool) -> Result<bool, Failure> {
    ask(question, if default { "yes" } else { "no" }, |answer| match answer.to_lowercase().as_str() {
        "y" | "yes" => Ok(true),
        "n" | "no" => Ok(false),
        _ => Err("answer yes or no".to_owned()),
    })
}

/// One of `choices`, by its number or its name; the first by default.
pub fn choose<T>(question: &str, choices: &'static [Choice<T>]) -> Result<&'static T, Failure> {
    tell(&format!("{question}:"));
    for (number, choice) in (1..).zip(choices) {
        tell(&format!("  {number}  {:<10} {}", choice.name, choice.about));
    }
    ask("number or name", choices[0].name, |answer| {
        let by_number = answer.parse().ok().and_then(|number: usize| choices.get(number.checked_sub(1)?));
        let found = by_number.or_else(|| choices.iter().find(|choice| choice.name == answer));
        found.map(|choice| &choice.value).ok_or_else(|| format!("there is no {answer} in the list"))
    })
}

/// An answer that is not shown while it is typed.
pub fn secret(question: &str, read: impl Fn(&str) -> Result<(), String>) -> Result<Secret, Failure> {
    for _ in 0..TRIES {
        let hidden = Hidden::begin();
        let typed = line(&format!("{question}: "));
        if hidden.is_some() {
            tell("");
        }
        drop(hidden);
        let typed = typed?;
        match read(&typed) {
            Ok(()) => return Ok(Secret::new(typed)),
            Err(why) => tell(&format!("  {why}")),
        }
    }
    Err(Failure::new(failure::USAGE, format!("no usable answer to: {question}"), "run it again"))
}

fn line(prompt: &str) -> Result<String, Failure> {
    let mut out = io::stdout().lock();
    let _gone = write!(out, "{prompt}").and_then(|()| out.flush());
    let mut typed = String::new();
    let read = io::stdin().lock().read_line(&mut typed);
    let ended = |why: String| {
        Failure::new(failure::NO_INPUT, format!("{}: {why}", prompt.trim_end_matches([':', ' '])), "")
    };
    match read {
        Ok(0) => Err(ended("the answers ended here".to_owned())),
        Ok(_) => Ok(typed.trim().to_owned()),
        Err(error) => Err(ended(error.to_string())),
    }
}

/// A terminal that does not show what is typed, until this is dropped.
struct Hidden(Termios);

impl Hidden {
    fn begin() -> Option<Self> {
        let input = io::stdin();
        let before = termios::tcgetattr(&input).ok().filter(|_| input.is_terminal())?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        termios::tcsetattr(&input, OptionalActions::Flush, &quiet).ok()?;
        Some(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // Where it fails the terminal is gone.
        let _gone = termios::tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}
