//! Why a device cannot be used, in words for whoever has to mend it: the group to join, and the command for it.

use std::io;
use std::path::Path;

use rustix::fs::Access;

use crate::port::keys::KeypadFault;

/// A kind of device: what it is called, and the group that Debian and Raspberry Pi OS give it to.
#[derive(Clone, Copy, Debug)]
pub struct Class {
    name: &'static str,
    group: &'static str,
    /// What to look at where there is none.
    look: &'static str,
}

pub const SERIAL: Class = Class {
    name: "serial port",
    group: "dialout",
    look: "is it plugged in? `ls -l /dev/serial/by-id/` lists those that are, and a port of the Pi's own is switched on \
           with `raspi-config`",
};
pub const INPUT: Class = Class {
    name: "input device",
    group: "input",
    look: "is it plugged in? `ls -l /dev/input/by-id/` lists those that are",
};
pub const GPIO: Class =
    Class { name: "GPIO chip", group: "gpio", look: "`ls -l /dev/gpiochip*` lists those that are there" };

/// What an error at this device comes down to.
#[must_use]
pub fn fault(path: &Path, class: Class, error: &io::Error) -> KeypadFault {
    let (shown, kind) = (path.display(), error.kind());
    let (what, mend) = if kind == io::ErrorKind::NotFound {
        (format!("there is no {} {shown}", class.name), class.look.to_owned())
    } else if kind == io::ErrorKind::PermissionDenied {
        let group = class.group;
        let mend = format!(
            "run `sudo usermod -aG {group} qrtill`, with the name of the user it runs as, and start it again"
        );
        (format!("this user may not use the {} {shown}", class.name), mend)
    } else if kind == io::ErrorKind::ResourceBusy {
        let what = format!("another program has the {} {shown}", class.name);
        (what, format!("find it with `sudo fuser -v {shown}`"))
    } else {
        (format!("the {} {shown} does not work: {error}", class.name), "plug it in anew".to_owned())
    };
    KeypadFault { what, mend }
}

/// Whether the device is there and this user may use it. Opens nothing: opening a serial port resets some keypads.
///
/// # Errors
/// What is in the way.
pub fn probe(path: &Path, class: Class) -> Result<(), KeypadFault> {
    let access = rustix::fs::access(path, Access::READ_OK | Access::WRITE_OK);
    access.map_err(|error| fault(path, class, &error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_the_device_the_group_and_the_command() {
        let path = Path::new("/dev/ttyUSB0");
        let denied = fault(path, SERIAL, &io::ErrorKind::PermissionDenied.into()).to_string();
        for part in ["/dev/ttyUSB0", "usermod -aG dialout"] {
            assert!(denied.contains(part), "{denied}");
        }
        assert!(fault(path, INPUT, &io::ErrorKind::PermissionDenied.into()).mend.contains("-aG input"));
        assert!(fault(path, GPIO, &io::ErrorKind::ResourceBusy.into()).mend.contains("fuser"));
        let missing = probe(Path::new("/dev/serial/by-id/none"), SERIAL).unwrap_err();
        assert!(missing.what.contains("there is no serial port /dev/serial/by-id/none"), "{missing}");
        assert_eq!(probe(Path::new("/dev/null"), SERIAL), Ok(()));
    }
}
