//! `[keypad]` and `[[another_keypad]]` of `terminal.toml`.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::MapAccess;
use serde::de::Unexpected;
use serde::de::Visitor;

use super::draft::Draft;
use super::fault::nearest;
use crate::keypad::Options;
use crate::keypad::decode;
use crate::keypad::decode::map;
use crate::keypad::decode::map::KeyMap;
use crate::keypad::decode::map::Meaning;
use crate::keypad::decode::map::NoSuchKey;
use crate::keypad::decode::matrix::Layout;
use crate::keypad::decode::matrix::usual;
use crate::keypad::decode::scan;
use crate::keypad::evdev;
use crate::keypad::evdev::Which;
use crate::keypad::matrix;
use crate::keypad::serial;
use crate::keypad::serial::DataBits;
use crate::keypad::serial::FlowControl;
use crate::keypad::serial::StopBits;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Table {
    pub kind: Option<Kind>,
    pub device: Option<PathBuf>,
    pub baud: Option<u32>,
    pub data_bits: Option<u32>,
    pub parity: Option<Parity>,
    pub stop_bits: Option<u32>,
    pub flow: Option<Flow>,
    pub protocol: Option<Protocol>,
    pub frame: Option<String>,
    pub release: Option<Release>,
    pub usb: Option<String>,
    pub name: Option<String>,
    pub chip: Option<PathBuf>,
    pub rows: Option<Vec<u32>>,
    pub columns: Option<Vec<u32>>,
    pub layout: Option<Vec<String>>,
    pub debounce_ms: Option<u64>,
    pub map: Option<Pairs>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    None,
    Serial,
    Evdev,
    Matrix,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parity {
    None,
    Even,
    Odd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    None,
    Software,
    Hardware,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    Ascii,
    Codes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Release {
    Never,
    HighBit,
    Prefix,
}

/// `[keypad.map]`: codes with names of keys. A table in the file; one text on its way under the environment, which takes
/// names of keys for paths, knows neither `#` nor capitals in them, and drops what is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs(Vec<(String, String)>);

impl Serialize for Pairs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&serde_json::to_string(&self.0).map_err(serde::ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Both;

        impl<'de> Visitor<'de> for Both {
            type Value = Vec<(String, String)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of codes with names of keys")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                serde_json::from_str(text).map_err(|_| E::invalid_type(Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_any(Both).map(Self)
    }
}

/// A keypad, before anything is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keypad {
    /// The key of its table in the file, such as `another_keypad[0]`.
    pub at: String,
    pub options: Options,
}

/// All keypads of a shop, in the file's order.
pub fn build(draft: &mut Draft, first: Table, others: Vec<Table>) -> Vec<Keypad> {
    let at = |index| format!("another_keypad[{index}]");
    let others = others.into_iter().enumerate().map(|(index, table)| (at(index), table));
    let mut keypads: Vec<Keypad> = Vec::new();
    for (at, table) in std::iter::once(("keypad".to_owned(), first)).chain(others) {
        let Some(options) = build_one(draft, &at, table) else { continue };
        if let Some(twin) = keypads.iter().find(|other| are_the_same(&other.options, &options)) {
            let what = format!("this is the device of [{}] already", twin.at);
            draft.fault(&format!("{at}.device"), what, "name another one, or leave this table out");
        }
        keypads.push(Keypad { at, options });
    }
    keypads
}

fn are_the_same(one: &Options, other: &Options) -> bool {
    match (one, other) {
        (Options::Serial(one), Options::Serial(other)) => one.device == other.device,
        (Options::Evdev(one), Options::Evdev(other)) => one.which == other.which,
        (Options::Matrix(one), Options::Matrix(other)) => {
            let mut lines = one.rows.iter().chain(&one.columns);
            one.chip == other.chip
                && lines.any(|line| other.rows.contains(line) || other.columns.contains(line))
        }
        (Options::Serial(_) | Options::Evdev(_) | Options::Matrix(_), _) => false,
    }
}

fn build_one(draft: &mut Draft, at: &str, table: Table) -> Option<Options> {
    let kind = table.kind.unwrap_or(Kind::None);
    misplaced(draft, at, kind, &table);
    match kind {
        Kind::None => None,
        Kind::Serial => build_serial(draft, at, table).map(Options::Serial),
        Kind::Evdev => build_evdev(draft, at, table).map(Options::Evdev),
        Kind::Matrix => build_matrix(draft, at, table).map(Options::Matrix),
    }
}

/// A key that its keypad's kind does not have was meant to do something. A keypad that is switched off keeps its keys.
fn misplaced(draft: &mut Draft, at: &str, kind: Kind, table: &Table) {
    use Kind::Evdev;
    use Kind::Matrix;
    use Kind::Serial;
    let keys: [(&str, bool, &[Kind]); 16] = [
        ("device", table.device.is_some(), &[Serial, Evdev]),
        ("baud", table.baud.is_some(), &[Serial]),
        ("data_bits", table.data_bits.is_some(), &[Serial]),
        ("parity", table.parity.is_some(), &[Serial]),
        ("stop_bits", table.stop_bits.is_some(), &[Serial]),
        ("flow", table.flow.is_some(), &[Serial]),
        ("protocol", table.protocol.is_some(), &[Serial]),
        ("frame", table.frame.is_some(), &[Serial]),
        ("release", table.release.is_some(), &[Serial]),
        ("usb", table.usb.is_some(), &[Evdev]),
        ("name", table.name.is_some(), &[Evdev]),
        ("chip", table.chip.is_some(), &[Matrix]),
        ("rows", table.rows.is_some(), &[Matrix]),
        ("columns", table.columns.is_some(), &[Matrix]),
        ("layout", table.layout.is_some(), &[Matrix]),
        ("debounce_ms", table.debounce_ms.is_some(), &[Serial, Matrix]),
    ];
    for (key, is_there, kinds) in keys {
        if is_there && kind != Kind::None && !kinds.contains(&kind) {
            let names: Vec<String> = kinds.iter().map(|kind| format!("{kind:?}").to_lowercase()).collect();
            let what = format!("a keypad of this kind has no `{key}`");
            draft.fault(
                &format!("{at}.{key}"),
                what,
                format!("leave it out, or set kind to {}", names.join(" or ")),
            );
        }
    }
}

fn build_serial(draft: &mut Draft, at: &str, table: Table) -> Option<serial::Options> {
    let key = |name: &str| format!("{at}.{name}");
    let baud = table.baud.unwrap_or(9600);
    if !(300..=1_000_000).contains(&baud) {
        draft.fault(&key("baud"), format_args!("no keypad speaks {baud} baud"), "most speak 9600");
    }
    let data_bits = match table.data_bits.unwrap_or(8) {
        7 => DataBits::Seven,
        8 => DataBits::Eight,
        bits => {
            draft.fault(&key("data_bits"), format_args!("no keypad has {bits} data bits"), "use 7 or 8");
            DataBits::Eight
        }
    };
    let stop_bits = match table.stop_bits.unwrap_or(1) {
        1 => StopBits::One,
        2 => StopBits::Two,
        bits => {
            draft.fault(&key("stop_bits"), format_args!("no line has {bits} stop bits"), "use 1 or 2");
            StopBits::One
        }
    };
    let parity = match table.parity.unwrap_or(Parity::None) {
        Parity::None => serial::Parity::None,
        Parity::Even => serial::Parity::Even,
        Parity::Odd => serial::Parity::Odd,
    };
    let flow = match table.flow.unwrap_or(Flow::None) {
        Flow::None => FlowControl::None,
        Flow::Software => FlowControl::Software,
        Flow::Hardware => FlowControl::Hardware,
    };
    let debounce = debounce(draft, at, table.debounce_ms, decode::DEBOUNCE);
    let (protocol, map) = build_protocol(draft, at, &table);
    let mend = "name the serial port, such as /dev/serial/by-id/usb-… or /dev/ttyUSB0";
    let device = draft.need(&key("device"), table.device, mend)?;
    let device = draft.path(&device);
    Some(serial::Options { device, baud, data_bits, parity, stop_bits, flow, protocol, map, debounce })
}

fn build_protocol(draft: &mut Draft, at: &str, table: &Table) -> (serial::Protocol, KeyMap) {
    let map = build_map(draft, at, table.map.as_ref(), map::code);
    match table.protocol.unwrap_or(Protocol::Ascii) {
        Protocol::Ascii => {
            for (key, is_there) in [("frame", table.frame.is_some()), ("release", table.release.is_some())] {
                if is_there {
                    let mend = "leave it out, or set protocol to codes";
                    draft.fault(&format!("{at}.{key}"), "a keypad that sends characters has none", mend);
                }
            }
            for (code, _) in map.iter().filter(|(code, _)| *code > 0xff) {
                let what = format!("{code:#x} is no byte");
                draft.fault(&format!("{at}.map"), what, "write the byte that the keypad sends");
            }
            (serial::Protocol::Ascii, map)
        }
        Protocol::Codes => {
            if table.map.is_none() {
                let mend =
                    "say what the codes mean, such as \"0x1C\" = \"enter\"; `qrtill keys` shows what is sent";
                draft.fault(&format!("{at}.map"), "a keypad that sends codes needs a key map", mend);
            }
            let frame = table.frame.as_deref().and_then(|text| draft.parse(&format!("{at}.frame"), text));
            let release = match table.release.unwrap_or(Release::Never) {
                Release::Never => scan::Release::Never,
                Release::HighBit => scan::Release::HighBit,
                Release::Prefix => scan::Release::Prefix,
            };
            (serial::Protocol::Codes { frame: frame.unwrap_or_default(), release }, map)
        }
    }
}

fn build_evdev(draft: &mut Draft, at: &str, table: Table) -> Option<evdev::Options> {
    let map = build_map(draft, at, table.map.as_ref(), evdev::code);
    let which = match (table.device, table.usb, table.name) {
        (Some(path), None, None) => Which::Path(draft.path(&path)),
        (None, Some(numbers), None) => {
            let Some((vendor, product)) = usb(&numbers) else {
                let mend = "write vendor and product as `lsusb` does, such as 1a2c:0b2a";
                draft.fault(&format!("{at}.usb"), format_args!("`{numbers}` are no USB numbers"), mend);
                return None;
            };
            Which::Usb { vendor, product }
        }
        (None, None, Some(name)) => Which::Name(name),
        (None, None, None) => {
            let mend = "name the device, such as /dev/input/by-id/usb-…-event-kbd, or give usb or name";
            return draft
                .need::<Which>(&format!("{at}.device"), None, mend)
                .map(|which| evdev::Options { which, map });
        }
        (Some(_), _, _) | (None, Some(_), Some(_)) => {
            let what = "`device`, `usb` and `name` say the same in three ways";
            draft.fault(&format!("{at}.device"), what, "keep one of them");
            return None;
        }
    };
    Some(evdev::Options { which, map })
}

fn usb(text: &str) -> Option<(u16, u16)> {
    let number = |part: &str| {
        let plain = part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        u16::from_str_radix(part, 16).ok().filter(|_| plain)
    };
    let (vendor, product) = text.split_once(':')?;
    Some((number(vendor)?, number(product)?))
}

fn build_matrix(draft: &mut Draft, at: &str, table: Table) -> Option<matrix::Options> {
    let key = |name: &str| format!("{at}.{name}");
    let map = build_map(draft, at, table.map.as_ref(), map::code);
    let debounce = debounce(draft, at, table.debounce_ms, Duration::from_millis(15));
    let mend = "name the lines that the keypad's pins are wired to, such as [5, 6, 13, 19]";
    let rows = draft.need(&key("rows"), table.rows, mend);
    let columns = draft.need(&key("columns"), table.columns, mend);
    let mend = "write what is on the keys, such as [\"123A\", \"456B\", \"789C\", \"*0#D\"]";
    let layout = draft.need(&key("layout"), table.layout, mend);
    let layout = layout
        .and_then(|rows| Layout::new(&rows).map_err(|error| draft.fault(&key("layout"), error, "")).ok())?;
    let (rows, columns) = (rows?, columns?);
    for (name, lines, wanted) in [("rows", &rows, layout.rows()), ("columns", &columns, layout.columns())] {
        if lines.len() != wanted {
            let what = format!("there are {} lines and the layout has {wanted} {name}", lines.len());
            draft.fault(&key(name), what, "make them the same");
        }
    }
    let all: Vec<u32> = rows.iter().chain(&columns).copied().collect();
    if let Some(twice) = (1..all.len()).find(|index| all[..*index].contains(&all[*index])) {
        let name = if twice < rows.len() { "rows" } else { "columns" };
        let what = format!("line {} is there twice", all[twice]);
        draft.fault(&key(name), what, "each pin of the keypad has a line of its own");
    }
    unknown_labels(draft, at, &layout, &map);
    let chip = draft.path(table.chip.as_deref().unwrap_or(Path::new("/dev/gpiochip0")));
    Some(matrix::Options { chip, rows, columns, layout, map, debounce })
}

/// Every label has a meaning, and every code of the map is a label.
fn unknown_labels(draft: &mut Draft, at: &str, layout: &Layout, map: &KeyMap) {
    for label in layout.labels().filter(|label| usual(*label).is_none()) {
        if map.get(u16::from(label)).is_none() {
            let label = char::from(label);
            let mend = format!("say it in [{at}.map], such as \"{label}\" = \"plus\"");
            draft.fault(&format!("{at}.layout"), format_args!("nobody knows what `{label}` means"), mend);
        }
    }
    for (code, _) in map.iter() {
        if !layout.labels().any(|label| u16::from(label) == code) {
            let label =
                u8::try_from(code).map_or_else(|_| format!("{code:#x}"), |byte| char::from(byte).to_string());
            let mend = "write the keys of the map as the layout has them";
            draft.fault(&format!("{at}.map"), format_args!("`{label}` is not in the layout"), mend);
        }
    }
}

fn debounce(draft: &mut Draft, at: &str, value: Option<u64>, default: Duration) -> Duration {
    let Some(ms) = value else { return default };
    if ms > 100 {
        let what = format!("{ms} ms is longer than a person presses");
        draft.fault(&format!("{at}.debounce_ms"), what, "use 0 to 100; contacts bounce for 5 to 30");
    }
    Duration::from_millis(ms)
}

/// The key map; empty where there is none.
fn build_map(
    draft: &mut Draft,
    at: &str,
    pairs: Option<&Pairs>,
    code_of: impl Fn(&str) -> Option<u16>,
) -> KeyMap {
    let mut map = KeyMap::default();
    let Some(Pairs(pairs)) = pairs else { return map };
    if pairs.is_empty() {
        let mend = "write at least one line, such as \"0x1C\" = \"enter\", or leave the table out";
        draft.fault(&format!("{at}.map"), "this key map is empty", mend);
    }
    for (text, name) in pairs {
        let key = format!("{at}.map.{text}");
        let code = code_of(text);
        if code.is_none() {
            let mend = "write it as `qrtill keys` shows it, such as \"0x1C\", \"A\" or \"KEY_KP7\"";
            draft.fault(&key, format_args!("`{text}` is no code of a key"), mend);
        }
        let meaning = name.parse::<Meaning>().map_err(|error| {
            let names =
                ["enter", "back", "clear", "cancel", "plus", "point", "list", "back-or-cancel", "nothing"];
            let mend =
                nearest(name, names).map_or_else(NoSuchKey::mend, |near| format!("did you mean `{near}`?"));
            draft.fault(&key, error, mend);
        });
        if let (Some(code), Ok(meaning)) = (code, meaning)
            && map.add(code, meaning).is_err()
        {
            draft.fault(&key, format_args!("the code {code:#04x} is in this map twice"), "keep one of them");
        }
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fault::Place;
    use crate::config::keypads;
    use crate::core::key::Key;

    fn of(text: &str) -> Result<Vec<Options>, Vec<(String, String)>> {
        let checked = keypads(Path::new("/etc/qrtill/terminal.toml"), text, &[]);
        for fault in &checked.faults {
            assert!(matches!(fault.place, Place::Line(_)), "{fault}");
        }
        let told = |fault: &super::super::fault::Fault| (fault.key.clone(), fault.to_string());
        let faults: Vec<_> = checked.faults.iter().map(told).collect();
        checked.value.map(|found| found.into_iter().map(|keypad| keypad.options).collect()).ok_or(faults)
    }

    fn faults(text: &str) -> Vec<String> {
        of(text).expect_err(text).into_iter().map(|(key, _)| key).collect()
    }

    const CODES: &str = "[keypad]\nkind = \"serial\"\ndevice = \"/dev/ttyUSB0\"\nprotocol = \"codes\"\n";
    const MATRIX: &str = "[keypad]\nkind = \"matrix\"\nrows = [5, 6]\ncolumns = [13, 19, 26]\n\
                          layout = [\"12#\", \"*0x\"]\n";

    #[test]
    fn no_keypad_is_none_and_a_serial_one_has_the_usual_line() {
        assert_eq!(of(""), Ok(vec![]));
        assert_eq!(
            of("[keypad]\nkind = \"none\"\nbaud = 1\nusb = \"x\"\n"),
            Ok(vec![]),
            "switched off as it is"
        );
        let usual = Options::Serial(serial::Options::new("/dev/ttyUSB0"));
        assert_eq!(of("[keypad]\nkind = \"serial\"\ndevice = \"/dev/ttyUSB0\"\n"), Ok(vec![usual]));
    }

    #[test]
    fn a_line_is_what_is_said() {
        let text = "[keypad]\nkind = \"serial\"\ndevice = \"pad\"\nbaud = 1200\ndata_bits = 7\nparity = \"even\"\n\
                    stop_bits = 2\nflow = \"hardware\"\ndebounce_ms = 0\n";
        let expected = serial::Options {
            baud: 1200,
            data_bits: DataBits::Seven,
            parity: serial::Parity::Even,
            stop_bits: StopBits::Two,
            flow: FlowControl::Hardware,
            debounce: Duration::ZERO,
            ..serial::Options::new("/etc/qrtill/pad")
        };
        assert_eq!(of(text), Ok(vec![Options::Serial(expected)]));
        let wrong =
            text.replace("1200", "12").replace("= 7", "= 9").replace("= 2", "= 3").replace("= 0", "= 400");
        assert_eq!(
            faults(&wrong),
            ["keypad.baud", "keypad.data_bits", "keypad.stop_bits", "keypad.debounce_ms"]
        );
    }

    #[test]
    fn a_module_that_sends_codes_has_its_map() {
        let text = format!(
            "{CODES}frame = \"AA 55 KK\"\nrelease = \"prefix\"\n[keypad.map]\n\"0x1C\" = \"enter\"\n\"A\" = \"00\"\n\"#\" = \"nothing\"\n"
        );
        let found = of(&text).expect("fine");
        let Options::Serial(found) = &found[0] else { panic!("{found:?}") };
        assert_eq!(found.map.get(0x1c), Some(Meaning::Key(Key::Enter)));
        assert_eq!(
            found.map.get(0x41),
            Some(Meaning::Key(Key::DoubleZero)),
            "capitals and signs survive the reading"
        );
        assert_eq!(found.map.get(0x23), Some(Meaning::Nothing));
        let frame = "AA 55 KK".parse().expect("a frame");
        assert_eq!(found.protocol, serial::Protocol::Codes { frame, release: scan::Release::Prefix });
    }

    #[test]
    fn a_map_that_cannot_be_meant_is_refused_at_its_line() {
        assert_eq!(faults(CODES), ["keypad.map"], "none");
        assert_eq!(faults(&format!("{CODES}[keypad.map]\n")), ["keypad.map"], "empty");
        let twice =
            of(&format!("{CODES}[keypad.map]\n\"0x1C\" = \"enter\"\n\"0x0D\" = \"1\"\n\"28\" = \"clear\"\n"));
        let (key, told) = &twice.expect_err("twice")[0];
        assert_eq!(key, "keypad.map.28");
        assert!(told.contains("terminal.toml:8:1: ") && told.contains("0x1c is in this map twice"), "{told}");
        let same = of(&format!("{CODES}[keypad.map]\n\"0x1C\" = \"enter\"\n\"0x1C\" = \"enter\"\n"));
        let (_, told) = &same.expect_err("twice")[0];
        assert!(told.contains("terminal.toml:7:1: ") && told.contains("duplicate key"), "{told}");
        let unknown =
            of(&format!("{CODES}[keypad.map]\n\"0x1C\" = \"entre\"\n\"0x1D\" = \"euro\"\n\"up\" = \"1\"\n"));
        let unknown = unknown.expect_err("unknown");
        let keys: Vec<_> = unknown.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["keypad.map.0x1C", "keypad.map.0x1D", "keypad.map.up"]);
        assert!(unknown[0].1.contains("did you mean `enter`?"), "{unknown:?}");
        assert!(unknown[1].1.contains("write a digit or one of"), "{unknown:?}");
        assert_eq!(faults(&format!("{CODES}map = \"x\"\n")), ["keypad.map", "keypad.map"]);
        assert_eq!(faults(&CODES.replace("codes", "ascii\"\nframe = \"KK")), ["keypad.frame"]);
        assert_eq!(
            faults(&format!("{CODES}frame = \"KK 0D\"\n[keypad.map]\n\"A\" = \"1\"\n")),
            ["keypad.frame"]
        );
    }

    #[test]
    fn an_input_device_is_named_in_one_way() {
        let of_kind = |rest: &str| of(&format!("[keypad]\nkind = \"evdev\"\n{rest}"));
        let which = |rest| match of_kind(rest).expect("fine").remove(0) {
            Options::Evdev(options) => options.which,
            other @ (Options::Serial(_) | Options::Matrix(_)) => panic!("{other:?}"),
        };
        assert_eq!(which("usb = \"1a2c:0B2A\"\n"), Which::Usb { vendor: 0x1a2c, product: 0x0b2a });
        assert_eq!(
            which("name = \"SIGMACHIP USB Keypad\"\n"),
            Which::Name("SIGMACHIP USB Keypad".to_owned())
        );
        let path = "/dev/input/by-id/usb-x-event-kbd";
        assert_eq!(which(&format!("device = \"{path}\"\n")), Which::Path(path.into()));
        for (rest, key) in [
            ("", "keypad.device"),
            ("usb = \"1a2c\"\n", "keypad.usb"),
            ("usb = \"1a2c:0b2a\"\nname = \"x\"\n", "keypad.device"),
            ("name = \"x\"\nbaud = 9600\n", "keypad.baud"),
            ("name = \"x\"\n[keypad.map]\n\"71\" = \"seven\"\n", "keypad.map.71"),
            ("name = \"x\"\n[keypad.map]\nKEY_KP = \"7\"\n", "keypad.map.KEY_KP"),
            ("name = \"x\"\n[keypad.map]\nKEY_KP7 = \"1\"\n71 = \"7\"\n", "keypad.map.KEY_KP7"),
        ] {
            assert_eq!(of_kind(rest).expect_err(rest)[0].0, key, "{rest}");
        }
    }

    #[test]
    fn a_matrix_is_wired_as_it_is_printed() {
        let text = format!("{MATRIX}[keypad.map]\n\"x\" = \"list\"\n");
        let found = of(&text).expect("fine");
        let Options::Matrix(found) = &found[0] else { panic!("{found:?}") };
        assert_eq!(
            (found.chip.to_str(), found.debounce),
            (Some("/dev/gpiochip0"), Duration::from_millis(15))
        );
        assert_eq!(
            (found.rows.as_slice(), found.columns.as_slice()),
            ([5, 6].as_slice(), [13, 19, 26].as_slice())
        );
        for (wrong, key) in [
            (MATRIX.to_owned(), "keypad.layout"),
            (text.replace("[5, 6]", "[5]"), "keypad.rows"),
            (text.replace("26]", "5]"), "keypad.columns"),
            (text.replace("*0x", "*0"), "keypad.layout"),
            (text.replace("\"x\" =", "\"y\" ="), "keypad.layout"),
            (text.replace("rows = [5, 6]\n", ""), "keypad.rows"),
        ] {
            assert_eq!(faults(&wrong)[0], key, "{wrong}");
        }
    }

    #[test]
    fn a_shop_may_have_several_and_none_of_them_twice() {
        let serial = "kind = \"serial\"\ndevice = \"/dev/ttyUSB0\"\n";
        let text = format!("[keypad]\n{serial}[[another_keypad]]\nkind = \"evdev\"\nname = \"x\"\n");
        assert_eq!(of(&text).expect("fine").len(), 2);
        let text = format!("{text}[[another_keypad]]\n{serial}");
        assert_eq!(faults(&text), ["another_keypad[1].device"]);
        let text = "[[another_keypad]]\nkind = \"serial\"\n[another_keypad.map]\n";
        assert_eq!(faults(text), ["another_keypad[0].map", "another_keypad[0].device"]);
    }
}
