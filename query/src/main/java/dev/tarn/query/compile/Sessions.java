package dev.tarn.query.compile;

import io.trino.Session;
import java.time.LocalDate;
import java.time.ZoneId;

/// What functions may ask of a session.
final class Sessions {
    private Sessions() {}

    /// The day on which the statement began in the session's zone: a time becomes a timestamp of this day.
    static LocalDate day(Session session) {
        return LocalDate.ofInstant(
                session.getStart(), ZoneId.of(session.getTimeZoneKey().getId()));
    }
}
