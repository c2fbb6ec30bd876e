//! The caller's language, and the sentences of `locales/`.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};
use std::convert::Infallible;

/// Named values that a sentence shows.
pub type Figures = Map<String, Value>;

/// Chinese unless the caller prefers English.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// 中文.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The better liked of the two by `Accept-Language`.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Lang {
        let Some(wanted) = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|v| v.to_str().ok())
        else {
            return Lang::Zh;
        };
        // Weights as thousandths: "0.8" and "0.80" are the same, and no float is needed.
        let (mut zh, mut en) = (0, 0);
        for item in wanted.split(',').take(20) {
            let (tag, weight) = item.split_once(';').unwrap_or((item, "q=1"));
            let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
            let (whole, part) = weight.split_once('.').unwrap_or((weight, ""));
            let part: String = part.chars().chain("000".chars()).take(3).collect();
            let weight: u32 = if whole == "0" {
                part.parse().unwrap_or(0)
            } else {
                1000
            };
            let tag = tag.trim().to_ascii_lowercase();
            match tag.split('-').next() {
                Some("zh") => zh = zh.max(weight),
                Some("en") => en = en.max(weight),
                _ => {}
            }
        }
        if en > zh { Lang::En } else { Lang::Zh }
    }

    /// Its tag, as in `Content-Language`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Lang::Zh => "zh",
            Lang::En => "en",
        }
    }

    /// Which of two texts.
    pub fn pick<T>(self, zh: T, en: T) -> T {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// The sentence of a key with its figures filled in; `None` for an unknown key.
    #[must_use]
    pub fn say(self, key: &str, figures: &Figures) -> Option<String> {
        let pattern = crate::_rust_i18n_try_translate(self.code(), key)?;
        Some(self.fill(&pattern, figures))
    }

    /// As [`Lang::say`] with figures of any kind; an unknown key stands for itself.
    #[must_use]
    pub fn with(self, key: &str, figures: &[(&str, &dyn std::fmt::Display)]) -> String {
        let figures: Figures = figures
            .iter()
            .map(|(name, value)| ((*name).to_string(), value.to_string().into()))
            .collect();
        self.say(key, &figures).unwrap_or_else(|| key.to_string())
    }

    /// As [`Lang::say`] without figures; an unknown key stands for itself.
    #[must_use]
    pub fn text(self, key: &str) -> String {
        self.say(key, &Figures::new())
            .unwrap_or_else(|| key.to_string())
    }

    fn fill(self, pattern: &str, figures: &Figures) -> String {
        let mut out = String::with_capacity(pattern.len() + 32);
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("%{") {
            out.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                rest = after;
                break;
            };
            if let Some(value) = figures.get(name) {
                out.push_str(&self.shown(name, value));
            }
            rest = tail;
        }
        out.push_str(rest);
        out
    }

    fn shown(self, name: &str, value: &Value) -> String {
        let plain = match value {
            Value::String(text) => text.clone(),
            Value::Null => return String::new(),
            other => other.to_string(),
        };
        match name {
            "period" | "state" | "kind" | "role" | "to" => {
                let key = format!("word.{plain}");
                crate::_rust_i18n_try_translate(self.code(), &key).map_or(plain, Into::into)
            }
            _ => plain,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Lang {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Lang, Infallible> {
        Ok(Lang::of(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use figment::Figment;
    use figment::providers::{Format as _, Toml};
    use figment::value::{Dict, Value as FigmentValue};
    use std::collections::BTreeMap;

    fn lang(accept: &str) -> Lang {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, accept.parse().expect("a header"));
        Lang::of(&headers)
    }

    #[test]
    fn the_better_liked_language_wins_and_chinese_is_the_default() {
        assert_eq!(Lang::of(&HeaderMap::new()), Lang::Zh);
        for (accept, is) in [
            ("en-GB,en;q=0.9,zh;q=0.8", Lang::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("en;q=0.5, zh-Hans;q=0.50", Lang::Zh),
            ("fr, en;q=0.1", Lang::En),
            ("*", Lang::Zh),
            ("en;q=0", Lang::Zh),
            (";;;,,q=", Lang::Zh),
        ] {
            assert_eq!(lang(accept), is, "{accept}");
        }
    }

    #[test]
    fn figures_and_words_are_filled_in() {
        let figures = serde_json::json!({"period": "month", "cap": "2.5", "n": 3});
        let figures = figures.as_object().cloned().unwrap_or_default();
        assert_eq!(
            Lang::En.fill("%{cap} per %{period}, %{n}%{no}!", &figures),
            "2.5 per month, 3!"
        );
        assert_eq!(Lang::Zh.fill("每%{period}%{cap}", &figures), "每月2.5");
        assert_eq!(Lang::Zh.fill("50%{", &figures), "50");
        assert_eq!(Lang::Zh.say("no.such.key", &figures), None);
    }

    fn catalogue(text: &str) -> BTreeMap<String, String> {
        fn walk(at: &str, value: &FigmentValue, out: &mut BTreeMap<String, String>) {
            match value {
                FigmentValue::Dict(_, table) => {
                    for (key, value) in table {
                        walk(&format!("{at}.{key}"), value, out);
                    }
                }
                FigmentValue::String(_, text) => drop(out.insert(at.to_string(), text.clone())),
                _ => {}
            }
        }
        let table: Dict = Figment::from(Toml::string(text))
            .extract()
            .expect("a catalogue");
        let mut out = BTreeMap::new();
        for (key, value) in &table {
            walk(key, value, &mut out);
        }
        out
    }

    /// Every `.html` below `templates/` and every `.rs` below `src/web/`.
    fn sources() -> Vec<(String, String)> {
        fn walk(at: &std::path::Path, out: &mut Vec<(String, String)>) {
            for entry in std::fs::read_dir(at).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    walk(&path, out);
                } else if let Ok(text) = std::fs::read_to_string(&path) {
                    out.push((path.display().to_string(), text));
                }
            }
        }
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut out = Vec::new();
        walk(&root.join("templates"), &mut out);
        walk(&root.join("src/web"), &mut out);
        out
    }

    #[test]
    fn every_key_that_a_page_asks_for_is_in_the_catalogue() {
        let zh = catalogue(include_str!("../../locales/zh.toml"));
        let calls = [
            "p.t(\"", "p.t1(\"", "p.t2(\"", "p.t3(\"", "p.h(\"", "p.h1(\"", "p.h2(\"", "text(\"",
        ];
        let mut asked = 0;
        for (path, text) in sources() {
            for call in calls {
                for rest in text.split(call).skip(1) {
                    let key = rest.split('"').next().unwrap_or("");
                    let is_key = key.contains('.')
                        && key.chars().all(|c| {
                            c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c)
                        });
                    if is_key {
                        asked += 1;
                        assert!(zh.contains_key(key), "{path} asks for {key}");
                    }
                }
            }
        }
        assert!(asked > 50, "the scan found only {asked} keys");
    }

    #[test]
    fn both_catalogues_say_the_same_things_with_the_same_figures() {
        let zh = catalogue(include_str!("../../locales/zh.toml"));
        let en = catalogue(include_str!("../../locales/en.toml"));
        let keys = |map: &BTreeMap<String, String>| map.keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&zh), keys(&en));
        let figures = |text: &str| {
            let mut names: Vec<String> = text
                .split("%{")
                .skip(1)
                .filter_map(|part| part.split_once('}').map(|(name, _)| name.to_string()))
                .collect();
            names.sort();
            names.dedup();
            names
        };
        for (key, text) in &zh {
            assert_eq!(figures(text), figures(&en[key]), "{key}");
        }
    }
}
