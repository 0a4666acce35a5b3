package dev.tarn.transform.project;

import java.util.Locale;

/// The kinds of nodes, in dbt's names.
public enum ResourceType {
    MODEL,
    SEED,
    SNAPSHOT,
    TEST,
    UNIT_TEST,
    SOURCE,
    EXPOSURE,
    ANALYSIS,
    OPERATION;

    /// dbt's word for it.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
