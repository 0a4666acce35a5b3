package dev.tarn.query.plan;

import dev.tarn.core.config.Nearest;
import io.trino.Session;
import io.trino.metadata.Metadata;
import io.trino.metadata.QualifiedObjectName;
import io.trino.metadata.QualifiedTablePrefix;
import io.trino.spi.ErrorCode;
import io.trino.spi.TrinoException;
import io.trino.spi.function.FunctionMetadata;
import io.trino.sql.tree.AliasedRelation;
import io.trino.sql.tree.DefaultTraversalVisitor;
import io.trino.sql.tree.Identifier;
import io.trino.sql.tree.Insert;
import io.trino.sql.tree.Node;
import io.trino.sql.tree.QualifiedName;
import io.trino.sql.tree.SingleColumn;
import io.trino.sql.tree.Statement;
import io.trino.sql.tree.Table;
import io.trino.sql.tree.WithQuery;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a person may have meant by a name that the analyzer did not find.
public final class NearNames {
    private static final int NAMES_MAX = 3;
    private static final int CANDIDATES_MAX = 100_000;

    /// The name in Trino's messages: in quotes, or the last word.
    private static final Pattern QUOTED = Pattern.compile("'([^']+)'");

    private static final Pattern LAST =
            Pattern.compile("(?:target table: |reference |target column )(\\S+?)(?: doesn't exist)?$");

    private final Metadata metadata;

    NearNames(Metadata metadata) {
        this.metadata = metadata;
    }

    /// Names near the one that a failure says is missing, as they would be written in its place.
    ///
    /// @param session in a transaction
    public List<String> of(Session session, Statement statement, TrinoException failure) {
        String message = failure.getRawMessage();
        Optional<String> word = missing(message);
        if (word.isEmpty()) {
            return List.of();
        }
        return switch (failure.getErrorCode().getName()) {
            case "COLUMN_NOT_FOUND" -> near(word.get(), columns(session, statement, word.get()));
            case "TABLE_NOT_FOUND" ->
                message.contains("Unable to resolve reference")
                        ? near(word.get(), mentioned(statement).tables().keySet())
                        : tables(session, mentioned(statement).with(), word.get());
            case "SCHEMA_NOT_FOUND" -> near(word.get(), schemas(session, word.get()));
            case "CATALOG_NOT_FOUND" ->
                near(
                        word.get(),
                        metadata.listCatalogs(session).stream()
                                .map(catalog -> catalog.catalogName().toString())
                                .toList());
            case "FUNCTION_NOT_FOUND" ->
                near(
                        word.get(),
                        metadata.listGlobalFunctions(session).stream()
                                .map(FunctionMetadata::getCanonicalName)
                                .filter(name -> !name.startsWith("$"))
                                .toList());
            default -> List.of();
        };
    }

    private static List<String> near(String word, Collection<String> candidates) {
        return Nearest.some(word, candidates, NAMES_MAX).stream()
                .filter(name -> !name.equalsIgnoreCase(word))
                .toList();
    }

    /// Whether a failure is about a name that does not exist.
    public static boolean isAbout(ErrorCode code) {
        return switch (code.getName()) {
            case "COLUMN_NOT_FOUND", "TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND", "FUNCTION_NOT_FOUND" ->
                true;
            default -> false;
        };
    }

    private static Optional<String> missing(String message) {
        for (Pattern pattern : List.of(QUOTED, LAST)) {
            Matcher matcher = pattern.matcher(message);
            if (matcher.find()) {
                return Optional.of(matcher.group(1));
            }
        }
        return Optional.empty();
    }

    /// Columns of every relation that the statement names; with the relation's name before them if the word has one.
    private Collection<String> columns(Session session, Statement statement, String word) {
        Mentioned mentioned = mentioned(statement);
        Set<String> names = new LinkedHashSet<>();
        boolean qualified = word.contains(".");
        mentioned.tables().forEach((name, table) -> {
            for (String column : columns(session, table)) {
                names.add(qualified ? name + "." + column : column);
            }
        });
        if (!qualified) {
            names.addAll(mentioned.aliases());
        }
        return names;
    }

    private List<String> columns(Session session, QualifiedName table) {
        Optional<QualifiedObjectName> name = objectName(session, table);
        if (name.isEmpty()) {
            return List.of();
        }
        var view = metadata.getView(session, name.get());
        if (view.isPresent()) {
            return view.get().getColumns().stream().map(column -> column.name()).toList();
        }
        return metadata.getTableHandle(session, name.get())
                .map(handle ->
                        List.copyOf(metadata.getColumnHandles(session, handle).keySet()))
                .orElse(List.of());
    }

    private static Optional<QualifiedObjectName> objectName(Session session, QualifiedName table) {
        List<String> parts = table.getParts();
        int count = parts.size();
        Optional<String> schema = count > 1 ? Optional.of(parts.get(count - 2)) : session.getSchema();
        Optional<String> catalog = count > 2 ? Optional.of(parts.get(count - 3)) : session.getCatalog();
        return schema.isEmpty() || catalog.isEmpty()
                ? Optional.empty()
                : Optional.of(new QualifiedObjectName(catalog.get(), schema.get(), parts.getLast()));
    }

    /// Near names in the schema that was looked in and among those of WITH, then the same name in other schemas.
    private List<String> tables(Session session, Set<String> with, String word) {
        String[] parts = word.split("\\.", 3);
        if (parts.length < 3) {
            return List.of();
        }
        Set<String> beside = new LinkedHashSet<>(with);
        List<String> elsewhere = new ArrayList<>();
        metadata.listTables(session, new QualifiedTablePrefix(parts[0])).stream()
                .limit(CANDIDATES_MAX)
                .forEach(table -> {
                    if (table.schemaName().equals(parts[1])) {
                        beside.add(table.objectName());
                    } else if (table.objectName().equals(parts[2])) {
                        elsewhere.add(table.schemaName() + "." + table.objectName());
                    }
                });
        List<String> near = new ArrayList<>(near(parts[2], beside));
        near.addAll(elsewhere);
        return near.stream().limit(NAMES_MAX).toList();
    }

    private Collection<String> schemas(Session session, String word) {
        int dot = word.indexOf('.');
        String catalog = dot < 0 ? session.getCatalog().orElse("") : word.substring(0, dot);
        return metadata.listSchemaNames(session, catalog).stream()
                .map(schema -> dot < 0 ? schema : catalog + "." + schema)
                .toList();
    }

    /// @param tables by the name that the statement gives them
    /// @param with the names of WITH
    /// @param aliases the names that SELECT lists give to columns
    private record Mentioned(Map<String, QualifiedName> tables, Set<String> with, Set<String> aliases) {}

    private static Mentioned mentioned(Statement statement) {
        Mentioned mentioned = new Mentioned(new LinkedHashMap<>(), new LinkedHashSet<>(), new LinkedHashSet<>());
        new Names(mentioned).process(statement);
        return mentioned;
    }

    private static final class Names extends DefaultTraversalVisitor<Void> {
        private final Mentioned mentioned;

        Names(Mentioned mentioned) {
            this.mentioned = mentioned;
        }

        void process(Statement statement) {
            process((Node) statement, null);
        }

        @Override
        protected Void visitTable(Table table, Void context) {
            mentioned.tables().put(table.getName().getSuffix(), table.getName());
            return super.visitTable(table, null);
        }

        @Override
        protected Void visitInsert(Insert insert, Void context) {
            mentioned.tables().put(insert.getTarget().getSuffix(), insert.getTarget());
            return super.visitInsert(insert, null);
        }

        @Override
        protected Void visitAliasedRelation(AliasedRelation relation, Void context) {
            if (relation.getRelation() instanceof Table table) {
                mentioned.tables().put(lower(relation.getAlias()), table.getName());
                return null;
            }
            return super.visitAliasedRelation(relation, null);
        }

        @Override
        protected Void visitWithQuery(WithQuery query, Void context) {
            mentioned.with().add(lower(query.getName()));
            query.getColumnNames()
                    .ifPresent(
                            names -> names.forEach(name -> mentioned.aliases().add(lower(name))));
            return super.visitWithQuery(query, null);
        }

        @Override
        protected Void visitSingleColumn(SingleColumn column, Void context) {
            column.getAlias().ifPresent(alias -> mentioned.aliases().add(lower(alias)));
            return super.visitSingleColumn(column, null);
        }

        private static String lower(Identifier identifier) {
            return identifier.getValue().toLowerCase(Locale.ROOT);
        }
    }
}
