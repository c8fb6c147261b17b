//! Finds, starts and ends the browser.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use serde_json::json;
use tempfile::TempDir;

use super::wire::{Fault, Wire};
use super::{PATIENCE, Page};

/// Where Debian puts Chromium.
const DEBIAN_CHROMIUM: &str = "/usr/bin/chromium";

/// The line on standard error that tells where the browser listens.
const LISTENING: &str = "DevTools listening on ws://";

/// Quiet, reproducible and without a word to the outside: nothing here may reach the network but the pages under test.
const FLAGS: &[&str] = &[
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-breakpad",
    "--disable-extensions",
    "--disable-sync",
    "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider,AutofillServerCommunication",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",
    "--no-service-autorun",
    "--password-store=basic",
    "--metrics-recording-only",
    "--mute-audio",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--lang=en-GB",
    "--remote-debugging-port=0",
];

/// A running Chromium with a profile of its own. It ends, and its profile is deleted, when this is dropped.
pub(crate) struct Browser {
    process: Child,
    address: String,
    wire: Wire,
    /// Closed by the reader of standard error when the last process of this browser has gone.
    gone: Receiver<String>,
    /// Dropped last, after the processes that write there.
    _profile: TempDir,
}

impl Browser {
    /// Starts the browser, or says why there is none and gives `None`.
    ///
    /// `CONNECT_CARE_BROWSER` names another program than Debian's. With `CONNECT_CARE_REQUIRE_BROWSER=1` a missing
    /// browser fails the test instead.
    pub(crate) fn launch() -> Option<Self> {
        let program = std::env::var_os("CONNECT_CARE_BROWSER").map_or_else(|| DEBIAN_CHROMIUM.into(), PathBuf::from);
        if program.is_file() {
            return Some(
                Self::start(&program).unwrap_or_else(|why| panic!("{} did not start: {why}", program.display())),
            );
        }
        let reason = format!("no browser at {} (apt-get install --no-install-recommends chromium)", program.display());
        assert!(std::env::var_os("CONNECT_CARE_REQUIRE_BROWSER").is_none_or(|v| v != "1"), "{reason}");
        println!("skipped: {reason}");
        None
    }

    /// Opens an empty page in a context of its own: no cookies, no history, nothing shared with other pages.
    pub(crate) fn page(&mut self) -> Page {
        let context = self.call("Target.createBrowserContext", json!({ "disposeOnDetach": true }));
        let context = context["browserContextId"].as_str().expect("a browser context has an id").to_owned();
        self.open(&context)
    }

    /// Opens another tab beside `page`, with the same cookies.
    pub(crate) fn tab_beside(&mut self, page: &Page) -> Page {
        self.open(page.context())
    }

    fn open(&mut self, context: &str) -> Page {
        let target = self.call("Target.createTarget", json!({ "url": "about:blank", "browserContextId": context }));
        let target = target["targetId"].as_str().expect("a page has an id");
        Page::attach(&self.address, target, context)
    }

    fn call(&mut self, method: &str, params: serde_json::Value) -> serde_json::Value {
        self.wire.call(method, params).unwrap_or_else(|why| panic!("{method}: {why}"))
    }

    fn start(program: &PathBuf) -> Result<Self, String> {
        let profile = tempfile::Builder::new().prefix("connect-care-browser-").tempdir().map_err(|e| e.to_string())?;
        let mut command = Command::new(program);
        command.args(FLAGS).arg(format!("--user-data-dir={}", profile.path().display()));
        if running_as_root() {
            command.arg("--no-sandbox");
        }
        // Its sockets and scratch files go where the profile goes, and so are deleted with it.
        command.env("HOME", profile.path()).env("TMPDIR", profile.path()).arg("about:blank");
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| e.to_string())?;
        let stderr = process.stderr.take().ok_or("it has no standard error")?;
        let gone = read_lines(stderr);
        match connect(&gone) {
            Ok((address, wire)) => Ok(Self { process, address, wire, gone, _profile: profile }),
            Err(why) => {
                end(&mut process, &gone);
                Err(why)
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        end(&mut self.process, &self.gone);
    }
}

/// Kills the browser and waits until all its processes have let go of standard error, and so of the profile.
fn end(process: &mut Child, gone: &Receiver<String>) {
    // Failing here means that it has ended already.
    let _ = process.kill();
    let _ = process.wait();
    while gone.recv_timeout(PATIENCE).is_ok() {}
}

/// Reads lines to the end, so that the browser never blocks on a full pipe. The channel closes with the pipe.
fn read_lines(stderr: ChildStderr) -> Receiver<String> {
    let (lines, received) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            // Nobody listens after the first interesting line; reading must go on all the same.
            let _ = lines.send(line);
        }
    });
    received
}

/// Waits for the line with the address, then connects.
fn connect(lines: &Receiver<String>) -> Result<(String, Wire), String> {
    let mut said = Vec::new();
    loop {
        let Ok(line) = lines.recv_timeout(PATIENCE) else {
            return Err(format!("it never said where it listens. It said: {}", said.join(" | ")));
        };
        if let Some(endpoint) = line.strip_prefix(LISTENING) {
            let (address, path) = endpoint.split_once('/').ok_or_else(|| format!("not an endpoint: {line}"))?;
            let wire = Wire::connect(address, &format!("/{path}")).map_err(|e: Fault| e.to_string())?;
            return Ok((address.to_owned(), wire));
        }
        said.push(line);
    }
}

/// Chromium's sandbox refuses to run as root, which containers and build machines are.
fn running_as_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.starts_with(b"0\n"))
}
