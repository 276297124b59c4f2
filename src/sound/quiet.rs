//! Hours in which a counter makes no sound, by the clock on the wall.

use std::fmt;
use std::str::FromStr;

const DAY: u16 = 24 * 60;

/// From one minute of the day to another, over midnight too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    from: u16,
    to: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoHours {
    #[error("quiet hours are written as two times of the day, such as 22:00-07:00")]
    Form,
    #[error("these quiet hours are the whole day or nothing of it")]
    Same,
}

impl FromStr for Quiet {
    type Err = NoHours;

    fn from_str(text: &str) -> Result<Self, NoHours> {
        let (from, to) = text.split_once('-').ok_or(NoHours::Form)?;
        let (from, to) = (minute(from).ok_or(NoHours::Form)?, minute(to).ok_or(NoHours::Form)?);
        if from == to { Err(NoHours::Same) } else { Ok(Self { from, to }) }
    }
}

/// `07:00`; 24:00 is midnight too.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |part: &str| {
        let plain = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u16>().ok().filter(|_| plain)
    };
    let (hour, minute) = (number(hour)?, number(minute).filter(|_| minute.len() == 2)?);
    let of_day = hour * 60 + minute;
    (minute < 60 && of_day <= DAY).then_some(of_day % DAY)
}

impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

impl Quiet {
    /// Whether it is quiet at this minute of the day.
    #[must_use]
    pub fn holds(self, minute: u16) -> bool {
        if self.from < self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }
}

/// The minute of the day where the clock is so many minutes ahead of UTC.
#[must_use]
pub fn minute_of_day(unix_ms: i64, offset_min: i32) -> u16 {
    let minutes = unix_ms.div_euclid(60_000) + i64::from(offset_min);
    u16::try_from(minutes.rem_euclid(i64::from(DAY))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(text: &str, time: &str) -> bool {
        text.parse::<Quiet>().expect("hours").holds(minute(time).expect("a time"))
    }

    #[test]
    fn the_first_minute_is_quiet_and_the_last_is_not() {
        for (time, expected) in [("12:59", false), ("13:00", true), ("14:29", true), ("14:30", false)] {
            assert_eq!(quiet("13:00-14:30", time), expected, "{time}");
        }
    }

    #[test]
    fn a_night_goes_over_midnight() {
        for (time, expected) in
            [("21:59", false), ("22:00", true), ("0:00", true), ("06:59", true), ("07:00", false)]
        {
            assert_eq!(quiet("22:00-07:00", time), expected, "{time}");
        }
        assert!(quiet("22:00-24:00", "23:59") && !quiet("22:00-24:00", "00:00"));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "22-7",
            "22:00",
            "22:00-7",
            "22:00-07:60",
            "25:00-07:00",
            "22:0-07:00",
            "-1:00-2:00",
            "+1:00-2:00",
        ] {
            assert_eq!(text.parse::<Quiet>(), Err(NoHours::Form), "{text}");
        }
        assert_eq!("07:00-07:00".parse::<Quiet>(), Err(NoHours::Same));
        assert_eq!("00:00-24:00".parse::<Quiet>(), Err(NoHours::Same));
    }

    #[test]
    fn the_wall_clock_is_reckoned_from_utc() {
        // 2026-11-20 21:30 UTC.
        let at = 1_795_210_200_000;
        assert_eq!(minute_of_day(at, 0), 21 * 60 + 30);
        assert_eq!(minute_of_day(at, 60), 22 * 60 + 30);
        assert_eq!(minute_of_day(at, 180), 30, "the next day");
        assert_eq!(minute_of_day(-60_000, 0), 23 * 60 + 59, "a clock that was never set");
    }
}
