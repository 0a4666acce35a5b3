package dev.tarn.transform.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The `loop` variable.
final class Loop implements Attributes, Callable {
    private final List<@Nullable Object> items;
    private final int depth;
    private final @Nullable Callable recurse;
    private int index;
    private @Nullable Object lastChanged;
    private boolean changedBefore;

    Loop(List<@Nullable Object> items, int depth, @Nullable Callable recurse) {
        this.items = items;
        this.depth = depth;
        this.recurse = recurse;
    }

    void moveTo(int newIndex) {
        index = newIndex;
    }

    @Override
    public @Nullable Object call(Arguments arguments) {
        if (recurse == null) {
            throw new JinjaException("loop(…) needs a loop that is marked 'recursive'");
        }
        return recurse.call(arguments);
    }

    @Override
    public @Nullable Object attribute(String name) {
        return switch (name) {
            case "index" -> (long) index + 1;
            case "index0" -> (long) index;
            case "revindex" -> (long) items.size() - index;
            case "revindex0" -> (long) items.size() - index - 1;
            case "first" -> index == 0;
            case "last" -> index == items.size() - 1;
            case "length" -> (long) items.size();
            case "depth" -> (long) depth;
            case "depth0" -> (long) depth - 1;
            case "previtem" -> index > 0 ? items.get(index - 1) : new Undefined("previtem");
            case "nextitem" -> index + 1 < items.size() ? items.get(index + 1) : new Undefined("nextitem");
            case "cycle" ->
                (Callable) arguments -> arguments
                        .positional()
                        .get(index % arguments.positional().size());
            case "changed" -> (Callable) this::changed;
            default -> new Undefined(name);
        };
    }

    private boolean changed(Arguments arguments) {
        Object now = new Tuple(arguments.positional());
        boolean changed = !changedBefore || !Operators.equal(now, lastChanged);
        changedBefore = true;
        lastChanged = now;
        return changed;
    }
}
