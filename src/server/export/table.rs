//! The table of decisions as a workbook.
use std::io::Write;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use super::Broken;
use super::bundle::decisions;
use crate::domain::export::{COLUMNS, Filter};
use crate::server::db::scan::Scan;

/// Rows of a sheet, as Excel has them, less one for the head.
const MOST_ROWS: u32 = 1_048_575;

fn broken(error: XlsxError) -> Broken {
    Broken::Log(error.to_string())
}

/// The table of entries about decisions. Returns how many rows it has.
pub fn workbook(scan: &mut Scan, filter: &Filter, size: i64, out: &mut impl Write) -> Result<u64, Broken> {
    book(&COLUMNS, out, |rows| decisions(scan, filter, size, rows))
}

/// Makes a workbook of what is written as lines of CSV. Every cell is text: no formula can hide in one. Rows go to a temporary file as
/// they come.
pub(super) fn book<'a>(
    columns: &'a [&'a str],
    out: &mut impl Write,
    write: impl FnOnce(&mut Rows<'a>) -> Result<u64, Broken>,
) -> Result<u64, Broken> {
    let mut rows = Rows { columns, book: Workbook::new(), row: MOST_ROWS, sheets: 0, buffer: Vec::new() };
    // Not the time of export: the same bytes for the same filter.
    let made = ExcelDateTime::from_ymd(2000, 1, 1).map_err(broken)?;
    rows.book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let count = write(&mut rows)?;
    rows.end()?;
    let mut file = tempfile::tempfile()?;
    rows.book.save_to_writer(&mut file).map_err(broken)?;
    std::io::Seek::rewind(&mut file)?;
    std::io::copy(&mut file, out)?;
    Ok(count)
}

/// Takes the lines of the CSV and puts their cells into sheets: one table, made in one place.
pub(super) struct Rows<'a> {
    columns: &'a [&'a str],
    book: Workbook,
    row: u32,
    sheets: u32,
    buffer: Vec<u8>,
}

impl Rows<'_> {
    fn put(&mut self, cells: &[String]) -> Result<(), XlsxError> {
        if self.row >= MOST_ROWS {
            self.sheets += 1;
            let sheet = self.book.add_worksheet_with_constant_memory()?;
            sheet.set_name(format!("Decisions {}", self.sheets))?;
            sheet.set_freeze_panes(1, 0)?;
            for (column, name) in (0_u16..).zip(self.columns) {
                sheet.set_column_width(
                    column,
                    if name.contains("sha256") || *name == "comment" { 40.0 } else { 18.0 },
                )?;
                sheet.write_string_with_format(0, column, *name, &Format::new().set_bold())?;
            }
            self.row = 0;
        }
        self.row += 1;
        let last = usize::try_from(self.sheets).unwrap_or(1) - 1;
        let sheet = self.book.worksheet_from_index(last)?;
        for (column, cell) in (0_u16..).zip(cells) {
            // Excel's longest text.
            let cell: String = cell.chars().take(32_767).collect();
            sheet.write_string(self.row, column, cell)?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Broken> {
        let bytes = std::mem::take(&mut self.buffer);
        let mut csv = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
        for record in csv.records() {
            let record = record.map_err(|error| Broken::Log(error.to_string()))?;
            let cells: Vec<String> = record.iter().map(undo).collect();
            if cells.first().map(String::as_str) == self.columns.first().copied() {
                continue;
            }
            self.put(&cells).map_err(broken)?;
        }
        Ok(())
    }
}

/// In a workbook a text is a text, and needs no apostrophe in front.
fn undo(cell: &str) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']) => rest.to_owned(),
        _ => cell.to_owned(),
    }
}

impl Write for Rows<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        // A call of ours is always one whole line.
        if self.buffer.len() > 1 << 20 {
            self.end().map_err(std::io::Error::other)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
