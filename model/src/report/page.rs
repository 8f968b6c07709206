//! Pages: a trace, or a whole run, as one HTML file that a browser draws.
//!
//! What is drawn is the JSON that a program gets as well; the page holds it and draws it by itself,
//! from a file, without a network. The parts lie in `model/assets/`, where each can be read and
//! tried alone.

/// The parts of one kind of page.
struct Parts {
    /// The page with empty tags, which the others are put between.
    html: &'static str,
    css: &'static [&'static str],
    js: &'static [&'static str],
    /// The tag of the data.
    data: &'static str,
}

macro_rules! assets {
    ($($name:literal),+ $(,)?) => { &[$(include_str!(concat!("../../assets/", $name))),+] };
}

const TRACE: Parts = Parts {
    html: include_str!("../../assets/trace.html"),
    css: assets!["page.css", "trace.css"],
    js: assets!["dom.js", "facts.js", "sequence.js", "view.js", "about.js", "trace.js"],
    data: r#"<script type="application/json" id="trace">"#,
};

const REPORT: Parts = Parts {
    html: include_str!("../../assets/report.html"),
    css: assets!["page.css", "trace.css", "report.css"],
    js: assets![
        "dom.js",
        "facts.js",
        "sequence.js",
        "view.js",
        "about.js",
        "plot.js",
        "tables.js",
        "sections.js",
        "report.js",
    ],
    data: r#"<script type="application/json" id="report">"#,
};

/// The page of one trace, given as JSON.
pub fn page(json: &str) -> String {
    TRACE.with(json)
}

/// The page of a whole run, given as JSON.
pub fn site(json: &str) -> String {
    REPORT.with(json)
}

impl Parts {
    /// The data comes last: none of the tags is looked for in it.
    fn with(&self, json: &str) -> String {
        let page = put(self.html, "<style>", &self.css.join("\n"));
        let page = put(&page, "<script>", &self.js.join("\n"));
        put(&page, self.data, &escaped(json))
    }
}

/// Puts text behind the first such tag.
fn put(page: &str, tag: &str, text: &str) -> String {
    let (before, after) = page.split_once(tag).expect("the page has the tag");
    format!("{before}{tag}{text}{after}")
}

/// JSON that can stand in a script element: what would end the element, or begin a comment in it,
/// starts with a `<`, and in JSON that can only be part of a string.
fn escaped(json: &str) -> String {
    json.replace('<', r"\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGES: [Parts; 2] = [TRACE, REPORT];

    /// A tag that stood twice would leave the second empty, and the text of a part must not end the
    /// element that it is put into.
    #[test]
    fn each_tag_stands_once_and_no_part_ends_it() {
        for page in PAGES {
            for tag in ["<style></style>", "<script></script>", &format!("{}</script>", page.data)]
            {
                assert_eq!(page.html.matches(tag).count(), 1, "{tag}");
            }
            for part in page.css.iter().chain(page.js) {
                assert!(!part.contains("</") && !part.contains("<!--"), "{part}");
            }
        }
    }

    #[test]
    fn data_stays_data() {
        let json = r#"{"title":"</script><script>alert(1)</script><!--"}"#;
        for page in PAGES {
            let bare = page.with("");
            let text = page.with(json);
            assert_eq!(text.matches('<').count(), bare.matches('<').count());
            let data = text.split_once(page.data).expect("the tag is there").1;
            let data = data.split_once("</script>").expect("it ends").0;
            let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
            assert_eq!(read(data), read(json));
            assert!(read(data).is_some());
        }
    }

    /// Somebody mails a page, or keeps one beside each bug.
    #[test]
    fn a_page_without_its_data_is_small() {
        let sizes = PAGES.map(|page| page.with("").len());
        assert!(sizes[0] < 40_000 && sizes[1] < 60_000, "{sizes:?}");
    }

    /// Text that comes from the data is text, wherever it is put.
    #[test]
    fn no_part_makes_markup_of_data() {
        for part in PAGES.iter().flat_map(|page| page.js) {
            for way in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
                assert!(!part.contains(way), "{way}");
            }
        }
    }
}
