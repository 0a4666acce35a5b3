package dev.tarn.core.model;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.util.List;

/// A registry without models.
record NoModels() implements ServedModels {
    @Override
    public List<String> names() {
        return List.of();
    }

    @Override
    public long version(String model, String alias) {
        throw missing(model);
    }

    @Override
    public ServedModel load(String model, long version) {
        throw missing(model);
    }

    private static TarnException missing(String model) {
        return new TarnException(ErrorCode.NOT_FOUND, "there is no registered model '" + model + "'");
    }
}
