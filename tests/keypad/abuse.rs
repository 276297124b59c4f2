//! What happens to a keypad in years: torn frames, noise, a plug that is pulled a thousand times, and one that is never
//! put in.

use std::fs;
use std::time::Duration;

use qrtill::core::key::Key;
use qrtill::keypad;
use qrtill::keypad::Options;
use qrtill::keypad::decode::map::KeyMap;
use qrtill::keypad::decode::matrix::Layout;
use qrtill::keypad::decode::scan::Release;
use qrtill::keypad::evdev;
use qrtill::keypad::evdev::Which;
use qrtill::keypad::matrix;
use qrtill::keypad::serial;
use qrtill::keypad::serial::Protocol;
use qrtill::port::keys::Presence;
use qrtill::port::keys::channel;
use tokio_util::sync::CancellationToken;

use crate::support::Counter;
use crate::support::Random;
use crate::support::Socket;
use crate::support::wait;

/// A module that sends `AA 55 KK 0D` for each digit, its code 0x30 above the digit as on most.
fn module(options: serial::Options) -> serial::Options {
    let mut map = KeyMap::default();
    for digit in 0..=9_u8 {
        map.add(u16::from(0x30 + digit), digit.to_string().parse().expect("a digit")).expect("once");
    }
    let frame = "AA 55 KK 0D".parse().expect("a frame");
    let protocol = Protocol::Codes { frame, release: Release::Never };
    serial::Options { protocol, map, debounce: Duration::ZERO, ..options }
}

#[tokio::test]
async fn frames_are_heard_wherever_the_line_cuts_them_and_whatever_noise_is_between() {
    for seed in 1..=5 {
        let mut random = Random(seed);
        let mut socket = Socket::empty();
        socket.plug();
        let mut counter = Counter::with(socket, channel(), module);
        counter.present(true).await;
        for press in 0..20 {
            let digit = random.below(10) as u8;
            let noise: Vec<u8> =
                (0..random.below(6)).map(|_| random.byte()).filter(|byte| *byte != 0xaa).collect();
            let sent = [noise.as_slice(), &[0xaa, 0x55, 0x30 + digit, 0x0d]].concat();
            let mut rest = sent.as_slice();
            while !rest.is_empty() {
                let (part, behind) = rest.split_at(1 + random.below(rest.len() as u64) as usize);
                counter.socket.send(part).await;
                tokio::task::yield_now().await;
                rest = behind;
            }
            assert_eq!(counter.heard(1).await, [Key::Digit(digit)], "seed {seed}, press {press}");
            // A person's pace.
            tokio::time::sleep(Duration::from_millis(45)).await;
        }
        assert!(counter.terminal.try_recv().is_err(), "seed {seed}: a key that nobody pressed");
    }
}

#[tokio::test]
async fn a_plug_that_is_pulled_a_thousand_times_costs_no_key_and_no_file() {
    let mut random = Random(11);
    let mut counter = Counter::new(Socket::empty(), channel());
    let files = || fs::read_dir("/proc/self/fd").expect("there").count();
    let before = files();
    for round in 0..1_000 {
        counter.socket.plug();
        counter.present(true).await;
        // Pulled at once, in the middle of something, or after a press.
        match random.below(3) {
            0 => {}
            1 => {
                let half: &[u8] =
                    [b"\x1b[".as_slice(), b"\x1b[1", b"\xc3", b"\x00\xff"][random.below(4) as usize];
                counter.socket.send(half).await;
            }
            _ => {
                let digit = random.below(10) as u8;
                counter.socket.send(&[b'0' + digit]).await;
                assert_eq!(counter.heard(1).await, [Key::Digit(digit)], "round {round}");
            }
        }
        counter.socket.unplug();
        counter.present(false).await;
    }
    assert!(counter.terminal.try_recv().is_err(), "what was torn is no key");
    assert_eq!(counter.counts().opened, 1_000);
    // Other tests of this program have files open too.
    assert!(files() < before + 100, "{} files, {before} before", files());
}

/// Processor time of this thread, in hundredths of a second.
fn ticks() -> u64 {
    let stat = fs::read_to_string("/proc/thread-self/stat").expect("there");
    let behind_name = stat.rsplit_once(')').expect("a name").1;
    let numbers: Vec<&str> = behind_name.split_whitespace().collect();
    // utime and stime, the 14th and 15th of all.
    numbers[11..=12].iter().map(|number| number.parse::<u64>().expect("a number")).sum()
}

/// The runtime is this thread's alone, so the thread's time is the keypads' time.
#[tokio::test]
async fn keypads_that_are_absent_cost_no_processor_time() {
    let rows = ["12".to_owned()];
    let absent = [
        Options::Serial(serial::Options::new("/dev/serial/by-id/none")),
        Options::Evdev(evdev::Options {
            which: Which::Path("/dev/input/by-id/none".into()),
            map: KeyMap::default(),
        }),
        Options::Evdev(evdev::Options { which: Which::Name("none".to_owned()), map: KeyMap::default() }),
        Options::Matrix(matrix::Options {
            chip: "/dev/gpiochip-none".into(),
            rows: vec![1],
            columns: vec![2, 3],
            layout: Layout::new(&rows).expect("a layout"),
            map: KeyMap::default(),
            debounce: Duration::ZERO,
        }),
    ];
    let (keys, _terminal) = channel();
    let shutdown = CancellationToken::new();
    let mut listening: Vec<_> =
        absent.into_iter().map(|options| keypad::spawn(options, keys.clone(), shutdown.clone())).collect();
    for keypad in &mut listening {
        wait(&mut keypad.presence, |presence| matches!(presence, Presence::Gone(_))).await;
    }
    let before = ticks();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let used = ticks() - before;
    assert!(used < 6, "{used} hundredths of a second in three are 2 % or more");
    for keypad in &listening {
        let Presence::Gone(fault) = keypad.presence.borrow().clone() else { panic!("it is absent") };
        assert!(fault.what.contains("none"), "{fault}");
    }
}

#[tokio::test]
async fn a_line_of_another_form_is_set_up_as_it_is_said() {
    let mut socket = Socket::empty();
    socket.plug();
    let options = |options| serial::Options {
        baud: 1200,
        parity: serial::Parity::Even,
        data_bits: serial::DataBits::Seven,
        stop_bits: serial::StopBits::Two,
        flow: serial::FlowControl::Software,
        ..options
    };
    let mut counter = Counter::with(socket, channel(), options);
    counter.present(true).await;
    counter.socket.send(b"7").await;
    assert_eq!(counter.heard(1).await, [Key::Digit(7)]);
}
