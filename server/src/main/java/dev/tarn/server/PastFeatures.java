package dev.tarn.server;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.feature.FeatureInfo;
import dev.tarn.core.feature.FeatureSelection;
import dev.tarn.core.feature.OfflineFeatures;
import dev.tarn.core.feature.TrainingFrame;
import dev.tarn.serve.predict.Prediction;
import dev.tarn.serve.predict.ServiceFile;
import dev.tarn.serve.predict.ServiceFile.Predict;
import dev.tarn.serve.receipt.ReceiptFace.FeaturesAsOf;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/// The features of a prediction as of another time, from the tables: the online store forgets what is too old, the
/// tables do not.
///
/// @param services what each service asks and looks up, by its name
record PastFeatures(Lakehouse lakehouse, Map<String, Predict> services) implements FeaturesAsOf {
    private static final String TIME = "as_of";
    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS").withZone(ZoneOffset.UTC);

    @Override
    public Map<String, @Nullable Object> values(Prediction receipt, Instant at) {
        Predict service = Optional.ofNullable(services.get(receipt.service()))
                .orElseThrow(() -> new TarnException(
                        ErrorCode.NOT_FOUND, "the service '" + receipt.service() + "' is not there any more"));
        if (service.features().isEmpty()) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST, "the service '" + receipt.service() + "' looks no features up");
        }
        OfflineFeatures.Request asked = new OfflineFeatures.Request(
                row(service, receipt, at), TIME, new FeatureSelection.Names(service.features()), Map.of());
        Map<String, @Nullable Object> values = new HashMap<>();
        try (TrainingFrame frame = Models.offline(lakehouse, "main").join(asked)) {
            for (TrainingFrame.Column column : frame.columns()) {
                FeatureInfo feature = column.feature();
                if (feature != null) {
                    Object value = value(frame, column);
                    values.put(feature.fullName(), value);
                    values.putIfAbsent(feature.name(), value);
                }
            }
        }
        return values;
    }

    /// The request as one row of SQL.
    private static String row(Predict service, Prediction receipt, Instant at) {
        StringJoiner columns = new StringJoiner(", ", "SELECT ", "");
        service.request().forEach((name, field) -> {
            Object value = receipt.request().get(name);
            String type = field.type() == ServiceFile.Type.INTEGER
                    ? "bigint"
                    : field.type() == ServiceFile.Type.NUMBER
                            ? "double"
                            : field.type() == ServiceFile.Type.BOOLEAN ? "boolean" : "varchar";
            String text = value == null ? "NULL" : "'" + value.toString().replace("'", "''") + "'";
            columns.add("CAST(" + text + " AS " + type + ") AS \"" + field.input() + "\"");
        });
        return columns + ", TIMESTAMP '" + MICROS.format(at) + "' AS " + TIME;
    }

    private static @Nullable Object value(TrainingFrame frame, TrainingFrame.Column column) {
        if (column.type().startsWith("varchar") || column.type().startsWith("char")) {
            return frame.strings(column.name())[0];
        }
        double number = frame.doubles(column.name())[0];
        return Double.isNaN(number) ? null : (Object) number;
    }
}
