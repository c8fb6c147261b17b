//! Every page in several states, from made-up data: to be looked at, and to be
//! asked by tests. Nobody in it exists.

mod around;
pub(crate) mod feeds;
pub(crate) mod identity;
pub(crate) mod identity_records;
pub(crate) mod made_up;
pub(crate) mod many;
mod past;
pub(crate) mod quarantine;
mod states;
mod tests_over_time;
pub(crate) mod who_saw;

use crate::assets::ASSETS;

/// A page of the gallery: its name and its whole HTML.
pub type Shown = (&'static str, String);

/// Every page, with stylesheets referred to beside it.
///
/// # Errors
/// When a template cannot be rendered.
pub fn render_all() -> Result<Vec<Shown>, askama::Error> {
    let mut shown = Vec::new();
    let mut show = |name: &'static str, page: &dyn askama::DynTemplate| -> Result<(), askama::Error> {
        shown.push((name, beside(&page.dyn_render()?)));
        Ok(())
    };
    states::show_all(&mut show)?;
    Ok(shown)
}

/// How a page is added: its name and itself.
type Show<'a> = dyn FnMut(&'static str, &dyn askama::DynTemplate) -> Result<(), askama::Error> + 'a;

/// Every file that the pages refer to, as name and bytes.
#[must_use]
pub fn files() -> Vec<(&'static str, &'static [u8])> {
    ASSETS.iter().map(|asset| (asset.name, asset.bytes)).collect()
}

fn beside(html: &str) -> String {
    html.replace("\"/static/", "\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Shown> {
        render_all().unwrap()
    }

    #[test]
    fn no_page_holds_a_script_an_inline_style_or_an_address_elsewhere() {
        for (name, html) in all() {
            for forbidden in ["<script", " style=", "<style", "javascript:", " onclick", "https://", "//cdn"] {
                assert!(!html.contains(forbidden), "{name}: {forbidden}");
            }
            assert!(html.replace("http://www.w3.org/2000/svg", "").find("http://").is_none(), "{name}");
        }
    }

    #[test]
    fn no_address_holds_an_nhs_number_and_no_title_a_name() {
        for (name, html) in all() {
            for address in html.split(['"']).filter(|part| part.starts_with('/')) {
                let digits = address.chars().filter(char::is_ascii_digit).count();
                assert!(digits < 10, "{name}: {address}");
            }
            let title = html.split("<title>").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
            assert!(title.ends_with(" – Connect Care"), "{name}: {title}");
            assert!(!title.contains("OKAFOR") && !title.contains("999"), "{name}: {title}");
        }
    }

    #[test]
    fn every_page_has_one_first_heading_and_one_main_part() {
        for (name, html) in all() {
            assert_eq!(html.matches("<h1").count(), 1, "{name}");
            assert_eq!(html.matches("<main").count(), 1, "{name}");
            assert!(html.contains("lang=\"en-GB\"") && html.contains("telephone=no"), "{name}");
        }
    }

    #[test]
    fn every_id_is_used_once_and_every_label_has_its_field() {
        for (name, html) in all() {
            let ids: Vec<_> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
            let mut once = ids.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), ids.len(), "{name}");
            for wanted in [" for=\"", " aria-labelledby=\"", " aria-describedby=\"", "href=\"#"] {
                for list in html.split(wanted).skip(1).filter_map(|rest| rest.split('"').next()) {
                    for id in list.split(' ').filter(|id| !id.is_empty()) {
                        assert!(ids.contains(&id), "{name}: {wanted}{id}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_form_that_changes_something_is_bound_to_its_session() {
        for (name, html) in all() {
            for form in html.split("method=\"post\"").skip(1).filter_map(|rest| rest.split("</form>").next()) {
                assert!(form.contains("name=\"form\"") || form.contains("/sign-in"), "{name}");
            }
        }
    }
}
