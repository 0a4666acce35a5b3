package dev.tarn.transform.artifact;

import dev.tarn.transform.context.Invocation;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What stands at the head of every artifact.
final class Metadata {
    private Metadata() {}

    static Map<String, @Nullable Object> of(String artifact, int version, Invocation invocation) {
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        metadata.put("dbt_schema_version", "https://schemas.getdbt.com/dbt/" + artifact + "/v" + version + ".json");
        metadata.put("dbt_version", Invocation.DBT_VERSION);
        metadata.put("generated_at", Instant.now().toString());
        metadata.put("invocation_id", invocation.id());
        metadata.put("env", Map.of());
        return metadata;
    }
}
