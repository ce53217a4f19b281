//! The head of the plot: title, settings, and the meaning of the colours.

use plotters::prelude::*;
use tripword::State;

use super::{Area, Drawn, look};
use crate::{args::Args, schedule::TIMEOUT, timeline::Answer, units::exact};

const ANSWERS: [(Answer, &str); 3] = [
    (Answer::Backend, "answered by B"),
    (Answer::Fallback, "served by fallback"),
    (Answer::TimedOut, "failed"),
];
const STATES: [(State, &str); 3] =
    [(State::Closed, "closed"), (State::Open, "open"), (State::HalfOpen, "half-open")];
/// The height of the legend's row.
const ROW: i32 = 76;

pub(crate) fn draw(head: &Area<'_>, args: Args) -> Drawn {
    let left = look::LEFT as i32;
    let title = "An outage of service B, as its caller sees it";
    head.draw(&Text::new(title, (left, 12), look::bold(24)))?;
    let how = look::text(14, look::FAINT_INK);
    head.draw(&Text::new(settings(args), (left, 42), how))?;
    draw_answers(head, left)?;
    draw_states(head, left + 540)
}

fn settings(args: Args) -> String {
    format!(
        "{} requests/s, timeout {}; the breaker opens after {}, for {} minus jitter (seed {})",
        args.rate,
        exact(TIMEOUT),
        args.failures(),
        exact(args.open),
        args.seed,
    )
}

fn draw_answers(head: &Area<'_>, left: i32) -> Drawn {
    name(head, left, "one call:")?;
    for ((answer, text), x) in ANSWERS.iter().zip([80, 212, 370]) {
        let colour = look::of_answer(*answer);
        head.draw(&Circle::new((left + x, ROW), 5, colour.filled()))?;
        name(head, left + x + 12, text)?;
    }
    Ok(())
}

fn draw_states(head: &Area<'_>, left: i32) -> Drawn {
    name(head, left, "circuit:")?;
    for ((state, text), x) in STATES.iter().zip([64, 158, 242]) {
        let corners = [(left + x, ROW - 6), (left + x + 20, ROW + 6)];
        head.draw(&Rectangle::new(corners, look::of_state(*state).filled()))?;
        name(head, left + x + 27, text)?;
    }
    Ok(())
}

fn name(head: &Area<'_>, x: i32, text: &str) -> Drawn {
    let style = look::text(14, look::INK);
    Ok(head.draw(&Text::new(text.to_owned(), (x, ROW), style))?)
}
