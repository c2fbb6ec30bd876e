//! What the command line says: results on standard output, the rest on standard error.

use super::Fault;
use crate::store::Refusal;
use std::io::Write as _;
use std::process::ExitCode;

/// One line of result.
pub fn line(text: &str) {
    // A closed pipe is the reader's wish, not a fault.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// One line beside the result.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A fault, and the exit code for it.
pub fn fault(fault: &Fault) -> ExitCode {
    note(&["错误 / error: ", &fault.to_string()].concat());
    ExitCode::from(2)
}

/// A refusal in words.
pub fn refusal(refusal: &Refusal) -> Fault {
    match refusal {
        Refusal::Rejected { why, .. } => ["被规则拒绝 / refused by the rules: ", &why.to_string()]
            .concat()
            .into(),
        Refusal::Unavailable => {
            "数据库没有响应，稍后再试 / the database does not answer, try again".into()
        }
        other => ["没有完成 / not done: ", &format!("{other:?}")]
            .concat()
            .into(),
    }
}
