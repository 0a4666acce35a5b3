package dev.tarn.query.duckdb;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import org.duckdb.DuckDBConnection;

/// Stops what a DuckDB connection does now. The driver's own `Statement.cancel` works only until the first rows are
/// there: while the next ones are computed it does nothing, or waits for the lock that their reader holds. This calls
/// what it calls, without the locks.
public final class Interrupts {
    private static final MethodHandle INTERRUPT;
    private static final VarHandle REFERENCE;

    static {
        try {
            Class<?> library = Class.forName("org.duckdb.DuckDBNative");
            INTERRUPT = MethodHandles.privateLookupIn(library, MethodHandles.lookup())
                    .findStatic(library, "duckdb_jdbc_interrupt", MethodType.methodType(void.class, ByteBuffer.class));
            REFERENCE = MethodHandles.privateLookupIn(DuckDBConnection.class, MethodHandles.lookup())
                    .findVarHandle(DuckDBConnection.class, "connRef", ByteBuffer.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private Interrupts() {}

    /// Makes the running statement fail. The caller sees to it that the connection is not closed meanwhile.
    public static void interrupt(Connection connection) throws SQLException {
        ByteBuffer reference = (ByteBuffer) REFERENCE.get(connection.unwrap(DuckDBConnection.class));
        if (reference == null) {
            return;
        }
        try {
            INTERRUPT.invokeExact(reference);
        } catch (SQLException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("DuckDB cannot be interrupted", e);
        }
    }
}
