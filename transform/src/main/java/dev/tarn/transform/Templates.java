package dev.tarn.transform;

import dev.tarn.transform.jinja.JinjaException;
import dev.tarn.transform.jinja.Template;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The templates of one load. A template is a function of its name and its text alone, so one that the last load
/// of the same folder had too is taken as it was. A load keeps what it used and no more, and only the folders
/// loaded last are remembered.
final class Templates {
    private static final int MAX_FOLDERS = 4;
    private static final Map<Path, Map<Key, Template>> LAST = new LinkedHashMap<>();

    private final Map<Key, Template> before;
    private final Map<Key, Template> used = new ConcurrentHashMap<>();

    private record Key(String name, String text) {}

    private Templates(Map<Key, Template> before) {
        this.before = before;
    }

    /// With those of the folder's last load at hand.
    static Templates of(Path folder) {
        synchronized (LAST) {
            return new Templates(LAST.getOrDefault(folder, Map.of()));
        }
    }

    /// @throws JinjaException with file and line when it is not a template
    Template parse(String name, String text) {
        Key key = new Key(name, text);
        Template template = before.get(key);
        if (template == null) {
            template = Template.parse(name, text);
        }
        used.put(key, template);
        return template;
    }

    /// Remembers for the folder's next load what this one used.
    void keep(Path folder) {
        synchronized (LAST) {
            LAST.remove(folder);
            LAST.put(folder, used);
            if (LAST.size() > MAX_FOLDERS) {
                LAST.remove(LAST.keySet().iterator().next());
            }
        }
    }

    /// Forgets a folder, so that its next load parses everything.
    static void forget(Path folder) {
        synchronized (LAST) {
            LAST.remove(folder);
        }
    }
}
