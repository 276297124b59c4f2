pub mod cli;
pub mod core;
pub mod panel;
pub mod port;
pub mod ui;
