package dev.tarn.cli;

import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.govern.lineage.ColumnGraph.Column;
import dev.tarn.govern.lineage.ColumnGraph.Direction;
import dev.tarn.govern.lineage.ColumnGraph.Reached;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import dev.tarn.server.pipeline.ColumnPaths;
import dev.tarn.server.pipeline.Pipeline;
import java.io.PrintWriter;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn lineage`
@Command(
        name = "lineage",
        description = "Shows what a column is made of, up to the files' columns, and what is made of it.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn lineage gold.fct_payments.amount",
            "  tarn lineage bronze.transactions.amount --down --direct",
            "  tarn lineage my-lakehouse gold.fct_payments --format json",
        })
final class LineageCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ProjectOptions options = new ProjectOptions();

    @Parameters(
            arity = "1..2",
            paramLabel = "[FOLDER] COLUMN",
            description =
                    "The project's folder if it is not the current one, and schema.table.column, or schema.table.")
    private List<String> arguments = List.of();

    @Option(names = "--up", description = "Only what the column is made of.")
    private boolean up;

    @Option(names = "--down", description = "Only what is made of the column.")
    private boolean down;

    @Option(
            names = "--direct",
            description = "Only where values flow, not what merely decides: filters, join keys, groups.")
    private boolean direct;

    @Option(
            names = "--env",
            paramLabel = "NAME",
            description = "As the tables are in this environment; as they are published by default.")
    private String environment = Branches.MAIN;

    @Option(
            names = {"-f", "--format"},
            paramLabel = "FORMAT",
            description = "text or json; text by default.")
    private Format format = Format.TEXT;

    /// How to write it.
    enum Format {
        TEXT,
        JSON
    }

    @Override
    public Integer call() {
        Project project = options.load(arguments);
        Logging.toFiles(project.createState(), "lineage");
        PrintWriter out = spec.commandLine().getOut();
        Set<Direction> directions =
                up == down ? EnumSet.allOf(Direction.class) : EnumSet.of(up ? Direction.UP : Direction.DOWN);
        try (Lakehouse lakehouse = Lakehouse.open(project)) {
            Pipeline pipeline = Pipeline.load(lakehouse, false, message -> {});
            ColumnPaths paths = ColumnPaths.of(
                    pipeline.lineage(environment, Identity.local("tarn lineage")),
                    arguments.getLast(),
                    directions,
                    !direct);
            switch (format) {
                case TEXT -> write(paths, out);
                case JSON -> out.println(paths.json().toPrettyString());
            }
        }
        return 0;
    }

    private static void write(ColumnPaths paths, PrintWriter out) {
        paths.columns().forEach((column, ways) -> {
            out.println(column);
            ways.forEach((direction, reached) -> {
                boolean isUp = direction == Direction.UP;
                part(out, isUp ? "made of" : "goes into", direction, column, reached, true);
                part(out, isUp ? "decided by" : "decides on", direction, column, reached, false);
            });
        });
    }

    private static void part(
            PrintWriter out, String title, Direction direction, Column start, List<Reached> reached, boolean direct) {
        List<Reached> chosen =
                reached.stream().filter(each -> each.direct() == direct).toList();
        if (chosen.isEmpty()) {
            if (direct) {
                out.println("  " + title + " no other column");
            }
            return;
        }
        out.println("  " + title);
        if (direct) {
            branch(out, direction, start, chosen, 2);
        } else {
            chosen.forEach(each -> out.println("    " + line(each)));
        }
    }

    /// Each column below the one by which it is reached first.
    private static void branch(PrintWriter out, Direction direction, Column at, List<Reached> reached, int depth) {
        for (Reached each : reached) {
            Column before =
                    direction == Direction.UP ? each.edge().to() : each.edge().from();
            if (before.equals(at)) {
                out.println("  ".repeat(depth) + line(each));
                branch(out, direction, each.column(), reached, depth + 1);
            }
        }
    }

    private static String line(Reached reached) {
        return reached.column() + "  "
                + reached.edge().use().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
