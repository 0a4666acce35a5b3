package dev.tarn.transform.run;

import dev.tarn.transform.jinja.Rendered;
import dev.tarn.transform.project.Node;

/// A node's SQL, ready to run.
///
/// @param sql in Trino's words, with the code of ephemeral models it refers to in front
/// @param rendered the node's own part, with its lines
/// @param linesBefore lines of the SQL before the node's own part
public record CompiledNode(Node node, String sql, Rendered rendered, int linesBefore) {
    /// Where a node's compiled SQL goes, below `target`.
    public static String file(Node node) {
        String name = node.path().endsWith(".sql") ? "" : "/" + node.name() + ".sql";
        return "compiled/" + node.packageName() + "/" + node.path() + name;
    }

    /// The line of the node's file from which a line of the SQL comes; 1 for what is not of the file.
    public int sourceLine(int sqlLine) {
        return sqlLine <= linesBefore ? 1 : rendered.sourceLine(sqlLine - linesBefore);
    }
}
