//! What the steps of calls do to a line that is there.

use super::{Kind, Simulation};
use crate::line::Picos;
use crate::script::{Step, Wait};

impl Simulation<'_> {
    /// Whether the step needs the line for this core alone.
    pub(super) fn writes(&self, core: usize, step: Step) -> bool {
        step.writes() && !self.cores[core].looks
    }

    /// Does the step on a line that is there `now`.
    pub(super) fn access(&mut self, now: Picos, core: usize, step: Step) {
        let line = self.script.line(core, step);
        let mut done = now;
        if step.swaps() && !self.cores[core].looks {
            done += self.costs.swap;
            self.lines[line].stay_until(done);
        }
        if self.apply(done, core, line, step) {
            self.foresee(done, Kind::Core, core);
        }
    }

    /// Whether the core goes on.
    fn apply(&mut self, done: Picos, core: usize, line: usize, step: Step) -> bool {
        match step {
            Step::Load(_) => self.cores[core].place += 1,
            Step::Swap(_) if self.was_changed(core, line) => {
                self.cores[core].place = self.script.retry(self.cores[core].place);
            }
            Step::Swap(_) | Step::Store(_) => self.change(core, line),
            Step::Lock(_, wait) => return self.lock(core, line, wait),
            Step::Unlock(_) => self.unlock(done, core, line),
        }
        self.cores[core].seen[line] = Some(self.lines[line].version);
        true
    }

    /// Whether others changed the line since `core` saw it.
    fn was_changed(&self, core: usize, line: usize) -> bool {
        let seen = self.cores[core].seen[line];
        seen.is_some_and(|seen| seen != self.lines[line].version)
    }

    fn change(&mut self, core: usize, line: usize) {
        self.lines[line].version += 1;
        self.cores[core].place += 1;
    }

    /// Takes the lock if it is free; else waits. Whether the core goes on.
    fn lock(&mut self, core: usize, which: usize, wait: Wait) -> bool {
        let line = &mut self.lines[which];
        let looked = std::mem::take(&mut self.cores[core].looks);
        match (line.holder, wait, looked) {
            (None, _, true) => return true,
            (None, _, false) => {
                line.holder = Some(core);
                self.change(core, which);
                return true;
            }
            (Some(_), Wait::Sleeping, _) => line.sleepers.push_back(core),
            (Some(_), Wait::Spinning, true) => line.watchers.push(core),
            (Some(_), Wait::Spinning, false) => {}
        }
        self.cores[core].looks = wait == Wait::Spinning;
        self.cores[core].looks && !looked
    }

    fn unlock(&mut self, done: Picos, core: usize, which: usize) {
        let line = &mut self.lines[which];
        assert_eq!(line.holder.take(), Some(core), "one at a time");
        if let Some(sleeper) = line.sleepers.pop_front() {
            self.foresee(done, Kind::Core, sleeper);
        }
        self.change(core, which);
    }
}
