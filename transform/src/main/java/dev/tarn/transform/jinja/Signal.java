package dev.tarn.transform.jinja;

import org.jspecify.annotations.Nullable;

/// Leaves a loop or a macro early.
sealed class Signal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private Signal() {
        super(null, null, false, false);
    }

    static final class Break extends Signal {
        private static final long serialVersionUID = 1L;
    }

    static final class Continue extends Signal {
        private static final long serialVersionUID = 1L;
    }

    /// dbt's `return(value)`: ends the macro, whose result is the value itself and not its text.
    static final class Return extends Signal {
        private static final long serialVersionUID = 1L;
        private final transient @Nullable Object value;

        Return(@Nullable Object value) {
            this.value = value;
        }

        @Nullable
        Object value() {
            return value;
        }
    }
}
