//! The paper itself: what a person sees, and the ghosts in it.

use std::time::Duration;

use embedded_graphics::pixelcolor::Rgb565;
use embedded_graphics::prelude::*;

use qrtill::panel::Turn;
use qrtill::panel::epaper::Module;
use qrtill::port::panel::Frame;

use super::wave::Drive;

/// A refresh of the glass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refresh {
    pub at: Duration,
    /// Every pixel was pushed both ways.
    pub whole: bool,
    /// Pixels that were black and are white now, or the other way.
    pub turned: usize,
}

pub struct Glass {
    width: usize,
    height: usize,
    /// True is white.
    pixels: Vec<bool>,
    /// Pixels that changed without being pushed both ways since.
    ghosts: Vec<bool>,
    pub refreshes: Vec<Refresh>,
}

impl Glass {
    /// With whatever was left on it.
    pub fn new(width: usize, height: usize) -> Self {
        let pixels: Vec<bool> = (0..width * height).map(|at| at * 7 % 11 < 5).collect();
        Self { width, height, ghosts: vec![true; pixels.len()], pixels, refreshes: Vec::new() }
    }

    /// Refreshes every pixel as `drive` says of its column and row.
    pub fn refresh(&mut self, at: Duration, drive: impl Fn(usize, usize) -> Drive) {
        let (mut whole, mut turned) = (true, 0);
        for row in 0..self.height {
            for column in 0..self.width {
                let pixel = row * self.width + column;
                match drive(column, row) {
                    Drive::None => whole = false,
                    Drive::To { white, both_ways } => {
                        turned += usize::from(self.pixels[pixel] != white);
                        whole &= both_ways;
                        self.ghosts[pixel] =
                            !both_ways && (self.ghosts[pixel] || self.pixels[pixel] != white);
                        self.pixels[pixel] = white;
                    }
                }
            }
        }
        self.refreshes.push(Refresh { at, whole, turned });
    }

    pub fn has_ghosts(&self) -> bool {
        self.ghosts.contains(&true)
    }

    /// What a person sees who has the module before them as it is built in.
    pub fn seen(&self, module: Module, turned: bool) -> Frame {
        let (width, height) = (self.width, self.height);
        let turn = module.turn(turned);
        let (across, down) = turn.upright(width as u32, height as u32);
        let mut frame = Frame::new(across, down, Rgb565::WHITE);
        let black = frame.bounding_box().points().filter(|at| {
            let (x, y) = (at.x as usize, at.y as usize);
            let (column, row) = match turn {
                Turn::None => (x, y),
                Turn::Right => (width - 1 - y, x),
                Turn::Half => (width - 1 - x, height - 1 - y),
                Turn::Left => (y, height - 1 - x),
            };
            !self.pixels[row * width + column]
        });
        let black: Vec<_> = black.map(|at| Pixel(at, Rgb565::BLACK)).collect();
        let Ok(()) = frame.draw_iter(black);
        frame
    }
}
