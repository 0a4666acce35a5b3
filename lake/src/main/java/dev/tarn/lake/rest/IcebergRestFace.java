package dev.tarn.lake.rest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.http.Face;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.lake.catalog.LakeCatalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.rest.CatalogHandlers;
import org.apache.iceberg.rest.Endpoint;
import org.apache.iceberg.rest.RESTCatalogProperties.SnapshotMode;
import org.apache.iceberg.rest.requests.CommitTransactionRequest;
import org.apache.iceberg.rest.requests.CreateNamespaceRequest;
import org.apache.iceberg.rest.requests.CreateTableRequest;
import org.apache.iceberg.rest.requests.CreateViewRequest;
import org.apache.iceberg.rest.requests.RegisterTableRequest;
import org.apache.iceberg.rest.requests.RegisterViewRequest;
import org.apache.iceberg.rest.requests.RenameTableRequest;
import org.apache.iceberg.rest.requests.ReportMetricsRequest;
import org.apache.iceberg.rest.requests.UpdateNamespacePropertiesRequest;
import org.apache.iceberg.rest.requests.UpdateTableRequest;
import org.apache.iceberg.rest.responses.ConfigResponse;
import org.apache.iceberg.rest.responses.LoadTableResponse;
import org.apache.iceberg.rest.responses.LoadViewResponse;
import org.jspecify.annotations.Nullable;

/// Iceberg's REST catalog protocol. The prefix in its paths is a branch of the catalog, `main` unless the client
/// asks for another as its warehouse.
public final class IcebergRestFace implements Face {
    /// Where the protocol's paths start.
    public static final String BASE = "/iceberg";

    private static final char LEVELS = '\u001f';
    private static final int PAGE_SIZE_MAX = 1000;

    private final Lake lake;
    private final Idempotency idempotency;
    private final List<Operation> operations;

    /// One of the protocol's operations, as advertised to clients and as a route.
    private record Operation(Endpoint endpoint, Route.Handler handler) {}

    public IcebergRestFace(Lake lake) {
        this.lake = lake;
        this.idempotency = new Idempotency(lake.database());
        this.operations = List.of(
                new Operation(Endpoint.V1_LIST_NAMESPACES, this::listNamespaces),
                new Operation(Endpoint.V1_CREATE_NAMESPACE, once(this::createNamespace)),
                new Operation(Endpoint.V1_LOAD_NAMESPACE, this::loadNamespace),
                new Operation(Endpoint.V1_NAMESPACE_EXISTS, this::namespaceExists),
                new Operation(Endpoint.V1_DELETE_NAMESPACE, once(this::dropNamespace)),
                new Operation(Endpoint.V1_UPDATE_NAMESPACE, once(this::updateNamespace)),
                new Operation(Endpoint.V1_LIST_TABLES, this::listTables),
                new Operation(Endpoint.V1_CREATE_TABLE, once(this::createTable)),
                new Operation(Endpoint.V1_LOAD_TABLE, this::loadTable),
                new Operation(Endpoint.V1_TABLE_EXISTS, this::tableExists),
                new Operation(Endpoint.V1_UPDATE_TABLE, once(this::updateTable)),
                new Operation(Endpoint.V1_DELETE_TABLE, once(this::dropTable)),
                new Operation(Endpoint.V1_REGISTER_TABLE, once(this::registerTable)),
                new Operation(Endpoint.V1_RENAME_TABLE, once(this::renameTable)),
                new Operation(Endpoint.V1_REPORT_METRICS, this::reportMetrics),
                new Operation(Endpoint.V1_COMMIT_TRANSACTION, once(this::commitTransaction)),
                new Operation(Endpoint.V1_LIST_VIEWS, this::listViews),
                new Operation(Endpoint.V1_CREATE_VIEW, once(this::createView)),
                new Operation(Endpoint.V1_LOAD_VIEW, this::loadView),
                new Operation(Endpoint.V1_VIEW_EXISTS, this::viewExists),
                new Operation(Endpoint.V1_UPDATE_VIEW, once(this::updateView)),
                new Operation(Endpoint.V1_DELETE_VIEW, once(this::dropView)),
                new Operation(Endpoint.V1_REGISTER_VIEW, once(this::registerView)),
                new Operation(Endpoint.V1_RENAME_VIEW, once(this::renameView)));
    }

    @Override
    public List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        routes.add(new Route("GET", BASE + "/v1/config", answering(this::config)));
        for (Operation each : operations) {
            routes.add(new Route(each.endpoint.httpMethod(), BASE + each.endpoint.path(), answering(each.handler)));
        }
        return routes;
    }

    @Override
    public Response error(Request request, Throwable failure) {
        return RestErrors.response(failure);
    }

    /// Iceberg's own exceptions are answers of the protocol, not failures of the server.
    private Route.Handler answering(Route.Handler handler) {
        return request -> {
            try {
                return handler.handle(request);
            } catch (RuntimeException e) {
                return error(request, e);
            }
        };
    }

    private Route.Handler once(Route.Handler handler) {
        return request -> idempotency.once(request, handler);
    }

    // Configuration

    private Response config(Request request) {
        ConfigResponse.Builder config = ConfigResponse.builder()
                .withOverride("prefix", branchOfWarehouse(request.queryParam("warehouse")))
                .withIdempotencyKeyLifetime(Idempotency.LIFETIME.toString())
                .withEndpoints(operations.stream().map(Operation::endpoint).toList());
        return json(config.build());
    }

    /// Clients name a warehouse freely: a branch's name means that branch, the lake's own names mean main.
    private String branchOfWarehouse(@Nullable String warehouse) {
        if (warehouse == null || warehouse.isEmpty()) {
            return Branches.MAIN;
        }
        boolean own = warehouse.equals(lake.name())
                || warehouse.equals(lake.warehouse())
                || lake.warehouse().equals("file://" + warehouse);
        return own ? Branches.MAIN : lake.branch(warehouse).branch();
    }

    // Namespaces

    private Response listNamespaces(Request request) {
        String parent = request.queryParam("parent");
        Namespace namespace = parent == null || parent.isEmpty() ? Namespace.empty() : levels(parent);
        Page page = Page.of(request);
        return json(
                page == null
                        ? CatalogHandlers.listNamespaces(catalog(request), namespace)
                        : CatalogHandlers.listNamespaces(catalog(request), namespace, page.token, page.size));
    }

    private Response createNamespace(Request request) throws Exception {
        return json(CatalogHandlers.createNamespace(
                catalog(request), RestJson.read(request, CreateNamespaceRequest.class)));
    }

    private Response loadNamespace(Request request) {
        return json(CatalogHandlers.loadNamespace(catalog(request), namespace(request)));
    }

    private Response namespaceExists(Request request) {
        CatalogHandlers.namespaceExists(catalog(request), namespace(request));
        return Response.of(204);
    }

    private Response dropNamespace(Request request) {
        CatalogHandlers.dropNamespace(catalog(request), namespace(request));
        return Response.of(204);
    }

    private Response updateNamespace(Request request) throws Exception {
        return json(CatalogHandlers.updateNamespaceProperties(
                catalog(request), namespace(request), RestJson.read(request, UpdateNamespacePropertiesRequest.class)));
    }

    // Tables

    private Response listTables(Request request) {
        Page page = Page.of(request);
        return json(
                page == null
                        ? CatalogHandlers.listTables(catalog(request), namespace(request))
                        : CatalogHandlers.listTables(catalog(request), namespace(request), page.token, page.size));
    }

    private Response createTable(Request request) throws Exception {
        CreateTableRequest create = RestJson.read(request, CreateTableRequest.class);
        LakeCatalog catalog = catalog(request);
        CatalogHandlers.namespaceExists(catalog, namespace(request));
        return table(
                request,
                create.stageCreate()
                        ? CatalogHandlers.stageTableCreate(catalog, namespace(request), create)
                        : CatalogHandlers.createTable(catalog, namespace(request), create));
    }

    private Response loadTable(Request request) {
        String mode = request.queryParam("snapshots");
        SnapshotMode snapshots = mode == null ? SnapshotMode.ALL : SnapshotMode.valueOf(mode.toUpperCase(Locale.ROOT));
        LakeCatalog catalog = catalog(request);
        TableIdentifier table = table(request);
        String known = request.header("If-None-Match");
        if (known != null) {
            // A lost metadata file must not hide behind the client's copy.
            String now = catalog.metadataLocation(table)
                    .filter(location -> lake.io().newInputFile(location).exists())
                    .map(location -> etag(location, request))
                    .orElse("");
            if (now.equals(known)) {
                return Response.of(304).with("ETag", now);
            }
        }
        return table(request, CatalogHandlers.loadTable(catalog, table, snapshots));
    }

    private Response tableExists(Request request) {
        CatalogHandlers.tableExists(catalog(request), table(request));
        return Response.of(204);
    }

    private Response updateTable(Request request) throws Exception {
        JsonNode body = RestJson.tree(request);
        RestJson.sign(body, request.identity());
        UpdateTableRequest update = RestJson.read(body, UpdateTableRequest.class);
        return table(request, CatalogHandlers.updateTable(catalog(request), table(request), update));
    }

    private Response dropTable(Request request) {
        if (Boolean.parseBoolean(request.queryParam("purgeRequested"))) {
            CatalogHandlers.purgeTable(catalog(request), table(request));
        } else {
            CatalogHandlers.dropTable(catalog(request), table(request));
        }
        return Response.of(204);
    }

    private Response registerTable(Request request) throws Exception {
        return table(
                request,
                CatalogHandlers.registerTable(
                        catalog(request), namespace(request), RestJson.read(request, RegisterTableRequest.class)));
    }

    private Response renameTable(Request request) throws Exception {
        CatalogHandlers.renameTable(catalog(request), RestJson.read(request, RenameTableRequest.class));
        return Response.of(204);
    }

    private Response reportMetrics(Request request) throws Exception {
        // Checked and let go: clients expect to be able to send it.
        RestJson.read(request, ReportMetricsRequest.class);
        return Response.of(204);
    }

    private Response commitTransaction(Request request) throws Exception {
        JsonNode body = RestJson.tree(request);
        body.path("table-changes").forEach(change -> RestJson.sign(change, request.identity()));
        catalog(request)
                .commit(RestJson.read(body, CommitTransactionRequest.class).tableChanges());
        return Response.of(204);
    }

    // Views

    private Response listViews(Request request) {
        Page page = Page.of(request);
        return json(
                page == null
                        ? CatalogHandlers.listViews(catalog(request), namespace(request))
                        : CatalogHandlers.listViews(catalog(request), namespace(request), page.token, page.size));
    }

    private Response createView(Request request) throws Exception {
        LakeCatalog catalog = catalog(request);
        CatalogHandlers.namespaceExists(catalog, namespace(request));
        LoadViewResponse view = CatalogHandlers.createView(
                catalog, namespace(request), RestJson.read(request, CreateViewRequest.class));
        return json(view);
    }

    private Response loadView(Request request) {
        return json(CatalogHandlers.loadView(catalog(request), view(request)));
    }

    private Response viewExists(Request request) {
        CatalogHandlers.viewExists(catalog(request), view(request));
        return Response.of(204);
    }

    private Response updateView(Request request) throws Exception {
        return json(CatalogHandlers.updateView(
                catalog(request), view(request), RestJson.read(request, UpdateTableRequest.class)));
    }

    private Response dropView(Request request) {
        CatalogHandlers.dropView(catalog(request), view(request));
        return Response.of(204);
    }

    private Response registerView(Request request) throws Exception {
        return json(CatalogHandlers.registerView(
                catalog(request), namespace(request), RestJson.read(request, RegisterViewRequest.class)));
    }

    private Response renameView(Request request) throws Exception {
        CatalogHandlers.renameView(catalog(request), RestJson.read(request, RenameTableRequest.class));
        return Response.of(204);
    }

    // What requests name

    private LakeCatalog catalog(Request request) {
        return lake.branch(request.pathParam("prefix")).as(request.identity());
    }

    private static Namespace namespace(Request request) {
        return levels(request.pathParam("namespace"));
    }

    private static Namespace levels(String text) {
        return Namespace.of(text.split(String.valueOf(LEVELS), -1));
    }

    private static TableIdentifier table(Request request) {
        return TableIdentifier.of(namespace(request), request.pathParam("table"));
    }

    private static TableIdentifier view(Request request) {
        return TableIdentifier.of(namespace(request), request.pathParam("view"));
    }

    /// The page that a client asked for, if it asked for pages at all.
    private record Page(String token, String size) {
        static @Nullable Page of(Request request) {
            String token = request.queryParam("pageToken");
            String size = request.queryParam("pageSize");
            if (token == null && size == null) {
                return null;
            }
            return new Page(
                    String.valueOf(number(token, "pageToken", 0, Integer.MAX_VALUE)),
                    String.valueOf(number(size, "pageSize", PAGE_SIZE_MAX, PAGE_SIZE_MAX)));
        }

        private static int number(@Nullable String text, String name, int otherwise, int max) {
            if (text == null || text.isEmpty()) {
                return otherwise;
            }
            try {
                return Math.min(Integer.parseUnsignedInt(text), max);
            } catch (NumberFormatException e) {
                throw new TarnException(ErrorCode.BAD_REQUEST, name + " is '" + text + "', which is not a number", e);
            }
        }
    }

    // Answers

    private static Response json(Object body) {
        return Response.json(200, RestJson.bytes(body));
    }

    private static Response table(Request request, LoadTableResponse table) {
        Response response = json(table);
        String location = table.metadataLocation();
        return location == null ? response : response.with("ETag", etag(location, request));
    }

    /// A tag of the table's state and of how much of it the answer holds.
    private static String etag(String metadataLocation, Request request) {
        String file = metadataLocation.substring(metadataLocation.lastIndexOf('/') + 1);
        return '"' + file + ("refs".equals(request.queryParam("snapshots")) ? "-refs" : "") + '"';
    }
}
