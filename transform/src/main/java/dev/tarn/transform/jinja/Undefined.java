package dev.tarn.transform.jinja;

/// What a name without a value is. As in dbt it is false, empty, prints as nothing, and so are its attributes;
/// calling it or calculating with it is an error that names it.
public record Undefined(String name) {
    /// The error of using it where a value is needed.
    public JinjaException used() {
        return new JinjaException("'" + name + "' is undefined");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Undefined;
    }

    @Override
    public int hashCode() {
        return 0;
    }

    @Override
    public String toString() {
        return "";
    }
}
