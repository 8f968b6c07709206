//! The pages of `model/assets/` in a real browser: as they are seen, used, heard and printed.

#[path = "src/browser.rs"]
mod browser;
#[path = "src/reader.rs"]
mod reader;

use browser::Browser;
use model::finding::FINDINGS;
use model::report::page;
use reader::{FINDING, breaking, last, on_disk, run, shown, shown_with};
use reader::{click, faint, ground, media, mouse, place, press, seen, sideways, size, text};
use serde_json::{Value, json};

/// What a page shows where it has no word for something.
fn is_speechless(browser: &mut Browser) -> bool {
    let text = browser.eval("document.body.innerText");
    let text = text.as_str().expect("it is text");
    text.is_empty() || ["undefined", "null", "NaN", "[object"].iter().any(|no| text.contains(no))
}

/// The step that is shown, as everything that says so says it.
fn step(browser: &mut Browser) -> u64 {
    let all = browser.eval(
        "[document.querySelector('.where strong').textContent.replace('Step ', ''),
          document.querySelector('.track input').value,
          document.querySelector('tbody[aria-current]').dataset.step,
          [...document.querySelectorAll('.column')].findIndex(
              (column) => column.classList.contains('current'))].map(Number)",
    );
    let all: Vec<u64> = serde_json::from_value(all).expect("they are numbers");
    assert!(all.iter().all(|step| *step == all[0]), "{all:?}");
    all[0]
}

#[test]
#[ignore = "needs a browser; .ci/run installs one and runs it"]
fn pages_load_quietly_and_ask_for_nothing() {
    let mut browser = Browser::start();
    size(&mut browser, 360, 800);
    for finding in FINDINGS {
        let (page, trace) = shown(finding.id);
        browser.open(&page.url);
        assert_eq!(browser.complaints(), Vec::<String>::new(), "{}", finding.id);
        assert_eq!(sideways(&mut browser), 0, "{}", finding.id);
        assert_eq!(browser.eval("document.title"), trace["title"]);
        assert_eq!(trace["title"], text(&mut browser, "h1"));
        assert!(!is_speechless(&mut browser), "{}", finding.id);
        let verdict = text(&mut browser, ".verdict");
        let begin = format!("Violated after {} steps: ", last(&trace));
        assert!(verdict.starts_with(&begin) && verdict.contains(finding.guarantee), "{verdict}");
    }
    browser.open(run());
    assert_eq!(browser.complaints(), Vec::<String>::new());
    assert!(!is_speechless(&mut browser));
    let verdict = "pass: all 10 guarantees hold in 2 scenarios";
    assert!(text(&mut browser, ".verdict").starts_with(verdict));
}

#[test]
#[ignore = "needs a browser; .ci/run installs one and runs it"]
fn a_page_that_complains_or_asks_is_found_out() {
    let mut browser = Browser::start();
    for (script, complaint) in [
        ("console.error('no')", "consoleAPICalled"),
        ("nobody.there()", "exceptionThrown"),
        ("fetch('http://127.0.0.1:9/asked').catch(() => {})", "http://127.0.0.1:9/asked"),
        ("document.body.append(Object.assign(new Image(), { src: 'beside.png' }))", "beside.png"),
    ] {
        browser.open(&shown_with(script).url);
        let found = browser.complaints();
        assert!(found.iter().any(|line| line.contains(complaint)), "{script}: {found:?}");
    }
    browser.open(&shown_with("").url);
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

/// The page as it is does not even let a script that somebody smuggled in ask.
#[test]
#[ignore = "needs a browser; .ci/run installs one and runs it"]
fn the_policy_lets_nothing_out() {
    let mut browser = Browser::start();
    let html = page::page(&shown(FINDING).1.to_string());
    let asks = "<script>fetch('http://127.0.0.1:9/').catch(() => {})</script></body>";
    browser.open(&on_disk(&html.replace("</body>", asks)).url);
    let found = browser.complaints();
    assert!(!found.is_empty() && found.iter().all(|line| line.contains("Content Security Policy")));
}

#[test]
#[ignore = "needs a browser; .ci/run installs one and runs it"]
fn data_is_text_wherever_it_is_put() {
    let markup = "</script><img src=x onerror=\"document.title='run'\"><!--";
    let (_, mut trace) = shown(FINDING);
    for key in ["title", "script", "command"] {
        trace[key] = json!(markup);
    }
    trace["violated"][0]["claim"] = json!(markup);
    trace["steps"][0]["action"] = json!(markup);
    trace["steps"][0]["calls"] = json!([markup]);
    trace["steps"][0]["broken"] = json!([markup]);
    trace["steps"][0]["changes"][0] = json!([markup]);
    trace["steps"][0]["state"]["lanes"][0] = json!([[markup, markup]]);
    let mut browser = Browser::start();
    let page = on_disk(&page::page(&trace.to_string()));
    browser.open(&format!("{}#step=1", page.url));
    assert_eq!(browser.complaints(), Vec::<String>::new());
    assert_eq!(seen(&mut browser, "img"), 0);
    assert_eq!(text(&mut browser, "h1"), markup);
    assert_eq!(text(&mut browser, ".band .action code"), markup);
}

#[test]
#[ignore = "needs a browser; .ci/run installs one and runs it"]
fn the_mouse_moves_the_slider() {
    let mut browser = Browser::start();
    size(&mut browser, 1400, 900);
    let (page, trace) = shown(FINDING);
    browser.open(&page.url);
    assert_eq!(step(&mut browser), 0);
    let [left, top, width, height] = place(&mut browser, ".track input");
    // The middle of the thumb, which is 16 pixels wide, at a step.
    let at = |step: f64| left + 8.0 + (width - 16.0) * step / last(&trace) as f64;
    let middle = top + height / 2.0;
    mouse(&mut browser, "mousePressed", at(0.0), middle);
    for to in 1..=4_u8 {
        mouse(&mut browser, "mouseMoved", at(f64::from(to)), middle);
        assert_eq!(step(&mut browser), u64::from(to));
    }
    mouse(&mut browser, "mouseReleased", at(4.0), middle);
    assert_eq!(step(&mut browser), 4);
    browser.until("location.hash === '#step=4'");
    for (selector, to) in [
        (".controls button:nth-child(1)", 3),
        (".controls button:nth-child(2)", 4),
        (".strip .column:last-child", last(&trace)),
        ("tbody[data-step='2'] td:nth-child(3)", 2),
        ("tbody[data-step='5'] a", 5),
    ] {
        click(&mut browser, selector);
        browser.until(&format!("document.querySelector('.track input').value === '{to}'"));
        assert_eq!(step(&mut browser), to, "{selector}");
    }
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
#[ignore = "needs a browser; .ci/run installs one and runs it"]
fn keys_move_the_step_and_it_is_said() {
    let mut browser = Browser::start();
    let (page, trace) = shown(FINDING);
    browser.open(&page.url);
    let last = last(&trace);
    let anywhere = [("ArrowRight", 1), ("j", 2), ("j", 3), ("k", 2), ("ArrowLeft", 1)];
    let ends = [("End", last), ("ArrowRight", last), ("Home", 0), ("k", 0)];
    for focus in ["document.activeElement.blur()", "document.querySelector('.track input').focus()"]
    {
        browser.eval(focus);
        for (key, to) in anywhere.into_iter().chain(ends) {
            press(&mut browser, key);
            assert_eq!(step(&mut browser), to, "{key}, {focus}");
        }
    }
    (0..breaking(&trace)).for_each(|_| press(&mut browser, "j"));
    let said = browser.eval("document.querySelector('.track input').ariaValueText");
    assert_eq!(said, format!("step 9 of {last}: full_write out, in disk"));
    let heard = text(&mut browser, "[aria-live=polite]");
    assert!(heard.starts_with("1 change in disk. GUA-3 breaks here: "), "{heard}");
}

#[test]
#[ignore = "needs a browser; .ci/run installs one and runs it"]
fn focus_can_be_seen() {
    let mut browser = Browser::start();
    browser.open(&shown(FINDING).0.url);
    let mut tags = Vec::new();
    for _ in 0..5 {
        press(&mut browser, "Tab");
        let focus = browser.eval(
            "(() => { const focus = document.activeElement;
                const { outlineStyle, outlineWidth } = getComputedStyle(focus);
                return [focus.tagName, outlineStyle, outlineWidth]; })()",
        );
        assert_eq!([&focus[1], &focus[2]], ["solid", "2px"], "{focus}");
        tags.push(focus[0].as_str().unwrap_or_default().to_owned());
    }
    // The button of the command, that to the next step (none leads back), the slider, the steps.
    assert_eq!(tags, ["BUTTON", "BUTTON", "INPUT", "A", "A"]);
}

/// How many facts of a step are new, changed and gone.
fn differences(before: &Value, after: &Value) -> [u64; 3] {
    let facts = |state: &Value| -> Vec<Vec<(String, String)>> {
        let lanes = state["lanes"].as_array().expect("a list").iter();
        let lists = lanes.chain([&state["history"], &state["left"]]).cloned();
        lists.map(|list| serde_json::from_value(list).expect("they are pairs of text")).collect()
    };
    let mut counts = [0; 3];
    for (was, is) in facts(before).iter().zip(facts(after)) {
        let old = |key: &str| was.iter().find(|(k, _)| k == key).map(|(_, value)| value.clone());
        counts[0] += is.iter().filter(|(key, _)| old(key).is_none()).count() as u64;
        counts[1] += is.iter().filter(|(k, v)| old(k).is_some_and(|old| old != *v)).count() as u64;
        let stays = |key: &str| is.iter().any(|(k, _)| k == key);
        counts[2] += was.iter().filter(|(key, _)| !stays(key)).count() as u64;
    }
    counts
}

#[test]
#[ignore = "needs a browser; .ci/run installs one and runs it"]
fn what_a_step_changed_is_marked_not_by_color_alone() {
    let mut browser = Browser::start();
    size(&mut browser, 1400, 900);
    let (page, trace) = shown(FINDING);
    browser.open(&page.url);
    let mut before = &trace["initial"];
    let mut total = [0; 3];
    for step in trace["steps"].as_array().expect("a list") {
        press(&mut browser, "j");
        let marked = ["new", "changed", "gone"];
        let counts = marked.map(|mark| seen(&mut browser, &format!(".view .fact.{mark}")));
        assert_eq!(counts, differences(before, &step["state"]), "{}", step["action"]);
        total = std::array::from_fn(|i| total[i] + counts[i]);
        before = &step["state"];
        let acting = if step["crash"] == true { 0 } else { 1 };
        assert_eq!(seen(&mut browser, ".view .lane.acting"), acting);
        assert_eq!(seen(&mut browser, ".view .band.crash"), 1 - acting);
        let action = text(&mut browser, ".view .band .action code");
        assert_eq!(step["action"], action.as_str());
    }
    assert!(total.iter().all(|count| *count > 0), "{total:?}: it shows all of them");
    for (mark, sign, edge) in
        [("new", "+", "solid"), ("changed", "~", "dashed"), ("gone", "\u{2212}", "dotted")]
    {
        let step = (1..=last(&trace)).find(|step| {
            browser.open(&format!("{}#step={step}", page.url));
            seen(&mut browser, &format!(".view .fact.{mark}")) > 0
        });
        assert!(step.is_some(), "{mark}");
        let shown = text(&mut browser, &format!(".view .fact.{mark} dt"));
        assert!(shown.starts_with(&format!("{sign}{mark} ")), "{shown}");
        let style = format!("getComputedStyle(document.querySelector('.view .fact.{mark}'))");
        assert_eq!(browser.eval(&format!("{style}.borderLeftStyle")), edge);
    }
}

#[test]
#[ignore = "needs a browser; .ci/run installs one and runs it"]
fn a_link_leads_to_a_step() {
    let mut browser = Browser::start();
    let (page, trace) = shown(FINDING);
    let (last, breaking) = (last(&trace), breaking(&trace));
    for (fragment, to) in [("", 0), ("#step=4", 4), ("#step=99", last), ("#step=-1", 0), ("#x", 0)]
    {
        browser.open(&format!("{}{fragment}", page.url));
        assert_eq!(step(&mut browser), to, "{fragment}");
    }
    browser.eval(&format!("location.hash = '#step={breaking}'"));
    browser.until(&format!("document.querySelector('.track input').value === '{breaking}'"));
    let broken = text(&mut browser, ".view .broken");
    assert!(broken.starts_with("GUA-3 breaks here: the durable out Monitor"), "{broken}");
    press(&mut browser, "End");
    let broken = text(&mut browser, ".view .broken");
    for violated in ["GUA-1", "GUA-3", "GUA-6"] {
        assert!(broken.contains(&format!("{violated} (")), "{broken}");
    }
    assert!(broken.ends_with(&format!("GUA-3 broke in step {breaking}.")), "{broken}");
}

#[test]
#[ignore = "needs a browser; .ci/run installs one and runs it"]
fn both_schemes_can_be_read() {
    let mut browser = Browser::start();
    let mut grounds = Vec::new();
    let (page, trace) = shown(FINDING);
    for scheme in ["light", "dark"] {
        media(&mut browser, "", scheme);
        browser.open(&page.url);
        for step in 0..=last(&trace) {
            let (texts, faint) = faint(&mut browser);
            assert!(texts > 100, "{texts}");
            assert_eq!(faint, Vec::<String>::new(), "{scheme}, step {step}");
            press(&mut browser, "j");
        }
        grounds.push(ground(&mut browser));
        browser.open(&format!("{}#finding={FINDING}&step=4", run()));
        assert_eq!(faint(&mut browser).1, Vec::<String>::new(), "{scheme}");
    }
    assert_ne!(grounds[0], grounds[1]);
    let pale = "const pale = document.createElement('p'); pale.style.color = '#777';
        pale.textContent = 'pale'; document.querySelector('main').append(pale);";
    media(&mut browser, "", "light");
    browser.open(&shown_with(pale).url);
    assert_eq!(faint(&mut browser).1, ["4.48: pale"]);
}

#[test]
#[ignore = "needs a browser; .ci/run installs one and runs it"]
fn narrow_and_wide_screens_scroll_down_only() {
    let mut browser = Browser::start();
    let (page, _) = shown(FINDING);
    for (width, beside) in [(360, false), (768, false), (1400, true)] {
        size(&mut browser, width, 800);
        browser.open(&format!("{}#step=4", page.url));
        assert_eq!(sideways(&mut browser), 0, "{width}");
        let tops = browser.eval(
            "[...new Set([...document.querySelectorAll('.view .lane')].map(
            (lane) => lane.getBoundingClientRect().top))].length",
        );
        assert_eq!(tops == 1, beside, "{width}");
        browser.open(&format!("{}#finding={FINDING}", run()));
        assert_eq!(sideways(&mut browser), 0, "{width}");
    }
    size(&mut browser, 360, 800);
    browser.open(&shown_with("document.querySelector('h1').style.width = '500px'").url);
    assert!(sideways(&mut browser) > 0);
}

#[test]
#[ignore = "needs a browser; .ci/run installs one and runs it"]
fn paper_has_every_step() {
    let mut browser = Browser::start();
    size(&mut browser, 1400, 900);
    let (page, trace) = shown(FINDING);
    browser.open(&page.url);
    let steps = ("tbody[data-step]", last(&trace) + 1);
    let shown = [steps, (".bar", 1), (".state.end", 0), ("button", 3)];
    let printed = [steps, (".bar", 0), (".state.end", 1), ("button", 0)];
    for (on, counts) in [("screen", shown), ("print", printed)] {
        media(&mut browser, on, "dark");
        for (selector, count) in counts {
            assert_eq!(seen(&mut browser, selector), count, "{on}: {selector}");
        }
    }
    assert_eq!(ground(&mut browser), "rgb(255, 255, 255)", "paper is white");
    assert_eq!(faint(&mut browser).1, Vec::<String>::new());
    let paper = browser.call("Page.printToPDF", json!({}));
    assert!(paper["data"].as_str().is_some_and(|data| data.len() > 1000));
}

#[test]
#[ignore = "needs a browser; .ci/run installs one and runs it"]
fn what_cannot_be_copied_is_selected() {
    let mut browser = Browser::start();
    let (page, trace) = shown(FINDING);
    browser.open(&page.url);
    browser.eval("Object.defineProperty(navigator, 'clipboard', { value: undefined })");
    browser.eval("document.querySelector('details.script').open = true");
    click(&mut browser, "details.script button");
    browser.until("document.querySelector('details.script output').textContent !== ''");
    let selected = browser.eval("getSelection().toString().trim()");
    assert_eq!(selected, trace["script"].as_str().unwrap_or_default().trim());
}

#[test]
#[ignore = "needs a browser; .ci/run installs one and runs it"]
fn a_run_is_sorted_filtered_and_leads_to_its_findings() {
    let mut browser = Browser::start();
    size(&mut browser, 1400, 900);
    browser.open(run());
    let first = "#scenarios tbody tr td";
    for expected in ["payment_slow_manager", "forward_told"] {
        click(&mut browser, "#scenarios th:nth-child(4) button");
        assert_eq!(text(&mut browser, first), expected);
    }
    let all = seen(&mut browser, "#mutants tbody tr");
    browser.eval(
        "(() => { const field = document.querySelector('#mutants input');
            field.value = 'gua-1 RELEASE';
            field.dispatchEvent(new Event('input')); })()",
    );
    let left = seen(&mut browser, "#mutants tbody tr");
    assert!(0 < left && left < all, "{left} of {all}");
    assert_eq!(text(&mut browser, "#mutants output"), format!("{left} of {all} mutants"));
    assert!(seen(&mut browser, "#growth rect") > 20);
    // A mutant of another scenario is no link here, and neither is a scenario that was not run.
    let nowhere =
        "[...document.querySelectorAll('main a')].map((link) => link.hash.slice(1)).filter(
        (to) => !/^finding=\\d+(&|$)/.test(to) && !document.getElementById(to)).length";
    assert_eq!(browser.eval(nowhere), 0);
    assert_eq!(seen(&mut browser, ".trace"), 0);
    let finding = "#guarantees a[href^='#finding=']";
    let id = browser.eval(&format!("document.querySelector(\"{finding}\").hash.slice(9)"));
    let id = id.as_str().expect("it is text");
    click(&mut browser, finding);
    browser.until("document.querySelector('.track input') !== null");
    browser.eval("document.querySelector('.track input').focus()");
    press(&mut browser, "j");
    assert_eq!(step(&mut browser), 1);
    browser.until(&format!("location.hash === '#finding={id}&step=1'"));
    browser.open(&format!("{}#finding={FINDING}&step=4", run()));
    assert_eq!(step(&mut browser), 4);
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
