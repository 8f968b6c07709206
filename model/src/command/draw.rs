//! Putting out a trace: as a chart, as Markdown, as JSON, and as a page.

use super::{Out, Result};
use crate::cli::FormArgs;
use crate::report::chart::{chart, describe};
use crate::report::drawing::{Drawing, Heading};
use crate::report::{markdown, page};
use crate::suite::Status;
use crate::trace::Script;
use std::path::Path;

/// Draws a script whose steps are known to be enabled.
///
/// # Errors
/// If the page cannot be written.
pub(super) fn draw(
    script: &Script,
    heading: Heading,
    form: &FormArgs,
    out: &mut Out,
) -> Result<Drawing> {
    let drawing = Drawing::new(script, heading).map_err(|error| error.to_string())?;
    put(&drawing, form, out)?;
    if !form.json && !form.markdown {
        out.line("to replay it, save these lines as a .scn file and run 'model replay FILE':\n");
        out.text(script);
    }
    Ok(drawing)
}

/// Puts out a trace in the form asked for.
///
/// # Errors
/// If the page cannot be written.
pub(super) fn put(drawing: &Drawing, form: &FormArgs, out: &mut Out) -> Result<()> {
    if form.json {
        out.line(drawing.json());
    } else if form.markdown {
        out.text(markdown::render(drawing));
    } else {
        out.line(format_args!("scenario: {}\nbounds: {}\n", drawing.scenario(), drawing.bounds));
        out.line(chart(drawing));
        out.line(format_args!("the last state:\n{}", describe(drawing)));
    }
    write_page(drawing, form.html.as_deref())
}

fn write_page(drawing: &Drawing, file: Option<&Path>) -> Result<()> {
    let Some(file) = file else { return Ok(()) };
    let page = page::page(&drawing.json());
    std::fs::write(file, page).map_err(|error| format!("{}: {error}", file.display()))
}

/// The status where a page was asked for and there is no trace to put on it.
pub(super) fn no_page(form: &FormArgs, out: &mut Out) -> Status {
    match form.html {
        None => Status::Pass,
        Some(_) => {
            out.line("missed: no page is written, since there is no trace to draw");
            Status::Missed
        }
    }
}
