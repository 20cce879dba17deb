//! Output of the command line: data on standard output, everything else on standard error.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the one place that prints")]

/// Prints a line of data.
pub(crate) fn data(line: impl AsRef<str>) {
    println!("{}", line.as_ref());
}

/// Prints a remark for the person at the terminal.
pub(crate) fn remark(line: impl AsRef<str>) {
    eprintln!("{}", line.as_ref());
}

/// Prints rows with aligned columns.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) {
    let mut widths: Vec<usize> = header.iter().map(|h| h.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: Vec<String>| {
        let padded: Vec<String> = cells.iter().zip(&widths).map(|(c, w)| format!("{c:<w$}")).collect();
        println!("{}", padded.join("  ").trim_end());
    };
    line(header.iter().map(|h| (*h).to_owned()).collect());
    for row in rows {
        line(row.clone());
    }
}

/// How rows are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns.
    #[default]
    Table,
    /// JSON.
    Json,
    /// Comma-separated values (RFC 4180).
    Csv,
}

/// Prints rows as comma-separated values. A text that a spreadsheet would take for a formula begins with `'`.
pub(crate) fn csv(header: &[&str], rows: &[Vec<String>]) {
    let line = |cells: Vec<String>| println!("{}", cells.iter().map(|c| csv_cell(c)).collect::<Vec<_>>().join(","));
    line(header.iter().map(|h| (*h).to_owned()).collect());
    for row in rows {
        line(row.clone());
    }
}

fn csv_cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '@', '\t']) || (text.starts_with('-') && text.parse::<f64>().is_err());
    let text = if formula && text != "-" { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_made_harmless() {
        assert_eq!(csv_cell("a,b"), "\"a,b\"");
        assert_eq!(csv_cell("say \"x\""), "\"say \"\"x\"\"\"");
        assert_eq!(csv_cell("=1+1"), "'=1+1");
        assert_eq!(csv_cell("-1.5"), "-1.5");
        assert_eq!(csv_cell("-cmd"), "'-cmd");
    }
}
