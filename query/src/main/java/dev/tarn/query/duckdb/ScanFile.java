package dev.tarn.query.duckdb;

import java.util.List;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;

/// A data file to read, with the delete files that apply to it.
public record ScanFile(DataFile file, List<DeleteFile> deletes) {}
