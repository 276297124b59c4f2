//! No display at all: the picture goes into a PNG file, for looking at from elsewhere.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use embedded_graphics::primitives::Rectangle;

use super::png;
use crate::port::panel::Panel;
use crate::port::panel::PanelFault;
use crate::port::panel::Picture;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The file, written anew with each change; nowhere without one.
    pub file: Option<PathBuf>,
}

struct Headless {
    file: Option<PathBuf>,
}

/// Opens nothing: a folder that is missing is told with the first picture.
#[must_use]
pub fn open(options: &Options) -> impl Panel + use<> {
    Headless { file: options.file.clone() }
}

impl Panel for Headless {
    fn show(&mut self, picture: &Picture, _changed: &[Rectangle]) -> Result<(), PanelFault> {
        let Some(file) = &self.file else { return Ok(()) };
        replace(file, &png::encode(&picture.frame)).map_err(|error| PanelFault {
            what: format!("the panel's picture cannot be written to {}: {error}", file.display()),
            mend: "name a file in a folder that is there and that this user may write into".to_owned(),
        })
    }

    fn light(&mut self, _percent: u8) -> Result<(), PanelFault> {
        Ok(())
    }
}

/// Whoever reads the file sees the old picture or the new one, never a part.
fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".new");
    fs::write(&beside, bytes)?;
    fs::rename(&beside, file)
}
