//! What each sound is made of, as a card machine has them: paid is two short beeps, ended one long, somebody has to look
//! is three, a refused key is a low tick; a counter that is looked for goes up and down.

use std::time::Duration;

use crate::core::event::Sound;

/// One beep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    pub hz: u32,
    /// From the sound's beginning.
    pub start: Duration,
    pub length: Duration,
}

const fn note(hz: u32, start: u64, length: u64) -> Note {
    Note { hz, start: Duration::from_millis(start), length: Duration::from_millis(length) }
}

const PAID: [Note; 2] = [note(1760, 0, 110), note(2093, 160, 140)];
const ENDED: [Note; 1] = [note(330, 0, 550)];
const ATTENTION: [Note; 3] = [note(988, 0, 100), note(988, 170, 100), note(988, 340, 100)];
const IDENTIFY: [Note; 4] =
    [note(1319, 0, 120), note(1760, 180, 120), note(1319, 360, 120), note(1760, 540, 120)];
const KEY_REFUSED: [Note; 1] = [note(140, 0, 50)];

/// The beeps of this sound, one after another.
#[must_use]
pub fn notes(sound: Sound) -> &'static [Note] {
    match sound {
        Sound::Paid => &PAID,
        Sound::Ended => &ENDED,
        Sound::Attention => &ATTENTION,
        Sound::KeyRefused => &KEY_REFUSED,
        Sound::Identify => &IDENTIFY,
    }
}

/// How long the sound is.
#[must_use]
pub fn length(sound: Sound) -> Duration {
    notes(sound).last().map_or(Duration::ZERO, |note| note.start + note.length)
}

/// Whether `new` may break off `old`: whoever waits for PAID must not hear a key's tick in its place.
#[must_use]
pub fn replaces(new: Sound, old: Sound) -> bool {
    match new {
        Sound::KeyRefused => old == Sound::KeyRefused,
        Sound::Identify => matches!(old, Sound::KeyRefused | Sound::Identify),
        Sound::Paid | Sound::Ended | Sound::Attention => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Sound; 5] = [Sound::Paid, Sound::Ended, Sound::Attention, Sound::KeyRefused, Sound::Identify];

    #[test]
    fn beeps_follow_each_other_with_a_pause_between() {
        for sound in ALL {
            for pair in notes(sound).windows(2) {
                assert!(
                    pair[0].start + pair[0].length + Duration::from_millis(40) <= pair[1].start,
                    "{sound:?}"
                );
            }
            assert!(length(sound) < Duration::from_secs(1), "{sound:?}");
        }
    }

    #[test]
    fn sounds_differ_on_a_buzzer_that_has_one_pitch() {
        let rhythm =
            |sound| notes(sound).iter().map(|note| note.length.as_millis() / 100).collect::<Vec<_>>();
        for (index, one) in ALL.iter().enumerate() {
            assert!(ALL[..index].iter().all(|other| rhythm(*other) != rhythm(*one)), "{one:?}");
        }
        assert_eq!((rhythm(Sound::Paid), rhythm(Sound::Ended)), (vec![1, 1], vec![5]), "two short, one long");
    }

    #[test]
    fn a_tick_breaks_off_nothing_but_a_tick() {
        for old in ALL {
            assert_eq!(replaces(Sound::KeyRefused, old), old == Sound::KeyRefused);
            assert!(replaces(Sound::Paid, old));
        }
    }
}
