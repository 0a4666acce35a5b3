package dev.tarn.lake.catalog;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;

/// How names are written in the database and in the warehouse.
final class Names {
    /// Separates the levels of a namespace, as in Iceberg's REST protocol; no level can hold it.
    private static final char SEPARATOR = '\u001f';

    private static final int NAME_MAX = 255;
    private static final Pattern BRANCH = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final Pattern UNSAFE = Pattern.compile("[^A-Za-z0-9_-]");

    private Names() {}

    static String encode(Namespace namespace) {
        for (String level : namespace.levels()) {
            checkName(level);
        }
        return String.join(String.valueOf(SEPARATOR), namespace.levels());
    }

    static Namespace decode(String text) {
        return Namespace.of(text.split(String.valueOf(SEPARATOR), -1));
    }

    /// The encoded names of what lies below a namespace start so.
    static String childPrefix(Namespace parent) {
        return parent.isEmpty() ? "" : encode(parent) + SEPARATOR;
    }

    static void checkName(String name) {
        if (name.isEmpty() || name.length() > NAME_MAX || name.chars().anyMatch(c -> c < ' ')) {
            throw new IllegalArgumentException("Invalid name '" + printable(name) + "': expected 1 to " + NAME_MAX
                    + " characters, none of them a control character");
        }
    }

    static void checkBranch(String name) {
        if (!BRANCH.matcher(name).matches()) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST,
                    "'" + printable(name) + "' cannot be a branch's name: letters, digits, '.', '_' and '-', "
                            + "128 at most, starting with a letter or a digit");
        }
    }

    /// A folder of its own for a new table or view, below the warehouse: a name used again never shares files
    /// with whatever had it before, or has it on another branch.
    static String location(String warehouse, TableIdentifier identifier) {
        StringBuilder path = new StringBuilder(warehouse);
        for (String level : identifier.namespace().levels()) {
            path.append('/').append(UNSAFE.matcher(level).replaceAll("_"));
        }
        String unique = UUID.randomUUID().toString().substring(0, 13).replace("-", "");
        String name = UNSAFE.matcher(identifier.name()).replaceAll("_");
        return path.append('/')
                .append(name, 0, Math.min(name.length(), 100))
                .append('-')
                .append(unique)
                .toString();
    }

    private static String printable(String name) {
        String text = name.replaceAll("\\p{Cntrl}", "?");
        return text.length() > 80 ? text.substring(0, 80) + "…" : text;
    }
}
