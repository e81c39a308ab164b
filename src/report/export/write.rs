//! [`write_export`].

use super::format::{ExportFormat, ExportOptions};
use super::input::{Export, Found};
use super::{hec, misp, navigator, ocsf, scripts, stix, tables, timesketch};
use std::io::{self, Write};

/// Writes what was found in a form.
pub(crate) fn write_export(
    found: &Found<'_>,
    format: ExportFormat,
    options: &ExportOptions,
    to: &mut dyn Write,
) -> io::Result<()> {
    let export = Export::new(found, options);
    match format {
        ExportFormat::Csv => tables::write_csv(&export, options.table, to),
        ExportFormat::Ndjson => tables::write_ndjson(&export, options.table, to),
        ExportFormat::Navigator => navigator::write(&export, to),
        ExportFormat::Timesketch => timesketch::write_lines(&export, to),
        ExportFormat::TimesketchCsv => timesketch::write_csv(&export, to),
        ExportFormat::Stix => stix::write(&export, to),
        ExportFormat::Misp => misp::write(&export, to),
        ExportFormat::Hec => hec::write(&export, to),
        ExportFormat::Ocsf => ocsf::write(&export, to),
        ExportFormat::ScriptsZip => scripts::write(&export, to),
    }
}
