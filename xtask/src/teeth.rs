pub fn list() -> anyhow::Result<()> { Ok(()) }
pub fn run(_: &[&str]) -> anyhow::Result<()> { Ok(()) }
