//! How a visitor wants pages to look: language, text size, theme; kept in plain cookies for a year.

use crate::web::lang::Lang;
use axum::http::{HeaderMap, header};

/// Text size: 18, 24 or 30 px (UX section 4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// 18 px.
    #[default]
    Normal,
    /// 大字, 24 px: three buttons, no charts.
    Large,
    /// 特大, 30 px.
    XLarge,
}

impl Size {
    /// The word in cookies and `data-size`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Size::Normal => "normal",
            Size::Large => "large",
            Size::XLarge => "xlarge",
        }
    }

    /// Reads a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Size> {
        [Size::Normal, Size::Large, Size::XLarge]
            .into_iter()
            .find(|size| size.word() == word)
    }
}

/// Light, dark, or as the device has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the device.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The word in cookies and `data-theme`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// Reads a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Theme> {
        [Theme::Auto, Theme::Light, Theme::Dark]
            .into_iter()
            .find(|theme| theme.word() == word)
    }
}

/// All three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Language.
    pub lang: Lang,
    /// Text size.
    pub size: Size,
    /// Theme.
    pub theme: Theme,
}

impl Look {
    /// From cookies; the language else from `Accept-Language`.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Look {
        let lang = match cookie(headers, "lang") {
            Some("zh") => Lang::Zh,
            Some("en") => Lang::En,
            _ => Lang::of(headers),
        };
        Look {
            lang,
            size: cookie(headers, "size")
                .and_then(Size::of_word)
                .unwrap_or_default(),
            theme: cookie(headers, "theme")
                .and_then(Theme::of_word)
                .unwrap_or_default(),
        }
    }
}

/// The value of a cookie.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    let pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    let mut found = pairs.filter_map(|pair| pair.trim().split_once('='));
    found
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

const YEAR: u32 = 365 * 86_400;

/// A cookie with a choice that is no secret. `value` must be plain letters and digits.
#[must_use]
pub fn choice(name: &str, value: &str) -> String {
    format!("{name}={value}; Path=/; Max-Age={YEAR}; SameSite=Lax")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            "xsize=large; size=xlarge".parse().expect("a header"),
        );
        headers.append(
            header::COOKIE,
            "theme=dark;lang=en".parse().expect("a header"),
        );
        let look = Look::of(&headers);
        assert_eq!(
            (look.size, look.theme, look.lang),
            (Size::XLarge, Theme::Dark, Lang::En)
        );
    }
}
