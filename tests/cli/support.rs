//! How the tests start the built program, and the shop they start it in.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

const TERMINAL: &str = include_str!("../../config/terminal.toml");
const RELAY: &str = include_str!("../../config/relay.toml");

pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// A program that was started, ended by force if the test leaves early.
pub struct Running(pub Child);

impl Running {
    /// To stop, as a supervisor does.
    pub fn tell(&self) {
        let told = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        assert!(told.expect("told").success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qrtill"));
    let ours = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("QRTILL_"));
    for (name, _) in ours {
        command.env_remove(name);
    }
    command.env("TZ", "UTC").stdin(Stdio::null());
    command
}

pub fn said(command: &mut Command) -> Said {
    let output = command.output().expect("it starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().expect("it ends by itself");
    Said { code, out: text(output.stdout), err: text(output.stderr) }
}

pub fn qrtill(line: &[&str]) -> Said {
    said(command().args(line))
}

pub fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The shipped files with their secrets beside them and keys of their own, as their comments say.
pub struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    pub fn new() -> Self {
        let shop = Self { folder: tempfile::tempdir().expect("a folder") };
        let secrets = [
            ("terminal.password", "one\n"),
            ("relay.password", "two\n"),
            ("stripe.key", "sk_test_1\n"),
            ("stripe.webhook", "whsec_1\n"),
        ];
        for (name, text) in secrets {
            shop.write_secret(name, text);
        }
        let keys = ["relay.key", "terminal.key"].map(|name| shop.new_key(name));
        for (name, text, key) in [("terminal.toml", TERMINAL, &keys[0]), ("relay.toml", RELAY, &keys[1])] {
            let example = text.split('"').find(|part| part.starts_with("qrtill-ed25519:")).expect("a key");
            shop.write(name, &text.replace(example, key));
        }
        shop
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.file(name), text).expect("written");
    }

    /// For its owner alone.
    pub fn write_secret(&self, name: &str, text: &str) {
        self.write(name, text);
        fs::set_permissions(self.file(name), fs::Permissions::from_mode(0o600)).expect("set");
    }

    pub fn change(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.file(name)).expect("text");
        assert!(text.contains(from), "{from}");
        self.write(name, &text.replacen(from, to, 1));
    }

    fn new_key(&self, name: &str) -> String {
        let made = qrtill(&["key", "new", path(&self.file(name))]);
        assert_eq!(made.code, 0, "{}", made.err);
        made.out.lines().next().expect("the public key").to_owned()
    }

    pub fn check(&self, name: &str) -> Said {
        qrtill(&["check", path(&self.file(name))])
    }
}
