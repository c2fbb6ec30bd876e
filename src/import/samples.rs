//! The sample files that ship inside the program, for `demo` and as templates to download.

/// The default rules (积分细则): 70 rows, UTF-8.
pub static RULES_CSV: &[u8] = include_bytes!("../../assets/data/rules.csv");
/// The default goods of a station (商品): 47 rows, UTF-8.
pub static GOODS_CSV: &[u8] = include_bytes!("../../assets/data/goods.csv");
/// The courtyard score sheet (评分表): 21 items that sum to 100, UTF-8.
pub static COURTYARD_SHEET_CSV: &[u8] = include_bytes!("../../assets/data/courtyard_sheet.csv");
/// An invented village of 412 households in six groups, without a fault.
pub static ROSTER_TIANZHAO: &[u8] = include_bytes!("../../assets/data/roster-tianzhao.xlsx");
/// An invented village of 187 households, with sub-headings per group, without a fault.
pub static ROSTER_DONGSHAN: &[u8] = include_bytes!("../../assets/data/roster-dongshan.xlsx");
/// An invented village of 236 households, six of them with the usual mistakes.
pub static ROSTER_HEKOU: &[u8] = include_bytes!("../../assets/data/roster-hekou-with-errors.xlsx");
