//! `outage.svg`: the latencies of both runs, and the states of the breaker below them.

mod latencies;
mod legend;
mod look;
mod states;

use std::error::Error;

use plotters::prelude::*;

use crate::{args::Args, record::Record};

/// Where all drawing happens.
type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
/// The result of drawing something.
type Drawn = Result<(), Box<dyn Error>>;

/// Draws both runs and returns the SVG.
pub(crate) fn draw(
    args: Args,
    direct: &Record,
    guarded: &Record,
) -> Result<String, Box<dyn Error>> {
    let mut svg = String::new();
    {
        let canvas = SVGBackend::with_string(&mut svg, look::SIZE).into_drawing_area();
        canvas.fill(&look::PAPER)?;
        let canvas = canvas.margin(24, 18, 24, 36);
        let (head, rest) = canvas.split_vertically(106);
        let (first, rest) = rest.split_vertically(286);
        let (second, band) = rest.split_vertically(286);
        legend::draw(&head, args)?;
        latencies::draw(&first, "no breaker", direct)?;
        latencies::draw(&second, "with breaker", guarded)?;
        states::draw(&band, &guarded.changes)?;
        canvas.present()?;
    }
    Ok(svg)
}
