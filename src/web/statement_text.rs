//! A line of a statement as one plain sentence: deed, date, why.

use super::lang::{Figures, Lang};
use crate::core::Day;
use crate::core::rows::Purpose;
use crate::store::read::statement::{Line, What};

/// The sentence for one movement.
#[must_use]
pub fn sentence(line: &Line, lang: Lang) -> String {
    let mut figures = Figures::new();
    let mut put = |name: &str, value: String| drop(figures.insert(name.to_string(), value.into()));
    put(
        "lot",
        if line.lot == Day::NEVER {
            lang.text("word.never")
        } else {
            line.lot.to_string()
        },
    );
    let key = match (&line.what, line.kind) {
        (
            What::Deed {
                rule,
                rule_zh,
                rule_en,
                unit,
                quantity,
                occurred,
                note,
                ..
            },
            kind,
        ) => {
            let name = lang.pick(rule_zh, rule_en);
            put(
                "rule",
                if name.is_empty() {
                    rule.clone()
                } else {
                    name.clone()
                },
            );
            put("quantity", quantity.to_string());
            put("unit", unit.clone());
            put("date", occurred.to_string());
            let remark = note
                .as_ref()
                .map(|note| format!("{}{note}", lang.text("statement.note")));
            put("note", remark.unwrap_or_default());
            match kind {
                Purpose::Award if line.pending => "statement.award_pending",
                Purpose::Award => "statement.award",
                Purpose::Deduction => "statement.deduction",
                Purpose::Reversal => "statement.reversal",
                Purpose::Recovery => "statement.recovery",
                Purpose::Maturity => "statement.maturity",
                _ => "statement.other",
            }
        }
        (What::Goods { receipt_no, lines }, kind) => {
            let goods: Vec<String> = lines
                .iter()
                .map(|(zh, en, pieces)| format!("{} ×{pieces}", lang.pick(zh, en)))
                .collect();
            put("goods", goods.join(lang.pick("、", ", ")));
            put("receipt_no", receipt_no.clone());
            match kind {
                Purpose::Refund => "statement.refund",
                _ => "statement.redemption",
            }
        }
        (What::Plain, Purpose::Expiry) => "statement.expiry",
        (What::Plain, Purpose::Reversal) => "statement.reversal_plain",
        (What::Plain, Purpose::Recovery) => "statement.recovery_plain",
        (What::Plain, Purpose::Refund) => "statement.refund_plain",
        (What::Plain, _) => "statement.other",
    };
    lang.say(key, &figures).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::rows::AwardState;
    use crate::core::{Points, Quantity};
    use uuid::Uuid;

    fn line(kind: Purpose, what: What) -> Line {
        let (at, points, balance_after) = (0, Points(100), Points(100));
        let lot = Day::NEVER;
        Line {
            operation: Uuid::nil(),
            household_seq: 1,
            at,
            kind,
            points,
            balance_after,
            lot,
            pending: false,
            what,
            seq: 1,
            about: (1, 0),
            giver: None,
            leaf: [0; 32],
        }
    }

    #[test]
    fn each_kind_has_a_plain_sentence() {
        let deed = What::Deed {
            rule: "CY01".into(),
            rule_zh: "庭院最清洁".into(),
            rule_en: "Cleanest courtyard".into(),
            unit: "次".into(),
            quantity: Quantity(100),
            occurred: Day::parse("2026-11-22").expect("a day"),
            note: Some("三组".into()),
            state: AwardState::Booked,
        };
        let said = sentence(&line(Purpose::Award, deed.clone()), Lang::Zh);
        assert!(
            said.contains("2026-11-22") && said.contains("庭院最清洁") && said.contains("三组"),
            "{said}"
        );
        let said = sentence(&line(Purpose::Reversal, deed), Lang::En);
        assert!(said.contains("Cleanest courtyard"), "{said}");
        let goods = What::Goods {
            receipt_no: "S1-000007".into(),
            lines: vec![("透明皂".into(), "Soap".into(), 2)],
        };
        let said = sentence(&line(Purpose::Redemption, goods), Lang::Zh);
        assert!(
            said.contains("透明皂 ×2") && said.contains("S1-000007"),
            "{said}"
        );
        for kind in Purpose::ALL {
            for lang in [Lang::Zh, Lang::En] {
                let said = sentence(&line(*kind, What::Plain), lang);
                assert!(!said.is_empty() && !said.contains('%'), "{kind:?} {said}");
            }
        }
    }
}
