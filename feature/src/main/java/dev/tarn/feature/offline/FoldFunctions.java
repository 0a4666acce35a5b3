package dev.tarn.feature.offline;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.feature.window.Measure;
import dev.tarn.feature.window.WholeEvent;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.duckdb.DuckDBColumnType;
import org.duckdb.DuckDBDataChunkReader;
import org.duckdb.DuckDBFunctions;
import org.duckdb.DuckDBReadableVector;
import org.duckdb.DuckDBScalarFunction;
import org.duckdb.DuckDBScalarFunctionBuilder;
import org.jspecify.annotations.Nullable;

/// Java functions that DuckDB calls with whole vectors, on all its threads: they hand events to a
/// [LabelFold], and a frame's values back.
final class FoldFunctions {
    /// What is being folded, and what went wrong first; functions find it by number.
    record Running(LabelFold fold, List<Measure> measures, Failure failure) {}

    /// Keeps the first failure, because DuckDB passes on only its message.
    static final class Failure {
        private volatile @Nullable TarnException first;

        @Nullable
        TarnException first() {
            return first;
        }
    }

    private static final AtomicLong NUMBERS = new AtomicLong();
    private static final Map<Long, Running> RUNNING = new ConcurrentHashMap<>();
    private static final Map<Long, TrainingColumn> VALUES = new ConcurrentHashMap<>();

    private final Set<String> registered = new HashSet<>();

    long start(Running running) {
        long number = NUMBERS.incrementAndGet();
        RUNNING.put(number, running);
        return number;
    }

    void stop(long number) {
        RUNNING.remove(number);
    }

    long offer(TrainingColumn column) {
        long number = NUMBERS.incrementAndGet();
        VALUES.put(number, column);
        return number;
    }

    void withdraw(long number) {
        VALUES.remove(number);
    }

    /// The function `(fold, key, e, c, measures…)` for these kinds of measures.
    synchronized String fold(Connection connection, List<Measure> measures) {
        StringBuilder name = new StringBuilder("tarn_fold_");
        measures.forEach(measure ->
                name.append(Character.toLowerCase(measure.kind().name().charAt(0))));
        DuckDBColumnType[] types = new DuckDBColumnType[measures.size() + 4];
        types[0] = DuckDBColumnType.BIGINT;
        types[1] = DuckDBColumnType.INTEGER;
        types[2] = DuckDBColumnType.BIGINT;
        types[3] = DuckDBColumnType.BIGINT;
        for (int i = 0; i < measures.size(); i++) {
            types[i + 4] = switch (measures.get(i).kind()) {
                case LONG -> DuckDBColumnType.BIGINT;
                case DOUBLE -> DuckDBColumnType.DOUBLE;
                case TEXT -> DuckDBColumnType.VARCHAR;
            };
        }
        return register(connection, name.toString(), types, DuckDBColumnType.BOOLEAN, (rows, out) -> {
            fold(rows);
            for (long row = 0; row < rows.rowCount(); row++) {
                out.setBoolean(row, true);
            }
        });
    }

    /// The function `(fold, key, e, c)` that gives the first label to know an event, or -1.
    synchronized String slot(Connection connection) {
        DuckDBColumnType[] types = {
            DuckDBColumnType.BIGINT, DuckDBColumnType.INTEGER, DuckDBColumnType.BIGINT, DuckDBColumnType.BIGINT
        };
        return register(connection, "tarn_slot", types, DuckDBColumnType.INTEGER, (rows, out) -> {
            DuckDBReadableVector keys = rows.vector(1);
            DuckDBReadableVector times = rows.vector(2);
            DuckDBReadableVector created = rows.vector(3);
            Running running = running(rows);
            for (long row = 0; row < rows.rowCount(); row++) {
                out.setInt(row, running.fold().slot(keys.getInt(row), times.getLong(row), created.getLong(row)));
            }
        });
    }

    /// The function `(fold, key, word, slot, newest, before)` that counts different values.
    synchronized String distinct(Connection connection) {
        DuckDBColumnType[] types = {
            DuckDBColumnType.BIGINT,
            DuckDBColumnType.INTEGER,
            DuckDBColumnType.INTEGER,
            DuckDBColumnType.INTEGER,
            DuckDBColumnType.BIGINT,
            DuckDBColumnType.BIGINT
        };
        return register(connection, "tarn_distinct", types, DuckDBColumnType.BOOLEAN, (rows, out) -> {
            Running running = running(rows);
            DuckDBReadableVector keys = rows.vector(1);
            DuckDBReadableVector words = rows.vector(2);
            DuckDBReadableVector slots = rows.vector(3);
            DuckDBReadableVector newest = rows.vector(4);
            DuckDBReadableVector before = rows.vector(5);
            for (long row = 0; row < rows.rowCount(); row++) {
                running.fold()
                        .addDistinct(
                                keys.getInt(row),
                                words.getInt(row),
                                slots.getInt(row),
                                newest.getLong(row),
                                before.getLong(row, LabelFold.NONE));
                out.setBoolean(row, true);
            }
        });
    }

    /// The function `(column, row)` that gives a frame's values of one kind.
    synchronized String take(Connection connection, TrainingColumn.Kind kind) {
        DuckDBColumnType[] types = {DuckDBColumnType.BIGINT, DuckDBColumnType.BIGINT};
        return switch (kind) {
            case LONG ->
                register(
                        connection,
                        "tarn_take_long",
                        types,
                        DuckDBColumnType.BIGINT,
                        (rows, out) -> take(rows, (column, at, row) -> {
                            if (column.isNull(at)) {
                                out.setNull(row);
                            } else {
                                out.setLong(row, column.bits(at));
                            }
                        }));
            case DOUBLE ->
                register(
                        connection,
                        "tarn_take_double",
                        types,
                        DuckDBColumnType.DOUBLE,
                        (rows, out) -> take(rows, (column, at, row) -> {
                            if (column.isNull(at)) {
                                out.setNull(row);
                            } else {
                                out.setDouble(row, Double.longBitsToDouble(column.bits(at)));
                            }
                        }));
            case OBJECT ->
                register(
                        connection,
                        "tarn_take_text",
                        types,
                        DuckDBColumnType.VARCHAR,
                        (rows, out) -> take(rows, (column, at, row) -> {
                            if (column.isNull(at)) {
                                out.setNull(row);
                            } else {
                                out.setString(row, String.valueOf(column.object(at)));
                            }
                        }));
        };
    }

    private interface Taker {
        void take(TrainingColumn column, int at, long row);
    }

    private static void take(DuckDBDataChunkReader rows, Taker taker) {
        if (rows.rowCount() == 0) {
            return;
        }
        TrainingColumn column = VALUES.get(rows.vector(0).getLong(0));
        if (column == null) {
            throw new TarnException(ErrorCode.INTERNAL_ERROR, "the training set is closed");
        }
        DuckDBReadableVector at = rows.vector(1);
        for (long row = 0; row < rows.rowCount(); row++) {
            taker.take(column, (int) at.getLong(row), row);
        }
    }

    private static void fold(DuckDBDataChunkReader rows) {
        if (rows.rowCount() == 0) {
            return;
        }
        Running running = running(rows);
        int measures = running.measures().size();
        DuckDBReadableVector keys = rows.vector(1);
        DuckDBReadableVector times = rows.vector(2);
        DuckDBReadableVector created = rows.vector(3);
        DuckDBReadableVector[] values = new DuckDBReadableVector[measures];
        for (int i = 0; i < measures; i++) {
            values[i] = rows.vector(i + 4L);
        }
        LabelFold.Scratch scratch = running.fold().scratch();
        WholeEvent event = scratch.event();
        try {
            for (long row = 0; row < rows.rowCount(); row++) {
                event.time = times.getLong(row);
                event.created = created.getLong(row);
                event.nulls = 0;
                for (int i = 0; i < measures; i++) {
                    if (values[i].isNull(row)) {
                        event.nulls |= 1L << i;
                        continue;
                    }
                    switch (running.measures().get(i).kind()) {
                        case LONG -> event.bits[i] = values[i].getLong(row);
                        case DOUBLE -> event.bits[i] = Double.doubleToRawLongBits(values[i].getDouble(row));
                        case TEXT -> event.texts[i] = values[i].getString(row);
                    }
                }
                running.fold().add(keys.getInt(row), scratch);
            }
        } catch (TarnException e) {
            running.failure().first = e;
            throw e;
        }
    }

    private static Running running(DuckDBDataChunkReader rows) {
        Running running = RUNNING.get(rows.vector(0).getLong(0));
        if (running == null) {
            throw new TarnException(ErrorCode.CANCELLED, "the join was stopped");
        }
        return running;
    }

    private String register(
            Connection connection,
            String name,
            DuckDBColumnType[] types,
            DuckDBColumnType result,
            DuckDBScalarFunction function) {
        if (!registered.add(name)) {
            return name;
        }
        try (DuckDBScalarFunctionBuilder builder = DuckDBFunctions.scalarFunction()) {
            builder.withName(name)
                    .withParameters(types)
                    .withReturnType(result)
                    .withVolatile()
                    .withVectorizedFunction(function)
                    .register(connection);
            return name;
        } catch (SQLException e) {
            throw new TarnException(ErrorCode.INTERNAL_ERROR, "DuckDB took no function " + name + ": " + e, e);
        }
    }
}
