//! A headless browser, driven by the DevTools protocol: as much of it as the pages' tests need.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

/// What a browser that speaks the protocol is called; `CHROMIUM` can name another.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// It draws nothing on a screen, and speaks to nobody but the test.
const FLAGS: &str = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
     --disable-dev-shm-usage --disable-background-networking --disable-component-update \
     --disable-sync --remote-debugging-port=0 about:blank";

/// How long any answer may take, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running browser with one tab.
pub struct Browser {
    child: Child,
    /// Its profile; it goes with the browser.
    _profile: TempDir,
    socket: WebSocket<TcpStream>,
    session: Option<String>,
    sent: u64,
    /// What the tab reported since it was last opened.
    events: Vec<Value>,
    page: String,
}

impl Browser {
    /// Starts a browser. Panics if there is none, or if it does not answer.
    pub fn start() -> Browser {
        let profile = tempfile::tempdir().expect("a temporary folder");
        let program = program();
        let mut child = Command::new(&program)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(FLAGS.split_whitespace())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let address = address(child.stderr.take().expect("it is piped"));
        let host = address.trim_start_matches("ws://").split('/').next().unwrap_or_default();
        let stream = TcpStream::connect(host).unwrap_or_else(|e| panic!("{host}: {e}"));
        stream.set_read_timeout(Some(PATIENCE)).expect("it can be set");
        let (socket, _) =
            tungstenite::client(&address, stream).unwrap_or_else(|e| panic!("{address}: {e}"));
        let (session, events, page) = (None, Vec::new(), String::new());
        let mut browser =
            Browser { child, _profile: profile, socket, session, sent: 0, events, page };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", attach);
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Calls a method of the protocol, and waits for its result. Panics if it fails.
    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.sent += 1;
        let mut call = json!({"id": self.sent, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            call["sessionId"] = json!(session);
        }
        let sent = self.socket.send(Message::text(call.to_string()));
        sent.unwrap_or_else(|error| panic!("{method}: {error}"));
        loop {
            let mut answer = self.receive(method);
            if answer["id"] == self.sent {
                let error = &answer["error"]["message"];
                assert!(error.is_null(), "{method}: {error}");
                return answer["result"].take();
            }
            self.events.push(answer);
        }
    }

    fn receive(&mut self, wanted: &str) -> Value {
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => return serde_json::from_str(&text).expect("it is JSON"),
                Ok(_) => {}
                Err(error) => panic!("no answer of the browser to {wanted}: {error}"),
            }
        }
    }

    /// Opens a page and waits until it is loaded and has had time to ask for more. What was
    /// reported before is forgotten. Panics if there is no such page.
    pub fn open(&mut self, url: &str) {
        // From elsewhere: a link to another place of the same page loads nothing.
        for url in ["about:blank", url] {
            self.events.clear();
            self.page = url.split('#').next().unwrap_or_default().to_owned();
            let went = self.call("Page.navigate", json!({"url": url}));
            assert!(went["errorText"].is_null(), "{url}: {}", went["errorText"]);
            while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
                let event = self.receive(url);
                self.events.push(event);
            }
        }
        self.eval("new Promise((done) => setTimeout(done, 200))");
    }

    /// The value of an expression in the page; of a promise, what it comes to. Panics if it throws.
    pub fn eval(&mut self, expression: &str) -> Value {
        let parameters =
            json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut came = self.call("Runtime.evaluate", parameters);
        let thrown = &came["exceptionDetails"];
        assert!(thrown.is_null(), "{expression}: {}", thrown["exception"]["description"]);
        came["result"]["value"].take()
    }

    /// Waits until an expression is true in the page. Panics if it does not become so.
    pub fn until(&mut self, expression: &str) {
        let start = Instant::now();
        while self.eval(expression) != true {
            assert!(start.elapsed() < PATIENCE, "never became true: {expression}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What a page that works by itself does not do: complain, or ask for anything but itself.
    pub fn complaints(&self) -> Vec<String> {
        self.events.iter().filter_map(|event| complaint(event, &self.page)).collect()
    }
}

fn complaint(event: &Value, page: &str) -> Option<String> {
    let parameters = &event["params"];
    let said = |what: &Value| Some(format!("{}: {what}", event["method"]));
    match event["method"].as_str()? {
        "Runtime.exceptionThrown" => said(&parameters["exceptionDetails"]),
        "Runtime.consoleAPICalled" => said(&parameters["args"]),
        "Log.entryAdded" => said(&parameters["entry"]["text"]),
        "Network.requestWillBeSent" if parameters["request"]["url"] != page => {
            said(&parameters["request"]["url"])
        }
        _ => None,
    }
}

impl Drop for Browser {
    /// It is asked to go first: killed, it leaves its helpers and its profile's locks behind.
    fn drop(&mut self) {
        let close = json!({"id": 0, "method": "Browser.close"}).to_string();
        let _ = self.socket.send(Message::text(close));
        let gone = (0..250).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            matches!(self.child.try_wait(), Ok(Some(_)))
        });
        if !gone {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn program() -> PathBuf {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return named.into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut paths = NAMES.iter().flat_map(|name| folders.iter().map(move |at| at.join(name)));
    let found = paths.find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("none of {NAMES:?} is on PATH, and CHROMIUM names no other"))
}

/// Where the browser listens: it says so in one of its first lines. All are read, to the end: a
/// full pipe would stop it.
fn address(from: ChildStderr) -> String {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        let written = BufReader::new(from).lines().map_while(Result::ok);
        written.for_each(|line| drop(sender.send(line)));
    });
    let mut said = Vec::new();
    while let Ok(line) = lines.recv_timeout(PATIENCE) {
        if let Some(address) = line.strip_prefix("DevTools listening on ") {
            return address.trim().to_owned();
        }
        said.push(line);
    }
    panic!("the browser does not say where it listens, but:\n{}", said.join("\n"))
}
