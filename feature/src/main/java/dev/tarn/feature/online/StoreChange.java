package dev.tarn.feature.online;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One frame of the embedded store's log.
sealed interface StoreChange {
    record Append(OnlineStore.Batch batch) implements StoreChange {}

    record Serve(String view, String space) implements StoreChange {}

    record Drop(String space) implements StoreChange {}

    record Expire(String space, long untilUs) implements StoreChange {}

    record Written(long upTo) implements StoreChange {}

    /// All events of one entity; stands only in snapshots.
    record Whole(String space, String key, OnlineStore.Events events) implements StoreChange {}

    /// The position of a space; stands only in snapshots.
    record At(String space, String position) implements StoreChange {}

    /// A pushed row with its number; stands only in snapshots.
    record Pending(OnlineStore.Pushed pushed) implements StoreChange {}

    /// The number of the last pushed row; stands only in snapshots.
    record Count(long lastPushed) implements StoreChange {}

    default void writeTo(DataOutputStream out) throws IOException {
        switch (this) {
            case Append(OnlineStore.Batch batch) -> {
                out.writeByte(1);
                write(batch, out);
            }
            case Serve(String view, String space) -> {
                out.writeByte(2);
                text(out, view);
                text(out, space);
            }
            case Drop(String space) -> {
                out.writeByte(3);
                text(out, space);
            }
            case Expire(String space, long untilUs) -> {
                out.writeByte(4);
                text(out, space);
                out.writeLong(untilUs);
            }
            case Written(long upTo) -> {
                out.writeByte(5);
                out.writeLong(upTo);
            }
            case Whole(String space, String key, OnlineStore.Events events) -> {
                out.writeByte(6);
                text(out, space);
                text(out, key);
                out.writeInt(events.length());
                out.write(events.bytes(), 0, events.length());
            }
            case At(String space, String position) -> {
                out.writeByte(7);
                text(out, space);
                text(out, position);
            }
            case Pending(OnlineStore.Pushed pushed) -> {
                out.writeByte(8);
                out.writeLong(pushed.number());
                text(out, pushed.row());
            }
            case Count(long lastPushed) -> {
                out.writeByte(9);
                out.writeLong(lastPushed);
            }
        }
    }

    static StoreChange read(DataInputStream in) throws IOException {
        int kind = in.readByte();
        return switch (kind) {
            case 1 -> new Append(batch(in));
            case 2 -> new Serve(text(in), text(in));
            case 3 -> new Drop(text(in));
            case 4 -> new Expire(text(in), in.readLong());
            case 5 -> new Written(in.readLong());
            case 6 -> {
                String space = text(in);
                String key = text(in);
                byte[] bytes = in.readNBytes(in.readInt());
                yield new Whole(space, key, new OnlineStore.Events(bytes, bytes.length));
            }
            case 7 -> new At(text(in), text(in));
            case 8 -> new Pending(new OnlineStore.Pushed(in.readLong(), text(in)));
            case 9 -> new Count(in.readLong());
            default ->
                throw new TarnException(ErrorCode.WAREHOUSE_TOO_NEW, "the online store was written by a newer Tarn");
        };
    }

    private static void write(OnlineStore.Batch batch, DataOutputStream out) throws IOException {
        out.writeInt(batch.spaces().size());
        for (OnlineStore.Rows rows : batch.spaces()) {
            text(out, rows.space());
            out.writeInt(rows.rows().size());
            for (OnlineStore.Row row : rows.rows()) {
                text(out, row.key());
                out.writeLong(row.timeUs());
                out.writeInt(row.event().length);
                out.write(row.event());
            }
        }
        out.writeBoolean(batch.position().isPresent());
        if (batch.position().isPresent()) {
            text(out, batch.position().get());
        }
        out.writeInt(batch.pushed().size());
        for (String row : batch.pushed()) {
            text(out, row);
        }
    }

    private static OnlineStore.Batch batch(DataInputStream in) throws IOException {
        List<OnlineStore.Rows> spaces = new ArrayList<>();
        for (int s = in.readInt(); s > 0; s--) {
            String space = text(in);
            List<OnlineStore.Row> rows = new ArrayList<>();
            for (int r = in.readInt(); r > 0; r--) {
                rows.add(new OnlineStore.Row(text(in), in.readLong(), in.readNBytes(in.readInt())));
            }
            spaces.add(new OnlineStore.Rows(space, rows));
        }
        Optional<String> position = in.readBoolean() ? Optional.of(text(in)) : Optional.empty();
        List<String> pushed = new ArrayList<>();
        for (int p = in.readInt(); p > 0; p--) {
            pushed.add(text(in));
        }
        return new OnlineStore.Batch(spaces, position, pushed);
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String text(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }
}
