//! One run: a point for each call, its latency over the time it was due.

use std::time::Duration;

use plotters::{
    coord::{combinators::LogCoord, types::RangedCoordf64},
    prelude::*,
};

use super::{Area, Drawn, look};
use crate::{
    record::Record,
    schedule::{END, FAILING_FROM, HEALTHY_FROM, STALL},
    summary::Summary,
    timeline::Sample,
    units::{exact, readable},
};

/// Seconds, and milliseconds of latency on a logarithmic scale.
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, LogCoord<f64>>>;

/// From below the fastest fallback to above the timeout, with room for labels on top.
const MILLIS: std::ops::Range<f64> = 0.03..5_000.0;
/// The height of the labels inside.
const WORDS: f64 = 2_200.0;

pub(crate) fn draw(area: &Area<'_>, name: &'static str, record: &Record) -> Drawn {
    let (head, panel) = area.split_vertically(30);
    let summary = Summary::of(record);
    draw_name(&head, name, &summary)?;
    let mut chart = ChartBuilder::on(&panel)
        .set_label_area_size(LabelAreaPosition::Left, look::LEFT)
        .margin_bottom(14)
        .build_cartesian_2d(0.0..END.as_secs_f64(), MILLIS.log_scale())?;
    shade_outage(&mut chart)?;
    draw_axes(&mut chart)?;
    name_outage(&mut chart)?;
    draw_calls(&mut chart, &record.samples)?;
    mark_recovery(&mut chart, summary.to_normal)
}

/// Draws the name of the run at the left, and its figures beside it.
fn draw_name(head: &Area<'_>, name: &'static str, summary: &Summary) -> Drawn {
    let left = look::LEFT as i32;
    head.draw(&Text::new(name, (left, 14), look::bold(17)))?;
    let figures = format!(
        "{} of {} requests reached B while it failed  ·  waiting {} in total  ·  p90 {}  ·  p99 {}",
        summary.hits_while_failing,
        summary.requests,
        readable(summary.waited),
        readable(summary.p90),
        readable(summary.p99),
    );
    let style = look::text(14, look::FAINT_INK);
    Ok(head.draw(&Text::new(figures, (left + 150, 15), style))?)
}

fn shade_outage(chart: &mut Chart<'_, '_>) -> Drawn {
    let (from, to) = (FAILING_FROM.as_secs_f64(), HEALTHY_FROM.as_secs_f64());
    let corners = [(from, MILLIS.start), (to, MILLIS.end)];
    chart.draw_series([Rectangle::new(corners, look::OUTAGE.filled())])?;
    Ok(())
}

/// Drawn after the grid, whose lines would cross the label.
fn name_outage(chart: &mut Chart<'_, '_>) -> Drawn {
    let words = format!("B fails: each answer takes {} and is a 500", exact(STALL));
    let middle = f64::midpoint(FAILING_FROM.as_secs_f64(), HEALTHY_FROM.as_secs_f64());
    let style = look::centred(13, look::FAINT_INK);
    chart.draw_series([Text::new(words, (middle, WORDS), style)])?;
    Ok(())
}

fn draw_axes(chart: &mut Chart<'_, '_>) -> Drawn {
    let letters = look::text(13, look::FAINT_INK);
    chart
        .configure_mesh()
        .x_labels(12)
        .y_labels(5)
        .bold_line_style(look::GRID)
        .light_line_style(TRANSPARENT)
        .axis_style(look::GRID)
        .label_style(letters)
        .y_label_formatter(&|millis| unit(*millis))
        .y_desc("latency, log scale")
        .axis_desc_style(look::text(13, look::INK))
        .draw()?;
    Ok(())
}

fn unit(millis: f64) -> String {
    if millis < 1_000.0 { format!("{millis} ms") } else { format!("{} s", millis / 1_000.0) }
}

fn draw_calls(chart: &mut Chart<'_, '_>, samples: &[Sample]) -> Drawn {
    chart.draw_series(samples.iter().map(|sample| {
        let (radius, strength) = look::weight(sample.answer);
        let colour = look::of_answer(sample.answer).mix(strength);
        Circle::new(point(sample), radius, colour.filled())
    }))?;
    Ok(())
}

fn point(sample: &Sample) -> (f64, f64) {
    let millis = sample.latency.as_secs_f64() * 1e3;
    (sample.due.as_secs_f64(), millis.max(MILLIS.start))
}

/// Draws a line where normal service begins, labelled with the time since B's recovery.
fn mark_recovery(chart: &mut Chart<'_, '_>, to_normal: Option<Duration>) -> Drawn {
    let Some(after) = to_normal else {
        return Ok(());
    };
    let at = (HEALTHY_FROM + after).as_secs_f64();
    let line = [(at, MILLIS.start), (at, MILLIS.end)];
    chart.draw_series(DashedLineSeries::new(line, 4, 4, look::FAINT_INK.into()))?;
    let words = format!("normal service {} after B's recovery", readable(after));
    let style = look::text(13, look::FAINT_INK);
    chart.draw_series([Text::new(words, (at + 0.08, WORDS), style)])?;
    Ok(())
}
