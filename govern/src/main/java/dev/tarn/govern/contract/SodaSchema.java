package dev.tarn.govern.contract;

import dev.tarn.core.config.Section;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What a schema check of Soda's looks for, as the shapes that the table must have.
final class SodaSchema {
    /// Names of types in other databases that mean one of Trino's.
    private static final Map<String, String> TYPES = Map.of(
            "text", "varchar",
            "string", "varchar",
            "character varying", "varchar",
            "int", "integer",
            "long", "bigint",
            "double precision", "double",
            "float", "real",
            "numeric", "decimal",
            "timestamp without time zone", "timestamp",
            "timestamptz", "timestamp with time zone");

    private SodaSchema() {}

    static List<Shape> shapes(Section given) {
        List<Shape> shapes = new ArrayList<>();
        given.strings("when required column missing")
                .forEach(name -> shapes.add(new Shape.Has(name, Optional.empty())));
        given.strings("when forbidden column present")
                .forEach(name -> shapes.add(
                        name.contains("*") || name.contains("%") ? new Shape.LacksLike(name) : new Shape.Lacks(name)));
        given.optionalSection("when wrong column type")
                .ifPresent(types -> types.asStrings()
                        .forEach((name, type) -> shapes.add(new Shape.Typed(
                                name, List.of(TYPES.getOrDefault(type.toLowerCase(Locale.ROOT), type))))));
        given.optionalSection("when wrong column index")
                .ifPresent(places -> places.keys()
                        .forEach(name -> shapes.add(
                                new Shape.Has(name, Optional.of(places.integer(name, 0, 0, Short.MAX_VALUE))))));
        if (given.has("when schema changes")) {
            throw given.error(
                    "when schema changes",
                    "is not known here, as the contract says what the columns are; use Great Expectations' "
                            + "expect_table_columns_to_match_set");
        }
        return shapes;
    }

    static String words(Shape shape) {
        return switch (shape) {
            case Shape.Has(String column, Optional<Integer> place) ->
                place.map(at -> column + " is at place " + at).orElse("has column " + column);
            case Shape.Lacks(String column) -> "has no column " + column;
            case Shape.LacksLike(String pattern) -> "has no column like " + pattern;
            case Shape.Typed(String column, List<String> types) -> column + " is " + String.join(" or ", types);
            case Shape.Count count -> "column count";
            case Shape.Ordered ordered -> "columns in order";
            case Shape.Columns columns -> "columns";
        };
    }
}
