//! Why a whole file was refused, in words a village office can act on.

use std::fmt;

/// A file that was not read at all. Nothing of it has been kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileFault {
    /// No bytes, or nothing but white space.
    Empty,
    /// The upload is larger than [`super::workbook::MAX_FILE_BYTES`].
    TooLarge,
    /// Neither an XLSX workbook nor delimited text.
    NotASpreadsheet,
    /// The binary format of Excel 97-2003 or of WPS (.xls, .et).
    OldFormat,
    /// Locked with a password.
    Encrypted,
    /// Cut off or contradicting itself.
    Damaged,
    /// Carries a program (VBA).
    Macros,
    /// More parts in the archive than any office program writes.
    TooManyParts,
    /// Unpacks to far more than it should: a "zip bomb".
    Bomb,
    /// An archive inside the archive.
    NestedArchive,
    /// Parts that share bytes or names.
    OverlappingParts,
    /// A part that is a link or names a place outside the archive.
    UnsafePart,
    /// The XML declares a document type or entities.
    XmlEntities,
    /// A cell outside the rows and columns that are read; holds its name.
    CellOutOfRange(String),
    /// More filled cells than [`super::workbook::MAX_CELLS`].
    TooManyCells,
    /// More text than [`super::workbook::MAX_TEXT_BYTES`], or one cell beyond what Excel can hold.
    TooMuchText,
    /// More or longer formulas than a form ever has.
    TooManyFormulas,
    /// No visible sheet with anything on it.
    NoSheet,
    /// Text that is neither UTF-8, UTF-16 with a mark, nor GB18030.
    UnknownEncoding,
    /// A quotation mark opens and never closes, so rows would be swallowed.
    UnclosedQuote,
}

impl FileFault {
    /// The stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty_file",
            Self::TooLarge => "file_too_large",
            Self::NotASpreadsheet => "not_a_spreadsheet",
            Self::OldFormat => "old_format",
            Self::Encrypted => "encrypted",
            Self::Damaged => "damaged",
            Self::Macros => "macros",
            Self::TooManyParts => "too_many_parts",
            Self::Bomb => "unpacks_too_large",
            Self::NestedArchive => "nested_archive",
            Self::OverlappingParts => "overlapping_parts",
            Self::UnsafePart => "unsafe_part",
            Self::XmlEntities => "xml_entities",
            Self::CellOutOfRange(_) => "cell_out_of_range",
            Self::TooManyCells => "too_many_cells",
            Self::TooMuchText => "too_much_text",
            Self::TooManyFormulas => "too_many_formulas",
            Self::NoSheet => "no_sheet",
            Self::UnknownEncoding => "unknown_encoding",
            Self::UnclosedQuote => "unclosed_quote",
        }
    }

    /// What happened and what to do, in Chinese.
    pub fn zh(&self) -> String {
        let text = match self {
            Self::CellOutOfRange(cell) => {
                return format!(
                    "单元格 {cell} 超出了可读取的范围（20000 行、256 列）。请删除表格以外的空白行列后重新保存。"
                );
            }
            Self::Empty => "文件是空的。请确认保存后再上传。",
            Self::TooLarge => "文件超过 8 MB。请删除图片或分成几个文件再上传。",
            Self::NotASpreadsheet => "这不是表格文件。请用 Excel 或 WPS 另存为 .xlsx 后上传。",
            Self::OldFormat => "这是旧格式（.xls 或 .et）。请用 Excel 或 WPS 另存为 .xlsx 后上传。",
            Self::Encrypted => "文件已加密。请取消密码后重新保存再上传。",
            Self::Damaged => "文件不完整或已损坏。请重新打开、另存为 .xlsx 后再上传。",
            Self::Macros => "文件带有宏程序。请另存为不含宏的 .xlsx 后上传。",
            Self::TooManyParts => "文件内部的部件过多，不像正常的表格，已拒绝。",
            Self::Bomb => "文件解压后过大，不像正常的表格，已拒绝。",
            Self::NestedArchive => "文件里还嵌有压缩包或别的表格。请只保留花名册本身再上传。",
            Self::OverlappingParts => "文件内部的部件互相重叠，不像正常的表格，已拒绝。",
            Self::UnsafePart => "文件内部含有不安全的路径或链接，已拒绝。",
            Self::XmlEntities => "文件内部含有外部实体声明，不像正常的表格，已拒绝。",
            Self::TooManyCells => "填写的单元格过多（上限 20 万）。请分成几个文件再上传。",
            Self::TooMuchText => "表格里的文字过多，或某个单元格过长。请检查是否误贴了内容。",
            Self::TooManyFormulas => "公式过多或过长。请选中全表，复制后“选择性粘贴—数值”再保存。",
            Self::NoSheet => "没有找到有内容的工作表。请确认工作表未隐藏且已填写。",
            Self::UnknownEncoding => "无法识别文字编码。请另存为 .xlsx,或 UTF-8 编码的 CSV。",
            Self::UnclosedQuote => "有一个双引号没有配对，后面的行会被吞掉。请补全或删去后再上传。",
        };
        text.to_owned()
    }

    /// What happened and what to do, in English.
    pub fn en(&self) -> String {
        let text = match self {
            Self::CellOutOfRange(cell) => {
                return format!(
                    "Cell {cell} lies beyond what is read (20,000 rows, 256 columns). Delete the empty rows and columns around the table and save again."
                );
            }
            Self::Empty => "The file is empty. Save it and upload again.",
            Self::TooLarge => {
                "The file is larger than 8 MB. Remove pictures or split it, then upload again."
            }
            Self::NotASpreadsheet => {
                "This is not a spreadsheet. Save it as .xlsx in Excel or WPS and upload that."
            }
            Self::OldFormat => {
                "This is the old format (.xls or .et). Save it as .xlsx in Excel or WPS and upload that."
            }
            Self::Encrypted => "The file is locked. Remove the password, save and upload again.",
            Self::Damaged => {
                "The file is incomplete or damaged. Open it, save it as .xlsx and upload again."
            }
            Self::Macros => "The file carries macros. Save it as .xlsx without them and upload.",
            Self::TooManyParts => {
                "The file has too many parts inside for a spreadsheet and is refused."
            }
            Self::Bomb => "The file unpacks to too much for a spreadsheet and is refused.",
            Self::NestedArchive => {
                "Another archive or workbook is embedded in the file. Keep only the table itself."
            }
            Self::OverlappingParts => {
                "Parts inside the file overlap, unlike any spreadsheet; it is refused."
            }
            Self::UnsafePart => "The file holds an unsafe path or link and is refused.",
            Self::XmlEntities => {
                "The file declares external entities, unlike any spreadsheet; it is refused."
            }
            Self::TooManyCells => {
                "Too many cells are filled (limit 200,000). Split the file and upload again."
            }
            Self::TooMuchText => {
                "There is too much text, or one cell is far too long. Check for a wrong paste."
            }
            Self::TooManyFormulas => {
                "Too many or too long formulas. Copy the table, paste it as values, save and upload."
            }
            Self::NoSheet => {
                "No visible sheet has anything on it. Unhide or fill the sheet and save again."
            }
            Self::UnknownEncoding => {
                "The text encoding is unknown. Save as .xlsx, or as CSV in UTF-8."
            }
            Self::UnclosedQuote => {
                "A double quote is never closed and would swallow rows. Close or remove it."
            }
        };
        text.to_owned()
    }
}

impl fmt::Display for FileFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.en())
    }
}

impl std::error::Error for FileFault {}
