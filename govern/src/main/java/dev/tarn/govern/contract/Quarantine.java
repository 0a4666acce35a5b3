package dev.tarn.govern.contract;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.govern.contract.CheckResult.Outcome;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.UpdateSchema;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.TypeUtil;
import org.apache.iceberg.types.Types;

/// Rows that broke a rule on single rows, kept beside their table in `<table>__quarantine` with the rules,
/// the run and the time, until they are repaired and released.
public final class Quarantine {
    /// What the quarantine of a table is called after the table's own name.
    public static final String SUFFIX = "__quarantine";

    private static final String RULE = "_rule";
    private static final String RUN = "_run";
    private static final String AT = "_quarantined_at";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS 'UTC'").withZone(ZoneOffset.UTC);

    private final QueryEngine engine;
    private final Lake lake;
    private final ContractChecker checker;
    private final InstantSource clock;

    public Quarantine(QueryEngine engine, Lake lake, InstantSource clock) {
        this(engine, lake, new ContractChecker(engine, lake), clock);
    }

    Quarantine(QueryEngine engine, Lake lake, ContractChecker checker, InstantSource clock) {
        this.engine = engine;
        this.lake = lake;
        this.checker = checker;
        this.clock = clock;
    }

    /// Rows of a quarantine that have a rule and a run in common.
    ///
    /// @param table whose rows they would be
    public record Held(String table, String rule, String run, long rows) {}

    /// Takes the rows that break a rule out of a table on the session's branch.
    ///
    /// @param run names the occasion
    /// @return how many rows
    public long sortOut(QuerySession session, Contract.Table table, String run) {
        RowRules rules = RowRules.of(table);
        TableIdentifier name = TableFiles.identifier(table.name());
        LakeCatalog catalog = lake.branch(session.branch());
        if (rules.isEmpty() || !catalog.tableExists(name) || isKept(session, table, rules)) {
            return 0;
        }
        Table source = catalog.loadTable(name);
        requireColumns(table, source);
        Table held = ensure(session.branch(), name, source);
        if (isMadeAnew(session, table)) {
            // What a former make of the whole table had put aside comes again, or is right now.
            execute(session, "DELETE FROM " + quoted(name(name)));
        }
        String columns = SqlNames.list(
                held.schema().columns().stream().map(Types.NestedField::name).toList());
        long rows = execute(
                session, "INSERT INTO " + quoted(name(name)) + " (" + columns + ") " + broken(table, held, rules, run));
        execute(session, "DELETE FROM " + SqlNames.table(table.name()) + " WHERE " + rules.broken());
        return rows;
    }

    private boolean isKept(QuerySession session, Contract.Table table, RowRules rules) {
        return checker.check(session, table, List.copyOf(rules.rules())).stream()
                .noneMatch(result -> result.outcome() == Outcome.BROKEN);
    }

    /// Whether the branch's table shares no file with what is published.
    private boolean isMadeAnew(QuerySession session, Contract.Table table) {
        Optional<TableFiles> now = TableFiles.of(lake, session, table.name());
        Optional<TableFiles> before = TableFiles.of(lake, session.withBranch(Branches.MAIN), table.name());
        return now.isPresent()
                && before.isPresent()
                && before.get().files().keySet().stream().noneMatch(now.get().files()::containsKey);
    }

    private static void requireColumns(Contract.Table table, Table source) {
        Set<String> names =
                source.schema().columns().stream().map(Types.NestedField::name).collect(Collectors.toSet());
        for (String own : List.of(RULE, RUN, AT)) {
            if (names.contains(own)) {
                throw new TarnException(
                        ErrorCode.NOT_SUPPORTED,
                        table.name() + " has a column '" + own + "', which its quarantine needs: rename it");
            }
        }
    }

    /// The rows that break a rule, as rows of the quarantine.
    String broken(Contract.Table table, Table held, RowRules rules, String run) {
        List<String> values = new ArrayList<>();
        for (Types.NestedField column : held.schema().columns()) {
            values.add(
                    switch (column.name()) {
                        case RULE -> rules.names() + " AS " + RULE;
                        case RUN -> SqlNames.literal(run) + " AS " + RUN;
                        case AT -> "TIMESTAMP " + SqlNames.literal(TIME.format(clock.instant())) + " AS " + AT;
                        default -> SqlNames.quoted(column.name());
                    });
        }
        return "SELECT " + String.join(", ", values) + " FROM " + SqlNames.table(table.name()) + " WHERE "
                + rules.broken();
    }

    /// The quarantine of a table on a branch, with at least the table's columns.
    Table ensure(String branch, TableIdentifier name, Table source) {
        LakeCatalog catalog = lake.branch(branch);
        TableIdentifier own = name(name);
        if (!catalog.tableExists(own)) {
            List<Types.NestedField> columns = new ArrayList<>();
            source.schema().columns().forEach(column -> columns.add(column.asOptional()));
            int id = TypeUtil.indexById(source.schema().asStruct()).keySet().stream()
                    .mapToInt(Integer::intValue)
                    .max()
                    .orElse(0);
            columns.add(Types.NestedField.optional(id + 1, RULE, Types.StringType.get()));
            columns.add(Types.NestedField.optional(id + 2, RUN, Types.StringType.get()));
            columns.add(Types.NestedField.optional(id + 3, AT, Types.TimestampType.withZone()));
            return catalog.createTable(own, new Schema(columns));
        }
        Table held = catalog.loadTable(own);
        UpdateSchema update = held.updateSchema();
        boolean changed = false;
        for (Types.NestedField column : source.schema().columns()) {
            if (held.schema().findField(column.name()) == null) {
                update.addColumn(column.name(), column.type());
                changed = true;
            }
        }
        if (changed) {
            update.commit();
            held.refresh();
        }
        return held;
    }

    static TableIdentifier name(TableIdentifier table) {
        return TableIdentifier.of(table.namespace(), table.name() + SUFFIX);
    }

    /// Everything in quarantine on the session's branch, by table, rule and run.
    public List<Held> list(QuerySession session) {
        LakeCatalog catalog = lake.branch(session.branch());
        List<Held> held = new ArrayList<>();
        for (Namespace namespace : catalog.listNamespaces(Namespace.empty())) {
            for (TableIdentifier table : catalog.listTables(namespace)) {
                if (table.name().endsWith(SUFFIX)) {
                    String of = table.toString().substring(0, table.toString().length() - SUFFIX.length());
                    String sql = "SELECT " + RULE + ", " + RUN + ", count(*) FROM " + quoted(table)
                            + " GROUP BY 1, 2 ORDER BY 2, 1";
                    try (QueryResult result = engine.execute(session, sql)) {
                        result.all()
                                .forEach(row -> held.add(new Held(
                                        of,
                                        String.valueOf(row.get(0)),
                                        String.valueOf(row.get(1)),
                                        ((Number) java.util.Objects.requireNonNull(row.get(2))).longValue())));
                    }
                }
            }
        }
        return held;
    }

    /// Puts rows back that keep all rules now, in one transaction; the others stay.
    ///
    /// @param repairs SQL expressions for columns, over the quarantine's columns; applied to the rows chosen
    /// @param condition which rows; all when empty
    /// @return rows released
    /// @throws TarnException `NOT_FOUND` when nothing is in quarantine; `CONTRACT_BROKEN` when the rows
    ///     would break a rule about the whole table
    public long release(
            Identity identity, Contract.Table table, Map<String, String> repairs, Optional<String> condition) {
        TableIdentifier name = TableFiles.identifier(table.name());
        if (!lake.main().tableExists(name(name))) {
            throw new TarnException(ErrorCode.NOT_FOUND, "nothing of " + table.name() + " is in quarantine");
        }
        Table source = lake.main().loadTable(name);
        List<String> columns =
                source.schema().columns().stream().map(Types.NestedField::name).toList();
        repairs.keySet().stream()
                .filter(column -> !columns.contains(column))
                .findFirst()
                .ifPresent(column -> {
                    throw new TarnException(ErrorCode.USAGE, table.name() + " has no column '" + column + "'");
                });
        // Both halves are made on a branch of their own and become visible at once.
        String branch = "release-" + UUID.randomUUID();
        lake.createBranch(branch, identity);
        boolean published = false;
        try {
            QuerySession session = QuerySession.of(identity).withBranch(branch).withZone(ZoneOffset.UTC);
            String chosen = condition.map(text -> "(" + text + ")").orElse("true");
            String repaired = columns.stream()
                    .map(column ->
                            repairs.getOrDefault(column, SqlNames.quoted(column)) + " AS " + SqlNames.quoted(column))
                    .collect(Collectors.joining(", "));
            RowRules rules = RowRules.of(table);
            String good = rules.isEmpty() ? "true" : rules.kept();
            Table held = lake.branch(branch).loadTable(name(name));
            String from = quoted(name(name));
            List<DataFile> released = engine.write(
                    session,
                    "SELECT * FROM (SELECT " + repaired + " FROM " + from + " WHERE " + chosen + ") r WHERE " + good,
                    source);
            // What stays is what was not chosen, and what breaks a rule even when repaired.
            String inner = held.schema().columns().stream()
                    .map(column -> SqlNames.quoted(column.name()) + " AS " + SqlNames.quoted("held " + column.name()))
                    .collect(Collectors.joining(", "));
            String outer = held.schema().columns().stream()
                    .map(column -> SqlNames.quoted("held " + column.name()) + " AS " + SqlNames.quoted(column.name()))
                    .collect(Collectors.joining(", "));
            List<DataFile> kept = engine.write(
                    session,
                    "SELECT " + outer + " FROM (SELECT " + inner + ", " + repaired + ", coalesce(" + chosen
                            + ", false) AS \"is chosen\" FROM " + from + ") r WHERE NOT \"is chosen\" OR NOT (" + good
                            + ")",
                    held);
            long rows = released.stream().mapToLong(DataFile::recordCount).sum();
            if (rows == 0) {
                return 0;
            }
            lake.commit(branch, Map.of(LakeCatalog.USER, identity.user()), transaction -> {
                var append = transaction.table(name).newAppend();
                released.forEach(append::appendFile);
                append.commit();
                var replace = transaction
                        .table(name(name))
                        .newOverwrite()
                        .overwriteByRowFilter(org.apache.iceberg.expressions.Expressions.alwaysTrue());
                kept.forEach(replace::addFile);
                replace.commit();
                return true;
            });
            lake.publish(branch, identity, "release of " + table.name());
            published = true;
            return rows;
        } finally {
            if (!published) {
                lake.dropBranch(branch);
            }
        }
    }

    private long execute(QuerySession session, String sql) {
        try (QueryResult result = engine.execute(session, sql)) {
            while (!result.next().isEmpty()) {
                // A statement has run when its last page has been read.
            }
            return result.updateCount().orElse(0);
        }
    }

    private static String quoted(TableIdentifier name) {
        return SqlNames.quoted(name.namespace().toString()) + "." + SqlNames.quoted(name.name());
    }
}
