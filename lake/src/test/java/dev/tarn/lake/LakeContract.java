package dev.tarn.lake;

import static dev.tarn.lake.LakeFixture.ANN;
import static dev.tarn.lake.LakeFixture.PAYMENTS;
import static dev.tarn.lake.LakeFixture.SCHEMA;
import static dev.tarn.lake.LakeFixture.SILVER;
import static dev.tarn.lake.LakeFixture.file;
import static dev.tarn.lake.LakeFixture.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.catalog.Branches.Publish;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.lake.catalog.References.Reference;
import dev.tarn.lake.state.DatabaseConfig;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NamespaceNotEmptyException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a lake promises, on whichever database.
abstract class LakeContract {
    private static final TableIdentifier CARDS = TableIdentifier.of(SILVER, "cards");

    @TempDir
    Path folder;

    Lake lake;

    abstract DatabaseConfig database(Path folder);

    @BeforeEach
    void open() {
        lake = Lake.open(new LakeConfig("tarn", folder.resolve("warehouse").toString(), database(folder)));
        lake.main().createNamespace(SILVER, Map.of("owner", "ann"));
    }

    @AfterEach
    void close() {
        lake.close();
    }

    @Test
    void appendsAreSeenByWhoeverLoadsTheTable() {
        Table table = lake.main().createTable(PAYMENTS, SCHEMA);
        long snapshot = lake.append("main", PAYMENTS, List.of(file(table, 3)), Map.of(LakeCatalog.USER, "ann"));

        Table loaded = lake.main().loadTable(PAYMENTS);
        assertThat(loaded.currentSnapshot().snapshotId()).isEqualTo(snapshot);
        assertThat(loaded.currentSnapshot().summary())
                .containsEntry("total-records", "3")
                .containsEntry("tarn.user", "ann");
    }

    @Test
    void aBranchShowsMainUntilItChangesSomething() {
        Table table = lake.main().createTable(PAYMENTS, SCHEMA);
        lake.createBranch("run-1", ANN);
        lake.append("main", PAYMENTS, List.of(file(table, 1)), Map.of());
        LakeCatalog branch = lake.branch("run-1");
        assertThat(rows(branch.loadTable(PAYMENTS))).isEqualTo(1);

        lake.append("run-1", PAYMENTS, List.of(file(table, 10)), Map.of());
        branch.createTable(CARDS, SCHEMA);

        assertThat(rows(branch.loadTable(PAYMENTS))).isEqualTo(11);
        assertThat(rows(lake.main().loadTable(PAYMENTS))).isEqualTo(1);
        assertThat(branch.listTables(SILVER)).containsExactly(CARDS, PAYMENTS);
        assertThat(lake.main().listTables(SILVER)).containsExactly(PAYMENTS);
    }

    @Test
    void publishMovesTablesViewsDropsAndNamespacesTogether() {
        LakeCatalog main = lake.main();
        main.createTable(PAYMENTS, SCHEMA);
        main.createTable(CARDS, SCHEMA);
        lake.createBranch("run-1", ANN);
        LakeCatalog branch = lake.branch("run-1");
        Namespace gold = Namespace.of("gold");
        TableIdentifier view = TableIdentifier.of(gold, "by_month");
        branch.createNamespace(gold);
        branch.buildView(view)
                .withSchema(SCHEMA)
                .withQuery("trino", "SELECT * FROM silver.payments")
                .withDefaultNamespace(SILVER)
                .create();
        branch.loadTable(PAYMENTS)
                .updateSchema()
                .addColumn("city", Types.StringType.get())
                .commit();
        branch.dropTable(CARDS, false);
        assertThat(main.namespaceExists(gold)).isFalse();

        boolean[] hooked = new boolean[1];
        long before = lake.publishNumber();
        Publish publish = lake.publish("run-1", ANN, "first run", handle -> hooked[0] = true);
        long published = otherNumberThan(before);

        assertThat(hooked[0]).isTrue();
        assertThat(publish.changes()).hasSize(3);
        assertThat(main.viewExists(view)).isTrue();
        assertThat(main.tableExists(CARDS)).isFalse();
        assertThat(main.loadTable(PAYMENTS).schema().findField("city")).isNotNull();
        assertThat(lake.branches()).extracting("name").containsExactly("main");

        lake.undo(publish.id(), ANN);
        assertThat(otherNumberThan(published)).isNotEqualTo(before);
        assertThat(main.namespaceExists(gold)).isFalse();
        assertThat(main.tableExists(CARDS)).isTrue();
        assertThat(main.loadTable(PAYMENTS).schema().findField("city")).isNull();
    }

    /// The publish number once it is another one; on PostgreSQL it may be a moment old.
    private long otherNumberThan(long before) {
        long until = System.nanoTime() + 5_000_000_000L;
        while (lake.publishNumber() == before && System.nanoTime() < until) {
            Thread.onSpinWait();
        }
        assertThat(lake.publishNumber()).isNotEqualTo(before);
        return lake.publishNumber();
    }

    @Test
    void publishRefusesWhatMainChangedMeanwhileAndMovesNothing() {
        LakeCatalog main = lake.main();
        Table payments = main.createTable(PAYMENTS, SCHEMA);
        Table cards = main.createTable(CARDS, SCHEMA);
        lake.createBranch("run-1", ANN);
        lake.append("run-1", CARDS, List.of(file(cards, 1)), Map.of());
        lake.append("run-1", PAYMENTS, List.of(file(payments, 1)), Map.of());
        lake.append("main", PAYMENTS, List.of(file(payments, 7)), Map.of());

        assertThatThrownBy(() -> lake.publish("run-1", ANN, "")).isInstanceOfSatisfying(TarnException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.PUBLISH_CONFLICT);
            assertThat(e).hasMessageContaining("silver.payments").hasMessageNotContaining("silver.cards");
        });
        assertThat(rows(main.loadTable(CARDS))).isZero();
        assertThat(rows(main.loadTable(PAYMENTS))).isEqualTo(7);
        assertThat(lake.changes("run-1")).hasSize(2);
    }

    @Test
    void aHookThatFailsUndoesThePublish() {
        lake.createBranch("run-1", ANN);
        lake.branch("run-1").createTable(PAYMENTS, SCHEMA);
        assertThatThrownBy(() -> lake.publish("run-1", ANN, "", handle -> {
                    throw new IllegalStateException("no");
                }))
                .hasMessage("no");
        assertThat(lake.main().tableExists(PAYMENTS)).isFalse();
        assertThat(lake.branch("run-1").tableExists(PAYMENTS)).isTrue();
    }

    @Test
    void severalTablesCommitTogetherOrNotAtAll() {
        Table payments = lake.main().createTable(PAYMENTS, SCHEMA);
        Table cards = lake.main().createTable(CARDS, SCHEMA);
        lake.commit("main", Map.of(), transaction -> {
            transaction
                    .table(PAYMENTS)
                    .newAppend()
                    .appendFile(file(payments, 2))
                    .commit();
            transaction.table(CARDS).newAppend().appendFile(file(cards, 5)).commit();
            return true;
        });
        assertThat(rows(payments)).isEqualTo(2);
        assertThat(rows(cards)).isEqualTo(5);

        assertThatThrownBy(() -> lake.commit("main", Map.of(), transaction -> {
                    transaction
                            .table(PAYMENTS)
                            .newAppend()
                            .appendFile(file(payments, 2))
                            .commit();
                    transaction.alongside(handle -> {
                        throw new IllegalStateException("no");
                    });
                    return true;
                }))
                .hasMessage("no");
        assertThat(rows(payments)).isEqualTo(2);
    }

    @Test
    void oneBadAppendDoesNotFailItsNeighbours() {
        Table table = lake.main().createTable(PAYMENTS, SCHEMA);
        Table other = lake.main()
                .buildTable(CARDS, SCHEMA)
                .withPartitionSpec(PartitionSpec.builderFor(SCHEMA)
                        .withSpecId(1)
                        .identity("id")
                        .build())
                .create();
        other.updateSpec().addField("amount").commit();
        var first = lake.appendLater("main", PAYMENTS, List.of(file(table, 1)), Map.of(), handle -> {});
        var bad = lake.appendLater("main", PAYMENTS, List.of(file(table, 1)), Map.of(), handle -> {
            throw new IllegalStateException("mine alone");
        });
        var last = lake.appendLater("main", PAYMENTS, List.of(file(table, 1)), Map.of(), handle -> {});
        assertThat(first.join()).isPositive();
        assertThat(last.join()).isPositive();
        assertThatThrownBy(bad::join).hasRootCauseMessage("mine alone");
        assertThat(rows(table)).isEqualTo(2);
    }

    @Test
    void aWarehouseThatWasMovedIsNoticed() {
        DatabaseConfig database = database(folder);
        try (Lake first =
                Lake.open(new LakeConfig("tarn", folder.resolve("here").toString(), database))) {
            if (!first.main().namespaceExists(SILVER)) {
                first.main().createNamespace(SILVER);
            }
            first.main().createTable(CARDS, SCHEMA);
        }
        assertThatThrownBy(() ->
                        Lake.open(new LakeConfig("tarn", folder.resolve("there").toString(), database)))
                .isInstanceOfSatisfying(
                        TarnException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIG_INVALID))
                .hasMessageContaining("here");
    }

    @Test
    void namespacesNestAndNamesMayHoldAlmostAnything() {
        LakeCatalog main = lake.main();
        Namespace inner = Namespace.of("silver", "a.b/c ü");
        TableIdentifier odd = TableIdentifier.of(inner, "../x y.z");
        assertThatThrownBy(() -> main.createNamespace(Namespace.of("missing", "inner")))
                .isInstanceOf(NoSuchNamespaceException.class);
        main.createNamespace(inner, Map.of("k", "v"));
        Table table = main.createTable(odd, SCHEMA);
        assertThat(table.location()).startsWith(lake.warehouse() + "/silver/").doesNotContain("..");
        lake.append("main", odd, List.of(file(table, 2)), Map.of());
        assertThat(rows(main.loadTable(odd))).isEqualTo(2);
        assertThat(main.listNamespaces()).containsExactly(SILVER);
        assertThat(main.listNamespaces(SILVER)).containsExactly(inner);
        assertThat(main.loadNamespaceMetadata(inner)).containsEntry("k", "v");
        assertThatThrownBy(() -> main.dropNamespace(SILVER)).isInstanceOf(NamespaceNotEmptyException.class);
        main.dropTable(odd);
        assertThat(main.dropNamespace(inner)).isTrue();
        assertThat(main.dropNamespace(SILVER)).isTrue();
        assertThatThrownBy(() -> main.createTable(PAYMENTS, SCHEMA)).isInstanceOf(NoSuchNamespaceException.class);
    }

    @Test
    void undoIsRefusedOnceMainHasMovedOn() {
        Table table = lake.main().createTable(PAYMENTS, SCHEMA);
        lake.createBranch("run-1", ANN);
        lake.append("run-1", PAYMENTS, List.of(file(table, 1)), Map.of());
        Publish first = lake.publish("run-1", ANN, "");
        lake.append("main", PAYMENTS, List.of(file(table, 1)), Map.of());
        assertThatThrownBy(() -> lake.undo(first.id(), ANN))
                .isInstanceOfSatisfying(
                        TarnException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.PUBLISH_CONFLICT))
                .hasMessageContaining("silver.payments");
        assertThat(rows(table)).isEqualTo(2);
    }

    @Test
    void anUndoneTableGoesOnFromItsOldState() {
        Table table = lake.main().createTable(PAYMENTS, SCHEMA);
        lake.append("main", PAYMENTS, List.of(file(table, 1)), Map.of());
        lake.createBranch("run-1", ANN);
        lake.append("run-1", PAYMENTS, List.of(file(table, 10)), Map.of());
        Publish publish = lake.publish("run-1", ANN, "");
        lake.undo(publish.id(), ANN);
        lake.append("main", PAYMENTS, List.of(file(table, 2)), Map.of());
        assertThat(rows(lake.main().loadTable(PAYMENTS))).isEqualTo(3);
        assertThatThrownBy(() -> lake.undo(publish.id(), ANN)).hasMessageContaining("already undone");
    }

    @Test
    void pinsAreKeptByOwnerUntilTheyExpire() {
        Table table = lake.main().createTable(PAYMENTS, SCHEMA);
        String uuid = table.uuid().toString();
        Reference forEver = new Reference("run/1", uuid, 7, Optional.empty());
        Reference expired = new Reference("run/2", uuid, 8, Optional.of(Instant.ofEpochMilli(1000)));
        lake.references().pin(forEver);
        lake.references().pin(forEver);
        lake.references().pin(expired);
        assertThat(lake.references().of("run/1")).containsExactly(forEver);
        assertThat(lake.references().of("run/2")).containsExactly(expired);
        assertThat(lake.references().snapshots(uuid)).containsExactly(7L);
        lake.references().unpin("run/1");
        assertThat(lake.references().snapshots(uuid)).isEmpty();
    }

    @Test
    void namesOfTablesAndViewsAreOneSpace() {
        lake.main().createTable(PAYMENTS, SCHEMA);
        assertThatThrownBy(() -> lake.main()
                        .buildView(PAYMENTS)
                        .withSchema(SCHEMA)
                        .withQuery("trino", "SELECT 1")
                        .withDefaultNamespace(SILVER)
                        .create())
                .isInstanceOf(AlreadyExistsException.class);
    }

    @Test
    void purgeKeepsFilesThatABranchStillNeeds() {
        Table table = lake.main().createTable(PAYMENTS, SCHEMA);
        var file = file(table, 1);
        lake.append("main", PAYMENTS, List.of(file), Map.of());
        lake.createBranch("run-1", ANN);
        lake.append("run-1", PAYMENTS, List.of(file(table, 1)), Map.of());

        lake.main().dropTable(PAYMENTS, true);

        assertThatThrownBy(() -> lake.main().loadTable(PAYMENTS)).isInstanceOf(NoSuchTableException.class);
        assertThat(lake.io().newInputFile(file.location()).exists()).isTrue();
        lake.dropBranch("run-1");
        Table again = lake.main().createTable(PAYMENTS, SCHEMA);
        var alone = file(again, 1);
        lake.append("main", PAYMENTS, List.of(alone), Map.of());
        lake.main().dropTable(PAYMENTS, true);
        assertThat(lake.io().newInputFile(alone.location()).exists()).isFalse();
    }
}
