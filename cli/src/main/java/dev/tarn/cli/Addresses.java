package dev.tarn.cli;

import dev.tarn.server.Server;
import java.net.URI;

/// What to tell a person about a running server: one address, and how each client uses it.
final class Addresses {
    private Addresses() {}

    static String of(Server server) {
        String url = server.url();
        URI uri = URI.create(url);
        String hostPort = uri.getHost() + ":" + uri.getPort();
        return """
                Tarn serves %s at %s

                  SQL        trino-cli --server %s --catalog tarn
                  JDBC       jdbc:trino://%s/tarn
                  Spark      --conf spark.sql.catalog.tarn=org.apache.iceberg.spark.SparkCatalog \\
                             --conf spark.sql.catalog.tarn.type=rest --conf spark.sql.catalog.tarn.uri=%s/iceberg
                  Browser    %s/
                  Health     %s/health      Metrics  %s/metrics

                Ctrl-C stops it.""".formatted(server.project().name(), url, url, hostPort, url, url, url, url);
    }
}
