/// What can go wrong in any store. A thing that is not there is not an error: methods answer with
/// `None` or `false`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is busy beyond its time limit or out of space. Nothing was
    /// written; the same call may succeed later.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A stored row does not make sense to this version of the program.
    #[error("the database holds something unreadable: {0}")]
    Corrupt(String),
    /// A defect: the database refused a statement.
    #[error("the database refused a statement: {0}")]
    Refused(String),
}
