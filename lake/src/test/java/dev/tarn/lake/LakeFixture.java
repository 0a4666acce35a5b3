package dev.tarn.lake;

import dev.tarn.core.identity.Identity;
import dev.tarn.lake.storage.Durable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Types;

/// Names and small things that tests of the lake share.
public final class LakeFixture {
    public static final Namespace SILVER = Namespace.of("silver");
    public static final TableIdentifier PAYMENTS = TableIdentifier.of(SILVER, "payments");
    public static final Identity ANN = new Identity("ann", "test", false);
    public static final Schema SCHEMA = new Schema(
            Types.NestedField.required(1, "id", Types.LongType.get()),
            Types.NestedField.optional(2, "amount", Types.DecimalType.of(12, 2)));

    private LakeFixture() {}

    /// A file that exists and says it holds so many rows. Its content is of no interest to the catalog.
    public static DataFile file(Table table, long rows) {
        try {
            Path path = Path.of(table.location().substring("file://".length()), "data", UUID.randomUUID() + ".parquet");
            Durable.createFolders(path.getParent());
            Files.write(path, "PAR1".getBytes(StandardCharsets.US_ASCII));
            return DataFiles.builder(table.spec())
                    .withPath("file://" + path)
                    .withFormat(FileFormat.PARQUET)
                    .withFileSizeInBytes(4)
                    .withRecordCount(rows)
                    .build();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /// How many rows the files of a table's present snapshot claim.
    public static long rows(Table table) {
        table.refresh();
        return table.currentSnapshot() == null
                ? 0
                : Long.parseLong(table.currentSnapshot().summary().get("total-records"));
    }
}
