//! The table of decisions as a workbook.
use std::io::Write;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use super::ExportError;
use super::bundle::decisions;
use crate::domain::export::{COLUMNS, Filter};
use crate::domain::text::shortened;
use crate::server::db::audit_scan::AuditScan;

/// Most rows of a sheet in Excel, less one for the header.
const MOST_ROWS: u32 = 1_048_575;

/// Excel's longest text is 32,767 characters; a text that is cut says so within that.
const LONGEST_CELL: usize = 32_500;

fn broken(error: XlsxError) -> ExportError {
    ExportError::Log(error.to_string())
}

/// Writes the table of entries about decisions. Returns its number of rows.
pub fn workbook(scan: &mut AuditScan, filter: &Filter, size: i64, out: &mut impl Write) -> Result<u64, ExportError> {
    book(&COLUMNS, out, |rows| {
        let mut head = true;
        decisions(scan, filter, size, |cells| {
            // Each sheet has a header of its own.
            if std::mem::take(&mut head) { Ok(()) } else { rows.put(cells) }
        })
    })
}

/// Writes a workbook with the rows that `write` adds. Every cell is text, so no formula can hide in one. Rows go to a
/// temporary file as they come.
pub(super) fn book(
    columns: &[&str],
    out: &mut impl Write,
    write: impl FnOnce(&mut TableRows<'_>) -> Result<u64, ExportError>,
) -> Result<u64, ExportError> {
    let mut rows = TableRows { columns, book: Workbook::new(), row: MOST_ROWS, sheets: 0 };
    // Not the time of export, so that the same filter gives the same bytes.
    let made = ExcelDateTime::from_ymd(2000, 1, 1).map_err(broken)?;
    rows.book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let count = write(&mut rows)?;
    let mut file = tempfile::tempfile()?;
    rows.book.save_to_writer(&mut file).map_err(broken)?;
    std::io::Seek::rewind(&mut file)?;
    std::io::copy(&mut file, out)?;
    Ok(count)
}

/// Writes rows into sheets. In a workbook, text is text and needs no apostrophe in front of it.
pub(super) struct TableRows<'a> {
    columns: &'a [&'a str],
    book: Workbook,
    row: u32,
    sheets: u32,
}

impl TableRows<'_> {
    pub(super) fn put(&mut self, cells: &[&str]) -> Result<(), ExportError> {
        self.try_put(cells).map_err(broken)
    }

    fn try_put(&mut self, cells: &[&str]) -> Result<(), XlsxError> {
        if self.row >= MOST_ROWS {
            self.sheets += 1;
            let sheet = self.book.add_worksheet_with_constant_memory()?;
            sheet.set_name(format!("Decisions {}", self.sheets))?;
            sheet.set_freeze_panes(1, 0)?;
            for (column, name) in (0_u16..).zip(self.columns) {
                let wide = name.contains("sha256") || *name == "comment";
                sheet.set_column_width(column, if wide { 40.0 } else { 18.0 })?;
                sheet.write_string_with_format(0, column, *name, &Format::new().set_bold())?;
            }
            self.row = 0;
        }
        self.row += 1;
        let last = usize::try_from(self.sheets).unwrap_or(1) - 1;
        let sheet = self.book.worksheet_from_index(last)?;
        for (column, cell) in (0_u16..).zip(cells) {
            sheet.write_string(self.row, column, shortened(cell, LONGEST_CELL))?;
        }
        Ok(())
    }
}
