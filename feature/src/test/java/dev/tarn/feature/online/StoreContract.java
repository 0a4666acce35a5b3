package dev.tarn.feature.online;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.feature.online.OnlineStore.Batch;
import dev.tarn.feature.online.OnlineStore.Events;
import dev.tarn.feature.online.OnlineStore.Row;
import dev.tarn.feature.online.OnlineStore.Rows;
import dev.tarn.feature.window.EventCodec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What every online store does. Each test starts with an empty one.
abstract class StoreContract {
    OnlineStore store;

    /// Opens the store; when one was closed before, the same again.
    abstract OnlineStore open();

    @BeforeEach
    void openStore() {
        store = open();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void keepsEventsOfAnEntityEqualOnesToo() {
        append("s", row("a", 1), row("b", 2), row("a", 1), row("a", 3));
        append("s", row("a", 1));
        assertThat(times("s", "a")).containsExactlyInAnyOrder(1L, 1L, 1L, 3L);
        assertThat(times("s", "b")).containsExactly(2L);
        assertThat(times("s", "c")).isEmpty();
        assertThat(times("other", "a")).isEmpty();
        assertThat(store.read("s", List.of("b", "none", "a"), Long.MIN_VALUE))
                .extracting(events -> times(events).size())
                .containsExactly(1, 0, 4);
    }

    @Test
    void readsAtLeastWhatIsAfterATime() {
        append("s", row("a", 1), row("a", 5), row("a", 9));
        assertThat(times(store.read("s", List.of("a"), 5).getFirst())).contains(9L);
    }

    @Test
    void movesThePositionWithTheRows() {
        assertThat(store.position("s")).isEmpty();
        store.append(new Batch(List.of(new Rows("s", List.of(row("a", 1)))), Optional.of("one"), List.of()));
        append("s", row("a", 2));
        assertThat(store.position("s")).contains("one");
        assertThat(store.position("t")).isEmpty();
    }

    @Test
    void servesOneSpaceAfterTheOther() {
        append("v@1", row("a", 1));
        append("v@2", row("a", 2));
        store.serve("v", "v@1");
        assertThat(store.serving("v")).contains("v@1");
        store.serve("v", "v@2");
        store.drop("v@1");
        assertThat(store.serving("v")).contains("v@2");
        assertThat(times("v@1", "a")).isEmpty();
        assertThat(times("v@2", "a")).containsExactly(2L);
        assertThat(store.spaces()).containsExactly("v@2");
    }

    @Test
    void forgetsWhatIsTooOld() {
        append("s", row("a", 1), row("a", 5), row("b", 5), row("c", 6));
        append("t", row("a", 1));
        store.expire("s", 5);
        assertThat(times("s", "a")).isEmpty();
        assertThat(times("s", "b")).isEmpty();
        assertThat(times("s", "c")).containsExactly(6L);
        assertThat(times("t", "a")).containsExactly(1L);
        append("s", row("a", 7));
        assertThat(times("s", "a")).containsExactly(7L);
    }

    @Test
    void keepsPushedRowsUntilTheyAreWritten() {
        store.append(new Batch(List.of(new Rows("s", List.of(row("a", 1)))), Optional.empty(), List.of("x", "y")));
        store.append(new Batch(List.of(new Rows("s", List.of(row("a", 2)))), Optional.empty(), List.of("z")));
        List<OnlineStore.Pushed> two = store.pushed(2);
        assertThat(two).extracting(OnlineStore.Pushed::row).containsExactly("x", "y");
        store.written(two.getLast().number());
        reopen();
        assertThat(store.pushed(10)).extracting(OnlineStore.Pushed::row).containsExactly("z");
        long last = store.pushed(10).getLast().number();
        store.written(last);
        store.append(new Batch(List.of(new Rows("s", List.of())), Optional.empty(), List.of("w")));
        reopen();
        assertThat(store.pushed(10).getFirst().number()).isGreaterThan(last);
    }

    @Test
    void isTheSameAfterItWasClosed() {
        store.append(new Batch(
                List.of(new Rows("s", List.of(row("a", 1), row("a", 2))), new Rows("t", List.of(row("ä:\"*", 3)))),
                Optional.of("there"),
                List.of("p")));
        store.serve("v", "s");
        store.expire("s", 1);
        reopen();
        assertThat(times("s", "a")).containsExactly(2L);
        assertThat(times("t", "ä:\"*")).containsExactly(3L);
        assertThat(store.position("s")).contains("there");
        assertThat(store.serving("v")).contains("s");
        assertThat(store.pushed(10)).extracting(OnlineStore.Pushed::row).containsExactly("p");
    }

    @Test
    void losesNothingWhenManyWriteAtOnce() throws InterruptedException {
        int threads = 8;
        int each = 50;
        CountDownLatch done = new CountDownLatch(threads);
        for (int thread = 0; thread < threads; thread++) {
            int from = thread * each;
            Thread.startVirtualThread(() -> {
                for (int i = 0; i < each; i++) {
                    append("s", row("a", from + i), row("k" + i, from));
                }
                done.countDown();
            });
        }
        done.await();
        assertThat(times("s", "a")).hasSize(threads * each).doesNotHaveDuplicates();
        reopen();
        assertThat(times("s", "a")).hasSize(threads * each).doesNotHaveDuplicates();
    }

    void reopen() {
        store.close();
        store = open();
    }

    void append(String space, Row... rows) {
        store.append(new Batch(List.of(new Rows(space, List.of(rows))), Optional.empty(), List.of()));
    }

    List<Long> times(String space, String key) {
        return times(store.read(space, List.of(key), Long.MIN_VALUE).getFirst());
    }

    static List<Long> times(Events events) {
        List<Long> times = new ArrayList<>();
        for (int at = 0; at < events.length(); at += EventCodec.length(events.bytes(), at)) {
            times.add(EventCodec.time(events.bytes(), at));
        }
        return times;
    }

    /// An event without measures.
    static Row row(String key, long time) {
        ByteBuffer event = ByteBuffer.allocate(28).order(ByteOrder.LITTLE_ENDIAN);
        event.putInt(24).putLong(time).putLong(time).putLong(0);
        return new Row(key, time, event.array());
    }
}
