package dev.tarn.cli;

import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.orchestrate.Environments;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn env`
@Command(
        name = "env",
        description = "Lists and drops environments; 'tarn run --env NAME' makes one.",
        subcommands = {EnvCommand.ListCommand.class, EnvCommand.DropCommand.class},
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn env list",
            "  tarn env drop pr-12",
        })
final class EnvCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    /// `tarn env list`
    @Command(name = "list", description = "Lists environments with what they changed.")
    static final class ListCommand implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private ProjectFolder folder = new ProjectFolder();

        @Override
        public Integer call() {
            Project project = folder.load();
            Logging.toFiles(project.createState(), "env");
            PrintWriter out = spec.commandLine().getOut();
            try (Lakehouse lakehouse = Lakehouse.open(project)) {
                List<Environments.Environment> all = new Environments(lakehouse.lake(), lakehouse.audit()).list();
                if (all.isEmpty()) {
                    out.println("no environments; 'tarn run --env NAME' makes one");
                }
                all.forEach(each -> {
                    out.println(each.name() + "  made " + each.createdAt() + " by " + each.createdBy() + ", "
                            + each.changes().size() + " changed");
                    each.changes().forEach(change -> out.println("  " + change.identifier()));
                });
            }
            return 0;
        }
    }

    /// `tarn env drop`
    @Command(name = "drop", description = "Forgets an environment and all that was made in it.")
    static final class DropCommand implements Callable<Integer> {
        @Mixin
        private ProjectOptions options = new ProjectOptions();

        @Parameters(
                arity = "1..2",
                paramLabel = "[FOLDER] ENVIRONMENT",
                description = "The project's folder if it is not the current one, and the environment.")
        private List<String> arguments = List.of();

        @Override
        public Integer call() {
            Project project = options.load(arguments);
            Logging.toFiles(project.createState(), "env");
            try (Lakehouse lakehouse = Lakehouse.open(project)) {
                new Environments(lakehouse.lake(), lakehouse.audit())
                        .drop(arguments.getLast(), Identity.local("tarn env"));
            }
            return 0;
        }
    }
}
