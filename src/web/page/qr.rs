//! QR codes as SVG, drawn on the server.

use super::markup::escape;
use super::{Markup, Page};
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// Modules of quiet ground around a code, as scanners want it.
const QUIET: usize = 4;

/// A QR code with a name for those who do not see it; `None` for what is too long for one.
#[must_use]
pub fn svg(text: &str, label: &str) -> Option<Markup> {
    // Q keeps a worn or badly lit code readable.
    let code = QrCode::with_error_correction_level(text, EcLevel::Q).ok()?;
    let width = code.width();
    let side = width + 2 * QUIET;
    let mut out = String::with_capacity(4096);
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<svg class=\"qr\" viewBox=\"0 0 {side} {side}\" role=\"img\" aria-label=\"{}\" shape-rendering=\"crispEdges\"><path stroke=\"#000\" d=\"",
        escape(label)
    );
    for (y, line) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = line[x..]
                .iter()
                .take_while(|color| **color == Color::Dark)
                .count();
            if run > 0 {
                let _ = write!(out, "M{} {}.5h{run}", x + QUIET, y + QUIET);
            }
            x += run.max(1);
        }
    }
    out.push_str("\"/></svg>");
    Some(Markup(out))
}

impl Page {
    /// A QR code: `p.qr(text, label)`; nothing for what is too long for one.
    #[must_use]
    pub fn qr(&self, text: &str, label: &str) -> Markup {
        svg(text, label).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::svg;

    #[test]
    fn a_code_is_drawn_and_its_name_is_escaped() {
        let drawn = svg("https://example.test/c#abc", "\"<b>").map(|markup| markup.0);
        let drawn = drawn.unwrap_or_default();
        assert!(drawn.starts_with("<svg class=\"qr\""), "{drawn}");
        assert!(
            drawn.contains("&quot;&lt;b&gt;") && drawn.contains("M4 4.5h7"),
            "{drawn}"
        );
    }

    #[test]
    fn what_is_too_long_has_no_code() {
        assert!(svg(&"x".repeat(5_000), "").is_none());
    }
}
