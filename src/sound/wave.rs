//! A sound as the bytes of a WAV file: 16 bits, mono.

use std::f32::consts::TAU;
use std::time::Duration;

use super::score::Note;

/// Samples a second; every sound card has this rate or can make it.
pub const RATE: u32 = 48_000;
/// Amplifiers and screens wake up during this and would swallow the first beep.
const LEAD: Duration = Duration::from_millis(80);
/// Beeps swell and fade for so long; without that they click.
const RAMP: f32 = 0.006;

/// The beeps at this volume, 0 to 100. Loudness as people hear it goes with the square.
#[must_use]
pub fn encode(notes: &[Note], volume: u8) -> Vec<u8> {
    let loud = f32::from(volume.min(100)) / 100.0;
    let height = loud * loud * 0.8 * f32::from(i16::MAX);
    let end = notes.iter().map(|note| note.start + note.length).max().unwrap_or_default();
    let count = index(LEAD + end + LEAD);
    let mut samples = vec![0_i16; count];
    for note in notes {
        let (from, length) = (index(LEAD + note.start), index(note.length));
        for (step, sample) in samples.iter_mut().skip(from).take(length).enumerate() {
            let at = step as f32 / RATE as f32;
            let left = (length - step) as f32 / RATE as f32;
            let envelope = (at.min(left) / RAMP).min(1.0);
            *sample = ((at * note.hz as f32 * TAU).sin() * envelope * height) as i16;
        }
    }
    let mut bytes = header(count as u32 * 2);
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    bytes
}

fn index(time: Duration) -> usize {
    (time.as_millis() as usize) * RATE as usize / 1000
}

/// RIFF, one format chunk, one data chunk of this many bytes.
fn header(data: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(44 + data as usize);
    bytes.extend(b"RIFF");
    bytes.extend((36 + data).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    // PCM, one channel.
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(RATE.to_le_bytes());
    bytes.extend((RATE * 2).to_le_bytes());
    // Bytes and bits of a sample.
    bytes.extend(2_u16.to_le_bytes());
    bytes.extend(16_u16.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(data.to_le_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::event::Sound;
    use crate::sound::score::notes;

    fn samples(wave: &[u8]) -> Vec<i16> {
        wave[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
    }

    /// Times that the sound crosses zero upwards within these milliseconds.
    fn periods(samples: &[i16], from: usize, to: usize) -> usize {
        let ms = RATE as usize / 1000;
        samples[from * ms..to * ms].windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0).count()
    }

    #[test]
    fn the_lengths_in_the_header_are_those_of_the_file() {
        let wave = encode(notes(Sound::Paid), 60);
        let number = |at: usize| u32::from_le_bytes(wave[at..at + 4].try_into().unwrap()) as usize;
        assert_eq!(
            (&wave[..4], &wave[8..16], &wave[36..40]),
            (b"RIFF".as_slice(), b"WAVEfmt ".as_slice(), b"data".as_slice())
        );
        assert_eq!((number(4), number(24), number(40)), (wave.len() - 8, RATE as usize, wave.len() - 44));
    }

    #[test]
    fn the_beeps_have_their_pitch_and_silence_between_them() {
        let wave = samples(&encode(notes(Sound::Paid), 100));
        let first = periods(&wave, 80, 190);
        assert!((191..=195).contains(&first), "1760 Hz for 110 ms, not {first} periods");
        assert_eq!(periods(&wave, 191, 239), 0);
        let second = periods(&wave, 240, 380);
        assert!((291..=295).contains(&second), "2093 Hz for 140 ms, not {second} periods");
    }

    #[test]
    fn volume_is_what_people_hear_and_no_step_clicks() {
        let highest =
            |volume| samples(&encode(notes(Sound::Ended), volume)).iter().map(|s| s.unsigned_abs()).max();
        assert_eq!(highest(0), Some(0));
        let (half, whole) = (f32::from(highest(50).unwrap()), f32::from(highest(100).unwrap()));
        assert!((whole / half - 4.0).abs() < 0.01, "{whole} {half}");
        let wave = samples(&encode(notes(Sound::Ended), 100));
        let step = wave.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max();
        assert!(step < Some(2_000), "{step:?}");
    }
}
