//! What a call makes of the control word: pure steps from one value, the settings and the time to an answer and perhaps the next value.

pub(crate) mod admission;
pub(crate) mod admit;
pub(crate) mod hand;
pub(crate) mod settle;
