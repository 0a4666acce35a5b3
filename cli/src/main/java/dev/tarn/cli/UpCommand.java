package dev.tarn.cli;

import dev.tarn.core.project.Project;
import dev.tarn.server.Logging;
import dev.tarn.server.Server;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `tarn up`
@Command(
        name = "up",
        description = "Serves the project on one address for every client, until it is stopped.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn up                          the project in the current folder",
            "  tarn up my-lakehouse --port 8080",
            "  tarn up --port 0                 any free port",
        })
final class UpCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ProjectFolder folder = new ProjectFolder();

    @Option(names = "--port", paramLabel = "PORT", description = "The port instead of the one in tarn.yml.")
    private @Nullable Integer port;

    @Override
    public Integer call() throws InterruptedException {
        Project project = folder.load();
        serve(port == null ? project : project.withPort(port), spec);
        return 0;
    }

    /// Serves until the process is told to stop.
    static void serve(Project project, CommandSpec spec) throws InterruptedException {
        var out = spec.commandLine().getOut();
        Logging.toFiles(project.createState(), "server");
        Server server = Server.start(project);
        Thread hook = new Thread(server::close, "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        out.println(Addresses.of(server));
        out.flush();
        server.awaitStop();
    }
}
