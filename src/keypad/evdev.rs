//! USB number pads, keyboards, and whatever else Linux calls an input device. Found by path or by what it is, taken for us
//! alone so that the console does not get the keys, waited for while it is not plugged in. What a code means is
//! `decode`'s.

use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use evdev::Device;
use evdev::EventStream;
use evdev::EventType;
use evdev::KeyCode;
use tokio_util::sync::CancellationToken;

use super::decode;
use super::decode::evdev::Codes;
use super::decode::map::KeyMap;
use super::device;
use super::listen;
use super::listen::Desk;
use super::listen::Listening;
use super::listen::Outlet;
use super::listen::Source;
use super::plug;
use crate::port::keys::KeypadFault;

/// Where Linux puts input devices.
const FOLDER: &str = "/dev/input";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub which: Which,
    /// What comes before the usual meanings.
    pub map: KeyMap,
}

/// Which of the machine's input devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// A name that survives re-plugging, such as one below `/dev/input/by-id`.
    Path(PathBuf),
    Usb {
        vendor: u16,
        product: u16,
    },
    /// As the device calls itself.
    Name(String),
}

/// A key code as people write it: the kernel's name for it, such as `KEY_KP7`, or its number.
#[must_use]
pub fn code(text: &str) -> Option<u16> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = hex.map_or((text, 10), |hex| (hex, 16));
    let number = u16::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with('+'));
    number.or_else(|| text.parse::<KeyCode>().ok().map(|key| key.0))
}

/// Listens to the device until `shutdown`. One that is missing, now or later, is waited for.
#[must_use]
pub fn spawn(options: Options, outlet: impl Into<Outlet>, shutdown: CancellationToken) -> Listening {
    let codes = Codes::new(options.map, decode::DEBOUNCE);
    listen::spawn(Pad { which: options.which }, codes, outlet.into(), shutdown)
}

/// Whether the device is there and this user may use it.
///
/// # Errors
/// What is in the way.
pub fn probe(options: &Options) -> Result<(), KeypadFault> {
    match &options.which {
        Which::Path(path) => device::probe(path, device::INPUT),
        which @ (Which::Usb { .. } | Which::Name(_)) => find(which).map(drop),
    }
}

struct Pad {
    which: Which,
}

impl Source for Pad {
    type Decoder = Codes;
    type Port = (PathBuf, EventStream);

    fn open(&mut self) -> Result<Self::Port, KeypadFault> {
        let (path, mut device) = find(&self.which)?;
        let taken = device.grab().and_then(|()| device.into_event_stream());
        let stream = taken.map_err(|error| device::fault(&path, device::INPUT, &error))?;
        Ok((path, stream))
    }

    async fn read(&mut self, (path, mut stream): Self::Port, desk: &mut Desk<Codes>) -> KeypadFault {
        loop {
            let event = tokio::select! {
                event = stream.next_event() => event,
                () = desk.due() => {
                    desk.handle_timeout();
                    continue;
                }
            };
            match event {
                Ok(event) if event.event_type() == EventType::KEY => {
                    let (code, value) = (event.code(), event.value());
                    desk.take(|| raw(code, value), |codes, now| codes.handle(code, value, now));
                }
                // What groups events, lights, and scan codes.
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // ENODEV: it was pulled out.
                Err(_) => return device::fault(&path, device::INPUT, &io::ErrorKind::NotFound.into()),
            }
        }
    }

    async fn wait(&mut self, most: Duration) {
        let folder = match &self.which {
            Which::Path(path) => path.parent().unwrap_or(Path::new(FOLDER)),
            Which::Usb { .. } | Which::Name(_) => Path::new(FOLDER),
        };
        plug::wait(&[folder, Path::new(FOLDER)], most).await;
    }
}

/// A key event for a person; empty for the kernel's repeats, which nobody pressed.
fn raw(code: u16, value: i32) -> String {
    let name = KeyCode::new(code);
    match value {
        0 => format!("{name:?} ({code}) up"),
        1 => format!("{name:?} ({code}) down"),
        _ => String::new(),
    }
}

fn find(which: &Which) -> Result<(PathBuf, Device), KeypadFault> {
    let mend =
        "is it plugged in? `cat /proc/bus/input/devices` lists the names and the numbers of those that are";
    let found = match which {
        Which::Path(path) => {
            let opened = Device::open(path).map_err(|error| device::fault(path, device::INPUT, &error));
            return opened.map(|device| (path.clone(), device));
        }
        Which::Usb { vendor, product } => {
            let told = format!("there is no keypad with the USB numbers {vendor:04x}:{product:04x}");
            search(|device| {
                let id = device.input_id();
                id.vendor() == *vendor && id.product() == *product
            })
            .ok_or(told)
        }
        Which::Name(name) => {
            let told = format!("there is no keypad that calls itself `{name}`");
            search(|device| device.name() == Some(name)).ok_or(told)
        }
    };
    found.map_err(|what| denied().unwrap_or(KeypadFault { what, mend: mend.to_owned() }))
}

/// The first that fits and has digits or an Enter: a keypad often comes with a second device for its volume keys.
fn search(fits: impl Fn(&Device) -> bool) -> Option<(PathBuf, Device)> {
    let has_keys = |device: &Device| {
        device
            .supported_keys()
            .is_some_and(|keys| [KeyCode::KEY_KP5, KeyCode::KEY_5].iter().any(|key| keys.contains(*key)))
    };
    evdev::enumerate().find(|(_, device)| fits(device) && has_keys(device))
}

/// Whether it may be there, among the devices that this user may not look at.
fn denied() -> Option<KeypadFault> {
    let devices = std::fs::read_dir(FOLDER).ok()?;
    let paths = devices.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut events = paths.filter(|path| path.to_string_lossy().contains("/event"));
    let refused = |path: PathBuf| {
        let fault = device::probe(&path, device::INPUT).err()?;
        fault.mend.contains("usermod").then_some(fault)
    };
    events.find_map(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_none_is_told_as_what_it_is() {
        let path = Path::new("/dev/input/by-id/usb-none-event-kbd");
        let missing = find(&Which::Path(path.to_owned())).unwrap_err();
        assert!(missing.what.contains("there is no input device /dev/input/by-id/usb-none"), "{missing}");
        let other = find(&Which::Path("/dev/null".into())).unwrap_err();
        assert!(other.what.contains("/dev/null does not work"), "{other}");
        let none = find(&Which::Name("No Such Pad".to_owned())).unwrap_err();
        assert!(none.to_string().contains("No Such Pad") || none.mend.contains("-aG input"), "{none}");
    }

    #[test]
    fn a_code_is_the_kernels_name_or_a_number() {
        for (text, expected) in [("KEY_KP7", 71), ("KEY_KPENTER", 96), ("71", 71), ("0x1c", 28), ("7", 7)] {
            assert_eq!(code(text), Some(expected), "{text}");
        }
        for wrong in ["", "KP7", "key_kp7", "+7", "-1", "70000"] {
            assert_eq!(code(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_event_is_told_by_name_and_number() {
        assert_eq!(raw(71, 1), "KEY_KP7 (71) down");
        assert_eq!(raw(96, 0), "KEY_KPENTER (96) up");
        assert_eq!(raw(96, 2), "");
    }
}
