//! What a run leaves behind: tables in `docs/performance.md`, bars in `docs/performance.svg`.

mod crowd;
mod machine;
mod markdown;
mod marks;
mod memory;
mod page;
mod peers;
mod plot;
mod targets;
mod times;

use crate::results::Results;
use std::error::Error;
use std::path::{Path, PathBuf};

/// All tables, as they stand in the page.
pub(crate) fn tables(results: &Results) -> String {
    [
        machine::describe(results),
        targets::table(results),
        peers::ahead(results),
        times::tables(results),
        crowd::tables(results),
        memory::table(results),
        peers::versions(),
    ]
    .join("\n")
}

pub(crate) fn write(results: &Results) -> Result<(), Box<dyn Error>> {
    let docs = docs();
    page::replace(&docs.join("performance.md"), &tables(results))?;
    std::fs::write(docs.join("performance.svg"), plot::draw(results)?)?;
    eprintln!("wrote docs/performance.md and docs/performance.svg");
    Ok(())
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}
