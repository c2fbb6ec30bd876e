//! HTML that is already safe: made by our own code, or by a catalogue around escaped values.

use super::Page;
use super::assets;
use askama::filters::HtmlSafe;
use std::fmt::{self, Display, Write as _};

/// Safe HTML.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markup(pub String);

impl Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markup {}

/// Text with everything escaped that HTML knows.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

fn icon(class: &str, name: &str) -> Markup {
    let mut out = String::with_capacity(120);
    let version = assets::version();
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<svg class=\"{class}\" aria-hidden=\"true\"><use href=\"/assets/icons.svg?v={version}#{name}\"/></svg>"
    );
    Markup(out)
}

/// Words and pictures, as templates ask for them.
impl Page {
    /// An icon of `assets/icons.svg` beside a word: `p.icon("check")`.
    #[must_use]
    pub fn icon(&self, name: &str) -> Markup {
        icon("icon", &format!("i-{name}"))
    }

    /// A small icon.
    #[must_use]
    pub fn icon_small(&self, name: &str) -> Markup {
        icon("icon icon-small", &format!("i-{name}"))
    }

    /// A large icon.
    #[must_use]
    pub fn icon_big(&self, name: &str) -> Markup {
        icon("icon icon-big", &format!("i-{name}"))
    }

    /// An icon with a class of its own, such as `icon go icon-small`.
    #[must_use]
    pub fn icon_as(&self, class: &str, name: &str) -> Markup {
        icon(class, &format!("i-{name}"))
    }

    /// The wordmark's picture.
    #[must_use]
    pub fn mark(&self, class: &str) -> Markup {
        icon(class, "mark")
    }

    /// The address of an asset, new with every change of it.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        format!("/assets/{name}?v={}", assets::version())
    }

    /// The words of a key.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        self.lang().text(key)
    }

    /// The words of a key with one figure.
    #[must_use]
    pub fn t1(&self, key: &str, name: &str, value: impl Display) -> String {
        self.lang().with(key, &[(name, &value)])
    }

    /// The words of a key with two figures.
    #[must_use]
    pub fn t2(&self, key: &str, n1: &str, v1: impl Display, n2: &str, v2: impl Display) -> String {
        self.lang().with(key, &[(n1, &v1), (n2, &v2)])
    }

    /// The words of a key with three figures.
    #[must_use]
    #[expect(
        clippy::too_many_arguments,
        reason = "pairs, as templates can write them"
    )]
    pub fn t3(
        &self,
        key: &str,
        n1: &str,
        v1: impl Display,
        n2: &str,
        v2: impl Display,
        n3: &str,
        v3: impl Display,
    ) -> String {
        self.lang().with(key, &[(n1, &v1), (n2, &v2), (n3, &v3)])
    }

    /// As [`Page::t1`], where the catalogue's sentence carries tags such as `<b>`; the figure is escaped.
    #[must_use]
    pub fn h1(&self, key: &str, name: &str, value: impl Display) -> Markup {
        let value = escape(&value.to_string());
        Markup(self.lang().with(key, &[(name, &value)]))
    }

    /// As [`Page::h1`] with two figures.
    #[must_use]
    pub fn h2(&self, key: &str, n1: &str, v1: impl Display, n2: &str, v2: impl Display) -> Markup {
        let (v1, v2) = (escape(&v1.to_string()), escape(&v2.to_string()));
        Markup(self.lang().with(key, &[(n1, &v1), (n2, &v2)]))
    }

    /// As [`Page::h1`] without a figure.
    #[must_use]
    pub fn h(&self, key: &str) -> Markup {
        Markup(self.t(key))
    }

    /// Of two names the one in the visitor's language; the Chinese one when there is no other.
    #[must_use]
    pub fn name<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        let picked = self.lang().pick(zh, en);
        if picked.is_empty() { zh } else { picked }
    }
}
