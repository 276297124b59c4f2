//! Linux devices as panels use them: a bus and single lines, opened with faults that say which group and which
//! switch are missing.

use std::fmt::Display;
use std::fs;
use std::io;
use std::path::Path;

use embedded_hal::digital::OutputPin;
use linux_embedded_hal::CdevPin;
use linux_embedded_hal::I2cdev;
use linux_embedded_hal::SpidevDevice;
use linux_embedded_hal::gpio_cdev::Chip;
use linux_embedded_hal::gpio_cdev::LineRequestFlags;
use linux_embedded_hal::spidev::SpiModeFlags;
use linux_embedded_hal::spidev::SpidevOptions;

use super::backlight::Backlight;
use crate::port::panel::PanelFault;

/// The most bytes that one call of the kernel takes to an SPI bus, unless it was told otherwise at its start.
pub const CHUNK: usize = 4096;
/// Who uses the lines, for `gpioinfo`.
const CONSUMER: &str = "qrtill";

/// What kind of device is missing, for the way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Spi,
    I2c,
    Gpio,
}

impl Kind {
    /// What to do where the device cannot be opened for this reason.
    fn mend(self, why: io::ErrorKind) -> String {
        let (group, switch) = match self {
            Self::Spi => ("spi", "put dtparam=spi=on into /boot/firmware/config.txt"),
            Self::I2c => ("i2c", "put dtparam=i2c_arm=on into /boot/firmware/config.txt"),
            Self::Gpio => ("gpio", "`ls /dev/gpiochip*` lists what there is"),
        };
        if why == io::ErrorKind::PermissionDenied {
            format!("this user may not use it: run: sudo usermod -aG {group} qrtill, and start it again")
        } else if why != io::ErrorKind::NotFound {
            "see that no other program and no overlay of the kernel has it".to_owned()
        } else if self == Self::Gpio {
            format!("name the chip of the lines; {switch}")
        } else {
            format!("{switch} and restart the machine, or name another device")
        }
    }

    fn fault(self, device: &Path, error: &io::Error) -> PanelFault {
        PanelFault { what: format!("{}: {error}", device.display()), mend: self.mend(error.kind()) }
    }
}

/// Whether the device is there for this user, told as the kernel tells it.
///
/// # Errors
/// Where it is not, with the switch or the group that is missing.
pub fn look(kind: Kind, device: &Path) -> Result<(), PanelFault> {
    let opened = fs::OpenOptions::new().read(true).write(true).open(device);
    opened.map(drop).map_err(|error| kind.fault(device, &error))
}

/// The SPI device with this clock, in mode 0 and bytes.
///
/// # Errors
/// Where it is not there, is no SPI device, or is not this user's.
pub fn spi(device: &Path, speed_hz: u32) -> Result<SpidevDevice, PanelFault> {
    look(Kind::Spi, device)?;
    let mut spi = SpidevDevice::open(device).map_err(|error| Kind::Spi.fault(device, error.inner()))?;
    let options =
        SpidevOptions::new().bits_per_word(8).max_speed_hz(speed_hz).mode(SpiModeFlags::SPI_MODE_0).build();
    spi.0.configure(&options).map_err(|error| PanelFault {
        what: format!("{} takes no clock of {speed_hz} Hz: {error}", device.display()),
        mend: "name an SPI device, such as /dev/spidev0.0, and a speed that it has".to_owned(),
    })?;
    Ok(spi)
}

/// The I2C bus.
///
/// # Errors
/// As [`spi`].
pub fn i2c(device: &Path) -> Result<I2cdev, PanelFault> {
    look(Kind::I2c, device)?;
    I2cdev::new(device).map_err(|error| PanelFault {
        what: format!("{}: {error}", device.display()),
        mend: "name an I2C bus, such as /dev/i2c-1".to_owned(),
    })
}

/// The line `number` of `chip` as an output that is low, or high where `is_high`.
///
/// # Errors
/// Where chip or line are not there, are another's, or are not this user's.
pub fn line(chip: &Path, number: u32, is_high: bool) -> Result<CdevPin, PanelFault> {
    request(chip, number, LineRequestFlags::OUTPUT, u8::from(is_high))
}

/// The line `number` of `chip` as an input.
///
/// # Errors
/// As [`line`].
pub fn input(chip: &Path, number: u32) -> Result<CdevPin, PanelFault> {
    request(chip, number, LineRequestFlags::INPUT, 0)
}

fn request(chip: &Path, number: u32, flags: LineRequestFlags, level: u8) -> Result<CdevPin, PanelFault> {
    look(Kind::Gpio, chip)?;
    let opened = Chip::new(chip)
        .and_then(|mut chip| chip.get_line(number))
        .and_then(|line| line.request(flags, level, CONSUMER))
        .and_then(CdevPin::new);
    opened.map_err(|error| {
        let text = error.to_string();
        let mend = if text.contains("EBUSY") {
            "another program or an overlay of the kernel has this line: `gpioinfo` names it".to_owned()
        } else {
            format!("`gpioinfo` lists the lines of {}", chip.display())
        };
        PanelFault { what: format!("{} line {number}: {text}", chip.display()), mend }
    })
}

/// The light behind a panel.
#[derive(Debug)]
pub enum Light<P> {
    /// It has none of its own, or one that cannot be set.
    None,
    /// Lit or dark, nothing between.
    Line(P),
    /// With steps, through a file of the kernel.
    File(Backlight),
}

impl<P: OutputPin<Error: Display>> Light<P> {
    /// Sets it in percent.
    ///
    /// # Errors
    /// Where the line or the file cannot be written.
    pub fn set(&mut self, percent: u8) -> Result<(), PanelFault> {
        match self {
            Self::None => Ok(()),
            Self::Line(pin) => pin.set_state((percent > 0).into()).map_err(|error| PanelFault {
                what: format!("the line of the panel's light cannot be set: {error}"),
                mend: "see `backlight` in its table".to_owned(),
            }),
            Self::File(light) => light.set(percent),
        }
    }

    /// Leaves it as it was found.
    ///
    /// # Errors
    /// As [`Light::set`].
    pub fn put_back(&mut self) -> Result<(), PanelFault> {
        match self {
            Self::None | Self::Line(_) => Ok(()),
            Self::File(light) => light.put_back(),
        }
    }
}

/// A panel on this bus that does not take what is sent.
#[must_use]
pub fn lost(name: &str, error: impl Display) -> PanelFault {
    PanelFault {
        what: format!("{name} does not take what is sent: {error}"),
        mend: "see that its wires sit firmly and that it has power".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_not_there_names_the_switch_that_makes_it() {
        let fault = spi(Path::new("/dev/spidev9.9"), 1_000_000).err().unwrap().to_string();
        assert!(fault.starts_with("/dev/spidev9.9: ") && fault.contains("dtparam=spi=on"), "{fault}");
        let fault = i2c(Path::new("/dev/i2c-99")).err().unwrap().to_string();
        assert!(fault.contains("dtparam=i2c_arm=on"), "{fault}");
        let fault = line(Path::new("/dev/gpiochip99"), 1, false).err().unwrap().to_string();
        assert!(fault.contains("ls /dev/gpiochip*"), "{fault}");
    }

    #[test]
    fn a_device_of_another_kind_is_no_bus() {
        let fault = spi(Path::new("/dev/null"), 1_000_000).err().unwrap().to_string();
        assert!(fault.contains("/dev/null") && fault.contains("/dev/spidev0.0"), "{fault}");
        let fault = line(Path::new("/dev/null"), 1, false).err().unwrap().to_string();
        assert!(fault.contains("/dev/null line 1"), "{fault}");
    }

    #[test]
    fn a_device_that_is_anothers_names_the_group() {
        for (kind, group) in [(Kind::Spi, "spi"), (Kind::I2c, "i2c"), (Kind::Gpio, "gpio")] {
            let denied = io::Error::from(io::ErrorKind::PermissionDenied);
            let fault = kind.fault(Path::new("/dev/x"), &denied).to_string();
            assert!(fault.contains(&format!("sudo usermod -aG {group} qrtill")), "{fault}");
        }
    }
}
