use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement, TransactionTrait as _};

/// Tables that hold a handful of rows however many users there are: keys, one row, the moves that
/// are under way.
const SMALL: [&str; 3] = ["api_keys", "installation", "calendar_event_moves"];
/// No call is about more rows than this in these tests.
const MOST: f64 = 100.0;

/// What a database says of a statement.
pub struct Plan {
    lines: Vec<String>,
    is_wrong: fn(&str) -> bool,
}

impl Plan {
    /// The steps that read more than they should.
    pub fn wrong(&self) -> impl Iterator<Item = &String> {
        self.lines.iter().filter(|line| (self.is_wrong)(line))
    }
}

fn is_of_small_table(line: &str) -> bool {
    line.split_whitespace().any(|word| SMALL.contains(&word.trim_matches('"')))
}

/// <https://www.sqlite.org/eqp.html>: to search is to use an index, to scan is to read all.
pub async fn by_sqlite(raw: &DatabaseConnection, statement: &Statement) -> Plan {
    let rows = raw.query_all_raw(explained(statement, "EXPLAIN QUERY PLAN")).await.unwrap();
    let lines = rows.iter().map(|row| row.try_get_by_index(3).unwrap()).collect();
    Plan { lines, is_wrong: is_sqlite_scan }
}

fn is_sqlite_scan(line: &str) -> bool {
    line.starts_with("SCAN ") && line != "SCAN CONSTANT ROW" && !is_of_small_table(line)
}

/// Runs it too, but for an insertion, and takes it back: so the rows that were read are known.
pub async fn by_postgres(raw: &DatabaseConnection, statement: &Statement) -> Plan {
    let how = if statement.sql.starts_with("INSERT") {
        "EXPLAIN (COSTS OFF)"
    } else {
        "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF)"
    };
    let tx = raw.begin().await.unwrap();
    let rows = tx.query_all_raw(explained(statement, how)).await.unwrap();
    tx.rollback().await.unwrap();
    let lines = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    Plan { lines, is_wrong: reads_too_much }
}

fn reads_too_much(line: &str) -> bool {
    let sequential = line.contains("Seq Scan") && !is_of_small_table(line);
    let removed = line.split_once("Rows Removed by").and_then(|(_, end)| end.split_once(": "));
    let removed = removed.map_or(0.0, |(_, count)| count.trim().parse().unwrap());
    sequential || removed > MOST || (line.contains("Scan") && rows_read(line) > MOST)
}

/// Of `(actual rows=3 loops=2)`.
fn rows_read(line: &str) -> f64 {
    let number = |name: &str| -> Option<f64> {
        let (_, end) = line.split_once("(actual ")?.1.split_once(name)?;
        end.split([' ', ')']).next()?.parse().ok()
    };
    number("rows=").zip(number("loops=")).map_or(0.0, |(rows, loops)| rows * loops)
}

fn explained(statement: &Statement, how: &str) -> Statement {
    Statement { sql: format!("{how} {}", statement.sql), ..statement.clone() }
}

#[test]
fn a_step_that_reads_a_whole_table_is_found() {
    for wrong in ["SCAN users", "SCAN u USING COVERING INDEX uq__users__external_id"] {
        assert!(is_sqlite_scan(wrong), "{wrong}");
    }
    for right in
        ["SEARCH users USING INDEX x (external_id=?)", "SCAN CONSTANT ROW", "SCAN api_keys"]
    {
        assert!(!is_sqlite_scan(right), "{right}");
    }
    for wrong in [
        "  ->  Seq Scan on users (actual rows=1 loops=1)",
        "Index Scan using a on users (actual rows=51.00 loops=2)",
        "  Rows Removed by Filter: 101",
    ] {
        assert!(reads_too_much(wrong), "{wrong}");
    }
    for right in ["Index Scan using a on users (actual rows=2 loops=50)", "Seq Scan on api_keys"] {
        assert!(!reads_too_much(right), "{right}");
    }
}
