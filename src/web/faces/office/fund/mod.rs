//! The fund (积分资金池): what came in, what went out, what households hold; budget in.

mod settings;

use super::super::{Entry, page};
use super::awards::scheme::plain_number;
use crate::core::rights::Act;
use crate::core::{Answer, Points};
use crate::store::read::fund::{self, Fund};
use crate::store::read::fund_months::{self, Flow, FundMonth};
use crate::web::api::fund::AllotmentIn;
use crate::web::json_fault;
use crate::web::page::admit::Guard;
use crate::web::page::{Faults, Form, Page, Shown, csrf, go, show};
use crate::web::problem::Problem;
use askama::Template;
use axum::routing::get;
use serde_json::json;
use uuid::Uuid;

/// The pages of this part.
#[must_use]
pub fn pages() -> Vec<Entry> {
    vec![
        page("/office/fund", Guard::Office(Act::SeeJournal), get(view)),
        page(
            "/office/fund/allot",
            Guard::Office(Act::AllotFund),
            get(allot).post(allot_sent),
        ),
        page(
            "/office/fund/settings",
            Guard::Office(Act::SetPolicy),
            get(settings::view).post(settings::sent),
        ),
    ]
}

#[derive(Template)]
#[template(path = "office/fund.html")]
struct View<'a> {
    p: &'a Page,
    fund: Fund,
    flow: Flow,
    /// Redeemed less refunds.
    spent: Points,
    months: Vec<Month>,
    /// What households hold, in yuan.
    worth: String,
    /// What a point is worth, in yuan.
    value: String,
    /// Whether the fund will not last: less than an average month of the last three.
    is_low: bool,
    allotted: bool,
}

/// A month with its bars.
struct Month {
    month: FundMonth,
    issued: String,
    redeemed: String,
}

impl View<'_> {
    fn has_flow(&self) -> bool {
        self.months
            .iter()
            .any(|month| month.month.flow != Flow::default())
    }
}

/// Months whose average says what a month needs.
const RECENT: usize = 3;

/// A share as the width of a bar.
fn share(part: Points, most: i64) -> String {
    let percent = if most > 0 {
        (part.0.max(0).saturating_mul(100) / most).min(100)
    } else {
        0
    };
    format!("{percent}%")
}

async fn view(p: Page) -> Shown {
    let (store, unit) = (&p.app.store, p.village()?.no);
    let fund = fund::fund(store, unit).await?;
    let (flow, months) = fund_months::months(store, unit).await?;
    let fen = i64::from(p.policy.point_value_fen);
    let tops = months
        .iter()
        .map(|m| m.flow.issued.0.max(m.flow.redeemed.0));
    let most = tops.max().unwrap_or(0);
    let recent: i64 = months.iter().take(RECENT).map(|m| m.flow.issued.0).sum();
    let page = View {
        is_low: recent > 0 && fund.points.0.saturating_mul(3) < recent,
        worth: show::yuan(fund.outstanding.0.saturating_mul(fen) / 100),
        value: show::yuan(fen),
        allotted: p.asked("allotted") == "1",
        months: months
            .into_iter()
            .map(|month| Month {
                issued: share(month.flow.issued, most),
                redeemed: share(month.flow.redeemed, most),
                month,
            })
            .collect(),
        spent: Points(flow.redeemed.0 - flow.refunded.0),
        fund,
        flow,
        p: &p,
    };
    p.show(&page)
}

#[derive(Template)]
#[template(path = "office/fund_allot.html")]
struct Allot<'a> {
    p: &'a Page,
    f: Faults,
    points: String,
    reference: String,
    fund: Points,
    /// The fund afterwards, once the points have been checked.
    after: Option<Points>,
    op: Uuid,
}

async fn allot_page<'a>(
    p: &'a Page,
    form: &Form,
    f: Faults,
    op: Uuid,
) -> Result<Allot<'a>, Problem> {
    Ok(Allot {
        p,
        f,
        points: plain_number(form.get("points")),
        reference: form.get("reference").to_string(),
        fund: fund::fund(&p.app.store, p.village()?.no).await?.points,
        after: None,
        op,
    })
}

async fn allot(p: Page) -> Shown {
    p.show(&allot_page(&p, &Form::default(), Faults::none(), csrf::fresh()).await?)
}

/// Where a refusal of the API speaks of which field.
const POINTERS: [(&str, &str); 2] = [("/points", "points"), ("/reference", "reference")];

async fn allot_sent(p: Page, form: Form) -> Shown {
    let op = form.op()?;
    let none = Faults::none();
    if form.get("step") == "edit" {
        return p.show(&allot_page(&p, &form, none, op).await?);
    }
    let mut faults = Faults::none();
    let points = plain_number(form.get("points"));
    if Points::parse(&points).is_err() {
        faults.add("points", p.t("fund.bad_points"));
    }
    if form.get("reference").is_empty() {
        faults.add("reference", p.t("fund.reference_missing"));
    }
    if !faults.is_empty() {
        return p.mend(&allot_page(&p, &form, faults, op).await?);
    }
    let body = json!({"points": points, "reference": form.get("reference")});
    let write = p.write(op)?;
    let command = json_fault::read::<AllotmentIn>(body.to_string().as_bytes())
        .map(|body| body.command(&write));
    let fate = match command {
        Err(problem) => Err(problem),
        Ok(command) if form.get("step") == "book" => {
            p.submit(op, command).await.map(|receipt| receipt.answer)
        }
        Ok(command) => {
            let answer = p.app.store.rehearse(write.submission(command)).await;
            answer.map_err(|refusal| Problem::refused(&refusal, "rows"))
        }
    };
    match fate {
        Err(problem) => {
            let faults = Faults::of(p.lang(), problem, &POINTERS)?;
            p.mend(&allot_page(&p, &form, faults, csrf::fresh()).await?)
        }
        Ok(_) if form.get("step") == "book" => Ok(go("/office/fund?allotted=1")),
        Ok(Answer::Fund(after)) => {
            let mut page = allot_page(&p, &form, none, op).await?;
            page.after = Some(after);
            p.show(&page)
        }
        Ok(_) => Err(Problem::internal()),
    }
}
