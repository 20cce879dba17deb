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
