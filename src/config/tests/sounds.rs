//! `[sound]` in a whole file.

use super::*;

#[test]
fn a_sound_is_made_only_where_one_was_asked_for() {
    let folder = folder();
    let with = |sound: &str| {
        terminal_of(folder.path(), &TERMINAL.replace("[sound]\n", &format!("[sound]\n{sound}")))
    };
    assert_eq!(with("").value.expect("values").sound, None);
    let made = with("kind = \"aplay\"\nquiet = \"22:00-07:00\"\nvolume = 30\n").value.expect("values").sound;
    let made = made.expect("a sound");
    assert_eq!((made.volume, made.refused_keys, made.quiet), (30, true, "22:00-07:00".parse().ok()));
    let unwise = with("kind = \"gpio\"\nline = 18\nvolume = 30\n");
    assert_eq!(
        (told(&unwise.faults), keys(&unwise.warnings)),
        (vec![], vec!["sound.volume", "relay.keys[0]"])
    );
    for (wrong, key) in [
        ("kind = \"gpio\"\n", "sound.line"),
        ("kind = \"bell\"\n", "sound.kind"),
        ("volume = 101\n", "sound.volume"),
        ("quiet = \"by night\"\n", "sound.quiet"),
        ("kind = \"aplay\"\ndevice = \"-D\"\n", "sound.device"),
    ] {
        assert_eq!(keys(&with(wrong).faults), [key], "{wrong}");
    }
}
