package dev.tarn.orchestrate;

import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.lake.catalog.Pointer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;

/// The versions of assets during one run: what makes two states of the same asset different.
///
/// A table's is its id and snapshot. What has no snapshot of its own (a view, a model) takes the identity of
/// the step that made it, which holds the versions of whatever it stands on.
final class Versions {
    private final LakeCatalog catalog;
    private final Function<Asset, Optional<String>> earlier;
    private final Map<Asset, String> made = new ConcurrentHashMap<>();

    /// @param earlier the identity of the step that made an asset before this run
    Versions(LakeCatalog catalog, Function<Asset, Optional<String>> earlier) {
        this.catalog = catalog;
        this.earlier = earlier;
    }

    /// The version as the run's branch has it now; empty when it cannot be told.
    Optional<String> of(Asset asset) {
        if (asset.kind() == Asset.Kind.TABLE) {
            TableIdentifier name = TableIdentifier.parse(asset.name());
            if (catalog.tableExists(name)) {
                return Optional.of(version(catalog.loadTable(name)));
            }
            if (!catalog.viewExists(name)) {
                return Optional.of("absent");
            }
        }
        return Optional.ofNullable(made.get(asset)).or(() -> earlier.apply(asset));
    }

    /// What distinguishes the assets that a step made from what anybody makes of them later.
    String made(Iterable<Asset> assets) {
        Map<String, String> versions = new TreeMap<>();
        for (Asset asset : assets) {
            versions.put(asset.toString(), state(asset));
        }
        return versions.toString();
    }

    private String state(Asset asset) {
        if (asset.kind() == Asset.Kind.TABLE) {
            TableIdentifier name = TableIdentifier.parse(asset.name());
            if (catalog.tableExists(name)) {
                return version(catalog.loadTable(name));
            }
            return catalog.pointer(name).map(Pointer::location).orElse("absent");
        }
        return "";
    }

    private static String version(Table table) {
        Snapshot snapshot = table.currentSnapshot();
        return table.uuid() + "/" + table.schema().schemaId() + "/"
                + (snapshot == null ? 0 : LakeCatalog.rowsOf(snapshot));
    }

    /// Notes that a step with this identity has made an asset.
    void made(Asset asset, String identity) {
        made.put(asset, identity);
    }

    /// The versions of several assets as one text; empty when one of them cannot be told.
    Optional<String> of(Iterable<Asset> assets) {
        Map<Asset, String> versions = new TreeMap<>();
        for (Asset asset : assets) {
            Optional<String> version = of(asset);
            if (version.isEmpty()) {
                return Optional.empty();
            }
            versions.put(asset, version.get());
        }
        Map<String, String> named = new LinkedHashMap<>();
        versions.forEach((asset, version) -> named.put(asset.toString(), version));
        return Optional.of(named.toString());
    }

    /// Whether the tables among the assets exist.
    boolean allExist(Iterable<Asset> assets) {
        for (Asset asset : assets) {
            if (asset.kind() == Asset.Kind.TABLE) {
                TableIdentifier name = TableIdentifier.parse(asset.name());
                if (!catalog.tableExists(name) && !catalog.viewExists(name)) {
                    return false;
                }
            }
        }
        return true;
    }
}
