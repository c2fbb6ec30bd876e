//! Pictures that tests make.
