//! Debian's own Mosquitto under the files shipped in `config/mosquitto`, as they are but for ports and paths.
#![allow(dead_code, reason = "every test binary uses its own part")]

use std::fs;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use qrtill::mqtt::access::Who;
use tempfile::TempDir;

use crate::broker::everybody;
use crate::broker::password;

const MISSING: &str = "this test runs Debian's Mosquitto; install the package `mosquitto`";

/// Debian's own Mosquitto with the shipped files; gone when this is dropped.
pub struct Mosquitto {
    pub child: Child,
    pub address: SocketAddr,
    pub conf: String,
    _files: TempDir,
}

impl Mosquitto {
    /// As the power goes: SIGKILL.
    pub fn kill(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Debian keeps it where only the administrator's PATH looks.
fn program() -> &'static str {
    if Path::new("/usr/sbin/mosquitto").exists() { "/usr/sbin/mosquitto" } else { "mosquitto" }
}

pub fn start() -> Mosquitto {
    start_for(&everybody())
}

/// With an account for each of these.
pub fn start_for(everybody: &[Who]) -> Mosquitto {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/mosquitto");
    let files = tempfile::tempdir().expect("a folder");
    let at = |name: &str| files.path().join(name).display().to_string();
    // Started by root it gives its rights up and must still reach its files.
    fs::set_permissions(files.path(), fs::Permissions::from_mode(0o777)).expect("permissions");
    fs::copy(shipped.join("acl"), at("acl")).expect("the shipped access rules");
    let account = |who: &Who| format!("{}:{}\n", who.user_name(), password(who).reveal());
    fs::write(at("passwords"), everybody.iter().map(account).collect::<String>()).expect("a file");
    let made = Command::new("mosquitto_passwd").args(["-U", &at("passwords")]).output().expect(MISSING);
    assert!(made.status.success(), "{made:?}");
    for name in ["acl", "passwords"] {
        fs::set_permissions(at(name), fs::Permissions::from_mode(0o644)).expect("permissions");
    }
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = free.local_addr().expect("an address");
    drop(free);
    let text = fs::read_to_string(shipped.join("mosquitto.conf")).expect("the shipped configuration");
    let text = text
        .replace("listener 1883 ", &format!("listener {} ", address.port()))
        .replace("/etc/mosquitto/qrtill/", &at(""));
    // As Debian's own file does, which includes this one.
    let text = format!("persistence_location {}\n{text}", at(""));
    fs::write(at("mosquitto.conf"), text).expect("a file");
    let conf = at("mosquitto.conf");
    Mosquitto { child: run(&conf), address, conf, _files: files }
}

pub fn run(conf: &str) -> Child {
    let mut command = Command::new(program());
    command.args(["-c", conf]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect(MISSING)
}
