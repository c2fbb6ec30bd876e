//! Faults of reading, hashing and signing in as problems.

use super::{Problem, busy, unavailable};
use crate::core::Rejection;
use crate::signin::password::{HashError, PasswordFault, PinFault as WeakPin};
use crate::store::ReadFault;
use crate::store::access::{PinFault, SetupFault, SignInFault};
use axum::http::StatusCode;

impl From<ReadFault> for Problem {
    fn from(fault: ReadFault) -> Problem {
        match fault {
            ReadFault::Unavailable => unavailable(),
            ReadFault::Fault => Problem::internal(),
        }
    }
}

impl From<SignInFault> for Problem {
    fn from(fault: SignInFault) -> Problem {
        match fault {
            SignInFault::Wrong => Problem::new(StatusCode::UNAUTHORIZED, "wrong_credentials"),
            SignInFault::Locked { seconds: ..=0 } => PinFault::Locked.into(),
            SignInFault::Locked { seconds } => {
                let seconds = u64::try_from(seconds).unwrap_or(1).max(1);
                Problem::new(StatusCode::TOO_MANY_REQUESTS, "sign_in_locked")
                    .figure("seconds", seconds)
                    .retry_after(seconds)
            }
            SignInFault::Busy => busy(2),
            SignInFault::Unavailable => unavailable(),
            SignInFault::Fault => Problem::internal(),
        }
    }
}

impl From<PinFault> for Problem {
    fn from(fault: PinFault) -> Problem {
        match fault {
            PinFault::NotSet => Problem::rejected(&Rejection::PinNotSet {}, "", false),
            PinFault::Locked => Problem::rejected(&Rejection::PinLocked {}, "", false),
            PinFault::Wrong { left } => Problem::rejected(&Rejection::PinWrong { left }, "", false),
            PinFault::Busy => busy(2),
            PinFault::Unavailable => unavailable(),
            PinFault::Fault => Problem::internal(),
        }
    }
}

impl From<HashError> for Problem {
    fn from(fault: HashError) -> Problem {
        match fault {
            HashError::Busy => busy(2),
            other => {
                tracing::error!(fault = %other, "hashing failed");
                Problem::internal()
            }
        }
    }
}

impl From<PasswordFault> for Problem {
    fn from(fault: PasswordFault) -> Problem {
        Problem::field("/password", fault.code())
    }
}

impl From<WeakPin> for Problem {
    fn from(fault: WeakPin) -> Problem {
        Problem::field("/pin", fault.code())
    }
}

impl From<SetupFault> for Problem {
    fn from(fault: SetupFault) -> Problem {
        match fault {
            SetupFault::Wrong => Problem::new(StatusCode::FORBIDDEN, "setup_token_wrong"),
            SetupFault::Password(weak) => weak.into(),
            SetupFault::Username => Problem::field("/username", "not_a_username"),
            SetupFault::Name => Problem::field("/name", "not_a_label"),
            SetupFault::Unavailable => unavailable(),
            SetupFault::Fault => Problem::internal(),
        }
    }
}
