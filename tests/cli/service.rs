//! What systemd hears of the two programs, on a socket like its own.

use std::io;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use tokio::time::Instant;

use crate::support::Running;
use crate::support::Shop;
use crate::support::command;
use crate::support::path;

/// Only reached by a test that fails.
const LONG: Duration = Duration::from_secs(30);
/// The loops are looked at four times within it.
const WATCHDOG: Duration = Duration::from_secs(2);

/// The service manager's end.
struct Manager {
    socket: UnixDatagram,
    folder: tempfile::TempDir,
}

impl Manager {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = UnixDatagram::bind(folder.path().join("notify")).expect("a socket");
        socket.set_read_timeout(Some(LONG)).expect("set");
        Self { socket, folder }
    }

    /// As a unit with `Type=notify` and `WatchdogSec=` starts it.
    fn starts(&self, command: &mut Command) {
        let socket = self.folder.path().join("notify");
        command.env("NOTIFY_SOCKET", socket).env("WATCHDOG_USEC", WATCHDOG.as_micros().to_string());
    }

    /// The next message; none within `wait`.
    fn hears(&self, wait: Duration) -> Option<String> {
        let mut bytes = [0; 4096];
        self.socket.set_read_timeout(Some(wait)).expect("set");
        let heard = self.socket.recv(&mut bytes).ok()?;
        Some(String::from_utf8(bytes[..heard].to_vec()).expect("UTF-8"))
    }

    /// All messages up to the one with this line.
    fn hears_until(&self, line: &str) -> Vec<String> {
        let (begin, mut all) = (Instant::now(), Vec::new());
        while begin.elapsed() < LONG {
            all.extend(self.hears(LONG));
            if all.last().is_some_and(|said| said.lines().any(|said| said == line)) {
                return all;
            }
        }
        panic!("no {line} within {LONG:?}: {all:?}")
    }

    fn is_fed(&self, times: usize) {
        for _ in 0..times {
            self.hears_until("WATCHDOG=1");
        }
    }
}

fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

fn terminal(shop: &Shop, manager: &Manager) -> Command {
    let mut run = command();
    run.args(["terminal", "--config", path(&shop.file("terminal.toml"))]);
    run.env("QRTILL_DATA", shop.file("data")).env("QRTILL_BROKER__PORT", closed_port().to_string());
    manager.starts(&mut run);
    run
}

#[test]
fn a_terminal_is_ready_with_its_first_frame_says_why_it_is_not_armed_and_that_it_stops() {
    let (shop, manager) = (Shop::new(), Manager::new());
    let mut running = Running(terminal(&shop, &manager).stderr(Stdio::null()).spawn().expect("it starts"));
    let before = manager.hears_until("READY=1");
    let words = "STATUS=Not armed, no payment by code: there is no connection to the broker";
    let ready = before.last().expect("one");
    assert!(ready.lines().any(|line| line == words), "{ready}");
    manager.is_fed(4);
    running.tell();
    manager.hears_until("STOPPING=1");
    assert_eq!(running.0.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_relay_is_ready_when_it_listens_and_says_whom_it_hears() {
    let (shop, manager) = (Shop::new(), Manager::new());
    let mut run = command();
    run.args(["relay", "--config", path(&shop.file("relay.toml"))]);
    run.env("QRTILL_DATA", shop.file("data")).env("QRTILL_LISTEN", "127.0.0.1:0");
    run.env("QRTILL_BROKER__PORT", closed_port().to_string());
    run.env("QRTILL_PROVIDER__OPTIONS__BASE_URL", format!("http://127.0.0.1:{}", closed_port()));
    manager.starts(&mut run);
    let mut running = Running(run.stderr(Stdio::null()).spawn().expect("it starts"));
    let before = manager.hears_until("READY=1");
    let words = "STATUS=Not serving: does not hear stripe; there is no connection to the broker";
    let ready = before.last().expect("one");
    assert!(ready.lines().any(|line| line == words), "{ready}");
    manager.is_fed(4);
    running.tell();
    manager.hears_until("STOPPING=1");
    assert_eq!(running.0.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_terminal_that_hangs_is_not_kept_alive() {
    let (shop, manager) = (Shop::new(), Manager::new());
    let (mut log, write) = io::pipe().expect("a pipe");
    let mut filler = write.try_clone().expect("its other name");
    let port = closed_port();
    let mut run = terminal(&shop, &manager);
    run.env("QRTILL_BROKER__PORT", port.to_string()).stderr(write);
    let running = Running(run.spawn().expect("it starts"));
    drop(run);
    let reading = std::thread::spawn(move || {
        // Up to the one byte that no log has.
        let mut bytes = [0; 1024];
        while log.read(&mut bytes).is_ok_and(|count| count > 0 && !bytes[..count].contains(&0)) {}
        log
    });
    manager.is_fed(4);
    filler.write_all(&[0]).expect("the pipe takes it");
    let mut log = reading.join().expect("the log");
    // Nobody reads the log any more, and it is full: whoever has a line for it waits.
    std::thread::spawn(move || {
        // More than a pipe holds. It ends with the reader.
        let _ended = filler.write_all(&[b'.'; 1 << 20]);
    });
    // A broker that hangs up at once is another trouble than none, and worth a line.
    let broker = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    std::thread::spawn(move || while broker.accept().is_ok() {});
    let begin = Instant::now();
    while let Some(said) = manager.hears(WATCHDOG * 2) {
        assert!(begin.elapsed() < LONG, "fed although it hangs, and systemd would not end it: {said}");
    }
    std::thread::spawn(move || io::copy(&mut log, &mut io::sink()));
    manager.is_fed(2);
    running.tell();
    manager.hears_until("STOPPING=1");
}
