//! The durable, append-only journal of one side, in SQLite. State at start is the fold of what is loaded
//! here; nothing in this folder knows what a fact means.

pub mod copy;
mod journal;
mod schema;

pub use self::journal::Hold;
pub use self::journal::Journal;
pub use self::journal::Loaded;
pub use self::journal::Reader;
pub use self::journal::Row;
pub use self::journal::StoreError;
pub use self::journal::hold;
