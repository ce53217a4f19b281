//! Sizes, colours and fonts. The colours are Okabe and Ito's, which colour-blind readers can tell
//! apart.

use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};
use tripword::State;

use crate::timeline::Answer;

pub(crate) const SIZE: (u32, u32) = (1280, 798);
/// Room at the left of every panel, so that their time axes align.
pub(crate) const LEFT: u32 = 86;

pub(crate) const PAPER: RGBColor = WHITE;
pub(crate) const INK: RGBColor = RGBColor(31, 41, 55);
pub(crate) const FAINT_INK: RGBColor = RGBColor(90, 100, 115);
pub(crate) const GRID: RGBColor = RGBColor(229, 231, 235);
pub(crate) const OUTAGE: RGBColor = RGBColor(253, 240, 232);

const BLUE: RGBColor = RGBColor(0, 114, 178);
const GREEN: RGBColor = RGBColor(0, 158, 115);
const VERMILION: RGBColor = RGBColor(213, 94, 0);
const AMBER: RGBColor = RGBColor(240, 180, 30);

pub(crate) fn of_answer(answer: Answer) -> RGBColor {
    match answer {
        Answer::Backend => BLUE,
        Answer::Fallback => GREEN,
        Answer::TimedOut | Answer::Failed => VERMILION,
    }
}

/// Returns the radius and opacity of a call's point: a single failed probe must stay visible.
pub(crate) fn weight(answer: Answer) -> (i32, f64) {
    match answer {
        Answer::Backend | Answer::Fallback => (2, 0.5),
        Answer::TimedOut | Answer::Failed => (3, 0.7),
    }
}

pub(crate) fn of_state(state: State) -> RGBColor {
    match state {
        State::Closed => BLUE,
        State::Open => VERMILION,
        _ => AMBER,
    }
}

/// Returns a text colour that is readable on the colour of a state.
pub(crate) fn on_state(state: State) -> RGBColor {
    match state {
        State::Closed | State::Open => PAPER,
        _ => INK,
    }
}

/// Text that starts at its point, vertically centred on it.
pub(crate) fn text(size: u32, colour: RGBColor) -> TextStyle<'static> {
    anchored(size, colour, HPos::Left)
}

pub(crate) fn centred(size: u32, colour: RGBColor) -> TextStyle<'static> {
    anchored(size, colour, HPos::Center)
}

pub(crate) fn flush_right(size: u32, colour: RGBColor) -> TextStyle<'static> {
    anchored(size, colour, HPos::Right)
}

pub(crate) fn bold(size: u32) -> TextStyle<'static> {
    let font = ("sans-serif", size).into_font().style(FontStyle::Bold);
    font.color(&INK).pos(Pos::new(HPos::Left, VPos::Center))
}

fn anchored(size: u32, colour: RGBColor, across: HPos) -> TextStyle<'static> {
    let font = ("sans-serif", size).into_font();
    font.color(&colour).pos(Pos::new(across, VPos::Center))
}
