import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/// Spark with an Iceberg REST catalog named `tarn`, answering SQL over loopback HTTP until standard input ends.
///
/// Arguments: the file that gets the address, the REST catalog's address, its warehouse, a folder for Spark's own
/// files. `POST /` with a statement answers `{"columns": […], "rows": [[text or null, …], …]}`, or status 400 with
/// the error's text.
public final class SparkPeer {
    private static final ObjectMapper JSON = new ObjectMapper();

    private SparkPeer() {}

    public static void main(String[] arguments) throws Exception {
        Path ready = Path.of(arguments[0]);
        Thread watcher = new Thread(SparkPeer::endWithStandardInput);
        watcher.setDaemon(true);
        watcher.start();

        SparkSession spark = SparkSession.builder()
                .appName("peer")
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.sql.session.timeZone", "UTC")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.sql.warehouse.dir", arguments[3])
                .config("spark.local.dir", arguments[3])
                .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
                .config("spark.sql.catalog.tarn", "org.apache.iceberg.spark.SparkCatalog")
                .config("spark.sql.catalog.tarn.type", "rest")
                .config("spark.sql.catalog.tarn.uri", arguments[1])
                .config("spark.sql.catalog.tarn.warehouse", arguments[2])
                .config("spark.sql.catalog.tarn.cache-enabled", "false")
                .config("spark.sql.defaultCatalog", "tarn")
                .getOrCreate();

        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", exchange -> answer(spark, exchange));
        server.start();

        Path part = ready.resolveSibling(ready.getFileName() + ".part");
        Files.writeString(part, "http://127.0.0.1:" + server.getAddress().getPort());
        Files.move(part, ready, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void answer(SparkSession spark, HttpExchange exchange) throws IOException {
        int status;
        byte[] body;
        try {
            String statement = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            body = JSON.writeValueAsBytes(run(spark, statement));
            status = 200;
        } catch (Throwable e) {
            e.printStackTrace();
            body = String.valueOf(e).getBytes(StandardCharsets.UTF_8);
            status = 400;
        }
        exchange.sendResponseHeaders(status, body.length);
        try (var out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    private static Map<String, Object> run(SparkSession spark, String statement) {
        Dataset<Row> data = spark.sql(statement);
        String[] columns = data.columns();
        String[] asText = Arrays.stream(columns)
                .map(column -> "cast(`" + column + "` as string) as `" + column + "`")
                .toArray(String[]::new);
        List<List<String>> rows = new ArrayList<>();
        for (Row row : columns.length == 0 ? List.<Row>of() : data.selectExpr(asText).collectAsList()) {
            List<String> values = new ArrayList<>();
            for (int i = 0; i < columns.length; i++) {
                values.add(row.getString(i));
            }
            rows.add(values);
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("columns", columns);
        answer.put("rows", rows);
        return answer;
    }

    private static void endWithStandardInput() {
        try {
            while (System.in.read() >= 0) {
                // What is written there does not matter; only its end does.
            }
        } catch (IOException e) {
            System.err.println("standard input failed: " + e);
        }
        Runtime.getRuntime().halt(0);
    }
}
