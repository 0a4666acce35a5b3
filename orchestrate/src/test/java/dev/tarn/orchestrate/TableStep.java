package dev.tarn.orchestrate;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.LakeCatalog;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/// Makes a table, or commits once more to the one that is there.
final class TableStep implements Step {
    private static final Schema SCHEMA = new Schema(Types.NestedField.required(1, "id", Types.LongType.get()));

    private final Lake lake;
    private final String name;
    private final Set<Asset> inputs;
    private final String code;
    private final AtomicInteger runs = new AtomicInteger();
    private Work work = context -> {};
    private boolean fails;
    private @Nullable String noteKind;
    private String notePayload = "";

    TableStep(Lake lake, String name, String code, String... inputs) {
        this.lake = lake;
        this.name = name;
        this.code = code;
        this.inputs = Arrays.stream(inputs).map(Asset::table).collect(Collectors.toSet());
    }

    /// What else a step does.
    interface Work {
        void run(StepContext context) throws Exception;
    }

    /// Does something more, once its table was made.
    TableStep doing(Work newWork) {
        work = newWork;
        return this;
    }

    /// Fails after its table was made.
    TableStep failing() {
        fails = true;
        return this;
    }

    /// Moves something beside the table.
    TableStep noting(String kind, String payload) {
        noteKind = kind;
        notePayload = payload;
        return this;
    }

    int runs() {
        return runs.get();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public StepKind kind() {
        return StepKind.MODEL;
    }

    @Override
    public Set<Asset> inputs() {
        return inputs;
    }

    @Override
    public Set<Asset> outputs() {
        return Set.of(Asset.table(name));
    }

    @Override
    public Optional<String> fingerprint(StepContext context) {
        return code.isEmpty() ? Optional.empty() : Optional.of(code);
    }

    @Override
    public StepResult run(StepContext context) throws Exception {
        runs.incrementAndGet();
        LakeCatalog catalog = lake.branch(context.branch());
        TableIdentifier id = TableIdentifier.parse(name);
        Table table = catalog.tableExists(id) ? catalog.loadTable(id) : catalog.createTable(id, SCHEMA);
        table.newAppend().commit();
        String kind = noteKind;
        if (kind != null) {
            context.atPublish().accept(handle -> context.undoable(handle, kind, notePayload));
        }
        work.run(context);
        if (fails) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "no such column");
        }
        return StepResult.of(1, "made");
    }
}
