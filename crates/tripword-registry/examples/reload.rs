//! A settings file that is reloaded while its breakers are in use: open circuits stay open, and
//! invalid settings are refused with their path.
//!
//!     cargo run -p tripword-registry --example reload --features serde

use std::error::Error;
use std::path::Path;
use std::{env, fs, process};
use tripword::State;
use tripword_registry::{Registry, Settings};

const FILE: &str = r#"
[defaults]
consecutive_failures = 5
open_duration = "30s"

[breakers.payments]
failure_rate = 0.5
last_calls = 20
minimum_calls = 10
"#;

fn read(path: &Path) -> Result<Settings, Box<dyn Error>> {
    Ok(toml::from_str(&fs::read_to_string(path)?)?)
}

/// What a watcher of the file would do, or a SIGHUP, or a POST to the admin port.
fn reload(registry: &Registry, path: &Path) -> Result<(), Box<dyn Error>> {
    registry.reload(read(path)?)?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::temp_dir().join(format!("tripword-reload-{}.toml", process::id()));
    fs::write(&path, FILE)?;
    let registry = Registry::builder().settings(read(&path)?).build();
    let (payments, search) = (registry.get_or_create("payments"), registry.get_or_create("search"));
    search.breaker().trip();
    for _ in 0..4 {
        let _ = payments.call(|| Err::<(), _>("no answer"));
    }
    println!("before:  payments {}", payments.breaker().snapshot());

    fs::write(&path, FILE.replace("consecutive_failures = 5", "consecutive_failures = 8"))?;
    reload(&registry, &path)?;
    println!("after:   payments {}", payments.breaker().snapshot());
    assert_eq!(payments.breaker().snapshot().consecutive_failure_limit, 8);
    assert_eq!(payments.breaker().snapshot().consecutive_failures, 4);
    assert_eq!(search.breaker().state(), State::Open);

    for (edit, refusal) in [
        (
            FILE.replace("0.5", "50"),
            "breakers.payments.failure_rate: must be from 0.000001 to 1, not 50",
        ),
        (FILE.replace("\"30s\"", "30"), "defaults.open_duration: invalid value: integer `30`"),
        (
            FILE.replace("last_calls = 20", "within = \"10s\""),
            "nothing was changed: \"payments\": ",
        ),
    ] {
        fs::write(&path, edit)?;
        let refused = reload(&registry, &path).unwrap_err().to_string();
        println!("refused: {}", refused.trim_end());
        assert!(refused.contains(refusal), "{refused}");
        assert_eq!(payments.breaker().snapshot().consecutive_failure_limit, 8);
    }
    fs::remove_file(&path)?;
    Ok(())
}
