package dev.tarn.serve.quality;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One day's predictions, counted.
final class Day {
    /// The variable that every model has.
    static final String PROBABILITY = "(probability)";

    private static final JsonMapper JSON = new JsonMapper();
    private static final int SLICE_VALUES_MAX = 50;

    /// What is counted apart: a version within a service, all of it or one slice.
    ///
    /// @param slice a field of the request, or empty for all
    record Group(String service, String model, long version, String slice, String value) {}

    /// One group's counts.
    static final class Counts {
        final Map<String, Bins> bins = new LinkedHashMap<>();
        final Map<String, long[]> histograms = new LinkedHashMap<>();
        final Judged judged = new Judged();
        long predictions;
        long saidPositive;
        double probabilities;

        private void count(String variable, @Nullable Object value) {
            Bins of = bins.get(variable);
            if (of != null) {
                histograms
                        .computeIfAbsent(variable, name -> new long[of.labels().size()])[of.of(value)]++;
            }
        }
    }

    /// One prediction with its label, if there is one.
    record Row(
            String service,
            String model,
            long version,
            double probability,
            boolean positive,
            String request,
            String inputs,
            @Nullable Boolean label) {}

    private final Function<Group, Map<String, Bins>> binsOf;
    private final Function<String, List<String>> slicesOf;
    private final Map<Group, Counts> groups = new LinkedHashMap<>();
    private final Map<Group, Integer> values = new LinkedHashMap<>();

    /// @param binsOf the variables of a version and their bins
    /// @param slicesOf the fields by which a service's predictions are counted apart
    Day(Function<Group, Map<String, Bins>> binsOf, Function<String, List<String>> slicesOf) {
        this.binsOf = binsOf;
        this.slicesOf = slicesOf;
    }

    Map<Group, Counts> groups() {
        return groups;
    }

    void add(Row row) {
        try {
            JsonNode inputs = JSON.readTree(row.inputs());
            count(new Group(row.service(), row.model(), row.version(), "", ""), row, inputs);
            List<String> slices = slicesOf.apply(row.service());
            if (!slices.isEmpty()) {
                JsonNode request = JSON.readTree(row.request());
                for (String slice : slices) {
                    JsonNode value = request.path(slice);
                    count(slice(row, slice, value.isNull() ? Bins.MISSING : value.asText()), row, inputs);
                }
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a receipt is not JSON", e);
        }
    }

    /// A request can make up values without end; those after the first fifty are one slice.
    private Group slice(Row row, String slice, String value) {
        Group group = new Group(row.service(), row.model(), row.version(), slice, value);
        if (groups.containsKey(group)) {
            return group;
        }
        Group all = new Group(row.service(), row.model(), row.version(), slice, "");
        return values.merge(all, 1, Integer::sum) > SLICE_VALUES_MAX
                ? new Group(row.service(), row.model(), row.version(), slice, Bins.OTHER)
                : group;
    }

    private void count(Group group, Row row, JsonNode inputs) {
        Counts counts = groups.computeIfAbsent(group, name -> {
            Counts fresh = new Counts();
            fresh.bins.put(PROBABILITY, Bins.probabilities());
            fresh.bins.putAll(binsOf.apply(name));
            return fresh;
        });
        counts.predictions++;
        counts.saidPositive += row.positive() ? 1 : 0;
        counts.probabilities += row.probability();
        counts.count(PROBABILITY, row.probability());
        for (JsonNode input : inputs) {
            counts.count(input.path("input").asText(), value(input.path("value")));
        }
        if (row.label() != null) {
            counts.judged.add(row.probability(), row.positive(), row.label());
        }
    }

    private static @Nullable Object value(JsonNode node) {
        if (node.isNumber()) {
            return node.doubleValue();
        }
        return node.isBoolean() ? (Object) node.booleanValue() : node.isTextual() ? node.asText() : null;
    }
}
