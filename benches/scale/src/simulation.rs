//! Cores that call over and over, and the lines that they take from each other. Events come in the order of their times; of those at one
//! time first the moves of lines, then the steps of cores, each in the order in which they were foreseen. So every run is the same.

mod steps;
#[cfg(test)]
mod tests;

use crate::line::{Line, Picos};
use crate::script::{Script, Step};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Calls of all cores together that are timed, and those before them.
const TIMED: u64 = 4096;
const BEFORE: u64 = 1024;

/// What things take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Costs {
    /// A line's way from one core to another.
    pub(crate) transfer: Picos,
    /// How long a line that came to be written stays, on average, before it follows another request.
    pub(crate) stay: Picos,
    /// A swap of a line that the core has alone.
    pub(crate) swap: Picos,
    /// What else a call does.
    pub(crate) local: Picos,
}

/// Nanoseconds a call of each core, on so many `cores`.
pub(crate) fn nanos_a_call(script: &Script, costs: Costs, cores: usize) -> f64 {
    let mut simulation = Simulation::new(script, costs, cores);
    let start = simulation.run_until(BEFORE);
    let end = simulation.run_until(BEFORE + TIMED);
    (end - start) as f64 * cores as f64 / (TIMED * 1_000) as f64
}

#[derive(Debug, Clone)]
struct Core {
    /// Which step of its call comes next.
    place: usize,
    /// The versions of lines as it last saw them in this call.
    seen: Vec<Option<u64>>,
    /// Whether it found a lock held, and now only looks.
    looks: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Line,
    Core,
}

/// When, what, after how many other events were foreseen, and which line or core.
type Event = Reverse<(Picos, Kind, u64, usize)>;

struct Simulation<'a> {
    script: &'a Script,
    costs: Costs,
    cores: Vec<Core>,
    lines: Vec<Line>,
    events: BinaryHeap<Event>,
    foreseen: u64,
    lot: u64,
    calls: u64,
}

impl<'a> Simulation<'a> {
    /// Cores do not begin at once, but spread over the time of a call.
    fn new(script: &'a Script, costs: Costs, cores: usize) -> Self {
        let core = Core {
            place: 0,
            seen: vec![None; script.lines()],
            looks: false,
        };
        let mut simulation = Self {
            script,
            costs,
            cores: vec![core; cores],
            lines: vec![Line::default(); script.lines()],
            events: BinaryHeap::new(),
            foreseen: 0,
            lot: 1,
            calls: 0,
        };
        for core in 0..cores {
            let begin = costs.local * core as Picos / cores as Picos;
            simulation.foresee(begin, Kind::Core, core);
        }
        simulation
    }

    fn foresee(&mut self, time: Picos, kind: Kind, which: usize) {
        let event = (time, kind, self.foreseen, which);
        self.events.push(Reverse(event));
        self.foreseen += 1;
    }

    /// Goes on until so many calls are done, and says when that is.
    fn run_until(&mut self, calls: u64) -> Picos {
        let mut time = 0;
        while self.calls < calls {
            let Some(Reverse((now, kind, _, which))) = self.events.pop() else {
                unreachable!("some core can always go on");
            };
            time = now;
            match kind {
                Kind::Line => self.hand_over(now, which),
                Kind::Core => self.go_on(now, which),
            }
        }
        time
    }

    fn go_on(&mut self, now: Picos, core: usize) {
        let Some(step) = self.next(core) else {
            return self.end_call(now, core);
        };
        let line = self.script.line(core, step);
        match self.lines[line].is_at_hand(core, self.writes(core, step)) {
            true => self.access(now, core, step),
            false => self.ask(now, core, line),
        }
    }

    fn next(&self, core: usize) -> Option<Step> {
        self.script.step(self.cores[core].place)
    }

    fn end_call(&mut self, now: Picos, core: usize) {
        self.calls += 1;
        self.cores[core].place = 0;
        self.cores[core].seen.fill(None);
        self.foresee(now + self.costs.local, Kind::Core, core);
    }

    fn ask(&mut self, now: Picos, core: usize, line: usize) {
        let queue = &mut self.lines[line].queue;
        queue.push_back(core);
        if queue.len() == 1 {
            self.foresee(now, Kind::Line, line);
        }
    }

    /// Sends the line to the core that asked first, as soon as it need not stay.
    fn hand_over(&mut self, now: Picos, which: usize) {
        let line = &mut self.lines[which];
        if now < line.stays_until {
            let then = line.stays_until;
            return self.foresee(then, Kind::Line, which);
        }
        if let Some(core) = line.queue.pop_front()
            && let Some(step) = self.next(core)
        {
            self.send(now, core, step);
        }
        if !self.lines[which].queue.is_empty() {
            self.foresee(now, Kind::Line, which);
        }
    }

    fn send(&mut self, now: Picos, core: usize, step: Step) {
        let arrival = now + self.costs.transfer;
        match self.writes(core, step) {
            true => self.send_the_line(now, arrival, core, step),
            false => self.send_a_copy(arrival, core, step),
        }
        self.access(arrival, core, step);
    }

    /// Takes the line from all others; whoever looks at it finds it gone.
    fn send_the_line(&mut self, now: Picos, arrival: Picos, core: usize, step: Step) {
        let stay = self.draw_stay();
        let line = &mut self.lines[self.script.line(core, step)];
        line.give_to(core);
        line.stay_until(arrival + stay);
        for watcher in std::mem::take(&mut line.watchers) {
            self.foresee(now, Kind::Core, watcher);
        }
    }

    /// A copy of what many have takes nobody's turn.
    fn send_a_copy(&mut self, arrival: Picos, core: usize, step: Step) {
        let line = &mut self.lines[self.script.line(core, step)];
        if !line.is_shared() {
            line.stay_until(arrival);
        }
        line.share_with(core);
    }

    /// From half to one and a half times as long as on average: all the same, cores would fall into step.
    fn draw_stay(&mut self) -> Picos {
        let product = self.lot.wrapping_mul(6_364_136_223_846_793_005);
        self.lot = product.wrapping_add(1_442_695_040_888_963_407);
        let share = self.lot >> 54;
        self.costs.stay / 2 + self.costs.stay * share / 1024
    }
}
