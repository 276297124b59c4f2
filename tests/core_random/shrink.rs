//! The shortest part of a failing stream that still fails.

/// Takes away ever smaller runs of steps as long as what is left still fails.
pub fn shortest<T: Clone>(failing: &[T], fails: impl Fn(&[T]) -> bool) -> Vec<T> {
    let mut kept = failing.to_vec();
    let mut run = kept.len().div_ceil(2);
    while run > 0 {
        let mut at = 0;
        let mut shorter = false;
        while at < kept.len() {
            let end = (at + run).min(kept.len());
            let without: Vec<T> = kept[..at].iter().chain(&kept[end..]).cloned().collect();
            if fails(&without) {
                kept = without;
                shorter = true;
            } else {
                at = end;
            }
        }
        if run > 1 || !shorter {
            run /= 2;
        }
    }
    kept
}

#[test]
fn what_does_not_matter_is_taken_away() {
    let all: Vec<u32> = (0..60).collect();
    let both = |steps: &[u32]| steps.contains(&7) && steps.contains(&41);
    assert_eq!(shortest(&all, both), [7, 41]);
}
