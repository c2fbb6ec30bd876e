//! Caps, shared caps and exclusives: what is left of them, and counting what is used.

use super::*;

fn use_row(draft: &Draft<'_>, counter: &Counter) -> UseRow {
    let key = (counter.kind, counter.no, counter.holder, counter.period);
    draft.get::<UseRow>(&key).cloned().unwrap_or(UseRow {
        kind: counter.kind,
        no: counter.no,
        holder: counter.holder,
        period: counter.period,
        used: 0,
        rule: 0,
    })
}

pub(super) fn within_caps(
    draft: &Draft<'_>,
    deed: &Deed<'_>,
    list: &[Counter],
    asked: Points,
) -> Result<Points, Rejection> {
    let mut granted = asked;
    for counter in list {
        let row = use_row(draft, counter);
        if counter.kind == UseKind::Exclusive && row.used > 0 && row.rule != deed.rule.no {
            let by = draft
                .config()
                .tables()
                .rules
                .values()
                .rfind(|rule| rule.no == row.rule);
            return Err(Rejection::RuleExcluded {
                rule: deed.rule.code.clone(),
                by: by.map(|rule| rule.code.clone()).unwrap_or_default(),
                since: counter.period,
            });
        }
        let Some(cap) = counter.cap else { continue };
        let remaining = Points((cap.0 - row.used).max(0));
        if asked > remaining && deed.on_cap == OnCap::Reject {
            let group = draft
                .config()
                .tables()
                .cap_groups
                .get(&(i32::try_from(counter.no).unwrap_or(0),));
            let shared = group
                .filter(|_| counter.kind == UseKind::Shared)
                .map(|g| g.code.clone());
            return Err(Rejection::CapExceeded {
                rule: deed.rule.code.clone(),
                shared,
                cap,
                used: Points(row.used),
                asked,
                remaining,
                period: counter.span,
                since: counter.period,
            });
        }
        granted = granted.min(remaining);
    }
    Ok(granted)
}

pub(super) fn count(draft: &mut Draft<'_>, rule: i32, list: &[Counter], by: Points) {
    if by == Points::ZERO {
        return;
    }
    for counter in list {
        let mut row = use_row(draft, counter);
        row.used = row.used.saturating_add(by.0).max(0);
        if counter.kind == UseKind::Exclusive {
            row.rule = if row.used > 0 { rule } else { 0 };
        }
        draft.put(row);
    }
}

/// Frees what an award had used of its caps.
pub fn release_caps(draft: &mut Draft<'_>, award: &AwardRow) {
    let config = draft.config();
    let rule = config.tables().rules.get(&(award.rule, award.rule_version));
    if let Some(rule) = rule {
        // The group of that time: the household may have moved since.
        let list = counters(
            config,
            rule,
            award.household,
            award.group_no,
            award.member,
            award.occurred,
        );
        count(draft, award.rule, &list, Points(-award.points.0));
    }
}
