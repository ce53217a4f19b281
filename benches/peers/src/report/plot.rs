//! Bars for the questions that all breakers answer, on a logarithmic scale.

use crate::question::Topic;
use crate::results::Results;
use crate::rounds::{Lane, Outcome};
use crate::subject::Kind;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::error::Error;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn Error>>;

const WIDTH: u32 = 960;
const BAR: i32 = 17;
/// Above and below the bars of a situation.
const HEAD: i32 = 34;
const FOOT: i32 = 30;
/// Where bars begin and where the scale ends, from the left.
const LEFT: i32 = 300;
const RIGHT: i32 = 890;
/// The scale, as powers of ten of nanoseconds.
const DECADES: std::ops::RangeInclusive<i32> = -1..=6;

const INK: RGBColor = RGBColor(31, 41, 55);
const FAINT: RGBColor = RGBColor(107, 114, 128);
const GRID: RGBColor = RGBColor(229, 231, 235);

/// The questions that are drawn.
const DRAWN: [Topic; 5] =
    [Topic::Healthy, Topic::TwoThreads, Topic::Failing(100), Topic::Refused, Topic::Cycle];

pub(super) fn draw(results: &Results) -> Result<String, Box<dyn Error>> {
    let outcomes = DRAWN.map(|topic| results.of(topic));
    let heights = outcomes.into_iter().map(height);
    let mut svg = String::new();
    {
        let size = (WIDTH, heights.sum::<i32>() as u32 + HEAD as u32);
        let mut rest = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        rest.fill(&WHITE)?;
        let whole = rest.clone();
        for outcome in outcomes {
            let (panel, below) = rest.split_vertically(height(outcome));
            draw_panel(&panel, outcome)?;
            rest = below;
        }
        draw_legend(&rest)?;
        whole.present()?;
    }
    Ok(svg)
}

fn height(outcome: &Outcome) -> i32 {
    HEAD + FOOT + BAR * outcome.lanes.len() as i32
}

fn draw_panel(panel: &Area, outcome: &Outcome) -> Drawn {
    let unit = match outcome.question.topic {
        Topic::TwoThreads => "a call and thread",
        Topic::Cycle => "a cycle",
        _ => "a call",
    };
    let title = format!("{}: time for {unit}", outcome.question.title);
    write(panel, &title, (16, HEAD / 2), text(15, INK, HPos::Left))?;
    let bottom = HEAD + BAR * outcome.lanes.len() as i32;
    draw_scale(panel, bottom)?;
    for (row, lane) in by_time(outcome).into_iter().enumerate() {
        draw_bar(panel, outcome, lane, HEAD + BAR * row as i32)?;
    }
    Ok(())
}

fn draw_scale(panel: &Area, bottom: i32) -> Drawn {
    for power in DECADES {
        let x = at(10f64.powi(power));
        panel.draw(&PathElement::new([(x, HEAD), (x, bottom)], GRID))?;
        write(panel, &decade(power), (x, bottom + 10), text(11, FAINT, HPos::Center))?;
    }
    Ok(())
}

fn decade(power: i32) -> String {
    match power {
        ..=2 => format!("{} ns", 10f64.powi(power)),
        3..=5 => format!("{} µs", 10f64.powi(power - 3)),
        _ => format!("{} ms", 10f64.powi(power - 6)),
    }
}

fn draw_bar(panel: &Area, outcome: &Outcome, lane: &Lane, top: i32) -> Drawn {
    let subject = outcome.subject(lane);
    let (spread, middle) = (lane.spread(), top + BAR / 2);
    let bar = [(LEFT, top + 2), (at(spread.median), top + BAR - 2)];
    panel.draw(&Rectangle::new(bar, colour(subject.kind).filled()))?;
    let whisker = [(at(spread.low), middle), (at(spread.high), middle)];
    panel.draw(&PathElement::new(whisker, INK))?;
    write(panel, &subject.full_name(), (LEFT - 8, middle), text(12, INK, HPos::Right))?;
    let end = (at(spread.high.max(spread.median)) + 6, middle);
    write(panel, &super::markdown::number(spread.median), end, text(11, FAINT, HPos::Left))
}

fn draw_legend(area: &Area) -> Drawn {
    let kinds = [
        ("tripword", OWN),
        ("peers", PEER),
        ("breakers with a lock", BASELINE),
        ("limits of the machine", LIMIT),
    ];
    for (place, (name, colour)) in kinds.into_iter().enumerate() {
        let x = LEFT + 160 * place as i32;
        area.draw(&Rectangle::new([(x, 6), (x + 12, 18)], colour.filled()))?;
        write(area, name, (x + 18, 12), text(12, INK, HPos::Left))?;
    }
    Ok(())
}

/// Okabe and Ito's colours, which colour-blind readers can tell apart.
const OWN: RGBColor = RGBColor(0, 114, 178);
const PEER: RGBColor = RGBColor(230, 159, 0);
const BASELINE: RGBColor = RGBColor(204, 121, 167);
const LIMIT: RGBColor = RGBColor(156, 163, 175);

fn colour(kind: Kind) -> RGBColor {
    match kind {
        Kind::Own(_) => OWN,
        Kind::Peer(_) => PEER,
        Kind::Baseline(_) => BASELINE,
        Kind::Limit => LIMIT,
    }
}

/// Where on the scale a time is.
fn at(nanos: f64) -> i32 {
    let (first, last) = (f64::from(*DECADES.start()), f64::from(*DECADES.end()));
    let share = (nanos.log10() - first) / (last - first);
    LEFT + (share.clamp(0.0, 1.0) * f64::from(RIGHT - LEFT)) as i32
}

fn by_time(outcome: &Outcome) -> Vec<&Lane> {
    let mut lanes: Vec<_> = outcome.lanes.iter().collect();
    lanes.sort_by(|one, other| one.spread().median.total_cmp(&other.spread().median));
    lanes
}

fn text(size: u32, colour: RGBColor, side: HPos) -> TextStyle<'static> {
    let font = ("sans-serif", size).into_font().color(&colour);
    font.pos(Pos::new(side, VPos::Center))
}

fn write(area: &Area, what: &str, place: (i32, i32), style: TextStyle) -> Drawn {
    area.draw_text(what, &style, place)?;
    Ok(())
}
