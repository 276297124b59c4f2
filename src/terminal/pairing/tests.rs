use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::core::payment::Mode;
use crate::mqtt::pair::Admission;

fn about() -> About {
    About { version: "1".into(), panel: "oled-128x64".into() }
}

fn open(data: &Path) -> Device {
    Device::open(Files::of(data), &about()).expect("a folder that can be written")
}

fn admission() -> Admission {
    Admission {
        id: "counter-1".into(),
        mode: Mode::Live,
        certificate: "pem".into(),
        root_keys: vec!["r".into()],
        money_signatures: 2,
        relay: "main".into(),
        relay_keys: vec!["k".into()],
        hosts: vec!["buy.example".into()],
        currency: "EUR".into(),
        shop: Some("The \"Corner\"".into()),
        lang: None,
    }
}

#[test]
fn what_it_shows_and_says_is_the_same_after_every_start() {
    let data = tempfile::tempdir().expect("a folder");
    let first = open(data.path());
    let again = open(data.path());
    assert_eq!((&again.code, &again.request), (&first.code, &first.request));
    assert_eq!(again.fingerprint, first.fingerprint);
    let other = open(tempfile::tempdir().expect("a folder").path());
    assert_ne!(other.code, first.code);
    assert_ne!(other.fingerprint, first.fingerprint);
    let files = Files::of(data.path());
    for path in [files.key(), files.certificate_key(), files.folder.join(CODE)] {
        let mode = fs::metadata(&path).expect("made").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
    assert_eq!(fs::metadata(&files.folder).expect("made").permissions().mode() & 0o777, 0o700);
}

/// The power goes after each of the files: what is shown later always goes with what is kept.
#[test]
fn what_was_half_made_is_made_anew() {
    let files = |data: &Path| {
        let files = Files::of(data);
        [files.key(), files.certificate_key(), files.folder.join(CODE)]
    };
    for made in 0..3 {
        let data = tempfile::tempdir().expect("a folder");
        let before = open(data.path());
        for path in &files(data.path())[made..] {
            fs::remove_file(path).expect("there");
        }
        // What was being written when it happened.
        fs::write(data.path().join("pairing/paired.key.new"), "half").expect("written");
        let after = open(data.path());
        assert_ne!(after.code, before.code, "nobody was shown the one before");
        assert_eq!(open(data.path()).request, after.request);
        let key = SecretKey::parse(&fs::read_to_string(Files::of(data.path()).key()).expect("there"));
        assert_eq!(Fingerprint::of(&key.expect("a key").public()), after.fingerprint);
    }
}

#[test]
fn an_answer_is_kept_whole_and_as_the_terminals_own_file_would_say_it() {
    let data = tempfile::tempdir().expect("a folder");
    let device = open(data.path());
    let answer = pair::seal_answer(&device.code, &device.request, &admission());
    let fine: Box<Judge> = Box::new(|text, admission| {
        assert!(text.contains("id = \"counter-1\"") && admission.currency == "EUR");
        Ok(())
    });
    let taken = device.take(answer.text.as_bytes(), &*fine).expect("taken");
    assert_eq!(taken.id, "counter-1");
    let told = pair::open_receipt(&device.code, &answer, taken.receipt.text.as_bytes()).expect("a receipt");
    assert!(told.refused.is_empty());
    let files = Files::of(data.path());
    assert!(files.is_paired().expect("readable"));
    assert!(!files.folder.join(CODE).exists(), "the code has done what it was for");
    let text = fs::read_to_string(files.settings()).expect("there");
    let table: toml::Table = text.parse().expect("TOML");
    assert_eq!(table["mode"].as_str(), Some("live"));
    assert_eq!(table["shop"].as_str(), Some("The \"Corner\""));
    assert_eq!(table["remote"]["money_signatures"].as_integer(), Some(2));
    files.forget().expect("forgotten");
    assert!(!files.is_paired().expect("readable"));
    let anew = open(data.path());
    assert_ne!(anew.fingerprint, device.fingerprint);
}

#[test]
fn what_is_not_for_it_or_does_not_go_with_its_file_leaves_it_unpaired() {
    let data = tempfile::tempdir().expect("a folder");
    let device = open(data.path());
    let fine: Box<Judge> = Box::new(|_, _| Ok(()));
    let other = Code::from_random(1);
    let forged = pair::seal_answer(&other, &device.request, &admission());
    assert!(matches!(device.take(forged.text.as_bytes(), &*fine), Err(NotTaken::Foreign)));
    let strange: Box<Judge> = Box::new(|_, _| Err(vec!["id: it is another's".into()]));
    let answer = pair::seal_answer(&device.code, &device.request, &admission());
    let Err(NotTaken::Refused { faults, receipt }) = device.take(answer.text.as_bytes(), &*strange) else {
        panic!("taken against its own file")
    };
    assert_eq!(faults, ["id: it is another's"]);
    let told = pair::open_receipt(&device.code, &answer, receipt.text.as_bytes()).expect("a receipt");
    assert_eq!(told.refused, faults);
    assert!(!device.files().is_paired().expect("readable"));
    assert_eq!(open(data.path()).code, device.code, "the code is good still");
}
