package dev.tarn.query.compile;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.lang.ref.WeakReference;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDataChunkReader;
import org.duckdb.DuckDBFunctions;
import org.duckdb.DuckDBLogicalType;
import org.duckdb.DuckDBScalarFunction;
import org.duckdb.DuckDBScalarFunctionBuilder;
import org.duckdb.DuckDBWritableVector;

/// Functions that DuckDB calls in Java. DuckDB keeps what is registered for good, so it is given one function for
/// each list of carriers, whose first argument is the number of the function that is meant; those functions are kept
/// here, as many as are in use.
public final class JavaFunctions {
    /// How many functions are kept that no statement holds.
    private static final int IDLE_MAX = 2_000;

    private final DuckDBConnection connection;
    private final Set<String> registered = new HashSet<>();
    private final Map<String, WeakReference<JavaFunction>> byKey = new ConcurrentHashMap<>();
    private final Map<Long, WeakReference<JavaFunction>> byNumber = new ConcurrentHashMap<>();
    private final Map<Long, JavaFunction> recent = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();
    private final AtomicLong clock = new AtomicLong();

    /// @param connection stays open as long as the engine; registrations are seen by all connections of its DuckDB
    public JavaFunctions(DuckDBConnection connection) {
        this.connection = connection;
    }

    /// What runs on the rows of a vector; its arguments are the chunk's columns from 1.
    interface Body {
        void apply(DuckDBDataChunkReader rows, DuckDBWritableVector out);
    }

    /// A function with its number. Whoever keeps a statement that calls it must keep it.
    static final class JavaFunction {
        private final long number;
        private final String duckName;
        private final Body body;
        private volatile long used;

        private JavaFunction(long number, String duckName, Body body) {
            this.number = number;
            this.duckName = duckName;
            this.body = body;
        }

        /// SQL that calls it.
        String call(List<String> arguments) {
            return duckName + "(CAST(" + number + " AS BIGINT)"
                    + arguments.stream().map(argument -> ", " + argument).collect(Collectors.joining()) + ")";
        }
    }

    /// The function known by `key`, made on first use.
    ///
    /// @param stable whether equal arguments give equal results
    synchronized JavaFunction function(
            String key, List<Carrier> parameters, Carrier result, boolean stable, Supplier<Body> body) {
        WeakReference<JavaFunction> known = byKey.get(key);
        JavaFunction function = known == null ? null : known.get();
        if (function == null) {
            long number = numbers.incrementAndGet();
            function = new JavaFunction(number, duckFunction(parameters, result, stable), body.get());
            byKey.put(key, new WeakReference<>(function));
            byNumber.put(number, new WeakReference<>(function));
        }
        function.used = clock.incrementAndGet();
        recent.put(function.number, function);
        if (recent.size() > IDLE_MAX) {
            forget();
        }
        return function;
    }

    /// Lets go of the tenth that was not used for longest; statements may still hold some of them.
    private void forget() {
        recent.values().stream()
                .sorted(Comparator.comparingLong(each -> each.used))
                .limit(IDLE_MAX / 10)
                .toList()
                .forEach(old -> recent.remove(old.number));
        byKey.values().removeIf(reference -> reference.get() == null);
        byNumber.values().removeIf(reference -> reference.get() == null);
    }

    private String duckFunction(List<Carrier> parameters, Carrier result, boolean stable) {
        String name = "trino_" + result.letter() + "_"
                + parameters.stream().map(Carrier::letter).collect(Collectors.joining())
                + (stable ? "" : "_volatile");
        if (registered.add(name)) {
            try (DuckDBScalarFunctionBuilder builder = DuckDBFunctions.scalarFunction()) {
                builder.withName(name).withParameter(Carrier.LONG.duckType());
                for (Carrier parameter : parameters) {
                    builder.withParameter(parameter.duckType());
                }
                builder.withReturnType(result.duckType()).withVectorizedFunction(this::dispatch);
                if (!stable) {
                    builder.withVolatile();
                }
                builder.register(connection);
            } catch (SQLException e) {
                registered.remove(name);
                throw notTaken(e);
            }
        }
        return name;
    }

    private void dispatch(DuckDBDataChunkReader rows, DuckDBWritableVector out) {
        if (rows.rowCount() == 0) {
            return;
        }
        WeakReference<JavaFunction> reference = byNumber.get(rows.vector(0).getLong(0));
        JavaFunction function = reference == null ? null : reference.get();
        if (function == null) {
            throw new IllegalStateException("A compiled function was let go while its statement ran; run it again");
        }
        function.used = clock.incrementAndGet();
        function.body.apply(rows, out);
    }

    /// Registers a scalar function for compiled statements by a name of the caller's choosing, such as a model's
    /// prediction.
    public synchronized void register(
            String name, List<DuckDBLogicalType> parameters, DuckDBLogicalType result, DuckDBScalarFunction function) {
        try (DuckDBScalarFunctionBuilder builder = DuckDBFunctions.scalarFunction()) {
            builder.withName(name);
            for (DuckDBLogicalType parameter : parameters) {
                builder.withParameter(parameter);
            }
            builder.withReturnType(result).withVectorizedFunction(function).register(connection);
        } catch (SQLException e) {
            throw notTaken(e);
        }
    }

    private static TarnException notTaken(SQLException e) {
        return new TarnException(ErrorCode.INTERNAL_ERROR, "DuckDB did not take a function: " + e.getMessage(), e);
    }

    /// Collects the functions of one statement.
    static final class Held {
        private final List<Object> functions = new ArrayList<>();

        JavaFunction add(JavaFunction function) {
            functions.add(function);
            return function;
        }

        List<Object> all() {
            return List.copyOf(functions);
        }
    }
}
