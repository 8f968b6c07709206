//! The pages that a reader has, what a reader does with one, and what there is to see.

use super::browser::Browser;
use conformance::model;
use model::report::page;
use serde_json::{Value, json};
use std::sync::OnceLock;
use tempfile::TempDir;

/// A finding with all there is to see: calls, a guarantee that breaks in a step, a crash.
pub const FINDING: &str = "002";

/// A page in a folder of its own, which goes with it.
pub struct Page {
    folder: TempDir,
    /// Where it is.
    pub url: String,
}

fn empty() -> Page {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("file://{}", folder.path().join("page.html").display());
    Page { folder, url }
}

/// A page of this HTML.
pub fn on_disk(html: &str) -> Page {
    let page = empty();
    std::fs::write(page.folder.path().join("page.html"), html).expect("it can be written");
    page
}

/// A finding as `show` writes it, as a page and as JSON.
pub fn shown(finding: &str) -> (Page, Value) {
    let page = empty();
    let path = page.folder.path().join("page.html");
    let path = path.to_str().expect("the path is text");
    let (code, json, stderr) = model(&["show", finding, "--json", "--html", path]);
    assert_eq!(code, 0, "{stderr}");
    (page, serde_json::from_str(&json).expect("it is JSON"))
}

/// The number of its last step.
pub fn last(trace: &Value) -> u64 {
    trace["steps"].as_array().expect("a list").len() as u64
}

/// The step in which a guarantee breaks.
pub fn breaking(trace: &Value) -> u64 {
    let steps = trace["steps"].as_array().expect("a list");
    let breaks = |step: &Value| step["broken"].as_array().is_some_and(|broken| !broken.is_empty());
    steps.iter().position(breaks).expect("one breaks") as u64 + 1
}

/// The page of two scenarios, as `report` writes it, once for all tests.
pub fn run() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| {
        let folder = concat!(env!("CARGO_TARGET_TMPDIR"), "/report");
        let (code, _, stderr) = model(&["report", folder, "payment_slow_manager", "forward_told"]);
        assert_eq!(code, 0, "{stderr}");
        format!("file://{folder}/index.html")
    })
}

/// The page with something in it that nobody meant to be there, and nothing that keeps it in.
pub fn shown_with(script: &str) -> Page {
    let html = page::page(&shown(FINDING).1.to_string());
    let open = html.replace("http-equiv=\"Content-Security-Policy\"", "name=\"none\"");
    assert_ne!(open, html);
    on_disk(&open.replace("</body>", &format!("<script>{script}</script></body>")))
}

/// Keys with the numbers that a browser knows them by.
const KEYS: [(&str, u8); 8] = [
    ("ArrowLeft", 37),
    ("ArrowRight", 39),
    ("Home", 36),
    ("End", 35),
    ("Tab", 9),
    ("Enter", 13),
    ("j", b'J'),
    ("k", b'K'),
];

/// Presses a key.
pub fn press(browser: &mut Browser, key: &str) {
    let (_, number) = KEYS.iter().find(|(name, _)| *name == key).expect("it has a number");
    for kind in ["rawKeyDown", "keyUp"] {
        let event = json!({"type": kind, "key": key, "windowsVirtualKeyCode": number});
        browser.call("Input.dispatchKeyEvent", event);
    }
}

/// Moves the mouse, or its left button.
pub fn mouse(browser: &mut Browser, kind: &str, x: f64, y: f64) {
    let event = json!({
        "type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1,
    });
    browser.call("Input.dispatchMouseEvent", event);
}

/// Clicks into the middle of an element.
pub fn click(browser: &mut Browser, selector: &str) {
    let [left, top, width, height] = place(browser, selector);
    for kind in ["mousePressed", "mouseReleased"] {
        mouse(browser, kind, left + width / 2.0, top + height / 2.0);
    }
}

/// Where an element is, once it has been brought into sight: left, top, width, height.
pub fn place(browser: &mut Browser, selector: &str) -> [f64; 4] {
    let found = browser.eval(&format!(
        "(() => {{ const found = document.querySelector({selector:?});
            found.scrollIntoView({{ block: 'center' }});
            const at = found.getBoundingClientRect();
            return [at.left, at.top, at.width, at.height]; }})()"
    ));
    std::array::from_fn(|i| found[i].as_f64().expect("it is a number"))
}

/// Makes the window so large.
pub fn size(browser: &mut Browser, width: u32, height: u32) {
    let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
    browser.call("Emulation.setDeviceMetricsOverride", size);
}

/// Chooses screen or paper, and the scheme of colors.
pub fn media(browser: &mut Browser, media: &str, scheme: &str) {
    let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
    browser.call("Emulation.setEmulatedMedia", json!({"media": media, "features": features}));
}

/// The number of elements that can be seen.
pub fn seen(browser: &mut Browser, selector: &str) -> u64 {
    let count = format!(
        "[...document.querySelectorAll({selector:?})].filter((found) =>
            found.checkVisibility() && found.getBoundingClientRect().height > 0).length"
    );
    browser.eval(&count).as_u64().expect("it is a number")
}

/// The text of the first such element.
pub fn text(browser: &mut Browser, selector: &str) -> String {
    let text = browser.eval(&format!("document.querySelector({selector:?}).textContent"));
    text.as_str().expect("it is text").to_owned()
}

/// For each piece of text that can be seen: the contrast with what it stands on, as WCAG 2 defines
/// it, and the text.
const CONTRASTS: &str = r"(() => {
    const numbers = (color) => color.match(/[\d.]+/g).map(Number);
    const linear = (part) =>
        part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
    const luminance = ([red, green, blue]) =>
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    const ground = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const color = numbers(getComputedStyle(at).backgroundColor);
            if (color.length === 3 || color[3] === 1) return color;
            if (color[3] !== 0) throw new Error('a ground that shows what is under it');
        }
        throw new Error('the page has no ground');
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        const text = texts.currentNode.textContent.trim();
        if (!text || !element.checkVisibility({ visibilityProperty: true })) continue;
        const { color, fill } = getComputedStyle(element);
        const ink = element instanceof SVGElement ? fill : color;
        const both = [luminance(numbers(ink)), luminance(ground(element))];
        found.push([(Math.max(...both) + 0.05) / (Math.min(...both) + 0.05), text]);
    }
    return found;
})()";

/// The text that can be seen, and of it what has less contrast than WCAG 2 asks for (AA).
pub fn faint(browser: &mut Browser) -> (usize, Vec<String>) {
    let found: Vec<(f64, String)> =
        serde_json::from_value(browser.eval(CONTRASTS)).expect("they are pairs");
    let faint = found.iter().filter(|(contrast, _)| *contrast < 4.5);
    (found.len(), faint.map(|(contrast, text)| format!("{contrast:.2}: {text}")).collect())
}

/// The ground of the page.
pub fn ground(browser: &mut Browser) -> Value {
    browser.eval("getComputedStyle(document.body).backgroundColor")
}

/// By how many pixels the page is wider than the window.
pub fn sideways(browser: &mut Browser) -> i64 {
    let over = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    browser.eval(over).as_i64().expect("it is a number")
}
