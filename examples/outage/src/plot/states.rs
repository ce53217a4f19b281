//! The breaker's states as a band below the runs, on the same time axis.

use std::time::Duration;

use plotters::{coord::types::RangedCoordf64, prelude::*};
use tripword::State;

use super::{Area, Drawn, look};
use crate::{schedule::END, timeline::Change};

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// A state, and when it began and ended, in seconds.
struct Span {
    state: State,
    from: f64,
    to: f64,
}

pub(crate) fn draw(area: &Area<'_>, changes: &[Change]) -> Drawn {
    area.draw(&Text::new(
        "circuit",
        (look::LEFT as i32 - 10, 15),
        look::flush_right(13, look::INK),
    ))?;
    let mut chart = ChartBuilder::on(area)
        .set_label_area_size(LabelAreaPosition::Left, look::LEFT)
        .set_label_area_size(LabelAreaPosition::Bottom, 46)
        .build_cartesian_2d(0.0..END.as_secs_f64(), 0.0..1.0)?;
    draw_axis(&mut chart)?;
    for span in spans(changes) {
        draw_span(&mut chart, &span)?;
    }
    Ok(())
}

fn draw_axis(chart: &mut Chart<'_, '_>) -> Drawn {
    chart
        .configure_mesh()
        .disable_mesh()
        .disable_y_axis()
        .x_labels(12)
        .x_label_formatter(&|seconds| format!("{seconds:.0} s"))
        .x_desc("time since the start of the run (each call at the time it was due)")
        .axis_style(look::GRID)
        .label_style(look::text(13, look::FAINT_INK))
        .axis_desc_style(look::text(13, look::INK))
        .draw()?;
    Ok(())
}

/// Returns closed at first, then the state after each change, to the end of the run.
fn spans(changes: &[Change]) -> Vec<Span> {
    let states = [State::Closed].into_iter().chain(changes.iter().map(|change| change.to));
    let starts = [Duration::ZERO].into_iter().chain(changes.iter().map(|change| change.at));
    let ends = changes.iter().map(|change| change.at).chain([END]);
    states
        .zip(starts.zip(ends))
        .map(|(state, (from, to))| Span {
            state,
            from: from.min(END).as_secs_f64(),
            to: to.min(END).as_secs_f64(),
        })
        .collect()
}

/// Draws a block, with the state's name in it where there is room.
fn draw_span(chart: &mut Chart<'_, '_>, span: &Span) -> Drawn {
    let corners = [(span.from, 0.0), (span.to, 1.0)];
    let colour = look::of_state(span.state);
    chart.draw_series([Rectangle::new(corners, colour.filled())])?;
    chart.draw_series([Rectangle::new(corners, look::PAPER)])?;
    if has_room(span) {
        let middle = (f64::midpoint(span.from, span.to), 0.5);
        let style = look::centred(11, look::on_state(span.state));
        chart.draw_series([Text::new(span.state.to_string(), middle, style)])?;
    }
    Ok(())
}

/// A letter is about five pixels wide, and a second about a hundred.
fn has_room(span: &Span) -> bool {
    let letters = span.state.to_string().len() as f64;
    (span.to - span.from) * 100.0 > letters * 5.2
}
