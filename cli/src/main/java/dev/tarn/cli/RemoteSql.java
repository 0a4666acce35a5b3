package dev.tarn.cli;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.query.QuerySession;
import dev.tarn.query.protocol.TrinoFace;
import dev.tarn.server.ServerFile;
import io.trino.client.ClientSession;
import io.trino.client.QueryError;
import io.trino.client.StatementClient;
import io.trino.client.StatementClientFactory;
import java.net.URI;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/// Statements run by the project's server, asked over the Trino protocol as any client asks.
final class RemoteSql implements SqlClient {
    private final OkHttpClient http;
    private ClientSession session;

    RemoteSql(ServerFile.Running server, String client, String branch) {
        this.http = new OkHttpClient.Builder()
                .readTimeout(60, TimeUnit.SECONDS)
                .addInterceptor(chain -> chain.proceed(
                        server.token().isEmpty()
                                ? chain.request()
                                : chain.request()
                                        .newBuilder()
                                        .header("Authorization", "Bearer " + server.token())
                                        .build()))
                .build();
        this.session = ClientSession.builder()
                .server(URI.create(server.url()))
                .user(Optional.of(Identity.local(client).user()))
                .source(client)
                .catalog(QuerySession.CATALOG)
                .timeZone(ZoneId.systemDefault())
                .properties(branch.equals(Branches.MAIN) ? Map.of() : Map.of(QuerySession.BRANCH_PROPERTY, branch))
                .clientRequestTimeout(io.airlift.units.Duration.valueOf("2m"))
                .build();
    }

    @Override
    public Answer execute(String sql) {
        try {
            return new RemoteAnswer(StatementClientFactory.newStatementClient(http, session, sql));
        } catch (RuntimeException e) {
            throw unanswered(e);
        }
    }

    private final class RemoteAnswer implements Answer {
        private final StatementClient statement;

        RemoteAnswer(StatementClient statement) {
            this.statement = statement;
        }

        /// A statement that is wrong, or that answers nothing, ends before there are columns.
        private void awaitColumns() {
            while (statement.isRunning() && statement.currentStatusInfo().getColumns() == null) {
                advance();
            }
            if (!statement.isRunning()) {
                finish();
            }
        }

        @Override
        public List<Column> columns() {
            awaitColumns();
            var columns = info().getColumns();
            return columns == null
                    ? List.of()
                    : columns.stream()
                            .map(column -> new Column(column.getName(), column.getType()))
                            .toList();
        }

        @Override
        public List<List<@Nullable Object>> next() {
            while (statement.isRunning()) {
                List<List<@Nullable Object>> rows = new ArrayList<>();
                statement.currentRows().forEach(rows::add);
                advance();
                if (!rows.isEmpty()) {
                    return rows;
                }
            }
            finish();
            return List.of();
        }

        @Override
        public @Nullable String done() {
            String type = info().getUpdateType();
            OptionalLong count = info().getUpdateCount();
            return type == null ? null : Results.done(type, count);
        }

        @Override
        public void cancel() {
            statement.close();
        }

        @Override
        public void close() {
            statement.close();
        }

        private void advance() {
            try {
                statement.advance();
            } catch (RuntimeException e) {
                throw unanswered(e);
            }
        }

        private io.trino.client.QueryStatusInfo info() {
            return statement.isRunning() ? statement.currentStatusInfo() : statement.finalStatusInfo();
        }

        private void finish() {
            if (statement.isClientAborted()) {
                throw new TarnException(ErrorCode.CANCELLED, "the statement was cancelled");
            }
            if (statement.isClientError()) {
                throw unanswered(null);
            }
            QueryError error = statement.finalStatusInfo().getError();
            if (error != null) {
                throw new TarnException(code(error), error.getMessage());
            }
            follow(statement);
        }
    }

    /// Keeps what the statement changed in the session.
    private void follow(StatementClient statement) {
        ClientSession.Builder next = ClientSession.builder(session);
        statement.getSetCatalog().ifPresent(next::catalog);
        statement.getSetSchema().ifPresent(next::schema);
        Map<String, String> properties = new HashMap<>(session.getProperties());
        properties.putAll(statement.getSetSessionProperties());
        statement.getResetSessionProperties().forEach(properties::remove);
        next.properties(properties);
        Map<String, String> prepared = new HashMap<>(session.getPreparedStatements());
        prepared.putAll(statement.getAddedPreparedStatements());
        statement.getDeallocatedPreparedStatements().forEach(prepared::remove);
        next.preparedStatements(prepared);
        session = next.build();
    }

    /// What the client's library throws when it has no answer is not always an exception of its own.
    private TarnException unanswered(@Nullable RuntimeException cause) {
        return new TarnException(
                ErrorCode.UNAVAILABLE,
                "the server at " + session.getServer() + " does not answer"
                        + (cause == null ? "" : " (" + cause.getMessage() + ")")
                        + "; if it was stopped just now, run the command again",
                cause);
    }

    private static ErrorCode code(QueryError error) {
        String type =
                error.getFailureInfo() == null ? "" : error.getFailureInfo().getType();
        return Arrays.stream(ErrorCode.values())
                .filter(code -> type.equals(TrinoFace.KIND_PREFIX + code))
                .findFirst()
                .orElse(ErrorCode.QUERY_FAILED);
    }

    @Override
    public void close() {
        http.dispatcher().executorService().shutdown();
        http.connectionPool().evictAll();
    }
}
