package dev.tarn.transform.run;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.context.ColumnInfo;
import dev.tarn.transform.context.Invocation;
import dev.tarn.transform.context.Warehouse;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.Relation;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.StringJoiner;

/// Keeps the history of rows, as dbt's snapshots do: a row's version is valid from `dbt_valid_from` to
/// `dbt_valid_to`, which is null (or `dbt_valid_to_current`) while it is current. Strategy `timestamp` trusts a column
/// that says when a row was changed, `check` compares columns. The history is written anew in one commit; columns that
/// the source gains are added to it, columns that it loses stay.
final class Snapshots {
    private static final DateTimeFormatter MICROS = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS");
    private static final Set<String> HARD_DELETES = Set.of("ignore", "invalidate", "new_record");

    private final Warehouse warehouse;

    Snapshots(Warehouse warehouse) {
        this.warehouse = warehouse;
    }

    Outcome update(CompiledNode compiled, Invocation invocation) {
        warehouse.createSchema(String.valueOf(compiled.node().relation().schema()));
        return new Update(compiled, invocation).run();
    }

    /// One snapshot, brought up to date.
    private final class Update {
        private final CompiledNode compiled;
        private final Node node;
        private final Relation history;
        private final String now;
        private final boolean byTime;
        private final String hardDeletes;
        private final String current;
        private final Map<String, String> meta = new LinkedHashMap<>();
        private final List<ColumnInfo> given;
        private final List<ColumnInfo> kept;

        Update(CompiledNode compiled, Invocation invocation) {
            this.compiled = compiled;
            this.node = compiled.node();
            this.history = node.relation();
            this.now = "TIMESTAMP '" + MICROS.format(invocation.startedAt()) + "'";
            this.byTime = switch (node.config().text("strategy").orElse("")) {
                case "timestamp" -> true;
                case "check" -> false;
                default -> throw invalid(node, "strategy must be 'timestamp' or 'check'");
            };
            this.hardDeletes = hardDeletes(node);
            this.current = "CAST(" + node.config().text("dbt_valid_to_current").orElse("NULL") + " AS timestamp(6))";
            Map<?, ?> names = node.config().get("snapshot_meta_column_names") instanceof Map<?, ?> map ? map : Map.of();
            for (String name :
                    List.of("dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to", "dbt_is_deleted")) {
                Object other = names.get(name);
                meta.put(name, Relation.quoted(other == null ? name : String.valueOf(other)));
            }
            try {
                this.given = warehouse.describe(compiled.sql());
            } catch (TarnException e) {
                throw SqlFailures.located(compiled, 0, e);
            }
            this.kept = warehouse.columns(history);
        }

        Outcome run() {
            String updatedAt = byTime
                    ? "CAST("
                            + node.config().text("updated_at").orElseThrow(() -> invalid(node, "updated_at is missing"))
                            + " AS timestamp(6))"
                    : now;
            String source = "SELECT " + names(given, "") + ", " + key("s.") + " AS dbt_key, " + updatedAt
                    + " AS dbt_key_time FROM (\n" + compiled.sql() + "\n) s";
            if (warehouse.find(history).isEmpty()) {
                long rows = execute(
                        compiled,
                        "CREATE TABLE " + history + " AS\nSELECT " + names(given, "") + ", "
                                + version("n.dbt_key", "n.dbt_key_time", "n.dbt_key_time", "False") + " FROM (\n"
                                + source + "\n) n");
                return new Outcome(OptionalLong.of(rows), "snapshot, begun", compiled.sql());
            }
            Relation next =
                    new Relation(history.database(), history.schema(), history.identifier() + "__dbt_tmp", "table");
            warehouse.execute("DROP TABLE IF EXISTS " + next);
            execute(compiled, "CREATE TABLE " + next + " AS\n" + source);
            try {
                refuseTwice(node, next);
                long before = count(history);
                warehouse.execute(next(next));
                return new Outcome(
                        OptionalLong.of(count(history) - before), "snapshot, versions added", compiled.sql());
            } finally {
                warehouse.execute("DROP TABLE IF EXISTS " + next);
            }
        }

        /// The statement that writes the history anew: its versions, those of them ended that are no more current, and
        /// the new ones.
        private String next(Relation next) {
            boolean records = hardDeletes.equals("new_record");
            String deleted = !records
                    ? "false"
                    : isKept("dbt_is_deleted") ? "o." + meta.get("dbt_is_deleted") + " = 'True'" : "false";
            String isCurrent = "(o." + meta.get("dbt_valid_to") + " IS NULL OR o." + meta.get("dbt_valid_to") + " = "
                    + current + ")";
            String changed = "(" + changed() + " OR " + deleted + ")";
            // A row that comes back as it was is valid again from now on.
            String from = "CASE WHEN " + deleted + " AND n.dbt_key_time <= o." + meta.get("dbt_valid_from") + " THEN "
                    + now + " ELSE n.dbt_key_time END";
            String ended = "CASE WHEN " + isCurrent + " AND n.dbt_key IS NOT NULL AND " + changed + " THEN " + from
                    + (hardDeletes.equals("ignore")
                            ? ""
                            : " WHEN " + isCurrent + " AND n.dbt_key IS NULL AND NOT " + deleted + " THEN " + now)
                    + " ELSE o." + meta.get("dbt_valid_to") + " END";
            String old = "SELECT o.*, " + key("o.") + " AS dbt_old_key FROM " + history + " o";
            StringBuilder sql = new StringBuilder("CREATE OR REPLACE TABLE " + history + " AS\nSELECT " + oldColumns()
                    + ", o." + meta.get("dbt_scd_id") + ", o." + meta.get("dbt_updated_at") + ", o."
                    + meta.get("dbt_valid_from") + ", " + ended + " AS " + meta.get("dbt_valid_to")
                    + (records
                            ? ", "
                                    + (isKept("dbt_is_deleted")
                                            ? "o." + meta.get("dbt_is_deleted")
                                            : "'False' AS " + meta.get("dbt_is_deleted"))
                            : "")
                    + "\nFROM (" + old + ") o LEFT JOIN " + next + " n ON n.dbt_key = o.dbt_old_key"
                    + "\nUNION ALL\nSELECT " + newColumns() + ", "
                    + version("n.dbt_key", "n.dbt_key_time", from, "False")
                    + "\nFROM " + next + " n LEFT JOIN (" + old + " WHERE " + isCurrent
                    + ") o ON n.dbt_key = o.dbt_old_key\nWHERE o.dbt_old_key IS NULL OR " + changed);
            if (records) {
                sql.append("\nUNION ALL\nSELECT " + oldColumns() + ", " + version("o.dbt_old_key", now, now, "True")
                        + "\nFROM (" + old + " WHERE " + isCurrent + ") o LEFT JOIN " + next
                        + " n ON n.dbt_key = o.dbt_old_key\nWHERE n.dbt_key IS NULL AND NOT " + deleted);
            }
            return sql.toString();
        }

        /// The columns that a snapshot adds, of a current version.
        private String version(String key, String updated, String from, String deleted) {
            return "lower(to_hex(md5(to_utf8(" + key + " || '|' || CAST(" + from + " AS varchar))))) AS "
                    + meta.get("dbt_scd_id") + ", " + updated + " AS " + meta.get("dbt_updated_at") + ", " + from
                    + " AS " + meta.get("dbt_valid_from") + ", " + current + " AS " + meta.get("dbt_valid_to")
                    + (hardDeletes.equals("new_record") ? ", '" + deleted + "' AS " + meta.get("dbt_is_deleted") : "");
        }

        /// The source's columns in the history's order, then those that are new.
        private List<ColumnInfo> columns() {
            List<ColumnInfo> columns = new ArrayList<>();
            kept.stream()
                    .filter(column -> !meta.containsValue(Relation.quoted(column.name())))
                    .forEach(columns::add);
            given.stream().filter(column -> !has(kept, column.name())).forEach(columns::add);
            return columns;
        }

        private String oldColumns() {
            StringJoiner all = new StringJoiner(", ");
            columns().forEach(column -> all.add(side(column, "o.", kept)));
            return all.toString();
        }

        private String newColumns() {
            StringJoiner all = new StringJoiner(", ");
            columns().forEach(column -> all.add(side(column, "n.", given)));
            return all.toString();
        }

        private String side(ColumnInfo column, String prefix, List<ColumnInfo> there) {
            String name = Relation.quoted(column.name());
            return has(there, column.name()) ? prefix + name : "CAST(NULL AS " + column.type() + ") AS " + name;
        }

        private String changed() {
            if (byTime) {
                return "n.dbt_key_time > o." + meta.get("dbt_updated_at");
            }
            List<String> checked = node.config().texts("check_cols");
            if (checked.isEmpty()) {
                throw invalid(node, "check_cols is missing");
            }
            if (checked.equals(List.of("all"))) {
                checked = given.stream().map(ColumnInfo::name).toList();
            }
            StringJoiner changed = new StringJoiner(" OR ", "(", ")");
            checked.forEach(column -> changed.add("n." + Relation.quoted(column) + " IS DISTINCT FROM "
                    + (has(kept, column) ? "o." + Relation.quoted(column) : "NULL")));
            return changed.toString();
        }

        private boolean isKept(String metaColumn) {
            return kept.stream()
                    .anyMatch(column -> Relation.quoted(column.name()).equals(meta.get(metaColumn)));
        }

        /// The key as text, of one column or of several.
        private String key(String prefix) {
            List<String> keys = node.config().texts("unique_key");
            if (keys.isEmpty()) {
                throw invalid(node, "unique_key is missing");
            }
            StringJoiner joined = new StringJoiner(" || '|' || ");
            keys.forEach(
                    column -> joined.add("coalesce(CAST(" + prefix + Relation.quoted(column) + " AS varchar), '')"));
            return joined.toString();
        }
    }

    private static String hardDeletes(Node node) {
        if (node.config().has("hard_deletes") && node.config().has("invalidate_hard_deletes")) {
            throw invalid(node, "set hard_deletes or invalidate_hard_deletes, not both");
        }
        String chosen = node.config()
                .text("hard_deletes")
                .orElse(node.config().truth("invalidate_hard_deletes", false) ? "invalidate" : "ignore");
        if (!HARD_DELETES.contains(chosen)) {
            throw invalid(node, "hard_deletes is ignore, invalidate or new_record, not '" + chosen + "'");
        }
        return chosen;
    }

    private static boolean has(List<ColumnInfo> columns, String name) {
        return columns.stream()
                .anyMatch(column -> column.name().toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT)));
    }

    private long count(Relation relation) {
        return warehouse
                                .query("SELECT count(*) FROM " + relation)
                                .rows()
                                .getFirst()
                                .getFirst()
                        instanceof Number number
                ? number.longValue()
                : 0;
    }

    private void refuseTwice(Node node, Relation next) {
        var twice = warehouse.query("SELECT dbt_key FROM " + next + " GROUP BY dbt_key HAVING count(*) > 1 LIMIT 1");
        if (!twice.rows().isEmpty()) {
            throw invalid(
                    node,
                    "two rows have the unique_key " + twice.rows().getFirst().getFirst());
        }
    }

    private static String names(List<ColumnInfo> columns, String prefix) {
        StringJoiner all = new StringJoiner(", ");
        columns.forEach(column -> all.add(prefix + Relation.quoted(column.name())));
        return all.toString();
    }

    private long execute(CompiledNode compiled, String sql) {
        int end = sql.indexOf(compiled.sql());
        int linesBefore = (int) sql.substring(0, Math.max(0, end))
                .chars()
                .filter(c -> c == '\n')
                .count();
        try {
            return warehouse.execute(sql);
        } catch (TarnException e) {
            throw SqlFailures.located(compiled, linesBefore, e);
        }
    }

    private static TarnException invalid(Node node, String message) {
        return new TarnException(
                ErrorCode.CONFIG_INVALID, node.path() + ": the snapshot " + node.name() + ": " + message);
    }
}
