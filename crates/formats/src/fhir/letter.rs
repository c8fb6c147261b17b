//! `DocumentReference` (R4 §2.43) and the text of attachments.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_PAD_INDIFFERENT;
use record::{Content, Letter, LetterStatus};

use super::node::Node;
use super::reading::{Read, Reading};
use crate::Change;

/// Reads a document: its text where it came as text, else where it is.
pub(super) fn read(reading: &Reading<'_, '_>) -> Read<Vec<Change>> {
    let chart = reading.subject("subject")?;
    let attachments: Vec<Node<'_>> =
        reading.resource.list("content").filter_map(|content| content.get("attachment")).collect();
    let text = attachments.iter().find_map(|attachment| text_of(reading, *attachment, "content.attachment"));
    let first = attachments.first();
    let told = |name: &str| attachments.iter().find_map(|attachment| attachment.string(name));
    let kind = reading.concept("type");
    let title = told("title").or_else(|| reading.text("description")).or_else(|| kind.clone());
    let superseded = reading.status() == "superseded";
    let status = match reading.text("docStatus").as_deref() {
        _ if superseded => LetterStatus::Superseded,
        Some("preliminary") => LetterStatus::Draft,
        Some("final" | "amended") => LetterStatus::Final,
        _ => LetterStatus::NotTold,
    };
    let date = reading.when("date")?;
    let written = match first {
        Some(attachment) => reading.when_in(*attachment, "creation", "content[0].attachment.")?,
        None => None,
    };
    let content = Content::Letter(Letter {
        title: title.unwrap_or_else(|| "Document".to_owned()),
        status,
        kind: kind.or_else(|| reading.concepts("category")),
        written: written.or(date),
        text,
        media_type: first.and_then(|attachment| attachment.string("contentType")),
        elsewhere: told("url"),
    });
    let mut entry = reading.entry(content, reading.standing(superseded));
    entry.when = written.or(date);
    entry.recorded = date.or(entry.recorded);
    entry.code = reading.code("type");
    entry.part_of = reading.key_at("context.encounter.reference");
    let who = reading.who_in(&["author", "authenticator", "custodian"]);
    Ok(reading.change(chart, reading.signed(entry, who)))
}

/// The text of an attachment that came with its data as plain text or HTML.
pub(super) fn text_of(reading: &Reading<'_, '_>, attachment: Node<'_>, place: &str) -> Option<String> {
    let media_type = attachment.word("contentType").unwrap_or_default().to_ascii_lowercase();
    let kind = media_type.split(';').next().unwrap_or_default().trim();
    if !matches!(kind, "text/plain" | "text/html" | "application/xhtml+xml") {
        return None;
    }
    let data: String = attachment.word("data")?.split_whitespace().collect();
    let Ok(bytes) = STANDARD_PAD_INDIFFERENT.decode(data) else {
        reading.note(&format!("{place}.data"), "not base64; the text cannot be shown");
        return None;
    };
    let charset = media_type.split("charset=").nth(1).map(|rest| rest.trim_matches(['"', ' ', ';']));
    let encoding = charset.and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
    let (text, _, malformed) = encoding.unwrap_or(encoding_rs::UTF_8).decode(&bytes);
    if malformed {
        reading.note(&format!("{place}.data"), "some characters are not in the text's own character set");
    }
    Some(if kind == "text/plain" { text.into_owned() } else { without_tags(&text) })
}

/// The words of an HTML text. What is not words (scripts, styles, comments) is
/// left out; blocks become lines.
pub(super) fn without_tags(html: &str) -> String {
    let mut words = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        words.push_str(before);
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let (tag, after) = after.split_once('>').unwrap_or((after, ""));
        let name: String =
            tag.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect::<String>().to_ascii_lowercase();
        rest = match name.as_str() {
            "script" | "style" | "head" | "title" => after_end_of(after, &name),
            _ => after,
        };
        match name.trim_end_matches('/') {
            "br" | "/p" | "/div" | "/tr" | "/table" | "/ul" | "/ol" | "/h1" | "/h2" | "/h3" | "/h4" => words.push('\n'),
            "li" => words.push_str("\n- "),
            "/td" | "/th" => words.push(' '),
            _ => {}
        }
    }
    words.push_str(rest);
    tidy_lines(&with_characters(&words))
}

fn after_end_of<'t>(text: &'t str, name: &str) -> &'t str {
    let end = format!("</{name}");
    let at = text.as_bytes().windows(end.len()).position(|window| window.eq_ignore_ascii_case(end.as_bytes()));
    at.and_then(|at| text.get(at..)).unwrap_or_default()
}

/// Character references as the characters they name; unknown ones stay.
fn with_characters(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split('&');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let named = part.split_once(';').filter(|(name, _)| name.len() <= 8);
        match named.and_then(|(name, after)| Some((character(name)?, after))) {
            Some((character, after)) => {
                out.push(character);
                out.push_str(after);
            }
            None => {
                out.push('&');
                out.push_str(part);
            }
        }
    }
    out
}

fn character(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "pound" => '£',
        "deg" => '°',
        "micro" => 'µ',
        _ => {
            let number = name.strip_prefix('#')?;
            let hex = number.strip_prefix(['x', 'X']).map(|hex| u32::from_str_radix(hex, 16).ok());
            char::from_u32(hex.unwrap_or_else(|| number.parse().ok())?)?
        }
    })
}

fn tidy_lines(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn html_becomes_its_words_in_lines() {
        let html = "<html><head><style>p{}</style></head><body><p>Dear&nbsp;Dr &amp; team,</p><!-- x<y --><ul><li>ramipril 5&nbsp;mg<li>stop</ul>1 &lt; 2<SCRIPT>alert('x')</SCRIPT> &unknown; &#163;</body>";
        assert_eq!(without_tags(html), "Dear Dr & team,\n\n- ramipril 5 mg\n- stop\n1 < 2 &unknown; £");
    }

    proptest! {
        #[test]
        fn no_html_makes_it_panic(html in "(<|>|/|script|style|!--|-->|&|#x|;|é|a| ){0,40}") {
            let _ = without_tags(&html);
        }
    }
}
