package dev.tarn.model.tracking;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// MLflow's own limits on names, values and batches.
public final class Limits {
    public static final int KEY_LENGTH = 250;
    public static final int PARAM_LENGTH = 6000;
    public static final int TAG_LENGTH = 8000;
    public static final int EXPERIMENT_TAG_LENGTH = 5000;
    public static final int MODEL_TAG_LENGTH = 100_000;
    public static final int NAME_LENGTH = 500;
    public static final int BATCH_METRICS = 1000;
    public static final int BATCH_PARAMS = 100;
    public static final int BATCH_TAGS = 100;
    public static final int BATCH_TOTAL = 1000;

    private static final Pattern KEY = Pattern.compile("[/\\w.\\- :]*");
    private static final Pattern ALIAS = Pattern.compile("[\\w\\-]{1,255}");
    private static final Pattern VERSION_LIKE = Pattern.compile("[vV]\\d+");

    private Limits() {}

    /// A metric's, parameter's or tag's key: letters, digits, `_ - . : /` and spaces, and no path upwards.
    public static void checkKey(String what, String key) {
        checkLength(what + " key", key, KEY_LENGTH);
        boolean path = key.startsWith("/")
                || key.endsWith("/")
                || key.contains("//")
                || List.of(key.split("/", -1)).stream().anyMatch(part -> part.equals(".") || part.equals(".."));
        if (key.isEmpty() || !KEY.matcher(key).matches() || path) {
            throw bad("Invalid " + what + " key '" + key + "': it may hold letters, digits, underscores, dashes, "
                    + "periods, spaces, colons and single slashes between names");
        }
    }

    public static void checkLength(String what, String value, int most) {
        if (value.length() > most) {
            throw bad(what + " has " + value.length() + " characters, and the most is " + most + ": '"
                    + value.substring(0, 100) + "…'");
        }
    }

    public static void checkParams(Map<String, String> params) {
        params.forEach((key, value) -> {
            checkKey("param", key);
            checkLength("the value of param '" + key + "'", value, PARAM_LENGTH);
        });
    }

    public static void checkTags(Map<String, String> tags, int most) {
        tags.forEach((key, value) -> {
            checkKey("tag", key);
            checkLength("the value of tag '" + key + "'", value, most);
        });
    }

    /// The name of an experiment or a registered model.
    public static void checkName(String what, String name) {
        checkLength("the " + what + "'s name", name, NAME_LENGTH);
        if (name.isBlank()) {
            throw bad("the " + what + "'s name must not be empty");
        }
    }

    /// A registered model's name is part of paths and URIs too.
    public static void checkModelName(String name) {
        checkName("registered model", name);
        if (name.contains("/") || name.contains(":") || name.equals(".") || name.equals("..")) {
            throw bad("Invalid model name '" + name + "': it must not contain '/' or ':'");
        }
    }

    public static void checkAlias(String alias) {
        if (!ALIAS.matcher(alias).matches()) {
            throw bad("Invalid alias name '" + alias + "': up to 255 letters, digits, underscores and dashes");
        }
        if (alias.equalsIgnoreCase("latest") || VERSION_LIKE.matcher(alias).matches()) {
            throw bad("the alias name '" + alias + "' is reserved: 'latest' and 'v1', 'v2', … mean versions");
        }
    }

    static TarnException bad(String message) {
        return new TarnException(ErrorCode.BAD_REQUEST, message);
    }
}
