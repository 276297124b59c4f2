//! What bytes become, and what they must never become.

use super::*;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn contacts() -> Decoder {
    Decoder::for_contacts(DEBOUNCE)
}

/// The keys of these reads, each with its time in milliseconds, and of the hour after them.
fn reads(decoder: &mut Decoder, reads: &[(u64, &[u8])]) -> Vec<Key> {
    for (at, bytes) in reads {
        decoder.handle(bytes, ms(*at));
    }
    decoder.handle_timeout(ms(3_600_000));
    std::iter::from_fn(|| decoder.poll_key()).collect()
}

fn keys(list: &[(u64, &[u8])]) -> Vec<Key> {
    reads(&mut contacts(), list)
}

fn digits(digits: &[u8]) -> Vec<Key> {
    digits.iter().copied().map(Key::Digit).collect()
}

/// xorshift64*: the same seed gives the same noise.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

#[test]
fn every_keypad_character_is_its_key() {
    let typed: [(&[u8], Key); 18] = [
        (b"0", Key::Digit(0)),
        (b"9", Key::Digit(9)),
        (b"\r", Key::Enter),
        (b"\n", Key::Enter),
        (b"\r\n", Key::Enter),
        (b"\n\r", Key::Enter),
        (b"#", Key::Enter),
        (b"\x7f", Key::Back),
        (b"\x08", Key::Back),
        (b"*", Key::Back),
        (b"c", Key::Clear),
        (b"C", Key::Clear),
        (b"\x1b", Key::Cancel),
        (b"+", Key::Plus),
        (b"l", Key::List),
        (b"L", Key::List),
        (b".", Key::Point),
        (b",", Key::Point),
    ];
    for (bytes, key) in typed {
        let mut decoder = contacts();
        assert_eq!(reads(&mut decoder, &[(0, bytes)]), [key], "{bytes:?}");
        assert_eq!(decoder.dropped(), Dropped::default(), "{bytes:?}");
    }
}

#[test]
fn whatever_else_comes_is_counted_and_is_no_key() {
    for byte in 0..=u8::MAX {
        if b"0123456789\r\n#\x7f\x08*cC\x1b+lL.,".contains(&byte) {
            continue;
        }
        let mut decoder = contacts();
        assert_eq!(reads(&mut decoder, &[(0, &[byte])]), [], "{byte:#x}");
        assert_eq!(decoder.dropped().noise, 1, "{byte:#x}");
    }
}

#[test]
fn a_double_zero_key_is_two_zeros_however_the_line_cuts_it() {
    assert_eq!(keys(&[(0, b"500")]), digits(&[5, 0, 0]));
    assert_eq!(keys(&[(0, b"5"), (100, b"0"), (101, b"0")]), digits(&[5, 0, 0]));
    assert_eq!(keys(&[(0, b"00"), (100, b"00")]), digits(&[0, 0, 0, 0]));
}

#[test]
fn a_bouncing_contact_is_one_press() {
    let mut decoder = contacts();
    assert_eq!(reads(&mut decoder, &[(0, b"5"), (8, b"5"), (30, b"55"), (55, b"5")]), digits(&[5]));
    assert_eq!(decoder.dropped().bounced, 4);
    assert_eq!(keys(&[(0, b"0"), (12, b"0")]), digits(&[0]), "a zero can bounce too");
    assert_eq!(keys(&[(0, b"\r"), (12, b"\r")]), [Key::Enter]);
}

#[test]
fn the_same_key_twice_by_a_person_is_two_presses() {
    assert_eq!(keys(&[(0, b"5"), (90, b"5")]), digits(&[5, 5]));
    assert_eq!(keys(&[(0, b"5"), (30, b"5")]), digits(&[5, 5]), "30 ms are over");
    assert_eq!(keys(&[(0, b"5"), (5, b"6"), (10, b"5")]), digits(&[5, 6, 5]), "another key lay between");
}

#[test]
fn keys_that_waited_in_one_read_are_all_heard() {
    assert_eq!(keys(&[(0, b"1155")]), digits(&[1, 1, 5, 5]));
}

#[test]
fn a_terminal_program_may_write_byte_by_byte() {
    let mut decoder = Decoder::for_terminal_program();
    assert_eq!(reads(&mut decoder, &[(0, b"1"), (0, b"1"), (1, b"5"), (1, b"5")]), digits(&[1, 1, 5, 5]));
}

#[test]
fn a_line_end_cut_in_two_is_one_enter_and_two_lines_are_two() {
    assert_eq!(keys(&[(0, b"\r"), (2, b"\n")]), [Key::Enter]);
    assert_eq!(keys(&[(0, b"\r\n\r\n")]), [Key::Enter; 2]);
    assert_eq!(keys(&[(0, b"\r"), (400, b"\n")]), [Key::Enter; 2], "so late it is a key of its own");
}

#[test]
fn a_lone_escape_is_cancel_once_its_time_is_over_and_not_before() {
    let mut decoder = contacts();
    decoder.handle(b"\x1b", ms(100));
    assert_eq!(decoder.poll_timeout(), Some(ms(150)));
    decoder.handle_timeout(ms(149));
    assert_eq!(decoder.poll_key(), None);
    decoder.handle_timeout(ms(150));
    assert_eq!((decoder.poll_key(), decoder.poll_key()), (Some(Key::Cancel), None));
    assert_eq!(decoder.poll_timeout(), None);
    assert_eq!(keys(&[(0, b"\x1b"), (60, b"[")]), [Key::Cancel], "the bracket came too late");
}

#[test]
fn a_key_right_behind_an_escape_is_heard_behind_the_cancel() {
    assert_eq!(keys(&[(0, b"\x1b1\r")]), [Key::Cancel, Key::Digit(1), Key::Enter]);
    assert_eq!(keys(&[(0, b"\x1b\x1b")]), [Key::Cancel, Key::Cancel]);
}

#[test]
fn arrow_and_function_keys_are_noise_as_a_whole() {
    let sequences: [&[u8]; 7] =
        [b"\x1b[A", b"\x1b[C", b"\x1bOC", b"\x1b[15~", b"\x1b[1;5C", b"\x1b[[C", b"\x1b[200~"];
    for sequence in sequences {
        for cut in 0..=sequence.len() {
            let (head, tail) = sequence.split_at(cut);
            let mut decoder = contacts();
            let heard = reads(&mut decoder, &[(0, b"7"), (100, head), (120, tail), (300, b"8")]);
            assert_eq!(heard, digits(&[7, 8]), "{sequence:?} cut at {cut}");
            assert_eq!(decoder.dropped().noise, 1, "{sequence:?} cut at {cut}");
        }
    }
}

#[test]
fn a_torn_sequence_takes_no_key_with_it() {
    assert_eq!(keys(&[(0, b"\x1b["), (200, b"5")]), digits(&[5]));
    assert_eq!(keys(&[(0, b"\x1b[\r")]), [Key::Enter]);
    assert_eq!(keys(&[(0, b"\x1b[1\x1b")]), [Key::Cancel]);
}

#[test]
fn a_flood_is_bounded_and_ends_with_silence_alone() {
    let mut decoder = contacts();
    let mut heard = 0;
    for at in 0..10_000 {
        decoder.handle(&[b'1' + u8::try_from(at % 9).unwrap()], ms(at));
        heard += std::iter::from_fn(|| decoder.poll_key()).count();
    }
    assert!((25..=27).contains(&heard), "{heard} keys");
    assert_eq!(decoder.dropped().flooded, 10_000 - heard as u64);
    decoder.handle(b"1\r", ms(10_100));
    assert_eq!(decoder.poll_key(), None, "the rest of an amount is not an amount");
    decoder.handle(b"1250\r", ms(10_300));
    assert_eq!(std::iter::from_fn(|| decoder.poll_key()).count(), 5);
}

#[test]
fn a_fast_cashier_is_no_flood() {
    let mut decoder = contacts();
    for press in 0..500_u64 {
        decoder.handle(&[b'1' + u8::try_from(press % 9).unwrap()], ms(press * 50));
    }
    assert_eq!(std::iter::from_fn(|| decoder.poll_key()).count(), 500);
}

#[test]
fn a_script_is_heard_as_a_whole() {
    let mut decoder = Decoder::for_script();
    assert_eq!(reads(&mut decoder, &[(0, &[b'7'; 300])]), digits(&[7; 300]));
}

#[test]
fn noise_gives_digits_from_digit_bytes_only_and_every_byte_is_accounted_for() {
    for seed in 1..=200 {
        let mut noise = Noise(seed);
        for mut decoder in [contacts(), Decoder::for_terminal_program(), Decoder::for_script()] {
            let (mut now, mut heard) = (Duration::ZERO, Vec::new());
            let mut offered = [0_usize; 10];
            for _ in 0..200 {
                let read: Vec<u8> = (0..noise.next() % 9).map(|_| noise.next().to_be_bytes()[0]).collect();
                for byte in read.iter().filter(|byte| byte.is_ascii_digit()) {
                    offered[usize::from(byte - b'0')] += 1;
                }
                now += ms(noise.next() % 400);
                decoder.handle(&read, now);
                heard.extend(std::iter::from_fn(|| decoder.poll_key()));
            }
            for (digit, offered) in (0..).zip(offered) {
                let heard = heard.iter().filter(|key| **key == Key::Digit(digit)).count();
                assert!(heard <= offered, "seed {seed}: {heard} times {digit} from {offered} bytes");
            }
            assert!(!heard.contains(&Key::DoubleZero));
            assert!(decoder.dropped().noise > 0, "seed {seed}");
        }
    }
}

/// What a keypad sends that repeats a held key: the press, and from half a second on one byte each 92 ms.
fn held(byte: u8, repeats: u64) -> Vec<(u64, [u8; 1])> {
    std::iter::once((0, [byte])).chain((0..repeats).map(|repeat| (500 + repeat * 92, [byte]))).collect()
}

#[test]
fn a_star_that_the_keypad_repeats_cancels_once() {
    let heard = |repeats| {
        let sent = held(b'*', repeats);
        keys(&sent.iter().map(|(at, bytes)| (*at, bytes.as_slice())).collect::<Vec<_>>())
    };
    assert_eq!(heard(5), [Key::Back; 6], "not yet");
    let mut cancelled = vec![Key::Back; 6];
    cancelled.push(Key::Cancel);
    assert_eq!(heard(6), cancelled);
    assert_eq!(heard(40), cancelled, "and nothing of the rest");
}

#[test]
fn a_finger_on_the_star_never_cancels() {
    let taps: Vec<(u64, &[u8])> = (0..50).map(|tap| (tap * 130, b"*".as_slice())).collect();
    assert_eq!(keys(&taps), [Key::Back; 50]);
    assert_eq!(keys(&[(0, b"********")]), [Key::Back; 8], "keys that waited in one read");
}

#[test]
fn a_key_map_comes_before_the_usual_meanings() {
    let mut map = KeyMap::default();
    for (byte, name) in
        [(b'A', "cancel"), (b'D', "00"), (b'#', "nothing"), (0x1b, "enter"), (b'%', "back-or-cancel")]
    {
        map.add(u16::from(byte), name.parse().unwrap()).unwrap();
    }
    let decoder = || contacts().with_map(map.clone());
    let heard = reads(&mut decoder(), &[(0, b"5D#*\x1b"), (400, b"A1")]);
    let expected = [Key::Digit(5), Key::DoubleZero, Key::Back, Key::Enter, Key::Cancel, Key::Digit(1)];
    assert_eq!(heard, expected);
    let sent = held(b'%', 9);
    let heard =
        reads(&mut decoder(), &sent.iter().map(|(at, bytes)| (*at, bytes.as_slice())).collect::<Vec<_>>());
    assert_eq!(
        heard.iter().filter(|key| **key == Key::Cancel).count(),
        1,
        "what the map calls a star is one"
    );
}

#[test]
fn noise_without_a_digit_byte_has_no_digit_and_a_key_after_it_is_heard() {
    for seed in 1..=200 {
        let mut noise = Noise(seed);
        let mut decoder = contacts();
        let garbage: Vec<u8> =
            (0..300).map(|_| noise.next().to_be_bytes()[0]).map(|byte| byte | 0x80).chain([0; 40]).collect();
        for (at, read) in (0..).zip(garbage.chunks(7)) {
            decoder.handle(read, ms(at * 3));
        }
        assert_eq!(reads(&mut decoder, &[(5_000, b"4")]), digits(&[4]), "seed {seed}");
    }
}
