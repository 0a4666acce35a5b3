package dev.tarn.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.http.Face;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.query.protocol.TrinoFace;
import java.util.List;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotSummary;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Types;

/// Tarn's own API at `/api`: what the other standards have no word for.
final class ApiFace implements Face {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LATEST = 100;

    private final Lakehouse lakehouse;
    private final TrinoFace trino;
    private final MaintenanceLog maintenance;

    ApiFace(Lakehouse lakehouse, TrinoFace trino) {
        this.lakehouse = lakehouse;
        this.trino = trino;
        this.maintenance = MaintenanceLog.open(lakehouse.lake().database());
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route("GET", "/api/project", this::project),
                new Route("GET", "/api/tables", this::tables),
                new Route("GET", "/api/tables/{schema}/{table}", this::table),
                new Route("GET", "/api/branches", this::branches),
                new Route("GET", "/api/publishes", this::publishes),
                new Route("GET", "/api/statements", this::statements),
                new Route("GET", "/api/maintenance", this::maintenance));
    }

    @Override
    public Response error(Request request, Throwable failure) {
        return ErrorResponses.json(failure);
    }

    private Response project(Request request) {
        ObjectNode json = JSON.createObjectNode();
        json.put("name", lakehouse.project().name());
        json.put("folder", lakehouse.project().folder().toString());
        json.put("warehouse", lakehouse.lake().warehouse());
        json.put("user", request.identity().user());
        return Response.json(200, json.toString());
    }

    private Response tables(Request request) {
        ArrayNode json = JSON.createArrayNode();
        for (Tables.Entry entry : Tables.of(catalog(request))) {
            json.addObject()
                    .put("schema", entry.schema())
                    .put("name", entry.name())
                    .put("kind", entry.kind());
        }
        return Response.json(200, json.toString());
    }

    private Response table(Request request) {
        TableIdentifier name =
                TableIdentifier.of(Namespace.of(request.pathParam("schema")), request.pathParam("table"));
        LakeCatalog catalog = catalog(request);
        if (!catalog.tableExists(name)) {
            throw new TarnException(ErrorCode.NOT_FOUND, "there is no table " + name);
        }
        Table table = catalog.loadTable(name);
        ObjectNode json = JSON.createObjectNode();
        json.put("schema", name.namespace().toString());
        json.put("name", name.name());
        json.put("location", table.location());
        ArrayNode columns = json.putArray("columns");
        for (Types.NestedField field : table.schema().columns()) {
            columns.addObject()
                    .put("id", field.fieldId())
                    .put("name", field.name())
                    .put("type", field.type().toString())
                    .put("required", field.isRequired())
                    .put("doc", field.doc());
        }
        json.put("partitioning", table.spec().toString());
        Snapshot snapshot = table.currentSnapshot();
        if (snapshot != null) {
            ObjectNode current = json.putObject("snapshot");
            // An id does not fit the numbers of JavaScript.
            current.put("id", Long.toString(snapshot.snapshotId()));
            current.put(
                    "at",
                    java.time.Instant.ofEpochMilli(snapshot.timestampMillis()).toString());
            current.put("rows", snapshot.summary().get(SnapshotSummary.TOTAL_RECORDS_PROP));
            current.put("files", snapshot.summary().get(SnapshotSummary.TOTAL_DATA_FILES_PROP));
            current.put("user", snapshot.summary().get(LakeCatalog.USER));
        }
        return Response.json(200, json.toString());
    }

    private Response branches(Request request) {
        ArrayNode json = JSON.createArrayNode();
        lakehouse
                .lake()
                .branches()
                .forEach(branch -> json.addObject()
                        .put("name", branch.name())
                        .put("createdAt", branch.createdAt().toString())
                        .put("createdBy", branch.createdBy()));
        return Response.json(200, json.toString());
    }

    private Response publishes(Request request) {
        ArrayNode json = JSON.createArrayNode();
        lakehouse.lake().publishes(LATEST).forEach(publish -> {
            ObjectNode one = json.addObject();
            one.put("id", publish.id());
            one.put("branch", publish.branch());
            one.put("summary", publish.summary());
            one.put("at", publish.publishedAt().toString());
            one.put("by", publish.publishedBy());
            one.put("undoneAt", publish.undoneAt().map(Object::toString).orElse(null));
            ArrayNode changed = one.putArray("changed");
            publish.changes().forEach(change -> changed.add(change.identifier().toString()));
        });
        return Response.json(200, json.toString());
    }

    private Response statements(Request request) {
        ArrayNode json = JSON.createArrayNode();
        trino.statements()
                .forEach(statement -> json.addObject()
                        .put("id", statement.id())
                        .put("state", statement.state())
                        .put("user", statement.identity().user())
                        .put("client", statement.identity().client())
                        .put("sql", statement.sql())
                        .put("createdAt", statement.created().toString())
                        .put("elapsedMs", statement.elapsed().toMillis())
                        .put("rows", statement.rows())
                        .put(
                                "error",
                                statement.error().map(error -> error.message()).orElse(null)));
        return Response.json(200, json.toString());
    }

    private Response maintenance(Request request) {
        ArrayNode json = JSON.createArrayNode();
        maintenance
                .latest(LATEST)
                .forEach(entry -> json.addObject()
                        .put("at", entry.at().toString())
                        .put("subject", entry.subject())
                        .put("work", entry.work())
                        .put("amount", entry.amount())
                        .put("tookMs", entry.tookMs())
                        .put("message", entry.message()));
        return Response.json(200, json.toString());
    }

    private LakeCatalog catalog(Request request) {
        String branch = request.queryParam("branch");
        return branch == null ? lakehouse.lake().main() : lakehouse.lake().branch(branch);
    }
}
