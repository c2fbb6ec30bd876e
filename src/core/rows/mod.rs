//! Every row a unit has: what the core changes, the store keeps and `verify` compares.

mod activity;
mod held;
mod notice;
mod settled;
mod spot;
mod words;

pub use activity::*;
pub use held::*;
pub use notice::*;
pub use settled::*;
pub use spot::*;
pub use words::*;
