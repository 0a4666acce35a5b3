package dev.tarn.query.compile;

/// DuckDB's lambdas.
final class Lambdas {
    private Lambdas() {}

    /// A name that no column has.
    ///
    /// @param depth how many lambdas stand around it
    static String variable(int depth) {
        return "\"#" + depth + "\"";
    }

    /// `list_transform`, unless it would change nothing.
    ///
    /// @param element SQL over the variable
    static String transform(String list, String variable, String element) {
        return element.equals(variable)
                ? list
                : "list_transform(" + list + ", lambda " + variable + ": " + element + ")";
    }

    /// Whether a list has an element for which `condition` holds.
    static String any(String list, String variable, String condition) {
        return "len(list_filter(" + list + ", lambda " + variable + ": " + condition + ")) > 0";
    }
}
