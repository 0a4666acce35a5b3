package dev.tarn.query.plan;

import static io.trino.plugin.base.session.PropertyMetadataUtil.dataSizeProperty;
import static io.trino.plugin.base.session.PropertyMetadataUtil.durationProperty;
import static io.trino.spi.connector.TableProcedureExecutionMode.coordinatorOnly;
import static io.trino.spi.connector.TableProcedureExecutionMode.distributedWithFilteringAndRepartitioning;
import static io.trino.spi.session.PropertyMetadata.booleanProperty;
import static io.trino.spi.session.PropertyMetadata.integerProperty;
import static io.trino.spi.session.PropertyMetadata.longProperty;

import io.airlift.units.DataSize;
import io.airlift.units.Duration;
import io.trino.spi.connector.ConnectorTableExecuteHandle;
import io.trino.spi.connector.SchemaTableName;
import io.trino.spi.connector.TableProcedureExecutionMode;
import io.trino.spi.connector.TableProcedureMetadata;
import io.trino.spi.session.PropertyMetadata;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The procedures of `ALTER TABLE … EXECUTE`, with the names and properties of Trino's Iceberg connector.
public enum TableProcedure {
    /// Compacts files.
    OPTIMIZE(
            distributedWithFilteringAndRepartitioning(),
            dataSizeProperty(
                    "file_size_threshold",
                    "Only compact files smaller than given threshold in bytes",
                    DataSize.of(100, DataSize.Unit.MEGABYTE),
                    false)),
    /// Merges manifests.
    OPTIMIZE_MANIFESTS(coordinatorOnly()),
    /// Forgets old snapshots.
    EXPIRE_SNAPSHOTS(
            coordinatorOnly(),
            durationProperty(
                    "retention_threshold",
                    "Only snapshots older than threshold should be removed",
                    new Duration(7, TimeUnit.DAYS),
                    false),
            integerProperty("retain_last", "Number of snapshots to retain", 1, false),
            booleanProperty(
                    "clean_expired_metadata",
                    "When true, cleans up partition specs and schemas that no snapshot refers to",
                    false,
                    false)),
    /// Removes files that nothing refers to.
    REMOVE_ORPHAN_FILES(
            coordinatorOnly(),
            durationProperty(
                    "retention_threshold",
                    "Files older than threshold should be removed",
                    new Duration(7, TimeUnit.DAYS),
                    false)),
    /// Makes an earlier snapshot the current one.
    ROLLBACK_TO_SNAPSHOT(coordinatorOnly(), longProperty("snapshot_id", "Snapshot ID", null, false)),
    /// Forgets the statistics that ANALYZE collected.
    DROP_EXTENDED_STATS(coordinatorOnly());

    /// The session property with the shortest `retention_threshold` that expire_snapshots takes.
    public static final String EXPIRE_MIN = "expire_snapshots_min_retention";

    /// The same for remove_orphan_files.
    public static final String ORPHANS_MIN = "remove_orphan_files_min_retention";

    @SuppressWarnings("ImmutableEnumChecker") // It is: Trino only does not say so.
    private final TableProcedureMetadata metadata;

    TableProcedure(TableProcedureExecutionMode mode, PropertyMetadata<?>... properties) {
        this.metadata = new TableProcedureMetadata(name(), mode, List.of(properties));
    }

    static Set<TableProcedureMetadata> all() {
        return Stream.of(values()).map(procedure -> procedure.metadata).collect(Collectors.toSet());
    }

    static List<PropertyMetadata<?>> sessionProperties() {
        return List.of(
                durationProperty(
                        EXPIRE_MIN,
                        "Minimal retention period for expire_snapshots",
                        new Duration(7, TimeUnit.DAYS),
                        false),
                durationProperty(
                        ORPHANS_MIN,
                        "Minimal retention period for remove_orphan_files",
                        new Duration(7, TimeUnit.DAYS),
                        false));
    }

    static Optional<ConnectorTableExecuteHandle> handle(
            LakeTableHandle table, String procedure, Map<String, Object> properties) {
        return Stream.of(values())
                .filter(each -> each.name().equals(procedure.toUpperCase(Locale.ROOT)))
                .findFirst()
                .map(found -> new Handle(found, table, properties));
    }

    /// A procedure with its arguments.
    public record Handle(TableProcedure procedure, LakeTableHandle table, Map<String, Object> properties)
            implements ConnectorTableExecuteHandle {
        /// The table's name.
        public SchemaTableName name() {
            return table.name();
        }
    }
}
