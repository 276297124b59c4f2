//! The modules that the library drives, each with its own order of calls, behind one trait.

use embedded_hal::delay::DelayNs;
use epd_waveshare::epd2in9_v2;
use epd_waveshare::epd2in13_v2;
use epd_waveshare::epd4in2;
use epd_waveshare::epd7in5_v2;
use epd_waveshare::prelude::QuickRefresh;
use epd_waveshare::prelude::RefreshLut;
use epd_waveshare::prelude::WaveshareDisplay;

use super::wire::Dc;
use super::wire::Hat;
use super::wire::Reset;
use super::wire::Wire;

/// Between two looks at BUSY.
const LOOK_US: u32 = 10_000;
/// BUSY is slower than the bus.
const SETTLE_US: u32 = 20_000;

/// A module's controller. Pictures are its whole memory: a bit a pixel, the left one the highest, 1 is white, each
/// row in whole bytes. Calls block until BUSY is released; what goes wrong is asked of the wire.
pub trait Glass: Send {
    /// Whether [`Glass::quick`] does anything.
    fn has_quick(&self) -> bool;

    /// Resets and initialises it.
    fn wake(&mut self);

    /// Drives every pixel, several times over.
    fn full(&mut self, new: &[u8]);

    /// Drives only the pixels that differ from `old`, which the glass shows.
    fn quick(&mut self, old: &[u8], new: &[u8]);

    /// Deep sleep, out of which only [`Glass::wake`] leads.
    fn sleep(&mut self);
}

/// A driver of the library with its wires, which keep what goes wrong to themselves: no call of it fails.
pub struct Driven<H: Hat, E> {
    epd: E,
    bus: Wire<H>,
    wait: Wire<H>,
    /// It has the quick waveform now.
    is_quick: bool,
}

/// 2.13 inches, V2 and V3 by the library's feature.
pub type In213<H> = epd2in13_v2::Epd2in13<Wire<H>, Wire<H>, Dc<H>, Reset<H>, Wire<H>>;
/// 2.9 inches, V2.
pub type In29<H> = epd2in9_v2::Epd2in9<Wire<H>, Wire<H>, Dc<H>, Reset<H>, Wire<H>>;
/// 4.2 inches, the first one.
pub type In42<H> = epd4in2::Epd4in2<Wire<H>, Wire<H>, Dc<H>, Reset<H>, Wire<H>>;
/// 7.5 inches, V2.
pub type In75<H> = epd7in5_v2::Epd7in5<Wire<H>, Wire<H>, Dc<H>, Reset<H>, Wire<H>>;

impl<H: Hat, E> Driven<H, E>
where
    E: WaveshareDisplay<Wire<H>, Wire<H>, Dc<H>, Reset<H>, Wire<H>>,
{
    /// Resets and initialises the module.
    pub fn start(wire: &Wire<H>) -> Self {
        let (mut bus, mut wait) = (wire.clone(), wire.clone());
        let (dc, reset) = (wire.dc(), wire.reset());
        let Ok(epd) = E::new(&mut bus, wire.clone(), dc, reset, &mut wait, Some(LOOK_US));
        Self { epd, bus, wait, is_quick: false }
    }

    fn initialise(&mut self) {
        let Ok(()) = self.epd.wake_up(&mut self.bus, &mut self.wait);
    }

    /// Waits for the end of a refresh; some of the library's calls come back at its beginning.
    fn settle(&mut self) {
        self.wait.delay_us(SETTLE_US);
        let Ok(()) = self.epd.wait_until_idle(&mut self.bus, &mut self.wait);
    }

    fn doze(&mut self) {
        let Ok(()) = self.epd.sleep(&mut self.bus, &mut self.wait);
    }
}

impl<H: Hat> Driven<H, In213<H>> {
    /// Changing the waveform resets and initialises the controller.
    fn waveform(&mut self, refresh: RefreshLut) {
        self.is_quick = refresh == RefreshLut::Quick;
        let Ok(()) = self.epd.set_refresh(&mut self.bus, &mut self.wait, refresh);
    }
}

impl<H: Hat> Glass for Driven<H, In213<H>> {
    fn has_quick(&self) -> bool {
        true
    }

    fn wake(&mut self) {
        if self.is_quick { self.waveform(RefreshLut::Full) } else { self.initialise() }
    }

    fn full(&mut self, new: &[u8]) {
        self.waveform(RefreshLut::Full);
        let Ok(()) = self.epd.update_and_display_frame(&mut self.bus, new, &mut self.wait);
        self.settle();
    }

    fn quick(&mut self, old: &[u8], new: &[u8]) {
        self.waveform(RefreshLut::Quick);
        let (bus, wait) = (&mut self.bus, &mut self.wait);
        let Ok(()) = self.epd.set_partial_base_buffer(bus, wait, old);
        let Ok(()) = self.epd.update_frame(bus, new, wait);
        let Ok(()) = self.epd.display_frame(bus, wait);
        self.settle();
    }

    fn sleep(&mut self) {
        self.doze();
    }
}

impl<H: Hat> Glass for Driven<H, In29<H>> {
    fn has_quick(&self) -> bool {
        true
    }

    fn wake(&mut self) {
        self.initialise();
        self.is_quick = false;
    }

    fn full(&mut self, new: &[u8]) {
        // A quick refresh leaves its waveform behind, which only a new start takes away.
        if self.is_quick {
            self.wake();
        }
        let (bus, wait) = (&mut self.bus, &mut self.wait);
        let Ok(()) = self.epd.update_frame(bus, new, wait);
        let Ok(()) = self.epd.update_old_frame(bus, new, wait);
        let Ok(()) = self.epd.display_frame(bus, wait);
        self.settle();
    }

    fn quick(&mut self, old: &[u8], new: &[u8]) {
        self.is_quick = true;
        let (bus, wait) = (&mut self.bus, &mut self.wait);
        let Ok(()) = self.epd.update_old_frame(bus, old, wait);
        let Ok(()) = self.epd.update_new_frame(bus, new, wait);
        let Ok(()) = self.epd.display_new_frame(bus, wait);
        self.settle();
    }

    fn sleep(&mut self) {
        self.doze();
    }
}

impl<H: Hat> Driven<H, In42<H>> {
    fn waveform(&mut self, refresh: RefreshLut) {
        let is_quick = refresh == RefreshLut::Quick;
        if std::mem::replace(&mut self.is_quick, is_quick) != is_quick {
            let Ok(()) = self.epd.set_lut(&mut self.bus, &mut self.wait, Some(refresh));
        }
    }
}

impl<H: Hat> Glass for Driven<H, In42<H>> {
    fn has_quick(&self) -> bool {
        true
    }

    fn wake(&mut self) {
        self.initialise();
    }

    fn full(&mut self, new: &[u8]) {
        self.waveform(RefreshLut::Full);
        let (bus, wait) = (&mut self.bus, &mut self.wait);
        let Ok(()) = self.epd.update_frame(bus, new, wait);
        let Ok(()) = self.epd.display_frame(bus, wait);
        self.settle();
    }

    fn quick(&mut self, old: &[u8], new: &[u8]) {
        self.waveform(RefreshLut::Quick);
        let (bus, wait) = (&mut self.bus, &mut self.wait);
        let Ok(()) = self.epd.update_old_frame(bus, old, wait);
        let Ok(()) = self.epd.update_and_display_new_frame(bus, new, wait);
        self.settle();
    }

    fn sleep(&mut self) {
        self.doze();
    }
}

impl<H: Hat> Glass for Driven<H, In75<H>> {
    fn has_quick(&self) -> bool {
        false
    }

    fn wake(&mut self) {
        self.initialise();
    }

    /// The controller has 0 for white in this mode, and the library sends bytes as they are
    /// (rust-embedded-community/epd-waveshare#256).
    fn full(&mut self, new: &[u8]) {
        let inverted: Vec<u8> = new.iter().map(|byte| !byte).collect();
        let (bus, wait) = (&mut self.bus, &mut self.wait);
        let Ok(()) = self.epd.update_frame(bus, &inverted, wait);
        let Ok(()) = self.epd.display_frame(bus, wait);
        self.settle();
    }

    fn quick(&mut self, _old: &[u8], _new: &[u8]) {}

    fn sleep(&mut self) {
        self.doze();
    }
}
