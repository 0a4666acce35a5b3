package dev.tarn.cli;

import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.SessionChanges;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Statements run in this process.
final class LocalSql implements SqlClient {
    private final Lakehouse lakehouse;
    private QuerySession session;

    LocalSql(Project project, String client, String branch) {
        Logging.toFiles(project.createState(), "command");
        this.lakehouse = Lakehouse.open(project);
        this.session = QuerySession.of(Identity.local(client)).withBranch(branch);
    }

    @Override
    public Answer execute(String sql) {
        return new LocalAnswer(lakehouse.engine().execute(session, sql), changes -> session = session.with(changes));
    }

    /// The engine's own answer.
    ///
    /// @param ended is told at the end how the session changed
    record LocalAnswer(QueryResult result, Consumer<SessionChanges> ended) implements Answer {
        @Override
        public List<Column> columns() {
            return result.columns().stream()
                    .map(column -> new Column(column.name(), column.type().getDisplayName()))
                    .toList();
        }

        @Override
        public List<List<@Nullable Object>> next() {
            List<List<@Nullable Object>> rows = result.next();
            if (rows.isEmpty()) {
                ended.accept(result.sessionChanges());
            }
            return rows;
        }

        @Override
        public @Nullable String done() {
            return result.updateType()
                    .map(type -> Results.done(type, result.updateCount()))
                    .orElse(null);
        }

        @Override
        public void cancel() {
            result.cancel();
        }

        @Override
        public void close() {
            result.close();
        }
    }

    @Override
    public void close() {
        lakehouse.close();
    }
}
