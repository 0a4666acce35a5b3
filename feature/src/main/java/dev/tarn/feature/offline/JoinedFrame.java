package dev.tarn.feature.offline;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.feature.TrainingFrame;
import dev.tarn.feature.Relations;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Labels in a temporary table of one connection, and the features beside them in memory.
final class JoinedFrame implements TrainingFrame {
    private final Connection connection;
    private final FoldFunctions functions;
    private final List<Column> columns = new ArrayList<>();
    private final Map<String, Integer> labels = new LinkedHashMap<>();
    private final Map<String, TrainingColumn> features = new LinkedHashMap<>();
    private final int rows;
    private final Map<String, Long> snapshots;

    JoinedFrame(
            Connection connection,
            FoldFunctions functions,
            List<Relations.Column> labelColumns,
            List<TrainingColumn> featureColumns,
            int rows,
            Map<String, Long> snapshots) {
        this.connection = connection;
        this.functions = functions;
        this.rows = rows;
        this.snapshots = Map.copyOf(snapshots);
        for (int i = 0; i < labelColumns.size(); i++) {
            Relations.Column column = labelColumns.get(i);
            labels.put(column.name(), i);
            columns.add(new Column(column.name(), column.type(), null));
        }
        for (TrainingColumn column : featureColumns) {
            String name = column.feature().fullName();
            features.put(name, column);
            columns.add(new Column(name, column.feature().type(), column.feature()));
        }
    }

    @Override
    public List<Column> columns() {
        return List.copyOf(columns);
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public double[] doubles(String column) {
        double[] numbers = new double[rows];
        TrainingColumn feature = features.get(column);
        if (feature != null) {
            if (feature.feature().type().startsWith("varchar")) {
                throw notANumber(column, feature.feature().type());
            }
            for (int row = 0; row < rows; row++) {
                numbers[row] = feature.number(row);
            }
            return numbers;
        }
        String type = columns.get(label(column)).type();
        if (!type.matches("(tinyint|smallint|integer|bigint|real|double|boolean|decimal.*)")) {
            throw notANumber(column, type);
        }
        return read("SELECT CAST(c" + label(column) + " AS DOUBLE) FROM labels ORDER BY rid", found -> {
            for (int row = 0; found.next(); row++) {
                double value = found.getDouble(1);
                numbers[row] = found.wasNull() ? Double.NaN : value;
            }
            return numbers;
        });
    }

    @Override
    public @Nullable String[] strings(String column) {
        @Nullable String[] texts = new String[rows];
        TrainingColumn feature = features.get(column);
        if (feature != null) {
            for (int row = 0; row < rows; row++) {
                Object value = feature.boxed(row);
                texts[row] = value == null ? null : value.toString();
            }
            return texts;
        }
        return read("SELECT CAST(c" + label(column) + " AS VARCHAR) FROM labels ORDER BY rid", found -> {
            for (int row = 0; found.next(); row++) {
                texts[row] = found.getString(1);
            }
            return texts;
        });
    }

    @Override
    public Map<String, Long> snapshots() {
        return snapshots;
    }

    @Override
    public void writeParquet(Path file) {
        if (Files.exists(file)) {
            throw new TarnException(ErrorCode.ALREADY_EXISTS, file + " exists: name another file or remove it");
        }
        StringBuilder sql = new StringBuilder("COPY (SELECT ");
        List<Long> offered = new ArrayList<>();
        String separator = "";
        for (Column column : columns) {
            sql.append(separator).append(source(column, offered)).append(" AS ").append(quoted(column.name()));
            separator = ", ";
        }
        sql.append(" FROM labels ORDER BY rid) TO '")
                .append(file.toString().replace("'", "''"))
                .append("' (FORMAT parquet)");
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql.toString());
        } catch (SQLException e) {
            throw new TarnException(ErrorCode.STORAGE_FAILED, file + " cannot be written: " + e.getMessage(), e);
        } finally {
            offered.forEach(functions::withdraw);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new TarnException(ErrorCode.INTERNAL_ERROR, "a training set did not close: " + e.getMessage(), e);
        }
    }

    private String source(Column column, List<Long> offered) {
        TrainingColumn feature = features.get(column.name());
        if (column.feature() == null || feature == null) {
            return "c" + label(column.name());
        }
        long number = functions.offer(feature);
        offered.add(number);
        return feature.sql(functions.take(connection, feature.kind()) + "(" + number + ", rid)");
    }

    private int label(String column) {
        Integer at = labels.get(column);
        if (at == null) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST,
                    "the training set has no column '" + column + "'; it has "
                            + String.join(
                                    ", ", columns.stream().map(Column::name).toList()));
        }
        return at;
    }

    private interface Reader<T> {
        T read(ResultSet found) throws SQLException;
    }

    private <T> T read(String sql, Reader<T> reader) {
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(sql)) {
            return reader.read(found);
        } catch (SQLException e) {
            throw new TarnException(ErrorCode.INTERNAL_ERROR, "the labels cannot be read: " + e.getMessage(), e);
        }
    }

    private static TarnException notANumber(String column, String type) {
        return new TarnException(ErrorCode.BAD_REQUEST, "'" + column + "' is a " + type + ", not a number");
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }
}
