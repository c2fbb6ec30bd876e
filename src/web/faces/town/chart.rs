//! Where the lines, dots and bars of a chart lie.

use crate::core::{Day, Points};
use crate::web::page::Page;

const LEFT: i64 = 20;
const RIGHT: i64 = 300;
const TOP: i64 = 40;
const BOTTOM: i64 = 108;

/// A value with its labels.
pub struct Dot {
    /// From the left.
    pub x: i64,
    /// From above.
    pub y: i64,
    /// Where its value is written.
    pub label_y: i64,
    /// The value.
    pub value: i64,
}

/// A month below the line.
pub struct Tick {
    /// From the left.
    pub x: i64,
    /// Its name.
    pub name: String,
}

/// A line over twelve months; where a month has no value it is broken.
pub struct Line {
    /// The months' values.
    pub dots: Vec<Dot>,
    /// The points of its parts.
    pub parts: Vec<String>,
    /// The points of last year's parts.
    pub old: Vec<String>,
    /// Every second month, the last one among them.
    pub ticks: Vec<Tick>,
    /// All of it in words.
    pub said: String,
}

/// A month's name without its year.
pub fn short(p: &Page, month: &Day) -> String {
    let name = p.month(month);
    if p.is_zh() {
        return name
            .split_once('年')
            .map_or(name.clone(), |(_, month)| month.to_string());
    }
    name.split(' ').next().unwrap_or("").to_string()
}

fn x(index: usize) -> i64 {
    let index = i64::try_from(index).unwrap_or(0);
    LEFT + (RIGHT - LEFT) * index / 11
}

/// The line through what there is of these values, with the same months a year before.
pub fn line(p: &Page, months: &[Day], now: &[Option<i64>], before: &[Option<i64>]) -> Line {
    let known = || now.iter().chain(before).flatten().copied();
    let (low, high) = (known().min().unwrap_or(0), known().max().unwrap_or(0));
    let y = |value: i64| BOTTOM - (value - low) * (BOTTOM - TOP) / (high - low).max(1);
    let parts = |values: &[Option<i64>]| {
        let mut parts: Vec<Vec<String>> = vec![Vec::new()];
        for (index, value) in values.iter().enumerate() {
            match (value, parts.last_mut()) {
                (Some(value), Some(part)) => part.push(format!("{},{}", x(index), y(*value))),
                _ => parts.push(Vec::new()),
            }
        }
        let lines = parts.into_iter().filter(|part| part.len() > 1);
        lines.map(|part| part.join(" ")).collect::<Vec<_>>()
    };
    let dots = now.iter().enumerate().filter_map(|(index, value)| {
        let value = (*value)?;
        let (x, y) = (x(index), y(value));
        // Where the line comes down and goes up again, the space is below.
        let beside = |other: usize| now.get(other).copied().flatten();
        let neighbours = [index.checked_sub(1).and_then(beside), beside(index + 1)];
        let is_low = neighbours
            .iter()
            .all(|other| other.is_some_and(|other| other > value));
        let label_y = if is_low { y + 21 } else { y - 12 };
        Some(Dot {
            x,
            y,
            label_y,
            value,
        })
    });
    let said = months
        .iter()
        .zip(now)
        .filter_map(|(month, value)| value.map(|value| format!("{} {value}%", short(p, month))));
    let ticks = months
        .iter()
        .enumerate()
        .filter(|(index, _)| index % 2 == 1);
    Line {
        dots: dots.collect(),
        parts: parts(now),
        old: parts(before),
        ticks: ticks
            .map(|(index, month)| Tick {
                x: x(index),
                name: short(p, month),
            })
            .collect(),
        said: said.collect::<Vec<_>>().join(p.lang().pick("，", ", ")),
    }
}

/// How long bars of points are, in hundredths of the longest of all.
pub fn lengths(values: &[Points]) -> Vec<i64> {
    let longest = values
        .iter()
        .map(|points| points.0)
        .max()
        .unwrap_or(0)
        .max(1);
    let length = |points: &Points| (points.0.max(0) * 100 + longest / 2) / longest;
    values.iter().map(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_measured_by_the_longest() {
        let values = [Points(300), Points(0), Points(-5), Points(100)];
        assert_eq!(lengths(&values), [100, 0, 0, 33]);
        assert_eq!(lengths(&[]), [0; 0]);
    }
}
