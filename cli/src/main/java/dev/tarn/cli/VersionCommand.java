package dev.tarn.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `tarn version`
@Command(
        name = "version",
        description = "Shows the version of Tarn and of what it is built on.",
        footerHeading = "%nExamples:%n",
        footer = "  tarn version")
final class VersionCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Properties versions = new Properties();
        try (InputStream in = VersionCommand.class.getResourceAsStream("version.properties")) {
            versions.load(in);
        }
        var out = spec.commandLine().getOut();
        out.println("tarn " + versions.getProperty("tarn"));
        out.println("java " + Runtime.version());
        for (String name : new String[] {"trino", "duckdb", "iceberg"}) {
            out.println(name + " " + versions.getProperty(name));
        }
        return 0;
    }
}
