//! A trace as a sequence diagram: the lanes of the chart, as stateright's Explorer shows them.

use super::drawing::{Drawing, Drawn, lane};
use std::fmt::Write;

/// Of a lane, and of a line of text, in pixels.
const LANE: usize = 190;
const LINE: usize = 15;

/// The most characters of a line that fit a lane.
const FITS: usize = 27;

/// The lanes as a sequence diagram.
pub fn diagram(drawing: &Drawing) -> String {
    let mut body = String::new();
    let mut y = 2 * LINE;
    for (index, step) in drawing.steps.iter().enumerate() {
        y = push_step(&mut body, index + 1, step, y);
    }
    let (width, height) = (LANE * lane::ALL.len(), y + LINE);
    let mut head = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"monospace\" font-size=\"11\">"
    );
    for (index, lane) in lane::ALL.into_iter().enumerate() {
        let x = index * LANE;
        let _ = write!(
            head,
            "<text x=\"{}\" y=\"{LINE}\" font-weight=\"bold\">{}</text>\
             <line x1=\"{x}\" y1=\"0\" x2=\"{x}\" y2=\"{height}\" stroke=\"#ccc\"/>",
            x + 6,
            lane::name(lane)
        );
    }
    format!("{head}{body}</svg>")
}

/// A step from a height on; returns where the next begins.
fn push_step(text: &mut String, number: usize, step: &Drawn, y: usize) -> usize {
    let width = LANE * lane::ALL.len();
    let (stroke, weight) = if step.crash { ("#b00", 3) } else { ("#888", 1) };
    let _ = write!(
        text,
        "<line x1=\"0\" y1=\"{y}\" x2=\"{width}\" y2=\"{y}\" stroke=\"{stroke}\" \
         stroke-width=\"{weight}\"/>"
    );
    let first = y + LINE;
    let x = if step.crash { 0 } else { step.lane * LANE };
    push_text(text, x, first, "font-weight=\"bold\"", &format!("{number} {}", step.action));
    let mut height = 1;
    for (index, changes) in step.changes.iter().enumerate() {
        let lines = changes.plain_lines();
        let cells = lines.iter().flat_map(|line| textwrap::wrap(line, FITS));
        let mut count = 0;
        for cell in cells {
            count += 1;
            push_text(text, index * LANE, first + count * LINE, "", &cell);
        }
        height = height.max(count + 1);
    }
    for blame in &step.blames {
        push_text(text, 0, first + height * LINE, "fill=\"#b00\"", &blame.sentence);
        height += 1;
    }
    first + height * LINE
}

fn push_text(text: &mut String, x: usize, y: usize, how: &str, content: &str) {
    let content = content.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = write!(text, "<text x=\"{}\" y=\"{y}\" {how}>{content}</text>", x + 6);
}
