//! Every kind of fault, from a cell that has it, with words in both languages.

use std::collections::HashSet;

use super::file_fault::FileFault;
use super::goods::read_goods;
use super::households::read_households;
use super::report::{Fault, FaultCode, MAX_FAULTS, Warning, WarningCode};
use super::rules::read_rules;
use super::test_files::table;
use super::workbook::read_table;

const HEADINGS: &[&str] = &[
    "村民小组",
    "户编号",
    "户主姓名",
    "家庭人口",
    "联系电话",
    "门牌",
    "家庭成员",
];

fn household_faults(row: &[&str]) -> Vec<(String, FaultCode)> {
    let report = read_households(&table(&[HEADINGS, row], ""));
    assert_eq!((report.rows.len(), report.total_rows), (0, 1), "{row:?}");
    report
        .faults
        .into_iter()
        .map(|fault| (fault.cell, fault.code))
        .collect()
}

#[test]
fn every_fault_of_a_household_is_found_in_its_cell() {
    let long = "长".repeat(41);
    let too_long = ["一组", "1", long.as_str()];
    let cases: Vec<(&[&str], &str, FaultCode)> = vec![
        (&["", "1", "张三"], "A2", FaultCode::Required),
        (&["一组", "", "张三"], "B2", FaultCode::Required),
        (&["一组", "1", ""], "C2", FaultCode::Required),
        (&["一组", "#1", "张三"], "B2", FaultCode::NotText),
        (&["一组", "=A1", "张三"], "B2", FaultCode::Formula),
        (&["一组", "1", "=A1"], "C2", FaultCode::Formula),
        (&["一组", "1", "!#N/A"], "C2", FaultCode::CellError),
        (&["一组", "1", "张三", "三口"], "D2", FaultCode::NotANumber),
        (&["一组", "1", "张三", "#2.5"], "D2", FaultCode::NotANumber),
        (&["一组", "1", "张三", "#0"], "D2", FaultCode::OutOfRange),
        (
            &["一组", "1", "张三", "#3", "1990000"],
            "E2",
            FaultCode::NotAPhone,
        ),
        (
            &["一组", "1", "张三", "#3", "", "@46329"],
            "F2",
            FaultCode::BecameDate,
        ),
        (
            &["一组", "1", "张三", "#3", "", "", "110105194912310021"],
            "G2",
            FaultCode::IdNumber,
        ),
        (
            &["一组", "110105194912310021", "张三"],
            "B2",
            FaultCode::IdNumber,
        ),
        (&too_long, "C2", FaultCode::TooLong),
        (&["一组", "1/2", "张三"], "B2", FaultCode::BadCharacter),
        (
            &["一组", "1", "张\u{202e}三"],
            "C2",
            FaultCode::BadCharacter,
        ),
    ];
    for (row, cell, code) in cases {
        assert_eq!(household_faults(row), [(cell.to_owned(), code)], "{row:?}");
    }
}

#[test]
fn a_row_lists_all_its_faults_and_ids_are_masked() {
    let all = household_faults(&["", "#1", "", "三口", "12", "@46329"]);
    let cells: Vec<_> = all.iter().map(|(cell, _)| cell.as_str()).collect();
    assert_eq!(cells, ["B2", "A2", "C2", "E2", "F2", "D2"]);
    let row: &[&str] = &["一组", "1", "张三", "", "", "", "证110105194912310021"];
    let report = read_households(&table(&[HEADINGS, row], ""));
    assert_eq!(report.faults[0].value, "******");
    let numeric: &[&str] = &["一组", "#110105194912310021", "张三"];
    let report = read_households(&table(&[HEADINGS, numeric], ""));
    assert!(!report.faults[0].value.contains("19491231"));
}

#[test]
fn cells_a_spreadsheet_would_run_stay_text_or_are_refused() {
    for start in ["=cmd|x", "+1", "-1", "@SUM(A1)", "\t=1", "=1"] {
        let text = format!(
            "村民小组,户编号,户主姓名,门牌\n一组,1,\"{start}\",\"{start}\"\n一组,\"{start}\",b,c\n"
        );
        let report = read_households(&read_table(text.as_bytes(), "a.csv").unwrap());
        let plain = start.trim();
        assert_eq!(report.rows.len(), 1, "{start}");
        assert_eq!(report.rows[0].head, plain);
        assert_eq!(report.rows[0].door.as_deref(), Some(plain));
        assert_eq!(report.faults[0].cell, "B3", "{start}");
        assert_eq!(report.faults[0].code, FaultCode::BadCharacter, "{start}");
    }
}

#[test]
fn missing_headings_are_one_fault_each() {
    let of = |cells: &[&[&str]]| {
        let report = read_households(&table(cells, ""));
        assert!(report.rows.is_empty());
        let key = |fault: Fault| (fault.row, fault.column, fault.code);
        report.faults.into_iter().map(key).collect::<Vec<_>>()
    };
    let missing = FaultCode::MissingColumn;
    assert_eq!(
        of(&[&["随便"], &["1", "2"]]),
        [(1, "户编号".to_owned(), FaultCode::NoHeader)]
    );
    assert_eq!(
        of(&[&[], &["小组", "户主"], &["一组", "张三"]]),
        [(2, "户编号".to_owned(), missing)]
    );
    assert_eq!(
        of(&[&["户号", "姓名"], &["1", "张三"]]),
        [(1, "村民小组".to_owned(), missing)]
    );
    let before_heading: &[&[&str]] = &[&["户号", "姓名"], &["1", "张三"], &["一组"]];
    let required = (2, "村民小组".to_owned(), FaultCode::Required);
    assert_eq!(of(before_heading), [required]);
    // Beyond the first twenty rows nothing is taken for a heading.
    let mut deep: Vec<&[&str]> = vec![&["题"]; 20];
    deep.push(&["小组", "户号", "户主"]);
    assert_eq!(of(&deep)[0].2, FaultCode::NoHeader);
    deep.remove(0);
    assert_eq!(of(&deep), []);
}

#[test]
fn faults_of_rules() {
    let headings: &[&str] = &[
        "code",
        "category",
        "name_zh",
        "kind",
        "points",
        "unit",
        "cap_points",
        "cap_period",
        "path",
        "evidence",
    ];
    let rules = table(
        &[
            headings,
            &[
                "A1", "c", "名", "award", "#1.005", "次", "", "none", "instant", "",
            ],
            &[
                "a1", "c", "名", "bonus", "#1", "次", "", "month", "instant", "",
            ],
            &[
                "A3", "c", "名", "award", "", "次", "#-1", "month", "later", "hearsay",
            ],
            &[],
        ],
        "",
    );
    let found: Vec<_> = read_rules(&rules)
        .faults
        .into_iter()
        .map(|f| (f.cell, f.code))
        .collect();
    let found: Vec<_> = found
        .iter()
        .map(|(cell, code)| (cell.as_str(), *code))
        .collect();
    assert_eq!(
        found,
        [
            ("E2", FaultCode::TooManyPlaces),
            ("A3", FaultCode::Duplicate),
            ("D3", FaultCode::UnknownChoice),
            ("G3", FaultCode::Required),
            ("E4", FaultCode::Required),
            ("G4", FaultCode::OutOfRange),
            ("I4", FaultCode::UnknownChoice),
            ("J4", FaultCode::UnknownChoice),
        ]
    );
}

#[test]
fn faults_of_goods() {
    let goods = table(
        &[
            &[
                "sku",
                "barcode",
                "name_zh",
                "unit",
                "price_points",
                "monthly_limit",
                "low_stock_level",
            ],
            &["G1", "69999", "皂", "块", "#3", "#0", "#-1"],
            &["G2", "6999900000019", "皂", "", "三", "#2", "#5"],
            &["G3", "6999900000019", "皂", "块", "#3", "", ""],
        ],
        "",
    );
    let found: Vec<_> = read_goods(&goods)
        .faults
        .into_iter()
        .map(|f| (f.cell, f.code))
        .collect();
    let found: Vec<_> = found
        .iter()
        .map(|(cell, code)| (cell.as_str(), *code))
        .collect();
    assert_eq!(
        found,
        [
            ("B2", FaultCode::NotABarcode),
            ("F2", FaultCode::OutOfRange),
            ("G2", FaultCode::OutOfRange),
            ("D3", FaultCode::Required),
            ("E3", FaultCode::NotANumber),
            ("B4", FaultCode::Duplicate),
        ]
    );
}

#[test]
fn the_list_of_faults_ends_and_says_so() {
    let bad: &[&str] = &["一组", "", ""];
    let rows: Vec<&[&str]> = std::iter::once(HEADINGS)
        .chain(std::iter::repeat_n(
            &["一组", "", "", "#3", "1"][..],
            MAX_FAULTS,
        ))
        .chain([bad])
        .collect();
    let report = read_households(&table(&rows, ""));
    assert_eq!(
        (report.faults.len(), report.total_rows),
        (MAX_FAULTS, MAX_FAULTS)
    );
    assert_eq!(
        report.warnings.last().map(|w| w.code),
        Some(WarningCode::MoreFaults)
    );
}

#[test]
fn all_words_exist_in_both_languages() {
    use FaultCode as F;
    let codes = [
        F::NoHeader,
        F::MissingColumn,
        F::Required,
        F::Duplicate,
        F::NotANumber,
        F::OutOfRange,
        F::TooManyPlaces,
        F::NotAPhone,
        F::NotText,
        F::Formula,
        F::CellError,
        F::BecameDate,
        F::TooLong,
        F::BadCharacter,
        F::IdNumber,
        F::UnknownChoice,
        F::NotABarcode,
    ];
    let mut texts = HashSet::new();
    for code in codes {
        let (column, cell, value) = ("户主".to_owned(), "D1".to_owned(), String::new());
        let fault = Fault {
            row: 1,
            column,
            cell,
            code,
            value,
            first_row: None,
        };
        assert!(
            texts.insert(fault.cause_zh()) && texts.insert(fault.cause_en()),
            "{code:?}"
        );
        assert!(
            texts.insert(fault.cure_zh().into()) && texts.insert(fault.cure_en().into()),
            "{code:?}"
        );
    }
    use WarningCode as W;
    for code in [
        W::HouseholdTotal,
        W::PeopleTotal,
        W::SizeMismatch,
        W::SameDoor,
        W::BarcodeCheck,
        W::OtherSheets,
        W::MoreFaults,
    ] {
        let warning = Warning {
            row: 1,
            code,
            stated: "1".into(),
            found: "2".into(),
        };
        assert!(
            texts.insert(warning.text_zh()) && texts.insert(warning.text_en()),
            "{code:?}"
        );
    }
    for fault in [FileFault::Damaged, FileFault::CellOutOfRange("A1".into())] {
        assert!(fault.zh().contains(|c: char| c > '\u{4e00}') && fault.en().is_ascii());
        assert!(!fault.code().contains(' '));
    }
}
