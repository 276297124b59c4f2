//! Physical sources of keys. `decode` is pure; the others bring its bytes from somewhere and hand its keys on.

pub mod decode;
pub mod line;
pub mod scripted;
pub mod serial;
