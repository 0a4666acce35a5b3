package dev.tarn.serve.predict;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.model.ServedModel;
import dev.tarn.core.model.ServedModels;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The version that an alias points at, kept loaded. Requests in flight end with the version they began with;
/// a version that fails to load leaves the one before it serving.
final class LiveModel {
    private static final Logger log = LoggerFactory.getLogger(LiveModel.class);

    private final ServedModels models;
    private final String model;
    private final String alias;
    private final Consumer<ServedModel> check;
    private final ReentrantLock loading = new ReentrantLock();
    private volatile @Nullable ServedModel current;
    /// What [ServedModels#changes] said when the alias was last looked up.
    private volatile long seen;
    private volatile long failedVersion = -1;
    private volatile String lastError = "";

    /// @param check throws when a version does not suit the service, which then counts as one that does not load
    LiveModel(ServedModels models, String model, String alias, Consumer<ServedModel> check) {
        this.models = models;
        this.model = model;
        this.alias = alias;
        this.check = check;
    }

    String alias() {
        return alias;
    }

    /// Why the version that the alias points at is not the one that serves; empty when it is.
    String lastError() {
        return lastError;
    }

    /// The model to answer with now: that of the version which the alias points at when it is asked for, or, while
    /// that cannot be loaded, the one before it.
    ///
    /// @throws TarnException `UNAVAILABLE` or `MODEL_INVALID` when none was ever loaded
    ServedModel get() {
        long changes = models.changes();
        ServedModel now = current;
        if (now != null && seen == changes) {
            return now;
        }
        loading.lock();
        try {
            ServedModel before = current;
            if (before == null) {
                ServedModel first = load(firstVersion());
                current = first;
                seen = changes;
                return first;
            }
            if (seen != changes) {
                refresh();
                seen = changes;
            }
            return Objects.requireNonNull(current);
        } finally {
            loading.unlock();
        }
    }

    /// A service without a model is there, and cannot answer yet.
    private long firstVersion() {
        try {
            return models.version(model, alias);
        } catch (TarnException e) {
            if (e.code() != ErrorCode.NOT_FOUND) {
                throw e;
            }
            throw new TarnException(ErrorCode.UNAVAILABLE, "there is no model to answer with: " + e.describe(), e);
        }
    }

    private ServedModel load(long version) {
        ServedModel loaded = models.load(model, version);
        check.accept(loaded);
        return loaded;
    }

    /// Looks where the alias points and loads what is there.
    void refresh() {
        ServedModel before = current;
        try {
            long version = models.version(model, alias);
            if (before != null && before.version() == version) {
                lastError = "";
                return;
            }
            if (version != failedVersion) {
                try {
                    current = load(version);
                    lastError = "";
                    log.info("{}@{} is now version {}", model, alias, version);
                } catch (RuntimeException e) {
                    failedVersion = version;
                    throw e;
                }
            }
        } catch (RuntimeException e) {
            lastError = e instanceof TarnException own ? own.describe() : String.valueOf(e.getMessage());
            log.warn("{}@{} cannot be loaded, the version before it goes on serving: {}", model, alias, lastError);
        }
    }
}
