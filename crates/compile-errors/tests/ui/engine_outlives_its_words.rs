use tripword::config;
use tripword::raw::{Engine, Word};

fn main() {
    let config = config!();
    let engine = {
        let words = [const { Word::new() }; 4];
        Engine::new(&config, &words).unwrap()
    };
    engine.entered();
}
