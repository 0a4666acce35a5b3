package dev.tarn.server.pipeline;

import dev.tarn.core.digest.Sha256;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.govern.lineage.ColumnGraph;
import dev.tarn.govern.lineage.KeptLineage;
import dev.tarn.ingest.FileSource;
import dev.tarn.ingest.Source;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.query.lineage.ColumnLineage;
import dev.tarn.query.lineage.ColumnLineage.Input;
import dev.tarn.query.lineage.ColumnLineage.Output;
import dev.tarn.query.lineage.ColumnLineage.Use;
import dev.tarn.server.Lakehouse;
import dev.tarn.transform.run.ProjectRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SchemaParser;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.NoSuchViewException;
import org.apache.iceberg.types.Types;

/// Where the columns of all of a project's tables come from, from the files' columns on. What has not changed since
/// it was last worked out is not worked out again.
final class ProjectLineage {
    private static final String MAIN = "main";
    private static final String PROVENANCE = "_";

    private final Lakehouse lakehouse;
    private final List<Source> sources;
    private final ProjectRun models;

    ProjectLineage(Lakehouse lakehouse, List<Source> sources, ProjectRun models) {
        this.lakehouse = lakehouse;
        this.sources = sources;
        this.models = models;
    }

    /// What is known of the tables on a branch.
    ///
    /// @param tables lineage by table
    /// @param unknown why nothing is known of a table, such as that what it reads has not been made yet
    record Known(Map<String, ColumnLineage> tables, Map<String, String> unknown) {
        ColumnGraph graph() {
            return ColumnGraph.of(tables);
        }
    }

    Known of(String branch, Identity identity) {
        LakeCatalog catalog = lakehouse.lake().branch(branch);
        Map<String, ColumnLineage> tables = new LinkedHashMap<>();
        for (Source source : sources) {
            switch (source) {
                case FileSource files ->
                    schema(catalog, files.name()).ifPresent(schema -> tables.put(files.name(), loaded(files, schema)));
            }
        }
        Map<String, String> unknown = new LinkedHashMap<>();
        KeptLineage store = KeptLineage.open(lakehouse.lake().database());
        Map<String, KeptLineage.Entry> kept = store.all();
        Map<String, KeptLineage.Entry> learnt = new LinkedHashMap<>();
        for (ProjectRun.Work work : models.works()) {
            for (String table : work.outputs()) {
                try {
                    Optional<String> code = work.readCode(branch, identity);
                    if (code.isEmpty()) {
                        continue;
                    }
                    String madeFrom = digest(catalog, code.get(), work);
                    KeptLineage.Entry entry = kept.get(table);
                    if (entry == null || !entry.madeFrom().equals(madeFrom)) {
                        entry = new KeptLineage.Entry(madeFrom, models.lineage(code.get(), branch, identity));
                        learnt.put(table, entry);
                    }
                    tables.put(table, entry.lineage());
                } catch (TarnException e) {
                    unknown.put(table, e.describe());
                }
            }
        }
        if (branch.equals(MAIN)) {
            store.keep(learnt);
        }
        return new Known(tables, unknown);
    }

    /// A table's columns are its files' columns, read as types.
    private ColumnLineage loaded(FileSource source, Schema schema) {
        List<Output> columns = new ArrayList<>();
        for (Types.NestedField field : schema.columns()) {
            List<Input> inputs = field.name().startsWith(PROVENANCE)
                    ? List.of()
                    : source.paths().stream()
                            .map(path -> new Input(shown(path), field.name(), Use.IDENTITY))
                            .toList();
            columns.add(new Output(field.name(), field.type().toString(), inputs));
        }
        return new ColumnLineage(columns, List.of());
    }

    private String shown(Path path) {
        Path folder = lakehouse.project().folder();
        return (path.startsWith(folder) ? folder.relativize(path) : path).toString();
    }

    private static String digest(LakeCatalog catalog, String code, ProjectRun.Work work) {
        StringBuilder all = new StringBuilder(code);
        for (String input : work.inputs()) {
            all.append('\n')
                    .append(input)
                    .append(schema(catalog, input).map(SchemaParser::toJson).orElse(""));
        }
        return Sha256.hex(all.toString());
    }

    private static Optional<Schema> schema(LakeCatalog catalog, String name) {
        TableIdentifier identifier = TableIdentifier.parse(name);
        try {
            return Optional.of(catalog.loadTable(identifier).schema());
        } catch (NoSuchTableException | NoSuchNamespaceException e) {
            try {
                return Optional.of(catalog.loadView(identifier).schema());
            } catch (NoSuchViewException | NoSuchNamespaceException none) {
                return Optional.empty();
            }
        }
    }
}
