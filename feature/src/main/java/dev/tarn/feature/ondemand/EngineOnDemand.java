package dev.tarn.feature.ondemand;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.feature.FeatureInfo;
import dev.tarn.core.feature.FeatureSelection;
import dev.tarn.feature.FeatureCatalog;
import dev.tarn.feature.Relations;
import dev.tarn.feature.definition.FeatureDefinitions.Chosen;
import dev.tarn.feature.definition.OnDemandFeature;
import dev.tarn.feature.definition.Place;
import dev.tarn.feature.window.Finish;
import dev.tarn.feature.window.Measure;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Computes on-demand features by a statement of the engine over one row: the same expression, the same answers
/// as in any other statement.
public final class EngineOnDemand implements OnDemand {
    private static final DateTimeFormatter TIMESTAMP = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS");

    private static final Place NOWHERE = new Place(Path.of("features"), 1);

    private final FeatureCatalog catalog;
    private final Relations relations;
    private final Map<String, Map<String, String>> inputs = new ConcurrentHashMap<>();
    private final Map<String, String> types = new ConcurrentHashMap<>();

    public EngineOnDemand(FeatureCatalog catalog, Relations relations) {
        this.catalog = catalog;
        this.relations = relations;
    }

    @Override
    public String type(OnDemandFeature feature) {
        String known = types.get(feature.name());
        if (known != null) {
            return known;
        }
        Map<String, @Nullable Object> none = new LinkedHashMap<>();
        inputs(feature).keySet().forEach(name -> none.put(name, null));
        try {
            String type = relations
                    .compile(statement(feature, none), Map.of())
                    .columns()
                    .getFirst()
                    .type();
            Measure.of(type, feature.place());
            types.put(feature.name(), type);
            return type;
        } catch (TarnException e) {
            throw e.code() == ErrorCode.CONFIG_INVALID ? e : feature.place().error("sql: " + e.getMessage(), e);
        }
    }

    @Override
    public @Nullable Object compute(OnDemandFeature feature, Map<String, ? extends @Nullable Object> values) {
        String type = type(feature);
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        for (String name : inputs(feature).keySet()) {
            if (!values.containsKey(name)) {
                throw new TarnException(
                        ErrorCode.BAD_REQUEST,
                        "the request lacks '" + name + "', which the on-demand feature '" + feature.name() + "' needs");
            }
            row.put(name, values.get(name));
        }
        Relations.Relation relation = relations.compile(statement(feature, row), Map.of());
        try (Connection connection = relations.connect();
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(relation.sql())) {
            found.next();
            Object value = value(type, found);
            return value == null && feature.fallback().isPresent()
                    ? feature.fallback().get()
                    : value;
        } catch (SQLException e) {
            throw new TarnException(ErrorCode.BAD_REQUEST, String.valueOf(e.getMessage()), e)
                    .in("on-demand feature", feature.name());
        }
    }

    private static @Nullable Object value(String type, ResultSet found) throws SQLException {
        Measure measure = Measure.of(type, NOWHERE);
        Object value = switch (measure.kind()) {
            case TEXT -> found.getString(1);
            case DOUBLE -> found.getDouble(1);
            case LONG -> {
                if (measure.isDecimal()) {
                    yield found.getBigDecimal(1);
                } else if (type.equals("date") || type.startsWith("timestamp")) {
                    yield found.getObject(1) == null ? null : time(type, found.getString(1));
                }
                yield Finish.boxed(type, found.getLong(1));
            }
        };
        return found.wasNull() ? null : value;
    }

    private static Object time(String type, String text) {
        if (type.equals("date")) {
            return LocalDate.parse(text);
        }
        String iso = text.replace(' ', 'T').replaceFirst("\\+00(:00)?$", "");
        return LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC);
    }

    /// Names and types of everything that the expression may name.
    private Map<String, String> inputs(OnDemandFeature feature) {
        return inputs.computeIfAbsent(feature.name(), _ -> {
            Map<String, String> all = new LinkedHashMap<>(feature.inputs());
            List<Chosen> used = catalog.definitions().choose(new FeatureSelection.Names(feature.uses()));
            for (FeatureInfo info : catalog.infos(used)) {
                if (all.put(info.name(), info.type()) != null) {
                    throw feature.place().error("two of its inputs are called '" + info.name() + "'");
                }
            }
            return all;
        });
    }

    private String statement(OnDemandFeature feature, Map<String, @Nullable Object> row) {
        StringBuilder sql = new StringBuilder("SELECT (").append(feature.sql()).append(") FROM (SELECT 1 AS one");
        inputs(feature)
                .forEach((name, type) -> sql.append(", ")
                        .append(literal(name, type, row.get(name)))
                        .append(" AS \"")
                        .append(name)
                        .append('"'));
        return sql.append(") AS request").toString();
    }

    private static String literal(String name, String type, @Nullable Object value) {
        if (value == null) {
            return "CAST(NULL AS " + type + ")";
        }
        String text = switch (value) {
            case Instant instant -> TIMESTAMP.format(LocalDateTime.ofInstant(instant, ZoneOffset.UTC));
            case BigDecimal decimal -> decimal.toPlainString();
            default -> value.toString();
        };
        boolean isNumber = switch (type) {
            case "double" -> text.matches("[-+0-9.eE]+|NaN|-?Infinity");
            case "bigint", "integer" -> text.matches("[-+]?\\d+");
            default -> true;
        };
        if (!isNumber) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "'" + name + "' is a " + type + ", and not '" + text + "'");
        }
        return "CAST('" + text.replace("'", "''") + "' AS " + type + ")";
    }
}
