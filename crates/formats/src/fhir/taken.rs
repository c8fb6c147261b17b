//! The way from bytes to a message: head, XML, version, entries.

use super::message::{self, SpanOf};
use super::node::Node;
use super::request::{Method, Request};
use super::scan::{DEPTH_MAX, scan};
use super::server::ServerBase;
use super::stu3::{self, FhirVersion};
use super::{Message, Shape, xml};
use crate::{Delivery, MESSAGE_BYTES_MAX, Problem};

/// JSON or XML, with the head of a request or without.
pub(super) fn message(own_server: Option<&ServerBase>, bytes: &[u8]) -> Result<Message, Problem> {
    let (request, at) = Request::of_kept(bytes).unwrap_or_else(|| (Request::plain(), 0));
    let body = bytes.get(at..).unwrap_or_default();
    if request.method == Method::Delete {
        let unit = message::read_one(None, own_server, &request, 0..bytes.len());
        let delivery = Delivery { units: vec![unit], ..Delivery::default() };
        return Ok(Message { delivery, shape: Shape::Single });
    }
    let mut message = if is_xml(body) { xml(own_server, &request, body) } else { json(own_server, &request, body) }?;
    for unit in &mut message.delivery.units {
        unit.span = unit.span.start + at..unit.span.end + at;
    }
    Ok(message)
}

pub(super) fn json(own_server: Option<&ServerBase>, request: &Request, bytes: &[u8]) -> Result<Message, Problem> {
    refuse_oversized(bytes)?;
    let document = scan(bytes, DEPTH_MAX)?;
    of_version(document.root(), own_server, request, &|span| span)
}

pub(super) fn xml(own_server: Option<&ServerBase>, request: &Request, bytes: &[u8]) -> Result<Message, Problem> {
    refuse_oversized(bytes)?;
    let converted = xml::to_json(bytes)?;
    // XML writes no brackets for lists, so its JSON may be nested twice as deep.
    let document = scan(converted.json.as_bytes(), 2 * DEPTH_MAX)?;
    let span_of = |span: std::ops::Range<usize>| converted.xml_span(span.start).unwrap_or(0..bytes.len());
    of_version(document.root(), own_server, request, &span_of)
}

/// XML announces itself, so a content type that says otherwise does no harm.
pub(super) fn is_xml(bytes: &[u8]) -> bool {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start().starts_with(b"<")
}

fn of_version(
    root: Node<'_>,
    own_server: Option<&ServerBase>,
    request: &Request,
    span_of: SpanOf<'_>,
) -> Result<Message, Problem> {
    if stu3::version_of(root, request.version)? == FhirVersion::R4 {
        return message::read(root, own_server, request, span_of);
    }
    let converted = stu3::to_r4(root);
    // What is moved deeper (a dose into a list of doses) is never moved twice.
    let document = scan(converted.json.as_bytes(), 4 * DEPTH_MAX)?;
    let whole = root.span();
    let place = |span: std::ops::Range<usize>| span_of(converted.place(span.start).unwrap_or_else(|| whole.clone()));
    message::read(document.root(), own_server, request, &place)
}

fn refuse_oversized(bytes: &[u8]) -> Result<(), Problem> {
    if bytes.len() <= MESSAGE_BYTES_MAX {
        return Ok(());
    }
    Err(Problem::new("message", format!("larger than {MESSAGE_BYTES_MAX} bytes")))
}
