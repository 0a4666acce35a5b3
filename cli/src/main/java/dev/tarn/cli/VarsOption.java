package dev.tarn.cli;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// dbt's `--vars`.
final class VarsOption {
    private VarsOption() {}

    /// @param yaml a mapping of names to single values
    /// @throws TarnException `USAGE` when it is something else
    static Map<String, String> parse(String yaml) {
        Object read;
        try {
            read = new Load(LoadSettings.builder().setLabel("--vars").build()).loadFromString(yaml);
        } catch (YamlEngineException e) {
            throw new TarnException(ErrorCode.USAGE, "--vars is no YAML: " + e.getMessage(), e);
        }
        if (!(read instanceof Map<?, ?> map)) {
            throw new TarnException(ErrorCode.USAGE, "--vars takes a mapping such as '{start: 2024-01-01, days: 7}'");
        }
        Map<String, String> vars = new LinkedHashMap<>();
        map.forEach((name, value) -> {
            if (value == null || value instanceof Map || value instanceof List) {
                throw new TarnException(
                        ErrorCode.USAGE,
                        "--vars: '" + name + "' is no single value: write lists and mappings under 'vars' in"
                                + " dbt_project.yml");
            }
            vars.put(String.valueOf(name), String.valueOf(value));
        });
        return vars;
    }
}
