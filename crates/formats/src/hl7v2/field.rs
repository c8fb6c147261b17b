use std::borrow::Cow;

use super::charset::Charset;
use super::escape::unescape;
use super::separators::Separators;

/// How the values of a message are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    pub(super) separators: Separators,
    pub(super) charset: Charset,
}

macro_rules! values {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<'a> {
            bytes: &'a [u8],
            form: Form,
        }

        impl<'a> $name<'a> {
            /// As it was sent, escapes and separators in it.
            #[must_use]
            pub fn bytes(&self) -> &'a [u8] {
                self.bytes
            }

            /// Whether nothing was sent.
            #[must_use]
            pub fn is_absent(&self) -> bool {
                self.bytes.is_empty()
            }

            /// Whether the sender says that there is none: `""`.
            #[must_use]
            pub fn is_null(&self) -> bool {
                self.bytes == b"\"\""
            }

            /// Its whole text with escapes resolved and unescaped separators left in;
            /// `None` where absent or null.
            #[must_use]
            pub fn text(&self) -> Option<Cow<'a, str>> {
                let told = !self.is_absent() && !self.is_null();
                told.then(|| unescape(self.bytes, &self.form.separators, self.form.charset))
            }

            /// Its whole text without white space around it; `None` where nothing is left.
            #[must_use]
            pub fn told(&self) -> Option<String> {
                let text = self.text()?;
                let trimmed = text.trim();
                (!trimmed.is_empty()).then(|| trimmed.to_owned())
            }
        }
    )*};
}

values! {
    /// A field: one or more repetitions.
    Field;
    /// One repetition of a field: one or more components.
    Repetition;
    /// One component: one or more sub-components.
    Component;
    /// One sub-component, the smallest part.
    Subcomponent;
}

impl<'a> Field<'a> {
    pub(super) fn new(bytes: &'a [u8], form: Form) -> Self {
        Self { bytes, form }
    }

    /// Its repetitions in order; none where it is absent.
    pub fn repetitions(&self) -> impl Iterator<Item = Repetition<'a>> + use<'a> {
        let form = self.form;
        let present = (!self.bytes.is_empty()).then_some(self.bytes);
        present
            .into_iter()
            .flat_map(move |bytes| bytes.split(move |byte| *byte == form.separators.repetition))
            .map(move |bytes| Repetition { bytes, form })
    }

    /// A repetition by its place, from 0. Absent ones are empty.
    #[must_use]
    pub fn repetition(&self, place: usize) -> Repetition<'a> {
        self.repetitions().nth(place).unwrap_or(Repetition { bytes: b"", form: self.form })
    }

    /// Whether the sender says that there is none at all: `""`, also where it is
    /// written for each part (`""^""`). Absent is not null.
    #[must_use]
    pub fn says_none(&self) -> bool {
        let values = || self.repetitions().flat_map(|one| one.components()).flat_map(|part| part.subcomponents());
        values().any(|value| value.is_null()) && values().all(|value| value.is_null() || value.is_absent())
    }

    /// A component of the first repetition by its number, from 1.
    #[must_use]
    pub fn component(&self, number: usize) -> Component<'a> {
        self.repetition(0).component(number)
    }
}

impl<'a> Repetition<'a> {
    /// Its components in order; none where it is absent.
    pub fn components(&self) -> impl Iterator<Item = Component<'a>> + use<'a> {
        let form = self.form;
        let present = (!self.bytes.is_empty()).then_some(self.bytes);
        let split =
            present.into_iter().flat_map(move |bytes| bytes.split(move |byte| *byte == form.separators.component));
        split.map(move |bytes| Component { bytes, form })
    }

    /// A component by its number, from 1. Absent ones are empty.
    #[must_use]
    pub fn component(&self, number: usize) -> Component<'a> {
        let separator = self.form.separators.component;
        let bytes = number.checked_sub(1).and_then(|at| self.bytes.split(|byte| *byte == separator).nth(at));
        Component { bytes: bytes.unwrap_or_default(), form: self.form }
    }
}

impl<'a> Component<'a> {
    /// Its sub-components in order; none where it is absent.
    pub fn subcomponents(&self) -> impl Iterator<Item = Subcomponent<'a>> + use<'a> {
        let form = self.form;
        let present = (!self.bytes.is_empty()).then_some(self.bytes);
        let split = present
            .into_iter()
            .flat_map(move |bytes| bytes.split(move |byte| Some(*byte) == form.separators.subcomponent));
        split.map(move |bytes| Subcomponent { bytes, form })
    }

    /// A sub-component by its number, from 1. Absent ones are empty.
    #[must_use]
    pub fn subcomponent(&self, number: usize) -> Subcomponent<'a> {
        let bytes = match (self.form.separators.subcomponent, number.checked_sub(1)) {
            (Some(separator), Some(at)) => self.bytes.split(|byte| *byte == separator).nth(at),
            (None, Some(0)) => Some(self.bytes),
            _ => None,
        };
        Subcomponent { bytes: bytes.unwrap_or_default(), form: self.form }
    }

    /// Its sub-components as one text with spaces between.
    #[must_use]
    pub fn joined(&self) -> Option<String> {
        let Some(separator) = self.form.separators.subcomponent.filter(|s| self.bytes.contains(s)) else {
            return self.told();
        };
        let parts = self.bytes.split(|byte| *byte == separator);
        let texts: Vec<_> = parts.filter_map(|bytes| Subcomponent { bytes, form: self.form }.told()).collect();
        (!texts.is_empty()).then(|| texts.join(" "))
    }
}

#[cfg(test)]
impl Field<'_> {
    /// The field put together from its smallest parts, to prove that none is lost.
    pub(super) fn rebuilt(&self) -> Vec<u8> {
        let Separators { component, repetition, subcomponent, .. } = self.form.separators;
        let count = |bytes: &[u8], separator: u8| bytes.split(|byte| *byte == separator).count();
        let repetitions: Vec<Vec<u8>> = self
            .repetitions()
            .map(|one| {
                let components: Vec<Vec<u8>> = (1..=count(one.bytes, component))
                    .map(|number| one.component(number))
                    .map(|part| match subcomponent {
                        None => part.subcomponent(1).bytes.to_vec(),
                        Some(sub) => (1..=count(part.bytes, sub))
                            .map(|number| part.subcomponent(number).bytes)
                            .collect::<Vec<_>>()
                            .join(&sub),
                    })
                    .collect();
                components.join(&component)
            })
            .collect();
        repetitions.join(&repetition)
    }
}
