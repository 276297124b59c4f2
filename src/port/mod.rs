//! The traits and values that adapters meet the core with. No implementation.

pub mod damage;
pub mod fuse;
pub mod image;
pub mod keys;
pub mod panel;
pub mod provider;
pub mod pulse;
pub mod tokens;
