package dev.tarn.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CronTest {
    private static final ZoneId UTC = ZoneId.of("UTC");

    @Test
    void theNextTimeIsFound() {
        assertThat(next("0 3 * * 1", "2026-03-10T12:00:00Z")).isEqualTo("2026-03-16T03:00:00Z");
        assertThat(next("0 3 * * mon-fri", "2026-03-13T03:00:00Z")).isEqualTo("2026-03-16T03:00:00Z");
        assertThat(next("*/20 * * * *", "2026-03-10T12:40:00Z")).isEqualTo("2026-03-10T13:00:00Z");
        assertThat(next("5,10 0 1 jan *", "2026-01-01T00:05:00Z")).isEqualTo("2026-01-01T00:10:00Z");
        assertThat(next("0 0 29 2 *", "2096-03-01T00:00:00Z")).isEqualTo("2104-02-29T00:00:00Z");
        // Either day, when both are restricted; Sunday is 0 and 7.
        assertThat(next("0 0 13 * 7", "2026-03-10T00:00:00Z")).isEqualTo("2026-03-13T00:00:00Z");
        assertThat(next("0 0 20 * 0", "2026-03-10T00:00:00Z")).isEqualTo("2026-03-15T00:00:00Z");
    }

    @Test
    void clocksThatChangeSkipAndRepeatNothing() {
        ZoneId paris = ZoneId.of("Europe/Paris");
        Cron daily = Cron.parse("30 2 * * *");
        assertThat(daily.next(Instant.parse("2026-03-28T12:00:00Z"), paris))
                .contains(Instant.parse("2026-03-29T01:30:00Z"));
        Instant autumn =
                daily.next(Instant.parse("2026-10-24T12:00:00Z"), paris).orElseThrow();
        assertThat(autumn).isEqualTo(Instant.parse("2026-10-25T00:30:00Z"));
        assertThat(daily.next(autumn, paris)).contains(Instant.parse("2026-10-26T01:30:00Z"));
    }

    @Test
    void whatHappensEveryHourHappensInTheHourThatComesTwice() {
        ZoneId paris = ZoneId.of("Europe/Paris");
        Cron halfHourly = Cron.parse("*/30 * * * *");
        List<String> times = new ArrayList<>();
        Instant at = Instant.parse("2026-10-25T00:00:00Z");
        for (int i = 0; i < 5; i++) {
            at = halfHourly.next(at, paris).orElseThrow();
            times.add(at.toString());
        }
        assertThat(times)
                .containsExactly(
                        "2026-10-25T00:30:00Z",
                        "2026-10-25T01:00:00Z",
                        "2026-10-25T01:30:00Z",
                        "2026-10-25T02:00:00Z",
                        "2026-10-25T02:30:00Z");
        // In spring an hour is left out, and nothing with it.
        Instant spring = Instant.parse("2026-03-29T00:30:00Z");
        assertThat(halfHourly.next(spring, paris)).contains(Instant.parse("2026-03-29T01:00:00Z"));
        assertThat(halfHourly.next(Instant.parse("2026-03-29T01:00:00Z"), paris))
                .contains(Instant.parse("2026-03-29T01:30:00Z"));
    }

    @Test
    void whatIsNoScheduleIsNamed() {
        assertThatThrownBy(() -> Cron.parse("0 3 * *")).hasMessageContaining("five fields");
        assertThatThrownBy(() -> Cron.parse("60 3 * * *")).hasMessageContaining("minute '60' is not from 0 to 59");
        assertThatThrownBy(() -> Cron.parse("0 3 * * fryday")).hasMessageContaining("day of the week 'fryday'");
        assertThatThrownBy(() -> Cron.parse("0 5-3 * * *")).hasMessageContaining("is no range");
        assertThatThrownBy(() -> Cron.parse("0 0 30 2 *")).hasMessageContaining("never happens");
        assertThatThrownBy(() -> Cron.parse("*/0 * * * *")).hasMessageContaining("'0' is not from 1");
    }

    private static String next(String cron, String after) {
        return Cron.parse(cron).next(Instant.parse(after), UTC).orElseThrow().toString();
    }
}
