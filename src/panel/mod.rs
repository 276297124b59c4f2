//! Adapters: a frame to something a person can look at. One file for each kind; `drive` is the thread that any
//! of them lives on.

pub mod backlight;
pub mod care;
mod console;
mod device;
pub mod drive;
pub mod drm;
pub mod epaper;
pub mod framebuffer;
pub mod headless;
pub mod oled;
pub mod png;
pub mod raster;
pub mod tft;
pub mod turn;

pub use self::device::Light;
pub use self::turn::Turn;
use crate::port::panel::Panel;
use crate::port::panel::PanelFault;
use crate::port::panel::PanelSpec;

/// A panel's kind and how it is connected. Nothing is opened yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Device {
    Drm(drm::Options),
    EPaper(epaper::Options),
    Framebuffer(framebuffer::Options),
    Headless(headless::Options),
    Oled(oled::Options),
    SpiTft(tft::Options),
}

impl Device {
    /// The kind's name in the configuration.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Drm(_) => "drm",
            Self::EPaper(_) => "e_paper",
            Self::Framebuffer(_) => "framebuffer",
            Self::Headless(_) => "headless",
            Self::Oled(_) => "oled",
            Self::SpiTft(_) => "spi_tft",
        }
    }

    /// Whether a picture that stays leaves a ghost on the glass.
    #[must_use]
    pub fn keeps_ghosts(&self) -> bool {
        match self {
            Self::EPaper(_) | Self::Headless(_) => false,
            Self::Drm(_) | Self::Framebuffer(_) | Self::Oled(_) | Self::SpiTft(_) => true,
        }
    }

    /// Whether everything is moved a little from time to time: the dots themselves glow, and wear.
    #[must_use]
    pub fn burns_in(&self) -> bool {
        match self {
            Self::Drm(_) | Self::EPaper(_) | Self::Framebuffer(_) | Self::Headless(_) | Self::SpiTft(_) => {
                false
            }
            Self::Oled(_) => true,
        }
    }

    /// Whether its devices are there and this user may use them, without changing what is on it.
    ///
    /// # Errors
    /// What is in the way, in the words of [`Device::open`].
    pub fn probe(&self) -> Result<(), PanelFault> {
        use device::Kind;
        use device::look;
        match self {
            // Their screen is measured where the configuration is judged.
            Self::Drm(_) | Self::Framebuffer(_) | Self::Headless(_) => Ok(()),
            Self::EPaper(options) => {
                look(Kind::Spi, &options.device).and_then(|()| look(Kind::Gpio, &options.gpio))
            }
            Self::Oled(options) => match &options.bus {
                oled::Bus::I2c { device, .. } => look(Kind::I2c, device),
                oled::Bus::Spi { device, gpio, .. } => {
                    look(Kind::Spi, device).and_then(|()| look(Kind::Gpio, gpio))
                }
            },
            Self::SpiTft(options) => {
                look(Kind::Spi, &options.device).and_then(|()| look(Kind::Gpio, &options.gpio))
            }
        }
    }

    /// Opens the panel, which is to show frames of the size of `spec`.
    ///
    /// # Errors
    /// Where it is not there, does not answer, or this user may not have it.
    pub fn open(&self, spec: &PanelSpec) -> Result<Box<dyn Panel>, PanelFault> {
        match self {
            Self::Drm(options) => drm::open(options, spec),
            Self::EPaper(options) => epaper::open(options),
            Self::Framebuffer(options) => framebuffer::open(options, spec),
            Self::Headless(options) => Ok(Box::new(headless::open(options))),
            Self::Oled(options) => oled::open(options),
            Self::SpiTft(options) => tft::open(options, spec),
        }
    }
}
