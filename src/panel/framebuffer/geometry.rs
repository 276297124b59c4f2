//! What a framebuffer's memory looks like, as the kernel tells in `/sys/class/graphics/fbN`.

use std::fs;
use std::path::Path;

use crate::port::panel::PanelFault;

/// A framebuffer's memory. Sizes are pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// The driver, such as `vc4drmfb`.
    pub driver: String,
    /// What the screen shows.
    pub visible: (u32, u32),
    /// What there is memory for.
    pub rows: u32,
    /// Where in the memory the visible part begins.
    pub from: (u32, u32),
    pub bits: u32,
    /// Bytes from one row to the next.
    pub stride: u32,
}

impl Geometry {
    /// # Errors
    /// Where the folder is not there, or does not say what it should.
    pub fn read(folder: &Path) -> Result<Self, PanelFault> {
        let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
        if !folder.is_dir() {
            return Err(PanelFault {
                what: format!("the kernel has no screen at {}", folder.display()),
                mend: "plug the screen in and start the machine again, or name another: `ls /dev/fb*` lists \
                       what there is, and kind = \"drm\" needs none"
                    .to_owned(),
            });
        }
        let need = |name: &str| {
            let held = text(name);
            let odd = || PanelFault {
                what: format!("{}/{name} holds `{}`, which is no size", folder.display(), held.trim()),
                mend: "name a framebuffer, such as /dev/fb0".to_owned(),
            };
            pair(&held, ',').ok_or_else(odd)
        };
        let (columns, rows) = need("virtual_size")?;
        let (bits, _) = need("bits_per_pixel")?;
        let (stride, _) = need("stride")?;
        // The mode is empty with some drivers, and the list of modes too.
        let mode = [text("mode"), text("modes")].iter().find_map(|held| mode_size(held));
        let visible = mode.filter(|(width, height)| *width <= columns && *height <= rows);
        let from = pair(&text("pan"), ',').unwrap_or((0, 0));
        let geometry = Self {
            driver: text("name").trim().to_owned(),
            visible: visible.unwrap_or((columns, rows)),
            rows,
            from,
            bits,
            stride,
        };
        geometry.judged(folder)
    }

    /// Whether its numbers fit each other: what is written by them must stay inside.
    fn judged(self, folder: &Path) -> Result<Self, PanelFault> {
        let (width, height) = self.visible;
        let end = u64::from(self.from.0 + width) * u64::from(self.bits.div_ceil(8));
        let fits = end <= u64::from(self.stride) && self.from.1 + height <= self.rows;
        if width > 0 && height > 0 && fits {
            return Ok(self);
        }
        Err(PanelFault {
            what: format!("the sizes in {} contradict each other: {self:?}", folder.display()),
            mend: "choose another mode of the screen, or kind = \"drm\"".to_owned(),
        })
    }
}

/// `800,480`, or one number and a zero.
fn pair(text: &str, between: char) -> Option<(u32, u32)> {
    let text = text.trim();
    match text.split_once(between) {
        Some((first, second)) => Some((first.parse().ok()?, second.parse().ok()?)),
        None => Some((text.parse().ok()?, 0)),
    }
}

/// The size in `U:800x480p-60`, of the first line.
fn mode_size(text: &str) -> Option<(u32, u32)> {
    let (_, mode) = text.lines().next()?.split_once(':')?;
    let end = mode.find(|c: char| c != 'x' && !c.is_ascii_digit()).unwrap_or(mode.len());
    pair(&mode[..end], 'x').filter(|(_, height)| *height > 0)
}
