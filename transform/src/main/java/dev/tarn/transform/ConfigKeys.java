package dev.tarn.transform;

import dev.tarn.core.config.Nearest;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.project.Node;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds words of a configuration that are nearly those that mean something. Others pass, as in dbt: macros may read
/// them.
final class ConfigKeys {
    private static final Set<String> KNOWN = Set.of(
            "access",
            "alias",
            "batch_size",
            "begin",
            "check_cols",
            "column_types",
            "concurrent_batches",
            "contract",
            "database",
            "dbt_valid_to_current",
            "delimiter",
            "docs",
            "enabled",
            "error_if",
            "event_time",
            "fail_calc",
            "freshness",
            "full_refresh",
            "grants",
            "group",
            "hard_deletes",
            "incremental_predicates",
            "incremental_strategy",
            "invalidate_hard_deletes",
            "latest_version",
            "limit",
            "lookback",
            "materialized",
            "merge_exclude_columns",
            "merge_update_columns",
            "meta",
            "on_configuration_change",
            "on_schema_change",
            "packages",
            "persist_docs",
            "post_hook",
            "pre_hook",
            "predicates",
            "properties",
            "quote_columns",
            "quoting",
            "schema",
            "severity",
            "snapshot_meta_column_names",
            "sql_header",
            "store_failures",
            "store_failures_as",
            "strategy",
            "tags",
            "target_database",
            "target_schema",
            "unique_key",
            "unlogged",
            "updated_at",
            "view_security",
            "warn_if",
            "where",
            "file_format",
            "table_format",
            "grace_period",
            "pre_hooks",
            "post_hooks",
            "static_analysis",
            "language",
            "materialization",
            "partition_by",
            "cluster_by",
            "transient",
            "sort",
            "dist",
            "tests",
            "description",
            "columns",
            // Words of other warehouses' adapters, which mean nothing here and do no harm.
            "partitioned_by",
            "bucketed_by",
            "bucket_count",
            "table_type",
            "format",
            "location",
            "location_root",
            "buckets",
            "labels",
            "sort_type",
            "bind",
            "backup",
            "auto_refresh",
            "indexes",
            "on_table_exists",
            "copy_grants",
            "query_tag",
            "secure",
            "hours_to_expiration",
            "kms_key_name",
            "file_path",
            "job_id");

    private ConfigKeys() {}

    /// @throws TarnException `CONFIG_INVALID` with file and line
    static void check(Node node) {
        for (String key : node.config().asMap().keySet()) {
            if (!KNOWN.contains(key)) {
                Nearest.of(key, new TreeSet<>(KNOWN)).ifPresent(near -> {
                    throw new TarnException(
                            ErrorCode.CONFIG_INVALID,
                            place(node, key) + ": the configuration '" + key + "' of " + node.name()
                                    + " is not known; did you mean '" + near + "'?");
                });
            }
        }
    }

    /// The node's file, with the line on which a word is first written there, as far as it is.
    static String place(Node node, String word) {
        Matcher matcher =
                Pattern.compile("(?<!\\w)" + Pattern.quote(word) + "(?!\\w)").matcher(node.rawCode());
        return matcher.find()
                ? node.path() + ":"
                        + (node.rawCode().substring(0, matcher.start()).lines().count()
                                + (matcher.start() == 0 || node.rawCode().charAt(matcher.start() - 1) == '\n' ? 1 : 0))
                : node.path();
    }
}
