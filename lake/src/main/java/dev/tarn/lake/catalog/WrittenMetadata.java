package dev.tarn.lake.catalog;

import org.apache.iceberg.TableMetadata;

/// A metadata file that is on the disk, and that nothing points at yet.
record WrittenMetadata(Pointer pointer, TableMetadata metadata, boolean isNew) {}
