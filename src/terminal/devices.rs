//! Whether panels and keypads are there, from those who look after each of them, in one value for the core.

use tokio::sync::watch;

use super::Side;
use crate::core::device::Device;
use crate::core::device::Devices;
use crate::panel::drive;
use crate::port::keys;

/// Everybody who knows of a device of this counter.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    pub panels: Vec<(Side, watch::Receiver<drive::Presence>)>,
    pub keypads: Vec<watch::Receiver<keys::Presence>>,
}

impl Watched {
    /// All of them as they are, now and from now on. Needs a running runtime.
    #[must_use]
    pub fn follow(self) -> watch::Receiver<Devices> {
        let (sender, devices) = watch::channel(self.read());
        // One task each, that wakes for its own device alone; whichever it is, all are read anew.
        let tell = |watched: &Self| {
            let (all, sender) = (watched.clone(), sender.clone());
            move || {
                let now = all.read();
                sender.send_if_modified(|told| std::mem::replace(told, now) != now);
            }
        };
        for (_, panel) in &self.panels {
            tokio::spawn(each_change(panel.clone(), tell(&self)));
        }
        for keypad in &self.keypads {
            tokio::spawn(each_change(keypad.clone(), tell(&self)));
        }
        devices
    }

    fn read(&self) -> Devices {
        let panel = |wanted: Side| {
            let found = self.panels.iter().find(|(side, _)| *side == wanted);
            found.map_or(Device::None, |(_, presence)| of_panel(&presence.borrow()))
        };
        let keypads: Vec<Device> = self.keypads.iter().map(|keypad| of_keypad(&keypad.borrow())).collect();
        let any = |device| keypads.contains(&device).then_some(device);
        Devices {
            panel: panel(Side::Customer),
            cashier_panel: panel(Side::Cashier),
            keypad: any(Device::Gone).or(any(Device::Opening)).or(any(Device::There)).unwrap_or(Device::None),
        }
    }
}

/// Tells at once, since it may have changed before anybody listened, and with each change.
async fn each_change<T>(mut watched: watch::Receiver<T>, tell: impl Fn()) {
    loop {
        watched.mark_unchanged();
        tell();
        if watched.changed().await.is_err() {
            return;
        }
    }
}

fn of_panel(presence: &drive::Presence) -> Device {
    match presence {
        drive::Presence::Opening => Device::Opening,
        drive::Presence::There => Device::There,
        drive::Presence::Gone(_) => Device::Gone,
    }
}

fn of_keypad(presence: &keys::Presence) -> Device {
    match presence {
        keys::Presence::Opening => Device::Opening,
        keys::Presence::There => Device::There,
        keys::Presence::Gone(_) => Device::Gone,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::port::keys::KeypadFault;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn each_change_of_any_device_is_told_and_one_keypad_of_two_that_is_gone_is_gone() {
        let panel = watch::Sender::new(drive::Presence::Opening);
        let keypads = [(); 2].map(|()| watch::Sender::new(keys::Presence::Opening));
        let watched = Watched {
            panels: vec![(Side::Customer, panel.subscribe())],
            keypads: keypads.iter().map(watch::Sender::subscribe).collect(),
        };
        let mut devices = watched.follow();
        let mut until = async |wanted: Devices| {
            let told = tokio::time::timeout(PATIENCE, devices.wait_for(|told| *told == wanted)).await;
            told.expect("told in time").expect("followed");
        };
        let all = |panel, keypad| Devices { panel, cashier_panel: Device::None, keypad };
        until(all(Device::Opening, Device::Opening)).await;
        panel.send_replace(drive::Presence::There);
        keypads[0].send_replace(keys::Presence::There);
        until(all(Device::There, Device::Opening)).await;
        keypads[1].send_replace(keys::Presence::There);
        until(all(Device::There, Device::There)).await;
        let fault = KeypadFault { what: "unplugged".into(), mend: "plug it in".into() };
        keypads[1].send_replace(keys::Presence::Gone(fault));
        until(all(Device::There, Device::Gone)).await;
    }

    #[tokio::test]
    async fn a_counter_without_devices_of_its_own_has_none() {
        assert_eq!(*Watched::default().follow().borrow(), Devices::default());
    }
}
