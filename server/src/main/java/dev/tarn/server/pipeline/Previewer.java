package dev.tarn.server.pipeline;

import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.orchestrate.Asset;
import dev.tarn.orchestrate.Forecast;
import dev.tarn.orchestrate.Forecast.Outlook;
import dev.tarn.orchestrate.Forecast.Verdict;
import dev.tarn.orchestrate.Plan;
import dev.tarn.orchestrate.Step;
import dev.tarn.orchestrate.StepKind;
import dev.tarn.query.QuerySession;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.pipeline.Preview.ColumnChange;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.iceberg.catalog.TableIdentifier;

/// Works out what a plan would change: code, columns, and what stands downstream.
final class Previewer {
    private static final Pattern LENGTH = Pattern.compile("\\b(?:var)?char(?:\\(\\d+\\))?");
    private static final Pattern PRECISION = Pattern.compile("\\b(time|timestamp)\\(\\d+\\)");

    private final Lakehouse lakehouse;
    private final List<Step> all;

    /// @param all every step of the project
    Previewer(Lakehouse lakehouse, List<Step> all) {
        this.lakehouse = lakehouse;
        this.all = all;
    }

    Preview of(Plan plan, String environment, Identity identity) {
        Lake lake = lakehouse.lake();
        Forecast forecast = new Forecast(lake);
        List<Outlook> outlooks;
        try {
            outlooks = forecast.of(plan, environment, identity);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("the plan could not be made: " + e.getMessage(), e);
        }
        boolean made = lake.branches().stream().anyMatch(branch -> branch.name().equals(environment));
        QuerySession session = QuerySession.of(identity)
                .withBranch(made ? environment : Branches.MAIN)
                .withZone(ZoneOffset.UTC);
        List<Preview.Step> steps = new ArrayList<>();
        for (Outlook outlook : outlooks) {
            steps.add(step(outlook, session));
        }
        return new Preview(steps, forecast.removed(all));
    }

    private Preview.Step step(Outlook outlook, QuerySession session) {
        Set<String> touches = outlook.verdict() == Verdict.SAME ? Set.of() : downstream(outlook.step());
        if (outlook.verdict() != Verdict.CHANGED || outlook.step().kind() != StepKind.MODEL) {
            return new Preview.Step(outlook, List.of(), List.of(), Optional.empty(), touches);
        }
        String after = outlook.definition().orElse("");
        List<String> difference = outlook.before()
                .filter(before -> !before.equals(after))
                .map(before -> LineDiff.of(before, after))
                .orElse(List.of());
        try {
            return new Preview.Step(
                    outlook, difference, columns(outlook.step(), after, session), Optional.empty(), touches);
        } catch (TarnException e) {
            return new Preview.Step(outlook, difference, List.of(), Optional.of(e.getMessage()), touches);
        }
    }

    private List<ColumnChange> columns(Step step, String definition, QuerySession session) {
        LakeCatalog catalog = lakehouse.lake().branch(session.branch());
        Map<String, String> before = new LinkedHashMap<>();
        for (Asset output : step.outputs()) {
            TableIdentifier name = TableIdentifier.parse(output.name());
            if (catalog.tableExists(name) || catalog.viewExists(name)) {
                before.putAll(described(session, "SELECT * FROM \"" + name.namespace() + "\".\"" + name.name() + "\""));
            }
        }
        Map<String, String> after = described(session, definition);
        Set<String> names = new LinkedHashSet<>(after.keySet());
        names.addAll(before.keySet());
        List<ColumnChange> changes = new ArrayList<>();
        for (String name : names) {
            Optional<String> old = Optional.ofNullable(before.get(name));
            Optional<String> now = Optional.ofNullable(after.get(name));
            if (!old.equals(now)) {
                changes.add(new ColumnChange(name, old, now));
            }
        }
        return changes;
    }

    /// Types as a table keeps them: text has no length, times have microseconds, small numbers are integers.
    private Map<String, String> described(QuerySession session, String sql) {
        Map<String, String> columns = new LinkedHashMap<>();
        lakehouse.engine().describe(session, sql).forEach(column -> {
            String type = LENGTH.matcher(column.type().getDisplayName()).replaceAll("varchar");
            type = PRECISION.matcher(type).replaceAll("$1(6)").replaceAll("\\b(tinyint|smallint)\\b", "integer");
            columns.put(column.name(), type);
        });
        return columns;
    }

    private Set<String> downstream(Step step) {
        Set<String> found = new TreeSet<>();
        List<Step> open = new ArrayList<>(List.of(step));
        while (!open.isEmpty()) {
            Set<Asset> made = open.removeLast().outputs();
            for (Step other : all) {
                boolean reads = other.inputs().stream().anyMatch(made::contains);
                if (reads && !other.name().equals(step.name()) && found.add(other.name())) {
                    open.add(other);
                }
            }
        }
        return found;
    }
}
