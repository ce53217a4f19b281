//! What a call does to shared lines, step by step.

/// Where threads are spread over stripes, how many of these there are.
pub(crate) const STRIPES: usize = 8;

/// One step of a call, and the line it goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Load(usize),
    Store(usize),
    /// Fails if the line was loaded before in this call, and has been changed since.
    Swap(usize),
    /// A swap that takes the lock in the line. While another core holds it, the core waits and then tries again.
    Lock(usize, Wait),
    /// A swap that frees it.
    Unlock(usize),
}

/// How a core waits for a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// It looks at the line until it sees that the lock is free.
    Spinning,
    /// It looks at nothing, and whoever frees the lock wakes one, for nothing and at once.
    Sleeping,
}

impl Step {
    pub(crate) fn line(self) -> usize {
        let (Self::Load(line)
        | Self::Store(line)
        | Self::Swap(line)
        | Self::Lock(line, _)
        | Self::Unlock(line)) = self;
        line
    }

    pub(crate) fn writes(self) -> bool {
        !matches!(self, Self::Load(_))
    }

    /// Whether it is a read-modify-write.
    pub(crate) fn swaps(self) -> bool {
        self.writes() && !matches!(self, Self::Store(_))
    }
}

/// What every call of a core does, over and over.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    steps: Vec<Step>,
    /// Whether the lines that it writes are those of a stripe.
    striped: bool,
}

impl Script {
    pub(crate) fn new(steps: Vec<Step>) -> Self {
        Self {
            steps,
            striped: false,
        }
    }

    /// The same on stripes: what is written is shared by the cores of one stripe only.
    pub(crate) fn striped(self) -> Self {
        Self {
            striped: true,
            ..self
        }
    }

    /// The step at a place; `None` after the last.
    pub(crate) fn step(&self, place: usize) -> Option<Step> {
        self.steps.get(place).copied()
    }

    pub(crate) fn swaps(&self) -> usize {
        self.steps.iter().filter(|step| step.swaps()).count()
    }

    /// How many lines there are, on all stripes.
    pub(crate) fn lines(&self) -> usize {
        let lines = self.steps.iter().map(|step| step.line() + 1);
        STRIPES * lines.max().unwrap_or(0)
    }

    /// Which of them a step of `core` goes to.
    pub(crate) fn line(&self, core: usize, step: Step) -> usize {
        let line = step.line();
        match self.striped && self.is_written(line) {
            true => STRIPES * line + core % STRIPES,
            false => STRIPES * line,
        }
    }

    /// Where a call goes on whose swap at `place` failed: behind its last load of that line, since the swap has told it the value anew.
    pub(crate) fn retry(&self, place: usize) -> usize {
        let load = Step::Load(self.steps[place].line());
        let before = self.steps[..place].iter().rposition(|&step| step == load);
        before.map_or(place, |load| load + 1)
    }

    fn is_written(&self, line: usize) -> bool {
        let mut steps = self.steps.iter();
        steps.any(|step| step.writes() && step.line() == line)
    }
}

#[cfg(test)]
mod tests {
    use super::Step::{Load, Swap};
    use super::*;

    #[test]
    fn only_what_is_written_is_on_a_stripe() {
        let script = Script::new(vec![Load(0), Load(1), Swap(1)]);
        assert_eq!(script.line(9, Load(1)), script.line(8, Load(1)));
        let script = script.striped();
        assert_eq!(script.line(9, Load(0)), script.line(8, Load(0)));
        assert_ne!(script.line(9, Load(1)), script.line(8, Load(1)));
        assert_eq!(script.line(9, Swap(1)), script.line(1, Load(1)));
    }

    #[test]
    fn a_retry_goes_on_behind_the_load() {
        let script = Script::new(vec![Load(1), Load(1), Load(0), Swap(1), Swap(0)]);
        assert_eq!((script.retry(3), script.retry(4)), (2, 3));
    }
}
