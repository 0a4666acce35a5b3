package dev.tarn.model.artifact;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where artifacts are, as MLflow writes it: `mlflow-artifacts:/EXPERIMENT/RUN/artifacts` is below this
/// server's own folder; remote addresses are kept for clients and never opened by the server.
public final class ArtifactUri {
    private static final String SCHEME = "mlflow-artifacts:/";
    private static final Pattern WITH_SCHEME = Pattern.compile("([a-z][a-z0-9+.-]*):/.*");
    private static final Set<String> REMOTE =
            Set.of("s3", "s3a", "gs", "wasbs", "abfss", "hdfs", "http", "https", "dbfs", "runs", "models");

    private ArtifactUri() {}

    public static String ofExperiment(long id) {
        return SCHEME + id;
    }

    public static String ofRun(String experimentLocation, String runId) {
        return experimentLocation + "/" + runId + "/artifacts";
    }

    public static String ofModel(String experimentLocation, String modelId) {
        return experimentLocation + "/models/" + modelId + "/artifacts";
    }

    /// Whether the server itself keeps what is there.
    public static boolean isOurs(String uri) {
        return uri.startsWith(SCHEME);
    }

    /// The path below the folder of artifacts.
    ///
    /// @throws TarnException `BAD_REQUEST` when the place is not one that the server keeps
    public static ArtifactPath path(String uri) {
        if (!isOurs(uri)) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST,
                    "the artifacts are at " + uri + ", which this server does not read: ask that store itself");
        }
        String rest = uri.substring(SCHEME.length());
        return ArtifactPath.parse(rest.startsWith("/") ? rest.substring(rest.indexOf('/', 1) + 1) : rest);
    }

    /// Refuses a place that a client names when it is, or could be taken for, a file of this machine.
    ///
    /// @throws TarnException `BAD_REQUEST`
    public static void checkLocation(String uri) {
        if (isOurs(uri)) {
            path(uri);
            return;
        }
        Matcher scheme = WITH_SCHEME.matcher(uri.toLowerCase(Locale.ROOT));
        if (!scheme.matches() || !REMOTE.contains(scheme.group(1))) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST,
                    "Invalid artifact location '" + uri + "': local files are not served; leave it out, or name "
                            + "mlflow-artifacts:/… or a remote store such as s3://…");
        }
        if (uri.indexOf('#') >= 0 || uri.indexOf('?') >= 0) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST, "Invalid artifact location '" + uri + "': it has a query or a fragment");
        }
        ArtifactPath.parse(uri.substring(scheme.group(1).length() + 1).replaceFirst("^/+", ""));
    }
}
