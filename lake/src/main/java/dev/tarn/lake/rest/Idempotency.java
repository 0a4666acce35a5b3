package dev.tarn.lake.rest;

import dev.tarn.core.digest.Sha256;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.core.identity.Identity;
import dev.tarn.lake.state.Database;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.exceptions.UnprocessableEntityException;
import org.jdbi.v3.core.Handle;

/// Requests that carry an `Idempotency-Key` happen once: sent again, as after a lost connection, they get the
/// first answer. A change and its answer are stored in one database transaction.
final class Idempotency {
    /// How long an answer is kept.
    static final Duration LIFETIME = Duration.ofMinutes(30);

    private static final String SCHEMA = """
            CREATE TABLE iceberg_idempotency (
              id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, created_at BIGINT NOT NULL,
              status INTEGER, etag TEXT, body {bytes});
            CREATE INDEX iceberg_idempotency_created ON iceberg_idempotency (created_at);
            """;
    private static final String HEADER = "Idempotency-Key";
    private static final int KEY_LENGTH_MAX = 255;

    private final Database database;

    Idempotency(Database database) {
        this.database = database;
        database.migrate("iceberg-rest", SCHEMA);
    }

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Answer(String fingerprint, int status, String etag, byte[] body) {
        Response response() {
            Response response = body.length == 0 ? Response.of(status) : Response.json(status, body);
            return etag.isEmpty() ? response : response.with("ETag", etag);
        }
    }

    /// Handles a request, or repeats the answer that it got before.
    Response once(Request request, Route.Handler handler) throws Exception {
        String key = request.header(HEADER);
        if (key == null || key.isBlank()) {
            return handler.handle(request);
        }
        if (key.length() > KEY_LENGTH_MAX) {
            throw new IllegalArgumentException("Invalid " + HEADER + ": longer than " + KEY_LENGTH_MAX);
        }
        Replayable whole = Replayable.of(request);
        // A purge deletes files, which no transaction takes back: it runs alone, and its answer is stored after it.
        if (request.method().equals("DELETE")) {
            Optional<Answer> known = database.read(handle -> find(handle, key));
            return known.isPresent() ? repeat(known.get(), whole) : stored(key, whole, answer(handler, whole));
        }
        try {
            return database.write(handle -> {
                Optional<Answer> known = claim(handle, key, whole.fingerprint);
                if (known.isPresent()) {
                    return repeat(known.get(), whole);
                }
                Answer answer = answer(handler, whole);
                if (answer.status >= 400) {
                    throw new Refused(answer);
                }
                store(handle, key, answer);
                return answer.response();
            });
        } catch (Refused refused) {
            return stored(key, whole, refused.answer);
        }
    }

    private Response stored(String key, Replayable request, Answer answer) {
        // What failed for want of a resource may be tried again with the same key.
        if (answer.status < 500) {
            database.writing(handle -> {
                claim(handle, key, request.fingerprint);
                store(handle, key, answer);
            });
        }
        return answer.response();
    }

    private static Answer answer(Route.Handler handler, Replayable request) {
        Response response;
        try {
            response = handler.handle(request);
        } catch (Exception e) {
            response = RestErrors.response(e);
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try {
            response.body().writeTo(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String etag = response.headers().getOrDefault("ETag", List.of("")).getFirst();
        return new Answer(request.fingerprint, response.status(), etag, body.toByteArray());
    }

    private static Response repeat(Answer known, Replayable request) {
        if (!known.fingerprint.equals(request.fingerprint)) {
            throw new UnprocessableEntityException("The %s was used before, for another request", HEADER);
        }
        return known.response();
    }

    /// Takes a key for this request, and forgets those that are too old; whoever else takes the same key waits.
    ///
    /// @return the answer, when the key was taken before
    private static Optional<Answer> claim(Handle handle, String key, String fingerprint) {
        long now = System.currentTimeMillis();
        handle.createUpdate("DELETE FROM iceberg_idempotency WHERE created_at < :before")
                .bind("before", now - LIFETIME.toMillis())
                .execute();
        int taken = handle.createUpdate("""
                        INSERT INTO iceberg_idempotency (id, fingerprint, created_at)
                        VALUES (:key, :fingerprint, :now) ON CONFLICT (id) DO NOTHING""")
                .bind("key", key)
                .bind("fingerprint", fingerprint)
                .bind("now", now)
                .execute();
        return taken == 1 ? Optional.empty() : find(handle, key);
    }

    private static Optional<Answer> find(Handle handle, String key) {
        return handle.createQuery("SELECT * FROM iceberg_idempotency WHERE id = :key AND status IS NOT NULL")
                .bind("key", key)
                .map((rs, context) -> new Answer(
                        rs.getString("fingerprint"), rs.getInt("status"), rs.getString("etag"), rs.getBytes("body")))
                .findOne();
    }

    private static void store(Handle handle, String key, Answer answer) {
        handle.createUpdate("""
                        UPDATE iceberg_idempotency SET status = :status, etag = :etag, body = :body WHERE id = :key""")
                .bind("status", answer.status)
                .bind("etag", answer.etag)
                .bind("body", answer.body)
                .bind("key", key)
                .execute();
    }

    /// Leaves the transaction, so that a refused request changes nothing.
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Answer answer;

        Refused(Answer answer) {
            super("refused", null, false, false);
            this.answer = answer;
        }
    }

    /// A request whose body was read, and what tells it from others.
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Replayable(Request request, byte[] content, String fingerprint) implements Request {
        static Replayable of(Request request) throws IOException {
            byte[] content;
            try (InputStream body = request.body()) {
                content = body.readAllBytes();
            }
            MessageDigest digest = Sha256.digest();
            digest.update((request.method() + " " + request.path() + " " + request.query() + "\n")
                    .getBytes(StandardCharsets.UTF_8));
            return new Replayable(request, content, HexFormat.of().formatHex(digest.digest(content)));
        }

        @Override
        public String method() {
            return request.method();
        }

        @Override
        public String path() {
            return request.path();
        }

        @Override
        public String pathParam(String name) {
            return request.pathParam(name);
        }

        @Override
        public Map<String, List<String>> query() {
            return request.query();
        }

        @Override
        public List<String> headers(String name) {
            return request.headers(name);
        }

        @Override
        public String baseUrl() {
            return request.baseUrl();
        }

        @Override
        public Identity identity() {
            return request.identity();
        }

        @Override
        public InputStream body() {
            return new ByteArrayInputStream(content);
        }
    }
}
