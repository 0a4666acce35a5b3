package dev.tarn.transform.select;

import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.ResourceType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Chooses nodes by dbt's words: `tag:nightly`, `path:models/gold`, `+orders+2`, `@customers`, `a,b` for what fits
/// both,
/// several words for what fits one of them.
public final class Selection {
    private final Manifest manifest;
    private final Methods methods;
    private final Map<String, Set<String>> children = new HashMap<>();

    /// Which tests come with the nodes that they test.
    public enum Indirect {
        /// Every test of a chosen node.
        EAGER,
        /// Tests of which everything is chosen that they read.
        CAUTIOUS,
        /// Tests of which everything that they read is chosen or stands before a chosen node.
        BUILDABLE,
        /// Only tests that are chosen themselves.
        EMPTY
    }

    /// @param previous earlier artifacts, for `state:` and `result:`
    public Selection(Manifest manifest, PreviousState previous) {
        this.manifest = manifest;
        this.methods = new Methods(manifest, previous);
        everything()
                .forEach(id -> manifest.parents(id)
                        .forEach(parent -> children.computeIfAbsent(parent, key -> new LinkedHashSet<>())
                                .add(id)));
    }

    /// The unique ids of what is chosen, in the manifest's order.
    ///
    /// @param select words of which one has to fit; none for everything
    /// @param exclude words of which none may fit
    /// @throws dev.tarn.core.error.TarnException `USAGE` for a word that cannot be read
    public Set<String> choose(List<String> select, List<String> exclude, Indirect indirect) {
        Set<String> chosen = select.isEmpty() ? everything() : withTests(union(select), indirect);
        if (!exclude.isEmpty()) {
            chosen = new LinkedHashSet<>(chosen);
            chosen.removeAll(withTests(union(exclude), Indirect.EAGER));
        }
        return ordered(chosen);
    }

    /// What a definition of a selector in `selectors.yml` chooses.
    public Set<String> choose(Criterion criterion, Indirect indirect) {
        return ordered(withTests(chosen(criterion), indirect));
    }

    private Set<String> chosen(Criterion criterion) {
        return switch (criterion) {
            case Criterion.Word word -> term(Term.of(word.text()));
            case Criterion.Union union -> {
                Set<String> all = new LinkedHashSet<>();
                union.of().forEach(each -> all.addAll(chosen(each)));
                yield without(all, union.exclude());
            }
            case Criterion.Intersection intersection -> {
                Set<String> all = everything();
                intersection.of().forEach(each -> all.retainAll(chosen(each)));
                yield without(all, intersection.exclude());
            }
        };
    }

    private Set<String> without(Set<String> chosen, List<Criterion> exclude) {
        Set<String> rest = new LinkedHashSet<>(chosen);
        exclude.forEach(each -> rest.removeAll(withTests(chosen(each), Indirect.EAGER)));
        return rest;
    }

    private Set<String> everything() {
        Set<String> all = new LinkedHashSet<>(manifest.sources().keySet());
        all.addAll(manifest.nodes().keySet());
        all.addAll(manifest.exposures().keySet());
        return all;
    }

    private Set<String> ordered(Set<String> chosen) {
        Set<String> all = everything();
        all.retainAll(chosen);
        return all;
    }

    /// Words stand beside each other for a union; within a word commas are intersections.
    private Set<String> union(List<String> words) {
        Set<String> chosen = new LinkedHashSet<>();
        for (String word : words) {
            for (String part : word.strip().split("\\s+", -1)) {
                Set<String> both = null;
                for (String term : part.split(",", -1)) {
                    Set<String> fits = term(Term.of(term));
                    if (both == null) {
                        both = new LinkedHashSet<>(fits);
                    } else {
                        both.retainAll(fits);
                    }
                }
                chosen.addAll(both == null ? Set.of() : both);
            }
        }
        return chosen;
    }

    private Set<String> term(Term term) {
        Set<String> chosen = new LinkedHashSet<>();
        for (String id : everything()) {
            if (methods.fits(term, id)) {
                chosen.add(id);
            }
        }
        Set<String> all = new LinkedHashSet<>(chosen);
        if (term.childrensParents()) {
            Set<String> below = new LinkedHashSet<>(chosen);
            chosen.forEach(id -> walk(id, Integer.MAX_VALUE, false, below));
            all.addAll(below);
            below.forEach(id -> walk(id, Integer.MAX_VALUE, true, all));
        }
        chosen.forEach(id -> walk(id, term.parents(), true, all));
        chosen.forEach(id -> walk(id, term.children(), false, all));
        return all;
    }

    /// Adds what is reached in a number of steps.
    private void walk(String from, int steps, boolean upwards, Set<String> reached) {
        List<String> level = List.of(from);
        Set<String> seen = new LinkedHashSet<>(level);
        for (int i = 0; i < steps && !level.isEmpty(); i++) {
            List<String> next = new ArrayList<>();
            for (String id : level) {
                for (String other : upwards ? manifest.parents(id) : children.getOrDefault(id, Set.of())) {
                    if (seen.add(other)) {
                        next.add(other);
                    }
                }
            }
            reached.addAll(next);
            level = next;
        }
    }

    private Set<String> withTests(Set<String> chosen, Indirect indirect) {
        Set<String> all = new LinkedHashSet<>(chosen);
        if (indirect == Indirect.EMPTY) {
            return all;
        }
        Set<String> buildable = new LinkedHashSet<>(chosen);
        if (indirect == Indirect.BUILDABLE) {
            chosen.forEach(id -> walk(id, Integer.MAX_VALUE, true, buildable));
        }
        for (Node node : manifest.nodes().values()) {
            if (node.type() != ResourceType.TEST && node.type() != ResourceType.UNIT_TEST) {
                continue;
            }
            Set<String> reads = manifest.parents(node.uniqueId());
            boolean fits = switch (indirect) {
                case EAGER -> reads.stream().anyMatch(chosen::contains);
                case CAUTIOUS -> chosen.containsAll(reads);
                case BUILDABLE -> reads.stream().anyMatch(chosen::contains) && buildable.containsAll(reads);
                case EMPTY -> false;
            };
            if (fits && !reads.isEmpty()) {
                all.add(node.uniqueId());
            }
        }
        return all;
    }
}
