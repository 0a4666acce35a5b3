package dev.tarn.serve.quality;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/// How a variable was distributed in training.
///
/// @param counts rows of each bin
record Learned(Bins bins, List<Long> counts) {
    Learned {
        counts = List.copyOf(counts);
    }

    private static final JsonMapper JSON = new JsonMapper();

    /// The inputs of a training's profile; what it does not say is left out.
    static Map<String, Learned> read(String profile) {
        Map<String, Learned> learned = new LinkedHashMap<>();
        try {
            JSON.readTree(profile).path("inputs").properties().forEach(entry -> {
                JsonNode input = entry.getValue();
                if (input.has("words")) {
                    learned.put(entry.getKey(), words(input));
                } else if (input.has("counts")) {
                    learned.put(entry.getKey(), numbers(input));
                }
            });
        } catch (JsonProcessingException e) {
            return Map.of();
        }
        return learned;
    }

    private static Learned words(JsonNode input) {
        List<String> words = new ArrayList<>();
        List<Long> counts = new ArrayList<>();
        input.path("words").properties().forEach(word -> {
            words.add(word.getKey());
            counts.add(word.getValue().asLong());
        });
        counts.add(0L);
        counts.add(input.path("missing").asLong());
        return new Learned(new Bins.Words(words), counts);
    }

    private static Learned numbers(JsonNode input) {
        List<Long> counts = new ArrayList<>();
        input.path("counts").forEach(count -> counts.add(count.asLong()));
        counts.add(input.path("missing").asLong());
        List<Double> edges = StreamSupport.stream(input.path("edges").spliterator(), false)
                .map(JsonNode::asDouble)
                .toList();
        return new Learned(new Bins.Numbers(edges), counts);
    }
}
