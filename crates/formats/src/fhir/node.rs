//! A JSON document as places in untouched text, and the questions asked of it.

use std::borrow::Cow;
use std::ops::Range;

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    List,
    Text,
    /// A number, `true` or `false`.
    Bare,
    Null,
}

/// One value: where its name and it lie, and which slot follows its last part.
pub(super) struct Slot {
    pub(super) key: Range<usize>,
    pub(super) value: Range<usize>,
    pub(super) next: usize,
    pub(super) kind: Kind,
}

/// A whole JSON text and its values in order.
pub(super) struct Document<'t> {
    pub(super) text: &'t str,
    pub(super) slots: Vec<Slot>,
}

impl Document<'_> {
    /// The outermost value.
    pub(super) fn root(&self) -> Node<'_> {
        Node { text: self.text, slots: &self.slots, at: 0 }
    }
}

/// One value of a document.
#[derive(Clone, Copy)]
pub(super) struct Node<'d> {
    text: &'d str,
    slots: &'d [Slot],
    at: usize,
}

impl<'d> Node<'d> {
    pub(super) fn kind(self) -> Kind {
        self.slots.get(self.at).map_or(Kind::Null, |slot| slot.kind)
    }

    pub(super) fn is_object(self) -> bool {
        self.kind() == Kind::Object
    }

    /// Its bytes in the message, quotes of a text excluded.
    pub(super) fn span(self) -> Range<usize> {
        self.slots.get(self.at).map_or(0..0, |slot| slot.value.clone())
    }

    /// Its untouched text.
    pub(super) fn raw(self) -> &'d str {
        self.text.get(self.span()).unwrap_or_default()
    }

    /// The value of this name; in a list, of its first item. `null` is absent.
    pub(super) fn get(self, name: &str) -> Option<Node<'d>> {
        let object = self.first()?;
        if !object.is_object() {
            return None;
        }
        object.parts().find(|part| part.is_named(name)).filter(|part| part.kind() != Kind::Null)
    }

    /// The value at a path of names: `code.coding.display`. Of lists, the first item.
    pub(super) fn at(self, path: &str) -> Option<Node<'d>> {
        path.split('.').try_fold(self, |node, name| node.get(name))?.first()
    }

    /// The values of this name. XML does not tell a list of one from a single
    /// value, so one value is a list of one wherever a list is read.
    pub(super) fn list(self, name: &str) -> impl Iterator<Item = Node<'d>> + use<'d> {
        self.get(name).into_iter().flat_map(Node::items)
    }

    /// The items of a list, or the value itself.
    pub(super) fn items(self) -> impl Iterator<Item = Node<'d>> + use<'d> {
        let (of_list, alone) = if self.kind() == Kind::List { (Some(self), None) } else { (None, Some(self)) };
        alone.into_iter().chain(of_list.into_iter().flat_map(Node::parts)).filter(|item| item.kind() != Kind::Null)
    }

    /// A text, number or truth value as told.
    pub(super) fn text(self) -> Option<Cow<'d, str>> {
        match self.kind() {
            Kind::Text => Some(decoded(self.raw())),
            Kind::Bare => Some(Cow::Borrowed(self.raw())),
            Kind::Object | Kind::List | Kind::Null => None,
        }
    }

    /// The text at a path, without space around it; an empty one is absent.
    pub(super) fn word(self, path: &str) -> Option<Cow<'d, str>> {
        let text = self.at(path)?.text()?;
        let bare = text.trim();
        if bare.is_empty() {
            return None;
        }
        if bare.len() == text.len() { Some(text) } else { Some(Cow::Owned(bare.to_owned())) }
    }

    /// The same as a string of its own.
    pub(super) fn string(self, path: &str) -> Option<String> {
        self.word(path).map(Cow::into_owned)
    }

    /// Whether the text at a path is this word.
    pub(super) fn says(self, path: &str, word: &str) -> bool {
        self.word(path).is_some_and(|told| told == word)
    }

    /// An object's values with their names as they stand in the text.
    pub(super) fn fields(self) -> impl Iterator<Item = (&'d str, Node<'d>)> + use<'d> {
        self.parts().map(|part| (part.key(), part))
    }

    /// The names of an object's values.
    pub(super) fn names(self) -> impl Iterator<Item = Cow<'d, str>> + use<'d> {
        self.parts().map(|part| decoded(part.key()))
    }

    /// Whether the object has this name at all, be it with `null`.
    pub(super) fn has(self, name: &str) -> bool {
        self.parts().any(|part| part.is_named(name))
    }

    fn first(self) -> Option<Node<'d>> {
        if self.kind() == Kind::List { self.items().next() } else { Some(self) }
    }

    fn parts(self) -> impl Iterator<Item = Node<'d>> + use<'d> {
        let end = self.slots.get(self.at).map_or(self.at, |slot| slot.next);
        let mut at = self.at + 1;
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let part = Node { at, ..self };
            at = self.slots.get(at)?.next;
            Some(part)
        })
    }

    fn key(self) -> &'d str {
        self.slots.get(self.at).and_then(|slot| self.text.get(slot.key.clone())).unwrap_or_default()
    }

    fn is_named(self, name: &str) -> bool {
        let key = self.key();
        key == name || (key.contains('\\') && decoded(key) == name)
    }
}

/// A JSON string without its escapes. A lone surrogate half, which no text can
/// hold, leaves the string as it came.
pub(super) fn decoded(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    serde_json::from_str::<String>(&format!("\"{raw}\"")).map_or(Cow::Borrowed(raw), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::super::scan::{DEPTH_MAX, scan};

    #[test]
    fn decimals_and_texts_are_given_as_told() {
        let document = scan(br#"{"v":1.10,"big":1.0e1,"t":" a\nb\u00e9 ","n":null,"x":"\ud800"}"#, DEPTH_MAX).unwrap();
        let root = document.root();
        assert_eq!(root.word("v").unwrap(), "1.10");
        assert_eq!(root.word("big").unwrap(), "1.0e1");
        assert_eq!(root.word("t").unwrap(), "a\nb\u{e9}");
        assert_eq!(root.word("x").unwrap(), "\\ud800");
        assert!(root.get("n").is_none());
    }

    #[test]
    fn one_value_reads_like_a_list_of_one() {
        let document = scan(br#"{"one":{"a":"x"},"many":[null,{"a":"y"},{"a":"z"}],"none":[]}"#, DEPTH_MAX).unwrap();
        let root = document.root();
        let all = |name: &str| root.list(name).filter_map(|item| item.string("a")).collect::<Vec<_>>();
        assert_eq!((all("one"), all("many"), all("none")), (vec!["x".into()], vec!["y".into(), "z".into()], vec![]));
        assert_eq!(root.word("many.a").unwrap(), "y");
    }
}
