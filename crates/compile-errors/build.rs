//! Sets the cfg `cross` where the tests are built for another machine, which has no compiler to ask.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(cross)");
    if env::var_os("HOST") != env::var_os("TARGET") {
        println!("cargo::rustc-cfg=cross");
    }
}
