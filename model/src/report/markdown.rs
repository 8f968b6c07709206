//! A trace as Markdown, for a code review: the chart fenced, the script folded, and the command
//! that makes it again.

use super::chart::chart;
use super::drawing::Drawing;
use std::fmt::Write;

/// The trace as Markdown.
pub fn render(drawing: &Drawing) -> String {
    let Drawing { title, about, violated, command, script, .. } = drawing;
    let mut text = format!("**{title}**\n\n");
    for paragraph in about {
        let _ = writeln!(text, "{paragraph}\n");
    }
    let steps = drawing.steps.len();
    for one in violated {
        let _ = writeln!(text, "- {} is violated after {steps} steps: {}", one.id, one.claim);
    }
    for blame in drawing.steps.iter().flat_map(|step| &step.blames) {
        let _ = writeln!(text, "- {}", blame.sentence);
    }
    let _ = write!(
        text,
        "\nScenario `{}`, within `{}`.\n\n```text\n{}```\n\n",
        drawing.scenario(),
        drawing.bounds.split_whitespace().collect::<Vec<_>>().join(" "),
        chart(drawing)
    );
    let _ = write!(
        text,
        "<details><summary>Script, for <code>model replay FILE</code></summary>\n\n```text\n\
         {script}```\n\n</details>\n\n```sh\n{command}\n```\n"
    );
    text
}
