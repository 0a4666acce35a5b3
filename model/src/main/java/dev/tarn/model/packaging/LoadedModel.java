package dev.tarn.model.packaging;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.model.ServedModel;
import dev.tarn.model.tree.Predictor;
import dev.tarn.model.tree.XgboostFile;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// A model from its package.
public final class LoadedModel implements ServedModel {
    /// The logarithm of nothing is no number.
    private static final double PROBABILITY_MIN = 1e-9;
    /// A thousand rows are tried for one explanation of an ONNX model.
    private static final long TRIAL_COST = 1_000_000;

    private final String name;
    private final long version;
    private final String runId;
    private final ModelPackage description;
    private final Encoder.Encoding encoding;
    private final @Nullable Predictor predictor;
    private final @Nullable OnnxModel onnx;

    /// @param file the model's file
    /// @throws TarnException `MODEL_INVALID` when file and description do not fit
    public LoadedModel(String name, long version, String runId, ModelPackage description, byte[] file) {
        this.name = name;
        this.version = version;
        this.runId = runId;
        this.description = description;
        this.encoding = description.encoder().start();
        int columns = description.encoder().columns().size();
        if (description.format().equals(ModelPackage.ONNX)) {
            this.predictor = null;
            this.onnx = OnnxModel.read(file, columns);
        } else {
            Predictor read = XgboostFile.read(file);
            if (read.featureCount() != columns || read.outputCount() != 1) {
                throw new TarnException(
                        ErrorCode.MODEL_INVALID,
                        "the model takes " + read.featureCount() + " numbers and gives " + read.outputCount()
                                + ", its description " + columns + " and 1");
            }
            this.predictor = read;
            this.onnx = null;
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long version() {
        return version;
    }

    @Override
    public String runId() {
        return runId;
    }

    @Override
    public String code() {
        return description.code();
    }

    @Override
    public List<Input> inputs() {
        return description.encoder().inputs();
    }

    @Override
    public OptionalDouble threshold() {
        return description.threshold();
    }

    @Override
    public double predict(@Nullable Object[] values) {
        return predictNumbers(encoding.numbers(values));
    }

    /// The same, from one number an input as [Encoder.Encoding#numbers] gives them.
    public double predictNumbers(double[] numbers) {
        float[] row = encoding.encode(numbers);
        // A forest's mean of shares can miss the bounds by a rounding.
        return Math.clamp(predictor != null ? predictor.predictOne(row) : onnxPredict(row), 0.0, 1.0);
    }

    /// How many nodes or weights it has, or about as many as explaining a row costs.
    public long size() {
        return predictor == null ? TRIAL_COST : predictor.size();
    }

    /// In log-odds, as those of trees.
    private double[] byTrial(double[] numbers) {
        if (description.typical().isEmpty()) {
            throw new TarnException(
                    ErrorCode.NOT_SUPPORTED,
                    name + " version " + version + " is an ONNX model without typical values in its "
                            + ModelPackage.DESCRIPTION_FILE + ", so its contributions cannot be computed");
        }
        double[] typical =
                description.typical().stream().mapToDouble(Double::doubleValue).toArray();
        return Shapley.values(row -> logOdds(onnxPredict(encoding.encode(row))), numbers, typical);
    }

    private static double logOdds(double probability) {
        double inside = Math.clamp(probability, PROBABILITY_MIN, 1 - PROBABILITY_MIN);
        return Math.log(inside / (1 - inside));
    }

    private double onnxPredict(float[] row) {
        if (onnx == null) {
            throw new IllegalStateException("a model without a file");
        }
        return onnx.predict(row);
    }

    @Override
    public double[] contributions(@Nullable Object[] values) {
        double[] numbers = encoding.numbers(values);
        if (predictor == null) {
            return byTrial(numbers);
        }
        float[] row = encoding.encode(numbers);
        return encoding.byInput(predictor.contributions(row, 0));
    }
}
