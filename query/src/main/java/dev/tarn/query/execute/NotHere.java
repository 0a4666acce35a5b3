package dev.tarn.query.execute;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import io.trino.spi.StandardErrorCode;
import io.trino.spi.TrinoException;
import io.trino.spi.resourcegroups.QueryType;
import io.trino.sql.tree.Analyze;
import io.trino.sql.tree.CreateTableAsSelect;
import io.trino.sql.tree.Statement;
import io.trino.sql.tree.TableExecute;
import io.trino.util.StatementUtils;
import java.util.Locale;

/// Statements that Trino's parser knows and the embedded engine does not carry out.
final class NotHere {
    private NotHere() {}

    /// Refuses a statement that would change something in a way nobody here carries out.
    ///
    /// @param statement of a kind for which there is no task
    static void check(Statement statement) {
        if (isDefinition(statement) && !(statement instanceof CreateTableAsSelect)) {
            throw new TrinoException(
                    StandardErrorCode.NOT_SUPPORTED,
                    words(statement) + " is not supported here; a Trino cluster over the same catalog can run it");
        }
    }

    /// Refuses what is no query where only one will do.
    static void checkQuery(Statement statement) {
        if (isDefinition(statement)) {
            throw new TarnException(
                    ErrorCode.SQL_INVALID, "A query is expected here, not a statement that changes something");
        }
    }

    private static boolean isDefinition(Statement statement) {
        // ANALYZE has a type of its own there.
        boolean defines = StatementUtils.getQueryType(statement)
                .filter(type -> type == QueryType.DATA_DEFINITION)
                .isPresent();
        return statement instanceof Analyze || (defines && !(statement instanceof TableExecute));
    }

    /// `CREATE FUNCTION` of a `CreateFunction`.
    private static String words(Statement statement) {
        return statement
                .getClass()
                .getSimpleName()
                .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
                .toUpperCase(Locale.ROOT);
    }
}
