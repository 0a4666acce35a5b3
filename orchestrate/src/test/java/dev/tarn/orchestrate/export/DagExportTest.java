package dev.tarn.orchestrate.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tarn.core.config.Interpolation;
import dev.tarn.orchestrate.Asset;
import dev.tarn.orchestrate.Planner;
import dev.tarn.orchestrate.Step;
import dev.tarn.orchestrate.StepContext;
import dev.tarn.orchestrate.StepKind;
import dev.tarn.orchestrate.StepResult;
import dev.tarn.orchestrate.schedule.ScheduleFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// DAG files are Python, and hold the graph.
class DagExportTest {
    @TempDir
    Path folder;

    private record Named(String name, StepKind kind, Set<Asset> inputs, Set<Asset> outputs) implements Step {
        @Override
        public StepResult run(StepContext context) {
            throw new UnsupportedOperationException();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theFileIsPythonAndHoldsTheGraph(DagExport.Target target) throws Exception {
        String text = export(target);
        assertThat(text)
                .contains("PROJECT = \"shop \\\"one\\\"\"")
                .contains("    \"silver.b\": [\"bronze.a\"],\n")
                .contains("    \"train.m\": [\"silver.b\"],\n")
                .contains("CRON = \"0 3 * * *\"")
                .contains("ZONE = \"Europe/Paris\"")
                .doesNotContain("on-run-start")
                .doesNotContain("@BUILT@");
        compile(text);
    }

    @Test
    void textIsQuotedForPython() {
        assertThat(DagExport.literal("a\"b\\c\n")).isEqualTo("\"a\\\"b\\\\c\\x0a\"");
    }

    private String export(DagExport.Target target) throws IOException {
        Files.createDirectories(folder.resolve("schedules"));
        Files.writeString(folder.resolve("schedules/nightly.yml"), "cron: 0 3 * * *\nzone: Europe/Paris\n");
        Asset a = Asset.table("bronze.a");
        Asset b = Asset.table("silver.b");
        List<Step> steps = List.of(
                new Named("bronze.a", StepKind.SOURCE, Set.of(), Set.of(a)),
                new Named("silver.b", StepKind.MODEL, Set.of(a), Set.of(b)),
                new Named("train.m", StepKind.TRAINING, Set.of(b), Set.of(new Asset(Asset.Kind.MODEL, "m"))),
                new Named("on-run-start", StepKind.HOOK, Set.of(), Set.of()));
        return DagExport.python(
                target,
                "shop \"one\"",
                Planner.plan(steps),
                ScheduleFiles.read(folder, new Interpolation(Map.of(), Map.of())),
                "http://127.0.0.1:7700");
    }

    private void compile(String text) throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "no python3 here: the file is not compiled");
        Path file = folder.resolve("dag.py");
        Files.writeString(file, text);
        Path out = folder.resolve("out");
        Process python = new ProcessBuilder("/usr/bin/python3", "-m", "py_compile", file.toString())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        assertThat(python.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(python.exitValue()).as(Files.readString(out)).isZero();
    }
}
