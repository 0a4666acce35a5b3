package dev.tarn.cli;

import dev.tarn.core.project.Project;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import dev.tarn.server.ScheduledRuns;
import java.time.Clock;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `tarn worker`
@Command(
        name = "worker",
        description = "Does the runs that schedules and clients ask for, beside the server and other workers.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn worker                      until it is stopped",
            "  tarn worker --once               what is due now, and ends",
        })
final class WorkerCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ProjectFolder folder = new ProjectFolder();

    @Option(names = "--once", description = "Does what is due now, and ends.")
    private boolean once;

    @Override
    public Integer call() throws InterruptedException {
        Project project = folder.load();
        Logging.toFiles(project.createState(), "worker");
        try (Lakehouse lakehouse = Lakehouse.open(project);
                ScheduledRuns runs = new ScheduledRuns(lakehouse, Clock.systemUTC())) {
            if (once) {
                runs.round();
                return 0;
            }
            CountDownLatch stop = new CountDownLatch(1);
            CountDownLatch stopped = new CountDownLatch(1);
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(
                            () -> {
                                stop.countDown();
                                try {
                                    stopped.await();
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            },
                            "stop"));
            runs.start();
            var out = spec.commandLine().getOut();
            out.println("Tarn works for " + project.name() + " as process "
                    + ProcessHandle.current().pid());
            out.flush();
            stop.await();
            runs.close();
            stopped.countDown();
            return 0;
        }
    }
}
