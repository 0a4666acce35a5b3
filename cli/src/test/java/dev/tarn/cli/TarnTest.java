package dev.tarn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.core.error.Blame;
import dev.tarn.server.Server;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class TarnTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void everyCommandHasHelpWithExamplesAndStandsInTheReference() throws IOException {
        CommandLine commands = commands();
        String reference = Files.readString(Path.of("../docs/reference/cli.md"));
        for (Map.Entry<String, CommandLine> command : commands.getSubcommands().entrySet()) {
            if (command.getKey().equals("help")) {
                continue;
            }
            String usage = command.getValue().getUsageMessage();
            assertThat(usage).contains("Examples:").contains("tarn " + command.getKey());
            assertThat(reference).contains("## tarn " + command.getKey() + "\n");
            TreeSet<String> options = new TreeSet<>();
            command.getValue().getCommandSpec().options().forEach(option -> options.add(option.longestName()));
            options.remove("--help");
            options.remove("--project");
            options.remove("--var");
            for (String option : options) {
                assertThat(section(reference, command.getKey()))
                        .as("options of tarn %s", command.getKey())
                        .contains("`" + option);
            }
        }
    }

    @Test
    void everyCommandThatActsOnAProjectTakesItAsAnOption() {
        assertThat(withoutProject("tarn", commands()))
                .containsExactlyInAnyOrder("tarn demo", "tarn init", "tarn version", "tarn help", "tarn contract diff");
        assertThat(run("models", "list", "--project", folder.toString())).isEqualTo(Blame.USER.exitStatus());
        assertThat(err.toString()).startsWith("error PROJECT_NOT_FOUND: there is no tarn.yml in " + folder);
    }

    /// The commands below one, as they are typed, that lack the option.
    private static List<String> withoutProject(String name, CommandLine command) {
        if (command.getSubcommands().isEmpty()) {
            return command.getCommandSpec().findOption("--project") == null ? List.of(name) : List.of();
        }
        return command.getSubcommands().entrySet().stream()
                .flatMap(below -> withoutProject(name + " " + below.getKey(), below.getValue()).stream())
                .toList();
    }

    @Test
    void aWordThatIsNoCommandIsSaidSo() {
        assertThat(run("frobnicate")).isEqualTo(Blame.USER.exitStatus());
        assertThat(err.toString()).startsWith("error USAGE: there is no command 'frobnicate'\n");
    }

    @Test
    void withoutACommandThereIsHelp() {
        assertThat(run()).isZero();
        assertThat(out.toString()).contains("Usage: tarn").contains("tarn query");
    }

    @Test
    void aWrongCommandNamesTheNearest() {
        assertThat(run("qurey", "SELECT 1")).isEqualTo(Blame.USER.exitStatus());
        assertThat(err.toString()).startsWith("error USAGE: ").contains("did you mean 'query'?");
    }

    @Test
    void aFolderWithoutAProjectSaysHowToGetOne() {
        assertThat(run("query", folder.toString(), "SELECT 1")).isEqualTo(Blame.USER.exitStatus());
        assertThat(err.toString())
                .startsWith("error PROJECT_NOT_FOUND: there is no tarn.yml in " + folder)
                .contains("tarn init")
                .doesNotContain("\tat ");
    }

    @Test
    void aNewProjectIsWhole() throws IOException {
        Path made = folder.resolve("My Lake 1");
        assertThat(run("init", made.toString())).isZero();
        assertThat(Files.readString(made.resolve("tarn.yml"))).startsWith("name: My-Lake-1\n");
        assertThat(made.resolve(".gitignore")).hasContent(".tarn/");
        assertThat(Files.readString(made.resolve("dbt_project.yml"))).startsWith("name: My_Lake_1\n");
        assertThat(made.resolve("data/orders.csv")).exists();

        assertThat(run("init", made.toString())).isEqualTo(Blame.USER.exitStatus());
        assertThat(err.toString()).contains("error ALREADY_EXISTS: " + made + " is a project already");
    }

    @Test
    void aStatementIsAnsweredInEachFormatWithAndWithoutAServer() throws Exception {
        project();
        for (boolean beside : new boolean[] {false, true}) {
            try (AutoCloseable server = beside ? started() : () -> {}) {
                assertThat(server).isNotNull();
                assertThat(query("SELECT 1 AS n, 'a,\"b\"' AS t, CAST(NULL AS varchar) AS x, DECIMAL '1.50' AS d;"))
                        .isEqualTo(" n | t     | x    | d\n---+-------+------+------\n 1 | a,\"b\" | NULL | 1.50\n");
                assertThat(query("SELECT 'a,\"b\"' AS t, 1.5e0 AS f, CAST(NULL AS varchar) AS x", "--format", "csv"))
                        .isEqualTo("t,f,x\r\n\"a,\"\"b\"\"\",1.5,\r\n");
                assertThat(query("SELECT 1 AS n, ARRAY[1, NULL] AS l, 'ü' AS t", "--format", "json"))
                        .isEqualTo("[\n{\"n\":1,\"l\":[1,null],\"t\":\"ü\"}\n]\n");
                assertThat(query("SELECT 1 AS n WHERE false", "--format", "json"))
                        .isEqualTo("[]\n");
            }
        }
    }

    @Test
    void aTypoIsToldWithItsPositionAndCode() throws Exception {
        project();
        for (boolean beside : new boolean[] {false, true}) {
            try (AutoCloseable server = beside ? started() : () -> {}) {
                assertThat(server).isNotNull();
                assertThat(run("query", folder.toString(), "SELEC 1")).isEqualTo(Blame.USER.exitStatus());
                assertThat(err.toString())
                        .startsWith("error SQL_INVALID: line 1:1: mismatched input 'SELEC'")
                        .doesNotContain("\tat ");
            }
        }
    }

    @Test
    void aServerThatDoesNotAnswerIsNamed() throws Exception {
        project();
        Path state = Files.createDirectories(folder.resolve(".tarn"));
        Files.createFile(state.resolve("server.lock"));
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Files.writeString(
                    state.resolve("server.json"),
                    "{\"pid\":" + ProcessHandle.current().pid() + ",\"url\":\"http://127.0.0.1:" + silent.getLocalPort()
                            + "\",\"token\":\"\"}");
        }
        assertThat(run("query", folder.toString(), "SELECT 1")).isEqualTo(Blame.RESOURCE.exitStatus());
        assertThat(err.toString())
                .startsWith("error UNAVAILABLE: the server at http://127.0.0.1:")
                .contains("does not answer", "run the command again")
                .doesNotContain("\tat ");
    }

    @Test
    void tablesAreMaintained() throws Exception {
        project();
        query("CREATE SCHEMA kept");
        query("CREATE TABLE kept.t AS SELECT 1 AS n");
        assertThat(run("maintain", folder.toString())).isZero();
        assertThat(out.toString()).contains("1 tables: 0 snapshots forgotten").contains("0 files, 0 bytes removed");
        assertThat(run("maintain", folder.toString(), "--files", "soon")).isEqualTo(Blame.USER.exitStatus());
        assertThat(err.toString()).contains("expected an age such as");
        assertThat(query("SELECT n FROM kept.t", "--format", "csv")).isEqualTo("n\r\n1\r\n");
    }

    @Test
    void oneProjectHasOneServer() throws Exception {
        project();
        try (Server server = started()) {
            assertThat(run("up", folder.toString())).isEqualTo(Blame.RESOURCE.exitStatus());
            assertThat(err.toString())
                    .startsWith("error SERVER_RUNNING: ")
                    .contains(server.url())
                    .contains("process " + ProcessHandle.current().pid());
        }
        assertThat(folder.resolve(".tarn/server.json")).doesNotExist();
    }

    @Test
    void aPortInUseNamesWhoUsesIt() throws Exception {
        project();
        Path other = folder.resolve("other");
        Files.createDirectories(other);
        Files.writeString(other.resolve("tarn.yml"), "name: other\n");
        try (Server server = started()) {
            String port = server.url().substring(server.url().lastIndexOf(':') + 1);
            assertThat(run("up", other.toString(), "--port", port)).isEqualTo(Blame.RESOURCE.exitStatus());
            assertThat(err.toString())
                    .startsWith("error PORT_IN_USE: port " + port + " is in use by ")
                    .contains("--port");
            assertThat(other.resolve(".tarn/server.json")).doesNotExist();
        }
    }

    private String query(String sql, String... more) {
        String[] args = new String[3 + more.length];
        args[0] = "query";
        args[1] = folder.toString();
        args[2] = sql;
        System.arraycopy(more, 0, args, 3, more.length);
        assertThat(run(args)).as(() -> err.toString()).isZero();
        return out.toString();
    }

    private void project() throws IOException {
        Files.writeString(folder.resolve("tarn.yml"), "name: test\nserver:\n  port: 0\nlimits:\n  memory: 256MB\n");
    }

    private Server started() throws InterruptedException {
        Server server = Server.start(dev.tarn.core.project.Project.load(folder, Map.of()));
        server.awaitReady(Duration.ofMinutes(2));
        return server;
    }

    private CommandLine commands() {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Tarn.commandLine(new PrintWriter(out), new PrintWriter(err));
    }

    private int run(String... args) {
        return commands().execute(args);
    }

    private static String section(String reference, String command) {
        int start = reference.indexOf("## tarn " + command + "\n");
        int end = reference.indexOf("\n## ", start + 1);
        return reference.substring(start, end < 0 ? reference.length() : end);
    }
}
