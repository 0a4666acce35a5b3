package dev.tarn.ingest.read;

/// How many records of each file of a batch are rows and how many are rejects. One thread writes; another
/// reads when that one is done.
public final class Counts {
    private final long[] rows;
    private final long[] rejects;

    public Counts(int files) {
        rows = new long[files];
        rejects = new long[files];
    }

    void row(int file) {
        rows[file]++;
    }

    void reject(int file) {
        rejects[file]++;
    }

    /// A record that is whole but holds a value that does not fit its column.
    public void moveToRejects(int file, long count) {
        rows[file] -= count;
        rejects[file] += count;
    }

    /// Rows that were counted elsewhere.
    public void addRows(int file, long count) {
        rows[file] += count;
    }

    public long rows(int file) {
        return rows[file];
    }

    public long rejects(int file) {
        return rejects[file];
    }

    public long allRows() {
        return java.util.Arrays.stream(rows).sum();
    }

    public long allRejects() {
        return java.util.Arrays.stream(rejects).sum();
    }
}
