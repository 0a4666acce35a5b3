package dev.tarn.model.training;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.feature.OfflineFeatures;
import dev.tarn.core.feature.TrainingFrame;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Training data straight from a DuckDB in memory: the query is run as it is, and no features are joined.
final class DuckFeatures implements OfflineFeatures, AutoCloseable {
    private final Connection connection;

    DuckFeatures() throws SQLException {
        connection = DriverManager.getConnection("jdbc:duckdb:");
    }

    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public TrainingFrame join(Request request) {
        try {
            List<TrainingFrame.Column> columns = new ArrayList<>();
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("DESCRIBE " + request.labels())) {
                while (rows.next()) {
                    String type = rows.getString(2).toLowerCase(Locale.ROOT);
                    columns.add(new TrainingFrame.Column(rows.getString(1), type, null));
                }
            }
            return new Frame(request.labels(), columns);
        } catch (SQLException e) {
            throw new TarnException(ErrorCode.BAD_REQUEST, String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    private final class Frame implements TrainingFrame {
        private final String query;
        private final List<Column> columns;

        Frame(String query, List<Column> columns) {
            this.query = query;
            this.columns = columns;
        }

        @Override
        public List<Column> columns() {
            return columns;
        }

        @Override
        public int rows() {
            return strings(columns.getFirst().name()).length;
        }

        @Override
        public double[] doubles(String column) {
            @Nullable String[] texts = texts("CAST(\"" + column + "\" AS DOUBLE)");
            double[] numbers = new double[texts.length];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = texts[i] == null ? Double.NaN : Double.parseDouble(texts[i]);
            }
            return numbers;
        }

        @Override
        public @Nullable String[] strings(String column) {
            return texts("CAST(\"" + column + "\" AS VARCHAR)");
        }

        private @Nullable String[] texts(String expression) {
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("SELECT " + expression + " FROM (" + query + ")")) {
                List<@Nullable String> all = new ArrayList<>();
                while (rows.next()) {
                    all.add(rows.getString(1));
                }
                return all.toArray(new String[0]);
            } catch (SQLException e) {
                throw new TarnException(ErrorCode.BAD_REQUEST, String.valueOf(e.getMessage()), e);
            }
        }

        @Override
        public Map<String, Long> snapshots() {
            return Map.of("gold.payments", 42L);
        }

        @Override
        public void writeParquet(Path file) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
    }
}
