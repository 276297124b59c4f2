//! What systemd is told where it has started the program (`Type=notify`): that it is ready, how it is, and, for the
//! watchdog, that every loop moves. Started by somebody else it tells nobody and wakes nobody.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio::time::interval;
use tokio_util::sync::CancellationToken;
use tokio_util::sync::DropGuard;

use crate::core::scene::Deaf;
use crate::port::pulse::Pulses;
#[cfg(feature = "relay")]
use crate::relay::Health;
use crate::terminal::Snapshot;

/// Looks at the loops within the watchdog's time. A loop has until the next look to answer, so that one that hangs is
/// found before the time is over twice, and one that only waited for a slow card is not.
const LOOKS: u32 = 4;

/// The program has been told to stop, and takes its time to close.
pub fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("Stopping")]);
}

fn tell(states: &[NotifyState]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager cannot be told");
    }
}

/// Feeds the watchdog, if there is one, for as long as every loop moves.
///
/// Until the answer is cancelled: a program that begins anew has other loops.
#[must_use]
pub fn watch(pulses: Pulses) -> DropGuard {
    let ended = CancellationToken::new();
    if let Some(limit) = sd_notify::watchdog_enabled() {
        let fed = feed(pulses, limit, || tell(&[NotifyState::Watchdog]));
        tokio::spawn(ended.clone().run_until_cancelled_owned(fed));
    }
    ended.drop_guard()
}

async fn feed(mut pulses: Pulses, limit: Duration, all_move: impl Fn()) {
    let every = (limit / LOOKS).max(Duration::from_millis(1));
    let mut looks = interval(every);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = Vec::new();
    loop {
        looks.tick().await;
        let still = [pulses.ask(), pulses.look(every)].concat();
        if still.is_empty() {
            all_move();
        } else if still != told {
            tracing::error!(?still, "does not move; the watchdog will end the program");
        }
        told = still;
    }
}

/// Tells that the terminal is ready with its first frame, and that it waits to be given a name.
pub fn unpaired() {
    tell(&[NotifyState::Ready, NotifyState::Status("Not paired: the code is on the screen")]);
}

/// Tells that the terminal is ready with its first frame, and from then on whether customers can pay.
pub fn follow_terminal(mut snapshots: watch::Receiver<Option<Snapshot>>) {
    tokio::spawn(async move {
        let mut said = None;
        while snapshots.changed().await.is_ok() {
            let deaf = snapshots.borrow_and_update().as_ref().map(|snapshot| snapshot.state.deaf);
            say(&mut said, deaf.map(terminal_status));
        }
    });
}

/// Tells that the relay is ready with its first look at itself, and from then on whom it can reach.
#[cfg(feature = "relay")]
pub fn follow_relay(mut health: watch::Receiver<Health>) {
    tokio::spawn(async move {
        let mut said = None;
        while health.changed().await.is_ok() {
            let status = relay_status(&health.borrow_and_update());
            say(&mut said, Some(status));
        }
    });
}

/// The first words say that the program is ready; words that were said are not said again.
fn say(said: &mut Option<String>, status: Option<String>) {
    if status.is_none() || *said == status {
        return;
    }
    let words = status.as_deref().unwrap_or_default();
    match said {
        None => tell(&[NotifyState::Ready, NotifyState::Status(words)]),
        Some(_) => tell(&[NotifyState::Status(words)]),
    }
    *said = status;
}

fn terminal_status(deaf: Option<Deaf>) -> String {
    let why = match deaf {
        None => return "Armed: customers can pay by code".to_owned(),
        Some(Deaf::NoBroker) => "there is no connection to the broker",
        Some(Deaf::NoRelay) => "the broker is there and the relay does not answer",
        Some(Deaf::NotServing) => "the relay does not hear the payment-link system",
        Some(Deaf::NameTaken) => "another device uses this terminal's name",
        Some(Deaf::Journal) => "the journal cannot be written",
        Some(Deaf::Paused) => "operators have paused it",
    };
    format!("Not armed, no payment by code: {why}")
}

#[cfg(feature = "relay")]
fn relay_status(health: &Health) -> String {
    let named = |wanted: bool| {
        let found = health.systems.iter().filter(|(_, heard)| *heard == wanted);
        found.map(|(system, _)| *system).collect::<Vec<_>>().join(", ")
    };
    let (heard, silent) = (named(true), named(false));
    let systems = match (heard.is_empty(), silent.is_empty()) {
        (_, true) => format!("hears {heard}"),
        (true, false) => format!("does not hear {silent}"),
        (false, false) => format!("hears {heard} and not {silent}"),
    };
    let broker = if health.broker { "" } else { "; there is no connection to the broker" };
    let serving = health.broker && !heard.is_empty();
    let begin = if serving { "Serving" } else { "Not serving" };
    format!("{begin}: {systems}{broker}")
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn the_watchdog_is_fed_only_while_every_loop_moves() {
        let limit = Duration::from_millis(80);
        let mut pulses = Pulses::default();
        let (fine, hanging) = (pulses.of("fine"), pulses.of("hanging"));
        let (food, mut fed) = mpsc::channel(64);
        tokio::spawn(feed(pulses, limit, move || food.try_send(()).expect("somebody counts")));
        tokio::spawn(async move { fine.go_on().await });
        let moving = tokio::spawn(async move { hanging.go_on().await });
        for _ in 0..10 {
            fed.recv().await.expect("fed while both move");
        }
        moving.abort();
        let mut after = 0;
        while timeout(limit * 4, fed.recv()).await.is_ok() {
            after += 1;
            assert!(after <= 2, "fed although a loop hangs");
        }
    }

    #[tokio::test]
    async fn a_thread_that_is_slow_is_waited_for_and_one_that_hangs_is_not() {
        let limit = Duration::from_millis(80);
        let mut pulses = Pulses::default();
        let panel = pulses.of_thread("panel", limit);
        let (food, mut fed) = mpsc::channel(64);
        tokio::spawn(feed(pulses, limit, move || food.try_send(()).expect("somebody counts")));
        // At work all the time, and never for too long at the same.
        for _ in 0..10 {
            panel.step();
            fed.recv().await.expect("fed while it moves");
        }
        let mut after = 0;
        while timeout(limit * 4, fed.recv()).await.is_ok() {
            after += 1;
            assert!(after <= LOOKS + 2, "fed although the panel hangs");
        }
        assert!(after >= LOOKS - 1, "its patience was waited for");
        panel.rest();
        fed.recv().await.expect("fed again");
    }

    #[test]
    fn the_states_are_told_in_words() {
        assert_eq!(terminal_status(None), "Armed: customers can pay by code");
        let not = terminal_status(Some(Deaf::NoBroker));
        assert_eq!(not, "Not armed, no payment by code: there is no connection to the broker");
    }

    #[cfg(feature = "relay")]
    #[test]
    fn a_relay_says_whom_it_hears() {
        let health = |broker, systems: &[(&'static str, bool)]| Health { broker, systems: systems.to_vec() };
        let both = [("stripe", true), ("vinr", false)];
        assert_eq!(relay_status(&health(true, &both)), "Serving: hears stripe and not vinr");
        assert_eq!(relay_status(&health(true, &both[..1])), "Serving: hears stripe");
        assert_eq!(relay_status(&health(true, &both[1..])), "Not serving: does not hear vinr");
        let alone = relay_status(&health(false, &both[..1]));
        assert_eq!(alone, "Not serving: hears stripe; there is no connection to the broker");
    }
}
