package dev.tarn.cli;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import dev.tarn.server.Server;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn demo`
@Command(
        name = "demo",
        description = "Makes a lakehouse of generated card payments, runs it from raw files to gold tables, trains "
                + "a model, serves them, and predicts. The next start uses what is there.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn demo                        in the folder tarn-demo",
            "  tarn demo /tmp/demo --port 0     elsewhere, on any free port",
            "  tarn demo --payments 1000000     with more payments, when it is made",
        })
final class DemoCommand implements Callable<Integer> {
    private static final QuerySession SESSION = QuerySession.of(Identity.local("tarn demo"));

    /// What the demo shows of its results.
    private record Shown(String title, String sql) {}

    private static final List<Shown> SHOWN = List.of(
            new Shown("Fraud rate by month", """
                    SELECT format('%d-%02d', year, month) AS month, payments, frauds,
                           CAST(100 * fraud_rate AS decimal(5, 2)) AS "fraud rate %", amount_total AS amount
                    FROM gold.fraud_by_month ORDER BY year, month LIMIT 12"""),
            new Shown("Merchant categories with the highest fraud rate", """
                    SELECT mcc, description AS category, payments, frauds,
                           CAST(100 * fraud_rate AS decimal(5, 2)) AS "fraud rate %"
                    FROM gold.mcc_risk WHERE payments >= 100 ORDER BY fraud_rate DESC NULLS LAST, mcc LIMIT 8"""),
            new Shown("Places with the highest fraud rate", """
                    SELECT place, payments, frauds, CAST(100 * fraud_rate AS decimal(5, 2)) AS "fraud rate %"
                    FROM gold.fraud_by_state WHERE payments >= 100 ORDER BY fraud_rate DESC NULLS LAST, place LIMIT 8"""));

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "FOLDER", description = "Where the demo lives; tarn-demo by default.")
    private Path folder = Path.of("tarn-demo");

    @Option(names = "--port", paramLabel = "PORT", description = "The port to serve on; 7700 by default, 0 takes any.")
    private @Nullable Integer port;

    @Option(
            names = "--payments",
            paramLabel = "N",
            description = "How many payments to generate when the demo is made; 50000 by default.")
    private long payments = 50_000;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        if (!Files.exists(folder.resolve(Project.FILE))) {
            Templates.copy("fraud", folder, Map.of());
            out.println("Made a demo project in " + folder.toAbsolutePath().normalize());
        }
        Project read = Project.load(folder, Map.of("payments", Long.toString(payments)))
                .createState();
        Project project = port == null ? read : read.withPort(port);
        Logging.toFiles(project, "server");
        Path made = project.state().resolve("demo-made");
        if (!Files.exists(made)) {
            out.println("From " + payments + " generated card payments to gold tables:");
            out.flush();
            RunCommand.run(project, List.of(), false, false, Branches.MAIN, out);
            mark(made);
        }
        Server server = Server.start(project);
        Runtime.getRuntime().addShutdownHook(new Thread(server::close, "stop"));
        for (Shown shown : SHOWN) {
            out.println();
            out.println(shown.title());
            show(server.lakehouse(), shown.sql(), out);
        }
        out.println();
        out.println(Addresses.of(server));
        out.println();
        DemoPrediction.show(project, aPayment(server.lakehouse()), out);
        out.flush();
        server.awaitStop();
        return 0;
    }

    /// Notes that the data is there, for later starts.
    private static void mark(Path made) {
        try {
            Files.createFile(made);
        } catch (IOException e) {
            throw new TarnException(ErrorCode.STORAGE_FAILED, "cannot write " + made + ": " + e.getMessage(), e);
        }
    }

    /// One of the demo's own customers, as the service by ids is asked.
    private static String aPayment(Lakehouse lakehouse) {
        String sql =
                "SELECT format('{\"customer_id\": %d, \"card_id\": %d, \"amount\": 123.45, \"use_chip\": \"Online\"}',"
                        + " customer_id, card_id) FROM silver.payments ORDER BY paid_at DESC, payment_id LIMIT 1";
        try (QueryResult result = lakehouse.engine().execute(SESSION, sql)) {
            return String.valueOf(result.all().getFirst().getFirst());
        }
    }

    private static void show(Lakehouse lakehouse, String sql, PrintWriter out) {
        try (QueryResult result = lakehouse.engine().execute(SESSION, sql)) {
            Results.TABLE.write(new LocalSql.LocalAnswer(result, changes -> {}), out);
        }
    }
}
