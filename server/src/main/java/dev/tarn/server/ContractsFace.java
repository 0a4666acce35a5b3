package dev.tarn.server;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.http.Face;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.govern.contract.Contract;
import dev.tarn.govern.contract.ContractResults;
import dev.tarn.govern.contract.Quarantine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.ResultColumn;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jspecify.annotations.Nullable;

/// `/contracts`: a page for each table with a contract, for a person with a browser.
final class ContractsFace implements Face {
    private static final int RESULTS = 5_000;
    private static final int HELD = 20;

    private final Lakehouse lakehouse;
    private final ContractResults results;

    ContractsFace(Lakehouse lakehouse) {
        this.lakehouse = lakehouse;
        this.results = ContractResults.open(lakehouse.lake().database());
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route("GET", "/contracts", this::list),
                new Route("GET", "/contracts/{schema}/{table}", this::table));
    }

    private Response list(Request request) {
        StringBuilder html = new StringBuilder("<h1>Contracts</h1><table><tr><th>table<th>rules<th>status\n");
        for (Contract contract : lakehouse.contracts().all()) {
            for (Contract.Table table : contract.tables()) {
                String name = Page.escape(table.name());
                html.append("<tr><td><a href=\"/contracts/")
                        .append(name.replace('.', '/'))
                        .append("\">")
                        .append(name)
                        .append("</a><td>")
                        .append(table.rules().size())
                        .append("<td>")
                        .append(Page.escape(contract.status()))
                        .append('\n');
            }
        }
        return Page.of(
                lakehouse.project().name(), "Contracts", html.append("</table>").toString());
    }

    private Response table(Request request) {
        String name = request.pathParam("schema") + "." + request.pathParam("table");
        for (Contract contract : lakehouse.contracts().all()) {
            for (Contract.Table table : contract.tables()) {
                if (table.name().equals(name)) {
                    return Page.of(
                            lakehouse.project().name(),
                            name,
                            page(request, contract, table).html());
                }
            }
        }
        throw new TarnException(ErrorCode.NOT_FOUND, name + " has no contract");
    }

    private ContractPage page(Request request, Contract contract, Contract.Table table) {
        String quarantine = table.name() + Quarantine.SUFFIX;
        List<String> columns = new ArrayList<>();
        List<List<@Nullable String>> held = new ArrayList<>();
        if (lakehouse.lake().main().tableExists(TableIdentifier.parse(quarantine))) {
            QuerySession session = QuerySession.of(request.identity()).withZone(ZoneOffset.UTC);
            String quoted = "\"" + quarantine.replace("\"", "\"\"").replace(".", "\".\"") + "\"";
            try (QueryResult result = lakehouse
                    .engine()
                    .execute(session, "SELECT * FROM " + quoted + " ORDER BY _quarantined_at DESC LIMIT " + HELD)) {
                result.columns().stream().map(ResultColumn::name).forEach(columns::add);
                for (List<@Nullable Object> row : result.all()) {
                    List<@Nullable String> texts = new ArrayList<>();
                    row.forEach(value -> texts.add(value == null ? null : value.toString()));
                    held.add(texts);
                }
            }
        }
        return new ContractPage(contract, table, results.ofTable(table.name(), RESULTS), columns, held);
    }

    @Override
    public Response error(Request request, Throwable failure) {
        Response json = ErrorResponses.json(failure);
        return Response.text(json.status(), String.valueOf(failure.getMessage()));
    }
}
