package dev.tarn.cli;

import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import dev.tarn.server.pipeline.DbtArtifacts;
import dev.tarn.server.pipeline.Pipeline;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `tarn compile`, and with the catalog and a page `tarn docs`.
@Command(
        name = "compile",
        description = "Writes the SQL of what is chosen to target/compiled, and target/manifest.json. Nothing runs.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn compile",
            "  tarn compile --show --select gold.fct_payments     prints the SQL",
        })
class CompileCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private DbtOptions options = new DbtOptions();

    @Option(names = "--show", description = "Prints the SQL.")
    private boolean show;

    @Override
    public Integer call() {
        Project project = options.project();
        Logging.toFiles(project.createState(), spec.name());
        PrintWriter out = spec.commandLine().getOut();
        try (Lakehouse lakehouse = Lakehouse.open(project)) {
            Pipeline pipeline = Pipeline.load(lakehouse, DbtOptions.invocation(spec.name(), false, false, out));
            DbtArtifacts artifacts = pipeline.artifacts();
            Identity identity = Identity.local("tarn " + spec.name());
            Map<String, String> compiled = artifacts.compile(pipeline.ids(options.choice(List.of())), identity);
            if (show) {
                compiled.forEach((id, sql) -> out.println("-- " + id + "\n" + sql.strip() + "\n"));
            }
            wrote(pipeline, artifacts, compiled.size(), identity, out);
        }
        return 0;
    }

    void wrote(Pipeline pipeline, DbtArtifacts artifacts, int compiled, Identity identity, PrintWriter out) {
        out.println(compiled + " compiled to target/compiled");
    }

    /// `tarn docs`
    @Command(
            name = "docs",
            description =
                    "Writes target/index.html, one page with every table, its lineage, columns, tests, contract and code;"
                            + " and target/catalog.json.",
            footerHeading = "%nExamples:%n",
            footer = "  tarn docs my-lakehouse")
    static final class Docs extends CompileCommand {
        @Override
        void wrote(Pipeline pipeline, DbtArtifacts artifacts, int compiled, Identity identity, PrintWriter out) {
            Path page = pipeline.docs(artifacts, identity);
            out.println("wrote " + page);
        }
    }
}
