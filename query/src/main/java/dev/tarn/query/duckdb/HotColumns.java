package dev.tarn.query.duckdb;

import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.types.Types;
import org.duckdb.DuckDBConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Columns of data files that are read again and again, as tables in DuckDB's memory. A data file never changes, so a
/// copy is as exact as the file; copies are made in the background, and those not used for a minute make room for
/// others.
///
/// A statement that reads copies holds them ([Use#acquire]) until it ends; a copy that is given up meanwhile is dropped
/// after that. Safe for any number of threads.
public final class HotColumns implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HotColumns.class);
    private static final int ASKED_MIN = 3;
    private static final int SCAN_FILES_MAX = 32;
    private static final int SEEN_MAX = 50_000;
    private static final int WAITING_MAX = 100;
    private static final int COPIES_MAX = 10_000;
    private static final int TEXT_BYTES = 16;
    private static final int ASK_AGAIN = 32;
    private static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final DuckDb duckDb;
    private final long bytesMax;
    private final ExecutorService loader = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("hot-columns").factory());
    private final AtomicLong generation = new AtomicLong();

    // All below is guarded by this.
    private final Map<String, Copy> copies = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<String, Integer> asked = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;
    private int waiting;
    private int number;

    /// @param bytesMax about how much memory copies may take; 0 for none
    public HotColumns(DuckDb duckDb, long bytesMax) {
        this.duckDb = duckDb;
        this.bytesMax = bytesMax;
    }

    /// A copy of some columns of one file, as the table `name`; types are DuckDB's, by field id.
    private static final class Copy {
        final String name;
        final Map<Integer, String> types;
        final long bytes;
        long usedNanos = System.nanoTime();
        int users;
        boolean givenUp;

        Copy(String name, Map<Integer, String> types, long bytes) {
            this.name = name;
            this.types = types;
            this.bytes = bytes;
        }
    }

    private record Wish(Table table, ScanFile file, List<Types.NestedField> columns) {
        String location() {
            return file.file().location();
        }
    }

    /// The copies that one compiled statement reads, and those that it would have liked to read.
    public static final class Use {
        private final Optional<HotColumns> hot;
        private final long generation;
        private final List<Copy> used = new ArrayList<>();
        private final List<Wish> wishes = new ArrayList<>();

        private Use(Optional<HotColumns> hot) {
            this.hot = hot;
            this.generation = hot.map(HotColumns::generation).orElse(0L);
        }

        /// For a statement that reads files only.
        public static Use none() {
            return new Use(Optional.empty());
        }

        /// The same as [ScanSql#scan], from copies where there are any.
        public Scan scan(ScanSql scans, Table table, ScanRequest request) {
            List<ScanFile> files = scans.files(table, request);
            return hot.isEmpty() ? ScanSql.of(table, request, files) : hot.get().scan(this, table, request, files);
        }

        /// Whether copies were made or given up since the statement was compiled: another text may be faster now.
        public boolean isOld() {
            return hot.isPresent() && hot.get().generation() != generation;
        }

        /// Holds the copies until [#release].
        ///
        /// @return false when some are gone: the statement must be compiled again
        public boolean acquire() {
            return hot.isEmpty() || hot.get().acquire(this);
        }

        /// Ends [#acquire].
        public void release() {
            hot.ifPresent(owner -> owner.release(this));
        }
    }

    /// What a statement that is compiled now may use.
    public Use use() {
        return bytesMax == 0 ? Use.none() : new Use(Optional.of(this));
    }

    private long generation() {
        return generation.get();
    }

    private Scan scan(Use use, Table table, ScanRequest request, List<ScanFile> files) {
        List<ScanFile> cold = new ArrayList<>();
        List<String> hotSql = new ArrayList<>();
        boolean fit = !request.columns().isEmpty()
                && request.about().isEmpty()
                && files.size() <= SCAN_FILES_MAX
                && request.columns().stream().allMatch(column -> column.type().isPrimitiveType());
        if (!fit) {
            return ScanSql.of(table, request, files);
        }
        for (ScanFile file : files) {
            Wish wish = new Wish(table, file, request.columns());
            Optional<Copy> copy = file.deletes().isEmpty() ? find(wish) : Optional.empty();
            if (copy.isPresent()) {
                use.used.add(copy.get());
                hotSql.add("SELECT "
                        + request.columns().stream()
                                .map(column -> name(column) + " AS " + SqlText.identifier(column.name()))
                                .collect(Collectors.joining(", "))
                        + " FROM " + SqlText.identifier(copy.get().name));
                continue;
            }
            cold.add(file);
            if (file.deletes().isEmpty()) {
                use.wishes.add(wish);
            }
        }
        Scan whole = ScanSql.of(table, request, cold);
        if (hotSql.isEmpty()) {
            return whole;
        }
        if (!cold.isEmpty()) {
            hotSql.add("SELECT * FROM " + whole.sql());
        }
        long rows = files.stream().mapToLong(file -> file.file().recordCount()).sum();
        long size =
                files.stream().mapToLong(file -> file.file().fileSizeInBytes()).sum();
        return new Scan("(" + String.join(" UNION ALL ", hotSql) + ")", List.copyOf(files), rows, size, whole.opened());
    }

    private static String name(Types.NestedField column) {
        return SqlText.identifier("f" + column.fieldId());
    }

    /// What decides how a column of a file is read.
    private static String type(Types.NestedField column) {
        return DuckTypes.sql(column.type()) + " " + column.initialDefault();
    }

    private synchronized Optional<Copy> find(Wish wish) {
        Copy copy = copies.get(wish.location());
        boolean has = copy != null
                && wish.columns().stream().allMatch(column -> type(column).equals(copy.types.get(column.fieldId())));
        return has ? Optional.of(copy) : Optional.empty();
    }

    private synchronized boolean acquire(Use use) {
        if (use.used.stream().anyMatch(copy -> copy.givenUp)) {
            return false;
        }
        long now = System.nanoTime();
        for (Copy copy : use.used) {
            copy.users++;
            copy.usedNanos = now;
        }
        use.wishes.forEach(this::ask);
        return true;
    }

    private synchronized void release(Use use) {
        for (Copy copy : use.used) {
            copy.users--;
            dropIfUnused(copy);
        }
    }

    /// Has a copy made once a file was asked for often enough.
    private void ask(Wish wish) {
        int times = asked.merge(wish.location(), 1, Integer::sum);
        if (asked.size() > SEEN_MAX) {
            Iterator<String> eldest = asked.keySet().iterator();
            eldest.next();
            eldest.remove();
        }
        if (times % ASK_AGAIN == ASKED_MIN && waiting < WAITING_MAX) {
            waiting++;
            later(() -> load(wish));
        }
    }

    private void later(Runnable work) {
        try {
            loader.execute(work);
        } catch (RejectedExecutionException e) {
            log.debug("closed");
        }
    }

    private void load(Wish wish) {
        try {
            List<Types.NestedField> columns = columns(wish);
            long size = size(wish.file(), columns);
            if (makeRoom(size)) {
                String name = "hot " + ++number;
                try (DuckDBConnection connection = duckDb.connect();
                        Statement statement = connection.createStatement()) {
                    statement.execute("CREATE TABLE " + SqlText.identifier(name) + " AS SELECT "
                            + columns.stream()
                                    .map(column -> SqlText.identifier(column.name()) + " AS " + name(column))
                                    .collect(Collectors.joining(", "))
                            + " FROM "
                            + ScanSql.of(
                                            wish.table(),
                                            new ScanRequest(
                                                    OptionalLong.empty(), Expressions.alwaysTrue(), columns, false),
                                            List.of(wish.file()))
                                    .sql());
                }
                Map<Integer, String> types =
                        columns.stream().collect(Collectors.toMap(Types.NestedField::fieldId, HotColumns::type));
                put(wish.location(), new Copy(name, types, size));
            }
        } catch (SQLException | RuntimeException e) {
            // The file itself is read then, and what is wrong with it is told to who asks for it.
            log.debug("no copy of {}", wish.location(), e);
        } finally {
            synchronized (this) {
                waiting--;
            }
        }
    }

    /// The columns asked for and those that a copy has already.
    private synchronized List<Types.NestedField> columns(Wish wish) {
        Map<Integer, Types.NestedField> columns = new LinkedHashMap<>();
        wish.columns().forEach(column -> columns.put(column.fieldId(), column));
        Copy copy = copies.get(wish.location());
        if (copy != null) {
            for (Types.NestedField column : wish.table().schema().columns()) {
                if (column.type().isPrimitiveType() && type(column).equals(copy.types.get(column.fieldId()))) {
                    columns.putIfAbsent(column.fieldId(), column);
                }
            }
        }
        return List.copyOf(columns.values());
    }

    private static long size(ScanFile file, List<Types.NestedField> columns) {
        long width = 0;
        long texts = 0;
        Map<Integer, Long> sizes = file.file().columnSizes();
        for (Types.NestedField column : columns) {
            switch (column.type().typeId()) {
                case BOOLEAN -> width += 1;
                case INTEGER, FLOAT, DATE -> width += Integer.BYTES;
                case LONG, DOUBLE, TIME, TIMESTAMP, TIMESTAMP_NANO -> width += Long.BYTES;
                case DECIMAL, UUID -> width += 2L * Long.BYTES;
                default -> {
                    width += TEXT_BYTES;
                    texts += sizes == null ? 0 : 2 * sizes.getOrDefault(column.fieldId(), 0L);
                }
            }
        }
        return file.file().recordCount() * width + texts;
    }

    private synchronized boolean makeRoom(long size) {
        if (size > bytesMax / 2) {
            return false;
        }
        Iterator<Map.Entry<String, Copy>> eldest = copies.entrySet().iterator();
        while ((bytes + size > bytesMax || copies.size() >= COPIES_MAX) && eldest.hasNext()) {
            Copy copy = eldest.next().getValue();
            // What is in use stays: two tables too large for both would else push each other out all the time.
            if (System.nanoTime() - copy.usedNanos > KEPT_NANOS) {
                eldest.remove();
                giveUp(copy);
            }
        }
        return bytes + size <= bytesMax && copies.size() < COPIES_MAX;
    }

    private synchronized void put(String location, Copy copy) {
        bytes += copy.bytes;
        Copy former = copies.put(location, copy);
        generation.incrementAndGet();
        if (former != null) {
            giveUp(former);
        }
    }

    private void giveUp(Copy copy) {
        copy.givenUp = true;
        generation.incrementAndGet();
        dropIfUnused(copy);
    }

    private void dropIfUnused(Copy copy) {
        if (copy.givenUp && copy.users == 0) {
            bytes -= copy.bytes;
            later(() -> drop(copy.name));
        }
    }

    private void drop(String name) {
        try (DuckDBConnection connection = duckDb.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE IF EXISTS " + SqlText.identifier(name));
        } catch (SQLException | RuntimeException e) {
            log.warn("a copy of columns was not dropped: {}", e.getMessage());
        }
    }

    /// Makes no more copies. Those that are there go with the DuckDB instance.
    @Override
    public void close() {
        loader.shutdownNow();
    }
}
