package dev.tarn.server;

import dev.tarn.core.http.Face;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.govern.lineage.ColumnGraph.Direction;
import dev.tarn.server.pipeline.ColumnPaths;
import dev.tarn.server.pipeline.Pipeline;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// `/api/lineage`: where columns come from and go to.
final class LineageFace implements Face {
    private final Lakehouse lakehouse;

    LineageFace(Lakehouse lakehouse) {
        this.lakehouse = lakehouse;
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route("GET", "/api/lineage/{schema}/{table}", this::table),
                new Route("GET", "/api/lineage/{schema}/{table}/{column}", this::column));
    }

    @Override
    public Response error(Request request, Throwable failure) {
        return ErrorResponses.json(failure);
    }

    private Response table(Request request) {
        return paths(request, request.pathParam("schema") + "." + request.pathParam("table"));
    }

    private Response column(Request request) {
        return paths(
                request,
                request.pathParam("schema") + "." + request.pathParam("table") + "." + request.pathParam("column"));
    }

    private Response paths(Request request, String asked) {
        String way = request.queryParam("direction");
        Set<Direction> directions = way == null
                ? EnumSet.allOf(Direction.class)
                : EnumSet.of(way.equals("down") ? Direction.DOWN : Direction.UP);
        String branch = request.queryParam("branch");
        Pipeline pipeline = Pipeline.load(lakehouse, false, message -> {});
        ColumnPaths paths = ColumnPaths.of(
                pipeline.lineage(branch == null ? "main" : branch, request.identity()),
                asked,
                directions,
                !"true".equals(request.queryParam("direct")));
        return Response.json(200, paths.json().toString());
    }
}
