//! Heartbeats: how often, and for whom out of turn.

use super::lost::sync;
use super::*;

#[test]
fn one_that_connects_does_not_wait_and_a_hundred_at_once_get_one_each_second() {
    let mut desk = Desk::new(false);
    desk.tell(Event::Up);
    assert_eq!(desk.beats, 1);
    desk.pass(Duration::from_secs(5));
    sync(&mut desk, "j", 0);
    assert_eq!(desk.beats, 2, "at once");
    for _ in 0..100 {
        sync(&mut desk, "j", 0);
    }
    assert_eq!(desk.beats, 2);
    desk.pass(Duration::from_millis(999));
    assert_eq!(desk.beats, 2);
    desk.pass(Duration::from_millis(1));
    assert_eq!(desk.beats, 3, "soon");
    desk.pass(Duration::from_millis(9999));
    assert_eq!(desk.beats, 3);
    desk.pass(Duration::from_millis(1));
    assert_eq!(desk.beats, 4, "and then as before");
}
