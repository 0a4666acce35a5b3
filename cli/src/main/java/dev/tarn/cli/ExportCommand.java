package dev.tarn.cli;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.project.Project;
import dev.tarn.orchestrate.export.DagExport;
import dev.tarn.orchestrate.schedule.ScheduleFiles;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.pipeline.Pipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn export`
@Command(
        name = "export",
        description = "Writes the project's graph as a DAG for another orchestrator, whose tasks call Tarn's API.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn export airflow > dags/tarn_fraud.py",
            "  tarn export dagster --output definitions.py --url http://tarn:7700",
        })
final class ExportCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ProjectOptions options = new ProjectOptions();

    @Parameters(arity = "1", paramLabel = "FOR", description = "${COMPLETION-CANDIDATES}")
    private DagExport.Target target = DagExport.Target.AIRFLOW;

    @Option(names = "--output", paramLabel = "FILE", description = "Where to write it, instead of printing it.")
    private @Nullable Path output;

    @Option(names = "--url", paramLabel = "URL", description = "Where Tarn's server is, unless TARN_URL says it.")
    private @Nullable String url;

    @Override
    public Integer call() {
        Project project = options.load();
        try (Lakehouse lakehouse = RunsCommand.open(project)) {
            String text = DagExport.python(
                    target,
                    project.name(),
                    Pipeline.load(lakehouse, false, message -> {}).plan(List.of()),
                    ScheduleFiles.read(project.folder(), project.interpolation()),
                    url == null ? "http://127.0.0.1:" + project.server().port() : url);
            if (output == null) {
                spec.commandLine().getOut().print(text);
            } else {
                Files.writeString(output, text);
            }
        } catch (IOException e) {
            throw new TarnException(ErrorCode.STORAGE_FAILED, "cannot write " + output + ": " + e.getMessage(), e);
        }
        return 0;
    }
}
