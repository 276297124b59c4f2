//! What a person does with a serial keypad.

use qrtill::core::key::Key;
use qrtill::port::keys::Presence;
use qrtill::port::keys::channel;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_serial::SerialStream;

use crate::support::Counter;
use crate::support::LONG;
use crate::support::Socket;
use crate::support::wait;

#[tokio::test]
async fn an_amount_that_arrives_in_pieces_is_one_amount() {
    let mut counter = Counter::plugged().await;
    counter.socket.send(b"12").await;
    assert_eq!(counter.heard(2).await, [Key::Digit(1), Key::Digit(2)]);
    counter.socket.send(b"500").await;
    assert_eq!(counter.heard(3).await, [Key::Digit(5), Key::Digit(0), Key::Digit(0)]);
    counter.socket.send(b"\r\n").await;
    assert_eq!(counter.heard(1).await, [Key::Enter]);
    counter.socket.send(b"\x1b").await;
    assert_eq!(counter.heard(1).await, [Key::Cancel]);
}

#[tokio::test]
async fn noise_and_arrow_keys_are_no_keys() {
    let mut counter = Counter::plugged().await;
    counter.socket.send(b"\x00\xff\x9bq\x1b[15~\x1b[A7").await;
    assert_eq!(counter.heard(1).await, [Key::Digit(7)]);
    wait(&mut counter.serial.counts, |counts| counts.dropped.noise == 6).await;
}

#[tokio::test]
async fn an_unplugged_keypad_is_noticed_waited_for_and_heard_again() {
    let mut counter = Counter::plugged().await;
    for digit in b'1'..=b'3' {
        counter.socket.send(&[digit]).await;
        assert_eq!(counter.heard(1).await, [Key::Digit(digit - b'0')]);
        counter.socket.unplug();
        counter.present(false).await;
        counter.socket.plug();
        counter.present(true).await;
    }
    let counts = counter.counts();
    assert_eq!(counts.opened, 4);
    assert_eq!(counts.reads, 6, "one for each key and one that told each end: nothing spins");
}

#[tokio::test]
async fn an_escape_before_the_plug_was_pulled_is_not_kept_for_the_next_one() {
    let mut counter = Counter::plugged().await;
    counter.socket.send(b"\x1b").await;
    wait(&mut counter.serial.counts, |counts| counts.reads == 1).await;
    counter.socket.unplug();
    assert_eq!(counter.heard(1).await, [Key::Cancel], "without another plug");
}

#[tokio::test]
async fn a_keypad_that_is_missing_at_the_start_may_come_later() {
    let mut counter = Counter::new(Socket::empty(), channel());
    assert_ne!(*counter.serial.presence.borrow(), Presence::There);
    counter.socket.plug();
    counter.present(true).await;
    counter.socket.send(b"4").await;
    assert_eq!(counter.heard(1).await, [Key::Digit(4)]);
}

#[tokio::test]
async fn a_second_reader_is_kept_out() {
    let mut counter = Counter::plugged().await;
    let path = counter.socket.path();
    let device = path.to_str().expect("UTF-8");
    let second = tokio_serial::new(device, 9600).exclusive(false);
    assert!(SerialStream::open(&second).is_err());
    counter.shutdown.cancel();
    timeout(LONG, &mut counter.serial.task).await.expect("in time").expect("no panic");
    assert!(SerialStream::open(&second).is_ok(), "shutdown closes the port");
}

#[tokio::test]
async fn a_stuck_terminal_neither_blocks_the_keypad_nor_its_end() {
    let mut socket = Socket::empty();
    socket.plug();
    let mut counter = Counter::new(socket, mpsc::channel(4));
    counter.present(true).await;
    counter.socket.send(b"1234567890").await;
    wait(&mut counter.serial.counts, |counts| counts.unheard == 6).await;
    counter.shutdown.cancel();
    timeout(LONG, &mut counter.serial.task).await.expect("in time").expect("no panic");
    assert_eq!(counter.heard(4).await, [1, 2, 3, 4].map(Key::Digit));
}

#[tokio::test]
async fn it_ends_when_nobody_takes_its_keys() {
    let counter = Counter::plugged().await;
    drop(counter.terminal);
    timeout(LONG, counter.serial.task).await.expect("in time").expect("no panic");
}
