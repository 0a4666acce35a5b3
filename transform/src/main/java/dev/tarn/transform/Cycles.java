package dev.tarn.transform;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.Node;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Refuses models that refer to themselves through others.
final class Cycles {
    private final Manifest manifest;
    private final Set<String> done = new HashSet<>();
    private final List<String> path = new ArrayList<>();
    private final Set<String> onPath = new HashSet<>();

    private Cycles(Manifest manifest) {
        this.manifest = manifest;
    }

    static void refuse(Manifest manifest) {
        Cycles cycles = new Cycles(manifest);
        manifest.nodes().keySet().forEach(cycles::visit);
    }

    private void visit(String id) {
        if (done.contains(id)) {
            return;
        }
        if (!onPath.add(id)) {
            int start = path.indexOf(id);
            List<String> ids = new ArrayList<>(path.subList(start, path.size()));
            ids.add(id);
            List<String> circle = new ArrayList<>();
            for (int i = 0; i + 1 < ids.size(); i++) {
                circle.add(named(ids.get(i), ids.get(i + 1)));
            }
            circle.add(manifest.node(id).name());
            throw new TarnException(
                    ErrorCode.CONFIG_INVALID,
                    "models refer to each other in a circle: " + String.join(" → ", circle)
                            + ": take out one of these references");
        }
        path.add(id);
        manifest.node(id).dependsOn().forEach(this::visit);
        path.removeLast();
        onPath.remove(id);
        done.add(id);
    }

    /// A node, with the place where it refers to the next.
    private String named(String id, String next) {
        Node node = manifest.node(id);
        return node.name() + " (" + ConfigKeys.place(node, manifest.node(next).name()) + ")";
    }
}
