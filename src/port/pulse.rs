//! A loop's sign of life. Whoever watches a program asks each of its loops, and a loop answers when it next comes to
//! where it waits: so one that hangs cannot hide behind the others, and without a watcher nobody is woken.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

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

/// All loops of a program.
#[derive(Debug, Default)]
pub struct Pulses(Vec<(&'static str, Pulse)>);

impl Pulses {
    /// The pulse of one more loop.
    #[must_use]
    pub fn of(&mut self, name: &'static str) -> Pulse {
        let pulse = Pulse::default();
        // What was never asked owes no answer.
        pulse.0.answered.store(true, Ordering::SeqCst);
        self.0.push((name, pulse.clone()));
        pulse
    }

    /// The loops that have not answered since they were asked last. All are asked anew.
    pub fn ask(&mut self) -> Vec<&'static str> {
        let answered = |pulse: &Pulse| pulse.0.answered.swap(false, Ordering::SeqCst);
        let still = self.0.iter().filter(|(_, pulse)| !answered(pulse)).map(|(name, _)| *name).collect();
        self.0.iter().for_each(|(_, pulse)| pulse.0.asked.notify_one());
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
