//! Whether a result could be heard of now. Decides *armed* and why not; draws and sends nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use super::message::Heartbeat;
use super::message::Synced;
use super::scene::Deaf;

/// A heartbeat older than this does not count.
const HEARTBEAT_LIFE: Duration = Duration::from_secs(25);
/// Starts of the relay whose counts are remembered.
const STARTS: usize = 64;

#[derive(Clone, Debug, Default)]
pub struct Ear {
    connection: Option<Connection>,
    heartbeat: Option<Heard>,
    /// The highest count taken of each start: one of an older start in between makes none new again.
    counts: BTreeMap<String, u64>,
    name_taken: bool,
    journal_broken: bool,
}

#[derive(Clone, Debug)]
struct Connection {
    nonce: String,
    /// What the relay has answered on this connection.
    synced: Option<Mate>,
    /// The start of the relay that was asked because it was heard, and has not answered.
    asked: Option<String>,
}

/// Whose heartbeats count, and which payment-link system must be heard.
#[derive(Clone, Debug)]
struct Mate {
    start: String,
    system: String,
    standing: Option<String>,
}

#[derive(Clone, Debug)]
struct Heard {
    start: String,
    serving: bool,
    /// Payment-link systems that the relay does not hear.
    silent: Vec<String>,
    at: Duration,
}

impl Ear {
    /// The broker took the connection and every subscription; `nonce` is fresh.
    pub fn up(&mut self, nonce: String) {
        self.connection = Some(Connection { nonce, synced: None, asked: None });
    }

    pub fn down(&mut self) {
        self.connection = None;
    }

    pub fn set_name_taken(&mut self, taken: bool) {
        self.name_taken = taken;
    }

    pub fn set_journal_broken(&mut self) {
        self.journal_broken = true;
    }

    /// Takes a `synced` if it answers this connection's question.
    pub fn synced(&mut self, synced: &Synced) -> bool {
        match &mut self.connection {
            Some(connection) if connection.nonce == synced.nonce => {
                let (start, system) = (synced.start.clone(), synced.system.clone());
                connection.synced = Some(Mate { start, system, standing: synced.standing.clone() });
                connection.asked = None;
                true
            }
            Some(_) | None => false,
        }
    }

    /// Takes a heartbeat if it is newer than the last of its start. Returns whether the relay has to be asked now: it
    /// has restarted under this connection, or was perhaps not there yet when it was asked. That is so once for each
    /// start: every question brings a heartbeat to all terminals, and many that come up together would drown the relay
    /// if each of those made them ask again.
    pub fn heartbeat(&mut self, beat: &Heartbeat, now: Duration) -> bool {
        let of_mate = self.relay_start().map(|start| start == beat.start);
        if of_mate != Some(false) {
            self.count(beat, now);
        }
        let Some(connection) = &mut self.connection else { return false };
        if of_mate == Some(true) {
            connection.asked = None;
            return false;
        }
        let asked = connection.asked.replace(beat.start.clone());
        asked.is_none_or(|asked| asked != beat.start)
    }

    fn count(&mut self, beat: &Heartbeat, now: Duration) {
        let replayed = self.counts.get(&beat.start).is_some_and(|last| *last >= beat.count);
        if !replayed {
            self.counts.insert(beat.start.clone(), beat.count);
            if self.counts.len() > STARTS {
                // Starts sort by time.
                self.counts.pop_first();
            }
            let (start, silent) = (beat.start.clone(), beat.silent.clone());
            self.heartbeat = Some(Heard { start, serving: beat.serving, silent, at: now });
        }
    }

    /// The relay's start that this connection is synced with.
    #[must_use]
    pub fn relay_start(&self) -> Option<&str> {
        Some(self.connection.as_ref()?.synced.as_ref()?.start.as_str())
    }

    #[must_use]
    pub fn nonce(&self) -> Option<&str> {
        self.connection.as_ref().map(|connection| connection.nonce.as_str())
    }

    #[must_use]
    pub fn is_synced(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.synced.is_some())
    }

    /// Whether the relay that is there now still owes this connection an answer.
    #[must_use]
    pub fn awaits_answer(&self) -> bool {
        self.connection.as_ref().is_some_and(|link| link.synced.is_none() || link.asked.is_some())
    }

    /// The standing link whose payments could be heard of.
    #[must_use]
    pub fn standing(&self) -> Option<&str> {
        self.connection.as_ref()?.synced.as_ref()?.standing.as_deref()
    }

    /// Why nothing could be heard of now; `None` is *armed*.
    #[must_use]
    pub fn deaf(&self, now: Duration) -> Option<Deaf> {
        if self.journal_broken {
            return Some(Deaf::Journal);
        }
        if self.name_taken {
            return Some(Deaf::NameTaken);
        }
        let Some(connection) = &self.connection else {
            return Some(Deaf::NoBroker);
        };
        let Some((mate, heard)) = connection.synced.as_ref().zip(self.heartbeat.as_ref()) else {
            return Some(Deaf::NoRelay);
        };
        if mate.start != heard.start || now >= heard.at + HEARTBEAT_LIFE {
            return Some(Deaf::NoRelay);
        }
        let served = heard.serving && !heard.silent.contains(&mate.system);
        (!served).then_some(Deaf::NotServing)
    }

    /// When *armed*, or the reason why not, ends by itself unless another heartbeat comes.
    #[must_use]
    pub fn poll_timeout(&self, now: Duration) -> Option<Duration> {
        let heard = self.heartbeat.as_ref()?;
        let counts = matches!(self.deaf(now), None | Some(Deaf::NotServing));
        counts.then_some(heard.at + HEARTBEAT_LIFE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beat(start: &str, count: u64) -> Heartbeat {
        Heartbeat { count, start: start.into(), stream: "s".into(), serving: true, silent: vec![] }
    }

    fn synced(nonce: &str) -> Synced {
        let (start, stream, system) = ("a".into(), "s".into(), "vinr".into());
        Synced { nonce: nonce.into(), start, stream, system, standing: None, upto: 0, open: vec![] }
    }

    #[test]
    fn armed_needs_this_connections_nonce_and_a_fresh_heartbeat_of_the_same_start() {
        let second = Duration::from_secs;
        let mut ear = Ear::default();
        assert_eq!(ear.deaf(second(0)), Some(Deaf::NoBroker));
        ear.up("n1".into());
        ear.heartbeat(&beat("a", 1), second(1));
        assert_eq!(ear.deaf(second(1)), Some(Deaf::NoRelay));
        assert!(!ear.synced(&synced("older")));
        assert!(ear.synced(&synced("n1")));
        assert_eq!(ear.deaf(second(1)), None);
        assert_eq!(ear.poll_timeout(second(1)), Some(second(26)));
        assert_eq!(ear.deaf(second(26)), Some(Deaf::NoRelay));
        ear.heartbeat(&beat("a", 1), second(26));
        assert_eq!(ear.deaf(second(26)), Some(Deaf::NoRelay), "a replayed heartbeat must not arm");
        ear.heartbeat(&beat("a", 2), second(26));
        assert_eq!(ear.deaf(second(26)), None);
        assert!(ear.heartbeat(&beat("b", 9), second(27)), "a restarted relay must be asked again");
        ear.down();
        ear.up("n2".into());
        assert_eq!(ear.deaf(second(27)), Some(Deaf::NoRelay));
    }

    #[test]
    fn the_relay_is_asked_once_for_each_start_that_is_heard_and_waited_for() {
        let at = Duration::ZERO;
        let mut ear = Ear::default();
        assert!(!ear.heartbeat(&beat("a", 1), at) && !ear.awaits_answer(), "nobody can be asked");
        ear.up("n".into());
        let asked: Vec<bool> = (2..6).map(|count| ear.heartbeat(&beat("a", count), at)).collect();
        assert_eq!((asked, ear.awaits_answer()), (vec![true, false, false, false], true));
        ear.synced(&synced("n"));
        assert!(!ear.heartbeat(&beat("a", 6), at) && !ear.awaits_answer());
        assert!(ear.heartbeat(&beat("b", 1), at) && ear.awaits_answer(), "it has restarted");
        assert!(!ear.heartbeat(&beat("b", 2), at));
        assert_eq!(ear.deaf(at), None, "the one of before was heard just now");
        ear.synced(&Synced { start: "b".into(), ..synced("n") });
        assert!(!ear.awaits_answer());
    }

    #[test]
    fn a_heartbeat_of_an_older_start_does_not_make_replayed_ones_new() {
        let mut ear = Ear::default();
        ear.up("n".into());
        ear.heartbeat(&beat("a", 9), Duration::ZERO);
        let later = Duration::from_secs(60);
        ear.heartbeat(&beat("0", 1), later);
        ear.heartbeat(&beat("a", 8), later);
        ear.synced(&synced("n"));
        assert_eq!(ear.deaf(later), Some(Deaf::NoRelay));
        ear.heartbeat(&beat("a", 10), later);
        assert_eq!(ear.deaf(later), None);
    }

    #[test]
    fn a_relay_that_does_not_serve_disarms() {
        let mut ear = Ear::default();
        ear.up("n".into());
        ear.synced(&synced("n"));
        ear.heartbeat(&Heartbeat { serving: false, ..beat("a", 1) }, Duration::ZERO);
        assert_eq!(ear.deaf(Duration::ZERO), Some(Deaf::NotServing));
        let silent = ear.poll_timeout(Duration::ZERO).unwrap();
        assert_eq!(ear.deaf(silent), Some(Deaf::NoRelay), "then it is not there at all");
    }

    #[test]
    fn only_the_silence_of_its_own_system_disarms() {
        let mut ear = Ear::default();
        ear.up("n".into());
        ear.synced(&synced("n"));
        ear.heartbeat(&Heartbeat { silent: vec!["qonto".into()], ..beat("a", 1) }, Duration::ZERO);
        assert_eq!(ear.deaf(Duration::ZERO), None);
        let silent = vec!["qonto".into(), "vinr".into()];
        ear.heartbeat(&Heartbeat { silent, ..beat("a", 2) }, Duration::ZERO);
        assert_eq!(ear.deaf(Duration::ZERO), Some(Deaf::NotServing));
    }
}
