package dev.tarn.ingest.generate;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// Cities in which cards are used.
final class Places {
    private record Place(String city, String state, int zip, double latitude, double longitude) {}

    private static final List<Place> ALL = List.of(
            new Place("Los Angeles", "CA", 90001, 34.05, -118.24),
            new Place("San Diego", "CA", 92101, 32.72, -117.16),
            new Place("San Francisco", "CA", 94102, 37.77, -122.42),
            new Place("Houston", "TX", 77002, 29.76, -95.37),
            new Place("Dallas", "TX", 75201, 32.78, -96.8),
            new Place("Austin", "TX", 78701, 30.27, -97.74),
            new Place("New York", "NY", 10001, 40.71, -74.01),
            new Place("Brooklyn", "NY", 11201, 40.68, -73.94),
            new Place("Buffalo", "NY", 14201, 42.89, -78.88),
            new Place("Miami", "FL", 33101, 25.76, -80.19),
            new Place("Orlando", "FL", 32801, 28.54, -81.38),
            new Place("Tampa", "FL", 33602, 27.95, -82.46),
            new Place("Chicago", "IL", 60601, 41.88, -87.63),
            new Place("Columbus", "OH", 43085, 39.96, -83.0),
            new Place("Cleveland", "OH", 44101, 41.5, -81.69),
            new Place("Charlotte", "NC", 28202, 35.23, -80.84),
            new Place("Philadelphia", "PA", 19102, 39.95, -75.17),
            new Place("Pittsburgh", "PA", 15201, 40.44, -80.0),
            new Place("Atlanta", "GA", 30303, 33.75, -84.39),
            new Place("Detroit", "MI", 48201, 42.33, -83.05),
            new Place("Indianapolis", "IN", 46201, 39.77, -86.16),
            new Place("Newark", "NJ", 7102, 40.74, -74.17),
            new Place("Seattle", "WA", 98101, 47.61, -122.33),
            new Place("Nashville", "TN", 37201, 36.16, -86.78),
            new Place("Richmond", "VA", 23218, 37.54, -77.44),
            new Place("Saint Louis", "MO", 63101, 38.63, -90.2),
            new Place("Minneapolis", "MN", 55401, 44.98, -93.27),
            new Place("Phoenix", "AZ", 85001, 33.45, -112.07),
            new Place("Baltimore", "MD", 21201, 39.29, -76.61),
            new Place("Columbia", "SC", 29201, 34.0, -81.03),
            new Place("Birmingham", "AL", 35203, 33.52, -86.8),
            new Place("Denver", "CO", 80202, 39.74, -104.99),
            new Place("New Orleans", "LA", 70112, 29.95, -90.07),
            new Place("Milwaukee", "WI", 53202, 43.04, -87.91),
            new Place("Des Moines", "IA", 50309, 41.59, -93.62),
            new Place("Oklahoma City", "OK", 73102, 35.47, -97.52),
            new Place("Louisville", "KY", 40202, 38.25, -85.76),
            new Place("Boston", "MA", 2108, 42.36, -71.06),
            new Place("Hartford", "CT", 6103, 41.77, -72.67),
            new Place("Portland", "OR", 97201, 45.52, -122.68));

    private static final List<byte[]> LINES = ALL.stream()
            // Zip codes as the real files have them: read as a floating-point number once too often.
            .map(place -> place.city() + "," + place.state() + "," + place.zip() + ".0,")
            .map(text -> text.getBytes(StandardCharsets.US_ASCII))
            .toList();

    static final int COUNT = ALL.size();

    private Places() {}

    /// City, state and zip as fields of a line, each followed by a comma.
    static byte[] line(int place) {
        return LINES.get(place);
    }

    static double latitude(int place) {
        return ALL.get(place).latitude();
    }

    static double longitude(int place) {
        return ALL.get(place).longitude();
    }
}
