package dev.tarn.query.compile;

import org.duckdb.DuckDBColumnType;
import org.duckdb.DuckDBReadableVector;
import org.duckdb.DuckDBWritableVector;

/// What the driver's vectors carry of all types.
enum Carrier {
    BOOLEAN(DuckDBColumnType.BOOLEAN, "b"),
    LONG(DuckDBColumnType.BIGINT, "l"),
    DOUBLE(DuckDBColumnType.DOUBLE, "d"),
    REAL(DuckDBColumnType.FLOAT, "r"),
    TEXT(DuckDBColumnType.VARCHAR, "t");

    private final DuckDBColumnType duckType;
    private final String letter;

    Carrier(DuckDBColumnType duckType, String letter) {
        this.duckType = duckType;
        this.letter = letter;
    }

    DuckDBColumnType duckType() {
        return duckType;
    }

    /// For names.
    String letter() {
        return letter;
    }

    /// A value that is not null; only the method of its carrier may be called.
    interface Source {
        boolean bool();

        long integer();

        double floating();

        float real();

        String text();
    }

    /// Takes one value, by the method of its carrier.
    interface Sink {
        void bool(boolean value);

        void integer(long value);

        void floating(double value);

        void real(float value);

        void text(String value);
    }

    /// The rows of a vector, one at a time.
    static final class VectorSource implements Source {
        private final DuckDBReadableVector vector;
        private long row;

        VectorSource(DuckDBReadableVector vector) {
            this.vector = vector;
        }

        Source at(long position) {
            row = position;
            return this;
        }

        @Override
        public boolean bool() {
            return vector.getBoolean(row);
        }

        @Override
        public long integer() {
            return vector.getLong(row);
        }

        @Override
        public double floating() {
            return vector.getDouble(row);
        }

        @Override
        public float real() {
            return vector.getFloat(row);
        }

        @Override
        public String text() {
            return vector.getString(row);
        }
    }

    /// The rows of a vector to be written, one at a time.
    static final class VectorSink implements Sink {
        private final DuckDBWritableVector vector;
        private long row;

        VectorSink(DuckDBWritableVector vector) {
            this.vector = vector;
        }

        Sink at(long position) {
            row = position;
            return this;
        }

        @Override
        public void bool(boolean value) {
            vector.setBoolean(row, value);
        }

        @Override
        public void integer(long value) {
            vector.setLong(row, value);
        }

        @Override
        public void floating(double value) {
            vector.setDouble(row, value);
        }

        @Override
        public void real(float value) {
            vector.setFloat(row, value);
        }

        @Override
        public void text(String value) {
            vector.setString(row, value);
        }
    }
}
