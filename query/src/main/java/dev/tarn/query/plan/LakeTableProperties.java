package dev.tarn.query.plan;

import static io.trino.spi.StandardErrorCode.INVALID_TABLE_PROPERTY;

import io.trino.spi.TrinoException;
import io.trino.spi.connector.ColumnMetadata;
import io.trino.spi.connector.ConnectorTableMetadata;
import io.trino.spi.session.PropertyMetadata;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.MapType;
import io.trino.spi.type.Type;
import io.trino.spi.type.TypeOperators;
import io.trino.spi.type.VarcharType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.NullOrder;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortField;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.expressions.Literal;
import org.apache.iceberg.expressions.Term;
import org.apache.iceberg.transforms.Transforms;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.PropertyUtil;

/// The properties of `CREATE TABLE … WITH (…)`, named and written as in Trino's Iceberg connector.
final class LakeTableProperties {
    static final String FORMAT = "format";
    static final String PARTITIONING = "partitioning";
    static final String SORTED_BY = "sorted_by";
    static final String LOCATION = "location";
    static final String FORMAT_VERSION = "format_version";
    static final String EXTRA_PROPERTIES = "extra_properties";

    /// What other properties of this list say, or what the catalog itself keeps.
    private static final Set<String> RESERVED = Set.of(
            "comment",
            "format",
            "format-version",
            "location",
            "partitioning",
            "provider",
            "sorted_by",
            "current-snapshot-id");

    private static final String NAME = "([a-zA-Z_][a-zA-Z0-9_]*|\"(?:\"\"|[^\"])*\")";
    private static final Pattern IDENTITY = Pattern.compile(NAME);
    private static final Pattern DATED =
            Pattern.compile("(year|month|day|hour|void)\\(" + NAME + "\\)", Pattern.CASE_INSENSITIVE);
    private static final Pattern SIZED =
            Pattern.compile("(bucket|truncate)\\(" + NAME + ",\\s*(\\d+)\\)", Pattern.CASE_INSENSITIVE);
    private static final Pattern SORT = Pattern.compile(
            "\\s*" + NAME + "(?:\\s+(ASC|DESC))?(?:\\s+NULLS\\s+(FIRST|LAST))?\\s*", Pattern.CASE_INSENSITIVE);

    private LakeTableProperties() {}

    static List<PropertyMetadata<?>> all() {
        return List.of(
                PropertyMetadata.stringProperty(FORMAT, "File format for the table", "PARQUET", false),
                textList(PARTITIONING, "Partition transforms"),
                textList(SORTED_BY, "Sorted columns"),
                PropertyMetadata.stringProperty(LOCATION, "File system location URI for the table", null, false),
                PropertyMetadata.integerProperty(FORMAT_VERSION, "Iceberg table format version", 2, false),
                new PropertyMetadata<>(
                        EXTRA_PROPERTIES,
                        "Extra table properties",
                        new MapType(VarcharType.VARCHAR, VarcharType.VARCHAR, new TypeOperators()),
                        Map.class,
                        null,
                        true,
                        value -> (Map<?, ?>) value,
                        value -> value));
    }

    /// Iceberg's own properties, checked.
    static Map<String, String> extra(@org.jspecify.annotations.Nullable Object value) {
        Map<String, String> properties = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, text) -> {
                if (key == null || text == null) {
                    throw new TrinoException(
                            INVALID_TABLE_PROPERTY, "Extra table property value cannot be null '{" + key + "=null}'");
                }
                if (RESERVED.contains(key.toString())) {
                    throw new TrinoException(INVALID_TABLE_PROPERTY, "Illegal keys in extra_properties: [" + key + "]");
                }
                properties.put(key.toString(), text.toString());
            });
        }
        return properties;
    }

    private static PropertyMetadata<?> textList(String name, String description) {
        return new PropertyMetadata<>(
                name,
                description,
                new ArrayType(VarcharType.VARCHAR),
                List.class,
                List.of(),
                false,
                value -> (List<?>) value,
                value -> value);
    }

    /// What a CREATE TABLE asks for, checked.
    static TableDefinition define(ConnectorTableMetadata metadata) {
        Map<String, Object> properties = metadata.getProperties();
        Object format = properties.get(FORMAT);
        if (format != null && !format.toString().equalsIgnoreCase("PARQUET")) {
            throw new TrinoException(
                    INVALID_TABLE_PROPERTY, "format must be PARQUET: Tarn writes no other format than Parquet");
        }
        int version = formatVersion(properties);
        Schema schema = schema(metadata, version);
        Map<String, String> stored = new LinkedHashMap<>();
        stored.putAll(extra(properties.get(EXTRA_PROPERTIES)));
        stored.put(TableProperties.FORMAT_VERSION, Integer.toString(version));
        metadata.getComment().ifPresent(comment -> stored.put("comment", comment));
        return new TableDefinition(
                schema,
                partitioning(schema, texts(properties.get(PARTITIONING))),
                sortOrder(schema, texts(properties.get(SORTED_BY))),
                Optional.ofNullable((String) properties.get(LOCATION)),
                stored);
    }

    static int formatVersion(Map<String, Object> properties) {
        int version = (Integer) properties.getOrDefault(FORMAT_VERSION, 2);
        if (version < 1 || version > 3) {
            throw new TrinoException(INVALID_TABLE_PROPERTY, "format_version must be 1, 2 or 3, not " + version);
        }
        return version;
    }

    private static Schema schema(ConnectorTableMetadata metadata, int version) {
        AtomicInteger ids = new AtomicInteger();
        List<ColumnMetadata> columns = metadata.getColumns().stream()
                .filter(column -> !column.isHidden())
                .toList();
        List<Integer> columnIds =
                columns.stream().map(column -> ids.incrementAndGet()).toList();
        List<Types.NestedField> fields = new java.util.ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            ColumnMetadata column = columns.get(i);
            DefaultValues.check(version, column.getDefaultValue().isPresent());
            Type type = LakeTypes.storable(column.getType(), version);
            Types.NestedField.Builder field = Types.NestedField.builder()
                    .withId(columnIds.get(i))
                    .withName(column.getName())
                    .isOptional(column.isNullable())
                    .ofType(LakeTypes.toIceberg(type, ids::incrementAndGet))
                    .withDoc(column.getComment().orElse(null));
            Literal<?> value = DefaultValues.of(column, type);
            if (value != null) {
                field.withInitialDefault(value).withWriteDefault(value);
            }
            fields.add(field.build());
        }
        return new Schema(fields);
    }

    @SuppressWarnings("unchecked")
    static List<String> texts(@org.jspecify.annotations.Nullable Object value) {
        return value == null ? List.of() : (List<String>) value;
    }

    static PartitionSpec partitioning(Schema schema, List<String> fields) {
        PartitionSpec.Builder builder = PartitionSpec.builderFor(schema);
        try {
            for (String field : fields) {
                addPartitionField(builder, field);
            }
            return builder.build();
        } catch (RuntimeException e) {
            throw new TrinoException(
                    INVALID_TABLE_PROPERTY, "Unable to parse partitioning value: " + e.getMessage(), e);
        }
    }

    private static void addPartitionField(PartitionSpec.Builder builder, String field) {
        Matcher dated = DATED.matcher(field);
        Matcher sized = SIZED.matcher(field);
        if (IDENTITY.matcher(field).matches()) {
            builder.identity(column(field));
        } else if (dated.matches()) {
            String column = column(dated.group(2));
            switch (dated.group(1).toLowerCase(Locale.ROOT)) {
                case "year" -> builder.year(column, column + "_year");
                case "month" -> builder.month(column, column + "_month");
                case "day" -> builder.day(column, column + "_day");
                case "hour" -> builder.hour(column, column + "_hour");
                default -> builder.alwaysNull(column, column + "_null");
            }
        } else if (sized.matches()) {
            String column = column(sized.group(2));
            int size = Integer.parseInt(sized.group(3));
            if (sized.group(1).equalsIgnoreCase("bucket")) {
                builder.bucket(column, size, column + "_bucket");
            } else {
                builder.truncate(column, size, column + "_trunc");
            }
        } else {
            throw new IllegalArgumentException("Invalid partition field declaration: " + field);
        }
    }

    /// The same transform as a term, for a change of a table's partitioning.
    static Term term(String field) {
        Matcher dated = DATED.matcher(field);
        Matcher sized = SIZED.matcher(field);
        if (IDENTITY.matcher(field).matches()) {
            return Expressions.ref(column(field));
        } else if (dated.matches() && !dated.group(1).equalsIgnoreCase("void")) {
            String column = column(dated.group(2));
            return switch (dated.group(1).toLowerCase(Locale.ROOT)) {
                case "year" -> Expressions.year(column);
                case "month" -> Expressions.month(column);
                case "day" -> Expressions.day(column);
                default -> Expressions.hour(column);
            };
        } else if (sized.matches()) {
            int size = Integer.parseInt(sized.group(3));
            return sized.group(1).equalsIgnoreCase("bucket")
                    ? Expressions.bucket(column(sized.group(2)), size)
                    : Expressions.transform(column(sized.group(2)), Transforms.truncate(size));
        }
        throw new TrinoException(INVALID_TABLE_PROPERTY, "Invalid partition field declaration: " + field);
    }

    static SortOrder sortOrder(Schema schema, List<String> fields) {
        SortOrder.Builder builder = SortOrder.builderFor(schema);
        try {
            for (String field : fields) {
                Matcher matcher = SORT.matcher(field);
                if (!matcher.matches()) {
                    throw new IllegalArgumentException("Unable to parse sort field: [" + field + "]");
                }
                boolean descending = "DESC".equalsIgnoreCase(matcher.group(2));
                boolean nullsFirst = matcher.group(3) == null
                        ? !descending
                        : matcher.group(3).equalsIgnoreCase("FIRST");
                NullOrder nulls = nullsFirst ? NullOrder.NULLS_FIRST : NullOrder.NULLS_LAST;
                if (descending) {
                    builder.desc(column(matcher.group(1)), nulls);
                } else {
                    builder.asc(column(matcher.group(1)), nulls);
                }
            }
            return builder.build();
        } catch (RuntimeException e) {
            throw new TrinoException(INVALID_TABLE_PROPERTY, "Invalid sorted_by definition: " + e.getMessage(), e);
        }
    }

    /// The properties that SHOW CREATE TABLE prints.
    static Map<String, Object> of(Table table) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put(FORMAT, "PARQUET");
        properties.put(FORMAT_VERSION, formatVersion(table));
        properties.put(LOCATION, table.location());
        List<String> partitioning = partitionTexts(table.spec());
        if (!partitioning.isEmpty()) {
            properties.put(PARTITIONING, partitioning);
        }
        SortOrder order = table.sortOrder();
        if (order.isSorted()) {
            properties.put(SORTED_BY, sortTexts(order));
        }
        return properties;
    }

    static List<String> partitionTexts(PartitionSpec spec) {
        return spec.fields().stream().map(field -> partitionText(spec, field)).toList();
    }

    static int formatVersion(Table table) {
        return table instanceof org.apache.iceberg.HasTableOperations operations
                ? operations.operations().current().formatVersion()
                : PropertyUtil.propertyAsInt(table.properties(), TableProperties.FORMAT_VERSION, 2);
    }

    private static String partitionText(PartitionSpec spec, PartitionField field) {
        String column = quote(spec.schema().findColumnName(field.sourceId()));
        String transform = field.transform().toString();
        if (transform.equals("identity")) {
            return column;
        }
        int bracket = transform.indexOf('[');
        return bracket < 0
                ? transform + "(" + column + ")"
                : transform.substring(0, bracket) + "(" + column + ", "
                        + transform.substring(bracket + 1, transform.length() - 1) + ")";
    }

    static List<String> sortTexts(SortOrder order) {
        return order.fields().stream().map(field -> sortText(order, field)).toList();
    }

    private static String sortText(SortOrder order, SortField field) {
        return quote(order.schema().findColumnName(field.sourceId())) + " " + field.direction() + " "
                + (field.nullOrder() == NullOrder.NULLS_FIRST ? "NULLS FIRST" : "NULLS LAST");
    }

    private static String column(String identifier) {
        return identifier.startsWith("\"")
                ? identifier.substring(1, identifier.length() - 1).replace("\"\"", "\"")
                : identifier.toLowerCase(Locale.ROOT);
    }

    private static String quote(String name) {
        return name.matches("[a-z_][a-z0-9_]*") ? name : '"' + name.replace("\"", "\"\"") + '"';
    }
}
