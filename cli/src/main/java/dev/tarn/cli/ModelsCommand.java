package dev.tarn.cli;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.govern.audit.AuditEntry;
import dev.tarn.model.registry.ModelRegistry;
import dev.tarn.model.registry.ModelVersion;
import dev.tarn.model.registry.RegisteredModel;
import dev.tarn.model.search.Page;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import dev.tarn.server.Models;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn models`: the registry, in MLflow's words.
@Command(
        name = "models",
        description = "Lists registered models, their versions and aliases, and moves an alias. A running server "
                + "follows within a second.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn models list",
            "  tarn models versions card_fraud",
            "  tarn models promote card_fraud 3              champion is now version 3",
            "  tarn models promote card_fraud 4 --alias next",
            "  tarn models rollback card_fraud               champion is the version before its own",
        })
final class ModelsCommand implements Runnable {
    private static final int MODELS_A_PAGE = 1_000;

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    @Command(description = "Lists registered models with their aliases.")
    int list(@Mixin ProjectOptions options) {
        return with(options, (registry, out) -> {
            String token = null;
            do {
                Page<RegisteredModel> page = registry.search("", List.of("name ASC"), MODELS_A_PAGE, token);
                page.items().forEach(model -> out.println(model.name() + aliases(model.aliases())));
                token = page.nextToken();
            } while (token != null);
            return null;
        });
    }

    @Command(description = "Lists a model's versions, the newest first.")
    int versions(
            @Mixin ProjectOptions options,
            @Parameters(paramLabel = "MODEL", description = "The registered model.") String model) {
        return with(options, (registry, out) -> {
            for (ModelVersion version : all(registry, model)) {
                out.printf(
                        "%6d  %s  run %s%s%n",
                        version.version(),
                        Instant.ofEpochMilli(version.createdMs()).truncatedTo(ChronoUnit.SECONDS),
                        version.runId().isEmpty() ? "none" : version.runId(),
                        version.aliases().isEmpty() ? "" : "  @" + String.join(" @", version.aliases()));
            }
            return null;
        });
    }

    @Command(description = "Points an alias at a version.")
    int promote(
            @Mixin ProjectOptions options,
            @Parameters(paramLabel = "MODEL", description = "The registered model.") String model,
            @Parameters(paramLabel = "VERSION", description = "The version's number.") long version,
            @Option(
                            names = "--alias",
                            paramLabel = "ALIAS",
                            description = "champion by default.",
                            defaultValue = "champion")
                    String alias) {
        return with(options, (registry, out) -> move(registry, out, model, alias, version));
    }

    @Command(description = "Points an alias at the version before the one it points at.")
    int rollback(
            @Mixin ProjectOptions options,
            @Parameters(paramLabel = "MODEL", description = "The registered model.") String model,
            @Option(
                            names = "--alias",
                            paramLabel = "ALIAS",
                            description = "champion by default.",
                            defaultValue = "champion")
                    String alias) {
        return with(options, (registry, out) -> {
            Map<String, Long> aliases = registry.get(model).aliases();
            Long now = aliases.get(alias);
            if (now == null) {
                throw new TarnException(
                        ErrorCode.NOT_FOUND,
                        "model '" + model + "' has no alias '" + alias + "'; it has "
                                + (aliases.isEmpty() ? "none" : String.join(", ", aliases.keySet())));
            }
            long before = all(registry, model).stream()
                    .mapToLong(ModelVersion::version)
                    .filter(version -> version < now)
                    .max()
                    .orElseThrow(() -> new TarnException(
                            ErrorCode.NOT_FOUND,
                            "model '" + model + "' has no version before " + now + ", where '" + alias + "' points"));
            return move(registry, out, model, alias, before);
        });
    }

    private static String move(ModelRegistry registry, PrintWriter out, String model, String alias, long version) {
        registry.setAlias(model, alias, version);
        String said = model + "@" + alias + " is now version " + version;
        out.println(said);
        return said;
    }

    private static List<ModelVersion> all(ModelRegistry registry, String model) {
        // Says that there is no such model, where a search would find nothing.
        String name = registry.get(model).name();
        List<ModelVersion> all = new ArrayList<>();
        String token = null;
        do {
            Page<ModelVersion> page = registry.versions()
                    .search(
                            "name = '" + name.replace("'", "''") + "'",
                            List.of("version_number DESC"),
                            MODELS_A_PAGE,
                            token);
            all.addAll(page.items());
            token = page.nextToken();
        } while (token != null);
        return all;
    }

    private static String aliases(Map<String, Long> aliases) {
        StringBuilder text = new StringBuilder();
        aliases.forEach((alias, version) ->
                text.append("  @").append(alias).append(" version ").append(version));
        return text.toString();
    }

    /// @param work gives what it changed, for the audit log, or null
    private int with(ProjectOptions options, BiFunction<ModelRegistry, PrintWriter, @Nullable String> work) {
        Project project = options.load();
        Logging.toFiles(project.createState(), "models");
        try (Lakehouse lakehouse = Lakehouse.open(project)) {
            Instant start = Instant.now();
            String changed = work.apply(
                    Models.open(lakehouse).registry(), spec.commandLine().getOut());
            if (changed != null) {
                lakehouse
                        .audit()
                        .append(new AuditEntry(
                                start,
                                Identity.local("tarn models"),
                                "alias",
                                changed,
                                AuditEntry.OK,
                                Duration.between(start, Instant.now()),
                                "registry"));
            }
            return 0;
        }
    }
}
