//! One test over time, drawn by the server: newest on the right, time in
//! proportion, straight lines thinner than the points, the range as a pale area.
//! The table beside it says everything that it shows.

use askama::Template;
use askama::filters::HtmlSafe;
use jiff::Timestamp;
use record::{Audience, show_instant};

use super::measured::PlainRange;
use super::scale::{Scale, Tick, time_ticks, value_ticks};

/// Above this many points each is still drawn but no longer a link: the table
/// holds the same, and nobody wants to press Tab so often.
const LINKED_POINTS_MAX: usize = 60;

/// What is to be drawn: one test in one unit.
#[derive(Clone, Debug)]
pub(crate) struct Plot {
    /// Unique on its page.
    pub(crate) id: String,
    /// `Potassium (blood)`.
    pub(crate) test: String,
    /// `mmol/L`.
    pub(crate) unit: String,
    /// One for each laboratory: no line joins two of them.
    pub(crate) series: Vec<Series>,
    /// Where all points were judged by the same range.
    pub(crate) range: Option<PlainRange>,
    /// That range in the laboratory's words.
    pub(crate) range_words: String,
}

/// One laboratory's points, oldest first.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    /// Its name.
    pub(crate) laboratory: String,
    /// Its points.
    pub(crate) points: Vec<Point>,
}

/// One value.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    /// When it was taken.
    pub(crate) at: Timestamp,
    /// Where it lies.
    pub(crate) value: f64,
    /// `6.1 mmol/L`.
    pub(crate) words: String,
    /// The laboratory's flag in words, where it says out of range.
    pub(crate) flag: Option<String>,
    /// The id of its row in the table.
    pub(crate) row: String,
}

/// For a wide screen or a phone: a drawing does not reflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    Wide,
    Narrow,
}

/// A drawing with every coordinate worked out.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/chart.html")]
pub(crate) struct Chart {
    id: String,
    look: &'static str,
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    bottom: f64,
    unit: String,
    title: String,
    description: String,
    value_ticks: Vec<Placed>,
    time_ticks: Vec<Placed>,
    area: Option<Area>,
    lines: Vec<String>,
    marks: Vec<Mark>,
    linked: bool,
}

impl HtmlSafe for Chart {}

#[derive(Clone, Debug)]
struct Placed {
    at: String,
    label: String,
}

#[derive(Clone, Debug)]
struct Area {
    top: String,
    height: String,
    label_at: String,
    words: String,
}

#[derive(Clone, Debug)]
struct Mark {
    x: String,
    y: String,
    shape: &'static str,
    row: String,
    spoken: String,
    flagged: bool,
    label: Option<Label>,
}

#[derive(Clone, Debug)]
struct Label {
    x: String,
    y: String,
    anchor: &'static str,
    words: String,
}

/// Draws a plot; `None` below two points, which a table tells better.
pub(crate) fn chart(plot: &Plot, size: Size) -> Option<Chart> {
    let points: Vec<_> = plot.series.iter().flat_map(|series| &series.points).collect();
    let first = points.iter().map(|point| point.at).min()?;
    let last = points.iter().map(|point| point.at).max()?;
    if points.len() < 2 {
        return None;
    }
    let (width, height, most) = match size {
        Size::Wide => (1000.0, 250.0, 7),
        Size::Narrow => (350.0, 240.0, 4),
    };
    let (left, right, top, bottom) = (44.0, width - 16.0, 28.0, height - 26.0);
    let value_ticks = value_ticks_of(plot, &points);
    let ends = (value_ticks.first()?.value, value_ticks.last()?.value);
    let up = Scale::new(ends, (bottom, top));
    let seconds = |at: Timestamp| at.as_second() as f64;
    let along = Scale::new((seconds(first), seconds(last)), (left + 12.0, right - 8.0));
    let place = |ticks: Vec<Tick>, scale: Scale| {
        ticks.into_iter().map(|tick| Placed { at: px(scale.at(tick.value)), label: tick.label }).collect()
    };
    Some(Chart {
        id: format!("{}-{}", plot.id, if size == Size::Wide { "wide" } else { "narrow" }),
        look: if size == Size::Wide { "cc-chart cc-chart--wide" } else { "cc-chart cc-chart--narrow" },
        width,
        height,
        left,
        right,
        bottom,
        unit: plot.unit.clone(),
        title: format!("{}, {}, over time", plot.test, plot.unit),
        description: description(plot, points.len(), first, last),
        value_ticks: place(value_ticks, up),
        time_ticks: place(time_ticks(first, last, most), along),
        area: area(plot, up, ends),
        lines: plot.series.iter().map(|series| line(series, along, up)).collect(),
        marks: marks(plot, last, along, up, right),
        linked: points.len() <= LINKED_POINTS_MAX,
    })
}

fn value_ticks_of(plot: &Plot, points: &[&Point]) -> Vec<Tick> {
    let range = plot.range.iter().flat_map(|range| [range.low, range.high]).flatten();
    let values: Vec<f64> = points.iter().map(|point| point.value).chain(range).collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    value_ticks(low, high)
}

fn area(plot: &Plot, up: Scale, (lowest, highest): (f64, f64)) -> Option<Area> {
    let range = plot.range.as_ref()?;
    let top = up.at(range.high.unwrap_or(highest));
    let bottom = up.at(range.low.unwrap_or(lowest));
    Some(Area {
        top: px(top),
        height: px(bottom - top),
        label_at: px(bottom - 7.0),
        words: format!("range {}", plot.range_words),
    })
}

fn line(series: &Series, along: Scale, up: Scale) -> String {
    let corner = |point: &Point| format!("{},{}", px(along.at(point.at.as_second() as f64)), px(up.at(point.value)));
    series.points.iter().map(corner).collect::<Vec<_>>().join(" ")
}

fn marks(plot: &Plot, last: Timestamp, along: Scale, up: Scale, right: f64) -> Vec<Mark> {
    let several = plot.series.len() > 1;
    let shapes = ["circle", "diamond", "square"].into_iter().cycle();
    let mut marks = Vec::new();
    for (series, shape) in plot.series.iter().zip(shapes) {
        for point in &series.points {
            let (x, y) = (along.at(point.at.as_second() as f64), up.at(point.value));
            let words = |sep: &str| match &point.flag {
                Some(flag) => format!("{}{sep}{flag}", point.words),
                None => point.words.clone(),
            };
            let from = if several { format!(", {}", series.laboratory) } else { String::new() };
            let high_up = y < 44.0;
            marks.push(Mark {
                x: px(x),
                y: px(y),
                shape,
                row: point.row.clone(),
                spoken: format!("{}: {}{from}", show_instant(point.at, Audience::Staff), words(", ")),
                flagged: point.flag.is_some(),
                label: (point.at == last).then(|| Label {
                    x: px(if high_up { x - 14.0 } else { x.min(right) }),
                    y: px(if high_up { y + 5.0 } else { y - 13.0 }),
                    anchor: "end",
                    words: words(" "),
                }),
            });
        }
    }
    marks
}

fn description(plot: &Plot, count: usize, first: Timestamp, last: Timestamp) -> String {
    let range = if plot.range.is_some() { format!(" Range {}.", plot.range_words) } else { String::new() };
    format!(
        "{count} values from {} to {}, newest on the right.{range} Every value is in the table below.",
        show_instant(first, Audience::Staff),
        show_instant(last, Audience::Staff)
    )
}

fn px(at: f64) -> String {
    let text = format!("{at:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(points: &[(&str, f64)]) -> Plot {
        let point = |(place, (at, value)): (usize, &(&str, f64))| Point {
            at: format!("{at}T09:00:00Z").parse().unwrap(),
            value: *value,
            words: format!("{value} mmol/L"),
            flag: (*value > 5.3).then(|| "High".to_owned()),
            row: format!("v{place}"),
        };
        Plot {
            id: "c".into(),
            test: "Potassium".into(),
            unit: "mmol/L".into(),
            series: vec![Series {
                laboratory: "Thameside".into(),
                points: points.iter().enumerate().map(point).collect(),
            }],
            range: Some(PlainRange { low: Some(3.5), high: Some(5.3) }),
            range_words: "3.5 to 5.3".into(),
        }
    }

    fn at(text: &str) -> f64 {
        text.parse().unwrap()
    }

    #[test]
    fn fewer_than_two_values_are_not_drawn() {
        assert!(chart(&plot(&[]), Size::Wide).is_none());
        assert!(chart(&plot(&[("2026-01-01", 4.0)]), Size::Wide).is_none());
    }

    #[test]
    fn the_newest_is_on_the_right_and_time_is_to_scale() {
        let drawn = chart(&plot(&[("2026-01-01", 4.0), ("2026-01-11", 5.0), ("2026-01-31", 6.1)]), Size::Wide).unwrap();
        let x: Vec<f64> = drawn.marks.iter().map(|mark| at(&mark.x)).collect();
        assert!(((x[2] - x[1]) / (x[1] - x[0]) - 2.0).abs() < 0.01);
        assert!(at(&drawn.marks[2].y) < at(&drawn.marks[0].y));
    }

    #[test]
    fn the_range_is_an_area_and_everything_lies_inside_the_drawing() {
        for size in [Size::Wide, Size::Narrow] {
            let drawn = chart(&plot(&[("2016-01-01", 0.1), ("2026-01-31", 61.0)]), size).unwrap();
            let area = drawn.area.as_ref().unwrap();
            assert!(at(&area.height) > 0.0);
            for mark in &drawn.marks {
                assert!((0.0..=drawn.width).contains(&at(&mark.x)) && (0.0..=drawn.height).contains(&at(&mark.y)));
            }
        }
    }

    #[test]
    fn a_point_is_a_link_to_its_row_until_there_are_too_many() {
        let few = chart(&plot(&[("2026-01-01", 4.0), ("2026-01-31", 6.1)]), Size::Wide).unwrap().to_string();
        assert!(few.contains(r##"href="#v1""##) && few.contains("31-Jan-2026 09:00: 6.1 mmol/L, High"));
        let many: Vec<_> = (0..61).map(|_| ("2026-01-01", 4.0)).collect();
        assert!(!chart(&plot(&many), Size::Wide).unwrap().to_string().contains("href"));
    }
}
