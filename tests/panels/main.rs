//! Panels without panels: emulated controllers take what the real drivers send and keep the picture that a person
//! would see, which has to be the very frame that was drawn.

mod bus;
mod card;
mod mipi;
mod oled;
mod pages;
mod tft;
mod thread;
