package dev.tarn.model.tracking;

import dev.tarn.model.search.SearchSql;
import java.util.Map;

/// MLflow's `ViewType`.
final class Views {
    private Views() {}

    static void restrict(SearchSql search, String view) {
        switch (view) {
            case "ACTIVE_ONLY" -> search.where("s.lifecycle_stage = 'active'", Map.of());
            case "DELETED_ONLY" -> search.where("s.lifecycle_stage = 'deleted'", Map.of());
            case "ALL" -> {}
            default -> throw Limits.bad("Invalid view type '" + view + "': ACTIVE_ONLY, DELETED_ONLY or ALL");
        }
    }
}
