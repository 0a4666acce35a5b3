package dev.tarn.server.pipeline;

import dev.tarn.ingest.Ingestor;
import dev.tarn.ingest.LoadResult;
import dev.tarn.ingest.Source;
import dev.tarn.orchestrate.Asset;
import dev.tarn.orchestrate.Step;
import dev.tarn.orchestrate.StepContext;
import dev.tarn.orchestrate.StepKind;
import dev.tarn.orchestrate.StepResult;
import dev.tarn.server.Lakehouse;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The steps that load sources into bronze. They look for new files every time.
final class SourceSteps {
    private final Lakehouse lakehouse;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Ingestor ingestor;

    private SourceSteps(Lakehouse lakehouse) {
        this.lakehouse = lakehouse;
    }

    static void add(List<Step> steps, List<Source> sources, Lakehouse lakehouse) {
        SourceSteps all = new SourceSteps(lakehouse);
        sources.forEach(source -> steps.add(all.new Load(source)));
    }

    /// The engine that loads, which starts when the first source needs it.
    private Ingestor ingestor() {
        lock.lock();
        try {
            Ingestor present = ingestor;
            if (present == null) {
                present = new Ingestor(lakehouse.lake(), lakehouse.duckDb());
                ingestor = present;
            }
            return present;
        } finally {
            lock.unlock();
        }
    }

    private final class Load implements Step {
        private final Source source;

        Load(Source source) {
            this.source = source;
        }

        @Override
        public String name() {
            return source.name();
        }

        @Override
        public StepKind kind() {
            return StepKind.SOURCE;
        }

        @Override
        public Set<Asset> inputs() {
            return Set.of();
        }

        @Override
        public Set<Asset> outputs() {
            return Set.of(Asset.table(source.name()), Asset.table(source.name() + "__rejects"));
        }

        /// The list of loaded files: without it a run that goes on with this one's rows would load them again.
        @Override
        public Set<Asset> asides() {
            return Set.of(Asset.table(source.name() + "__files"));
        }

        @Override
        public OptionalLong waiting(StepContext context) {
            return ingestor().waiting(source, context.branch());
        }

        @Override
        public StepResult run(StepContext context) {
            LoadResult result = ingestor()
                    .load(source, context.branch(), context.identity(), (files, filesTotal, rows) -> {
                        context.checkCancelled();
                        context.progress().accept("file " + files + " of " + filesTotal + ", " + rows + " rows");
                    });
            if (result.files() == 0) {
                return StepResult.of(0, "no new files");
            }
            return StepResult.of(
                    result.rows(),
                    result.files()
                            + (result.files() == 1 ? " file" : " files")
                            + (result.rejects() > 0 ? ", " + result.rejects() + " rejected" : ""));
        }
    }
}
