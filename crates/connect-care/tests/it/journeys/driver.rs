//! Proves the driver itself on a small site of three pages, so that a failing journey is the program's fault.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use crate::browser::{Browser, Page};

#[test]
fn a_form_is_filled_and_sent_by_mouse_without_scripts() {
    let Some(mut browser) = Browser::launch() else { return };
    let (site, mut page) = (serve(), browser.page());
    page.set_javascript(false);
    page.goto(&site);
    assert_eq!(page.title(), "Find a person");
    page.does_not_see("Scripts run");

    page.fill("NHS number", "999 000 0018");
    page.fill("Reason", "first words");
    page.fill("Reason", "");
    page.choose_in("Did you ask her?", "Yes");
    page.choose("In clinic");
    page.select("Role", "Nurse");
    page.click_text("Continue");

    assert_eq!(page.title(), "Received");
    page.sees("nhs=999+000+0018&reason=&asked=yes&known=no&where=clinic&role=nurse");
    page.back();
    assert_eq!(page.title(), "Find a person");
    page.click("#about");
    assert!(page.url().ends_with("/about"), "a link found by its selector is followed");
    page.reload();
    page.waits_to_see("About this site");
    assert!(page.text().contains("About this site"));
}

#[test]
fn the_keyboard_alone_is_enough() {
    let Some(mut browser) = Browser::launch() else { return };
    let (site, mut page) = (serve(), browser.page());
    page.goto(&site);
    assert_eq!(page.focused(), "nothing");
    page.press("Tab");
    assert_eq!(page.focused(), "a#about \"About\"");
    page.press("Tab");
    page.press("Shift+Tab");
    page.press("Enter");
    assert_eq!(page.title(), "About", "Enter on a link follows it");

    page.goto(&site);
    page.fill("NHS number", "999 000 0026");
    page.press("Enter");
    page.sees("nhs=999+000+0026");
}

#[test]
fn what_a_script_brings_later_is_waited_for() {
    let Some(mut browser) = Browser::launch() else { return };
    let (site, mut page) = (serve(), browser.page());
    page.goto(&site);
    page.sees("Scripts run");
    page.click_text("Show more");
    page.waits_to_see("More is here");
    page.waits_until_gone("Scripts run");
    page.click_text("Leave by script");
    assert_eq!(page.title(), "About", "a navigation that a script begins is waited for");
}

#[test]
fn a_redirect_to_another_server_is_followed_as_in_signing_in() {
    let Some(mut browser) = Browser::launch() else { return };
    let (site, provider, mut page) = (serve(), serve(), browser.page());
    page.set_javascript(false);
    page.goto(&format!("{site}link?/away?{provider}link?{site}away?{provider}about"));
    page.click_text("Follow");
    assert!(page.url().starts_with(&provider), "{}", page.url());
    page.click_text("Follow");
    assert_eq!((page.url(), page.title()), (format!("{provider}about"), "About".to_owned()));
    assert_eq!(page.status(), 200);
}

#[test]
fn a_page_that_refreshes_itself_is_waited_for_with_and_without_scripts() {
    let Some(mut browser) = Browser::launch() else { return };
    let (site, mut page) = (serve(), browser.page());
    for scripts in [true, false] {
        page.set_javascript(scripts);
        page.goto(&format!("{site}soon"));
        page.waits_to_see("About this site");
        assert_eq!(page.title(), "About");
    }
}

#[test]
fn what_a_person_could_not_do_fails_with_what_the_page_shows() {
    let Some(mut browser) = Browser::launch() else { return };
    let (site, mut page) = (serve(), browser.page());
    page.goto(&site);
    let told = failure(&mut page, |page| page.click_text("Under the banner"));
    assert!(told.contains("is covered by div#banner"), "{told}");
    let told = failure(&mut page, |page| page.click_text("Not there"));
    assert!(told.contains("there is no link or button \"Not there\""), "{told}");
    let told = failure(&mut page, |page| page.choose("Yes"));
    assert!(told.contains("there are 2 field labelled \"Yes\""), "{told}");
    let told = failure(&mut page, |page| page.sees("Pat Example"));
    assert!(told.contains("title: Find a person") && told.contains("NHS number"), "{told}");
}

#[test]
fn looks_network_and_accessibility_are_measured() {
    let Some(mut browser) = Browser::launch() else { return };
    let (site, mut page) = (serve(), browser.page());
    let folder = tempfile::tempdir().expect("a temporary folder");
    page.viewport(390, 844, true);
    page.goto(&site);
    assert!(page.overflow().is_none(), "{:?}", page.overflow());
    assert_eq!(page.status(), 200);
    assert_eq!(page.response_headers().get("cache-control").map(String::as_str), Some("no-store"));
    let fetched = page.fetched();
    assert!(fetched.contains(&format!("{site}style.css")), "{fetched:?}");
    assert!(page.bytes() > page.document_bytes() && page.document_bytes() > 500, "{} bytes", page.bytes());
    assert!(page.complaints().iter().any(|c| c.contains("missing.png")), "{:?}", page.complaints());
    assert_eq!(page.attributes("link", "rel"), ["stylesheet"]);
    assert_eq!(page.texts("legend"), ["Did you ask her?", "Do you know her?", "Where?"]);
    page.screenshot(&folder.path().join("shots/window.png"));
    page.screenshot_whole(&folder.path().join("shots/whole.png"));
    page.emulate_media("print");
    page.does_not_see("About");
    page.print_to_pdf(&folder.path().join("page.pdf"));
    page.emulate_media("screen");
    let read = |file: &str| std::fs::read(folder.path().join(file)).expect("it was written");
    assert_eq!(png_size(&read("shots/window.png")), (390, 844));
    let (width, height) = png_size(&read("shots/whole.png"));
    assert!(width == 390 && height >= 300, "{width} × {height}");
    assert!(read("page.pdf").starts_with(b"%PDF-"));
    let rules: Vec<String> = page.axe().iter().map(ToString::to_string).collect();
    assert!(rules.iter().any(|rule| rule.starts_with("image-alt (critical)")), "{rules:?}");

    page.set_javascript(false);
    page.goto(&format!("{site}about"));
    page.is_accessible();
    assert!(!page.overflow().is_none(), "a table of 600 pixels does not fit into 390");
    page.click_text("Export");
    assert_eq!(page.downloads(), 1, "a download leaves the page where it is");
    assert_eq!(page.title(), "About");
}

#[test]
fn each_page_has_cookies_of_its_own_and_a_tab_beside_it_shares_them() {
    let Some(mut browser) = Browser::launch() else { return };
    let (site, mut page) = (serve(), browser.page());
    page.goto(&format!("{site}about"));
    page.goto(&format!("{site}about"));
    page.sees("cookie: visited=yes");
    let mut stranger = browser.page();
    stranger.goto(&format!("{site}about"));
    stranger.does_not_see("visited=yes");
    let mut beside = browser.tab_beside(&page);
    beside.goto(&format!("{site}about"));
    beside.sees("cookie: visited=yes");
}

/// Width and height as the picture's header states them (PNG, IHDR).
fn png_size(bytes: &[u8]) -> (u32, u32) {
    assert!(bytes.starts_with(b"\x89PNG"));
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
    (number(16), number(20))
}

/// What the failing act said.
fn failure(page: &mut Page, act: impl FnOnce(&mut Page)) -> String {
    let panic = catch_unwind(AssertUnwindSafe(|| act(page))).expect_err("it should fail");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

/// Serves the small site until the test's process ends, and gives its address.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback is there");
    let address = listener.local_addr().expect("it has an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A browser opens connections ahead of need; each may stay silent, so each has its thread.
            thread::spawn(move || answer(stream));
        }
    });
    format!("http://{address}/")
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut head = Vec::new();
    for line in reader.by_ref().lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        head.push(line);
    }
    let header = |name: &str| head.iter().find_map(|line| line.to_lowercase().strip_prefix(name).map(str::to_owned));
    let length = header("content-length: ").and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut body = String::new();
    reader.take(length).read_to_string(&mut body)?;
    let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
    let (path, target) = path.split_once('?').unwrap_or((&path, ""));
    let moved = format!("text/html\r\nLocation: {target}");
    let (status, kind, page) = match path {
        "/" => ("200 OK", "text/html", FORM.to_owned()),
        "/style.css" => ("200 OK", "text/css", STYLE.to_owned()),
        "/received" => ("200 OK", "text/html", format!("<title>Received</title><main>{}</main>", escape(&body))),
        "/about" => ("200 OK", "text/html", ABOUT.replace("{cookie}", &header("cookie: ").unwrap_or_default())),
        "/link" => ("200 OK", "text/html", format!("<title>Link</title><a href=\"{target}\">Follow</a>")),
        "/away" => ("303 See Other", moved.as_str(), String::new()),
        "/soon" => ("200 OK", "text/html", SOON.to_owned()),
        "/export" => ("200 OK", "text/csv\r\nContent-Disposition: attachment; filename=list.csv", "a,b\n".to_owned()),
        _ => ("404 Not Found", "text/plain", String::new()),
    };
    let cookie = if path == "/about" { "Set-Cookie: visited=yes; HttpOnly\r\n" } else { "" };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n{cookie}\
         Connection: close\r\n\r\n{page}",
        page.len()
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

const STYLE: &str =
    "@media print { nav { display: none } } #banner { position: relative; margin-top: -3em; height: 3em }";

const FORM: &str = r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>Find a person</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/style.css">
<nav><a id="about" href="/about">About</a></nav>
<main><h1>Find a person</h1>
<form method="post" action="/received">
<p><label for="nhs">NHS number</label> <input id="nhs" name="nhs" required></p>
<p><label for="reason">Reason</label> <textarea id="reason" name="reason"></textarea></p>
<fieldset><legend>Did you ask her?</legend><label><input type="radio" name="asked" value="yes"> Yes</label></fieldset>
<fieldset><legend>Do you know her?</legend><label><input type="radio" name="known" value="yes"> Yes</label>
<label><input type="radio" name="known" value="no" checked> No</label></fieldset>
<fieldset><legend>Where?</legend><label><input type="radio" name="where" value="clinic"> In clinic</label></fieldset>
<p><label for="role">Role</label> <select id="role" name="role"><option value="gp">GP<option value="nurse">Nurse</select></p>
<button>Continue</button></form>
<p id="later"></p><button type="button" id="more">Show more</button>
<button type="button" id="leave">Leave by script</button>
<p><button type="button">Under the banner</button></p><div id="banner">Banner</div><img src="/missing.png">
</main>
<script>
document.getElementById('later').textContent = 'Scripts run'
document.getElementById('more').onclick = () => fetch('/about').then(() => {
  document.getElementById('later').textContent = 'More is here'
})
document.getElementById('leave').onclick = () => { location.href = '/about' }
</script></html>"#;

const SOON: &str = r#"<title>Soon</title><meta http-equiv="refresh" content="1; url=/about"><main>Gathering</main>"#;

const ABOUT: &str = r#"<!doctype html><html lang="en"><meta charset="utf-8"><title>About</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<main><h1>About this site</h1><p>cookie: {cookie}</p><p><a href="/export">Export</a></p>
<div style="width: 600px">Wide</div></main></html>"#;
