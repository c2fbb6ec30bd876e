//! The sample registers, rules and goods, read the way a village would send them.

use encoding_rs::GB18030;
use serde_json::Value;

use super::goods::read_goods;
use super::households::{HouseholdRow, read_households};
use super::report::{FaultCode, Report, WarningCode};
use super::rules::read_rules;
use super::samples;
use super::test_files::{archive, rows, sheet, table, to_csv};
use super::workbook::read_table;

fn roster(bytes: &[u8]) -> Report<HouseholdRow> {
    read_households(&read_table(bytes, "花名册.xlsx").unwrap())
}

fn codes<T>(report: &Report<T>) -> Vec<(&str, FaultCode)> {
    report
        .faults
        .iter()
        .map(|fault| (fault.cell.as_str(), fault.code))
        .collect()
}

fn warnings<T>(report: &Report<T>) -> Vec<(u32, WarningCode)> {
    report
        .warnings
        .iter()
        .map(|warning| (warning.row, warning.code))
        .collect()
}

#[test]
fn clean_registers_have_no_fault_and_no_warning() {
    for (bytes, count) in [
        (samples::ROSTER_TIANZHAO, 412),
        (samples::ROSTER_DONGSHAN, 187),
    ] {
        let report = roster(bytes);
        assert_eq!(report.faults, []);
        assert_eq!(report.warnings, []);
        assert_eq!((report.rows.len(), report.total_rows), (count, count));
        assert_eq!(report.ignored, ["备注"]);
        assert!(report.is_clean());
    }
    let first = roster(samples::ROSTER_DONGSHAN).rows.remove(1);
    let expected = HouseholdRow {
        row: 6,
        code: "010002".into(),
        group: "第一村民小组".into(),
        head: "钟浩龙".into(),
        phone: Some("19942743665".into()),
        door: Some("1组2号".into()),
        members: vec!["钟海俊".into(), "钟思娜".into()],
        size: Some(3),
    };
    assert_eq!(first, expected);
}

#[test]
fn the_faulty_register_gives_exactly_the_expected_faults() {
    let report = roster(samples::ROSTER_HEKOU);
    let expected: Value = serde_json::from_str(include_str!(
        "../../tests/data/roster-hekou-with-errors.expected.json"
    ))
    .unwrap();
    let got = serde_json::to_value(&report.faults).unwrap();
    let key = |fault: &Value| {
        [
            fault["row"].clone(),
            fault["column"].clone(),
            fault["code"].clone(),
        ]
    };
    let keys = |list: &Value| list.as_array().unwrap().iter().map(key).collect::<Vec<_>>();
    assert_eq!(keys(&got), keys(&expected));
    assert_eq!((report.total_rows, report.rows.len()), (236, 230));
    assert_eq!(report.warnings, []);
    let shown: Vec<_> = report
        .faults
        .iter()
        .map(|f| (f.cell.as_str(), f.value.as_str()))
        .collect();
    assert_eq!(shown[4], ("C144", "140141000000"));
    assert_eq!(shown[5], ("D204", "=HYPERLINK(\"http://x\",\"王五\")"));
    assert_eq!(report.faults[1].first_row, Some(24));
    assert_eq!(report.faults[1].cause_zh(), "户编号与第 24 行重复");
}

#[test]
fn the_same_register_as_text_reads_the_same_in_every_encoding() {
    for sample in [samples::ROSTER_TIANZHAO, samples::ROSTER_DONGSHAN] {
        let from_workbook = roster(sample);
        let text = to_csv(&read_table(sample, "a.xlsx").unwrap());
        let (gb, _, lossy) = GB18030.encode(&text);
        assert!(!lossy);
        let with_mark = format!("\u{feff}{text}");
        for bytes in [text.as_bytes(), with_mark.as_bytes(), gb.as_ref()] {
            let report = read_households(&read_table(bytes, "花名册.CSV").unwrap());
            assert_eq!(report, from_workbook);
        }
    }
}

#[test]
fn rules_and_goods_are_read_whole() {
    let report = read_rules(&read_table(samples::RULES_CSV, "rules.csv").unwrap());
    assert_eq!(report.faults, []);
    assert_eq!((report.rows.len(), report.total_rows), (70, 70));
    assert!(report.ignored.is_empty() && report.warnings.is_empty());
    let toilet = report.rows.iter().find(|rule| rule.code == "TL01").unwrap();
    assert_eq!(
        (toilet.cap_points.as_deref(), toilet.cap_period.as_str()),
        (Some("20"), "none")
    );
    let brave = report.rows.iter().find(|rule| rule.code == "HN06").unwrap();
    assert_eq!(
        (brave.cap_points.as_deref(), brave.cap_period.as_str()),
        (None, "none")
    );
    assert_eq!(
        report
            .rows
            .iter()
            .filter(|rule| rule.kind == "deduct")
            .count(),
        11
    );

    let report = read_goods(&read_table(samples::GOODS_CSV, "goods.csv").unwrap());
    assert_eq!(
        (&report.faults[..], &report.warnings[..]),
        (&[][..], &[][..])
    );
    assert_eq!(
        (report.rows.len(), &report.ignored[..]),
        (47, &["note_zh".to_owned()][..])
    );
    assert_eq!(report.rows.iter().filter(|good| good.service).count(), 4);
    let soap = &report.rows[0];
    assert_eq!(
        (soap.cost_fen, soap.monthly_limit, soap.low_stock),
        (Some(260), Some(4), Some(30))
    );
    let haircut = report.rows.iter().find(|good| good.sku == "SV001").unwrap();
    assert_eq!((haircut.low_stock, haircut.barcode.as_ref()), (None, None));
}

#[test]
fn rules_read_from_a_chinese_workbook() {
    let rules = table(
        &[
            &["某村积分细则"],
            &[
                "编号",
                "类别",
                "项目名称",
                "奖扣",
                "分值",
                "单位",
                "封顶",
                "封顶周期",
                "程序",
                "佐证",
                "对象",
            ],
            &[
                "A1",
                "庭院",
                "最清洁",
                "奖分",
                "#2.5",
                "次",
                "#5",
                "每月",
                "公示",
                "照片",
                "户",
            ],
            &[
                "A2", "违规", "乱扔", "扣分", "#2", "次", "", "", "审核", "", "",
            ],
        ],
        "",
    );
    let report = read_rules(&rules);
    assert_eq!(report.faults, []);
    let one = &report.rows[0];
    assert_eq!(
        (
            one.points.as_str(),
            one.cap_period.as_str(),
            one.path.as_str()
        ),
        ("2.5", "month", "noticed")
    );
    assert_eq!(
        (one.name_en.as_str(), one.evidence.as_str()),
        ("最清洁", "photo")
    );
    let two = &report.rows[1];
    assert_eq!(
        (two.kind.as_str(), two.scope.as_str(), two.evidence.as_str()),
        ("deduct", "household", "none")
    );
}

#[test]
fn goods_read_from_a_chinese_workbook() {
    let goods = table(
        &[
            &[
                "货号",
                "条形码",
                "品名",
                "单位",
                "兑换积分",
                "进价(元)",
                "限兑",
                "补货线",
                "供货商",
            ],
            &[
                "G1",
                "#6999900000019",
                "皂",
                "块",
                "#3",
                "#2.6",
                "4件",
                "#0",
                "甲",
            ],
            &["G2", "6999900000018", "盐", "袋", "#2", "", "", "", ""],
        ],
        "",
    );
    let report = read_goods(&goods);
    assert_eq!(report.faults, []);
    assert_eq!(
        (report.rows[0].cost_fen, report.rows[0].service),
        (Some(260), true)
    );
    assert_eq!(report.ignored, ["供货商"]);
    assert_eq!(warnings(&report), [(3, WarningCode::BarcodeCheck)]);
}

#[test]
fn a_register_may_be_kept_in_many_ways() {
    // No column for groups, two-storey headings, a repeated header, notes, totals, signatures.
    let kept = table(
        &[
            &["某某村 2026 年花名册"],
            &["填表单位:村委会", "", "", "日期"],
            &["序 号", "户主信息", "", "门牌号", "身份证号"],
            &["", "*户 号", "姓 名", "", ""],
            &["一社(共2户)"],
            &["#1", "001", "王 五", "3-1", "110105194912310021"],
            &["#2", "002", "欧阳娜", "/", ""],
            &["小计", "", "2户"],
            &["序号", "户号", "姓名", "门牌号", "身份证号"],
            &["以下各户长期外出"],
            &["二社"],
            &["#3", "003", "李四", "3-1", ""],
            &["#4"],
            &["共计", "#4"],
            &["审核人:", "赵六"],
            &["", "", "村民委员会(章)"],
        ],
        r#"<mergeCells><mergeCell ref="A1:E1"/><mergeCell ref="A3:A4"/><mergeCell ref="B3:C3"/><mergeCell ref="D3:D4"/><mergeCell ref="E3:E4"/><mergeCell ref="A5:E5"/><mergeCell ref="A11:E11"/></mergeCells>"#,
    );
    let report = read_households(&kept);
    assert_eq!(report.faults, []);
    let seen: Vec<_> = report
        .rows
        .iter()
        .map(|r| (r.row, r.code.as_str(), r.group.as_str(), r.head.as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            (6, "001", "一社", "王五"),
            (7, "002", "一社", "欧阳娜"),
            (12, "003", "二社", "李四")
        ]
    );
    assert_eq!(report.ignored, ["身份证号"]);
    assert_eq!(
        warnings(&report),
        [
            (12, WarningCode::SameDoor),
            (14, WarningCode::HouseholdTotal)
        ]
    );
}

#[test]
fn groups_come_from_merged_cells_and_sub_headings() {
    let kept = table(
        &[
            &["Group", "Code", "Head of household", "Size", "Members"],
            &["一组", "1A", "张三", "#3", "李四、王五"],
            &["", "1B", "赵六", "#4", "钱七"],
            &["二组"],
            &["", "2A", "孙八", "2人", "孙八、周九"],
            &["三组", "3A", "吴十", "", "无"],
            &["合计", "", "4户", "#9"],
        ],
        r#"<mergeCells><mergeCell ref="A2:A3"/></mergeCells>"#,
    );
    let report = read_households(&kept);
    assert_eq!(report.faults, []);
    let groups: Vec<_> = report.rows.iter().map(|row| row.group.as_str()).collect();
    assert_eq!(groups, ["一组", "一组", "二组", "三组"]);
    assert_eq!(report.rows[2].members, ["周九"]);
    assert_eq!(warnings(&report), [(3, WarningCode::SizeMismatch)]);
}

#[test]
fn totals_that_do_not_fit_are_warnings() {
    let kept = table(
        &[
            &["小组", "户号", "户主", "人口"],
            &["一组", "1", "张三", "#3"],
            &["一组合计", "", "2户", "#3"],
            &["二组", "2", "李四", "#1"],
            &["总计", "", "共 2 户", "5人"],
        ],
        "",
    );
    let report = read_households(&kept);
    assert_eq!(report.faults, []);
    assert_eq!(
        warnings(&report),
        [
            (3, WarningCode::HouseholdTotal),
            (5, WarningCode::PeopleTotal)
        ]
    );
    assert_eq!(report.warnings[1].text_zh(), "合计写 5 人，各户相加为 4 人");
}

#[test]
fn the_first_visible_sheet_with_content_is_read() {
    let book = r#"<workbook xmlns:r="r"><sheets><sheet name="藏" state="hidden" r:id="a"/><sheet name="空" r:id="b"/><sheet name="册" r:id="c"/></sheets></workbook>"#;
    let relation = |id: &str, n: u8| {
        format!(r#"<Relationship Id="{id}" Type="x/worksheet" Target="worksheets/s{n}.xml"/>"#)
    };
    let relations = format!(
        "<Relationships>{}{}{}</Relationships>",
        relation("a", 1),
        relation("b", 2),
        relation("c", 3)
    );
    let full = sheet(
        &rows(&[&["小组", "户号", "户主"], &["一组", "1", "张三"]]),
        "",
    );
    let empty = sheet("", "");
    // A mark at the start, a prefix on every name, rich text with a phonetic guide.
    let shared = "\u{feff}<x:sst><x:si><x:r><x:t>户</x:t></x:r><x:rPh><x:t>hu</x:t></x:rPh><x:r><x:t>主</x:t></x:r></x:si></x:sst>";
    let full = full.replace(r#"t="inlineStr"><is><t>户主</t></is>"#, r#"t="s"><v>0</v>"#);
    let bytes = archive(&[
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        ("xl/sharedStrings.xml", shared.as_bytes()),
        ("xl\\worksheets\\s1.xml", full.as_bytes()),
        ("xl/worksheets/s2.xml", empty.as_bytes()),
        ("xl/worksheets/s3.xml", full.as_bytes()),
    ]);
    let table = read_table(&bytes, "无后缀").unwrap();
    assert_eq!(
        (table.sheet.as_str(), &table.other_sheets[..]),
        ("册", &["空".to_owned()][..])
    );
    let report = read_households(&table);
    assert_eq!(codes(&report), []);
    assert_eq!(report.rows.len(), 1);
    assert_eq!(warnings(&report), [(0, WarningCode::OtherSheets)]);
}
