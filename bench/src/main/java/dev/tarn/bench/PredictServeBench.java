package dev.tarn.bench;

import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.interop.differential.Engine;
import dev.tarn.interop.peer.Tarn;
import dev.tarn.orchestrate.RunListener;
import dev.tarn.orchestrate.RunOptions;
import dev.tarn.orchestrate.RunReport;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.pipeline.Pipeline;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.StringJoiner;

/// The example's two prediction services over HTTP, receipts kept.
final class PredictServeBench implements Bench {
    private static final int PAYMENTS = 50_000;
    /// As many as the example's generator makes.
    private static final int CUSTOMERS = 100;

    private static final int CARDS = 300;
    private static final int RECENT = 4_000;
    private static final long WRITTEN_NANOS_MAX = 120_000_000_000L;
    private static final int PUSHED_AT_ONCE = 250;
    private static final double LEAST_RATE = 10_000;
    private static final double MOST_MS = 2;

    @Override
    public String name() {
        return "predict-serve";
    }

    @Override
    public String title() {
        return "Predictions over HTTP with online features";
    }

    @Override
    public String method() {
        return "The example on 50,000 generated payments and 4,000 pushed of the last 30 days, run, trained and served "
                + "whole; every prediction's receipt is kept. POST /predict/payment takes a customer's and a card's id and looks up 27 features online; "
                + "POST /predict brings its eleven fields; GET /v2/health/live answers nothing but that it does. A server "
                + "in a JVM of its own, started as tarn up starts it, and 16 connections kept alive on the same processors. First as "
                + "fast as answers come (--seconds, 3), then requests at half of that rate, whose latency counts from "
                + "when each was due.";
    }

    @Override
    public void measure(Run run) throws Exception {
        Path folder = run.folder().toAbsolutePath().resolve("fraud");
        make(folder);
        try (Tarn server = Tarn.start(folder, HttpLoad.JVM_FLAGS)) {
            URI url = URI.create(server.address());
            HttpLoad.post(url, "/materialize-incremental", "{}");
            for (String view : List.of("customer_payments", "card_payments")) {
                for (int i = 0; i < RECENT / PUSHED_AT_ONCE; i++) {
                    HttpLoad.post(url, "/push", recent(view, i));
                }
                awaitWritten(new Engine("Tarn", server.address(), "bronze"), "pushed_" + view);
            }
            long nanos = run.option("seconds", 3L) * 1_000_000_000L;
            HttpLoad.measure(
                    run,
                    "/predict",
                    server,
                    nanos,
                    random -> HttpLoad.Asked.post(
                            "/predict",
                            "{\"amount\": " + random.nextInt(1, 500)
                                    + ".45, \"card_brand\": \"VISA\", \"card_type\": \"CREDIT\", \"merchant_state\": \"NY\","
                                    + " \"use_chip\": \"True\", \"credit_limit\": 5000, \"per_capita_income\": 35000,"
                                    + " \"yearly_income\": 42000, \"total_debt\": 1000, \"credit_score\": 700,"
                                    + " \"num_credit_cards\": 2}"));
            HttpLoad.Found byIds = HttpLoad.measure(
                    run,
                    "/predict/payment",
                    server,
                    nanos,
                    random -> HttpLoad.Asked.post(
                            "/predict/payment",
                            "{\"customer_id\": " + random.nextInt(CUSTOMERS) + ", \"card_id\": " + random.nextInt(CARDS)
                                    + ", \"amount\": " + random.nextInt(1, 500) + ".5, \"use_chip\": \"Online\"}"));
            HttpLoad.measure(run, "no work", server, nanos, random -> HttpLoad.Asked.get("/v2/health/live"));
            run.add(Bar.atLeast("/predict over HTTP with online features", LEAST_RATE, byIds.rate()));
            run.add(Bar.atMost("99th percentile of it at half of the highest rate", MOST_MS, byIds.p99()));
        }
    }

    /// Waits until pushed rows are in their table: a server writes them there soon after, beside answering.
    private static void awaitWritten(Engine engine, String table) throws Exception {
        long until = System.nanoTime() + WRITTEN_NANOS_MAX;
        String all = "[[" + RECENT + "]]";
        while (Peers.ask(engine, "SHOW TABLES LIKE '" + table + "'").equals("[]")
                || !Peers.ask(engine, "SELECT count(*) FROM " + table).equals(all)) {
            if (System.nanoTime() > until) {
                throw new IllegalStateException("the pushed rows of " + table + " did not reach their table");
            }
            Thread.sleep(100);
        }
    }

    /// Payments of the last 30 days, for the example's are all of one year long ago.
    private static String recent(String view, int batch) {
        SplittableRandom random = new SplittableRandom(batch);
        Map<String, StringJoiner> columns = new LinkedHashMap<>();
        for (int i = 0; i < PUSHED_AT_ONCE; i++) {
            int number = batch * PUSHED_AT_ONCE + i;
            int card = number % CARDS;
            Instant paid = Instant.now().minusSeconds(1 + random.nextInt(30 * 86_400));
            Map<String, Object> payment = new LinkedHashMap<>();
            payment.put("payment_id", 1_000_000_000 + number);
            payment.put("paid_at", "\"" + paid + "\"");
            payment.put("customer_id", card % CUSTOMERS);
            payment.put("card_id", card);
            payment.put("amount", random.nextInt(1, 500) + ".25");
            payment.put("channel", random.nextBoolean() ? "\"online\"" : "\"chip\"");
            payment.put("merchant_id", random.nextInt(1_000));
            payment.put("merchant_country", "\"United States\"");
            payment.put("error", random.nextInt(20) == 0 ? "\"Bad PIN\"" : "null");
            payment.forEach((column, value) -> columns.computeIfAbsent(column, name -> new StringJoiner(","))
                    .add(value.toString()));
        }
        StringJoiner all = new StringJoiner(",", "{\"push_source_name\":\"" + view + "\",\"df\":{", "}}");
        columns.forEach((name, values) -> all.add("\"" + name + "\":[" + values + "]"));
        return all.toString();
    }

    private static void make(Path folder) throws IOException {
        Folders.copy(Path.of("examples/fraud"), folder);
        Path settings = folder.resolve("tarn.yml");
        Files.writeString(settings, Files.readString(settings) + "\nserver:\n  port: 0\n");
        Project project = Project.load(folder, Map.of("payments", Integer.toString(PAYMENTS)));
        try (Lakehouse lakehouse = Lakehouse.open(project)) {
            Pipeline pipeline = Pipeline.load(lakehouse, false, message -> {});
            RunReport report = pipeline.run(
                    pipeline.plan(List.of()), Identity.local("bench"), RunOptions.defaults(), RunListener.silent());
            if (!report.succeeded()) {
                throw new IllegalStateException(report.toString());
            }
        }
    }
}
