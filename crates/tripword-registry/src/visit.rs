//! Visiting all, where a visit runs code of the user.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Calls `f` with each item. A panic does not keep `f` from the items that follow; the first one
/// continues after the last item.
pub(crate) fn visit_all<T>(items: impl IntoIterator<Item = T>, mut f: impl FnMut(T)) {
    let mut first = None;
    for item in items {
        // What a panic can leave half done belongs to the user, as it does without this function.
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| f(item))) {
            first.get_or_insert(panic);
        }
    }
    if let Some(panic) = first {
        resume_unwind(panic);
    }
}
