//! A QR code as SVG: error correction Q, a quiet zone of four modules.

use crate::web::page::Markup;
use crate::web::page::markup::escape;
use crate::web::problem::Problem;
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// The light border that readers need, in modules.
const QUIET: usize = 4;

/// The code of a text, named for those who hear the page.
///
/// # Errors
/// 500 when the text is too long for any code.
pub fn qr(text: &str, label: &str) -> Result<Markup, Problem> {
    let code = QrCode::with_error_correction_level(text, EcLevel::Q).map_err(|fault| {
        tracing::error!(%fault, "a text has no QR code");
        Problem::internal()
    })?;
    let width = code.width();
    let colors = code.into_colors();
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let dark = |x: &usize| row.get(*x) == Some(&Color::Dark);
            let run = (x..width).take_while(dark).count();
            if run > 0 {
                // Writing to a String cannot fail. Lines run through the middle of their modules.
                let _ = write!(path, "M{} {}.5h{run}", x + QUIET, y + QUIET);
            }
            x += run.max(1);
        }
    }
    let (side, label) = (width + 2 * QUIET, escape(label));
    Ok(Markup(format!(
        "<svg role=\"img\" aria-label=\"{label}\" viewBox=\"0 0 {side} {side}\" class=\"qr\" \
         shape-rendering=\"crispEdges\"><path stroke=\"#000\" d=\"{path}\"/></svg>"
    )))
}

#[cfg(test)]
mod tests {
    use super::qr;

    #[test]
    fn a_code_has_its_quiet_zone() {
        let Markup(svg) = qr("https://a.example/c#zCQ7XW1FvNiD9x0-_5aBcd", "<1>").expect("a code");
        assert!(svg.contains("M4 4.5h7"), "{svg}");
        assert!(svg.contains("&lt;1&gt;"));
    }

    use super::Markup;
}
