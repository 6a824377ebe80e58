pub enum ImportError {}
pub struct ImportReport;
pub enum Outcome {}
pub struct RowReport;
pub fn import_sqlite() {}
