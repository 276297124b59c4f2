//! Which screen of a card is used, and in which mode: decided from what the kernel tells, without a card.

use std::io;
use std::path::Path;

use drm::control::ClipRect;
use embedded_graphics::primitives::Rectangle;

use crate::panel::raster::Placement;
use crate::port::panel::PanelFault;

/// A plug of the card: `H`, `C` and `M` name connectors, what drives them, and modes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connector<H, C, M> {
    pub handle: H,
    /// Such as `HDMI-A-1`.
    pub name: String,
    pub plugged: bool,
    /// Each with whether the screen prefers it, and its size.
    pub modes: Vec<(M, bool, (u32, u32))>,
    /// What can drive it, the best first.
    pub crtcs: Vec<C>,
}

/// A screen that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output<H, C, M> {
    pub connector: H,
    pub name: String,
    pub crtc: C,
    pub mode: M,
    size: (u32, u32),
}

impl<H, C, M> Output<H, C, M> {
    /// In pixels.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        self.size
    }
}

/// The connector of that name, or the first with a screen; in the mode that the screen prefers, or its first.
///
/// # Errors
/// Where nothing is plugged in there, or the card cannot drive it.
pub fn choose<H, C, M>(
    connectors: Vec<Connector<H, C, M>>,
    wanted: Option<&str>,
    device: &Path,
) -> Result<Output<H, C, M>, PanelFault> {
    let names: Vec<_> = connectors.iter().map(|one| one.name.clone()).collect();
    let is_it = |one: &Connector<H, C, M>| match wanted {
        Some(name) => one.name == name,
        None => one.plugged && !one.modes.is_empty(),
    };
    let Some(one) = connectors.into_iter().find(is_it) else {
        let device = device.display();
        return Err(match wanted {
            Some(name) => PanelFault {
                what: format!("{device} has no connector {name}"),
                mend: format!("it has {}", listed(&names)),
            },
            None => PanelFault {
                what: format!("no screen is plugged into {device}, which has {}", listed(&names)),
                mend: "plug it in; one that does not tell that it is there needs video=HDMI-A-1:D in \
                       /boot/firmware/cmdline.txt"
                    .to_owned(),
            },
        });
    };
    if !one.plugged || one.modes.is_empty() {
        return Err(unplugged(device, &one.name));
    }
    let preferred = one.modes.iter().position(|(_, preferred, _)| *preferred).unwrap_or(0);
    let mode = one.modes.into_iter().nth(preferred);
    let (Some((mode, _, size)), Some(crtc)) = (mode, one.crtcs.into_iter().next()) else {
        return Err(PanelFault {
            what: format!("{} cannot drive {}", device.display(), one.name),
            mend: format!("plug the screen into another connector; there are {}", listed(&names)),
        });
    };
    Ok(Output { connector: one.handle, name: one.name, crtc, mode, size })
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none at all".to_owned() } else { names.join(", ") }
}

/// A screen that is no longer there, or not yet.
#[must_use]
pub fn unplugged(device: &Path, name: &str) -> PanelFault {
    PanelFault {
        what: format!("nothing is plugged into {name} of {}", device.display()),
        mend: "plug the screen in, and see that it has power".to_owned(),
    }
}

/// The boxes of the screen that show these boxes of the frame.
#[must_use]
pub fn clips(placement: &Placement, changed: &[Rectangle]) -> Vec<ClipRect> {
    let clip = |area: &Rectangle| {
        let on_screen = placement.on_screen(area);
        let (left, top) = (on_screen.top_left.x as u16, on_screen.top_left.y as u16);
        ClipRect::new(left, top, left + on_screen.size.width as u16, top + on_screen.size.height as u16)
    };
    changed.iter().map(clip).collect()
}

/// ENOSYS or EINVAL: the hardware reads the buffer by itself all the time.
#[must_use]
pub fn needs_no_telling(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(22 | 38))
}

/// EACCES, EPERM or EBUSY: the screen is in another program's hands.
#[must_use]
pub fn has_another_master(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(1 | 13 | 16))
}

#[cfg(test)]
mod tests {
    use embedded_graphics::prelude::*;

    use super::*;
    use crate::panel::Turn;

    type Plain = Connector<u32, u32, &'static str>;

    fn connector(handle: u32, name: &str, plugged: bool) -> Plain {
        let modes = vec![("large", false, (1920, 1080)), ("own", true, (800, 480))];
        Connector { handle, name: name.into(), plugged, modes, crtcs: vec![handle + 10, handle + 20] }
    }

    fn chosen(
        connectors: Vec<Plain>,
        wanted: Option<&str>,
    ) -> Result<Output<u32, u32, &'static str>, String> {
        choose(connectors, wanted, Path::new("/dev/dri/card1")).map_err(|fault| fault.to_string())
    }

    #[test]
    fn the_first_screen_is_used_as_it_prefers_by_what_drives_it_already() {
        let both = || vec![connector(1, "HDMI-A-1", false), connector(2, "DSI-1", true)];
        let output = chosen(both(), None).unwrap();
        assert_eq!((output.connector, output.crtc, output.mode), (2, 12, "own"));
        assert_eq!(output.size(), (800, 480));
        assert_eq!(chosen(both(), Some("DSI-1")).unwrap().connector, 2);
        let mut plain = connector(3, "HDMI-A-2", true);
        plain.modes[1].1 = false;
        assert_eq!(chosen(vec![plain], None).unwrap().mode, "large");
    }

    #[test]
    fn what_cannot_be_used_is_told_with_what_there_is() {
        let fault = chosen(vec![connector(1, "HDMI-A-1", false)], None).unwrap_err();
        assert!(fault.contains("no screen is plugged into /dev/dri/card1, which has HDMI-A-1"), "{fault}");
        let fault = chosen(vec![connector(1, "HDMI-A-1", false)], Some("HDMI-A-1")).unwrap_err();
        assert!(fault.contains("nothing is plugged into HDMI-A-1"), "{fault}");
        let fault = chosen(vec![connector(1, "HDMI-A-1", true)], Some("DSI-1")).unwrap_err();
        assert!(fault.contains("no connector DSI-1; it has HDMI-A-1"), "{fault}");
        let fault = chosen(Vec::new(), None).unwrap_err();
        assert!(fault.contains("none at all"), "{fault}");
        let undriven = Connector { crtcs: Vec::new(), ..connector(1, "HDMI-A-1", true) };
        let fault = chosen(vec![undriven], None).unwrap_err();
        assert!(fault.contains("cannot drive HDMI-A-1"), "{fault}");
    }

    #[test]
    fn the_kernel_is_told_the_boxes_of_the_screen() {
        let placement = Placement::new(Size::new(100, 50), (130, 220), Turn::Right).unwrap();
        let clips = clips(&placement, &[Rectangle::new(Point::new(10, 0), Size::new(20, 5))]);
        // Twice as large, turned right, 15 columns and 10 rows from the corner.
        let corners: Vec<_> = clips.iter().map(|clip| (clip.x1(), clip.y1(), clip.x2(), clip.y2())).collect();
        assert_eq!(corners, [(15 + 90, 10 + 20, 15 + 100, 10 + 60)]);
    }
}
