//! The core against a naive oracle (filled in below by tests).
