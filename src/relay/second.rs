//! Whether another relay lives under our id, and which of the two gives way. Pure: told of every heartbeat
//! under the id, it decides; ending the program is the loop's.

use std::time::Duration;

use crate::core::message::Heartbeat;

/// Heartbeats of one start that come this far apart are from a living process, not from a broker's queue.
const ALIVE: Duration = Duration::from_secs(5);

/// What one start of a relay has heard under its id.
#[derive(Debug)]
pub struct Rival {
    start: String,
    /// Another start's newest heartbeat, and when the first of that start was heard.
    heard: Option<(Heartbeat, Duration)>,
}

impl Rival {
    /// `start` names this very start, as [`crate::host::random_name`] makes names.
    #[must_use]
    pub fn new(start: String) -> Self {
        Self { start, heard: None }
    }

    /// Whether this relay has to give way: two would close each other's sales. Both ask this, so exactly one
    /// must be told yes, and it must be the newcomer. Names of starts begin with the time of the start and sort
    /// by it; which of two is the greater is the same to both, whatever their clocks and however late they hear.
    /// (How many heartbeats each has sent is not: some come out of turn.)
    pub fn wins(&mut self, beat: Heartbeat, now: Duration) -> bool {
        if beat.start == self.start {
            return false;
        }
        match &mut self.heard {
            Some((newest, first_at)) if newest.start == beat.start => {
                let lives = beat.count > newest.count && now >= *first_at + ALIVE;
                newest.count = newest.count.max(beat.count);
                lives && self.start > beat.start
            }
            Some(_) | None => {
                self.heard = Some((beat, now));
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beat(start: &str, count: u64) -> Heartbeat {
        Heartbeat { start: start.into(), count, stream: String::new(), serving: true, silent: Vec::new() }
    }

    /// Two relays, each begun at its second; which seconds of its life each beats at; who gives way, and when.
    fn fight(relays: [(&str, u64, &[u64]); 2]) -> (String, u64) {
        let mut rivals = relays.map(|(start, ..)| Rival::new(start.into()));
        for now in 0..120_u64 {
            for (from, to) in [(0, 1), (1, 0)] {
                let ((start, begun, extra), (other, since, _)) = (relays[from], relays[to]);
                let Some(age) = now.checked_sub(begun) else { continue };
                let count = age / 10 + 1 + extra.iter().filter(|at| **at <= age).count() as u64;
                let beats = age % 10 == 0 || extra.contains(&age);
                if beats && now >= since && rivals[to].wins(beat(start, count), Duration::from_secs(now)) {
                    return (other.to_owned(), now);
                }
            }
        }
        unreachable!("somebody gives way")
    }

    #[test]
    fn the_newcomer_gives_way_within_half_a_minute() {
        for late in [1, 5, 15, 57] {
            let (loser, at) = fight([("01A", 0, &[]), ("01B", late, &[])]);
            assert_eq!((loser.as_str(), at <= late + 30), ("01B", true), "{late} {at}");
        }
    }

    #[test]
    fn also_where_it_has_more_to_say() {
        for first in [("01A", 0, &[][..]), ("01A", 0, &[1][..])] {
            let (loser, _) = fight([first, ("01B", 5, &[1, 2, 3, 4])]);
            assert_eq!(loser, "01B");
        }
    }

    #[test]
    fn of_two_whose_clocks_disagree_one_stays() {
        for (names, late) in [(["01B", "01A"], 0), (["01A", "01B"], 0), (["01B", "01A"], 3)] {
            let (loser, at) = fight([(names[0], 0, &[]), (names[1], late, &[])]);
            assert_eq!((loser.as_str(), at <= 30), ("01B", true), "{names:?} {at}");
        }
    }

    #[test]
    fn a_dead_relays_heartbeats_from_a_brokers_queue_are_no_rival() {
        let mut rival = Rival::new("01B".into());
        let queued = (7..9).any(|count| rival.wins(beat("01A", count), Duration::from_secs(1)));
        assert!(!queued);
        assert!(!rival.wins(beat("01B", 2), Duration::from_secs(30)));
        assert!(!rival.wins(beat("01A", 8), Duration::from_secs(60)), "one that is told again");
    }
}
