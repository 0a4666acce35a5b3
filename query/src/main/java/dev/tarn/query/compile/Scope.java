package dev.tarn.query.compile;

/// Where an expression finds the SQL of the symbols it refers to.
@FunctionalInterface
interface Scope {
    /// The SQL of a symbol.
    String sql(String symbol);

    /// Symbols under their own names: columns of FROM, of an outer query, or of a lambda.
    static Scope names() {
        return Select::name;
    }
}
