//! Debian's own Mosquitto under the files shipped for a fleet, as they are but for ports and paths.
#![allow(dead_code, reason = "every test binary uses its own part")]

use std::fs;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use qrtill::core::secret::Secret;
use qrtill::mqtt::access::Who;
use qrtill::mqtt::client::Options;
use qrtill::mqtt::tls::Authorities;
use qrtill::mqtt::tls::Own;
use qrtill::mqtt::tls::Tls;
use tempfile::TempDir;

use crate::authority::Authority;
use crate::authority::Pair;
use crate::broker;

const MISSING: &str = "this test runs Debian's Mosquitto; install the package `mosquitto`";

/// A broker with nobody there.
pub struct Mosquitto {
    child: Child,
    pub devices: SocketAddr,
    pub people: SocketAddr,
    pub shop: Authority,
    pub revoked: Pair,
    files: TempDir,
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Mosquitto {
    pub fn start() -> Self {
        let shop = Authority::new("Corner Bakery");
        let (broker, revoked) = (shop.broker(), shop.client("counter-1"));
        let files = tempfile::tempdir().expect("a folder");
        // Started by root it gives its rights up and must still reach its files.
        fs::set_permissions(files.path(), fs::Permissions::from_mode(0o777)).expect("permissions");
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/mosquitto");
        let read = |name: &str| fs::read_to_string(shipped.join(name)).expect("a shipped file");
        let [devices, people] = [free(), free()];
        let at = files.path().display();
        let conf = read("fleet.conf")
            .replace("listener 8883", &format!("listener {} 127.0.0.1", devices.port()))
            .replace("listener 8884", &format!("listener {} 127.0.0.1", people.port()))
            .replace("/etc/mosquitto/qrtill/", &format!("{at}/"));
        for (name, text) in [
            ("acl", read("acl")),
            ("ca.pem", shop.pem.clone()),
            ("revoked.pem", shop.revoked(&[&revoked])),
            ("broker.pem", broker.certificate),
            ("broker.key", broker.key),
            ("passwords", String::new()),
            // As Debian's own file does, which includes this one.
            ("mosquitto.conf", format!("persistence_location {at}/\n{conf}")),
        ] {
            let file = files.path().join(name);
            fs::write(&file, text).expect("written");
            fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("permissions");
        }
        for who in [Who::Operator, Who::Shop, Who::Pairing] {
            let (name, password) = (who.user_name(), broker::password(&who));
            let file = files.path().join("passwords").display().to_string();
            let made =
                Command::new("mosquitto_passwd").args(["-b", &file, &name, password.reveal()]).output();
            assert!(made.expect(MISSING).status.success());
        }
        fs::set_permissions(files.path().join("passwords"), fs::Permissions::from_mode(0o644)).expect("set");
        let child = run(&files.path().join("mosquitto.conf"));
        Self { child, devices, people, shop, revoked, files }
    }

    /// Starts it again with this list of revoked certificates, as it is told to be done.
    pub fn restart_with(&mut self, revoked: &str) {
        drop(self.child.kill());
        drop(self.child.wait());
        fs::write(self.files.path().join("revoked.pem"), revoked).expect("written");
        self.child = run(&self.files.path().join("mosquitto.conf"));
    }

    /// What encrypts, with a certificate under that name or without one.
    pub fn tls(&self, own: Option<&Pair>) -> Tls {
        let authorities = Authorities::parse(self.shop.pem.as_bytes()).expect("an authority");
        let own = own.map(|pair| {
            let key = Secret::new(pair.key.clone());
            Own::parse(pair.certificate.as_bytes(), &key).expect("a certificate")
        });
        Tls::new(authorities, own)
    }

    /// As a terminal's or a relay's own file would have it: a certificate, and no password.
    pub fn device(&self, who: &Who, subscriptions: &[&str]) -> Options {
        let mut options = broker::options(self.devices, who, subscriptions);
        options.tls = Some(self.tls(Some(&self.shop.client(&who.user_name()))));
        (options.username, options.password) = (None, None);
        options
    }

    /// As an operator's own file would have it: a password, and no certificate.
    pub fn person(&self, who: &Who, subscriptions: &[&str]) -> Options {
        let mut options = broker::options(self.people, who, subscriptions);
        options.tls = Some(self.tls(None));
        options
    }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port")
}

fn run(conf: &Path) -> Child {
    // Debian keeps it where only the administrator's PATH looks.
    let usual = Path::new("/usr/sbin/mosquitto");
    let program = if usual.exists() { usual } else { Path::new("mosquitto") };
    let mut command = Command::new(program);
    command.arg("-c").arg(conf).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect(MISSING)
}
