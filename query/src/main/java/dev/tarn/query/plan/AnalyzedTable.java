package dev.tarn.query.plan;

import static io.trino.spi.StandardErrorCode.INVALID_ANALYZE_PROPERTY;

import io.trino.metadata.AnalyzeMetadata;
import io.trino.spi.TrinoException;
import io.trino.spi.connector.ConnectorAnalyzeMetadata;
import io.trino.spi.expression.FunctionName;
import io.trino.spi.session.PropertyMetadata;
import io.trino.spi.statistics.ColumnStatisticMetadata;
import io.trino.spi.statistics.TableStatisticsMetadata;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.VarcharType;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/// What an ANALYZE asks for, checked as Trino's Iceberg connector checks it.
///
/// @param columns whose different values are to be counted, in the table's order: those that were named, or all that
///     hold no arrays, maps and rows
public record AnalyzedTable(LakeTableHandle table, List<Types.NestedField> columns) {
    private static final String COLUMNS = "columns";

    /// What a plan shows; what is done is [dev.tarn.query.duckdb.ColumnSketch]'s.
    private static final String COUNT = "NUMBER_OF_DISTINCT_VALUES";

    private static final FunctionName COUNT_FUNCTION = new FunctionName("approx_distinct");

    public AnalyzedTable {
        columns = List.copyOf(columns);
    }

    /// The properties of `ANALYZE … WITH (…)`.
    static List<PropertyMetadata<?>> properties() {
        return List.of(new PropertyMetadata<>(
                COLUMNS,
                "Columns to be analyzed",
                new ArrayType(VarcharType.VARCHAR),
                Set.class,
                null,
                false,
                AnalyzedTable::names,
                value -> value));
    }

    private static @Nullable Set<String> names(@Nullable Object value) {
        if (value == null) {
            return null;
        }
        Set<String> names = new LinkedHashSet<>();
        for (Object name : (Collection<?>) value) {
            if (name == null) {
                throw new TrinoException(INVALID_ANALYZE_PROPERTY, "Invalid null value in analyze columns property");
            }
            names.add((String) name);
        }
        return names;
    }

    /// What the analyzer is told of a table.
    @SuppressWarnings("unchecked") // By the property's own type.
    static ConnectorAnalyzeMetadata of(LakeTableHandle table, Map<String, Object> properties) {
        Set<String> known = table.schema().columns().stream()
                .filter(field -> field.type().isPrimitiveType())
                .map(AnalyzedTable::name)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        Optional<Set<String>> named = Optional.ofNullable((Set<String>) properties.get(COLUMNS));
        named.ifPresent(names -> check(names, known));
        Set<ColumnStatisticMetadata> columns = named.orElse(known).stream()
                .map(name -> new ColumnStatisticMetadata(name, COUNT, COUNT_FUNCTION))
                .collect(Collectors.toSet());
        return new ConnectorAnalyzeMetadata(table, new TableStatisticsMetadata(columns, Set.of(), List.of()));
    }

    private static void check(Set<String> names, Set<String> known) {
        if (names.isEmpty()) {
            throw new TrinoException(INVALID_ANALYZE_PROPERTY, "Cannot specify empty list of columns for analysis");
        }
        List<String> unknown =
                names.stream().filter(name -> !known.contains(name)).toList();
        if (!unknown.isEmpty()) {
            throw new TrinoException(INVALID_ANALYZE_PROPERTY, "Invalid columns specified for analysis: " + unknown);
        }
    }

    /// What the analyzer was told.
    static AnalyzedTable of(AnalyzeMetadata analyzed) {
        LakeTableHandle table = (LakeTableHandle) analyzed.tableHandle().connectorHandle();
        Set<String> names = analyzed.statisticsMetadata().getColumnStatistics().stream()
                .map(ColumnStatisticMetadata::getColumnName)
                .collect(Collectors.toSet());
        return new AnalyzedTable(
                table,
                table.schema().columns().stream()
                        .filter(field -> names.contains(name(field)))
                        .toList());
    }

    private static String name(Types.NestedField field) {
        return field.name().toLowerCase(Locale.ENGLISH);
    }
}
