package dev.tarn.model.tree;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.POJONode;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads models that XGBoost saved, as JSON or UBJSON: boosters `gbtree` and `gblinear`.
/// Everything in the file is checked before it is used; a file is data, and is never run.
public final class XgboostFile {
    /// Larger files are refused.
    public static final long MAX_BYTES = 512L << 20;

    private static final int MAX_FEATURES = 1 << 20;
    private static final int MAX_CLASSES = 10_000;

    /// Decimals are read exactly and rounded to a float once.
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private XgboostFile() {}

    /// @throws TarnException `MODEL_INVALID` when it is not a model, is damaged or too large
    public static Predictor read(Path file) {
        try {
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw invalid("it has " + size + " bytes, and the most is " + MAX_BYTES, null)
                        .in("file", file);
            }
            return read(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new TarnException(ErrorCode.STORAGE_FAILED, "the model file cannot be read: " + e.getMessage(), e)
                    .in("file", file);
        } catch (TarnException e) {
            throw e.in("file", file);
        }
    }

    /// @throws TarnException `MODEL_INVALID` when it is not a model or is damaged
    public static Predictor read(byte[] bytes) {
        try {
            return model(document(bytes));
        } catch (IllegalArgumentException | ArithmeticException | JsonProcessingException e) {
            throw invalid(String.valueOf(e.getMessage()).lines().findFirst().orElse("unreadable"), e);
        } catch (IOException e) {
            throw invalid(String.valueOf(e.getMessage()), e);
        }
    }

    private static JsonNode document(byte[] bytes) throws IOException {
        if (bytes.length < 2 || bytes[0] != '{') {
            throw new IllegalArgumentException("it does not start as one");
        }
        // In JSON a quote follows, perhaps after white space; in UBJSON the type of a length.
        boolean text = bytes[1] == '"' || Character.isWhitespace(bytes[1]);
        return text ? JSON.readTree(bytes) : Ubjson.read(bytes);
    }

    private static Predictor model(JsonNode document) {
        JsonNode learner = required(document, "learner");
        JsonNode param = required(learner, "learner_model_param");
        int features = number(param, "num_feature", 0, MAX_FEATURES);
        int classes = Math.max(1, number(param, "num_class", 0, MAX_CLASSES));
        int targets = param.has("num_target") ? number(param, "num_target", 0, MAX_CLASSES) : 1;
        if (targets > 1) {
            throw new IllegalArgumentException("it predicts several targets, which Tarn does not: export it to ONNX");
        }
        Objective objective =
                Objective.named(required(required(learner, "objective"), "name").asText());
        float base =
                objective.link(Float.parseFloat(required(param, "base_score").asText()));
        List<String> names = new ArrayList<>();
        learner.path("feature_names").forEach(name -> names.add(name.asText()));
        JsonNode booster = required(learner, "gradient_booster");
        String kind = required(booster, "name").asText();
        JsonNode model = booster.path("model");
        return switch (kind) {
            case "gbtree" -> new TreeModel(names, features, classes, objective, base, trees(model, features, classes));
            case "gblinear" -> {
                float[] weights = floats(model, "weights");
                if (weights.length != (features + 1L) * classes) {
                    throw new IllegalArgumentException("it has " + weights.length + " weights for " + features
                            + " features and " + classes + " outputs");
                }
                yield new LinearModel(names, classes, objective, base, weights);
            }
            default ->
                throw new IllegalArgumentException("its booster '" + kind
                        + "' is not one that Tarn predicts with: train with gbtree or gblinear, or export it to ONNX");
        };
    }

    private static List<Tree> trees(JsonNode model, int features, int classes) {
        JsonNode trees = required(model, "trees");
        int[] outputs = ints(model, "tree_info");
        if (outputs.length != trees.size()) {
            throw new IllegalArgumentException("it has " + trees.size() + " trees and says " + outputs.length);
        }
        List<Tree> all = new ArrayList<>();
        for (int i = 0; i < outputs.length; i++) {
            if (outputs[i] < 0 || outputs[i] >= classes) {
                throw new IllegalArgumentException("tree " + i + " is for class " + outputs[i] + " of " + classes);
            }
            all.add(tree(trees.get(i), i, outputs[i], features));
        }
        return all;
    }

    private static Tree tree(JsonNode node, int index, int output, int features) {
        if (number(required(node, "tree_param"), "size_leaf_vector", 0, MAX_CLASSES) > 1) {
            throw new IllegalArgumentException("its leaves hold vectors, which Tarn does not read: export it to ONNX");
        }
        int[] left = ints(node, "left_children");
        int[] right = ints(node, "right_children");
        int[] defaults = ints(node, "default_left");
        int[] feature = ints(node, "split_indices");
        float[] threshold = floats(node, "split_conditions");
        float[] cover = floats(node, "sum_hessian");
        int size = left.length;
        if (size == 0
                || right.length != size
                || defaults.length != size
                || feature.length != size
                || threshold.length != size
                || cover.length != size) {
            throw new IllegalArgumentException("the arrays of tree " + index + " differ in length");
        }
        boolean[] defaultLeft = new boolean[size];
        for (int i = 0; i < size; i++) {
            defaultLeft[i] = defaults[i] != 0;
        }
        int depth = checkShape(left, right, feature, features, index);
        @Nullable BitSet[] categories = categories(node, size, index);
        return new Tree(output, left, right, defaultLeft, feature, threshold, categories, cover, depth);
    }

    /// Walks the whole tree once: every child exists, none is reached twice. Returns the depth.
    private static int checkShape(int[] left, int[] right, int[] feature, int features, int index) {
        BitSet seen = new BitSet(left.length);
        seen.set(0);
        ArrayDeque<Integer> level = new ArrayDeque<>(List.of(0));
        int depth = -1;
        while (!level.isEmpty()) {
            depth++;
            for (int count = level.size(); count > 0; count--) {
                int node = level.remove();
                if (left[node] == -1) {
                    continue;
                }
                if (feature[node] < 0 || feature[node] >= features) {
                    throw new IllegalArgumentException(
                            "tree " + index + " looks at feature " + feature[node] + ", and there are " + features);
                }
                for (int child : new int[] {left[node], right[node]}) {
                    if (child <= 0 || child >= left.length || seen.get(child)) {
                        throw new IllegalArgumentException("node " + node + " of tree " + index + " has child " + child
                                + ", which is no node or has a parent already");
                    }
                    seen.set(child);
                    level.add(child);
                }
            }
        }
        return depth;
    }

    private static @Nullable BitSet[] categories(JsonNode tree, int size, int index) {
        @Nullable BitSet[] sets = new BitSet[size];
        if (!tree.has("categories_nodes")) {
            return sets;
        }
        int[] nodes = ints(tree, "categories_nodes");
        int[] begins = ints(tree, "categories_segments");
        int[] sizes = ints(tree, "categories_sizes");
        int[] values = ints(tree, "categories");
        for (int i = 0; i < nodes.length; i++) {
            if (nodes[i] < 0
                    || nodes[i] >= size
                    || i >= begins.length
                    || i >= sizes.length
                    || begins[i] < 0
                    || sizes[i] < 0
                    || (long) begins[i] + sizes[i] > values.length) {
                throw new IllegalArgumentException("the categories of tree " + index + " are out of order");
            }
            BitSet set = new BitSet();
            for (int at = begins[i]; at < begins[i] + sizes[i]; at++) {
                if (values[at] < 0 || values[at] >= 1 << 24) {
                    throw new IllegalArgumentException("tree " + index + " has the category " + values[at]);
                }
                set.set(values[at]);
            }
            sets[nodes[i]] = set;
        }
        return sets;
    }

    private static JsonNode required(JsonNode node, String key) {
        JsonNode value = node.get(key);
        if (value == null) {
            throw new IllegalArgumentException("it has no '" + key + "'");
        }
        return value;
    }

    private static int number(JsonNode node, String key, int min, int max) {
        int value = Integer.parseInt(required(node, key).asText());
        if (value < min || value > max) {
            throw new IllegalArgumentException("its " + key + " is " + value);
        }
        return value;
    }

    private static int[] ints(JsonNode node, String key) {
        JsonNode array = required(node, key);
        if (array instanceof POJONode pojo) {
            if (pojo.getPojo() instanceof int[] ints) {
                return ints;
            }
            throw new IllegalArgumentException("its " + key + " are not whole numbers");
        }
        int[] ints = new int[array.size()];
        for (int i = 0; i < ints.length; i++) {
            JsonNode item = array.get(i);
            if (!item.canConvertToInt()) {
                throw new IllegalArgumentException("its " + key + " are not whole numbers");
            }
            ints[i] = item.intValue();
        }
        return ints;
    }

    private static float[] floats(JsonNode node, String key) {
        JsonNode array = required(node, key);
        if (array instanceof POJONode pojo) {
            if (pojo.getPojo() instanceof float[] floats) {
                return floats;
            }
            throw new IllegalArgumentException("its " + key + " are not floats");
        }
        float[] floats = new float[array.size()];
        for (int i = 0; i < floats.length; i++) {
            JsonNode item = array.get(i);
            if (!item.isNumber()) {
                throw new IllegalArgumentException("its " + key + " are not numbers");
            }
            floats[i] = item.isBigDecimal() ? item.decimalValue().floatValue() : item.floatValue();
        }
        return floats;
    }

    private static TarnException invalid(String why, @Nullable Throwable cause) {
        return new TarnException(ErrorCode.MODEL_INVALID, "this is not a model that XGBoost saved: " + why, cause);
    }
}
