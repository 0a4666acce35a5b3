package dev.tarn.transform.run;

import dev.tarn.core.digest.Sha256;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.lake.Lake;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QuerySession;
import dev.tarn.query.lineage.ColumnLineage;
import dev.tarn.transform.context.Invocation;
import dev.tarn.transform.context.Invocation.EventTimes;
import dev.tarn.transform.context.SqlTexts;
import dev.tarn.transform.context.Warehouse;
import dev.tarn.transform.jinja.Python;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.NodeWords;
import dev.tarn.transform.project.ResourceType;
import dev.tarn.transform.project.SourceTable;
import dev.tarn.transform.run.NodeCompiler.Incremental;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/// A project's nodes as pieces of work: what each reads and makes, and how to carry it out on a branch.
public final class ProjectRun {
    /// Functions whose value differs from one time to the next although no input has changed.
    private static final Pattern VOLATILE = Pattern.compile(
            "\\b(now|current_timestamp|current_date|current_time|localtime|localtimestamp|random|rand|uuid|shuffle)\\b",
            Pattern.CASE_INSENSITIVE);

    private final Manifest manifest;
    private final Invocation invocation;
    private final NodeCompiler compiler;
    private final JinjaMaterializer materializer;
    private final List<NodeResult> results = new ArrayList<>();
    private final Lake lake;
    private final Supplier<QueryEngine> engine;

    /// @param engine asked for when the first node needs it
    public ProjectRun(Manifest manifest, Invocation invocation, Lake lake, Supplier<QueryEngine> engine) {
        this.manifest = manifest;
        this.invocation = invocation;
        this.compiler = new NodeCompiler(manifest, invocation, System.getenv());
        this.materializer = new JinjaMaterializer(
                manifest.macros(), manifest.root().name(), manifest.packages().keySet());
        this.lake = lake;
        this.engine = engine;
    }

    /// The nodes that make or check something, in the manifest's order; ephemeral models only lend their code.
    public List<Work> works() {
        List<Work> works = new ArrayList<>();
        for (Node node : manifest.nodes().values()) {
            if (node.type() != ResourceType.ANALYSIS
                    && (node.type() == ResourceType.OPERATION
                            || node.type() == ResourceType.UNIT_TEST
                            || !node.config().materialized().equals("ephemeral"))) {
                works.add(new Work(node));
            }
        }
        return works;
    }

    /// How the nodes went that have been carried out so far, in the order in which they ended.
    public List<NodeResult> results() {
        synchronized (results) {
            return List.copyOf(results);
        }
    }

    /// One node's work.
    public final class Work {
        private final Node node;
        private volatile String compiled = "";

        private Work(Node node) {
            this.node = node;
        }

        public Node node() {
            return node;
        }

        /// Unique within the project: the table's name, or the test's or hook's id.
        public String name() {
            return makesRelation(node) ? node.relation().tableName() : node.uniqueId();
        }

        /// Tables and views that it reads, `schema.name`.
        public Set<String> inputs() {
            Set<String> inputs = new LinkedHashSet<>();
            // A unit test needs the columns of what its model reads, and not the model.
            addInputs(
                    node.type() == ResourceType.UNIT_TEST
                            ? manifest.node(node.dependsOn().iterator().next())
                            : node,
                    inputs);
            return inputs;
        }

        /// Names of the work that comes first although nothing of it is read: what runs at the start of a run, and
        /// for what runs at its end everything.
        public Set<String> after() {
            Set<String> names = new LinkedHashSet<>();
            boolean atEnd = isHook(node, NodeWords.ON_RUN_END);
            for (Node other : manifest.nodes().values()) {
                if (other.uniqueId().equals(node.uniqueId())) {
                    if (node.type() == ResourceType.OPERATION) {
                        break;
                    }
                    continue;
                }
                if (isHook(other, NodeWords.ON_RUN_START)) {
                    names.add(other.uniqueId());
                }
            }
            if (atEnd) {
                addAllBefore(names);
            }
            return names;
        }

        private void addAllBefore(Set<String> names) {
            for (Work work : works()) {
                if (work.node().uniqueId().equals(node.uniqueId())) {
                    continue;
                }
                if (!isHook(work.node(), NodeWords.ON_RUN_END) || position(work.node()) < position(node)) {
                    names.add(work.name());
                }
            }
        }

        /// The table or view that it makes; none for a test.
        public Set<String> outputs() {
            return makesRelation(node) ? Set.of(node.relation().tableName()) : Set.of();
        }

        /// Identifies what the work does, apart from what its inputs hold; empty when it must be done every
        /// time.
        public Optional<String> fingerprint(String branch, Identity identity) {
            if (invocation.fullRefresh()
                    || (Microbatches.is(node) && !invocation.eventTimes().equals(EventTimes.CONFIGURED))
                    || node.type() == ResourceType.OPERATION
                    || node.type() == ResourceType.UNIT_TEST
                    || materializer.isForeign(node)) {
                return Optional.empty();
            }
            String code = node.type() == ResourceType.SEED
                    ? SeedLoader.read(node)
                    : compiler.compile(node, warehouse(branch, identity), Incremental.ASSUMED)
                            .sql();
            if (VOLATILE.matcher(code).find()) {
                return Optional.empty();
            }
            // What a model of the registry predicts changes with its version, though no code does.
            String predicting = node.config().materialized().equals("prediction")
                    ? "SELECT predict.\""
                            + String.valueOf(node.config().get("predict")).replace("\"", "\"\"") + "\"()"
                    : code;
            String predictions = predicting.contains("predict")
                    ? engine.get().predictions(predicting).toString()
                    : "";
            return Optional.of(Sha256.hex(code + predictions + "\n"
                    + Python.repr(new TreeMap<>(node.config().asMap()))));
        }

        /// Its code as it would run, for people to compare from one version to the next.
        public Optional<String> definition(String branch, Identity identity) {
            return node.type() == ResourceType.SEED
                    ? Optional.empty()
                    : Optional.of(compiler.compile(node, warehouse(branch, identity), Incremental.ASSUMED)
                            .sql()
                            .strip());
        }

        /// Where the columns of what it makes come from, table by table; empty for a seed and for what makes no table.
        ///
        /// @throws TarnException when what it reads is not there
        public Optional<ColumnLineage> lineage(String branch, Identity identity) {
            return readCode(branch, identity).map(code -> ProjectRun.this.lineage(code, branch, identity));
        }

        /// The query behind what it makes, as it is the first time; empty for a seed and for what makes no table.
        public Optional<String> readCode(String branch, Identity identity) {
            return switch (node.type()) {
                case MODEL, SNAPSHOT ->
                    Optional.of(compiler.compile(node, warehouse(branch, identity), Incremental.NEVER)
                            .sql());
                case SEED, TEST, UNIT_TEST, OPERATION, ANALYSIS, SOURCE, EXPOSURE -> Optional.empty();
            };
        }

        /// Carries it out.
        public Outcome run(String branch, Identity identity) {
            Instant started = Instant.now();
            try {
                Outcome outcome = carriedOut(warehouse(branch, identity));
                boolean test = node.type() == ResourceType.TEST || node.type() == ResourceType.UNIT_TEST;
                String status = !test ? "success" : outcome.message().startsWith("warning") ? "warn" : "pass";
                add(new NodeResult(
                        node,
                        status,
                        outcome.message(),
                        test ? outcome.rows() : OptionalLong.empty(),
                        test ? OptionalLong.empty() : outcome.rows(),
                        outcome.sql(),
                        started,
                        Duration.between(started, Instant.now())));
                return outcome;
            } catch (TarnException e) {
                add(new NodeResult(
                        node,
                        e.code() == ErrorCode.CHECK_FAILED ? "fail" : "error",
                        e.describe(),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        compiled,
                        started,
                        Duration.between(started, Instant.now())));
                throw e;
            }
        }

        private void add(NodeResult result) {
            synchronized (results) {
                results.add(result);
            }
        }

        private Outcome carriedOut(Warehouse warehouse) {
            return switch (node.type()) {
                case SEED -> new SeedLoader(warehouse).load(node);
                case TEST -> new TestRunner(warehouse, invocation.storeFailures()).run(compiled(warehouse));
                case MODEL -> model(warehouse);
                case SNAPSHOT -> new Snapshots(warehouse).update(compiled(warehouse), invocation);
                case OPERATION -> hook(warehouse);
                case UNIT_TEST -> new UnitTests(manifest, compiler, warehouse).run(node);
                case ANALYSIS, SOURCE, EXPOSURE -> throw new IllegalStateException(node.uniqueId());
            };
        }

        private Outcome hook(Warehouse warehouse) {
            Set<String> schemas = new TreeSet<>();
            manifest.nodes().values().stream()
                    .filter(ProjectRun::makesRelation)
                    .forEach(each -> schemas.add(String.valueOf(each.relation().schema())));
            String sql = compiler.hook(node, warehouse, results(), schemas);
            SqlTexts.split(sql).forEach(warehouse::execute);
            return new Outcome(OptionalLong.empty(), "hook", sql);
        }

        private Outcome model(Warehouse warehouse) {
            warehouse.createSchema(String.valueOf(node.relation().schema()));
            if (Microbatches.is(node)) {
                return batches(warehouse);
            }
            CompiledNode sql = compiled(warehouse);
            return materializer.materialize(sql, compiler.materializing(node, new LocatingWarehouse(warehouse, sql)));
        }

        private CompiledNode compiled(Warehouse warehouse) {
            return noted(compiler.compile(node, warehouse, Incremental.IF_POSSIBLE));
        }

        /// What is known of the SQL also when it then fails.
        private CompiledNode noted(CompiledNode sql) {
            compiled = sql.sql();
            return sql;
        }

        /// One batch after the other; all of them become visible with the run's publish.
        private Outcome batches(Warehouse warehouse) {
            long rows = 0;
            List<Microbatches.Batch> batches =
                    Microbatches.of(node, invocation, compiler.isIncremental(node, warehouse));
            for (Microbatches.Batch batch : batches) {
                try {
                    CompiledNode sql = noted(compiler.compile(node, warehouse, batch));
                    rows += materializer
                            .materialize(
                                    sql, compiler.materializing(node, new LocatingWarehouse(warehouse, sql), batch))
                            .rows()
                            .orElse(0);
                } catch (TarnException e) {
                    throw e.in("batch", batch.id());
                }
            }
            String count = batches.size() == 1 ? "1 batch" : batches.size() + " batches";
            return new Outcome(OptionalLong.of(rows), "microbatch, " + count, compiled);
        }
    }

    private static boolean isHook(Node node, String when) {
        return node.type() == ResourceType.OPERATION && node.config().tags().contains(when);
    }

    private int position(Node node) {
        return List.copyOf(manifest.nodes().keySet()).indexOf(node.uniqueId());
    }

    private static boolean makesRelation(Node node) {
        return switch (node.type()) {
            case MODEL, SEED, SNAPSHOT -> true;
            case TEST, UNIT_TEST, SOURCE, EXPOSURE, ANALYSIS, OPERATION -> false;
        };
    }

    private void addInputs(Node node, Set<String> inputs) {
        for (String id : node.dependsOn()) {
            Node other = manifest.node(id);
            if (other.config().materialized().equals("ephemeral")) {
                addInputs(other, inputs);
            } else {
                inputs.add(other.relation().tableName());
            }
        }
        for (String id : node.sources()) {
            SourceTable source = manifest.sources().get(id);
            if (source != null) {
                inputs.add(source.relation().tableName());
            }
        }
    }

    /// Where the columns of a query come from, on a branch.
    public ColumnLineage lineage(String query, String branch, Identity identity) {
        return engine.get().lineage(session(branch, identity), query);
    }

    /// The invocation that this is.
    public Invocation invocation() {
        return invocation;
    }

    /// The lake on a branch, as templates use it.
    public Warehouse warehouse(String branch, Identity identity) {
        return new LakeWarehouse(engine, session(branch, identity), lake.branch(branch));
    }

    /// Models are to give the same on every machine, so the session's zone is not the machine's.
    private static QuerySession session(String branch, Identity identity) {
        return QuerySession.of(identity).withBranch(branch).withZone(ZoneOffset.UTC);
    }

    /// A node's SQL as it would run on a branch.
    public CompiledNode compile(Node node, String branch, Identity identity) {
        return compiler.compile(node, warehouse(branch, identity), Incremental.IF_POSSIBLE);
    }
}
