package dev.tarn.cli;

import dev.tarn.core.project.Project;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import dev.tarn.server.pipeline.Pipeline;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.Node;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `tarn ls`
@Command(
        name = "ls",
        description = "Lists the nodes, sources and exposures of the dbt project that are chosen.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn ls --select +gold.fct_payments --resource-type model",
            "  tarn ls --output path --select tag:nightly",
        })
final class LsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private DbtOptions options = new DbtOptions();

    @Option(names = "--output", description = "selector (default), name, path or id.")
    private Output output = Output.SELECTOR;

    /// What a line holds.
    enum Output {
        SELECTOR,
        NAME,
        PATH,
        ID
    }

    @Override
    public Integer call() {
        Project project = options.project();
        Logging.toFiles(project.createState(), "ls");
        PrintWriter out = spec.commandLine().getOut();
        try (Lakehouse lakehouse = Lakehouse.open(project)) {
            Pipeline pipeline = Pipeline.load(lakehouse, DbtOptions.invocation("list", false, false, out));
            pipeline.ids(options.choice(List.of())).stream()
                    .filter(id -> !id.startsWith("operation."))
                    .map(id -> line(pipeline.manifest(), id))
                    .sorted()
                    .forEach(out::println);
        }
        return 0;
    }

    private String line(Manifest manifest, String id) {
        Node node = manifest.nodes().get(id);
        String type = id.substring(0, id.indexOf('.'));
        return switch (output) {
            case ID -> id;
            case NAME -> node != null ? node.name() : id.substring(id.lastIndexOf('.') + 1);
            case PATH -> node != null ? node.path() : id;
            case SELECTOR -> node != null ? String.join(".", node.fqn()) : type + ":" + id.substring(type.length() + 1);
        };
    }
}
