//! A scheme's rules (积分细则) as a table, one rule a row.

use std::collections::HashMap;

use serde::Serialize;

use super::columns::{Columns, Field, Header, columns, start};
use super::fields::decimal;
use super::line::Line;
use super::report::{FaultCode, Report};
use super::table::Table;

/// One rule as the table states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleRow {
    /// 1-based row of the sheet.
    pub row: u32,
    /// The rule's code, unique in the file.
    pub code: String,
    /// Category, such as `courtyard`.
    pub category: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English; the Chinese one where the table has none.
    pub name_en: String,
    /// `award` or `deduct`.
    pub kind: String,
    /// Points per unit: a decimal above zero with at most two places; the kind gives the sign.
    pub points: String,
    /// What is counted, such as 次.
    pub unit: String,
    /// Points at most per period; with the period `none` for a whole life, `None` for no cap.
    pub cap_points: Option<String>,
    /// `none`, `day`, `week`, `month`, `quarter` or `year`.
    pub cap_period: String,
    /// `instant`, `reviewed` or `noticed`.
    pub path: String,
    /// `none`, `photo`, `before_after`, `sign_in` or `document`.
    pub evidence: String,
    /// `household`, `person` or `group`.
    pub scope: String,
    /// Remark for the people who apply the rule; may be empty.
    pub note: String,
}

const CODE: usize = 0;
const CATEGORY: usize = 1;
const NAME_ZH: usize = 2;
const NAME_EN: usize = 3;
const KIND: usize = 4;
const POINTS: usize = 5;
const UNIT: usize = 6;
const CAP_POINTS: usize = 7;
const CAP_PERIOD: usize = 8;
const PATH: usize = 9;
const EVIDENCE: usize = 10;
const SCOPE: usize = 11;
const NOTE: usize = 12;

const FIELDS: [Field; 13] = [
    Field::required(&["code", "编号", "细则编号", "代码"]),
    Field::required(&["category", "类别", "分类", "项目类别"]),
    Field::required(&[
        "name_zh",
        "名称",
        "积分项目",
        "项目",
        "项目名称",
        "内容",
        "细则",
        "name",
    ]),
    Field::optional(&["name_en", "英文名称", "英文名"]),
    Field::required(&["kind", "奖扣", "类型", "加减", "奖分/扣分"]),
    Field::required(&["points", "分值", "积分", "分数"]),
    Field::required(&["unit_zh", "unit", "单位", "计分单位"]),
    Field::optional(&["cap_points", "封顶", "上限", "封顶分值", "上限分值"]),
    Field::optional(&["cap_period", "封顶周期", "上限周期", "周期"]),
    Field::required(&["path", "程序", "审核方式", "办理方式", "流程"]),
    Field::optional(&["evidence", "证明", "佐证", "凭证", "证据"]),
    Field::optional(&["scope", "对象", "计分对象", "适用对象"]),
    Field::optional(&["note_zh", "note", "备注", "说明"]),
];

const KINDS: &[(&str, &[&str])] = &[
    ("award", &["奖分", "奖", "奖励", "加分", "加", "+"]),
    ("deduct", &["扣分", "扣", "减分", "减", "-"]),
];
const PERIODS: &[(&str, &[&str])] = &[
    ("none", &["无", "不限", "终身"]),
    ("day", &["日", "天", "每日", "每天"]),
    ("week", &["周", "每周"]),
    ("month", &["月", "每月"]),
    ("quarter", &["季", "季度", "每季", "每季度"]),
    ("year", &["年", "年度", "每年"]),
];
const PATHS: &[(&str, &[&str])] = &[
    ("instant", &["即时", "当场", "直接"]),
    ("reviewed", &["审核", "复核"]),
    ("noticed", &["公示", "审核公示", "审核后公示"]),
];
const EVIDENCES: &[(&str, &[&str])] = &[
    ("none", &["无", "不需要"]),
    ("photo", &["照片", "拍照"]),
    ("before_after", &["前后对比", "前后照片", "对比照片"]),
    ("sign_in", &["签到", "签名"]),
    ("document", &["证明材料", "文件", "材料", "证书"]),
];
const SCOPES: &[(&str, &[&str])] = &[
    ("household", &["农户", "户", "家庭"]),
    ("person", &["个人", "人"]),
    ("group", &["村民小组", "小组", "组"]),
];

/// What the columns of a scheme are taken for; `row` says where the headings are, when a person
/// knows better than the search for them.
#[must_use]
pub fn rule_columns(table: &Table, row: Option<u32>) -> Columns {
    columns(table, &FIELDS, row)
}

/// Reads a table with the headings of `rules.csv` or their Chinese names.
pub fn read_rules(table: &Table) -> Report<RuleRow> {
    let (header, mut report) = match start(table, &FIELDS) {
        Ok(found) => found,
        Err(report) => return report,
    };
    let mut codes = HashMap::new();
    for row in table.rows().iter().filter(|row| row.number > header.row) {
        let line = Line::new(table, &header, row.number);
        if [CODE, NAME_ZH, POINTS]
            .iter()
            .any(|field| !line.cell(*field).is_blank())
        {
            read_row(table, &header, row.number, &mut codes, &mut report);
        }
    }
    report
}

fn read_row(
    table: &Table,
    header: &Header,
    row: u32,
    codes: &mut HashMap<String, u32>,
    report: &mut Report<RuleRow>,
) {
    let mut line = Line::new(table, header, row);
    let code = line.code(CODE);
    if let Some(code) = &code {
        match codes.get(&code.to_lowercase()) {
            Some(first) => line.duplicate(CODE, *first),
            None => {
                codes.insert(code.to_lowercase(), row);
            }
        }
    }
    let code = line.require(CODE, code);
    let category = line.text(CATEGORY, 20);
    let category = line.require(CATEGORY, category);
    let name_zh = line.text(NAME_ZH, 60);
    let name_zh = line.require(NAME_ZH, name_zh);
    let name_en = line.text(NAME_EN, 120).unwrap_or_else(|| name_zh.clone());
    let kind = line.choice(KIND, KINDS);
    let kind = line.require(KIND, kind).to_owned();
    let points = line.checked(POINTS, decimal);
    let points = line.require(POINTS, points);
    let unit = line.text(UNIT, 20);
    let unit = line.require(UNIT, unit);
    let (cap_points, cap_period) = read_cap(&mut line);
    let path = line.choice(PATH, PATHS);
    let path = line.require(PATH, path).to_owned();
    let evidence = line
        .choice(EVIDENCE, EVIDENCES)
        .unwrap_or("none")
        .to_owned();
    let scope = line.choice(SCOPE, SCOPES).unwrap_or("household").to_owned();
    let note = line.text(NOTE, 300).unwrap_or_default();
    let rule = RuleRow {
        row,
        code,
        category,
        name_zh,
        name_en,
        kind,
        points,
        unit,
        cap_points,
        cap_period,
        path,
        evidence,
        scope,
        note,
    };
    report.add(rule, line.faults);
}

/// A period without a number would look like a cap and be none, so it is a fault.
fn read_cap(line: &mut Line<'_>) -> (Option<String>, String) {
    let points = line.checked(CAP_POINTS, decimal);
    let period = line.choice(CAP_PERIOD, PERIODS).unwrap_or("none");
    if period != "none" && line.cell(CAP_POINTS).is_blank() {
        line.fault(CAP_POINTS, FaultCode::Required);
    }
    (points, period.to_owned())
}
