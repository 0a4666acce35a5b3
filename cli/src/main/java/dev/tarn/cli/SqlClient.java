package dev.tarn.cli;

import dev.tarn.core.project.Project;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.server.ServerFile;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where statements of the command line go: to the project's running server, or to an engine in this process.
/// It keeps the session, so that USE and SET SESSION last.
sealed interface SqlClient extends AutoCloseable permits RemoteSql, LocalSql {
    /// A column's name and Trino type.
    record Column(String name, String type) {
        boolean numeric() {
            return type.matches("(tinyint|smallint|integer|bigint|real|double|decimal.*|number.*)");
        }
    }

    /// An answer, read page by page.
    interface Answer extends AutoCloseable {
        /// The columns; empty for a statement without an answer.
        List<Column> columns();

        /// The next rows; empty when there are no more.
        List<List<@Nullable Object>> next();

        /// What the statement did when it was not a query, such as `CREATE TABLE: 12 rows`; null for a query.
        @Nullable
        String done();

        /// Stops the statement; may be called by another thread.
        void cancel();

        @Override
        void close();
    }

    /// Starts a statement. What is wrong with it is thrown here, or when its answer is read.
    Answer execute(String sql);

    @Override
    void close();

    /// The running server of the project, or the project itself.
    static SqlClient of(Project project, String client) {
        return of(project, client, Branches.MAIN);
    }

    /// The running server of the project, or the project itself.
    ///
    /// @param branch the environment to read and write, or `main`
    static SqlClient of(Project project, String client, String branch) {
        return ServerFile.running(project)
                .<SqlClient>map(server -> new RemoteSql(server, client, branch))
                .orElseGet(() -> new LocalSql(project, client, branch));
    }
}
