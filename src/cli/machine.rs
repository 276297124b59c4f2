//! Looks after the machine beside a running program: what is not well is logged once, and so is its end.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::watch;

use crate::host;
use crate::host::health::Complaint;
use crate::host::health::Health;
use crate::host::health::Kind;

/// Heat and supply change within minutes, a disk within hours.
const EVERY: Duration = Duration::from_secs(60);

/// Goes on until the runtime ends, and gives out what it finds each time. `data` is the journal's folder.
pub fn watch(data: PathBuf) -> watch::Receiver<Option<Health>> {
    let (finds, found) = watch::channel(None);
    tokio::spawn(async move {
        let mut known = BTreeSet::new();
        let mut looks = tokio::time::interval(EVERY);
        loop {
            looks.tick().await;
            // A disk that hangs must not keep the loop of the program from moving.
            let data = data.clone();
            let read = move || Health::read(Path::new("/"), &data, host::unix_ms());
            let Ok(health) = tokio::task::spawn_blocking(read).await else { return };
            for line in changes(&mut known, &health.complaints()) {
                match line {
                    Change::Begun(complaint) => {
                        tracing::warn!(kind = ?complaint.kind, "{}; {}", complaint.what, complaint.mend);
                    }
                    Change::Ended(kind) => tracing::info!(?kind, "the machine is well again in this"),
                }
            }
            finds.send_replace(Some(health));
        }
    });
    found
}

#[derive(Debug, PartialEq, Eq)]
enum Change<'a> {
    Begun(&'a Complaint),
    Ended(Kind),
}

fn changes<'a>(known: &mut BTreeSet<Kind>, found: &'a [Complaint]) -> Vec<Change<'a>> {
    let now: BTreeSet<Kind> = found.iter().map(|complaint| complaint.kind).collect();
    let begun = found.iter().filter(|complaint| !known.contains(&complaint.kind)).map(Change::Begun);
    let ended = known.difference(&now).copied().map(Change::Ended);
    let changes = begun.chain(ended).collect();
    *known = now;
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_complaint_is_told_when_it_begins_and_when_it_ends() {
        let hot = [Complaint { kind: Kind::Heat, what: "81 °C".into(), mend: "air" }];
        let hotter = [Complaint { kind: Kind::Heat, what: "84 °C".into(), mend: "air" }];
        let mut known = BTreeSet::new();
        assert_eq!(changes(&mut known, &hot), [Change::Begun(&hot[0])]);
        assert_eq!(changes(&mut known, &hotter), []);
        assert_eq!(changes(&mut known, &[]), [Change::Ended(Kind::Heat)]);
        assert_eq!(changes(&mut known, &[]), []);
    }
}
