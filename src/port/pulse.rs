//! A loop's sign of life. Whoever watches a program asks each of its loops, and a loop answers when it next comes to
//! where it waits: so one that hangs cannot hide behind the others, and without a watcher nobody is woken. A thread that
//! blocks in what it does cannot answer: it says when it rests, and is looked at.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::Notify;

/// One loop's. Clones are the same; one that nobody watches is never asked.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    asked: Notify,
    answered: AtomicBool,
}

impl Pulse {
    /// Answers once it is asked. To be waited for where the loop waits for all else; may be dropped at any time.
    pub async fn beat(&self) {
        self.0.asked.notified().await;
        self.0.answered.store(true, Ordering::SeqCst);
    }

    /// Answers for as long as it is waited for, beside a wait that is no loop.
    pub async fn go_on(&self) {
        loop {
            self.beat().await;
        }
    }
}

/// One thread's, which blocks in what it does. Clones are the same; one that nobody watches costs next to nothing.
#[derive(Clone, Debug, Default)]
pub struct Toil(Arc<Steps>);

#[derive(Debug, Default)]
struct Steps {
    is_working: AtomicBool,
    done: AtomicU32,
}

impl Toil {
    /// From here on it does something that may take its time. One more step where it was at work already.
    pub fn step(&self) {
        self.0.done.fetch_add(1, Ordering::SeqCst);
        self.0.is_working.store(true, Ordering::SeqCst);
    }

    /// It waits for something to do, or is at its end.
    pub fn rest(&self) {
        self.0.is_working.store(false, Ordering::SeqCst);
    }
}

/// All loops and threads of a program.
#[derive(Debug, Default)]
pub struct Pulses {
    loops: Vec<(&'static str, Pulse)>,
    threads: Vec<Thread>,
}

/// A thread as it was when it was looked at last.
#[derive(Debug)]
struct Thread {
    name: &'static str,
    toil: Toil,
    patience: Duration,
    done: u32,
    /// For how long it has been at the same step.
    stuck: Duration,
}

impl Pulses {
    /// The pulse of one more loop.
    #[must_use]
    pub fn of(&mut self, name: &'static str) -> Pulse {
        let pulse = Pulse::default();
        // What was never asked owes no answer.
        pulse.0.answered.store(true, Ordering::SeqCst);
        self.loops.push((name, pulse.clone()));
        pulse
    }

    /// The pulse of one more thread, which may be at one step for as long as `patience`.
    #[must_use]
    pub fn of_thread(&mut self, name: &'static str, patience: Duration) -> Toil {
        let toil = Toil::default();
        self.threads.push(Thread { name, toil: toil.clone(), patience, done: 0, stuck: Duration::ZERO });
        toil
    }

    /// The threads that are at one step for longer than they may. To be called about `every` so long.
    pub fn look(&mut self, every: Duration) -> Vec<&'static str> {
        for thread in &mut self.threads {
            let done = thread.toil.0.done.load(Ordering::SeqCst);
            let same = thread.toil.0.is_working.load(Ordering::SeqCst) && done == thread.done;
            thread.stuck = if same { thread.stuck.saturating_add(every) } else { Duration::ZERO };
            thread.done = done;
        }
        let stuck = self.threads.iter().filter(|thread| thread.stuck > thread.patience);
        stuck.map(|thread| thread.name).collect()
    }

    /// The loops that have not answered since they were asked last. All are asked anew.
    pub fn ask(&mut self) -> Vec<&'static str> {
        let answered = |pulse: &Pulse| pulse.0.answered.swap(false, Ordering::SeqCst);
        let still = self.loops.iter().filter(|(_, pulse)| !answered(pulse)).map(|(name, _)| *name).collect();
        self.loops.iter().for_each(|(_, pulse)| pulse.0.asked.notify_one());
        still
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_loop_that_does_not_come_back_to_its_wait_is_named_until_it_does() {
        let mut pulses = Pulses::default();
        let (moving, hanging) = (pulses.of("moving"), pulses.of("hanging"));
        assert!(pulses.ask().is_empty(), "nobody was asked yet");
        moving.beat().await;
        assert_eq!(pulses.ask(), ["hanging"]);
        assert_eq!(pulses.ask(), ["moving", "hanging"]);
        moving.beat().await;
        hanging.beat().await;
        assert!(pulses.ask().is_empty());
    }

    #[test]
    fn a_thread_is_named_once_it_is_at_one_step_for_longer_than_it_may() {
        let (minute, second) = (Duration::from_secs(60), Duration::from_secs(1));
        let mut pulses = Pulses::default();
        let (slow, other) = (pulses.of_thread("slow", minute), pulses.of_thread("other", second));
        let named = |pulses: &mut Pulses| pulses.look(Duration::from_secs(20));
        for _ in 0..9 {
            assert!(named(&mut pulses).is_empty(), "both rest");
        }
        slow.step();
        for _ in 0..4 {
            assert!(named(&mut pulses).is_empty());
        }
        other.step();
        assert_eq!(named(&mut pulses), ["slow"]);
        assert_eq!(named(&mut pulses), ["slow", "other"]);
        // The next step, at last.
        slow.step();
        other.rest();
        for _ in 0..4 {
            assert!(named(&mut pulses).is_empty());
        }
        assert_eq!(named(&mut pulses), ["slow"]);
        slow.rest();
        assert!(named(&mut pulses).is_empty());
    }

    #[tokio::test]
    async fn a_question_waits_for_a_loop_that_is_busy_and_survives_a_wait_that_is_dropped() {
        let mut pulses = Pulses::default();
        let pulse = pulses.of("loop");
        pulses.ask();
        // As in a `select!` whose other branch was first.
        tokio::select! {
            biased;
            () = std::future::ready(()) => {}
            () = pulse.beat() => {}
        }
        assert_eq!(pulses.ask(), ["loop"]);
        pulse.beat().await;
        assert!(pulses.ask().is_empty());
    }
}
