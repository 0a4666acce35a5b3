package dev.tarn.ingest.read;

import java.util.List;

/// How a CSV file is written.
///
/// @param delimiter empty when it is to be found from the first line: comma, semicolon, tab or bar
/// @param header whether the first record names the columns
/// @param nulls texts that mean null besides the empty unquoted field
public record CsvDialect(
        java.util.Optional<Character> delimiter, char quote, char escape, boolean header, List<String> nulls) {
    /// As in RFC 4180, with a header.
    public static final CsvDialect STANDARD = new CsvDialect(java.util.Optional.empty(), '"', '"', true, List.of());
}
