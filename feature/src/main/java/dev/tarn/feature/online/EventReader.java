package dev.tarn.feature.online;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.feature.CompiledView;
import dev.tarn.feature.Relations;
import dev.tarn.feature.window.Cells;
import dev.tarn.feature.window.Measure;
import dev.tarn.feature.window.WholeEvent;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Reads a view's events out of a compiled projection, as rows for the store.
final class EventReader {
    private final ServedView served;
    private final CompiledView view;
    private final Cells cells;
    private final long[] check;

    EventReader(ServedView served) {
        this.served = served;
        this.view = served.view();
        this.cells = new Cells(view.plan());
        this.check = new long[view.plan().stride()];
    }

    /// Reads events in chunks, always in the same order for the same snapshot, so that a chunk's number says
    /// which rows it holds.
    ///
    /// @param afterUs events at or before it are left out
    /// @param skip how many rows were read before
    void read(
            Relations relations,
            Relations.Relation relation,
            long afterUs,
            long skip,
            int chunk,
            Consumer<List<OnlineStore.Row>> to) {
        int columns = columns();
        String events = view.eventsSql(relation, true);
        String sql = "SELECT * FROM (" + events + ")"
                + (afterUs == Long.MIN_VALUE ? "" : " WHERE e > " + afterUs) + " ORDER BY ALL"
                + (skip > 0 ? " OFFSET " + skip : "");
        try (Connection connection = relations.connect();
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(sql)) {
            List<OnlineStore.Row> rows = new ArrayList<>(chunk);
            while (found.next()) {
                rows.add(row(found, columns));
                if (rows.size() == chunk) {
                    to.accept(rows);
                    rows = new ArrayList<>(chunk);
                }
            }
            if (!rows.isEmpty()) {
                to.accept(rows);
            }
        } catch (SQLException e) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "the events cannot be read: " + e.getMessage(), e)
                    .in("feature view", view.view().name());
        }
    }

    private int columns() {
        return view.view().keys().size() + 2 + (view.view().id().isPresent() ? 1 : 0);
    }

    private OnlineStore.Row row(ResultSet found, int firstMeasure) throws SQLException {
        int keys = view.view().keys().size();
        List<String> parts = new ArrayList<>(keys);
        for (int i = 1; i <= keys; i++) {
            parts.add(found.getString(i));
        }
        List<Measure> measures = view.plan().measures();
        WholeEvent event = new WholeEvent(measures.size());
        event.time = found.getLong(keys + 1);
        event.created = found.getLong(keys + 2);
        if (view.view().id().isPresent()) {
            event.id = found.getString(keys + 3);
        }
        for (int i = 0; i < measures.size(); i++) {
            int column = firstMeasure + i + 1;
            switch (measures.get(i).kind()) {
                case LONG -> event.bits[i] = found.getLong(column);
                case DOUBLE -> event.bits[i] = Double.doubleToRawLongBits(found.getDouble(column));
                case TEXT -> event.texts[i] = found.getString(column);
            }
            if (found.wasNull()) {
                event.nulls |= 1L << i;
            }
        }
        // What cannot be summed is refused here, and never reaches the store.
        cells.of(event, check);
        return new OnlineStore.Row(
                EntityKey.of(parts), event.time, served.codec().write(event));
    }
}
