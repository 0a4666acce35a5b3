package dev.tarn.server.pipeline;

import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.select.PreviousState;
import dev.tarn.transform.select.Selection;
import dev.tarn.transform.select.Selection.Indirect;
import dev.tarn.transform.select.SelectorsFile;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What to choose of a dbt project, in dbt's words.
///
/// @param select words of which one has to fit; none for everything
/// @param exclude words of which none may fit
/// @param selector a name in `selectors.yml`, in place of the words
/// @param indirect which tests come with the nodes that they test
/// @param state the folder of earlier artifacts
/// @param types dbt's resource types to keep; none for all
public record DbtChoice(
        List<String> select,
        List<String> exclude,
        Optional<String> selector,
        Indirect indirect,
        Optional<Path> state,
        List<String> types) {
    public DbtChoice {
        select = List.copyOf(select);
        exclude = List.copyOf(exclude);
        types = List.copyOf(types);
    }

    /// The unique ids of what is chosen.
    ///
    /// @throws dev.tarn.core.error.TarnException `USAGE` for words that cannot be read
    Set<String> of(Manifest manifest) {
        Selection selection =
                new Selection(manifest, state.map(PreviousState::in).orElseGet(PreviousState::none));
        Set<String> chosen = selector.map(name -> selection.choose(
                        SelectorsFile.read(manifest.root().folder()).named(name), indirect))
                .orElseGet(() -> selection.choose(select, exclude, indirect));
        if (types.isEmpty()) {
            return chosen;
        }
        Set<String> kept = new LinkedHashSet<>();
        chosen.stream()
                .filter(id -> types.contains(id.substring(0, id.indexOf('.'))))
                .forEach(kept::add);
        return kept;
    }
}
