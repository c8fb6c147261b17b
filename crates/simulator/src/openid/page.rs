use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use super::authorize::Request;
use crate::staff::Persona;

const STYLE: &str = "body{font:19px/1.5 Arial,sans-serif;color:#212b32;background:#f0f4f5;margin:0}\
main{max-width:44rem;margin:0 auto;padding:1.5rem 1rem}h1{font-size:2rem;line-height:1.2;margin:0 0 .5rem}\
ul{list-style:none;margin:1.5rem 0 0;padding:0}li{margin:0 0 .75rem}\
button{font:inherit;text-align:left;width:100%;padding:.75rem 1rem;background:#fff;color:#212b32;border:2px solid #4c6272;border-radius:4px;cursor:pointer}\
button:hover{border-color:#005eb8}button:focus{outline:4px solid #ffeb3b;outline-offset:0;border-color:#212b32}\
strong,span{display:block}.what{color:#4c6272}.note{border-left:6px solid #005eb8;background:#fff;padding:.5rem 1rem}";

/// The personas as buttons: one press and the visitor is signed in.
pub(super) fn personas(personas: &[Persona], request: &Request) -> Response {
    let fields: String = request
        .fields()
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value)))
        .collect();
    let buttons: String = personas.iter().map(button).collect();
    page(
        "Who would you like to be?",
        &format!(
            "<p class=\"note\">This is the demonstration's own sign-in. Nobody here exists, and no password is asked.</p>\
             <form method=\"post\">{fields}<ul>{buttons}</ul></form>"
        ),
    )
}

fn button(persona: &Persona) -> String {
    let staff = &persona.staff;
    let team = staff.team.as_deref().map(|team| format!("{team}, ")).unwrap_or_default();
    format!(
        "<li><button name=\"subject\" value=\"{}\"><strong>{}</strong><span>{}, {}{}</span><span class=\"what\">{}</span></button></li>",
        escaped(staff.id.as_str()),
        escaped(&staff.name),
        escaped(staff.role.word()),
        escaped(&team),
        escaped(&staff.organisation_name),
        escaped(persona.about),
    )
}

/// Says what is wrong where nobody can be told by a redirect.
pub(super) fn refusal(words: &str) -> Response {
    page("You cannot sign in this way", &format!("<p>{}</p>", escaped(words)))
}

fn page(title: &str, content: &str) -> Response {
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} - Connect Care demonstration</title><style>{STYLE}</style></head>\
         <body><main><h1>{title}</h1>{content}</main></body></html>"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
        ),
    ];
    (headers, html).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
