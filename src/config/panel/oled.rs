//! `kind = "oled"`.

use super::Table;
use super::Wire;
use crate::config::draft::Draft;
use crate::panel::Turn;
use crate::panel::oled::Bus;
use crate::panel::oled::Controller;
use crate::panel::oled::HEIGHT;
use crate::panel::oled::Options;
use crate::panel::oled::WIDTH;
use crate::port::panel::PanelSpec;

pub const KEYS: &[&str] =
    &["controller", "device", "wire", "speed_hz", "address", "gpio_chip", "dc", "reset", "rotation"];

const I2C_DEVICE: &str = "/dev/i2c-1";
const SPI_DEVICE: &str = "/dev/spidev0.0";
const ADDRESS: u8 = 0x3c;
const SPEED_HZ: u32 = 8_000_000;

pub fn build(draft: &mut Draft, at: &str, table: &Table, spec: &PanelSpec) -> Option<Options> {
    let controller = controller(draft, at, table);
    if (spec.width, spec.height) != (WIDTH, HEIGHT) {
        let what = format!("{} is no size that an OLED of these has", spec.name);
        draft.fault(&format!("{at}.name"), what, "use oled-128x64");
    }
    let bus = bus(draft, at, table);
    let turn = super::rotation(draft, at, table.rotation.unwrap_or(0))?;
    if [Turn::Right, Turn::Left].contains(&turn) {
        let what = format!("an OLED cannot be turned by {} degrees", turn.degrees());
        draft.fault(&format!("{at}.rotation"), what, "use 0 or 180");
    }
    Some(Options { controller: controller?, bus: bus?, turned: turn == Turn::Half })
}

fn controller(draft: &mut Draft, at: &str, table: &Table) -> Option<Controller> {
    let name = table.controller.as_deref().unwrap_or(Controller::ALL[0].name());
    let controller = Controller::ALL.into_iter().find(|one| one.name() == name);
    if controller.is_none() {
        let names = Controller::ALL.map(Controller::name).join(", ");
        let what = format!("there is no driver for an OLED `{name}`");
        draft.fault(&format!("{at}.controller"), what, format_args!("use one of {names}"));
    }
    controller
}

fn bus(draft: &mut Draft, at: &str, table: &Table) -> Option<Bus> {
    match table.wire.unwrap_or(Wire::I2c) {
        Wire::I2c => {
            let unused = [
                ("dc", table.dc.is_some()),
                ("reset", table.reset.is_some()),
                ("speed_hz", table.speed_hz.is_some()),
                ("gpio_chip", table.gpio_chip.is_some()),
            ];
            for (key, _) in unused.into_iter().filter(|(_, is_set)| *is_set) {
                let mend = "leave it out, or say wire = \"spi\"";
                draft.fault(&format!("{at}.{key}"), "this is of no use over I2C", mend);
            }
            let device = table.device.clone().unwrap_or_else(|| I2C_DEVICE.into());
            Some(Bus::I2c { device, address: address(draft, at, table)? })
        }
        Wire::Spi => {
            super::tell_shared_lines(draft, at, table);
            if table.address.is_some() {
                let mend = "leave it out, or say wire = \"i2c\"";
                draft.fault(&format!("{at}.address"), "this is of no use over SPI", mend);
            }
            Some(Bus::Spi {
                device: table.device.clone().unwrap_or_else(|| SPI_DEVICE.into()),
                speed_hz: super::speed(draft, at, table, SPEED_HZ),
                gpio: super::gpio_chip(table),
                dc: super::data_line(draft, at, table)?,
                reset: table.reset,
            })
        }
        Wire::Spi16 => {
            draft.fault(&format!("{at}.wire"), "no OLED takes 16-bit words", "use \"i2c\" or \"spi\"");
            None
        }
    }
}

/// Boards have the address printed as it is on the wire, with a bit for the direction behind it.
fn address(draft: &mut Draft, at: &str, table: &Table) -> Option<u8> {
    let address = table.address.unwrap_or(ADDRESS.into());
    match u8::try_from(address).ok().filter(|address| (0x08..0x78).contains(address)) {
        Some(address) => Some(address),
        None => {
            let what = format!("{address:#04x} is no address on an I2C bus");
            let mend = "what is printed as 0x78 is 0x3c, and 0x7a is 0x3d; `i2cdetect -y 1` finds it";
            draft.fault(&format!("{at}.address"), what, mend);
            None
        }
    }
}
