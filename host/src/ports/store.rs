/// What can go wrong in any store. A thing that is not there is not an error: methods answer with
/// `None` or `false`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is busy beyond its time limit or out of space; the same
    /// call may succeed later. Nothing was written, unless the connection was lost at the very
    /// commit: then all of it was, or nothing.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A stored row does not make sense to this version of the program.
    #[error("the database holds something unreadable: {0}")]
    Corrupt(String),
    /// What a row stands on is not there (any more), or another row is in its place.
    #[error("the database refused a row: {0}")]
    Refused(String),
    /// A statement or an address that the database does not take: a defect, another program's
    /// tables, or those of a later version. Trying again does not help.
    #[error("the database cannot be used: {0}")]
    Unusable(String),
}
