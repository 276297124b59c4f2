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
    /// `start` names this very start.
    #[must_use]
    pub fn new(start: String) -> Self {
        Self { start, heard: None }
    }

    /// Whether this relay has to give way: two would close each other's sales. Both ask this, so exactly one
    /// must be told yes, and it must be the newcomer: the one that has sent fewer heartbeats, `own` here.
    pub fn wins(&mut self, beat: Heartbeat, own: u64, now: Duration) -> bool {
        if beat.start == self.start {
            return false;
        }
        match &mut self.heard {
            Some((newest, first_at)) if newest.start == beat.start => {
                let lives = beat.count > newest.count && now >= *first_at + ALIVE;
                newest.count = newest.count.max(beat.count);
                lives && (own, self.start.as_str()) < (beat.count, beat.start.as_str())
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

    /// Two relays, each begun at its second, beating every 10 s; who gives way, and when.
    fn fight(first: (&str, u64), second: (&str, u64)) -> (String, u64) {
        let all = [first, second];
        let mut rivals = all.map(|(start, _)| Rival::new(start.into()));
        let count = |begun: u64, now: u64| if now < begun { 0 } else { (now - begun) / 10 + 1 };
        for now in 0.. {
            for (from, to) in [(0, 1), (1, 0)] {
                let ((start, begun), (own, from_own)) = (all[from], (all[to].1, count(all[to].1, now)));
                if now < begun || (now - begun) % 10 != 0 || now < own {
                    continue;
                }
                if rivals[to].wins(beat(start, count(begun, now)), from_own, Duration::from_secs(now)) {
                    return (all[to].0.to_owned(), now);
                }
            }
        }
        unreachable!("somebody gives way")
    }

    #[test]
    fn the_newcomer_gives_way_within_half_a_minute() {
        for (late, names) in [(15, ("a", "b")), (15, ("b", "a")), (3607, ("a", "b")), (3607, ("b", "a"))] {
            let (loser, at) = fight((names.0, 0), (names.1, late));
            assert_eq!((loser.as_str(), at <= late + 30), (names.1, true), "{late} {at}");
        }
    }

    #[test]
    fn of_two_that_start_at_once_one_stays() {
        for (names, late) in [(("a", "b"), 0), (("b", "a"), 0), (("a", "b"), 3), (("b", "a"), 3)] {
            let (_, at) = fight((names.0, 0), (names.1, late));
            assert!(at <= 30, "{names:?} {at}");
        }
    }

    #[test]
    fn a_dead_relays_heartbeats_from_a_brokers_queue_are_no_rival() {
        let mut rival = Rival::new("new".into());
        let queued = (7..9).any(|count| rival.wins(beat("old", count), 1, Duration::from_secs(1)));
        assert!(!queued);
        assert!(!rival.wins(beat("new", 2), 1, Duration::from_secs(30)));
        assert!(!rival.wins(beat("old", 8), 3, Duration::from_secs(60)), "one that is told again");
    }
}
