//! Named crash points, compiled in only with the feature `failpoints`.

/// Gives the test a place to stop the process or fail the statement.
pub fn hit(name: &'static str) -> Result<(), sea_orm::DbErr> {
    fail::fail_point!(name, |_| Err(sea_orm::DbErr::Custom(name.to_string())));
    let _ = name;
    Ok(())
}
