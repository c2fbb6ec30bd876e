//! What an import found: good rows, and for every bad cell where it is, why, and what to do.

use serde::Serialize;

/// Faults beyond this many are not listed; the file needs another look, not a longer list.
pub const MAX_FAULTS: usize = 1_000;

/// The outcome of reading one table. Nothing is stored yet; what happens to the good rows when
/// others are bad is the caller's decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report<T> {
    /// The rows without a fault, in the order of the file.
    pub rows: Vec<T>,
    /// What is wrong, by row and column; at most [`MAX_FAULTS`].
    pub faults: Vec<Fault>,
    /// What looks odd but does not keep a row out.
    pub warnings: Vec<Warning>,
    /// Headings of columns that were not read, and never will be kept.
    pub ignored: Vec<String>,
    /// Rows that were meant as data, good or bad.
    pub total_rows: usize,
}

impl<T> Report<T> {
    pub(super) fn new(ignored: Vec<String>) -> Self {
        Self {
            rows: Vec::new(),
            faults: Vec::new(),
            warnings: Vec::new(),
            ignored,
            total_rows: 0,
        }
    }

    /// Takes a row in, or its faults.
    pub(super) fn add(&mut self, row: T, mut faults: Vec<Fault>) {
        self.total_rows += 1;
        if faults.is_empty() {
            self.rows.push(row);
        } else {
            let room = MAX_FAULTS.saturating_sub(self.faults.len());
            let said = self
                .warnings
                .iter()
                .any(|warning| warning.code == WarningCode::MoreFaults);
            if faults.len() > room && !said {
                self.warnings.push(Warning {
                    row: 0,
                    code: WarningCode::MoreFaults,
                    stated: String::new(),
                    found: MAX_FAULTS.to_string(),
                });
            }
            faults.truncate(room);
            self.faults.append(&mut faults);
        }
    }

    /// True when every row can be taken.
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }
}

/// One cell that keeps its row out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// 1-based row of the sheet.
    pub row: u32,
    /// The heading as written in the file, or the usual one when the column is missing.
    pub column: String,
    /// The cell, such as `D17`.
    pub cell: String,
    /// The kind of fault.
    pub code: FaultCode,
    /// What stands in the cell, shortened; a national id only masked.
    pub value: String,
    /// For a duplicate: the row that had the value first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_row: Option<u32>,
}

/// The kinds of fault; their names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultCode {
    /// No row with headings in the first twenty rows.
    NoHeader,
    /// A column that must be there is not.
    MissingColumn,
    /// An empty cell that must not be.
    Required,
    /// A value that another row has already.
    Duplicate,
    /// Not a number, or not a whole one where only whole ones count.
    NotANumber,
    /// A number too small or too large.
    OutOfRange,
    /// More than two decimal places.
    TooManyPlaces,
    /// Neither a mobile number nor a landline with area code.
    NotAPhone,
    /// A code stored as a number: leading zeros are lost.
    NotText,
    /// A formula instead of a value.
    Formula,
    /// An error value such as `#N/A`.
    CellError,
    /// Text that Excel turned into a date.
    BecameDate,
    /// More characters than the field holds.
    TooLong,
    /// Control or invisible characters, or signs a code may not have.
    BadCharacter,
    /// A national id number, which must not be stored.
    IdNumber,
    /// Not one of the words the column knows.
    UnknownChoice,
    /// Not a barcode of 8 to 14 digits.
    NotABarcode,
}

impl Fault {
    /// Why the cell is refused, in Chinese.
    pub fn cause_zh(&self) -> String {
        let column = &self.column;
        match self.code {
            FaultCode::NoHeader => "前 20 行里没有找到表头".to_owned(),
            FaultCode::MissingColumn => format!("缺少“{column}”这一列"),
            FaultCode::Required => format!("{column}为空"),
            FaultCode::Duplicate => match self.first_row {
                Some(row) => format!("{column}与第 {row} 行重复"),
                None => format!("{column}重复"),
            },
            FaultCode::NotANumber => format!("{column}不是数字"),
            FaultCode::OutOfRange => format!("{column}超出允许的范围"),
            FaultCode::TooManyPlaces => format!("{column}的小数超过两位"),
            FaultCode::NotAPhone => format!("{column}不是有效的电话号码"),
            FaultCode::NotText => format!("{column}被存成了数字，前面的 0 可能已丢失"),
            FaultCode::Formula => format!("{column}是公式，不是内容"),
            FaultCode::CellError => format!("{column}是计算错误值"),
            FaultCode::BecameDate => format!("{column}被 Excel 改成了日期"),
            FaultCode::TooLong => format!("{column}过长"),
            FaultCode::BadCharacter => format!("{column}含有不能使用的字符"),
            FaultCode::IdNumber => format!("{column}里有身份证号，不得收集"),
            FaultCode::UnknownChoice => format!("{column}的写法不认识"),
            FaultCode::NotABarcode => format!("{column}不是 8 到 14 位数字的条码"),
        }
    }

    /// What to do about it, in Chinese.
    pub fn cure_zh(&self) -> &'static str {
        match self.code {
            FaultCode::NoHeader => "请在表格上方保留一行列名，如“户编号、户主姓名”。",
            FaultCode::MissingColumn => "请补上这一列，或把列名改成常用写法。",
            FaultCode::Required => "请补填后再上传。",
            FaultCode::Duplicate => "请核对两行，改掉其中一个。",
            FaultCode::NotANumber => "请只填阿拉伯数字。",
            FaultCode::OutOfRange => "请核对数字。",
            FaultCode::TooManyPlaces => "最多保留两位小数。",
            FaultCode::NotAPhone => "请填一个 11 位手机号，或带区号的座机号；没有就留空。",
            FaultCode::NotText => "请把这一列设为“文本”格式，重新填写编号。",
            FaultCode::Formula => "请复制该单元格，“选择性粘贴—数值”，或直接填写。",
            FaultCode::CellError => "请改填真实内容。",
            FaultCode::BecameDate => "请把单元格设为“文本”格式，重新填写。",
            FaultCode::TooLong => "请缩短内容，或检查是否贴错了单元格。",
            FaultCode::BadCharacter => "请删去特殊字符重新输入；编号只用字母、数字、- 和 _。",
            FaultCode::IdNumber => "请从文件中删去身份证号。",
            FaultCode::UnknownChoice => "请按模板里的写法填写。",
            FaultCode::NotABarcode => "请用扫码枪重新录入；没有条码就留空。",
        }
    }

    /// Why the cell is refused, in English.
    pub fn cause_en(&self) -> String {
        let column = &self.column;
        match self.code {
            FaultCode::NoHeader => "No row of headings in the first 20 rows".to_owned(),
            FaultCode::MissingColumn => format!("The column {column} is missing"),
            FaultCode::Required => format!("{column} is empty"),
            FaultCode::Duplicate => match self.first_row {
                Some(row) => format!("{column} repeats row {row}"),
                None => format!("{column} is repeated"),
            },
            FaultCode::NotANumber => format!("{column} is not a number"),
            FaultCode::OutOfRange => format!("{column} is out of range"),
            FaultCode::TooManyPlaces => format!("{column} has more than two decimal places"),
            FaultCode::NotAPhone => format!("{column} is not a phone number"),
            FaultCode::NotText => {
                format!("{column} is stored as a number; leading zeros may be lost")
            }
            FaultCode::Formula => format!("{column} is a formula, not a value"),
            FaultCode::CellError => format!("{column} is an error value"),
            FaultCode::BecameDate => format!("{column} was turned into a date by Excel"),
            FaultCode::TooLong => format!("{column} is too long"),
            FaultCode::BadCharacter => format!("{column} has characters that cannot be used"),
            FaultCode::IdNumber => {
                format!("{column} holds a national id number, which must not be collected")
            }
            FaultCode::UnknownChoice => format!("{column} has an unknown word"),
            FaultCode::NotABarcode => format!("{column} is not a barcode of 8 to 14 digits"),
        }
    }

    /// What to do about it, in English.
    pub fn cure_en(&self) -> &'static str {
        match self.code {
            FaultCode::NoHeader => {
                "Keep one row of headings above the table, such as code and head."
            }
            FaultCode::MissingColumn => "Add the column, or give it one of its usual names.",
            FaultCode::Required => "Fill it in and upload again.",
            FaultCode::Duplicate => "Compare the two rows and change one.",
            FaultCode::NotANumber => "Enter digits only.",
            FaultCode::OutOfRange => "Check the number.",
            FaultCode::TooManyPlaces => "Keep at most two places.",
            FaultCode::NotAPhone => {
                "Enter one 11-digit mobile number or a landline with area code, or leave it empty."
            }
            FaultCode::NotText => "Format the column as text and enter the code again.",
            FaultCode::Formula => "Paste the cell as a value, or type it in.",
            FaultCode::CellError => "Enter the real content.",
            FaultCode::BecameDate => "Format the cell as text and enter it again.",
            FaultCode::TooLong => "Shorten it, or check for a paste into the wrong cell.",
            FaultCode::BadCharacter => {
                "Type it again without special characters; codes take letters, digits, - and _."
            }
            FaultCode::IdNumber => "Remove the id number from the file.",
            FaultCode::UnknownChoice => "Use the words of the template.",
            FaultCode::NotABarcode => "Scan it again, or leave it empty.",
        }
    }
}

/// Something worth a look that does not keep a row out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// 1-based row of the sheet; 0 when it concerns the whole file.
    pub row: u32,
    /// The kind of warning.
    pub code: WarningCode,
    /// What the file says.
    pub stated: String,
    /// What was found.
    pub found: String,
}

/// The kinds of warning; their names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// A total row states another number of households than there are rows.
    HouseholdTotal,
    /// A total row states another number of people than the rows add up to.
    PeopleTotal,
    /// The household's size is not its head plus the members named.
    SizeMismatch,
    /// Two households share a door plate.
    SameDoor,
    /// The last digit of a barcode does not fit the others.
    BarcodeCheck,
    /// The workbook has further sheets, which were not read.
    OtherSheets,
    /// There are more faults than are listed.
    MoreFaults,
}

impl Warning {
    /// The warning in Chinese.
    pub fn text_zh(&self) -> String {
        let Self { stated, found, .. } = self;
        match self.code {
            WarningCode::HouseholdTotal => format!("合计写 {stated} 户，表中有 {found} 户"),
            WarningCode::PeopleTotal => format!("合计写 {stated} 人，各户相加为 {found} 人"),
            WarningCode::SizeMismatch => format!("人口写 {stated}，列出的连户主共 {found} 人"),
            WarningCode::SameDoor => format!("门牌 {stated} 与第 {found} 行相同"),
            WarningCode::BarcodeCheck => format!("条码 {stated} 的校验位应为 {found}"),
            WarningCode::OtherSheets => format!("只读取了工作表“{found}”，未读取：{stated}"),
            WarningCode::MoreFaults => format!("错误过多，只列出前 {found} 处"),
        }
    }

    /// The warning in English.
    pub fn text_en(&self) -> String {
        let Self { stated, found, .. } = self;
        match self.code {
            WarningCode::HouseholdTotal => {
                format!("The total says {stated} households, the table has {found}")
            }
            WarningCode::PeopleTotal => {
                format!("The total says {stated} people, the rows add up to {found}")
            }
            WarningCode::SizeMismatch => {
                format!("The size is {stated}, head and members make {found}")
            }
            WarningCode::SameDoor => format!("Door plate {stated} is also in row {found}"),
            WarningCode::BarcodeCheck => {
                format!("The check digit of barcode {stated} should be {found}")
            }
            WarningCode::OtherSheets => {
                format!("Only the sheet {found} was read, not: {stated}")
            }
            WarningCode::MoreFaults => {
                format!("Too many faults; only the first {found} are listed")
            }
        }
    }
}
