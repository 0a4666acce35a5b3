package dev.tarn.query.duckdb;

/// Names of rows within one statement: a BIGINT of the file's number in the statement's list of files and the row's
/// position in that file.
public final class RowIds {
    private static final int POSITION_BITS = 40;

    private RowIds() {}

    /// The SQL of the row's name from those of its file's number and its position, both BIGINT.
    static String of(String file, String position) {
        return "((" + file + ") * " + (1L << POSITION_BITS) + " + " + position + ")";
    }

    /// The SQL of the file's number.
    public static String file(String rowId) {
        return "(" + rowId + " >> " + POSITION_BITS + ")";
    }

    /// The SQL of the position.
    public static String position(String rowId) {
        return "(" + rowId + " & " + ((1L << POSITION_BITS) - 1) + ")";
    }
}
